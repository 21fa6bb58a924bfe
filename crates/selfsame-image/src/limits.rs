//! How much of an artifact is read. A stranger may have made it.
//!
//! A zstd frame may ask for a window of up to 128 MiB, as `zstd --ultra -22` does and `zstd -d`
//! accepts; else memory stays below 64 MiB.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Bounds on what is read from one artifact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The most bytes that all layers may have once they are unpacked: 4 GiB, unless `--max-size`
    /// says otherwise. A single file may have no more either, nor may the answer of a Docker
    /// client.
    pub(super) unpacked: u64,
    /// The most entries in all layers together: 1,000,000.
    pub(super) entries: usize,
    /// The most layers: 512. Docker itself makes 127 at most.
    pub(super) layers: usize,
    /// The longest document (index, manifest, config), in bytes: 4 MiB, as registries have it.
    pub(super) document: u64,
    /// The longest extended header of an entry, in bytes: 1 MiB.
    pub(super) header: u64,
    /// The longest path in an archive, in bytes: 4,096.
    pub(super) path: usize,
    /// How deep an index may lie in an index: 4.
    pub(super) nesting: usize,
    /// The most members of an archive that are kept in mind while looking for its documents:
    /// 65,536.
    pub(super) members: usize,
    /// The most files with stamps: 256.
    pub(super) stamped: usize,
    /// The most bytes that the stamps of an artifact may have together: 16 MiB.
    pub(super) stamps: usize,
    /// The most links that are followed on the way to one place: 16.
    pub(super) links: usize,
}

/// What `--max-size` is unless it is given, in GiB.
pub const DEFAULT_GIB: u64 = 4;

/// All readings of an artifact together read so many times what it may unpack to: it is read packed
/// and unpacked, for its stamps, and again for its directories.
const READINGS: u64 = 8;

/// All of it may take so many seconds for each GiB that it may unpack to: five minutes by default.
const SECONDS_FOR_A_GIB: u64 = 75;

/// What is left of the bytes and of the time for one artifact, whatever is asked of it.
#[derive(Debug)]
pub(super) struct Budget {
    left: Cell<u64>,
    bytes: u64,
    end: Instant,
    time: Duration,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Rc<Self> {
        let time = Duration::from_secs((limits.unpacked >> 30).max(1) * SECONDS_FOR_A_GIB);
        Self::with(limits.unpacked.saturating_mul(READINGS), time)
    }

    pub(super) fn with(bytes: u64, time: Duration) -> Rc<Self> {
        Rc::new(Self { left: Cell::new(bytes), bytes, end: Instant::now() + time, time })
    }

    /// Takes some bytes of it.
    ///
    /// # Errors
    ///
    /// If there are not so many left, or no time.
    pub(super) fn take(&self, bytes: u64) -> io::Result<()> {
        let Some(left) = self.left.get().checked_sub(bytes) else {
            return Err(io::Error::other(format!(
                "to read it takes more than {} bytes in all; --max-size raises that",
                self.bytes
            )));
        };
        self.left.set(left);
        if Instant::now() > self.end {
            return Err(io::Error::other(format!(
                "to read it takes longer than {}; --max-size raises that",
                humantime::format_duration(self.time)
            )));
        }
        Ok(())
    }
}

pub(super) const LIMITS: Limits = Limits {
    unpacked: DEFAULT_GIB << 30,
    entries: 1_000_000,
    layers: 512,
    document: 4 << 20,
    header: 1 << 20,
    path: 4096,
    nesting: 4,
    members: 1 << 16,
    stamped: 256,
    stamps: 16 << 20,
    links: 16,
};
