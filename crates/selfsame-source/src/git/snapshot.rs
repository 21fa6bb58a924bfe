//! The files of a commit, as a checkout would write them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::batch::{Batch, Object};
use super::run::Git;
use super::{Repository, submodules};
use crate::error::SourceError;
use crate::files::{Disk, Files, MAX_READ, too_long};
use crate::path::normal;
use crate::path::os;
use selfsame_core::stamp::{CommitId, Digest};
use selfsame_core::tree::Kind;

/// The most links that are followed on the way to a file.
pub(crate) const MAX_LINKS: usize = 40;

/// The files of a commit in place of those of the working tree. What lies outside the repository is
/// read from the disk.
#[derive(Debug)]
pub struct Snapshot {
    top: PathBuf,
    /// Each file, link and submodule below the top.
    entries: BTreeMap<PathBuf, Entry>,
    batches: Vec<Mutex<Batch>>,
}

#[derive(Debug, Clone)]
struct Entry {
    kind: Kind,
    object: String,
    /// The path within the repository that holds it.
    name: String,
    /// The repository that holds it: this one, or a submodule.
    batch: usize,
}

impl Repository {
    /// The files of `commit`, with the filters of a checkout applied (line endings, LFS) as the
    /// attributes of the commit say. `scratch` is an empty directory for git to work in.
    ///
    /// # Errors
    ///
    /// If git cannot be asked, or a name in the commit is not one that a file can have.
    pub fn snapshot(&self, commit: &CommitId, scratch: &Path) -> Result<Snapshot, SourceError> {
        let mut snapshot =
            Snapshot { top: self.top.clone(), entries: BTreeMap::new(), batches: Vec::new() };
        self.take(commit.as_str(), &self.top, scratch, &mut snapshot)?;
        Ok(snapshot)
    }

    /// Writes all files of `commit` to the empty directory `to`, without those of submodules.
    ///
    /// # Errors
    ///
    /// If git cannot be asked, or a filter fails.
    pub fn write(&self, commit: &CommitId, to: &Path) -> Result<(), SourceError> {
        let index = to.join(".selfsame-index");
        let git = self.git.from(&self.top).checked_out_in(to, &index)?;
        git.succeed(&["read-tree", commit.as_str()], b"")?;
        git.succeed(&["checkout-index", "--all", "--force"], b"")?;
        let _ = std::fs::remove_file(&index);
        Ok(())
    }

    fn take(
        &self,
        commit: &str,
        top: &Path,
        scratch: &Path,
        snapshot: &mut Snapshot,
    ) -> Result<(), SourceError> {
        let number = snapshot.batches.len();
        let work = scratch.join(format!("{number}"));
        let git = with_attributes(&self.git, top, commit, &work)?;
        let listed = git.succeed(&["ls-tree", "-r", "-z", "--full-tree", commit], b"")?;
        snapshot.batches.push(Mutex::new(Batch::start(&git, true)?));
        for entry in listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let Some(at) = entry.iter().position(|byte| *byte == b'\t') else { continue };
            let (head, name) = (&entry[..at], &entry[at + 1..]);
            let head = String::from_utf8_lossy(head);
            let mut fields = head.split(' ');
            let (mode, _, object) = (fields.next(), fields.next(), fields.next().unwrap_or(""));
            let path = top.join(os(name));
            let kind = match mode {
                Some("160000") => {
                    // What a submodule holds is known where it is checked out.
                    if submodules::is_checked_out(&path) {
                        self.take(object, &path, scratch, snapshot)?;
                    }
                    continue;
                }
                Some("120000") => Kind::Link,
                _ => Kind::File,
            };
            let name = String::from_utf8_lossy(name).into_owned();
            let object = object.to_owned();
            snapshot.entries.insert(path, Entry { kind, object, name, batch: number });
        }
        Ok(())
    }
}

/// The repository at `top` with the directory `work` as its working tree, in which the attributes of
/// `commit` take effect.
pub(crate) fn with_attributes(
    git: &Git,
    top: &Path,
    commit: &str,
    work: &Path,
) -> Result<Git, SourceError> {
    std::fs::create_dir_all(work).map_err(|error| SourceError::io("create", work, error))?;
    let index = work.with_extension("index");
    let git = git.from(top).checked_out_in(work, &index)?;
    git.succeed(&["read-tree", commit], b"")?;
    let listed = git.succeed(&["ls-files", "-z"], b"")?;
    // Not every git looks for attributes in the index.
    let is_attributes =
        |name: &&[u8]| *name == b".gitattributes" || name.ends_with(b"/.gitattributes");
    let attributes: Vec<u8> = listed
        .split(|byte| *byte == 0)
        .filter(is_attributes)
        .flat_map(|name| [name, b"\0"].concat())
        .collect();
    git.succeed(&["checkout-index", "-z", "--stdin", "--force"], &attributes)?;
    Ok(git)
}

impl Snapshot {
    /// Whether a path is one of the commit's rather than of the disk.
    fn is_inside(&self, path: &Path) -> bool {
        path.starts_with(&self.top)
    }

    fn is_directory(&self, path: &Path) -> bool {
        let next = self.entries.range(path.to_owned()..).next();
        next.is_some_and(|(found, _)| found != path && found.starts_with(path))
    }

    /// The path with the links on the way to its last name resolved.
    fn resolved(&self, path: &Path) -> Result<PathBuf, SourceError> {
        let mut path = path.to_owned();
        'again: for _ in 0..MAX_LINKS {
            if self.entries.contains_key(&path) || self.is_directory(&path) {
                return Ok(path);
            }
            for above in path.ancestors().skip(1).take_while(|above| self.is_inside(above)) {
                let Some(entry) = self.entries.get(above) else { continue };
                if entry.kind == Kind::Link {
                    let rest = path.strip_prefix(above).unwrap_or(Path::new("")).to_owned();
                    let target = self.link(above)?;
                    let base = above.parent().unwrap_or(Path::new("/"));
                    path = normal(&base.join(target)).join(rest);
                    continue 'again;
                }
                return Ok(path);
            }
            return Ok(path);
        }
        Ok(path)
    }

    /// Reads an object, and keeps it unless it is longer than what is read into memory.
    fn object(&self, entry: &Entry) -> Result<Object, SourceError> {
        let mut batch = self.batches[entry.batch].lock().unwrap_or_else(PoisonError::into_inner);
        batch.kept(&entry.object, &entry.name, MAX_READ)?.ok_or_else(|| {
            SourceError::new(format!(
                "this clone does not hold `{}` of the commit: fetch it (git fetch --refetch)",
                entry.name.escape_debug()
            ))
        })
    }
}

impl Files for Snapshot {
    fn kind(&self, path: &Path) -> Result<Option<Kind>, SourceError> {
        if !self.is_inside(path) {
            return Disk.kind(path);
        }
        let path = self.resolved(path)?;
        if !self.is_inside(&path) {
            return Disk.kind(&path);
        }
        Ok(match self.entries.get(&path) {
            Some(entry) => Some(entry.kind),
            None => self.is_directory(&path).then_some(Kind::Directory),
        })
    }

    fn list(&self, directory: &Path) -> Result<Vec<(OsString, Kind)>, SourceError> {
        let directory = if self.is_inside(directory) {
            self.resolved(directory)?
        } else {
            directory.to_owned()
        };
        if !self.is_inside(&directory) {
            return Disk.list(&directory);
        }
        let mut names: BTreeMap<OsString, Kind> = BTreeMap::new();
        let below = self.entries.range(directory.clone()..);
        for (path, entry) in below.take_while(|(path, _)| path.starts_with(&directory)) {
            let mut below = path.strip_prefix(&directory).unwrap_or(path).iter();
            let (Some(name), more) = (below.next(), below.next()) else { continue };
            let kind = if more.is_some() { Kind::Directory } else { entry.kind };
            names.insert(name.to_owned(), kind);
        }
        Ok(names.into_iter().collect())
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
        if !self.is_inside(path) {
            return Disk.read(path);
        }
        let path = self.resolved(path)?;
        if !self.is_inside(&path) {
            return Disk.read(&path);
        }
        let Some(entry) = self.entries.get(&path).filter(|entry| entry.kind == Kind::File) else {
            return Ok(None);
        };
        self.object(entry)?.bytes.map(Some).ok_or_else(|| too_long(&path))
    }

    fn digest(&self, path: &Path) -> Result<(Digest, u64), SourceError> {
        if !self.is_inside(path) {
            return Disk.digest(path);
        }
        let path = self.resolved(path)?;
        if !self.is_inside(&path) {
            return Disk.digest(&path);
        }
        let Some(entry) = self.entries.get(&path).filter(|entry| entry.kind == Kind::File) else {
            return Err(SourceError::new(format!(
                "the commit does not hold a file `{}`",
                path.display()
            )));
        };
        let object = self.object(entry)?;
        Ok((object.digest, object.length))
    }

    fn link(&self, path: &Path) -> Result<PathBuf, SourceError> {
        if !self.is_inside(path) {
            return Disk.link(path);
        }
        let Some(entry) = self.entries.get(path).filter(|entry| entry.kind == Kind::Link) else {
            return Err(SourceError::new(format!(
                "the commit does not hold a link `{}`",
                path.display()
            )));
        };
        // Filters are for files: the text of a link is what it is.
        let unfiltered = Entry { name: "selfsame-link".to_owned(), ..entry.clone() };
        let target = self.object(&unfiltered)?.bytes.ok_or_else(|| too_long(path))?;
        Ok(PathBuf::from(os(&target)))
    }
}
