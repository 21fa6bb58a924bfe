//! What an artifact or a process states of itself.

use std::collections::BTreeMap;

use crate::findings::{Identity, ModuleCounts};
use crate::report::Report;
use crate::stamp::{Build, CommitId, Digest, Module, Origin, PackageContent, Stamp, Tree};

/// What an artifact or a process states of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// The commit, unless it is unknown.
    pub commit: Option<CommitId>,
    /// The content, unless it is unknown.
    pub content: Option<Digest>,
    /// Where the commit is known from.
    pub origin: Origin,
    /// How the working tree stood to the commit.
    pub tree: Tree,
    /// The identity of the build.
    pub fingerprint: Digest,
    /// The local packages that content covers, unless the level hides them.
    pub packages: Option<Vec<PackageContent>>,
    /// How it was built, unless the level hides that.
    pub build: Option<Build>,
    /// Why facts are unknown.
    pub unknown: BTreeMap<String, String>,
    /// The modules, unless the level hides them.
    pub modules: Option<Vec<Module>>,
    /// How many modules are expected and compiled in, where that is known.
    pub module_counts: Option<ModuleCounts>,
    /// The local changes that went into the build.
    pub built_with: Vec<String>,
    /// The process, if it is one.
    pub instance: Option<(String, String)>,
}

impl From<&Stamp> for Claim {
    fn from(stamp: &Stamp) -> Self {
        Self {
            name: stamp.facts().name.clone(),
            version: stamp.facts().version.clone(),
            commit: stamp.facts().commit.clone(),
            content: stamp.facts().content,
            origin: stamp.facts().revision.origin.clone(),
            tree: stamp.facts().revision.tree,
            fingerprint: stamp.fingerprint(),
            packages: Some(stamp.facts().packages.clone()),
            build: Some(stamp.facts().build.clone()),
            unknown: stamp.facts().unknown.clone(),
            modules: Some(stamp.facts().modules.clone()),
            module_counts: None,
            built_with: stamp.facts().info.changed.clone(),
            instance: None,
        }
    }
}

impl From<&Report> for Claim {
    fn from(report: &Report) -> Self {
        Self {
            name: report.name.clone(),
            version: report.version.clone(),
            commit: report.commit.clone(),
            content: report.content,
            origin: report.origin.clone(),
            tree: report.tree.unwrap_or(Tree::Unknown),
            fingerprint: report.fingerprint,
            packages: report.packages.clone(),
            build: report.build.clone(),
            unknown: report.unknown.clone(),
            modules: report.modules.clone(),
            module_counts: report.counts.and_then(|counts| counts.modules).map(|counts| {
                ModuleCounts { expected: counts.expected, compiled: counts.compiled }
            }),
            built_with: report.info.as_ref().map_or(Vec::new(), |info| info.changed.clone()),
            instance: Some((report.instance.clone(), report.started_at.clone())),
        }
    }
}

impl Claim {
    /// It as one side of a comparison.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let (instance, started_at) = self.instance.clone().unzip();
        let facts = ["commit", "content", "tree"];
        let unknown = self.unknown.iter().filter(|(fact, _)| facts.contains(&fact.as_str()));
        Identity {
            name: Some(self.name.clone()),
            version: Some(self.version.clone()),
            commit: self.commit.clone(),
            origin: Some(self.origin.clone()),
            tree: Some(self.tree).filter(|tree| *tree != Tree::Unknown),
            content: self.content,
            fingerprint: Some(self.fingerprint),
            instance,
            started_at,
            branch: None,
            unknown: unknown.map(|(fact, why)| (fact.clone(), why.clone())).collect(),
        }
    }
}
