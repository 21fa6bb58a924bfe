use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use super::throttle::Throttle;
use selfsame_core::report::{Executable, ExecutableState};
use selfsame_core::stamp::{Digest, Found, Scanner};
use selfsame_core::tree;

/// The file that runs, as the system gives it whatever became of its name.
const RUNNING: &str = "/proc/self/exe";

const BUFFER: usize = 64 * 1024;

/// The longest file that is read in the place of an executable, in bytes: 4 GiB. A longer one is
/// something else, and a file that grows while it is read has an end too.
const MAX_FILE: u64 = 4 << 30;

/// The executable of this process, as it stood when the process started.
#[derive(Debug, Clone)]
pub(crate) struct RunningFile {
    path: Result<PathBuf, String>,
    started: Result<Identity, String>,
    fingerprint: Digest,
}

/// What tells one file from another, and whether it was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> std::io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = path.metadata()?;
        if !metadata.is_file() {
            return Err(std::io::Error::other("not a regular file"));
        }
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }

    #[cfg(not(unix))]
    fn of(_: &Path) -> std::io::Result<Self> {
        Err(std::io::Error::other("this platform does not distinguish files"))
    }

    fn is_file_of(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }
}

impl RunningFile {
    /// Looks where this process was started from. `arguments` are its own, of which the first may
    /// be a path: a link to the executable, say, that is led elsewhere by the next deploy.
    /// `fingerprint` is that of the stamp that it carries.
    pub(crate) fn at_start(argument: Option<&Path>, fingerprint: Digest) -> Self {
        let path = Self::path_at_start(argument)
            .map_err(|error| format!("the path that it was started from is not known: {error}"));
        let started = path.clone().and_then(|path| {
            Identity::of(&path).map_err(|error| format!("`{}`: {error}", path.display()))
        });
        Self { path, started, fingerprint }
    }

    fn path_at_start(argument: Option<&Path>) -> std::io::Result<PathBuf> {
        let executable = std::env::current_exe()?;
        // Only a path, and only if it leads to what runs: a program may call itself anything.
        let named = argument.filter(|path| path.components().count() > 1).and_then(|path| {
            let path = std::path::absolute(path).ok()?;
            let same = Identity::of(&path).ok()?.is_file_of(&Identity::of(&executable).ok()?);
            same.then_some(path)
        });
        Ok(named.unwrap_or(executable))
    }

    /// Compares the file at the path with the one that runs.
    pub(crate) fn look(&self) -> Executable {
        let (path, started) = match (&self.path, &self.started) {
            (Ok(path), Ok(started)) => (path, started),
            (Err(why), _) => return Executable::unknown(None, why),
            (Ok(path), Err(why)) => return Executable::unknown(Some(text(path)), why),
        };
        // Without it, as on a system that has no /proc, what was there at the start is what runs.
        let running = Identity::of(Path::new(RUNNING)).ok();
        let is = |state| Executable::new(Some(text(path)), state);
        let now = match Identity::of(path) {
            Ok(now) => now,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return is(ExecutableState::Missing);
            }
            Err(error) => {
                return Executable::unknown(Some(text(path)), unreadable(path, &error));
            }
        };
        let runs = running.unwrap_or(*started);
        if now.is_file_of(&runs) && now == *started {
            return is(ExecutableState::Same);
        }
        // Something happened to the file, or the system does not tell the truth about it.
        let found = match stamps(path) {
            Ok(found) => found,
            Err(why) => return Executable::unknown(Some(text(path)), why),
        };
        let has_ours =
            |found: &[Found]| found.iter().any(|f| f.stamp.fingerprint() == self.fingerprint);
        let state = if now.is_file_of(&runs) || running.is_none() {
            // Written over, or no way to read what runs: of its bytes nothing but the length is known.
            match has_ours(&found) {
                true if now.length == started.length => ExecutableState::Same,
                true => {
                    let why =
                        format!("`{}` was written over, and what runs cannot be read", text(path));
                    return Executable::unknown(Some(text(path)), why);
                }
                false => ExecutableState::Replaced,
            }
        } else {
            // A translator that stands in for the program: it is what the system says runs.
            let running = match stamps(Path::new(RUNNING)) {
                Ok(running) if has_ours(&running) => running,
                _ => {
                    return Executable::unknown(
                        Some(text(path)),
                        format!(
                            "what `{RUNNING}` leads to is not this program: an emulator runs it"
                        ),
                    );
                }
            };
            match equal(path, Path::new(RUNNING)) {
                Ok(true) => ExecutableState::Same,
                // All stamps, since a file may carry more than that of the program. A build of the same
                // content may still hold other code: of what a macro reads, or of a variable.
                Ok(false)
                    if fingerprints(&found) == fingerprints(&running) && loads_the_same(path) =>
                {
                    ExecutableState::Rewritten
                }
                Ok(false) => ExecutableState::Replaced,
                Err(why) => return Executable::unknown(Some(text(path)), why),
            }
        };
        if state != ExecutableState::Replaced {
            return is(state);
        }
        let other = match &found[..] {
            [one] => Some(one),
            _ => None,
        };
        let mut replaced = is(state);
        replaced.commit = other.and_then(|other| other.stamp.facts().commit.clone());
        replaced.fingerprint = other.map(|other| other.stamp.fingerprint());
        replaced
    }
}

fn fingerprints(found: &[Found]) -> BTreeSet<Digest> {
    found.iter().map(|found| found.stamp.fingerprint()).collect()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Whether the system would load from the file what runs.
#[cfg(unix)]
fn loads_the_same(path: &Path) -> bool {
    let (Ok(file), Ok(running)) = (tree::open(path), tree::open(Path::new(RUNNING))) else {
        return false;
    };
    super::elf::loads_the_same(&file, &running, MAX_FILE) == Some(true)
}

#[cfg(not(unix))]
fn loads_the_same(_: &Path) -> bool {
    false
}

/// The stamps in a file. A damaged one is none: a file that is being written is not whole.
fn stamps(path: &Path) -> Result<Vec<Found>, String> {
    let mut scanner = Scanner::new();
    let mut throttle = Throttle::new();
    let mut file = open(path)?;
    let mut left = MAX_FILE;
    loop {
        let bytes = file.fill_buf().map_err(|error| unreadable(path, &error))?;
        if bytes.is_empty() {
            return Ok(scanner.finish().unwrap_or_default());
        }
        scanner.push(bytes);
        let read = bytes.len();
        left = take(left, read, path)?;
        file.consume(read);
        throttle.rest();
    }
}

/// Whether two files hold the same bytes.
fn equal(one: &Path, other: &Path) -> Result<bool, String> {
    let (mut left, mut right) = (open(one)?, open(other)?);
    let mut throttle = Throttle::new();
    let mut most = MAX_FILE;
    loop {
        let a = left.fill_buf().map_err(|error| unreadable(one, &error))?;
        let b = right.fill_buf().map_err(|error| unreadable(other, &error))?;
        let length = a.len().min(b.len());
        if length == 0 || a[..length] != b[..length] {
            return Ok(a.is_empty() && b.is_empty());
        }
        left.consume(length);
        right.consume(length);
        most = take(most, length, one)?;
        throttle.rest();
    }
}

/// One that is written to faster than it is read has no end.
fn take(left: u64, read: usize, path: &Path) -> Result<u64, String> {
    left.checked_sub(read as u64).ok_or_else(|| too_long(path))
}

fn open(path: &Path) -> Result<BufReader<File>, String> {
    let file = tree::open(path).map_err(|error| unreadable(path, &error))?;
    let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    if length > MAX_FILE {
        return Err(too_long(path));
    }
    Ok(BufReader::with_capacity(BUFFER, file))
}

fn too_long(path: &Path) -> String {
    format!("`{}` is longer than {MAX_FILE} bytes, and is not read", path.display())
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read `{}`: {error}", path.display())
}
