//! What is read of whole packages, held in memory.

mod certain;
mod cost;
mod modules;
mod named;
mod script;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Named, Reach, of_package};
use crate::error::SourceError;
use crate::files::Files;
use crate::path::relative;
use selfsame_core::stamp::Digest;
use selfsame_core::tree::Kind;

/// Where the package lies.
const PACKAGE: &str = "/w/api";

/// Files by their absolute paths.
#[derive(Debug, Default)]
struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
    links: Vec<PathBuf>,
}

impl Memory {
    /// Files by their paths relative to the package.
    fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| {
            (crate::path::normal(&Path::new(PACKAGE).join(path)), text.as_bytes().to_vec())
        });
        Self { files: files.collect(), links: Vec::new() }
    }

    /// The conventional roots and the build script, as far as they exist, with more roots.
    fn reach_with(&self, roots: &[&str]) -> Reach {
        let package = Path::new(PACKAGE);
        let exists = |path: &PathBuf| self.files.contains_key(path);
        let roots: Vec<PathBuf> = ["src/lib.rs", "src/main.rs"]
            .iter()
            .chain(roots)
            .map(|root| package.join(root))
            .filter(exists)
            .collect();
        let script = Some(package.join("build.rs")).filter(exists);
        let source_root = package.join("src");
        let is_source = |path: &&PathBuf| {
            path.starts_with(&source_root) && path.extension().is_some_and(|e| e == "rs")
        };
        let sources: Vec<PathBuf> = self.files.keys().filter(is_source).cloned().collect();
        of_package(self, package, &roots, script.as_deref(), &sources).expect("memory can be read")
    }
}

impl Files for Memory {
    fn kind(&self, path: &Path) -> Result<Option<Kind>, SourceError> {
        if self.links.iter().any(|link| link == path) {
            return Ok(Some(Kind::Link));
        }
        if self.files.contains_key(path) {
            return Ok(Some(Kind::File));
        }
        let is_directory = self.files.keys().any(|file| file.starts_with(path));
        Ok(is_directory.then_some(Kind::Directory))
    }

    fn list(&self, directory: &Path) -> Result<Vec<(OsString, Kind)>, SourceError> {
        let mut names = BTreeMap::new();
        for file in self.files.keys() {
            let Ok(below) = file.strip_prefix(directory) else { continue };
            let mut components = below.components();
            let Some(first) = components.next() else { continue };
            let kind = if components.next().is_some() { Kind::Directory } else { Kind::File };
            names.insert(first.as_os_str().to_owned(), kind);
        }
        Ok(names.into_iter().collect())
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.files.get(path).cloned())
    }

    fn digest(&self, path: &Path) -> Result<(Digest, u64), SourceError> {
        Err(SourceError::new(format!("`{}` is not hashed here", path.display())))
    }

    fn link(&self, path: &Path) -> Result<PathBuf, SourceError> {
        Err(SourceError::new(format!("`{}` is not followed here", path.display())))
    }
}

fn reach(files: &[(&str, &str)]) -> Reach {
    Memory::new(files).reach_with(&[])
}

/// A path as it is from the package.
fn way(path: &Path) -> String {
    String::from_utf8(relative(Path::new(PACKAGE), path)).expect("it is UTF-8")
}

fn ways(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Vec<String> {
    paths.into_iter().map(|path| way(path.as_ref())).collect()
}

/// Each name, as `PATH by BY in FILE:LINE`, with `(whole)` where all counts.
fn names(reach: &Reach) -> Vec<String> {
    let name = |Named { path, by, file, line, whole, .. }: &Named| {
        let whole = if *whole { " (whole)" } else { "" };
        format!("{} by {by} in {}:{line}{whole}", way(path), way(file))
    };
    reach.named.iter().map(name).collect()
}

/// The paths that are named, in order and once.
fn paths(reach: &Reach) -> Vec<String> {
    let paths: std::collections::BTreeSet<String> =
        reach.named.iter().map(|named| way(&named.path)).collect();
    paths.into_iter().collect()
}
