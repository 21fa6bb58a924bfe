//! The files below a directory, links followed by the rules of content.

use std::path::{Path, PathBuf};

use super::files::Files;
use crate::error::SourceError;
use selfsame_core::tree::{Kind, MAX_ENTRIES};

/// What is thought of names that begin with a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// They are left out.
    Out,
    /// They count, but for what editors, systems and git leave behind.
    But,
    /// They count.
    Counts,
}

/// Names that are in no build, though they begin with a dot like others that are.
const LITTER: [&str; 7] =
    [".DS_Store", ".directory", ".git", ".gitattributes", ".gitignore", ".gitkeep", ".gitmodules"];

impl Hidden {
    /// Whether a name that is not that of the walk's root counts.
    pub(super) fn counts(self, name: &[u8]) -> bool {
        if !name.starts_with(b".") {
            return true;
        }
        let is_litter = || LITTER.iter().any(|litter| litter.as_bytes() == name);
        match self {
            Self::Out => false,
            Self::But => !is_litter() && !name.ends_with(b".swp") && !name.starts_with(b".#"),
            Self::Counts => name != b".git",
        }
    }
}

/// Lists the files and links below `root`, sorted. A `root` that is a file or a link is its own and
/// only entry, one that is not there has none.
///
/// # Errors
///
/// If a directory cannot be read, or if there are more than a million files.
pub(super) fn below(
    files: &dyn Files,
    root: &Path,
    hidden: Hidden,
) -> Result<Vec<PathBuf>, SourceError> {
    let mut found = Vec::new();
    match files.kind(root)? {
        None => {}
        Some(Kind::Directory) => descend(files, root, hidden, &mut found)?,
        Some(_) => found.push(root.to_owned()),
    }
    found.sort_unstable();
    Ok(found)
}

fn descend(
    files: &dyn Files,
    root: &Path,
    hidden: Hidden,
    found: &mut Vec<PathBuf>,
) -> Result<(), SourceError> {
    let mut waiting = vec![root.to_owned()];
    let mut seen = 0;
    while let Some(directory) = waiting.pop() {
        for (name, kind) in files.list(&directory)? {
            seen += 1;
            if seen > MAX_ENTRIES {
                return Err(SourceError::new(format!(
                    "`{}` holds more than {MAX_ENTRIES} files and directories",
                    root.display()
                )));
            }
            if !hidden.counts(name.as_encoded_bytes()) {
                continue;
            }
            let path = directory.join(name);
            match kind {
                Kind::Directory => waiting.push(path),
                Kind::File | Kind::Link => found.push(path),
                // A socket or a FIFO goes into no build, and opening one would wait.
                Kind::Special => {}
            }
        }
    }
    Ok(())
}
