//! `selfsame.toml`: which services there are, and where each runs.

mod read;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use selfsame_image::Spec;

use crate::error::Failure;

/// The name of the file.
pub(crate) const FILE: &str = "selfsame.toml";

/// The most bytes of the file.
const MAX_FILE: u64 = 1 << 20;

/// An environment, with all that a check of it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) name: String,
    /// What should run there.
    pub(crate) commit: Option<String>,
    /// How old a commit is before it is expected.
    pub(crate) grace: Option<Duration>,
    /// The variable with the token for the reports.
    pub(crate) token_env: Option<String>,
    pub(crate) services: Vec<Service>,
}

/// A service, where it runs in one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: String,
    /// The package, from the directory of the file.
    pub(crate) source: PathBuf,
    pub(crate) artifact: Option<Spec>,
    pub(crate) routes: Vec<String>,
    /// The targets.
    pub(crate) at: Vec<String>,
    pub(crate) replicas: Option<u16>,
}

/// Whether a text is a route that can be asked for.
pub(crate) type ReadRoute = fn(&str) -> Result<(), Failure>;

/// Whether a target is meant as a name of the file, and not as an address.
pub(crate) fn is_name(target: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    match target.split_once('/') {
        Some((environment, service)) => is_word(environment) && is_word(service),
        None => is_word(target),
    }
}

/// Finds what a name as in `production` or `production/api` stands for: in `file`, or in the
/// `selfsame.toml` of this directory or one above, up to the root of the repository.
///
/// # Errors
///
/// If there is no such file, or it is wrong, or has no such name.
pub(crate) fn find(
    target: &str,
    file: Option<&Path>,
    route: ReadRoute,
) -> Result<Environment, Failure> {
    let path = match file {
        Some(path) => path.to_owned(),
        None => search(target)?,
    };
    let shown = path.display().to_string();
    let fail = |why: &str| Failure::usage(format!("`{shown}`: {why}"));
    let mut text = String::new();
    let read = File::open(&path).and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text));
    read.map_err(|error| fail(&error.to_string()))?;
    if text.len() as u64 > MAX_FILE {
        return Err(fail(&format!("it is longer than {MAX_FILE} bytes")));
    }
    let root = path.parent().filter(|root| !root.as_os_str().is_empty());
    let root = root.unwrap_or(Path::new("."));
    let environments = read::environments(&text, root, route).map_err(|error| {
        Failure::usage(format!("`{shown}`, line {}: {}", error.line, error.message))
    })?;
    let (name, service) = match target.split_once('/') {
        Some((name, service)) => (name, Some(service)),
        None => (target, None),
    };
    let names: Vec<String> = environments.iter().map(|one| one.name.clone()).collect();
    let mut environment =
        environments.into_iter().find(|one| one.name == name).ok_or_else(|| {
            fail(&format!("there is no environment `{name}`; help: it has {}", list(&names)))
        })?;
    if let Some(service) = service {
        let names: Vec<String> = environment.services.iter().map(|one| one.name.clone()).collect();
        environment.services.retain(|one| one.name == service);
        if environment.services.is_empty() {
            return Err(fail(&format!(
                "the environment `{name}` has no service `{service}`; help: it has {}",
                list(&names)
            )));
        }
    }
    Ok(environment)
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The file in this directory or one above.
fn search(target: &str) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::new(format!("the current directory: {error}")))?;
    for directory in here.ancestors() {
        let file = directory.join(FILE);
        if file.is_file() {
            return Ok(file);
        }
        // What lies above the repository is somebody else's.
        if directory.join(".git").exists() {
            break;
        }
    }
    Err(Failure::usage(format!(
        "the URL {target:?} needs a scheme and a host, as in https://api.example.com; if it is a \
         name of {FILE}, there is no such file in `{}` or above; help: --config names one",
        here.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_address() {
        for name in ["production", "production/api", "eu-1/web_2"] {
            assert!(is_name(name), "{name}");
        }
        for other in
            ["", "/", "a/", "/a", "a/b/c", "http://a", "a.example.com", "a:80", "@a", "dns+x"]
        {
            assert!(!is_name(other), "{other}");
        }
    }

    #[test]
    fn the_file_has_a_length() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        std::fs::write(&path, "#".repeat(usize::try_from(MAX_FILE).unwrap() + 1)).unwrap();
        let error = find("production", Some(&path), |_| Ok(())).unwrap_err().to_string();
        assert!(error.contains("longer than 1048576 bytes"), "{error}");
    }
}
