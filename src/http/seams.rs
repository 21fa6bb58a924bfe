//! What the tests of this repository set, and no service does.

use std::time::{Duration, SystemTime};

use selfsame_core::environment::Environment;

use super::SelfCheck;

#[doc(hidden)]
impl SelfCheck {
    /// Sets how long the process waits, after it has looked at its executable and at its shipped
    /// directories, before it looks again: a minute unless this says otherwise. What is older than
    /// two of these counts as unknown.
    pub fn look_every(mut self, every: Duration) -> Self {
        self.look_every = every;
        self
    }

    /// Takes these variables instead of those of the process.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Takes this for the time at which the process started, instead of the time of
    /// [`new`](Self::new).
    pub fn started_at(mut self, now: SystemTime) -> Self {
        self.now = now;
        self
    }
}
