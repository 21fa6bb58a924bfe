//! How files are reached, and by what.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How a file is reached. What is further down counts more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// In a test only.
    Test,
    /// By a file that nothing reaches, which a macro may declare.
    Orphan,
    /// In a build.
    Build,
}

/// Whose modules they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Crate,
    Script,
}

/// A file or an inline module in which a macro may declare more modules than can be read.
#[derive(Debug)]
pub(super) struct Opaque {
    /// Where its modules lie.
    pub(super) directory: PathBuf,
    /// The modules that it is known to declare, which a macro cannot declare again.
    pub(super) names: BTreeSet<String>,
    pub(super) origin: Origin,
}

/// A file to be read, whose modules lie in `directory`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Visit {
    pub(super) file: PathBuf,
    pub(super) directory: PathBuf,
    pub(super) origin: Origin,
}

impl Visit {
    /// The root of a crate, or a file that a path names: its modules are its neighbours.
    pub(super) fn among_its_modules(file: &Path, origin: Origin) -> Self {
        Self { file: file.to_owned(), directory: parent(file).to_owned(), origin }
    }

    /// A file that is found by the name of its module.
    pub(super) fn by_name(file: &Path, origin: Origin) -> Self {
        if file.file_name().is_some_and(|name| name == "mod.rs") {
            return Self::among_its_modules(file, origin);
        }
        Self { file: file.to_owned(), directory: file.with_extension(""), origin }
    }
}

/// The directory that a file lies in.
pub(super) fn parent(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}
