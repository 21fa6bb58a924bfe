use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::throttle::Throttle;
use selfsame_core::environment::Environment;
use selfsame_core::report::{ShippedIs, ShippedState};
use selfsame_core::stamp::{Digest, FileDifference, STAMP_FILE, Shipped, Stamp};
use selfsame_core::tree::{self, Entry, Listed, Listing, TreeError};

/// The shipped directories of this process.
#[derive(Debug)]
pub(crate) struct Directories(Vec<Directory>);

#[derive(Debug)]
struct Directory {
    expected: Shipped,
    at: PathBuf,
    /// What was hashed before, by the name in the hash.
    seen: HashMap<Vec<u8>, (Unchanged, Listed)>,
    /// Whether the files differed at the first look, once there was one.
    differed_at_start: Option<bool>,
}

/// As long as this is the same, so is the content of a file: the time of its last change cannot be
/// set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unchanged {
    device: u64,
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Unchanged {
    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
    fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// A change within the grain of the file system's clock leaves the time as it was.
    fn is_settled(&self) -> bool {
        use std::time::{SystemTime, UNIX_EPOCH};
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        now.saturating_sub(u64::try_from(self.changed.0).unwrap_or(u64::MAX)) > 2
    }
}

impl Directories {
    /// The directories of a stamp, at the places that `environment` or else the stamp gives,
    /// seen from the directory `here`.
    pub(crate) fn new(stamp: &Stamp, environment: &Environment, here: &Path) -> Self {
        let directory = |expected: &Shipped| Directory {
            at: match environment.get(&expected.variable()) {
                Some(elsewhere) => here.join(elsewhere),
                None => here.join(&expected.at),
            },
            expected: expected.clone(),
            seen: HashMap::new(),
            differed_at_start: None,
        };
        Self(stamp.facts().shipped.iter().map(directory).collect())
    }

    /// Compares each with what is expected.
    pub(crate) fn look(&mut self) -> Vec<ShippedState> {
        self.0.iter_mut().map(Directory::look_again).collect()
    }
}

impl Directory {
    /// Looks, in the light of the first look: the process may still hold files that it read then.
    fn look_again(&mut self) -> ShippedState {
        let mut state = self.look();
        let differed = *self.differed_at_start.get_or_insert_with(|| state.intact() == Some(false));
        if differed && state.state == ShippedIs::Same {
            state.differed_at_start = true;
            state.unknown = Some("its files differed when the process started".to_owned());
        }
        state
    }

    fn look(&mut self) -> ShippedState {
        let at = self.at.display().to_string();
        let mut state = ShippedState::new(&self.expected.name, at, ShippedIs::Unknown);
        state.expected = self.expected.sha256;
        let beside;
        let expected = match &self.expected.unknown {
            None => &self.expected,
            Some(why) => match stamp_beside(&self.at, &self.expected.name) {
                Ok(Some(found)) => {
                    beside = found;
                    &beside
                }
                Ok(None) => {
                    state.unknown = Some(why.clone());
                    return state;
                }
                Err(why) => {
                    state.unknown = Some(why);
                    return state;
                }
            },
        };
        state.expected = expected.sha256;
        let list = expected.list.clone();
        let most = Most::of(expected);
        let listing = match self.listing(&most) {
            Ok(listing) => listing,
            Err(error) if error.is_not_found() && error.path() == self.at => {
                state.state = ShippedIs::Missing;
                return state;
            }
            Err(error) if error.is_too_many() => {
                state.state = ShippedIs::Different;
                state.unknown = Some(most.exceeded());
                return state;
            }
            Err(error) => {
                state.unknown = Some(error.to_string());
                return state;
            }
        };
        let hash = listing.hash();
        state.sha256 = Some(hash.sha256);
        state.files = hash.files;
        if state.sha256 == state.expected {
            state.state = ShippedIs::Same;
        } else {
            state.state = ShippedIs::Different;
            if !list.is_empty() {
                state.difference =
                    listing.lines().and_then(|found| FileDifference::of(&list, &found));
            }
        }
        state
    }

    fn listing(&mut self, most: &Most) -> Result<Listing, TreeError> {
        let entries = tree::list_shipped_up_to(&self.at, most.files)?;
        let mut left = most.bytes;
        let mut throttle = Throttle::new();
        let mut seen = HashMap::with_capacity(entries.len());
        let mut buffer = vec![0; 64 * 1024];
        let mut listed = Vec::with_capacity(entries.len());
        for entry in entries {
            let metadata = entry.path.symlink_metadata().ok();
            let length = metadata.as_ref().map_or(0, Metadata::len);
            left = left
                .checked_sub(length)
                .ok_or_else(|| TreeError::too_large(&self.at, most.bytes))?;
            let before = metadata.as_ref().and_then(Unchanged::of);
            let known = self.seen.remove(&entry.name).filter(|(was, _)| Some(*was) == before);
            let file = match known {
                Some((_, file)) => file,
                None => hash(entry, &mut buffer, &mut throttle)?,
            };
            if let Some(before) = before.filter(Unchanged::is_settled) {
                seen.insert(file.name.clone(), (before, file.clone()));
            }
            listed.push(file);
            throttle.rest();
        }
        self.seen = seen;
        Ok(listed.into_iter().collect())
    }
}

/// So much of a directory is looked at, so that neither memory nor time grows with what somebody put
/// there: what is expected, and enough beyond it to name some of what was added.
struct Most {
    files: usize,
    bytes: u64,
    /// The files and bytes that are expected.
    expected: (u64, u64),
}

impl Most {
    const MORE_FILES: usize = 1_000;
    const MORE_BYTES: u64 = 1 << 30;

    fn of(expected: &Shipped) -> Self {
        let files = usize::try_from(expected.files).unwrap_or(usize::MAX);
        Self {
            files: files.saturating_add(Self::MORE_FILES),
            bytes: expected.bytes.saturating_add(Self::MORE_BYTES),
            expected: (expected.files, expected.bytes),
        }
    }

    fn exceeded(&self) -> String {
        let (files, bytes) = self.expected;
        format!(
            "more than expected: the build shipped {files} files with {bytes} bytes, and here are \
             far more; they were not hashed"
        )
    }
}

fn hash(entry: Entry, buffer: &mut [u8], throttle: &mut Throttle) -> Result<Listed, TreeError> {
    use sha2::Digest as _;
    let mut hasher = sha2::Sha256::new();
    let bytes = tree::read(&entry.path, buffer, &mut |bytes| {
        hasher.update(bytes);
        throttle.rest();
    })?;
    Ok(Listed::new(entry.name, Digest::new(hasher.finalize().into()), bytes))
}

/// What the stamp file beside a directory expects of it: `DIR.selfsame.json`.
fn stamp_beside(directory: &Path, name: &str) -> Result<Option<Shipped>, String> {
    let mut path = directory.as_os_str().to_owned();
    path.push(STAMP_FILE);
    let path = PathBuf::from(path);
    let fail = |why: &dyn std::fmt::Display| format!("the stamp file `{}`: {why}", path.display());
    let file = match tree::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(&error)),
    };
    let stamp = Stamp::read(file).map_err(|error| fail(&error))?;
    let found = stamp.facts().files_of(name);
    found.cloned().map(Some).ok_or_else(|| fail(&format!("it says nothing of `{name}`")))
}
