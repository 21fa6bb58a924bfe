use serde::Serialize;

use super::{Finding, Rung};
use crate::compare::Verdict;

/// What findings come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The verdict: that of the worst rung.
    pub verdict: Verdict,
    /// Where to begin: the first rung that is not same, since what comes after it may be its
    /// consequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begin: Option<Rung>,
    /// All findings, by rung.
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// Draws the verdict.
    #[must_use]
    pub fn of(findings: Vec<Finding>) -> Self {
        let has = |verdict| findings.iter().any(|finding| finding.verdict == verdict);
        // Source is an expectation, and nothing that meets it.
        let is_met = findings
            .iter()
            .any(|finding| finding.verdict == Verdict::Same && finding.rung > Rung::Source);
        let verdict = if has(Verdict::Drift) {
            Verdict::Drift
        } else if has(Verdict::Unknown) || !is_met {
            Verdict::Unknown
        } else {
            Verdict::Same
        };
        let begin = findings
            .iter()
            .filter(|finding| matches!(finding.verdict, Verdict::Drift | Verdict::Unknown))
            .map(|finding| finding.rung)
            .min();
        Self { verdict, begin, findings }
    }

    /// The verdict of one rung.
    #[must_use]
    pub fn of_rung(&self, rung: Rung) -> Verdict {
        let on_it = |verdict: Verdict| {
            self.findings.iter().any(|one| one.rung == rung && one.verdict == verdict)
        };
        [Verdict::Drift, Verdict::Unknown, Verdict::Same]
            .into_iter()
            .find(|verdict| on_it(*verdict))
            .unwrap_or(Verdict::Skipped)
    }

    /// The findings that are not same, those that decide first: the worst verdict, then the rungs
    /// in their order.
    #[must_use]
    pub fn not_same(&self) -> Vec<&Finding> {
        let mut findings: Vec<_> = self
            .findings
            .iter()
            .filter(|finding| matches!(finding.verdict, Verdict::Drift | Verdict::Unknown))
            .collect();
        findings.sort_by_key(|finding| finding.rung);
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Code, Subject};

    #[test]
    fn the_worst_rung_is_the_verdict_and_the_first_is_where_to_begin() {
        use Rung::{Artifact, Route, Running, Source};
        use Verdict::{Drift, Same, Skipped, Unknown};

        let outcome = |steps: &[(Rung, Verdict)]| {
            let finding = |(rung, verdict): &(Rung, Verdict)| {
                Finding::new(Code::Equal, *rung, *verdict, Subject::Process)
            };
            let outcome = Outcome::of(steps.iter().map(finding).collect());
            (outcome.verdict, outcome.begin)
        };
        assert_eq!(outcome(&[(Source, Same), (Artifact, Skipped), (Running, Same)]), (Same, None));
        assert_eq!(
            outcome(&[(Source, Same), (Artifact, Unknown), (Running, Drift)]),
            (Drift, Some(Artifact))
        );
        assert_eq!(
            outcome(&[(Running, Same), (Route, Same), (Route, Drift)]),
            (Drift, Some(Route))
        );
        assert_eq!(outcome(&[(Running, Unknown), (Running, Drift)]), (Drift, Some(Running)));
        assert_eq!(outcome(&[(Source, Same), (Running, Skipped)]), (Unknown, None));
        assert_eq!(outcome(&[]), (Unknown, None));
    }
}
