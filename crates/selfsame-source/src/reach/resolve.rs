//! Where the paths lead that source names.

use std::path::{Path, PathBuf};

use super::calls::Base;
use super::mentions::{Mention, PATH};
use super::visit::parent;
use crate::path::normal;

/// The paths that may be meant. Those that exist count.
pub(super) fn candidates(mention: &Mention, file: &Path, package: &Path) -> Vec<PathBuf> {
    let directories = match mention.base {
        Base::File if mention.by == PATH && !mention.inline.is_empty() => {
            // Within inline modules it depends on how the file itself is reached.
            let inline: PathBuf = mention.inline.iter().collect();
            vec![parent(file).join(&inline), file.with_extension("").join(&inline)]
        }
        Base::File => vec![parent(file).to_owned()],
        Base::Package => vec![package.to_owned()],
        Base::Ancestors => package.ancestors().map(Path::to_owned).collect(),
    };
    directories.into_iter().map(|directory| normal(&directory.join(&mention.path))).collect()
}

/// The path that a string literal of a build script may be: relative, and neither the package, nor
/// a directory above it, nor git's.
pub(super) fn literal(literal: &str, package: &Path) -> Option<PathBuf> {
    let path = Path::new(literal);
    if literal.is_empty() || path.has_root() || path.is_absolute() {
        return None;
    }
    let path = normal(&package.join(path));
    let is_git = path.components().any(|name| name.as_os_str() == ".git");
    (!package.starts_with(&path) && !is_git).then_some(path)
}
