//! The list kept in source, as a test of a service keeps it.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use axum::Router;

use selfsame_core::routes::{Difference, Inventory, Routes, list_of};

/// The longest file with a list, in bytes. 10,000 routes have less than 1 MB.
const MAX_LIST: u64 = 8 << 20;

use super::canary::of;
use selfsame_core::environment::Environment;

/// The variable that has the list written instead of compared.
const BLESS: &str = "SELFSAME_BLESS";

/// Asserts, in a test, that a router has the routes of a list that is kept in source.
///
/// The path is relative to the package. With `SELFSAME_BLESS=1` in the environment the list is
/// written instead: run the test so once, and commit the file. What stands in comments before the
/// first route is kept. In `src/` the list is content of the package without more ado.
///
/// The routes that `RouterExt::selfsame` adds are left out, so the router may be tested as it is
/// served. Where they depend on configuration, it is that of production that the list is about.
///
/// # Panics
///
/// If the router and the list differ, with each line that does; if the routes of the router cannot
/// be established; if the list cannot be read or written, or is none.
///
/// # Examples
///
/// ```no_run
/// use axum::{Router, routing::get};
///
/// fn app() -> Router {
///     Router::new().route("/workflows/{id}", get(|| async { "…" }))
/// }
///
/// #[test]
/// fn the_routes_are_those_of_the_list() {
///     selfsame::routes::assert_listed(&app(), "src/routes.txt");
/// }
/// # fn main() {}
/// ```
#[track_caller]
pub fn assert_listed<S>(router: &Router<S>, list: impl AsRef<Path>)
where
    S: Clone + Send + Sync + 'static,
{
    let environment = Environment::of_process();
    if let Err(why) = check(&of(router), list.as_ref(), &environment) {
        panic!("{why}");
    }
}

fn check(routes: &Routes, list: &Path, environment: &Environment) -> Result<(), String> {
    let mounted = match routes {
        Routes::Listed(mounted) => mounted,
        Routes::Unavailable(why) => {
            return Err(format!("the routes of the router are unavailable: {why}"));
        }
    };
    // Cargo tells a test where its package is; without cargo it is where the test runs.
    let root = environment.get("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let path = root.join(list);
    let shown = path.display();
    let kept = match read(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("cannot read `{shown}`: {error}")),
    };
    match environment.get(BLESS).map(|value| value.to_str()) {
        None => compare(mounted, kept.as_deref(), &path),
        Some(Some("1")) => {
            let text = list_of(mounted, kept.as_deref().unwrap_or_default());
            if text.parse::<Inventory>().is_err() {
                return Err("the router has no routes; not writing an empty list".to_owned());
            }
            // A file that says the same keeps its time, so that nothing is built again.
            if kept.as_deref() == Some(&*text) {
                return Ok(());
            }
            fs::write(&path, text).map_err(|error| format!("cannot write `{shown}`: {error}"))
        }
        Some(_) => Err(format!("{BLESS} takes no value but 1, which writes `{shown}`")),
    }
}

fn compare(mounted: &Inventory, kept: Option<&str>, path: &Path) -> Result<(), String> {
    let shown = path.display();
    let Some(kept) = kept else {
        return Err(format!("there is no `{shown}`: {BLESS}=1 cargo test writes it"));
    };
    let expected: Inventory =
        kept.parse().map_err(|error| format!("`{shown}` is not a list of routes: {error}"))?;
    let difference = Difference::between(&expected, mounted);
    if difference.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the router does not have the routes of `{shown}` (- is listed and not mounted, + is \
         mounted and not listed):\n\n{difference}\n\nif that is meant, {BLESS}=1 cargo test writes \
         the list anew"
    ))
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = fs::File::open(path)?.take(MAX_LIST + 1).read_to_string(&mut text)?;
    if read as u64 > MAX_LIST {
        return Err(io::Error::other(format!("it is longer than {MAX_LIST} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn routes(list: &str) -> Routes {
        Routes::Listed(list.parse().unwrap())
    }

    fn package(list: Option<&str>) -> (TempDir, PathBuf) {
        let package = TempDir::with_prefix("listed-").unwrap();
        let path = package.path().join("routes.txt");
        if let Some(list) = list {
            fs::write(&path, list).unwrap();
        }
        (package, path)
    }

    fn run(routes: &Routes, package: &TempDir, bless: Option<&str>) -> Result<(), String> {
        let root = [("CARGO_MANIFEST_DIR", package.path().to_str().unwrap())];
        let environment = root.into_iter().chain(bless.map(|value| (BLESS, value))).collect();
        check(routes, Path::new("routes.txt"), &environment)
    }

    #[test]
    fn a_list_that_holds_the_routes_passes_and_is_not_touched() {
        let list = "# Ours.\r\nPOST /a\r\nGET /a\r\n";
        let (package, path) = package(Some(list));
        run(&routes("GET /a\nPOST /a"), &package, None).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), list);
    }

    #[test]
    fn a_difference_is_shown_line_by_line_with_what_to_do() {
        let (package, path) = package(Some("GET /a\nGET /b\n"));
        let said = run(&routes("GET /a\nDELETE /b"), &package, None).unwrap_err();
        assert!(said.contains("\n\n+ DELETE /b\n- GET /b\n\n"), "{said}");
        assert!(said.contains(&format!("`{}`", path.display())), "{said}");
        assert!(said.contains("SELFSAME_BLESS=1 cargo test"), "{said}");
        assert!(!said.contains("/a\n"), "{said}");
    }

    #[test]
    fn the_list_is_written_on_request_and_keeps_its_heading() {
        let (package, path) = package(Some("# Ours.\n\nGET /old\n"));
        run(&routes("GET /b\nGET /a"), &package, Some("1")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# Ours.\n\nGET /a\nGET /b\n");
        run(&routes("GET /a\nGET /b"), &package, None).unwrap();

        fs::remove_file(&path).unwrap();
        run(&routes("GET /a"), &package, Some("1")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "GET /a\n");
        // Also over what was no list, as after a merge.
        fs::write(&path, "<<<<<<< ours\nGET /a\n").unwrap();
        run(&routes("GET /a"), &package, Some("1")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "GET /a\n");
    }

    #[test]
    fn a_list_that_is_too_long_is_not_read() {
        let (_package, path) = package(None);
        let list = fs::File::create(&path).unwrap();
        list.set_len(MAX_LIST + 1).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("longer than 8388608 bytes"), "{error}");
    }

    #[test]
    fn what_is_not_known_neither_passes_nor_writes() {
        let (package, path) = package(None);
        let said = run(&routes("GET /a"), &package, None).unwrap_err();
        assert!(said.contains("there is no `"), "{said}");
        for bless in [None, Some("1")] {
            let said = run(&Routes::unavailable("it is blue"), &package, bless).unwrap_err();
            assert!(said.contains("unavailable: it is blue"), "{said}");
            let empty = Routes::Listed(Inventory::new([]).unwrap());
            assert!(run(&empty, &package, bless).is_err());
        }
        let said = run(&routes("GET /a"), &package, Some("yes")).unwrap_err();
        assert!(said.contains("takes no value but 1"), "{said}");
        assert!(!path.exists());

        fs::write(&path, "").unwrap();
        let said = run(&routes("GET /a"), &package, None).unwrap_err();
        assert!(said.contains("is not a list of routes: no route stands in the list"), "{said}");
        fs::write(&path, b"GET /\xff").unwrap();
        assert!(run(&routes("GET /a"), &package, None).is_err());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(run(&routes("GET /a"), &package, Some("1")).is_err());
    }
}
