use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::Thread;
use std::time::SystemTime;

use super::config::{Configs, Wake};
use super::drift::{Callback, OnDrift};
use super::log::Log;
use super::schedule::Schedule;
use super::shared::{Outcome, Shared};
use super::{Directories, RunningFile};
use selfsame_core::report::Observation;
use selfsame_core::stamp::Digest;

/// After so many looks in a row that panicked there is no other.
const MAX_PANICS: u32 = 3;

/// Looks at the process, in a thread of its own, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Watcher {
    shared: Arc<Shared>,
    thread: Option<Thread>,
    schedule: Schedule,
}

/// What is known of the process now.
#[derive(Debug, Clone)]
pub(crate) enum View {
    /// This was found; the number is another one after each look.
    Looked(u64, Arc<Observation>),
    /// It has not looked yet, or not for too long, and is about to.
    Looking(String),
    /// It cannot look, and why.
    Failed(String),
}

impl View {
    /// Whether a report of the one is a report of the other.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Looked(this, _), Self::Looked(that, _)) => this == that,
            (Self::Looking(this), Self::Looking(that))
            | (Self::Failed(this), Self::Failed(that)) => this == that,
            _ => false,
        }
    }
}

impl Watcher {
    /// Begins to look at the executable, at the shipped directories and at the configuration, whose
    /// hashes leave the process with these keys alone.
    pub(crate) fn start(
        executable: RunningFile,
        mut directories: Directories,
        (configs, keys): (Configs, Vec<Digest>),
        on_drift: Option<OnDrift>,
        schedule: Schedule,
    ) -> Self {
        let wake = Arc::clone(configs.wake());
        Self::run(schedule, &wake, Callback::new(on_drift), move || {
            let executable = executable.look();
            let shipped = directories.look();
            let config = configs.look(&keys);
            let at = crate::clock::rfc3339(SystemTime::now());
            let mut observation = Observation::new(at, executable, shipped);
            observation.config = config;
            observation.variables = configs.variables(&keys);
            observation
        })
    }

    fn run(
        schedule: Schedule,
        wake: &Arc<Wake>,
        callback: Callback,
        look: impl FnMut() -> Observation + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared::new());
        let (watched, woken) = (Arc::clone(&shared), Arc::clone(wake));
        let thread = std::thread::Builder::new().name("selfsame".to_owned());
        let thread = match thread.spawn(move || watch(&watched, &woken, look, schedule, callback)) {
            Ok(thread) => {
                wake.is(thread.thread());
                Some(thread.thread().clone())
            }
            Err(error) => {
                shared.publish(Outcome::Failed(format!(
                    "the process cannot start a thread to look at itself: {error}"
                )));
                None
            }
        };
        Self { shared, thread, schedule }
    }

    /// What is known. To ask keeps it looking. Takes no lock, whatever the thread does.
    pub(crate) fn view(&self) -> View {
        self.shared.ask();
        // To wake it for nothing would cost each request a switch of threads.
        if self.shared.resting.load(Ordering::SeqCst) {
            self.wake();
        }
        let found = self.shared.found.load();
        match &found.outcome {
            Outcome::Failed(why) => return View::Failed(why.clone()),
            Outcome::Looked(observation) if found.at.elapsed() <= self.schedule.stale() => {
                return View::Looked(found.number, Arc::clone(observation));
            }
            Outcome::Looked(_) | Outcome::Nothing => {}
        }
        if self.shared.look_takes().is_some_and(|time| time > self.schedule.patience) {
            let patience = humantime::format_duration(self.schedule.patience);
            return View::Failed(format!(
                "the process has been looking at itself for more than {patience}: does a file \
                 system not answer?"
            ));
        }
        View::Looking(match &found.outcome {
            Outcome::Looked(observation) => format!(
                "the process last looked at itself at {}, and is about to look again",
                observation.at
            ),
            _ => "the process has not looked at itself yet".to_owned(),
        })
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.unpark();
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.wake();
    }
}

/// Says what became of the thread if it ends by a panic: no request may wait for the next look.
struct Guard<'a>(&'a Shared);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let why = "the thread that looks at the process panicked: restart the process";
            self.0.publish(Outcome::Failed(why.to_owned()));
        }
    }
}

fn watch(
    shared: &Shared,
    wake: &Wake,
    mut look: impl FnMut() -> Observation,
    schedule: Schedule,
    mut callback: Callback,
) {
    let _guard = Guard(shared);
    let mut log = Log::default();
    let mut panics = 0;
    loop {
        shared.begin_look();
        match catch_unwind(AssertUnwindSafe(&mut look)) {
            Ok(observation) => {
                panics = 0;
                let observation = Arc::new(observation);
                shared.publish(Outcome::Looked(Arc::clone(&observation)));
                log.update(&observation);
                callback.update(&observation);
            }
            Err(panic) => {
                panics += 1;
                shared.publish(Outcome::Failed(reason(panics, &*panic)));
                if panics == MAX_PANICS {
                    return;
                }
            }
        }
        if !shared.wait(schedule, wake) {
            return;
        }
    }
}

fn reason(panics: u32, panic: &(dyn Any + Send)) -> String {
    /// So many characters of a message are enough to find it in the log.
    const LONGEST: usize = 200;

    let message = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(message), _) => *message,
        (None, Some(message)) => message,
        (None, None) => "no message",
    };
    let message: String = message.chars().take(LONGEST).collect();
    let message = message.escape_debug();
    if panics < MAX_PANICS {
        format!("the last look at the process panicked (`{message}`), and is tried again")
    } else {
        format!(
            "the process does not look at itself any more: {panics} looks in a row panicked, the \
             last with `{message}`; restart it"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::mpsc;
    use std::time::Duration;
    use std::time::Instant;

    use super::super::shared::Found;
    use super::*;
    use selfsame_core::environment::Environment;
    use selfsame_core::report::Executable;
    use selfsame_core::stamp::{Digest, Facts, Stamp};

    const DEADLINE: Duration = Duration::from_secs(30);
    const HOUR: Duration = Duration::from_secs(3600);
    const SHORT: Duration = Duration::from_millis(5);

    fn start(every: Duration, interest: Duration) -> Watcher {
        let stamp = Stamp::seal(Facts::new("api", "1.0.0")).unwrap();
        let here = std::path::Path::new("/");
        let directories = Directories::new(&stamp, &Environment::default(), here);
        let schedule = Schedule { every, interest, patience: HOUR };
        let executable = RunningFile::at_start(None, Digest::of(b""));
        Watcher::start(executable, directories, Default::default(), None, schedule)
    }

    fn run(schedule: Schedule, look: impl FnMut() -> Observation + Send + 'static) -> Watcher {
        Watcher::run(schedule, &Arc::default(), Callback::new(None), look)
    }

    fn observation() -> Observation {
        let executable = Executable::unknown(None, "a test has none");
        Observation::new("now", executable, Vec::new())
    }

    fn until(wanted: impl Fn() -> bool) {
        let begun = Instant::now();
        while !wanted() {
            assert!(begun.elapsed() < DEADLINE, "it never came to that");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn looks(watcher: &Watcher) -> u64 {
        watcher.shared.found.load().number
    }

    #[test]
    fn it_rests_when_nobody_asks_and_looks_when_somebody_does() {
        let watcher = start(SHORT, SHORT);
        until(|| watcher.shared.resting.load(Ordering::SeqCst));
        let rested = looks(&watcher);
        assert!(rested > 0);
        // The interest is short here: one question may be past before the thread gets to run.
        until(|| {
            watcher.view();
            looks(&watcher) > rested
        });
    }

    #[test]
    fn what_it_saw_long_ago_is_unknown() {
        let watcher = start(Duration::from_secs(10), HOUR);
        until(|| matches!(watcher.view(), View::Looked(1, _)));
        let long_ago = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
        let found = Found { at: long_ago, ..Found::clone(&watcher.shared.found.load()) };
        watcher.shared.found.store(Arc::new(found));
        let View::Looking(why) = watcher.view() else { panic!("it looked long ago") };
        assert!(why.contains("and is about to look again"), "{why}");
    }

    #[test]
    fn the_longest_pause_is_a_pause() {
        let watcher = start(Duration::MAX, Duration::MAX);
        until(|| matches!(watcher.view(), View::Looked(..)));
    }

    #[test]
    fn the_thread_ends_with_what_held_it() {
        let watcher = start(HOUR, HOUR);
        until(|| matches!(watcher.view(), View::Looked(..)));
        let shared = Arc::downgrade(&watcher.shared);
        drop(watcher);
        until(|| shared.upgrade().is_none());
    }

    #[test]
    fn a_look_that_panics_is_unknown_and_tried_again() {
        let (go, gate) = mpsc::channel::<()>();
        let mut number = 0;
        let schedule = Schedule { every: SHORT, interest: HOUR, patience: HOUR };
        let watcher = run(schedule, move || {
            number += 1;
            assert!(number > 1, "a fault\u{1b} of a test");
            let _ = gate.recv();
            observation()
        });
        until(|| matches!(watcher.view(), View::Failed(_)));
        let View::Failed(why) = watcher.view() else { panic!("nobody let it look") };
        assert!(why.contains("(`a fault\\u{1b} of a test`), and is tried again"), "{why}");
        go.send(()).unwrap();
        until(|| matches!(watcher.view(), View::Looked(..)));
    }

    #[test]
    fn a_look_that_panics_each_time_is_given_up() {
        static LOOKS: AtomicU32 = AtomicU32::new(0);
        let schedule = Schedule { every: Duration::ZERO, interest: HOUR, patience: HOUR };
        let watcher = run(schedule, || {
            LOOKS.fetch_add(1, Ordering::SeqCst);
            panic!("{}", "x".repeat(1_000))
        });
        // The thread has ended once it holds nothing any more.
        until(|| Arc::strong_count(&watcher.shared) == 1);
        assert_eq!(LOOKS.load(Ordering::SeqCst), MAX_PANICS);
        let View::Failed(why) = watcher.view() else { panic!("it cannot look") };
        assert!(why.contains("3 looks in a row panicked"), "{why}");
        assert!(why.len() < 400, "{why}");
    }

    #[test]
    fn a_look_that_hangs_is_unknown() {
        let (go, gate) = mpsc::channel::<()>();
        let schedule = Schedule { every: SHORT, interest: HOUR, patience: SHORT };
        let watcher = run(schedule, move || {
            let _ = gate.recv();
            observation()
        });
        until(|| matches!(watcher.view(), View::Failed(_)));
        let View::Failed(why) = watcher.view() else { panic!("nobody let it look") };
        assert!(why.contains("for more than 5ms"), "{why}");
        drop(go);
        until(|| matches!(watcher.view(), View::Looked(..)));
    }
}
