//! Findings: what was found out is data, and words come last.
//!
//! What a check has [gathered](Gathered) goes into the pure [`judge()`], and a list of
//! [`Finding`]s comes out. The ladder, the exit code, JSON, annotations, `JUnit`, the page and the
//! log are views of that list, and nothing changes a finding after it was judged. Each finding has
//! a [`Code`] with a stable name; its English is in one file. Nothing here does I/O.

mod code;
mod english;
mod evidence;
mod gathered;
mod judge;
mod outcome;
mod reference;
mod rung;
mod sampling;
mod wording;

use serde::Serialize;

pub use self::code::{Code, UnknownCode};
pub use self::english::Entry;
pub use self::evidence::{
    CommitSummary, Dated, Distance, Evidence, Identity, Instances, ModuleCounts, ModuleDifference,
    NotCompiled, RouteEvidence, Side, Via,
};
pub use self::gathered::{
    Artifact, ArtifactKind, Beside, Bypass, Claim, Equivalence, Expectation, Fleet, Gathered,
    History, Inside, Instance, LowerLayer, Outside, Place, ReadOutside, Response, RouteList,
    RouteProbe, Served, ShippedFound, ShippedFoundState, SourceEvidence,
};
pub use self::judge::{instance_verdict, judge, of_report};
pub use self::outcome::Outcome;
pub use self::reference::reference;
pub use self::rung::Rung;
pub use self::sampling::Sampling;

use crate::compare::Verdict;

/// One thing that was found out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// The rung that it belongs to.
    pub rung: Rung,
    /// What it comes to.
    pub verdict: Verdict,
    /// What it is about.
    pub subject: Subject,
    /// Where it was found, if several addresses can be meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Side>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Side>,
    /// What else is known about it.
    #[serde(skip_serializing_if = "Evidence::is_empty")]
    pub evidence: Evidence,
    /// Where the advice depends on other findings, what it is in place of the code's own.
    #[serde(skip)]
    advice: Advice,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Subject {
    /// Source.
    Source,
    /// What was built, as it was named.
    Artifact(String),
    /// The running process.
    Process,
    /// Files that a web server serves.
    Files,
    /// A route.
    Route(String),
}

/// Which advice applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Advice {
    /// That of the code.
    #[default]
    OfCode,
    /// None: another finding has it.
    Elsewhere,
    /// What fills the place of the code's own.
    Filled(&'static str),
}

impl Finding {
    pub(crate) fn new(code: Code, rung: Rung, verdict: Verdict, subject: Subject) -> Self {
        Self {
            code,
            rung,
            verdict,
            subject,
            address: None,
            expected: None,
            found: None,
            evidence: Evidence::default(),
            advice: Advice::OfCode,
        }
    }

    fn with(mut self, fill: impl FnOnce(&mut Evidence)) -> Self {
        fill(&mut self.evidence);
        self
    }

    fn because(self, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        self.with(|evidence| evidence.reason = Some(reason).filter(|reason| !reason.is_empty()))
    }

    fn sides(mut self, expected: Option<Side>, found: Option<Side>) -> Self {
        self.expected = expected;
        self.found = found;
        self
    }

    fn advise(mut self, advice: Advice) -> Self {
        self.advice = advice;
        self
    }

    fn at(mut self, address: Option<&String>) -> Self {
        self.address = address.cloned();
        self
    }

    /// It as drift that was seen before, and may be there still.
    #[must_use]
    pub fn seen_before(&self) -> Self {
        let code = Code::DriftSeenBefore;
        let answered = Some(self.code);
        Self { code, advice: Advice::OfCode, ..self.clone() }
            .with(|evidence| evidence.answered = answered)
    }

    /// Whether it stands next to what was compared, and decides nothing by itself.
    #[must_use]
    pub fn is_not_compared(&self) -> bool {
        self.code == Code::NotCompared
    }

    /// The address of its entry in the reference.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("docs/findings.md#{}", self.code)
    }
}
