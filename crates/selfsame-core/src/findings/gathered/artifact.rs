//! What was read of an artifact.

use std::collections::BTreeMap;

use super::Expectation;
use crate::stamp::{CommitId, FileDifference, Stamp};

/// What kind of artifact was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArtifactKind {
    /// A single executable.
    Binary,
    /// An image, in whatever form it lies there.
    Image,
    /// A container.
    Container,
    /// A root file system.
    RootFileSystem,
    /// Files without an executable.
    Files,
}

/// An artifact that was read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Artifact {
    /// What it is.
    pub kind: ArtifactKind,
    /// The stamp of the package.
    pub stamp: Stamp,
    /// What source expects of it, if there is source.
    pub expectation: Option<Expectation>,
    /// By the compiler's list: whether each module of the stamp was compiled. Empty without a list.
    pub compiled: BTreeMap<String, Option<bool>>,
    /// Why the compiler's list is missing, if it is.
    pub no_list: Option<String>,
    /// The files that the compiler read and content does not cover.
    pub read_outside: Vec<ReadOutside>,
    /// The environment variables whose values were compiled in.
    pub variables: Vec<String>,
    /// What contradicts the stamp: a label, a tag or a variable, with its value.
    pub contradictions: Vec<(String, String)>,
    /// The stamps that lower layers have.
    pub lower_layers: Vec<LowerLayer>,
    /// The shipped directories.
    pub shipped: Vec<ShippedFound>,
    /// The mount that hides the executable.
    pub mounted: Option<String>,
    /// The executable that is started, if it is not the stamped one.
    pub entrypoint: Option<String>,
}

impl Artifact {
    /// An artifact of this kind, with the stamp of the package and nothing else told.
    #[must_use]
    pub const fn new(kind: ArtifactKind, stamp: Stamp) -> Self {
        Self {
            kind,
            stamp,
            expectation: None,
            compiled: BTreeMap::new(),
            no_list: None,
            read_outside: Vec::new(),
            variables: Vec::new(),
            contradictions: Vec::new(),
            lower_layers: Vec::new(),
            shipped: Vec::new(),
            mounted: None,
            entrypoint: None,
        }
    }
}

/// A file that the compiler read and content does not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOutside {
    /// Its path, relative to the package.
    pub path: String,
    /// Whether it is the same in source as when the artifact was built. `None` if that is unknown.
    pub same: Option<bool>,
}

impl ReadOutside {
    /// The file at this path, and whether it is the same in source.
    #[must_use]
    pub const fn new(path: String, same: Option<bool>) -> Self {
        Self { path, same }
    }
}

/// A stamp that a lower layer of an image has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LowerLayer {
    /// Where.
    pub path: String,
    /// Of which commit.
    pub commit: Option<CommitId>,
    /// What hides it.
    pub by: String,
}

impl LowerLayer {
    /// The stamp at this path, of this commit, and what hides it.
    #[must_use]
    pub const fn new(path: String, commit: Option<CommitId>, by: String) -> Self {
        Self { path, commit, by }
    }
}

/// A shipped directory, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShippedFound {
    /// Its name.
    pub name: String,
    /// Where it was looked for.
    pub path: String,
    /// How it stands to what is expected.
    pub state: ShippedFoundState,
    /// The files that differ.
    pub difference: Option<FileDifference>,
    /// What layers took away of it.
    pub taken: Vec<String>,
}

impl ShippedFound {
    /// The directory of this name, looked for at this path.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<String>, state: ShippedFoundState) -> Self {
        Self { name: name.into(), path: path.into(), state, difference: None, taken: Vec::new() }
    }
}

/// How a shipped directory stands to what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShippedFoundState {
    /// It is what was expected.
    Same,
    /// It is not there.
    Missing,
    /// Its files differ.
    Differs,
    /// That is unknown, and why.
    Unknown(String),
}
