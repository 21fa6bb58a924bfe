//! `Cargo.lock`: which packages there are, and which of them each is built with.
//!
//! The lock file does not say for what an edge is: that of a dev-dependency looks like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::SourceError;
use crate::files::{Files, Made, made};

/// The most packages in a lock file, and the most edges.
const MAX_PACKAGES: usize = 100_000;
const MAX_EDGES: usize = 2_000_000;

/// The most bytes of the lines that say what is built. Each edge has the full ids of two packages.
const MAX_LINES: usize = 64 << 20;

/// Counts a step of the work that a lock file causes, for the test that it grows with its length.
#[cfg(test)]
pub(super) fn step() {
    steps::COUNT.with(|count| count.set(count.get() + 1));
}

#[cfg(not(test))]
pub(super) fn step() {}

#[cfg(test)]
pub(super) mod steps {
    use std::cell::Cell;

    thread_local! {
        pub(crate) static COUNT: Cell<u64> = const { Cell::new(0) };
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    package: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    replace: Option<String>,
}

/// A lock file.
#[derive(Debug, Clone)]
pub(super) struct Lock {
    packages: Vec<Locked>,
}

/// A package in a lock file.
#[derive(Debug, Clone)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: String,
    /// Where it comes from, or `None` for a package of this machine.
    pub(super) source: Option<String>,
    pub(super) checksum: Option<String>,
    /// Whether another package stands in its place.
    pub(super) is_replaced: bool,
    /// The places of the packages that it is built with.
    pub(super) edges: Vec<usize>,
}

impl Locked {
    /// What tells it from every other package.
    pub(super) fn id(&self) -> String {
        format!("{} {} {}", self.name, self.version, self.source.as_deref().unwrap_or("local"))
    }
}

impl Lock {
    /// Reads the lock file at `path`. `None` means that there is none.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is not UTF-8. One that is not a lock file is the error within.
    pub(super) fn read(
        files: &dyn Files,
        path: &Path,
    ) -> Result<Option<Result<Arc<Self>, String>>, SourceError> {
        let parse = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).map_err(|_| ())?;
            let lock = Self::parse(path, &text).map(Arc::new);
            Ok::<_, ()>(lock.map_err(|error| error.to_string()))
        };
        let Some(lock) = made(files, path, Made::Lock, &parse)? else { return Ok(None) };
        match &*lock {
            Ok(lock) => Ok(Some(lock.clone())),
            Err(()) => Err(SourceError::new(format!("`{}` is not UTF-8", path.display()))),
        }
    }

    /// Reads the text of the lock file at `path`, of any version of its format.
    ///
    /// # Errors
    ///
    /// If it is not a lock file, or names a dependency that it does not hold.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, SourceError> {
        let fault = |what: String| SourceError::new(format!("`{}` {what}", path.display()));
        let file: File = toml::from_str(text)
            .map_err(|error| fault(format!("is not a lock file: {}", error.message())))?;
        let edges: usize = file.package.iter().map(|entry| entry.dependencies.len()).sum();
        if file.package.len() > MAX_PACKAGES || edges > MAX_EDGES {
            return Err(fault(format!(
                "has more than {MAX_PACKAGES} packages or {MAX_EDGES} dependencies"
            )));
        }
        let entries: Vec<Entry> = file.package.into_iter().map(Entry::normal).collect();
        let index = Index::of(&entries);
        let mut packages = Vec::with_capacity(entries.len());
        for entry in &entries {
            // A replaced package is built from what stands in its place.
            let edges = entry.dependencies.iter().chain(&entry.replace).map(|dependency| {
                index.find(dependency).ok_or_else(|| {
                    fault(format!("names a dependency `{dependency}` that it does not hold"))
                })
            });
            packages.push(Locked {
                edges: edges.collect::<Result<_, _>>()?,
                is_replaced: entry.replace.is_some(),
                name: entry.name.clone(),
                version: entry.version.clone(),
                source: entry.source.clone(),
                checksum: entry.checksum.clone(),
            });
        }
        Ok(Self { packages })
    }

    pub(super) fn get(&self, index: usize) -> &Locked {
        step();
        &self.packages[index]
    }

    /// The place of a package of this machine.
    pub(super) fn local(&self, name: &str, version: &str) -> Option<usize> {
        self.packages.iter().position(|locked| {
            step();
            locked.source.is_none() && locked.name == name && locked.version == version
        })
    }

    /// The lines that say what the packages in `reached` are and what each is built with: one for
    /// each package and each edge between two of them for which `counts` holds, sorted, with full
    /// ids, since a lock file shortens them as far as the whole workspace allows.
    ///
    /// # Errors
    ///
    /// If the lines are too long together.
    pub(super) fn lines(
        &self,
        reached: &BTreeSet<usize>,
        counts: &dyn Fn(usize, usize) -> bool,
    ) -> Result<BTreeSet<String>, SourceError> {
        self.lines_up_to(MAX_LINES, reached, counts)
    }

    fn lines_up_to(
        &self,
        most: usize,
        reached: &BTreeSet<usize>,
        counts: &dyn Fn(usize, usize) -> bool,
    ) -> Result<BTreeSet<String>, SourceError> {
        let mut lines = BTreeSet::new();
        let mut left = most;
        let mut insert = |line: String| {
            left = left.checked_sub(line.len()).ok_or_else(|| {
                SourceError::new(format!(
                    "the packages and edges of `Cargo.lock` have more than {most} bytes together"
                ))
            })?;
            lines.insert(line);
            Ok::<(), SourceError>(())
        };
        for &index in reached {
            let locked = self.get(index);
            let id = locked.id();
            insert(format!("{id} {}", locked.checksum.as_deref().unwrap_or("-")))?;
            for &target in locked.edges.iter().filter(|target| counts(index, **target)) {
                insert(format!("{id} > {}", self.get(target).id()))?;
            }
        }
        Ok(lines)
    }
}

impl Entry {
    /// With the source in one spelling: the fourth version of the format writes the reference of a
    /// git source percent-encoded, and earlier ones do not.
    fn normal(mut self) -> Self {
        self.source = self.source.map(|source| decoded(&source));
        for dependency in self.dependencies.iter_mut().chain(&mut self.replace) {
            *dependency = decoded(dependency);
        }
        self
    }
}

/// The text with `%41` and its like resolved (RFC 3986, section 2.1).
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

/// The packages by what an edge says of them: `name`, `name version` or `name version (source)`.
struct Index<'a> {
    by_name: BTreeMap<&'a str, BTreeMap<&'a str, SameVersion<'a>>>,
}

/// The packages of one name and version.
#[derive(Default)]
struct SameVersion<'a> {
    first: Option<usize>,
    by_source: BTreeMap<&'a str, usize>,
}

impl<'a> Index<'a> {
    fn of(entries: &'a [Entry]) -> Self {
        let mut by_name: BTreeMap<&str, BTreeMap<&str, SameVersion<'_>>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let same = by_name.entry(&entry.name).or_default().entry(&entry.version).or_default();
            same.first.get_or_insert(index);
            if let Some(source) = &entry.source {
                same.by_source.entry(source).or_insert(index);
            }
        }
        Self { by_name }
    }

    fn find(&self, dependency: &str) -> Option<usize> {
        step();
        let mut fields = dependency.splitn(3, ' ');
        let versions = self.by_name.get(fields.next()?)?;
        let Some(version) = fields.next() else {
            return versions.values().next()?.first;
        };
        let same = versions.get(version)?;
        match fields.next().map(|source| source.trim_matches(['(', ')'])) {
            None => same.first,
            Some(source) => same.by_source.get(source).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "api"
version = "1.0.0"
dependencies = ["axum", "bytes 2.0.0", "kit"]

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
source = "git+https://example.org/bytes?branch=a%2Fb#0123"

[[package]]
name = "kit"
version = "0.1.0"
"#;

    fn parse(text: &str) -> Result<Lock, SourceError> {
        Lock::parse(Path::new("Cargo.lock"), text)
    }

    #[test]
    fn edges_lead_to_the_package_that_they_mean() {
        let lock = parse(LOCK).unwrap();
        let names = |index: usize| -> Vec<String> {
            lock.get(index).edges.iter().map(|edge| lock.get(*edge).id()).collect()
        };
        let api = lock.local("api", "1.0.0").unwrap();
        assert_eq!(
            names(api),
            [
                "axum 0.8.9 registry+https://example.org/index",
                "bytes 2.0.0 git+https://example.org/bytes?branch=a/b#0123",
                "kit 0.1.0 local"
            ]
        );
        assert_eq!(names(1), ["bytes 1.0.0 registry+https://example.org/index"]);
        assert!(lock.local("axum", "0.8.9").is_none());
    }

    #[test]
    fn a_lock_of_another_version_is_the_same_lock() {
        let all = |lock: &Lock| {
            let reached = (0..lock.packages.len()).collect();
            lock.lines(&reached, &|_, _| true).unwrap()
        };
        let fourth = parse(LOCK).unwrap();
        let third = parse(&LOCK.replace("version = 4", "version = 3").replace("%2F", "/")).unwrap();
        assert_eq!(all(&fourth), all(&third));
        let other = parse(&LOCK.replace("\"bb\"", "\"bd\"")).unwrap();
        assert_ne!(all(&fourth), all(&other));
    }

    #[test]
    fn ids_that_edges_multiply_have_a_limit() {
        let source = format!("git+https://example.org/{}", "x".repeat(1_000));
        let lock = parse(&LOCK.replace("git+https://example.org/bytes", &source)).unwrap();
        let reached = (0..lock.packages.len()).collect();
        let lines = |most| lock.lines_up_to(most, &reached, &|_, _| true);
        assert!(lines(10_000).is_ok());
        let error = lines(2_000).unwrap_err().to_string();
        assert!(error.contains("more than 2000 bytes"), "{error}");
    }

    #[test]
    fn a_lock_file_has_a_number_of_packages_and_edges() {
        let error = parse(&"[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n".repeat(100_001));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("more than 100000 packages or 2000000 dependencies"), "{error}");
    }

    #[test]
    fn what_is_not_a_lock_file_is_an_error() {
        for (text, why) in [
            ("package = 1", "not a lock file"),
            (&LOCK.replace("\"kit\"]", "\"gone\"]"), "`gone`"),
            (&LOCK.replace("\"bytes 2.0.0\"", "\"bytes 3.0.0\""), "`bytes 3.0.0`"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
