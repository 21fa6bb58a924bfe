//! What the log says of the process: what is not as the build left it, once for each change of it.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use selfsame_core::report::{ConfigState, Executable, Observation, ShippedState};

/// Writes to the log on a thread of its own. A subscriber that waits, as one whose pipe nobody
/// reads, holds that thread and nothing else; one that panics ends it.
#[derive(Debug, Default)]
pub(super) struct Log {
    told: Option<Arc<Observation>>,
    writing: Option<JoinHandle<()>>,
}

impl Log {
    /// Writes what changed since the last time. While a subscriber waits, changes add up.
    pub(super) fn update(&mut self, now: &Arc<Observation>) {
        let before = self.told.clone();
        if is_news(before.as_deref(), now) {
            if self.writing.as_ref().is_some_and(|thread| !thread.is_finished()) {
                return;
            }
            let news = Arc::clone(now);
            let thread = Builder::new().name("selfsame-log".to_owned());
            // Without a thread it is written after the next look.
            let Ok(writing) = thread.spawn(move || write(before.as_deref(), &news)) else { return };
            self.writing = Some(writing);
        }
        self.told = Some(Arc::clone(now));
    }
}

/// Whether there is something to write, which at first is only what is wrong.
fn is_news(before: Option<&Observation>, now: &Observation) -> bool {
    match before {
        None => {
            now.intact() != Some(true) || now.config.iter().any(|one| one.loaded() != Some(true))
        }
        Some(before) => {
            before.executable != now.executable
                || before.shipped != now.shipped
                || before.config != now.config
        }
    }
}

fn write(before: Option<&Observation>, now: &Observation) {
    if before.is_none_or(|before| before.executable != now.executable) {
        executable(before.is_none(), &now.executable);
    }
    for (index, directory) in now.shipped.iter().enumerate() {
        if before.is_none_or(|before| before.shipped.get(index) != Some(directory)) {
            shipped(before.is_none(), directory);
        }
    }
    for (index, named) in now.config.iter().enumerate() {
        if before.is_none_or(|before| before.config.get(index) != Some(named)) {
            config(before.is_none(), named);
        }
    }
}

fn config(is_first: bool, config: &ConfigState) {
    let ConfigState { name, at, .. } = config;
    match config.loaded() {
        Some(true) if is_first => {}
        Some(true) => {
            tracing::info!(name, at, "selfsame: the configuration is what was loaded again");
        }
        Some(false) => tracing::warn!(
            name,
            at,
            state = ?config.state,
            "selfsame: the configuration is not what was loaded"
        ),
        None => tracing::warn!(
            name,
            at,
            why = config.unknown,
            "selfsame: whether the configuration is what was loaded is unknown"
        ),
    }
}

fn executable(is_first: bool, executable: &Executable) {
    let path = executable.path.as_deref().unwrap_or_default();
    match executable.intact() {
        Some(true) if is_first => {}
        Some(true) => tracing::info!(path, "selfsame: the executable is that which runs again"),
        Some(false) => tracing::warn!(
            path,
            state = ?executable.state,
            "selfsame: the executable on disk is not the one that runs"
        ),
        None => tracing::debug!(
            path,
            why = executable.unknown,
            "selfsame: whether the executable is the one that runs is unknown"
        ),
    }
}

fn shipped(is_first: bool, directory: &ShippedState) {
    let ShippedState { name, at, .. } = directory;
    match directory.intact() {
        Some(true) if is_first => {}
        Some(true) => {
            tracing::info!(name, at, "selfsame: the shipped files are those of the build again");
        }
        Some(false) => tracing::warn!(
            name,
            at,
            state = ?directory.state,
            difference = ?directory.difference,
            why = directory.unknown,
            "selfsame: the shipped files are not those of the build"
        ),
        None => tracing::warn!(
            name,
            at,
            why = directory.unknown,
            "selfsame: whether the shipped files are those of the build is unknown"
        ),
    }
}
