//! The files below a directory, links followed by the rules of content.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::files::Files;
use crate::error::SourceError;
use selfsame_core::tree::Kind;

/// The most files and directories below one root.
const MAX_ENTRIES: usize = 1_000_000;

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
    let mut found = match files.kind(root)? {
        None => Vec::new(),
        Some(Kind::Directory) => {
            descend(files, root, |name, _, _| Ok(hidden.counts(name.as_encoded_bytes())))?
        }
        Some(_) => vec![root.to_owned()],
    };
    found.sort_unstable();
    Ok(found)
}

/// Lists the files and links below the directory `root`, in no order. Of a name with its path and
/// kind, `counts` says whether it is wanted, and all below it.
///
/// # Errors
///
/// If a directory cannot be read, or if there are more than a million files.
pub(super) fn descend(
    files: &dyn Files,
    root: &Path,
    counts: impl Fn(&OsStr, &Path, Kind) -> Result<bool, SourceError>,
) -> Result<Vec<PathBuf>, SourceError> {
    let mut found = Vec::new();
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
            let path = directory.join(&name);
            if !counts(&name, &path, kind)? {
                continue;
            }
            match kind {
                Kind::Directory => waiting.push(path),
                Kind::File | Kind::Link => found.push(path),
                // A socket or a FIFO goes into no build, and opening one would wait.
                Kind::Special => {}
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use selfsame_core::stamp::Digest;

    use super::*;

    /// A directory with so many files, none of which can be read.
    #[derive(Debug)]
    struct Full(usize);

    impl Files for Full {
        fn kind(&self, _: &Path) -> Result<Option<Kind>, SourceError> {
            Ok(Some(Kind::Directory))
        }

        fn list(&self, _: &Path) -> Result<Vec<(OsString, Kind)>, SourceError> {
            Ok(vec![("f".into(), Kind::File); self.0])
        }

        fn read(&self, _: &Path) -> Result<Option<Vec<u8>>, SourceError> {
            Ok(None)
        }

        fn digest(&self, path: &Path) -> Result<(Digest, u64), SourceError> {
            Err(SourceError::new(format!("`{}` is not hashed here", path.display())))
        }

        fn link(&self, path: &Path) -> Result<PathBuf, SourceError> {
            Err(SourceError::new(format!("`{}` is not followed here", path.display())))
        }
    }

    #[test]
    fn no_more_is_listed_than_the_limit() {
        let listed =
            |files| below(&Full(files), Path::new("/p"), Hidden::Counts).map(|found| found.len());
        assert_eq!(listed(1_000_000).unwrap(), 1_000_000);
        let error = listed(1_000_001).unwrap_err().to_string();
        assert!(error.contains("`/p` holds more than 1000000 files"), "{error}");
    }
}
