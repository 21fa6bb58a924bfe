//! What is known of commits, kept beside git's objects. It may be deleted at any time.
//!
//! The file holds a header, the answers and a checksum. It is written to a name of its own and put
//! in place by a rename, so that a reader sees one whole file or another. Whatever does not read back
//! to the letter is no cache.

use std::collections::{BTreeSet, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::At;
use super::objects::Id;
use crate::path::os;
use selfsame_core::stamp::Digest;

/// The revision of the file, and of the rules of content.
const MAGIC: &[u8] = b"selfsame history 1\n";

/// The longest file that is read or written, in bytes: half a million commits.
const MAX_FILE: u64 = 40 << 20;

/// The most files that are kept: one for each package and kind of checkout.
const MAX_FILES: usize = 64;

/// The bytes of one answer: a commit, a tag, a content.
const ENTRY: usize = 32 + 1 + 32;

/// Where the answers of one package are kept.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    key: Digest,
}

impl Cache {
    /// The file in git's own directory for what `key` says.
    pub(super) fn new(git: &Path, key: &str) -> Self {
        let key = Digest::of(key.as_bytes());
        let name = key.to_string();
        Self { path: git.join("selfsame").join(format!("{}.history", &name[..16])), key }
    }

    /// Reads the answers, with the paths outside of the repository at which nothing may lie for them to
    /// hold. What is damaged, of another version or of another disk is none.
    pub(super) fn read(&self) -> (HashMap<Id, At>, BTreeSet<PathBuf>) {
        self.try_read().unwrap_or_default()
    }

    fn try_read(&self) -> Option<(HashMap<Id, At>, BTreeSet<PathBuf>)> {
        use std::io::Read as _;

        let (file, metadata) = crate::files::open_regular(&self.path).ok()??;
        if metadata.len() > MAX_FILE {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
        if Digest::of(body).as_bytes() != sum {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC)?.strip_prefix(self.key.as_bytes())?;
        let mut number = || -> Option<usize> {
            let (head, tail) = rest.split_at_checked(4)?;
            rest = tail;
            usize::try_from(u32::from_le_bytes(head.try_into().ok()?)).ok()
        };
        let (paths, commits) = (number()?, number()?);
        let mut absent = BTreeSet::new();
        for _ in 0..paths {
            let (length, tail) = rest.split_at_checked(4)?;
            let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
            let (path, tail) = tail.split_at_checked(length)?;
            rest = tail;
            // What was not there then may be there now.
            let path = PathBuf::from(os(path));
            if path.symlink_metadata().is_ok() {
                return None;
            }
            absent.insert(path);
        }
        if rest.len() != commits.checked_mul(ENTRY)? {
            return None;
        }
        let mut known = HashMap::with_capacity(commits);
        for entry in rest.chunks_exact(ENTRY) {
            let id: Id = entry[..32].try_into().ok()?;
            let content: [u8; 32] = entry[33..].try_into().ok()?;
            let at = match entry[32] {
                0 => At::Absent,
                1 => At::Content(Digest::new(content)),
                _ => return None,
            };
            known.insert(id, at);
        }
        Some((known, absent))
    }

    /// Writes the answers in place of those that are there. Where that fails there is no cache.
    pub(super) fn write(&self, known: &HashMap<Id, At>, absent: &BTreeSet<PathBuf>) {
        let _ = self.try_write(known, absent);
    }

    fn try_write(&self, known: &HashMap<Id, At>, absent: &BTreeSet<PathBuf>) -> Option<()> {
        let number = |number: usize| u32::try_from(number).ok().map(u32::to_le_bytes);
        let mut bytes = [MAGIC, self.key.as_bytes()].concat();
        bytes.extend(number(absent.len())?);
        bytes.extend(number(known.len())?);
        for path in absent {
            let path = path.as_os_str().as_encoded_bytes();
            bytes.extend(number(path.len())?);
            bytes.extend_from_slice(path);
        }
        for (id, at) in known {
            let (tag, content) = match at {
                At::Absent => (0, [0; 32]),
                At::Content(content) => (1, *content.as_bytes()),
                At::Unknown(_) | At::NotLooked => return None,
            };
            bytes.extend_from_slice(id);
            bytes.push(tag);
            bytes.extend_from_slice(&content);
        }
        let sum = Digest::of(&bytes);
        bytes.extend_from_slice(sum.as_bytes());
        if bytes.len() as u64 > MAX_FILE {
            return None;
        }
        let directory = self.path.parent()?;
        std::fs::create_dir_all(directory).ok()?;
        make_room(directory);
        let own = self.path.with_extension(format!("{}.part", std::process::id()));
        let written = std::fs::File::create(&own).and_then(|mut file| file.write_all(&bytes));
        let placed = written.and_then(|()| std::fs::rename(&own, &self.path));
        if placed.is_err() {
            let _ = std::fs::remove_file(&own);
        }
        placed.ok()
    }
}

/// Removes the oldest files where there are too many.
fn make_room(directory: &Path) {
    let entries = directory.read_dir().into_iter().flatten().flatten();
    let mut files: Vec<(std::time::SystemTime, PathBuf)> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort_unstable();
    for (_, path) in files.iter().take(files.len().saturating_sub(MAX_FILES - 1)) {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_a_length_and_a_number() {
        let directory = tempfile::tempdir().unwrap();
        let known =
            HashMap::from([([7; 32], At::Content(Digest::of(b"x"))), ([8; 32], At::Absent)]);
        let absent = BTreeSet::from([directory.path().join("nothing")]);
        let cache = Cache::new(directory.path(), "a");
        cache.write(&known, &absent);
        assert_eq!(cache.read(), (known.clone(), absent.clone()));
        // Of another package, or where something came to be.
        assert!(Cache::new(directory.path(), "b").read().0.is_empty());
        std::fs::write(directory.path().join("nothing"), "something").unwrap();
        assert!(cache.read().0.is_empty());
        std::fs::remove_file(directory.path().join("nothing")).unwrap();
        assert!(!cache.read().0.is_empty());

        let file = std::fs::OpenOptions::new().write(true).open(&cache.path).unwrap();
        file.set_len(MAX_FILE + 1).unwrap();
        assert!(cache.read().0.is_empty());
        for number in 0..MAX_FILES + 9 {
            Cache::new(directory.path(), &number.to_string()).write(&known, &absent);
        }
        let files = directory.path().join("selfsame").read_dir().unwrap().count();
        assert_eq!(files, MAX_FILES);
    }
}
