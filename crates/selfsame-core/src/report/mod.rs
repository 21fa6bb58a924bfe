//! The report: what a process says of itself.
//!
//! A report is read by people, by load balancers that look at nothing but its status, and by the
//! command. Its JSON begins with the commit, and at [`Level::Summary`] it stays below 1,024 bytes.
//! Nothing here does I/O.

mod config;
mod counts;
mod observation;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::routes::{ListComparison, Routes};
use crate::stamp::{
    Build, CommitId, Digest, Info, Module, Origin, Outside, PackageContent, Revision, Scope, Stamp,
    Tree,
};

pub use self::config::{ConfigIs, ConfigState, ConfigVariable};
pub use self::counts::{ConfigCounts, Counts, ModuleCounts, RouteCounts};
pub use self::observation::{Executable, ExecutableState, Observation, ShippedIs, ShippedState};

/// The longest report that is read, in bytes: 8 MiB.
const MAX_REPORT: usize = 8 << 20;

/// The facts that a process tells of itself once it has looked.
const LOOKED_AT: [&str; 3] = ["intact", "executable", "shipped"];

/// How much a caller may learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Yes or no to a commit, a content hash or a fingerprint that the caller already knows.
    Verify,
    /// Also which commit, content and version it is: hashes and states, no names within the code.
    Summary,
    /// Also the names: modules, routes, changed files, how it was built.
    Full,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Verify => "verify",
            Self::Summary => "summary",
            Self::Full => "full",
        })
    }
}

/// What a process says of itself.
///
/// A fact that is unknown is absent, and its reason stands under `unknown`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The commit that the build claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitId>,
    /// The content that was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// Whether the working tree held what the commit holds; absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Tree>,
    /// Where the commit is known from.
    pub origin: Origin,
    /// The identity of the artifact.
    pub fingerprint: Digest,
    /// Told apart from every other process, also on the same host: 16 hexadecimal digits.
    pub instance: String,
    /// When the process put its report together, RFC 3339.
    pub started_at: String,
    /// Whether the executable and each shipped directory are as the build left them; absent when
    /// unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intact: Option<bool>,
    /// Whether it is unknown only for the moment: the process is about to look at itself.
    #[serde(default, skip_serializing_if = "is_false")]
    pub looking: bool,
    /// How much this report tells.
    pub level: Level,
    /// The facts that could not be established, each with its reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, String>,
    /// How many modules, routes and configurations there are, at [`Level::Summary`] only: no names, so that callers
    /// without a token learn that something is wrong, and not what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,

    /// Where the commit is known from, and how the tree stood to it. From here on, at
    /// [`Level::Full`] only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// What the build script says in code, in addition to what source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// How it was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// The local packages that content covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages: Option<Vec<PackageContent>>,
    /// Those of them that lie outside the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Vec<Outside>>,
    /// The modules that were compiled from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<Module>>,
    /// What the process found when it last looked at itself, absent before it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observation>,
    /// The routes that are mounted, or why that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Routes>,
    /// How they stand to the list of routes that is kept in source, absent if none is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_list: Option<ListComparison>,
    /// What is told for information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<Info>,
}

impl Report {
    /// Returns the report of a process that carries `stamp`, with all that there is to tell but for
    /// what the process finds when it [looks at itself](Self::observed).
    #[must_use]
    pub fn new(stamp: &Stamp, routes: &Routes, instance: &str, started_at: &str) -> Self {
        let tree = stamp.facts().revision.tree;
        let report = Self {
            commit: stamp.facts().commit.clone(),
            content: stamp.facts().content,
            name: stamp.facts().name.clone(),
            version: stamp.facts().version.clone(),
            tree: (tree != Tree::Unknown).then_some(tree),
            origin: stamp.facts().revision.origin.clone(),
            fingerprint: stamp.fingerprint(),
            instance: instance.to_owned(),
            started_at: started_at.to_owned(),
            intact: None,
            looking: false,
            level: Level::Full,
            unknown: stamp.facts().unknown.clone(),
            counts: None,
            revision: Some(stamp.facts().revision.clone()),
            scope: Some(stamp.facts().scope.clone()),
            build: Some(stamp.facts().build.clone()),
            packages: Some(stamp.facts().packages.clone()),
            outside: Some(stamp.facts().outside.clone()),
            modules: Some(stamp.facts().modules.clone()),
            observed: None,
            routes: Some(routes.clone()),
            route_list: stamp.facts().routes.as_ref().map(|kept| ListComparison::of(kept, routes)),
            info: Some(stamp.facts().info.clone()),
        };
        report.unobserved("the process has not looked at itself", false)
    }

    /// The same with what the process found when it looked at itself.
    #[must_use]
    pub fn observed(&self, observation: Observation) -> Self {
        let mut report = Self { intact: observation.intact(), looking: false, ..self.clone() };
        for fact in LOOKED_AT {
            report.unknown.remove(fact);
        }
        let unknown = observation.unknown().map(|(fact, reason)| (fact.to_owned(), reason));
        report.unknown.extend(unknown);
        if report.intact.is_none() {
            let reason = "the process could not look at all of it".to_owned();
            report.unknown.insert("intact".to_owned(), reason);
        }
        report.observed = Some(observation);
        report
    }

    /// The same of a process that has not looked at itself, and why. It is `looking` if it is about
    /// to.
    #[must_use]
    pub fn unobserved(&self, why: &str, looking: bool) -> Self {
        let mut report = Self { intact: None, observed: None, looking, ..self.clone() };
        for fact in LOOKED_AT {
            report.unknown.remove(fact);
        }
        report.unknown.insert("intact".to_owned(), why.to_owned());
        report
    }

    /// The same without the names.
    #[must_use]
    pub fn summary(&self) -> Self {
        Self {
            level: Level::Summary,
            counts: Counts::of(self),
            unknown: self
                .unknown
                .iter()
                // `build`, which the compiler's version belongs to, has no place here either.
                .filter(|(fact, _)| *fact != "rustc")
                .map(|(fact, _)| (fact.clone(), self.phrase(fact).to_owned()))
                .collect(),
            revision: None,
            scope: None,
            build: None,
            packages: None,
            outside: None,
            modules: None,
            observed: None,
            routes: None,
            route_list: None,
            info: None,
            ..self.clone()
        }
    }

    /// What a caller without a token learns of a reason: the reason itself may name paths, variables
    /// and packages.
    fn phrase(&self, fact: &str) -> &'static str {
        match fact {
            "commit" => "the build could not establish it; the full report has the reason",
            "content" => "the build could not hash it; the full report has the reason",
            "tree" => "the build could not compare it; the full report has the reason",
            "intact" if self.looking => "the process is about to look at itself",
            "intact" if self.observed.is_none() => {
                "the process has not looked at itself; the full report has the reason"
            }
            "intact" | "executable" | "shipped" => {
                "the process could not look at it; the full report has the reason"
            }
            _ => "the full report has the reason",
        }
    }

    /// Reads a report that somebody sent.
    ///
    /// # Errors
    ///
    /// If the bytes are longer than 8 MiB, no JSON, or no report: the error says which
    /// field.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        if bytes.len() > MAX_REPORT {
            return Err(ReportError(format!("it is longer than {MAX_REPORT} bytes")));
        }
        // A list of the values in their order would pass for an object with serde.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(ReportError("it is not a JSON object".to_owned()));
        }
        let report: Self =
            serde_json::from_slice(bytes).map_err(|error| ReportError(error.to_string()))?;
        report.check().map(|()| report)
    }

    fn check(&self) -> Result<(), ReportError> {
        let facts = [
            ("commit", self.commit.is_some()),
            ("content", self.content.is_some()),
            ("tree", self.tree.is_some()),
            ("intact", self.intact.is_some()),
        ];
        if self.tree == Some(Tree::Unknown) {
            return Err(ReportError("`tree` is a known value or absent".to_owned()));
        }
        for (fact, known) in facts {
            if known == self.unknown.contains_key(fact) {
                let both =
                    if known { "both known and unknown" } else { "missing without a reason" };
                return Err(ReportError(format!("`{fact}` is {both}")));
            }
        }
        if self.commit.is_some() == (self.origin == Origin::Unknown) {
            return Err(ReportError("`commit` and `origin` contradict each other".to_owned()));
        }
        let names = [
            self.modules.is_some(),
            self.routes.is_some(),
            self.scope.is_some(),
            self.build.is_some(),
        ];
        if names.iter().any(|there| *there != (self.level == Level::Full)) {
            return Err(ReportError(format!("its fields are not those of level {}", self.level)));
        }
        if self.counts.is_some() && self.level == Level::Full {
            return Err(ReportError("`counts` is not a field of level full".to_owned()));
        }
        if self.counts.as_ref().is_some_and(|counts| !counts.is_sound()) {
            return Err(ReportError("`counts` has more of a part than of the whole".to_owned()));
        }
        let agrees = self.revision.as_ref().is_none_or(|revision| {
            revision.origin == self.origin && revision.tree == self.tree.unwrap_or(Tree::Unknown)
        });
        if !agrees {
            return Err(ReportError("`revision` contradicts the summary".to_owned()));
        }
        let observed = self.observed.as_ref().map(Observation::intact);
        if self.level == Level::Full && observed.flatten() != self.intact
            || self.level != Level::Full && observed.is_some()
        {
            return Err(ReportError("`intact` and `observed` contradict each other".to_owned()));
        }
        let stands = match (&self.route_list, &self.routes) {
            (Some(standing), Some(routes)) => standing.agrees_with(routes),
            (Some(_), None) => false,
            (None, _) => true,
        };
        if !stands {
            return Err(ReportError("`route_list` contradicts `routes`".to_owned()));
        }
        for (what, text) in
            [("name", &self.name), ("instance", &self.instance), ("started_at", &self.started_at)]
        {
            if text.is_empty() || text.len() > 256 || text.chars().any(char::is_control) {
                return Err(ReportError(format!("`{what}` is empty, long or unprintable")));
            }
        }
        Ok(())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Bytes that are not a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportError(String);

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a report: {}", self.0)
    }
}

impl std::error::Error for ReportError {}
