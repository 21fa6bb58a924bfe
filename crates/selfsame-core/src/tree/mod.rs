//! The tree hash: one SHA-256 for the files below a directory, which anyone can recompute.
//!
//! ```sh
//! find . -type f ! -path '*/.*' -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum
//! ```
//!
//! Names that begin with a dot are left out. Links, devices, sockets and FIFOs are never followed
//! or opened. `FORMAT.md` has the rules to the byte.

mod error;
mod line;
mod listing;
mod open;
mod walk;

use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::Digest as _;

use crate::stamp::Digest;

pub use self::error::TreeError;
pub use self::line::Lines;
pub use self::listing::{Listed, Listing};
pub use self::open::{open, open_unlinked};
pub use self::walk::{Entry, Kind, list, list_shipped, list_shipped_up_to};

/// The bytes that are read from a file at a time.
const BUFFER: usize = 64 * 1024;

/// The hash of a tree of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeHash {
    /// The SHA-256 of the lines.
    pub sha256: Digest,
    /// The number of files.
    pub files: u64,
    /// The bytes of all files together.
    pub bytes: u64,
}

/// Hashes the files below the directory `root`. If `root` is itself a link, what it points to is
/// hashed, as after `cd`.
///
/// # Errors
///
/// If a file or directory cannot be read: a hash of the rest would be a hash of something else.
pub fn hash(root: &Path) -> Result<TreeHash, TreeError> {
    Ok(Listing::of(&list(root, ".")?)?.hash())
}

/// Hashes the module `name` below `parent`: the directory `name/`, the file `name.rs`, or both.
/// With the directory alone the names are relative to it, else to `parent`. `None` means that there
/// is neither.
///
/// # Errors
///
/// If something cannot be read, or if the directory or the file is a link, whose target would go
/// unhashed.
pub fn hash_module(parent: &Path, name: &str) -> Result<Option<TreeHash>, TreeError> {
    let directory = walk::is_there(&parent.join(name), Kind::Directory)?;
    let file_name = format!("{name}.rs");
    let file = walk::is_there(&parent.join(&file_name), Kind::File)?;
    let mut entries = Vec::new();
    match (directory, file) {
        (false, false) => return Ok(None),
        (true, false) => entries = list(&parent.join(name), ".")?,
        (_, true) => {
            if directory {
                entries = list(&parent.join(name), &format!("./{name}"))?;
            }
            entries.extend(list(&parent.join(&file_name), &format!("./{file_name}"))?);
            entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        }
    }
    Ok(Some(Listing::of(&entries)?.hash()))
}

/// Hashes the content of each file, on as many threads as there are processors, four at most.
/// Returns each digest with the file's length, in the order of the files, which is that of
/// [`list`].
///
/// # Errors
///
/// If a file cannot be read, or is not a regular file any more.
pub fn digests(files: &[&Entry]) -> Result<Vec<(Digest, u64)>, TreeError> {
    /// Below this many files a thread costs more than it saves.
    const FILES_A_THREAD: usize = 32;

    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(4).min(files.len() / FILES_A_THREAD + 1);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut digests = Vec::new();
        let mut buffer = vec![0; BUFFER];
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            digests.push((file.name.as_slice(), digest(&file.path, &mut buffer)?));
        }
        Ok(digests)
    };
    let mut digests = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut digests = work()?;
        for other in others {
            let others = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            digests.extend(others);
        }
        Ok::<_, TreeError>(digests)
    })?;
    // The names are unique, and the files came sorted by them.
    digests.sort_unstable_by_key(|(name, _)| *name);
    Ok(digests.into_iter().map(|(_, digest)| digest).collect())
}

/// Hashes one regular file. Returns its digest and its length in bytes.
///
/// # Errors
///
/// If it cannot be read, or is not a regular file.
pub fn digest_of(path: &Path) -> Result<(Digest, u64), TreeError> {
    digest(path, &mut vec![0; BUFFER])
}

fn digest(path: &Path, buffer: &mut [u8]) -> Result<(Digest, u64), TreeError> {
    let mut hasher = sha2::Sha256::new();
    let length = read(path, buffer, &mut |bytes| hasher.update(bytes))?;
    Ok((Digest::new(hasher.finalize().into()), length))
}

/// A file may become twice as long and so many bytes longer while it is read: 1 GiB. One that a
/// process writes to faster than it is read would have no end.
const MAX_GROWTH: u64 = 1 << 30;

/// Reads a regular file through `buffer` and returns its length.
///
/// # Errors
///
/// If it cannot be read, or is not a regular file: opening a FIFO would wait for a writer.
pub fn read(path: &Path, buffer: &mut [u8], take: &mut dyn FnMut(&[u8])) -> Result<u64, TreeError> {
    read_growing(path, buffer, MAX_GROWTH, take)
}

fn read_growing(
    path: &Path,
    buffer: &mut [u8],
    growth: u64,
    take: &mut dyn FnMut(&[u8]),
) -> Result<u64, TreeError> {
    walk::is_there(path, Kind::File)?;
    let mut file = open_unlinked(path).map_err(|error| TreeError::io("open", path, error))?;
    let metadata = file.metadata().map_err(|error| TreeError::io("read", path, error))?;
    let most = metadata.len().saturating_mul(2).saturating_add(growth);
    let mut length = 0;
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok(length),
            Ok(read) => {
                take(&buffer[..read]);
                length += read as u64;
                if length > most {
                    let grows = std::io::Error::other("it grows while it is read");
                    return Err(TreeError::io("read", path, grows));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(TreeError::io("read", path, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_that_grows_while_it_is_read_has_an_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut log = std::fs::File::create(&path).unwrap();
        log.write_all(&[7; 100]).unwrap();
        let mut buffer = [0; 64];
        let mut writes = 2;
        let read = read_growing(&path, &mut buffer, 100, &mut |bytes| {
            if writes > 0 {
                writes -= 1;
                log.write_all(bytes).unwrap();
            }
        });
        assert_eq!(read.unwrap(), 100 + 64 + 64);
        let error = read_growing(&path, &mut buffer, 100, &mut |bytes| {
            log.write_all(bytes).unwrap();
        });
        let error = error.unwrap_err().to_string();
        assert!(error.contains("it grows while it is read"), "{error}");
    }
}
