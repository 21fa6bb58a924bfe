use std::fmt;

use serde::Serialize;

use crate::stamp::{CommitId, Digest, FileDifference, Origin, Tree};

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Side {
    /// Of an artifact, a process or source.
    Identity(Box<Identity>),
    /// Of a route.
    Route {
        /// The method.
        method: String,
        /// The path.
        path: String,
    },
    /// What a route answered.
    Answer {
        /// The status code.
        status: u16,
        /// Where it redirects to.
        #[serde(skip_serializing_if = "Option::is_none")]
        location: Option<String>,
    },
}

/// What source, an artifact or a process is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Identity {
    /// The package's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The package's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitId>,
    /// Where the commit is known from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// How the tree stood to the commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<Tree>,
    /// The content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// The build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Digest>,
    /// The process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// When the process started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// The branch that is checked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Why commit, content or tree are unknown.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub unknown: std::collections::BTreeMap<String, String>,
}

/// How far two commits are apart, seen from the expected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
#[non_exhaustive]
pub enum Distance {
    /// They are one.
    Equal,
    /// What was found is an ancestor.
    Behind {
        /// So many commits back.
        commits: u64,
    },
    /// What is expected is an ancestor.
    Ahead {
        /// So many commits on.
        commits: u64,
    },
    /// Neither is.
    Diverged {
        /// The commits that only the expected one has.
        behind: u64,
        /// The commits that only the one found has.
        ahead: u64,
    },
    /// The clone does not hold the commit.
    NotInClone,
    /// The clone is too shallow to know.
    Shallow,
}

/// Who wrote a commit, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CommitSummary {
    /// The author's name.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// When it was committed, RFC 3339.
    pub committed_at: String,
}

impl CommitSummary {
    /// Author, first line of the message, and time (RFC 3339).
    #[must_use]
    pub const fn new(author: String, subject: String, committed_at: String) -> Self {
        Self { author, subject, committed_at }
    }
}

/// Which commits have a content, found by the content alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Dated {
    /// So many commits next to each other have it. None if no commit that was looked at does.
    pub commits: u64,
    /// The newest of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<CommitId>,
    /// Who wrote that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<CommitSummary>,
    /// So many commits behind the expected one, if that descends from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<u64>,
    /// How many of these change content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matter: Option<u64>,
    /// So many commits were looked at.
    pub looked_at: u64,
    /// Why it is open whether another commit has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
}

/// How the modules differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ModuleDifference {
    /// In source, and not in what was found.
    pub missing: Vec<String>,
    /// In both, with other content.
    pub changed: Vec<String>,
    /// In what was found, and not in source.
    pub extra: Vec<String>,
}

impl ModuleDifference {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.extra.is_empty()
    }
}

/// A module that is not compiled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotCompiled {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// How many modules are expected, and how many of them are compiled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ModuleCounts {
    /// So many are expected.
    pub expected: u64,
    /// So many may be compiled in.
    pub compiled: u64,
}

/// The way that a response came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Via {
    /// What stands in between, as it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// The header by which the response was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached: Option<String>,
}

/// How many instances were seen, in how many answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Instances {
    /// Distinct instances.
    pub seen: usize,
    /// Answers, or instances that are expected.
    pub of: usize,
}

/// What a route answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RouteEvidence {
    /// The status code and its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The pattern of the inventory that the path comes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Lines of the list that are not mounted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Mounted lines that are not in the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unexpected: Vec<String>,
}

/// What else is known about a finding. What does not apply is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evidence {
    /// Why something is unknown or was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The fact that is unknown, by its name in a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// How far the commits are apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<Distance>,
    /// Who wrote the commit that was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitSummary>,
    /// How the modules differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modules: Option<ModuleDifference>,
    /// The modules that are not compiled in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_compiled: Vec<NotCompiled>,
    /// How many modules are, where their names are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module_counts: Option<ModuleCounts>,
    /// The paths of content that differ between the two commits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// The packages whose content differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// How many of the commits in between touch one of the paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matter: Option<u64>,
    /// Which commits have what was found, where its own commit says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dated: Option<Dated>,
    /// The local changes that went into the build.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub built_with: Vec<String>,
    /// The local changes of source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub local_changes: Vec<String>,
    /// How the files of a directory differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<FileDifference>,
    /// The name of a directory, a package or a label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What is there in place of what was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Box<Identity>>,
    /// The code of what was answered, where the answer is not a proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<super::Code>,
    /// A count of a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<Instances>,
    /// Addresses that are meant together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// The way that the response came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// Of a route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteEvidence>,
}

impl Evidence {
    /// Whether nothing else is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commits = |n: u64| if n == 1 { "1 commit".to_owned() } else { format!("{n} commits") };
        match *self {
            Self::Equal => f.write_str("the same commit"),
            Self::Behind { commits: n } => write!(f, "{} behind", commits(n)),
            Self::Ahead { commits: n } => write!(f, "{} ahead", commits(n)),
            Self::Diverged { behind, ahead } => {
                write!(f, "{} behind and {ahead} ahead", commits(behind))
            }
            Self::NotInClone => f.write_str("not in this clone"),
            Self::Shallow => f.write_str("unknown, the clone is shallow"),
        }
    }
}
