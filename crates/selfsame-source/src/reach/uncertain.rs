//! What a macro may declare as modules outside of `src/`. In `src/` every file counts anyway.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::sources::Sources;
use super::visit::Origin;
use super::walk::Walk;
use crate::error::SourceError;
use selfsame_core::tree::Kind;

/// The directories outside of `src/` in which a macro may declare any file as a module.
///
/// In the package's own directory much is not a module: see [`modules_in`].
///
/// # Errors
///
/// If the path of a module cannot be looked at.
pub(super) fn directories(
    walk: &mut Walk,
    sources: &mut Sources<'_>,
    package: &Path,
) -> Result<Vec<PathBuf>, SourceError> {
    let source_root = package.join("src");
    walk.settle(sources, &|directory, _| !directory.starts_with(&source_root))?;
    let opaque = walk.opaque.iter().filter(|opaque| {
        opaque.origin == Origin::Crate && !opaque.directory.starts_with(&source_root)
    });
    let mut found = BTreeSet::new();
    for opaque in opaque {
        if package.starts_with(&opaque.directory) {
            found.extend(modules_in(sources, &opaque.directory));
        } else {
            found.insert(opaque.directory.clone());
        }
    }
    let all = found.clone();
    found.retain(|path| !path.ancestors().skip(1).any(|above| all.contains(above)));
    Ok(found.into_iter().filter(|path| sources.named(path).is_some()).collect())
}

/// What in a directory may be a module by its name: `name.rs`, and `name/` with a `mod.rs`.
fn modules_in(sources: &Sources<'_>, directory: &Path) -> Vec<PathBuf> {
    let mut modules = Vec::new();
    for (path, kind) in sources.list(directory) {
        let is_module = if kind == Kind::Directory {
            sources.named(&path.join("mod.rs")).is_some()
                || sources.named(&path.with_extension("rs")).is_some()
        } else {
            path.extension().is_some_and(|extension| extension == "rs")
        };
        if is_module {
            modules.push(path);
        }
    }
    modules
}
