//! The working tree with some paths as a commit holds them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::batch::Object;
use crate::error::SourceError;
use crate::files::{Disk, Files, too_long};
use selfsame_core::stamp::Digest;
use selfsame_core::tree::Kind;

/// The disk with other files laid over it.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    over: BTreeMap<PathBuf, Over>,
}

/// What stands in place of what is on disk.
#[derive(Debug)]
pub(super) enum Over {
    File(Object),
    Link(PathBuf),
    /// Nothing, neither at the path nor below it.
    Nothing,
}

impl From<Object> for Over {
    fn from(file: Object) -> Self {
        Self::File(file)
    }
}

impl Overlay {
    pub(super) fn put(&mut self, path: PathBuf, over: Over) {
        self.over.insert(path, over);
    }

    /// What stands over a path.
    fn over(&self, path: &Path) -> Option<&Over> {
        if let Some(over) = self.over.get(path) {
            return Some(over);
        }
        let above = path.ancestors().skip(1).find_map(|above| self.over.get(above))?;
        matches!(above, Over::Nothing).then_some(above)
    }

    fn below(&self, directory: &Path) -> impl Iterator<Item = (&Path, &Over)> {
        self.over
            .range(directory.to_owned()..)
            .map(|(path, over)| (path.as_path(), over))
            .take_while(move |(path, _)| path.starts_with(directory))
    }
}

impl Files for Overlay {
    fn kind(&self, path: &Path) -> Result<Option<Kind>, SourceError> {
        match self.over(path) {
            Some(Over::File(_)) => Ok(Some(Kind::File)),
            Some(Over::Link(_)) => Ok(Some(Kind::Link)),
            Some(Over::Nothing) => Ok(None),
            None => {
                // A directory that is no longer on disk.
                let is_directory = || {
                    self.below(path)
                        .any(|(below, over)| below != path && !matches!(over, Over::Nothing))
                };
                Ok(Disk.kind(path)?.or_else(|| is_directory().then_some(Kind::Directory)))
            }
        }
    }

    fn list(&self, directory: &Path) -> Result<Vec<(OsString, Kind)>, SourceError> {
        let mut names: BTreeMap<OsString, Kind> = BTreeMap::new();
        for (name, kind) in Disk.list(directory)? {
            if self.over(&directory.join(&name)).is_none() {
                names.insert(name, kind);
            }
        }
        for (path, over) in self.below(directory) {
            let mut below = path.strip_prefix(directory).unwrap_or(path).iter();
            let (Some(name), more) = (below.next(), below.next()) else { continue };
            let kind = match over {
                Over::Nothing => continue,
                _ if more.is_some() => Kind::Directory,
                Over::File(_) => Kind::File,
                Over::Link(_) => Kind::Link,
            };
            names.insert(name.to_owned(), kind);
        }
        Ok(names.into_iter().collect())
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
        match self.over(path) {
            Some(Over::File(file)) => file.bytes.clone().map(Some).ok_or_else(|| too_long(path)),
            Some(Over::Link(_) | Over::Nothing) => Ok(None),
            None => Disk.read(path),
        }
    }

    fn digest(&self, path: &Path) -> Result<(Digest, u64), SourceError> {
        match self.over(path) {
            Some(Over::File(file)) => Ok((file.digest, file.length)),
            Some(Over::Link(_) | Over::Nothing) => {
                Err(SourceError::new(format!("`{}` is not a file of the commit", path.display())))
            }
            None => Disk.digest(path),
        }
    }

    fn link(&self, path: &Path) -> Result<PathBuf, SourceError> {
        match self.over(path) {
            Some(Over::Link(target)) => Ok(target.clone()),
            Some(_) => {
                Err(SourceError::new(format!("`{}` is not a link of the commit", path.display())))
            }
            None => Disk.link(path),
        }
    }
}
