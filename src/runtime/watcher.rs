use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use super::{Directories, RunningFile};
use crate::report::{Executable, Observation, ShippedState};

/// How often it is looked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rhythm {
    /// So long after a look comes the next,
    pub(crate) every: Duration,
    /// for so long after the last question.
    pub(crate) interest: Duration,
}

impl Rhythm {
    /// What is older says nothing of now.
    fn stale(self) -> Duration {
        self.every * 2 + Duration::from_secs(1)
    }
}

/// Looks at the process, in a thread of its own, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Watcher {
    shared: Arc<Shared>,
    rhythm: Rhythm,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug)]
struct State {
    number: u64,
    last: Result<Option<(Instant, Arc<Observation>)>, String>,
    asked: Instant,
    /// Whether it looks no more until somebody asks.
    resting: bool,
    over: bool,
}

/// What is known of the process now.
#[derive(Debug, Clone)]
pub(crate) enum View {
    /// This was found; the number is another one after each look.
    Looked(u64, Arc<Observation>),
    /// It has not looked yet, or not for too long, and is about to.
    Looking(String),
    /// It cannot look, and why.
    Blind(String),
}

impl View {
    /// Whether a report of the one is a report of the other.
    pub(crate) fn tells_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Looked(this, _), Self::Looked(that, _)) => this == that,
            (Self::Looking(this), Self::Looking(that)) | (Self::Blind(this), Self::Blind(that)) => {
                this == that
            }
            _ => false,
        }
    }
}

impl Watcher {
    /// Begins to look.
    pub(crate) fn start(executable: RunningFile, directories: Directories, rhythm: Rhythm) -> Self {
        let state =
            State { number: 0, last: Ok(None), asked: Instant::now(), resting: false, over: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new() });
        // The thread holds no more than this, so that it ends when nobody asks any more.
        let watched = Arc::downgrade(&shared);
        let thread = std::thread::Builder::new().name("selfsame".to_owned());
        let begun = thread.spawn(move || watch(&watched, &executable, directories, rhythm));
        if let Err(error) = begun {
            shared.lock().last = Err(format!("no thread could be started to look: {error}"));
        }
        Self { shared, rhythm }
    }

    /// What is known. To ask keeps it looking.
    pub(crate) fn view(&self) -> View {
        let mut state = self.shared.lock();
        state.asked = Instant::now();
        // To wake it for nothing would cost each request a switch of threads.
        if state.resting {
            self.shared.wake.notify_one();
        }
        match &state.last {
            Err(why) => View::Blind(why.clone()),
            Ok(None) => View::Looking("the process has not looked at itself yet".to_owned()),
            Ok(Some((at, observation))) if at.elapsed() > self.rhythm.stale() => {
                View::Looking(format!(
                    "the process last looked at itself at {}, and is about to look again",
                    observation.at
                ))
            }
            Ok(Some((_, observation))) => View::Looked(state.number, Arc::clone(observation)),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn watch(
    shared: &Weak<Shared>,
    executable: &RunningFile,
    mut directories: Directories,
    rhythm: Rhythm,
) {
    loop {
        let executable = executable.look();
        let shipped = directories.look();
        let at = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let Some(shared) = shared.upgrade() else { return };
        let mut state = shared.lock();
        let before = state.last.as_ref().ok().and_then(|last| last.as_ref());
        tell(before.map(|(_, observation)| &**observation), &executable, &shipped);
        state.number += 1;
        let ended = Instant::now();
        state.last = Ok(Some((ended, Arc::new(Observation { at, executable, shipped }))));
        loop {
            let rest = rhythm.every.saturating_sub(ended.elapsed());
            if state.over {
                return;
            } else if state.asked.elapsed() > rhythm.interest {
                state.resting = true;
                state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.resting = false;
            } else if rest.is_zero() {
                break;
            } else {
                let waited = shared.wake.wait_timeout(state, rest);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

/// Says in the log what is not as the build left it, once for each change of it.
fn tell(before: Option<&Observation>, executable: &Executable, shipped: &[ShippedState]) {
    if before.is_none_or(|before| before.executable != *executable) {
        let path = executable.path.as_deref().unwrap_or_default();
        match executable.intact() {
            Some(true) if before.is_none() => {}
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
    for (index, directory) in shipped.iter().enumerate() {
        if before.is_some_and(|before| before.shipped.get(index) == Some(directory)) {
            continue;
        }
        let ShippedState { name, at, .. } = directory;
        match directory.intact() {
            Some(true) if before.is_none() => {}
            Some(true) => {
                tracing::info!(
                    name,
                    at,
                    "selfsame: the shipped files are those of the build again"
                );
            }
            Some(false) => tracing::warn!(
                name,
                at,
                state = ?directory.state,
                difference = ?directory.difference,
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::stamp::{Digest, Facts, Stamp};

    const PATIENCE: Duration = Duration::from_secs(30);

    fn start(rhythm: Rhythm) -> Watcher {
        let stamp = Stamp::seal(Facts::new("api", "1.0.0")).unwrap();
        let here = std::path::Path::new("/");
        let directories = Directories::new(&stamp, &Environment::default(), here);
        Watcher::start(RunningFile::at_start(None, Digest::of(b"")), directories, rhythm)
    }

    fn until(wanted: impl Fn() -> bool) {
        let begun = Instant::now();
        while !wanted() {
            assert!(begun.elapsed() < PATIENCE, "it never came to that");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn it_rests_when_nobody_asks_and_looks_when_somebody_does() {
        let short = Duration::from_millis(5);
        let watcher = start(Rhythm { every: short, interest: short });
        until(|| watcher.shared.lock().resting);
        let rested = watcher.shared.lock().number;
        assert!(rested > 0);
        watcher.view();
        until(|| watcher.shared.lock().number > rested);
    }

    #[test]
    fn what_it_saw_long_ago_is_unknown() {
        let hour = Duration::from_secs(3600);
        let watcher = start(Rhythm { every: Duration::from_secs(10), interest: hour });
        until(|| matches!(watcher.view(), View::Looked(1, _)));
        let long_ago = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
        let mut state = watcher.shared.lock();
        if let Ok(Some((at, _))) = &mut state.last {
            *at = long_ago;
        }
        drop(state);
        let View::Looking(why) = watcher.view() else { panic!("it looked long ago") };
        assert!(why.contains("and is about to look again"), "{why}");
    }

    #[test]
    fn the_thread_ends_with_what_held_it() {
        let hour = Duration::from_secs(3600);
        let watcher = start(Rhythm { every: hour, interest: hour });
        until(|| matches!(watcher.view(), View::Looked(..)));
        let shared = Arc::downgrade(&watcher.shared);
        drop(watcher);
        until(|| shared.upgrade().is_none());
    }
}
