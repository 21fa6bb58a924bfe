//! What a process finds when it looks at itself: its executable, its shipped directories and the
//! configuration that it names.
//!
//! One thread of its own looks when the process starts, and then once a minute as long as somebody
//! asks. It reads files at half speed at most, so that requests do not feel it. It publishes what it
//! found as a snapshot, so that no request waits for it, and another thread writes to the log, so
//! that it waits for no subscriber.

mod config;
mod drift;
#[cfg(unix)]
mod elf;
mod executable;
mod log;
mod schedule;
mod shared;
mod shipped;
mod throttle;
mod watcher;

pub(crate) use self::config::Configs;
pub use self::drift::Drift;
pub(crate) use self::drift::OnDrift;
pub(crate) use self::executable::RunningFile;
pub(crate) use self::schedule::Schedule;
pub(crate) use self::shipped::Directories;
pub(crate) use self::watcher::{View, Watcher};
