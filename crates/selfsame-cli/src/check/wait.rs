//! `--wait`: asks again until all that answers is same.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use selfsame_core::compare::Verdict;
use selfsame_core::findings::{Finding, Outcome, Rung};

use super::Checker;
use crate::error::Failure;
use crate::output::plain;

/// Ends at same, or at the deadline. Drift that was seen stays in the verdict until a complete run
/// of equal answers has followed.
pub(super) fn until_same(
    checker: &mut Checker<'_>,
    patience: Duration,
    every: Duration,
) -> Result<Outcome, Failure> {
    let deadline = Instant::now() + patience;
    let progress = ProgressBar::new_spinner();
    progress.set_style(
        ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    let mut drifted: Vec<Finding> = Vec::new();
    loop {
        let outcome = checker.round()?;
        let on_running = outcome.of_rung(Rung::Running);
        if on_running == Verdict::Drift {
            drifted = seen_before(&outcome);
        } else if on_running == Verdict::Same {
            drifted.clear();
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if outcome.verdict == Verdict::Same || left.is_zero() {
            progress.finish_and_clear();
            let mut findings = outcome.findings;
            if on_running != Verdict::Drift {
                findings.append(&mut drifted);
            }
            return Ok(Outcome::of(findings));
        }
        let title = outcome.not_same().first().map_or(String::new(), |finding| finding.title());
        let message = format!("{} {title}", outcome.verdict);
        progress.set_message(plain(&checker.clean(&message)));
        progress.tick();
        std::thread::sleep(every.min(left));
        checker.expected.read_again()?;
    }
}

/// The drift of a round, for a later one that does not see it any more.
fn seen_before(outcome: &Outcome) -> Vec<Finding> {
    let drifted = outcome
        .findings
        .iter()
        .filter(|finding| finding.rung == Rung::Running && finding.verdict == Verdict::Drift);
    drifted.map(Finding::seen_before).collect()
}
