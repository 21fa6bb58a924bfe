use std::time::{Duration, Instant};

/// Work for no longer than this, then rest for as long.
const STRETCH: Duration = Duration::from_millis(4);

/// Keeps a thread that reads many files from taking a whole processor.
#[derive(Debug)]
pub(super) struct Throttle(Instant);

impl Throttle {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }

    /// To be called after each piece of work.
    pub(super) fn rest(&mut self) {
        let worked = self.0.elapsed();
        if worked >= STRETCH {
            std::thread::sleep(worked);
            self.0 = Instant::now();
        }
    }
}
