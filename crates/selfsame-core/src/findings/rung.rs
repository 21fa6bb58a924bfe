use std::fmt;

use serde::Serialize;

/// A question of the ladder, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Rung {
    /// What does source say?
    Source = 1,
    /// Is it in what was built?
    Artifact,
    /// Is it in what is running?
    Running,
    /// Is it exposed?
    Route,
    /// Does it work once authenticated?
    Auth,
}

impl Rung {
    /// All rungs, from the first to the last.
    pub const ALL: [Self; 5] =
        [Self::Source, Self::Artifact, Self::Running, Self::Route, Self::Auth];

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Its name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Artifact => "artifact",
            Self::Running => "running",
            Self::Route => "route",
            Self::Auth => "auth",
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
