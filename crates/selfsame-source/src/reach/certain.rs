//! Which files only tests reach, for certain.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::sources::Sources;
use super::visit::How;
use super::walk::Walk;
use crate::error::SourceError;

/// The files that only `#[cfg(test)] mod` lines reach, and that no macro can bring into a build.
///
/// # Errors
///
/// If the path of a module cannot be looked at.
pub(super) fn test_only(
    walk: &mut Walk,
    sources: &mut Sources<'_>,
    paths_in_macros: &[Option<String>],
) -> Result<BTreeSet<PathBuf>, SourceError> {
    let tests = reached_by_tests(walk);
    if tests.is_empty() || paths_in_macros.contains(&None) {
        return Ok(BTreeSet::new());
    }
    walk.settle(sources, &|directory, names| {
        tests.iter().any(|test| may_declare(directory, names, test))
    })?;
    let paths: Vec<&Path> = paths_in_macros.iter().flatten().map(Path::new).collect();
    let mut certain = reached_by_tests(walk);
    certain.retain(|test| {
        // Another file may call the macro, so that only the name of the file is certain.
        !paths.iter().any(|path| path.file_name() == test.file_name())
            && !walk.opaque.iter().any(|opaque| may_declare(&opaque.directory, &opaque.names, test))
    });
    Ok(certain)
}

fn reached_by_tests(walk: &Walk) -> BTreeSet<PathBuf> {
    let tests = walk.reached.iter().filter(|(_, how)| **how == How::Test);
    tests.map(|(path, _)| path.clone()).collect()
}

/// Whether a macro may declare the module whose file is `test`, among modules of these `names` that
/// lie in that directory.
///
/// It cannot where the next module on the way is declared in source: with a second one of that name
/// the test itself would not compile.
fn may_declare(directory: &Path, names: &BTreeSet<String>, test: &Path) -> bool {
    let Ok(below) = test.strip_prefix(directory) else { return false };
    let Some(first) = below.components().next() else { return false };
    !Path::new(first.as_os_str())
        .file_stem()
        .and_then(|name| name.to_str())
        .is_some_and(|name| names.contains(name))
}
