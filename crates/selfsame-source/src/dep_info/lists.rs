//! Rustc's own lists of files, in `deps/`.
//!
//! The code that `stamp!()` expands to looks at every hashed source file, and rustc lists what it
//! looked at. In its own list the path of such a look leads through `OUT_DIR`; in the list that
//! cargo makes of it, links are resolved and the two cannot be told apart.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use crate::error::SourceError;
use selfsame_core::tree;

/// Ends the path of what `stamp!()` includes.
const STAMP: &str = "out/selfsame/stamp.rs";

/// Stands in the path of each file that is merely looked at.
const LOOKED_AT: &str = "/out/selfsame/source/";

/// What one run of rustc read.
struct List {
    /// Whether the artifact is what that run made.
    made_it: bool,
    /// The crate's name, if it is a library that was made.
    library: Option<String>,
    /// What was compiled. Relative paths are relative to a directory that the list does not name.
    compiled: Vec<PathBuf>,
    /// What was looked at, with links resolved.
    looked_at: BTreeSet<PathBuf>,
    /// The variables that it read, from `# env-dep:` lines.
    variables: Vec<String>,
}

/// What rustc's lists say beyond cargo's.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// The files that may or may not be in the artifact.
    pub(super) doubtful: BTreeSet<PathBuf>,
    /// The variables whose values are.
    pub(super) variables: BTreeSet<String>,
}

impl List {
    fn compiled(&self, file: &Path) -> bool {
        self.compiled.iter().any(|compiled| {
            if compiled.is_absolute() { compiled == file } else { file.ends_with(compiled) }
        })
    }
}

/// Takes from `files`, which cargo lists for `artifact`, those that were merely looked at, and
/// returns those of which it cannot be told. `None` means that rustc's list is missing.
pub(super) fn settle(
    artifact: &Path,
    files: &mut BTreeSet<PathBuf>,
) -> Result<Option<Settled>, SourceError> {
    let mut doubtful = BTreeSet::new();
    let lists = lists(artifact)?;
    // Of packages from a registry, paths are outside of what cargo lists for the artifact.
    let is_local = |list: &&List| list.compiled.iter().any(|file| files.contains(file));
    let variables = lists
        .iter()
        .filter(|list| list.made_it || list.library.is_some())
        .filter(is_local)
        .flat_map(|list| list.variables.iter().cloned())
        .collect();
    if !files.iter().any(|file| file.ends_with(STAMP)) {
        return Ok(Some(Settled { doubtful, variables }));
    }
    let Some(own) = lists.iter().find(|list| list.made_it) else { return Ok(None) };
    let mut libraries: BTreeMap<&str, Vec<&List>> = BTreeMap::new();
    for list in &lists {
        if let Some(library) = &list.library {
            libraries.entry(library).or_default().push(list);
        }
    }
    files.retain(|file| {
        let real = file.canonicalize().unwrap_or_else(|_| file.clone());
        let merely = lists.iter().any(|list| list.looked_at.contains(&real));
        if !merely || own.compiled(&real) {
            return true;
        }
        let mut in_some = false;
        for variants in libraries.values() {
            let count = variants.iter().filter(|list| list.compiled(&real)).count();
            if count == variants.len() {
                return true;
            }
            in_some |= count > 0;
        }
        // A library was compiled with it and without it, and which one is in the artifact is open.
        if in_some {
            doubtful.insert(file.clone());
        }
        false
    });
    Ok(Some(Settled { doubtful, variables }))
}

/// Reads rustc's lists around `artifact`.
fn lists(artifact: &Path) -> Result<Vec<List>, SourceError> {
    let mut lists = Vec::new();
    let Some(beside) = artifact.parent() else { return Ok(lists) };
    // An example or a test lies one level deeper than a binary.
    for directory in [beside.to_owned(), beside.join("deps"), beside.join("../deps")] {
        let Ok(entries) = directory.read_dir() else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            lists.extend(list(&path, artifact)?);
        }
    }
    Ok(lists)
}

fn list(path: &Path, artifact: &Path) -> Result<Option<List>, SourceError> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    // Cargo's own lists have no hash in their names.
    let Some((krate, hash)) = stem.rsplit_once('-') else { return Ok(None) };
    let is_hash = hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash || path.extension().is_none_or(|extension| extension != "d") {
        return Ok(None);
    }
    let library = path.with_file_name(format!("lib{stem}.rlib")).is_file();
    let made_it = is_same_file(&path.with_extension(""), artifact);
    if !library && !made_it {
        return Ok(None);
    }
    let Some(text) = super::read_limited(path, super::MAX_LIST)? else { return Ok(None) };
    let Some((_, files)) = super::parse(&text) else { return Ok(None) };
    let variables = text
        .lines()
        .filter_map(|line| line.strip_prefix("# env-dep:"))
        .map(|line| line.split('=').next().unwrap_or(line))
        .filter(|name| !name.starts_with("CARGO") && !name.starts_with("SELFSAME_"))
        .filter(|name| *name != "OUT_DIR")
        .map(str::to_owned)
        .collect();
    let is_look = |file: &PathBuf| file.to_string_lossy().contains(LOOKED_AT);
    let (looked_at, compiled): (Vec<_>, Vec<_>) = files.into_iter().partition(is_look);
    let compiled = compiled.into_iter().map(|file| resolved(&file).unwrap_or(file)).collect();
    Ok(Some(List {
        made_it,
        library: library.then(|| krate.to_owned()),
        compiled,
        looked_at: looked_at.iter().filter_map(|file| file.canonicalize().ok()).collect(),
        variables,
    }))
}

fn resolved(file: &Path) -> Option<PathBuf> {
    if file.is_absolute() { file.canonicalize().ok() } else { None }
}

/// Whether two paths lead to one file: cargo links an artifact to where it is found.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let (Ok(a), Ok(b)) = (one.metadata(), other.metadata()) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
            return true;
        }
    }
    // Where links are not to be had, it copies.
    a.len() == b.len() && have_same_bytes(one, other).unwrap_or(false)
}

fn have_same_bytes(one: &Path, other: &Path) -> std::io::Result<bool> {
    let open = |path| tree::open(path).map(std::io::BufReader::new);
    let (mut one, mut other) = (open(one)?, open(other)?);
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let length = a.len().min(b.len());
        if length == 0 || a[..length] != b[..length] {
            return Ok(a.is_empty() && b.is_empty());
        }
        one.consume(length);
        other.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_compared_part_by_part() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let long = vec![b'x'; 100_000];
        let other = [&long[1..], b"y"].concat();
        let (one, same, other) =
            (write("one", &long), write("same", &long), write("other", &other));
        assert!(is_same_file(&one, &same) && !is_same_file(&one, &other));
        assert!(is_same_file(&write("none", b""), &write("nothing", b"")));
        assert!(!is_same_file(&one, &directory.path().join("gone")));
    }
}
