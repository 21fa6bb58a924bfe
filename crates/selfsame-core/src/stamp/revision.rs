//! Which revision was built, and where that is known from.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where the commit is known from, and how the working tree stood to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revision {
    /// Who said which commit it is.
    pub origin: Origin,
    /// Whether what was built is what the commit holds.
    pub tree: Tree,
}

impl Revision {
    /// Where the commit is known from, and how the working tree stood to it.
    #[must_use]
    pub const fn new(origin: Origin, tree: Tree) -> Self {
        Self { origin, tree }
    }
}

/// Who said which commit it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The repository that the package was built in.
    Git,
    /// `.cargo_vcs_info.json`, which cargo puts into a packaged crate.
    CargoVcsInfo,
    /// `.git_archival.txt`, filled in by `git archive`.
    Archive,
    /// `SELFSAME_COMMIT` or `VERGEN_GIT_SHA`, set by the builder.
    Override,
    /// A variable that a CI system or a platform sets, by name.
    Variable(String),
    /// Nobody.
    Unknown,
}

impl Origin {
    /// Whether the commit was read, rather than claimed by the build environment.
    #[must_use]
    pub fn is_git(&self) -> bool {
        *self == Self::Git
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Git => "git",
            Self::CargoVcsInfo => "cargo_vcs_info",
            Self::Archive => "archive",
            Self::Override => "override",
            Self::Variable(name) => name,
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "git" => Self::Git,
            "cargo_vcs_info" => Self::CargoVcsInfo,
            "archive" => Self::Archive,
            "override" => Self::Override,
            "unknown" => Self::Unknown,
            // A word of a later revision is somebody's claim, as a variable is.
            _ => Self::Variable(text),
        })
    }
}

/// Whether what was built is what the commit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tree {
    /// The working tree held, within content, what the commit holds.
    Clean,
    /// It did not.
    Dirty,
    /// It could not be established.
    Unknown,
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Clean => "clean",
            Self::Dirty => "dirty",
            Self::Unknown => "unknown",
        })
    }
}
