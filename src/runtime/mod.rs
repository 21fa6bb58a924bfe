//! What a process finds when it looks at itself: its executable and its shipped directories.
//!
//! One thread of its own looks when the process starts, and then once a minute as long as somebody
//! asks. It reads files at half speed at most, so that requests do not feel it.

mod executable;
mod pace;
mod shipped;
mod watcher;

pub(crate) use self::executable::RunningFile;
pub(crate) use self::shipped::Directories;
pub(crate) use self::watcher::{Rhythm, View, Watcher};
