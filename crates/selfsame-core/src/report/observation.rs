//! What a process found when it looked at itself.

use serde::{Deserialize, Serialize};

use super::config::{ConfigState, ConfigVariable};
use crate::stamp::{CommitId, Digest, FileDifference, shipped};

/// What a process found when it last looked at its executable and at its shipped directories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Observation {
    /// When it had looked at everything, RFC 3339.
    pub at: String,
    /// The executable.
    pub executable: Executable,
    /// The shipped directories, in the order of the stamp.
    pub shipped: Vec<ShippedState>,
    /// The configuration that it names, in the order in which it was named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub config: Vec<ConfigState>,
    /// The variables that it names, as they were when they were named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<ConfigVariable>,
}

/// The file at the path that the process was started from, against the one that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Executable {
    /// The path that the process was started from, absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How the two stand to each other.
    pub state: ExecutableState,
    /// The commit of the file that is there now, if it is another one and has a stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitId>,
    /// The fingerprint of the file that is there now, if it is another one and has a stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Digest>,
    /// Why it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// How the file at the start-up path stands to the one that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExecutableState {
    /// It is the same file, or one with the same content.
    Same,
    /// It has other content: another file was put there, or this one was written over.
    Replaced,
    /// It has the same stamps and loads the same bytes, and differs elsewhere: it was stripped.
    Rewritten,
    /// There is no file: it was deleted or renamed.
    Missing,
    /// It could not be told.
    Unknown,
}

/// A shipped directory against what the stamp expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShippedState {
    /// Its name.
    pub name: String,
    /// Where the process looked.
    pub at: String,
    /// How it stands to what is expected.
    pub state: ShippedIs,
    /// The tree hash that is expected, absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Digest>,
    /// The tree hash that was found, absent when the directory is not there,
    /// cannot be read or holds far more than expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// The number of files that were found.
    #[serde(default)]
    pub files: u64,
    /// Which files differ, if both sides are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<FileDifference>,
    /// Whether the files differed when the process first looked, though they are right now: the
    /// process may hold those that it read then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub differed_at_start: bool,
    /// Why it is unknown, or, of what is different, why there is no tree hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// How a shipped directory stands to what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ShippedIs {
    /// Its files are those that are expected.
    Same,
    /// They are not.
    Different,
    /// There is no such directory.
    Missing,
    /// It could not be told.
    Unknown,
}

impl Observation {
    /// What was found at a time (RFC 3339).
    #[must_use]
    pub fn new(at: impl Into<String>, executable: Executable, shipped: Vec<ShippedState>) -> Self {
        Self { at: at.into(), executable, shipped, config: Vec::new(), variables: Vec::new() }
    }

    /// Whether the executable and each shipped directory are as the build left them. What is known
    /// to differ outweighs what is unknown; `None` if it could not be told.
    #[must_use]
    pub fn intact(&self) -> Option<bool> {
        let all = || {
            let shipped = self.shipped.iter().map(ShippedState::intact);
            shipped.chain([self.executable.intact()])
        };
        if all().any(|intact| intact == Some(false)) {
            return Some(false);
        }
        all().all(|intact| intact == Some(true)).then_some(true)
    }

    /// Whether all configuration that it names is what was loaded. What is known to differ outweighs
    /// what is unknown; `None` if it could not be told, or if none is named.
    #[must_use]
    pub fn config_loaded(&self) -> Option<bool> {
        if self.config.iter().any(|one| one.loaded() == Some(false)) {
            return Some(false);
        }
        let is_loaded = |one: &ConfigState| one.loaded() == Some(true);
        (!self.config.is_empty() && self.config.iter().all(is_loaded)).then_some(true)
    }

    /// What could not be told, `executable` and `shipped`, each with its reason.
    pub(super) fn unknown(&self) -> impl Iterator<Item = (&'static str, String)> {
        const NONE: &str = "no reason was given";

        let executable = &self.executable;
        let executable = executable
            .intact()
            .is_none()
            .then(|| ("executable", executable.unknown.as_deref().unwrap_or(NONE).to_owned()));
        let reasons: Vec<String> = self
            .shipped
            .iter()
            .filter(|shipped| shipped.intact().is_none())
            .map(|shipped| {
                format!("`{}`: {}", shipped.name, shipped.unknown.as_deref().unwrap_or(NONE))
            })
            .collect();
        let shipped = (!reasons.is_empty()).then(|| ("shipped", reasons.join("; ")));
        executable.into_iter().chain(shipped)
    }
}

impl Executable {
    /// The executable at this path, in this state.
    #[must_use]
    pub fn new(path: Option<String>, state: ExecutableState) -> Self {
        Self { path, state, commit: None, fingerprint: None, unknown: None }
    }

    /// Returns an executable of which nothing could be told, and why.
    #[must_use]
    pub fn unknown(path: Option<String>, reason: impl Into<String>) -> Self {
        Self { unknown: Some(reason.into()), ..Self::new(path, ExecutableState::Unknown) }
    }

    /// Whether a restart would start what runs, by its stamp. `None` if it could not be told.
    #[must_use]
    pub fn intact(&self) -> Option<bool> {
        match self.state {
            ExecutableState::Same | ExecutableState::Rewritten => Some(true),
            ExecutableState::Replaced | ExecutableState::Missing => Some(false),
            ExecutableState::Unknown => None,
        }
    }
}

impl ShippedState {
    /// The directory of this name at this path, in this state.
    #[must_use]
    pub fn new(name: impl Into<String>, at: impl Into<String>, state: ShippedIs) -> Self {
        Self {
            name: name.into(),
            at: at.into(),
            state,
            expected: None,
            sha256: None,
            files: 0,
            difference: None,
            differed_at_start: false,
            unknown: None,
        }
    }

    /// The variable that tells the process to look elsewhere.
    #[must_use]
    pub fn variable(&self) -> String {
        shipped::variable(&self.name)
    }

    /// Whether the files are those that are expected. `None` if it could not be told.
    #[must_use]
    pub fn intact(&self) -> Option<bool> {
        match self.state {
            ShippedIs::Same if self.differed_at_start => None,
            ShippedIs::Same => Some(true),
            ShippedIs::Different | ShippedIs::Missing => Some(false),
            ShippedIs::Unknown => None,
        }
    }
}
