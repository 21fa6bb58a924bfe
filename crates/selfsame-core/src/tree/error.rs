use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A tree that could not be hashed.
#[derive(Debug)]
pub struct TreeError {
    path: PathBuf,
    kind: ErrorKind,
}

#[derive(Debug)]
enum ErrorKind {
    Io { verb: &'static str, source: io::Error },
    Link,
    Special,
    TooMany { limit: u64, of: &'static str },
}

impl TreeError {
    /// `verb` failed on `path`, as in "open".
    #[must_use]
    pub fn io(verb: &'static str, path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), kind: ErrorKind::Io { verb, source } }
    }

    /// `path` is a symbolic link.
    #[must_use]
    pub fn link(path: &Path) -> Self {
        Self { path: path.to_owned(), kind: ErrorKind::Link }
    }

    /// `path` is neither a file nor a directory.
    #[must_use]
    pub fn special(path: &Path) -> Self {
        Self { path: path.to_owned(), kind: ErrorKind::Special }
    }

    pub(crate) fn too_many(path: &Path, limit: usize) -> Self {
        Self {
            path: path.to_owned(),
            kind: ErrorKind::TooMany { limit: limit as u64, of: "files and directories" },
        }
    }

    /// More than `limit` bytes lie below `path`.
    #[must_use]
    pub fn too_large(path: &Path, limit: u64) -> Self {
        Self { path: path.to_owned(), kind: ErrorKind::TooMany { limit, of: "bytes" } }
    }

    /// The path that could not be hashed.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(&self.kind, ErrorKind::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Whether there is more below the path than is listed.
    #[must_use]
    pub fn is_too_many(&self) -> bool {
        matches!(self.kind, ErrorKind::TooMany { .. })
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.kind {
            ErrorKind::Io { verb, source } => write!(f, "cannot {verb} `{path}`: {source}"),
            ErrorKind::Link => write!(
                f,
                "`{path}` is a symbolic link, which is never followed: name what it points to"
            ),
            ErrorKind::Special => write!(f, "`{path}` is neither a file nor a directory"),
            ErrorKind::TooMany { limit, of } => write!(f, "`{path}` holds more than {limit} {of}"),
        }
    }
}

impl std::error::Error for TreeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Io { source, .. } => Some(source),
            ErrorKind::Link | ErrorKind::Special | ErrorKind::TooMany { .. } => None,
        }
    }
}
