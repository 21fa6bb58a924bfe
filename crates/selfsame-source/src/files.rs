//! Where source is read from: the working tree on disk, or the same with other files laid over it.
//!
//! Everything that says what content is goes through this, so that a commit is read by the same
//! code as a working tree.

use std::any::Any;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::SourceError;
use selfsame_core::stamp::Digest;
use selfsame_core::tree::Kind;

/// The longest source file or manifest that is read into memory, in bytes.
pub(super) const MAX_READ: u64 = 32 << 20;

/// A place that holds source. All paths are absolute and without `.` and `..`.
///
/// What is asked for and is not there is `None`, never an error.
pub trait Files: std::fmt::Debug + Sync {
    /// What lies at `path`, links not followed.
    ///
    /// # Errors
    ///
    /// If the path cannot be looked at.
    fn kind(&self, path: &Path) -> Result<Option<Kind>, SourceError>;

    /// The names in a directory, sorted by their bytes. Empty where there is no such directory.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    fn list(&self, directory: &Path) -> Result<Vec<(OsString, Kind)>, SourceError>;

    /// The content of a regular file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is not a regular file, or is longer than 32 MiB.
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SourceError>;

    /// The SHA-256 and the length of a regular file of any size.
    ///
    /// # Errors
    ///
    /// If there is no such file, or it cannot be read.
    fn digest(&self, path: &Path) -> Result<(Digest, u64), SourceError>;

    /// The text of a symbolic link.
    ///
    /// # Errors
    ///
    /// If there is no such link.
    fn link(&self, path: &Path) -> Result<PathBuf, SourceError>;

    /// What `make` makes of the content of a regular file. A place that is read many times keeps it,
    /// so that each file is parsed once.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    fn made(
        &self,
        path: &Path,
        what: Made,
        make: &dyn Fn(Vec<u8>) -> Kept,
    ) -> Result<Option<Kept>, SourceError> {
        let _ = what;
        Ok(self.read(path)?.map(make))
    }

    /// What `make` finds out about a package from these files. A place that is read many times keeps it
    /// for as long as what was asked for stays the same.
    ///
    /// # Errors
    ///
    /// As `make`.
    fn remembered(
        &self,
        package: &Path,
        make: &dyn Fn() -> Result<Kept, SourceError>,
    ) -> Result<Kept, SourceError> {
        let _ = package;
        make()
    }

    /// Notes that all tokens of a source file count, and not only what a glance at it says. Those of
    /// a build script count to the letter.
    fn counts(&self, path: &Path, is_script: bool) {
        let _ = (path, is_script);
    }

    /// Whether files are hashed faster by several threads.
    fn is_parallel(&self) -> bool {
        true
    }

    /// Whether there is a regular file at `path`.
    ///
    /// # Errors
    ///
    /// As [`kind`](Self::kind).
    fn is_file(&self, path: &Path) -> Result<bool, SourceError> {
        Ok(self.kind(path)? == Some(Kind::File))
    }

    /// The content of a regular file as text.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and if it is not UTF-8.
    fn text(&self, path: &Path) -> Result<Option<String>, SourceError> {
        let Some(bytes) = self.read(path)? else { return Ok(None) };
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| SourceError::new(format!("`{}` is not UTF-8", path.display())))
    }
}

/// Something that was made of a file.
pub type Kept = Arc<dyn Any + Send + Sync>;

/// What is made of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Made {
    /// The table of a TOML file.
    Table,
    /// The packages of a lock file.
    Lock,
    /// What a glance at a source file says.
    Glance,
}

/// Reads a file and makes something of it, once for each content.
///
/// # Errors
///
/// As [`Files::read`].
pub(crate) fn made<T: Any + Send + Sync>(
    files: &dyn Files,
    path: &Path,
    what: Made,
    make: &dyn Fn(Vec<u8>) -> T,
) -> Result<Option<Arc<T>>, SourceError> {
    let kept = files.made(path, what, &|bytes| Arc::new(make(bytes)))?;
    // What is kept under one name was made by one function.
    Ok(kept.and_then(|kept| kept.downcast().ok()))
}

/// The files of this machine, as they are now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn kind(&self, path: &Path) -> Result<Option<Kind>, SourceError> {
        use std::io::ErrorKind::{NotADirectory, NotFound};

        match path.symlink_metadata() {
            Ok(metadata) => Ok(Some(Kind::from(metadata.file_type()))),
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
            Err(error) => Err(SourceError::io("read", path, error)),
        }
    }

    fn list(&self, directory: &Path) -> Result<Vec<(OsString, Kind)>, SourceError> {
        use std::io::ErrorKind::{NotADirectory, NotFound};

        let unreadable = |error| SourceError::io("read", directory, error);
        let entries = match directory.read_dir() {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let kind = Kind::from(entry.file_type().map_err(unreadable)?);
            names.push((entry.file_name(), kind));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
        let Some((file, metadata)) = open_regular(path)? else { return Ok(None) };
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        let read = file
            .take(MAX_READ + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| SourceError::io("read", path, error))?;
        if read as u64 > MAX_READ {
            return Err(too_long(path));
        }
        Ok(Some(bytes))
    }

    fn digest(&self, path: &Path) -> Result<(Digest, u64), SourceError> {
        Ok(selfsame_core::tree::digest_of(path)?)
    }

    fn link(&self, path: &Path) -> Result<PathBuf, SourceError> {
        path.read_link().map_err(|error| SourceError::io("read the link", path, error))
    }
}

/// A file that is too long to be read into memory.
pub(super) fn too_long(path: &Path) -> SourceError {
    SourceError::new(format!("`{}` is longer than {MAX_READ} bytes", path.display()))
}

/// Opens a regular file, following links to it. `None` means that there is nothing.
///
/// A FIFO or a device in its place is an error and is never waited for.
///
/// # Errors
///
/// If it cannot be opened, or is anything else than a regular file.
pub(crate) fn open_regular(path: &Path) -> Result<Option<(File, Metadata)>, SourceError> {
    use std::io::ErrorKind::{NotADirectory, NotFound};

    let failed = |error| SourceError::io("open", path, error);
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.is_file() {
        return Err(SourceError::new(format!("`{}` is not a regular file", path.display())));
    }
    // Another one may have been put there since.
    selfsame_core::tree::open(path).map(|file| Some((file, metadata))).map_err(failed)
}

/// Reads a text of at most `limit` bytes from the disk, or nothing where there is no file.
pub(crate) fn read_limited(path: &Path, limit: u64) -> Result<Option<String>, SourceError> {
    let Some((file, _)) = open_regular(path)? else { return Ok(None) };
    let mut text = String::new();
    let read = file
        .take(limit + 1)
        .read_to_string(&mut text)
        .map_err(|error| SourceError::io("read", path, error))?;
    if read as u64 > limit {
        return Err(SourceError::new(format!("`{}` is longer than {limit} bytes", path.display())));
    }
    Ok(Some(text))
}
