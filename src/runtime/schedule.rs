use std::time::Duration;

/// How often the process looks at itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    /// So long after a look comes the next,
    pub(crate) every: Duration,
    /// for so long after the last question.
    pub(crate) interest: Duration,
    /// A look that takes longer hangs.
    pub(crate) patience: Duration,
}

impl Schedule {
    /// What is older says nothing of now.
    pub(super) fn stale(self) -> Duration {
        self.every.saturating_mul(2).saturating_add(Duration::from_secs(1))
    }
}
