//! The commit that is checked out, read from the files of the repository: for a machine without the
//! `git` program, and for a repository that git refuses because somebody else owns it.
//!
//! Nothing is read but pointers and the list of tracked paths; no setting has any influence and
//! nothing is run, which is what git guards against in a stranger's repository.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::error::SourceError;
use crate::files::open_regular;
use crate::package::Package;
use crate::path::normal;
use selfsame_core::stamp::CommitId;

/// The longest file of the repository that is read, in bytes. An index has about 100 a path.
const MAX_FILE: u64 = 256 << 20;

/// How many symbolic refs are followed, as in git.
const MAX_DEPTH: usize = 5;

/// The files of the repository around a package.
#[derive(Debug, Clone)]
pub struct GitDirectory {
    /// The directory of the working tree, which holds `.git`.
    top: PathBuf,
    /// Where `HEAD` and the index of this working tree lie.
    own: PathBuf,
    /// Where refs lie that all working trees share.
    common: PathBuf,
}

/// The head, as the files have it.
#[derive(Debug)]
#[non_exhaustive]
pub struct GitDirectoryHead {
    /// The commit.
    pub commit: CommitId,
    /// The branch, unless the head is detached.
    pub branch: Option<String>,
}

impl GitDirectory {
    /// Finds the repository around `directory`. `None` means that neither it nor a directory above
    /// has a `.git`.
    ///
    /// # Errors
    ///
    /// If there is a `.git` that leads to no repository.
    pub fn around(directory: &Path) -> Result<Option<Self>, SourceError> {
        let directory = std::path::absolute(directory)
            .map_err(|error| SourceError::io("resolve", directory, error))?;
        // `exists` would follow a `.git` link that dangles, and see none.
        let is_there = |above: &&Path| above.join(".git").symlink_metadata().is_ok();
        let Some(top) = directory.ancestors().find(is_there) else { return Ok(None) };
        let own = own_directory(top)?;
        if !own.join("HEAD").is_file() {
            return Err(SourceError::new(format!(
                "`{}` leads to `{}`, which is not a repository: there is no HEAD in it",
                top.join(".git").display(),
                own.display()
            )));
        }
        let common = match read(&own.join("commondir"))? {
            Some(common) => normal(&own.join(line(&common))),
            None => own.clone(),
        };
        Ok(Some(Self { top: top.to_owned(), own, common }))
    }

    /// The directory of the working tree.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The directory that all working trees of the repository share.
    #[must_use]
    pub fn common(&self) -> &Path {
        &self.common
    }

    /// Reads the commit that is checked out, for `package`.
    ///
    /// # Errors
    ///
    /// If there is none yet, if its refs are kept in a form that only git reads, or if the
    /// repository does not track the package's manifest.
    pub fn head(&self, package: &Package) -> Result<GitDirectoryHead, SourceError> {
        let (names, commit) = self.follow()?;
        let commit = commit.ok_or_else(|| {
            SourceError::new(format!("the repository `{}` has no commit yet", self.top.display()))
        })?;
        self.check_tracks(package, commit.as_str().len() / 2)?;
        let branch =
            names.last().and_then(|name| name.strip_prefix("refs/heads/")).map(str::to_owned);
        Ok(GitDirectoryHead { commit, branch })
    }

    /// The files that say which commit is checked out. Those behind `HEAD` may not exist.
    ///
    /// # Errors
    ///
    /// If `HEAD` cannot be read.
    pub fn watched(&self) -> Result<Vec<PathBuf>, SourceError> {
        let mut paths = vec![self.own.join("HEAD")];
        paths.extend(self.symbolic()?.iter().map(|name| self.ref_path(name)));
        // A linked working tree keeps its own head in a table of its own.
        paths.extend([&self.common, &self.own].map(|directory| directory.join("reftable")));
        Ok(paths)
    }

    /// The refs that `HEAD` leads through, without the commit.
    fn symbolic(&self) -> Result<Vec<String>, SourceError> {
        match self.follow() {
            Ok((names, _)) => Ok(names),
            // A repository of tables says so in HEAD, and the table is watched.
            Err(error) => {
                if self.common.join("reftable").is_dir() {
                    Ok(Vec::new())
                } else {
                    Err(error)
                }
            }
        }
    }

    /// Follows `HEAD` through symbolic refs to the commit, if there is one yet.
    fn follow(&self) -> Result<(Vec<String>, Option<CommitId>), SourceError> {
        if self.common.join("reftable").is_dir() {
            return Err(SourceError::new(format!(
                "the repository `{}` keeps its refs in a reftable, which takes the `git` program",
                self.top.display()
            )));
        }
        let mut path = self.own.join("HEAD");
        let mut names: Vec<String> = Vec::new();
        for _ in 0..MAX_DEPTH {
            let text = match read(&path)? {
                Some(text) => line(&text).to_owned(),
                None => match self.packed(names.last().map_or("HEAD", String::as_str))? {
                    Some(id) => id,
                    None => return Ok((names, None)),
                },
            };
            let Some(name) = text.strip_prefix("ref:") else {
                let commit = text.parse().map_err(|error| {
                    SourceError::new(format!("`{}` names no commit: {error}", path.display()))
                })?;
                return Ok((names, Some(commit)));
            };
            let name = name.trim();
            if !name.starts_with("refs/") || name.split('/').any(|part| part == "..") {
                return Err(SourceError::new(format!(
                    "`{}` leads to `{}`, which is not a ref",
                    path.display(),
                    name.escape_debug()
                )));
            }
            path = self.ref_path(name);
            names.push(name.to_owned());
        }
        Err(SourceError::new(format!(
            "`{}` leads through more than {MAX_DEPTH} symbolic refs",
            self.own.join("HEAD").display()
        )))
    }

    fn ref_path(&self, name: &str) -> PathBuf {
        let own = ["refs/bisect/", "refs/worktree/", "refs/rewritten/"];
        let of_this_tree = own.iter().any(|prefix| name.starts_with(prefix));
        if of_this_tree { self.own.join(name) } else { self.common.join(name) }
    }

    /// Looks a ref up among the packed ones.
    fn packed(&self, name: &str) -> Result<Option<String>, SourceError> {
        let Some(text) = read(&self.common.join("packed-refs"))? else { return Ok(None) };
        Ok(text.lines().find_map(|line| {
            let (id, packed) = line.split_once(' ')?;
            (packed == name).then(|| id.to_owned())
        }))
    }

    /// Makes sure that the index holds the package's manifest: else the repository is somebody
    /// else's, in whose directory the package happens to lie.
    fn check_tracks(&self, package: &Package, id_length: usize) -> Result<(), SourceError> {
        let directory = std::path::absolute(package.root())
            .map_err(|error| SourceError::io("resolve", package.root(), error))?;
        let below = directory.strip_prefix(&self.top).unwrap_or(&directory).join(package.marker());
        let wanted = below.as_os_str().as_encoded_bytes();
        let path = self.own.join("index");
        let index = read_bytes(&path)?.unwrap_or_default();
        match tracks(&index, wanted, id_length) {
            Some(true) => Ok(()),
            Some(false) => Err(SourceError::new(format!(
                "the repository `{}` does not track this package: its index holds no `{}`",
                self.top.display(),
                below.display()
            ))),
            None => Err(SourceError::new(format!(
                "whether the repository `{}` tracks this package takes the `git` program: `{}` has \
                 a form that is not known here",
                self.top.display(),
                path.display()
            ))),
        }
    }
}

/// Where the repository's own files lie: `.git` itself, or where the file `.git` leads.
fn own_directory(top: &Path) -> Result<PathBuf, SourceError> {
    let git = top.join(".git");
    if git.is_dir() {
        return Ok(git);
    }
    let text = read(&git)?.unwrap_or_default();
    let Some(path) = line(&text).strip_prefix("gitdir: ") else {
        return Err(SourceError::new(format!(
            "`{}` is neither a directory nor a file with a line `gitdir: …`",
            git.display()
        )));
    };
    let own = normal(&top.join(path));
    if own.is_dir() {
        Ok(own)
    } else {
        Err(SourceError::new(format!(
            "`{}` leads to `{}`, which does not exist: the repository was moved, or is not in the \
             build context; pass SELFSAME_COMMIT=$(git rev-parse HEAD)",
            git.display(),
            own.display()
        )))
    }
}

/// Whether the index holds `path`. `None` means that its form is not known here.
fn tracks(index: &[u8], path: &[u8], id_length: usize) -> Option<bool> {
    /// Times, device, inode, mode, owner and size, ahead of the object id.
    const STAT: usize = 40;
    const EXTENDED: u16 = 0x4000;

    if index.is_empty() {
        return Some(false);
    }
    let number = |at: usize| {
        let bytes = index.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let version = number(4)?;
    if index.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut at = 12;
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..number(8)? {
        let start = at;
        at += STAT + id_length;
        let flags = u16::from_be_bytes(index.get(at..at + 2)?.try_into().ok()?);
        at += if version >= 3 && flags & EXTENDED != 0 { 4 } else { 2 };
        if version == 4 {
            // A name is written as how much of the last one goes, and what comes instead.
            let (dropped, length) = offset(index.get(at..)?)?;
            at += length;
            name.truncate(name.len().checked_sub(dropped)?);
        } else {
            name.clear();
        }
        let rest = index.get(at..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        name.extend_from_slice(&rest[..end]);
        at += end + 1;
        if version < 4 {
            at = start + (at - start).next_multiple_of(8);
        }
        if name == path {
            return Some(true);
        }
    }
    // The rest of a split index lies in another file.
    let split = index.get(at..).is_some_and(|rest| rest.starts_with(b"link"));
    if split { None } else { Some(false) }
}

/// Reads a number as git packs offsets: seven bits a byte, with one added at each continuation.
fn offset(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        value = value.checked_shl(7)? | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
        value += 1;
    }
    None
}

/// The text without the line break at its end.
fn line(text: &str) -> &str {
    text.trim_end_matches(['\n', '\r'])
}

fn read(path: &Path) -> Result<Option<String>, SourceError> {
    let Some(bytes) = read_bytes(path)? else { return Ok(None) };
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| SourceError::new(format!("`{}` is not UTF-8", path.display())))
}

/// Reads a file, or nothing where there is none.
fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
    read_up_to(path, MAX_FILE)
}

fn read_up_to(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
    // A branch `a` in the way of a ref `a/b`, or the other way round.
    if path.is_dir() {
        return Ok(None);
    }
    let Some((file, _)) = open_regular(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    let length = file
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| SourceError::io("read", path, error))?;
    if length as u64 > limit {
        return Err(SourceError::new(format!("`{}` is longer than {limit} bytes", path.display())));
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: u32, name: &[u8], dropped: u8) -> Vec<u8> {
        let mut entry = vec![1; 40 + 20];
        entry.extend((u16::try_from(name.len()).unwrap()).to_be_bytes());
        if version == 4 {
            entry.push(dropped);
        }
        entry.extend(name);
        entry.push(0);
        if version < 4 {
            entry.resize(entry.len().next_multiple_of(8), 0);
        }
        entry
    }

    fn index(version: u32, entries: &[(&[u8], u8)]) -> Vec<u8> {
        let mut index = b"DIRC".to_vec();
        index.extend(version.to_be_bytes());
        index.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
        for (name, dropped) in entries {
            index.extend(entry(version, name, *dropped));
        }
        index
    }

    #[test]
    fn an_index_of_each_version_is_read() {
        let plain: [(&[u8], u8); 2] = [(b"api/Cargo.toml", 0), (b"api/src/main.rs", 0)];
        let packed: [(&[u8], u8); 2] = [(b"api/Cargo.toml", 0), (b"src/main.rs", 10)];
        for (version, entries) in [(2, plain), (3, plain), (4, packed)] {
            let index = index(version, &entries);
            for path in ["api/Cargo.toml", "api/src/main.rs"] {
                assert_eq!(tracks(&index, path.as_bytes(), 20), Some(true), "{version} {path}");
            }
            // A path that only ends so is another one.
            for path in ["Cargo.toml", "main.rs", "api/Cargo.tom", "pi/Cargo.toml"] {
                assert_eq!(tracks(&index, path.as_bytes(), 20), Some(false), "{version} {path}");
            }
        }
    }

    #[test]
    fn an_index_that_is_cut_short_or_not_known_is_no_answer() {
        let index = index(2, &[(b"Cargo.toml", 0), (b"src/main.rs", 0)]);
        for cut in 1..index.len() {
            assert_ne!(tracks(&index[..cut], b"src/lib.rs", 20), Some(true), "{cut}");
        }
        for cut in 12..index.len() - 16 {
            assert_eq!(tracks(&index[..cut], b"src/lib.rs", 20), None, "{cut}");
        }
        assert_eq!(tracks(b"DIRC\0\0\0\x05\0\0\0\0", b"Cargo.toml", 20), None);
        let split = [&index[..], b"link"].concat();
        assert_eq!(tracks(&split, b"src/lib.rs", 20), None);
        assert_eq!(tracks(b"", b"Cargo.toml", 20), Some(false));
    }

    #[test]
    fn files_and_refs_of_refs_have_limits() {
        let directory = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n");
        write(".git/HEAD", "ref: refs/heads/0");
        for at in 0..9 {
            write(&format!(".git/refs/heads/{at}"), &format!("ref: refs/heads/{}", at + 1));
        }
        let package = Package::open(directory.path()).unwrap();
        let git = GitDirectory::around(directory.path()).unwrap().unwrap();
        let error = git.head(&package).unwrap_err().to_string();
        assert!(error.contains("through more than 5 symbolic refs"), "{error}");

        let head = directory.path().join(".git/HEAD");
        assert_eq!(read_up_to(&head, 17).unwrap().unwrap().len(), 17);
        let error = read_up_to(&head, 16).unwrap_err().to_string();
        assert!(error.contains("longer than 16 bytes"), "{error}");
    }
}
