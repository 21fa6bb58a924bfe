//! The part of `Cargo.lock` that a package reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::SourceError;

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// What a package reaches in a lock file.
#[derive(Debug)]
pub(super) struct Reached {
    /// A line for each package and each of its edges, sorted.
    pub(super) text: String,
    /// The names of the local packages among them, the package itself aside.
    pub(super) local: BTreeSet<String>,
}

/// Reads the part of the lock file `text` that the local package `name` `version` reaches.
///
/// A bump that only another package of the workspace sees leaves it as it was: edges are written
/// with full ids, since the lock file shortens them as far as the whole workspace allows.
pub(super) fn reached(
    path: &Path,
    text: &str,
    name: &str,
    version: &str,
) -> Result<Reached, SourceError> {
    let fault = |what: String| SourceError::new(format!("`{}` {what}", path.display()));
    let lock: Lock = toml::from_str(text)
        .map_err(|error| fault(format!("is no lock file: {}", error.message())))?;
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, locked) in lock.package.iter().enumerate() {
        by_name.entry(&locked.name).or_default().push(index);
    }
    let start = lock
        .package
        .iter()
        .position(|locked| {
            locked.source.is_none() && locked.name == name && locked.version == version
        })
        .ok_or_else(|| {
            fault(format!("has no package `{name}` {version}: run `cargo update --workspace`"))
        })?;

    let mut seen = BTreeSet::from([start]);
    let mut waiting = vec![start];
    let mut lines = BTreeSet::new();
    while let Some(index) = waiting.pop() {
        let locked = &lock.package[index];
        let id = locked.id();
        lines.insert(format!("{id} {}", locked.checksum.as_deref().unwrap_or("-")));
        for dependency in &locked.dependencies {
            let target = resolve(&lock.package, &by_name, dependency).ok_or_else(|| {
                fault(format!("names a dependency `{dependency}` that it does not hold"))
            })?;
            lines.insert(format!("{id} > {}", lock.package[target].id()));
            if seen.insert(target) {
                waiting.push(target);
            }
        }
    }
    let local = seen
        .iter()
        .filter(|index| **index != start && lock.package[**index].source.is_none())
        .map(|index| lock.package[*index].name.clone())
        .collect();
    let text = lines.into_iter().map(|line| line + "\n").collect();
    Ok(Reached { text, local })
}

impl Locked {
    fn id(&self) -> String {
        format!("{} {} {}", self.name, self.version, self.source.as_deref().unwrap_or("local"))
    }
}

/// Finds what an edge (`name`, `name version` or `name version (source)`) leads to.
fn resolve(
    packages: &[Locked],
    by_name: &BTreeMap<&str, Vec<usize>>,
    dependency: &str,
) -> Option<usize> {
    let mut fields = dependency.splitn(3, ' ');
    let name = fields.next()?;
    let version = fields.next();
    let source = fields.next().map(|source| source.trim_matches(['(', ')']));
    by_name.get(name)?.iter().copied().find(|index| {
        let locked = &packages[*index];
        version.is_none_or(|version| version == locked.version)
            && source.is_none_or(|source| locked.source.as_deref() == Some(source))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "api"
version = "1.0.0"
dependencies = ["axum", "kit"]

[[package]]
name = "axum"
version = "0.8.9"
source = "registry+https://example.org/index"
checksum = "aa"
dependencies = ["bytes 1.0.0"]

[[package]]
name = "bytes"
version = "1.0.0"
source = "registry+https://example.org/index"
checksum = "bb"

[[package]]
name = "bytes"
version = "2.0.0"
source = "registry+https://example.org/index"
checksum = "cc"

[[package]]
name = "kit"
version = "0.1.0"

[[package]]
name = "other"
version = "1.0.0"
dependencies = ["bytes 2.0.0"]
"#;

    fn read(text: &str) -> Result<Reached, SourceError> {
        reached(Path::new("Cargo.lock"), text, "api", "1.0.0")
    }

    #[test]
    fn only_what_the_package_reaches_counts() {
        let before = read(LOCK).unwrap();
        assert_eq!(before.local, BTreeSet::from(["kit".to_owned()]));
        assert!(before.text.contains("bytes 1.0.0") && !before.text.contains("2.0.0"));

        // Another package's bump also changes how the edges of ours are shortened.
        let bumped = LOCK
            .replace(
                "name = \"bytes\"\nversion = \"2.0.0\"",
                "name = \"bites\"\nversion = \"2.0.1\"",
            )
            .replace("bytes 2.0.0", "bites")
            .replace("bytes 1.0.0", "bytes");
        assert_eq!(read(&bumped).unwrap().text, before.text);

        let ours = LOCK.replace("checksum = \"bb\"", "checksum = \"bd\"");
        assert_ne!(read(&ours).unwrap().text, before.text);
    }

    #[test]
    fn a_lock_file_that_is_none_or_lacks_the_package_is_an_error() {
        for (text, why) in [
            ("package = 1", "no lock file"),
            ("", "no package `api` 1.0.0"),
            (&LOCK.replace("\"kit\"]", "\"gone\"]"), "`gone`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
