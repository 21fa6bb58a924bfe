use std::fs::FileType;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::TreeError;

/// The most files and directories below one root.
const MAX_ENTRIES: usize = 1_000_000;

/// Something below a root that is not a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its name in the hash: the name given to the root, then the path below it, with `/`.
    pub name: Vec<u8>,
    /// Where it can be opened.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
}

/// What a path leads to, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device, a socket or a FIFO.
    Special,
}

impl From<FileType> for Kind {
    fn from(file_type: FileType) -> Self {
        if file_type.is_file() {
            Self::File
        } else if file_type.is_dir() {
            Self::Directory
        } else if file_type.is_symlink() {
            Self::Link
        } else {
            Self::Special
        }
    }
}

/// Lists what lies below `root`, directories aside, sorted by the bytes of the names as
/// `LC_ALL=C sort -z` does. The names begin with `name`. Names that begin with a dot are left out,
/// with all below them. A `root` that is a file is its own and only entry.
///
/// # Errors
///
/// If a directory cannot be read, or if there are more than a million of files and directories.
pub fn list(root: &Path, name: &str) -> Result<Vec<Entry>, TreeError> {
    walk(root, name, MOST, |_| true)
}

/// How many entries may be seen, and how many of them are kept.
#[derive(Debug, Clone, Copy)]
struct Most {
    seen: usize,
    kept: usize,
}

const MOST: Most = Most { seen: MAX_ENTRIES, kept: MAX_ENTRIES };

/// The entries that are wanted.
fn walk(
    root: &Path,
    name: &str,
    most: Most,
    wanted: impl Fn(Kind) -> bool,
) -> Result<Vec<Entry>, TreeError> {
    let visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let mut entries = Vec::new();
    for (seen, entry) in WalkDir::new(root).into_iter().filter_entry(visible).enumerate() {
        if seen == most.seen {
            return Err(TreeError::too_many(root, most.seen));
        }
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(root).to_owned();
            let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop"));
            TreeError::io("read", &path, source)
        })?;
        let kind = Kind::from(entry.file_type());
        // A root that is a link is walked, not listed.
        let root_link = entry.depth() == 0 && kind == Kind::Link && entry.path().is_dir();
        if kind != Kind::Directory && !root_link && wanted(kind) {
            if entries.len() == most.kept {
                return Err(TreeError::too_many(root, most.kept));
            }
            let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
            entries.push(Entry { name: joined(name, below), path: entry.into_path(), kind });
        }
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Lists the files of a shipped directory: what [`list`] finds, without a file `__build` directly in
/// it, which is the place of the stamp of the directory itself.
///
/// # Errors
///
/// As [`list`], and if `root` is not a directory.
pub fn list_shipped(root: &Path) -> Result<Vec<Entry>, TreeError> {
    shipped(root, MOST, |_| true)
}

/// The regular files of a shipped directory, `most` of them at most, so that memory does not grow
/// with what somebody put there.
///
/// # Errors
///
/// As [`list_shipped`], and if there are more files than `most`: see
/// [`TreeError::is_too_many`].
pub fn list_shipped_up_to(root: &Path, most: usize) -> Result<Vec<Entry>, TreeError> {
    // One more for the stamp of the directory itself.
    let kept = most.saturating_add(1);
    let files = shipped(root, Most { kept, ..MOST }, |kind| kind == Kind::File)?;
    if files.len() > most { Err(TreeError::too_many(root, most)) } else { Ok(files) }
}

fn shipped(
    root: &Path,
    most: Most,
    wanted: impl Fn(Kind) -> bool,
) -> Result<Vec<Entry>, TreeError> {
    if !root.metadata().map_err(|error| TreeError::io("read", root, error))?.is_dir() {
        return Err(TreeError::io("read", root, std::io::ErrorKind::NotADirectory.into()));
    }
    let mut entries = walk(root, ".", most, wanted)?;
    entries.retain(|entry| entry.name != b"./__build");
    Ok(entries)
}

fn joined(name: &str, below: &Path) -> Vec<u8> {
    let mut joined = name.as_bytes().to_vec();
    for component in below.components() {
        joined.push(b'/');
        joined.extend_from_slice(component.as_os_str().as_encoded_bytes());
    }
    joined
}

/// Whether there is something at `path`, which then has to be a `kind`.
pub(super) fn is_there(path: &Path, kind: Kind) -> Result<bool, TreeError> {
    let found = match path.symlink_metadata() {
        Ok(metadata) => Kind::from(metadata.file_type()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(TreeError::io("read", path, error)),
    };
    match found {
        Kind::Link => Err(TreeError::link(path)),
        Kind::Special => Err(TreeError::special(path)),
        found => Ok(found == kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_seen_and_kept_than_the_limit() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a/b/file", "a/file", "file", ".hidden"] {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let walk = |seen, kept| walk(directory.path(), ".", Most { seen, kept }, |_| true);
        // The root, two directories, three files.
        assert_eq!(walk(6, 3).unwrap().len(), 3);
        for (seen, kept) in [(5, 3), (6, 2)] {
            let error = walk(seen, kept).unwrap_err();
            assert!(error.is_too_many(), "{error}");
        }
        assert_eq!(list_shipped_up_to(directory.path(), 3).unwrap().len(), 3);
        assert!(list_shipped_up_to(directory.path(), 2).unwrap_err().is_too_many());
    }
}
