//! What the thread that looks and the requests have in common. Neither side takes a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::config::Wake;
use super::schedule::Schedule;
use selfsame_core::report::Observation;

/// No look is in progress.
const NEVER: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Shared {
    /// What was found last, as a snapshot.
    pub(super) found: ArcSwap<Found>,
    /// The times below are milliseconds after this.
    epoch: Instant,
    asked: AtomicU64,
    look_began: AtomicU64,
    /// Whether the thread sleeps until somebody asks.
    pub(super) resting: AtomicBool,
    pub(super) over: AtomicBool,
}

/// What a look found, and when it ended.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The number of looks.
    pub(super) number: u64,
    pub(super) at: Instant,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// There was no look yet.
    Nothing,
    Looked(Arc<Observation>),
    Failed(String),
}

impl Shared {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let nothing = Found { number: 0, at: now, outcome: Outcome::Nothing };
        Self {
            found: ArcSwap::from_pointee(nothing),
            epoch: now,
            asked: AtomicU64::new(0),
            look_began: AtomicU64::new(NEVER),
            resting: AtomicBool::new(false),
            over: AtomicBool::new(false),
        }
    }

    /// Somebody asks now.
    pub(super) fn ask(&self) {
        self.asked.store(self.now(), Ordering::SeqCst);
    }

    pub(super) fn begin_look(&self) {
        self.look_began.store(self.now(), Ordering::SeqCst);
    }

    /// How long the look in progress has taken, if there is one.
    pub(super) fn look_takes(&self) -> Option<Duration> {
        let began = self.look_began.load(Ordering::SeqCst);
        (began != NEVER).then(|| Duration::from_millis(self.now().saturating_sub(began)))
    }

    /// Ends a look: publishes what it found.
    pub(super) fn publish(&self, outcome: Outcome) {
        let number = self.found.load().number + 1;
        self.found.store(Arc::new(Found { number, at: Instant::now(), outcome }));
        self.look_began.store(NEVER, Ordering::SeqCst);
    }

    /// Waits until it is time for the next look, or until somebody asks for it. `false` means that
    /// there is none.
    pub(super) fn wait(&self, schedule: Schedule, wake: &Wake) -> bool {
        let began = Instant::now();
        loop {
            let rest = schedule.every.saturating_sub(began.elapsed());
            if self.over.load(Ordering::SeqCst) {
                return false;
            } else if wake.is_asked() {
                return true;
            } else if !self.is_of_interest(schedule) {
                self.resting.store(true, Ordering::SeqCst);
                // Who asked before this was said did not wake the thread.
                if !self.is_of_interest(schedule) && !self.over.load(Ordering::SeqCst) {
                    std::thread::park();
                }
                self.resting.store(false, Ordering::SeqCst);
            } else if rest.is_zero() {
                return true;
            } else {
                std::thread::park_timeout(rest);
            }
        }
    }

    fn is_of_interest(&self, schedule: Schedule) -> bool {
        let since = self.now().saturating_sub(self.asked.load(Ordering::SeqCst));
        Duration::from_millis(since) <= schedule.interest
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }
}
