//! How an artifact is read.

use std::rc::Rc;
use std::time::Duration;

use super::document::Platform;
use super::limits::{Budget, DEFAULT_GIB, LIMITS, Limits};

/// How long the client of a Docker daemon may print nothing, unless it is said. Some daemons write an
/// image to their own disk before they send the first byte.
pub const SILENCE: Duration = Duration::from_secs(120);

/// How an artifact is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Which image is meant, where the artifact holds several.
    pub platform: Option<Platform>,
    /// Whether layers that are not compressed are hashed too, and compared with what the image
    /// states.
    pub verify_layers: bool,
    /// How much an artifact may unpack to, in GiB. The time that reading it may take grows with it.
    pub max_size: u64,
}

impl Default for Options {
    /// No platform, no layers verified, and 4 GiB at most.
    fn default() -> Self {
        Self { platform: None, verify_layers: false, max_size: DEFAULT_GIB }
    }
}

impl Options {
    pub(super) fn limits(&self) -> Limits {
        Limits { unpacked: self.max_size << 30, ..LIMITS }
    }
}

/// How one artifact is read, and what is left for it.
pub(super) struct Reading<'a> {
    pub(super) options: &'a Options,
    pub(super) limits: Limits,
    pub(super) budget: Rc<Budget>,
    /// How long the client of a Docker daemon may print nothing.
    pub(super) silence: Duration,
}
