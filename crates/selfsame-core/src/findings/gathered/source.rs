//! What source expects.

use std::collections::BTreeMap;

use crate::findings::{CommitSummary, Dated, Distance, Identity};
use crate::stamp::{CommitId, Digest, Module, PackageContent};

/// What source says, under the conventional scope.
#[derive(Debug, Clone)]
pub enum SourceEvidence {
    /// Nobody asked for source, and none was found: why.
    None(String),
    /// The root of a workspace, in which the package was not found.
    WorkspaceRoot {
        /// The package that was looked for.
        name: String,
        /// Why it was not found.
        reason: String,
    },
    /// It was read.
    Read(Box<Expectation>),
}

impl Default for SourceEvidence {
    fn default() -> Self {
        Self::None(String::new())
    }
}

/// What source expects of one claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expectation {
    /// Whether exactly this commit was asked for.
    pub exactly: bool,
    /// The package's name, if there is source to read it from.
    pub name: Option<String>,
    /// The package's version.
    pub version: Option<String>,
    /// The commit, unless it is unknown.
    pub commit: Option<CommitId>,
    /// The branch that is checked out, if the working tree is compared.
    pub branch: Option<String>,
    /// The first line of the commit's message.
    pub subject: Option<String>,
    /// The content, unless it is unknown.
    pub content: Option<Digest>,
    /// Why commit, content, modules or changes are unknown.
    pub unknown: BTreeMap<String, String>,
    /// How the working tree differs from the commit. `None` if that is unknown.
    pub changes: Option<Vec<String>>,
    /// The modules, unless they are unknown.
    pub modules: Option<Vec<Module>>,
    /// The content of the commit itself, where the working tree differs from it.
    pub head_content: Option<Digest>,
    /// What source has and the comparison leaves out, each with its reason.
    pub not_compared: Vec<(String, String)>,
    /// How the commit of the claim stands to this one.
    pub history: Option<History>,
    /// Which commits have the content of the claim, where its own commit says nothing.
    pub dated: Option<Dated>,
    /// Why a content that differs from this one builds the same binary all the same, or may.
    pub equivalence: Option<Equivalence>,
    /// The packages with the digests of their own lines, unless they are unknown.
    pub packages: Option<Vec<PackageContent>>,
    /// The version of the compiler that source pins.
    pub toolchain: Option<String>,
}

/// What a difference of content comes to, where it is known which lines differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Equivalence {
    /// Only packages differ that the build leaves out, by name.
    Inactive(Vec<String>),
    /// Only line endings differ, in these files: both sides are clean checkouts of one commit.
    LineEndings(Vec<String>),
    /// The lock file lists other edges between the same packages, and cargo builds the same of them.
    Edges,
    /// The lock file lists other edges between the same packages, and what cargo builds of them is
    /// unknown: why.
    Features(String),
}

/// How a commit stands to the expected one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// How far they are apart.
    pub distance: Distance,
    /// The paths of content that differ.
    pub changed: Vec<String>,
    /// The packages that these paths belong to.
    pub packages: Vec<String>,
    /// How many of the commits in between touch one of the paths.
    pub matter: Option<u64>,
    /// Who wrote the commit that was found, if the clone holds it.
    pub commit: Option<CommitSummary>,
}

impl History {
    /// This far apart; what lies between is not told.
    #[must_use]
    pub const fn new(distance: Distance) -> Self {
        Self { distance, changed: Vec::new(), packages: Vec::new(), matter: None, commit: None }
    }
}

impl Expectation {
    /// It as one side of a comparison.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            name: self.name.clone(),
            version: self.version.clone(),
            commit: self.commit.clone(),
            content: self.content,
            branch: self.branch.clone(),
            unknown: self
                .unknown
                .iter()
                .filter(|(fact, _)| ["commit", "content"].contains(&fact.as_str()))
                .map(|(fact, why)| (fact.clone(), why.clone()))
                .collect(),
            ..Identity::default()
        }
    }

    /// Whether the working tree is known to be that of the commit.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.changes.as_ref().is_some_and(Vec::is_empty)
    }
}
