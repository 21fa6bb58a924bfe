use super::{Entry, Kind, Lines, TreeError, TreeHash, digests};
use crate::stamp::Digest;

/// The files of a tree with their digests: what the tree hash is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    files: Vec<Listed>,
}

/// One file of a [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Its name in the hash.
    pub name: Vec<u8>,
    /// The SHA-256 of its content.
    pub sha256: Digest,
    /// The bytes of its content.
    pub bytes: u64,
}

impl Listed {
    /// A file by its name, the SHA-256 of its content and its length in bytes.
    #[must_use]
    pub const fn new(name: Vec<u8>, sha256: Digest, bytes: u64) -> Self {
        Self { name, sha256, bytes }
    }
}

impl Listing {
    /// Hashes each file of `entries`, as [`list`](super::list) gave them.
    ///
    /// # Errors
    ///
    /// If a file cannot be read: a hash of the rest would be a hash of something else.
    pub fn of(entries: &[Entry]) -> Result<Self, TreeError> {
        let files: Vec<&Entry> = entries.iter().filter(|entry| entry.kind == Kind::File).collect();
        let digests = digests(&files)?;
        let listed = files.iter().zip(digests).map(|(entry, (sha256, bytes))| Listed {
            name: entry.name.clone(),
            sha256,
            bytes,
        });
        Ok(listed.collect())
    }

    /// The tree hash.
    #[must_use]
    pub fn hash(&self) -> TreeHash {
        let mut lines = Lines::new();
        for file in &self.files {
            lines.push(file.sha256, &file.name);
        }
        TreeHash {
            sha256: lines.digest(),
            files: self.files.len() as u64,
            bytes: self.files.iter().map(|file| file.bytes).sum(),
        }
    }

    /// The lines that are hashed, one a file. `None` if a name is not UTF-8.
    #[must_use]
    pub fn lines(&self) -> Option<Vec<String>> {
        let line = |file: &Listed| {
            let mut lines = Lines::new();
            lines.push(file.sha256, &file.name);
            let line = lines.as_bytes().strip_suffix(b"\n")?;
            str::from_utf8(line).ok().map(str::to_owned)
        };
        self.files.iter().map(line).collect()
    }
}

/// The files have to come sorted by the bytes of their names.
impl FromIterator<Listed> for Listing {
    fn from_iter<I: IntoIterator<Item = Listed>>(files: I) -> Self {
        Self { files: files.into_iter().collect() }
    }
}
