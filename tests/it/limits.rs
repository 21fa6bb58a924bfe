//! Limits on what comes from outside, and the table of them in `docs/security.md`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use selfsame::report::Report;
use selfsame::stamp::{Declared, Facts, Stamp};
use selfsame_core::environment::Environment;
use selfsame_core::routes::{Inventory, Route, Routes};
use selfsame_source::{
    Compiled, Configuration, Content, Context, Disk, Files as _, Package, Scope, declared,
    expected_modules, shipped,
};
use serde_json::json;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::support::{COMMIT, app, check, facts, get_from};

#[tokio::test]
async fn a_query_has_a_length_and_a_number_of_conditions() {
    let app = app(check(facts()));
    let conditions = |number: usize| {
        let query = vec![format!("commit={COMMIT}"); number];
        format!("/__build?{}", query.join("&"))
    };
    assert_eq!(get_from(&app, &conditions(64)).await.status, StatusCode::OK);
    let answer = get_from(&app, &conditions(65)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("more than 64 conditions"), "{}", answer.text);
    let long = format!("/__build?commit={COMMIT}&nonce={}", "a".repeat(16 * 1024));
    let answer = get_from(&app, &long).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("is longer than 16384 bytes"), "{}", answer.text);
}

#[test]
fn a_stamp_has_a_length_and_so_has_each_part() {
    let sealed = |name: String, features: Vec<String>| {
        let mut facts = Facts::new(name, "1.0.0");
        facts.build.features = features;
        Stamp::seal(facts).map(|stamp| stamp.text().len()).map_err(|error| error.to_string())
    };
    let features = |number: usize, length: usize| {
        (0..number).map(|feature| format!("{feature:0length$}")).collect::<Vec<_>>()
    };
    assert!(sealed("n".to_owned(), features(10_000, 8)).is_ok());
    let error = sealed("n".to_owned(), features(10_001, 8)).expect_err("a long list");
    assert!(error.contains("more than 10000 entries"), "{error}");
    let error = sealed("n".to_owned(), features(1, 4_097)).expect_err("a long string");
    assert!(error.contains("longer than 4096 bytes"), "{error}");
    let error = sealed("n".to_owned(), features(10_000, 200)).expect_err("a long text");
    assert!(error.contains("1048576 at most"), "{error}");
    let error = Stamp::parse(&" ".repeat((1 << 20) + 1)).expect_err("a long text").to_string();
    assert!(error.contains("longer than 1048576 bytes"), "{error}");
}

#[test]
fn a_report_has_a_length() {
    let error = Report::parse(&vec![b' '; (8 << 20) + 1]).expect_err("it is long").to_string();
    assert!(error.contains("longer than 8388608 bytes"), "{error}");
}

#[test]
fn routes_have_lengths() {
    let route = |path: &str, method: &str| Route::new(path, [method]).map(|_| ());
    assert!(route("/", &"M".repeat(64)).is_ok() && route("/", &"M".repeat(65)).is_err());
    let captures = |number: usize| {
        let names: Vec<String> = (0..number).map(|n| format!("/{{c{n}}}")).collect();
        names.concat()
    };
    assert!(route(&captures(25), "GET").is_ok() && route(&captures(26), "GET").is_err());
    let doubled = |number: usize| format!("/{}", "{{".repeat(number));
    assert!(route(&doubled(64), "GET").is_ok() && route(&doubled(65), "GET").is_err());

    let long = |number: usize| {
        let path = |n: usize| format!("/{n:04000}");
        let routes = (0..number).map(|n| Route::new(&path(n), ["GET"]).expect("a route"));
        Inventory::new(routes).map(|_| ())
    };
    assert!(long((1 << 20) / 4_001).is_ok() && long((1 << 20) / 4_001 + 1).is_err());

    let unavailable = |length: usize| {
        serde_json::from_value::<Routes>(json!({ "unavailable": "r".repeat(length) })).is_ok()
    };
    assert!(unavailable(4_096) && !unavailable(4_097));
}

/// A package in a directory of its own.
fn package(files: &[(&str, &str)]) -> (TempDir, Package) {
    let directory = TempDir::with_prefix("limits-").expect("a temporary directory");
    let manifest = "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n[workspace]\n";
    let lock = "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n";
    for (path, text) in [&[("Cargo.toml", manifest), ("Cargo.lock", lock)], files].concat() {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has a parent")).expect("mkdir");
        std::fs::write(path, text).expect("it can be written");
    }
    let package = Package::open(directory.path()).expect("a package");
    (directory, package)
}

/// A file of that length, which takes no room.
fn long(path: &Path, length: u64) {
    let file = std::fs::File::create(path).expect("it can be made");
    file.set_len(length).expect("it can be long");
}

#[test]
fn a_file_of_source_that_is_read_into_memory_has_a_length() {
    let (directory, _) = package(&[]);
    let path = directory.path().join("Cargo.lock");
    long(&path, 32 << 20);
    assert!(Disk.read(&path).is_ok());
    long(&path, (32 << 20) + 1);
    let error = Disk.read(&path).expect_err("it is long").to_string();
    assert!(error.contains("is longer than 33554432 bytes"), "{error}");
    // One that is only hashed has none.
    assert!(Disk.digest(&path).is_ok());
}

#[test]
fn source_that_is_read_for_modules_has_a_length_and_a_depth() {
    let declares = |package: &Package| {
        let modules = expected_modules(&Disk, package, &["src/far".to_owned()].into());
        let modules = modules.expect("it is there");
        let environment = Environment::default();
        let configuration = Configuration::of_build(&environment);
        match &declared(package, &configuration, &modules).expect("it is read")[..] {
            [Declared::Unknown(why)] => why.clone(),
            other => panic!("{other:?}"),
        }
    };
    let far = ("src/far/mod.rs", "");
    let (directory, of_length) = package(&[("src/main.rs", "mod long;"), far]);
    long(&directory.path().join("src/long.rs"), (8 << 20) + 1);
    let why = declares(&of_length);
    assert!(why.contains("is longer than 8388608 bytes"), "{why}");

    let mut files = vec![("src/main.rs".to_owned(), "mod m;")];
    files.extend(
        (1..70).map(|depth| (format!("src/{}.rs", ["m"; 70][..depth].join("/")), "mod m;")),
    );
    let mut files: Vec<_> = files.iter().map(|(path, text)| (&**path, *text)).collect();
    files.push(far);
    let (_directory, of_depth) = package(&files);
    let why = declares(&of_depth);
    assert!(why.contains("its modules are nested too deeply"), "{why}");
}

#[test]
fn lists_of_shipped_files_have_a_length_together() {
    let (directory, package) = package(&[]);
    let mut scope = Scope::default();
    for name in ["one", "two"] {
        let root = directory.path().join(name);
        std::fs::create_dir(&root).expect("mkdir");
        for file in 0..800 {
            std::fs::write(root.join(format!("{file:0200}")), "").expect("it can be written");
        }
        scope.ship(Path::new(name), None, None).expect("a directory");
    }
    let shipped = shipped(&package, &scope.shipped);
    let lists: Vec<_> = shipped.iter().map(|one| (one.files, one.list.len())).collect();
    assert_eq!(lists, [(800, 800), (800, 0)]);
}

#[test]
fn the_compilers_list_has_a_length() {
    let (directory, _) = package(&[]);
    long(&directory.path().join("api.d"), (64 << 20) + 1);
    let error = Compiled::beside(&directory.path().join("api")).expect_err("it is long");
    assert!(error.to_string().contains("is longer than 67108864 bytes"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_that_lead_around_in_a_circle_end() {
    let (directory, package) = package(&[("src/main.rs", "fn main() {}")]);
    for (from, to) in [("one", "two"), ("two", "one")] {
        let link = directory.path().join("src").join(from);
        std::os::unix::fs::symlink(to, link).expect("a link");
    }
    let top = Some(directory.path());
    let within = Context { files: &Disk, top, cargo_home: None, activation: None };
    let content = Content::of(&package, &within).expect("it is read");
    let why = content.digest().expect_err("it is unknown");
    assert!(why.contains("leads around in a circle"), "{why}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The words between backticks.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The rows of the table: what is limited, where the limit stands, which test shows it.
fn rows(document: &str) -> Vec<[String; 3]> {
    let (_, section) = document.split_once("\n## Limits\n").expect("there is a section");
    let section = section.split("\n## ").next().unwrap_or(section);
    let lines = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            let [what, _, _, limit, test] = cells[..] else { panic!("five cells: {line}") };
            [what, limit, test].map(str::to_owned)
        })
        .collect()
}

#[test]
fn every_limit_stands_in_the_table_with_its_value_and_its_test() {
    let rows = rows(&text(&root().join("docs/security.md")));
    assert!(rows.len() > 20, "the table is read");
    let mut named = BTreeSet::new();
    for [what, limit, test] in &rows {
        let [file, constants @ ..] = &code(limit)[..] else { panic!("{what}: no limit") };
        let source = text(&root().join(file));
        assert!(!constants.is_empty(), "{what}: no constant");
        for constant in constants {
            let parts = constant.split_once(" = ").or_else(|| constant.split_once(": "));
            let (name, value) = parts.expect("`NAME = VALUE`, or a field and its value");
            let declared = source.lines().any(|line| {
                let line = line.trim().trim_start_matches("pub ");
                let line = line.trim_start_matches("pub(super) ").trim_start_matches("pub(crate) ");
                let line = line.trim_start_matches("const ");
                line.starts_with(&format!("{name}: "))
                    && (line.ends_with(&format!(" = {value};"))
                        || line == format!("{name}: {value},"))
            });
            assert!(declared, "{what}: `{constant}` does not stand in {file}");
            named.insert((PathBuf::from(file), name.to_owned()));
        }
        let [file, tests @ ..] = &code(test)[..] else { panic!("{what}: no test") };
        let source = text(&root().join(file));
        assert!(!tests.is_empty(), "{what}: no test");
        for test in tests {
            assert!(source.contains(&format!("fn {test}(")), "{what}: no test `{test}` in {file}");
        }
    }

    let crates = WalkDir::new(root().join("crates")).into_iter().filter_entry(|entry| {
        let name = entry.file_name();
        name != "tests" && name != "benches" && name != "selfsame-testing" && name != "target"
    });
    for entry in WalkDir::new(root().join("src")).into_iter().chain(crates) {
        let entry = entry.expect("the source is there");
        let path = entry.path().strip_prefix(root()).expect("it lies below").to_owned();
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        if !is_source {
            continue;
        }
        for line in text(entry.path()).lines() {
            let Some((_, rest)) = line.split_once("const MAX_") else { continue };
            let name = format!("MAX_{}", rest.split(':').next().unwrap_or_default());
            let is_named = named.contains(&(path.clone(), name.clone()));
            assert!(is_named, "`{name}` of {} does not stand in the table", path.display());
        }
    }
}
