//! The configuration that a process loaded, against what is there now.

use serde::{Deserialize, Serialize};

/// What a process loaded, and how it stands to what is there now. No value and no hash of one is in
/// it, but for one that is keyed with a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfigState {
    /// Its name.
    pub name: String,
    /// The file or the directory.
    pub at: String,
    /// How what is there stands to what was loaded.
    pub state: ConfigIs,
    /// The SHA-256 of what was loaded, keyed: HMAC-SHA-256 of its 64 digits, with the SHA-256 of each
    /// token as the key. Empty without a token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyed: Vec<String>,
    /// Why it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// How what is there stands to what was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConfigIs {
    /// It is what was loaded.
    Same,
    /// It is something else.
    Changed,
    /// It was there, and is gone.
    Gone,
    /// It could not be told.
    Unknown,
}

impl ConfigState {
    /// The configuration of this name, in this state.
    #[must_use]
    pub fn new(name: impl Into<String>, at: impl Into<String>, state: ConfigIs) -> Self {
        Self { name: name.into(), at: at.into(), state, keyed: Vec::new(), unknown: None }
    }

    /// Whether what is there was loaded. `None` if it could not be told.
    #[must_use]
    pub fn loaded(&self) -> Option<bool> {
        match self.state {
            ConfigIs::Same => Some(true),
            ConfigIs::Changed | ConfigIs::Gone => Some(false),
            ConfigIs::Unknown => None,
        }
    }
}

/// A variable that a process was configured with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfigVariable {
    /// Its name.
    pub name: String,
    /// Whether it was set when it was named.
    pub set: bool,
    /// The SHA-256 of its value, keyed as that of a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyed: Vec<String>,
}

impl ConfigVariable {
    /// The variable of this name.
    #[must_use]
    pub fn new(name: impl Into<String>, set: bool) -> Self {
        Self { name: name.into(), set, keyed: Vec::new() }
    }
}
