//! The one way in which files are opened that somebody else may have put there.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a regular file to read it, through links. Never waits, as for the writer of a FIFO, and
/// never opens a device twice: what is there is looked at before and after it is opened.
///
/// # Errors
///
/// If the path cannot be opened, or is not a regular file.
///
/// # Examples
///
/// ```
/// # use std::path::Path;
/// assert!(selfsame_core::tree::open(Path::new("Cargo.toml")).is_ok());
/// let error = selfsame_core::tree::open(Path::new("src")).unwrap_err();
/// assert_eq!(error.to_string(), "not a regular file");
/// ```
pub fn open(path: &Path) -> io::Result<File> {
    // To open a device can have an effect by itself: a tape is wound back.
    if !path.metadata()?.is_file() {
        return Err(not_regular());
    }
    checked(options(false).open(path)?)
}

/// Opens a regular file as [`open`] does, and a link at the path is an error: what it leads to may
/// lie anywhere.
///
/// # Errors
///
/// If the path cannot be opened, or is not a regular file.
pub fn open_unlinked(path: &Path) -> io::Result<File> {
    checked(options(true).open(path)?)
}

/// Another file may have been put there since it was looked at.
fn checked(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

fn not_regular() -> io::Error {
    io::Error::other("not a regular file")
}

#[cfg(unix)]
fn options(no_links: bool) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    let links = if no_links { libc::O_NOFOLLOW } else { 0 };
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | links);
    options
}

#[cfg(not(unix))]
fn options(_: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;
    use std::process::Command;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Runs in a thread of its own, since what waits would wait forever.
    fn opened(open: fn(&Path) -> io::Result<File>, path: PathBuf) -> io::Result<File> {
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || send.send(open(&path)));
        receive.recv_timeout(Duration::from_secs(30)).expect("to open a file never waits")
    }

    #[test]
    fn only_regular_files_are_opened_and_nothing_waits() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let made = Command::new("mkfifo").arg(at("fifo")).status().unwrap();
        assert!(made.success());
        std::fs::write(at("file"), "text").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("fifo"), at("link-to-fifo")).unwrap();
        // The FIFO is opened too, as if it had come after the first look.
        for path in [at("fifo"), PathBuf::from("/dev/null"), directory.path().to_owned()] {
            for open in [open, open_unlinked] {
                let error = opened(open, path.clone()).unwrap_err();
                assert_eq!(error.to_string(), "not a regular file", "{}", path.display());
            }
        }
        assert!(opened(open, at("link-to-fifo")).is_err());
        assert!(opened(open, at("file")).is_ok());
        assert!(opened(open, at("link")).is_ok());
        assert!(opened(open_unlinked, at("file")).is_ok());
        assert!(opened(open_unlinked, at("link")).is_err());
    }
}
