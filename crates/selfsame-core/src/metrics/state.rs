//! What a process states about drift in itself, as far as metrics show it: a view of its findings.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::Verdict;
use crate::findings::{Code, Finding, RouteEvidence, of_report};
use crate::report::Report;

/// What the findings of a process say.
#[derive(Debug)]
pub(super) struct State {
    findings: Vec<Finding>,
}

impl State {
    pub(super) fn of(report: &Report) -> Self {
        Self { findings: of_report(report) }
    }

    fn has(&self, codes: &[Code]) -> bool {
        self.findings.iter().any(|finding| codes.contains(&finding.code))
    }

    /// The facts that are unknown, by their names in a report.
    pub(super) fn unknown(&self) -> BTreeSet<&str> {
        self.findings.iter().filter_map(|finding| finding.evidence.fact.as_deref()).collect()
    }

    /// Whether all is as the build left it. `None` if that is unknown.
    pub(super) fn intact(&self) -> Option<bool> {
        use Code::{
            ExecutableMissing, ExecutableReplaced, IntactUnknown, NotIntact,
            ShippedDifferedAtStart, ShippedDiffers, ShippedMissing, ShippedUnknown,
        };

        let differs =
            [ExecutableMissing, ExecutableReplaced, NotIntact, ShippedDiffers, ShippedMissing];
        if self.has(&differs) {
            return Some(false);
        }
        let is_unknown = self.has(&[IntactUnknown, ShippedDifferedAtStart, ShippedUnknown])
            || self.unknown().contains("executable");
        (!is_unknown).then_some(true)
    }

    /// Whether a restart would start the code that runs. `None` if that is unknown.
    pub(super) fn executable(&self) -> Option<bool> {
        if self.has(&[Code::ExecutableMissing, Code::ExecutableReplaced]) {
            return Some(false);
        }
        let is_unknown = self.has(&[Code::IntactUnknown, Code::NotIntact])
            || self.unknown().contains("executable");
        (!is_unknown).then_some(true)
    }

    /// Each shipped directory that a finding names, with whether its files are those that are
    /// expected. `None` if that is unknown.
    pub(super) fn shipped(&self) -> BTreeMap<&str, Option<bool>> {
        let named = self.findings.iter().filter_map(|finding| {
            let intact = match finding.code {
                Code::ShippedDiffers | Code::ShippedMissing => Some(false),
                Code::ShippedUnknown | Code::ShippedDifferedAtStart => None,
                _ => return None,
            };
            Some((finding.evidence.name.as_deref()?, intact))
        });
        named.collect()
    }

    /// How the mounted routes differ from the list kept in source, if they do.
    pub(super) fn route_list(&self) -> Option<&RouteEvidence> {
        let differs = |finding: &&Finding| finding.code == Code::RouteListDiffers;
        self.findings.iter().find(differs)?.evidence.route.as_ref()
    }

    /// Each code and verdict, with how often it was found.
    pub(super) fn codes(&self) -> BTreeMap<(Code, &'static str), u64> {
        let mut codes = BTreeMap::new();
        for finding in &self.findings {
            let verdict = match finding.verdict {
                Verdict::Drift => "drift",
                Verdict::Unknown => "unknown",
                Verdict::Same => "same",
                Verdict::Skipped => "note",
            };
            *codes.entry((finding.code, verdict)).or_default() += 1;
        }
        codes
    }
}
