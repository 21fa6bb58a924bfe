//! `--wait`: asks again until all that answers is same.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use selfsame_core::compare::Verdict;
use selfsame_core::findings::{Finding, Outcome, Rung};

use super::Checker;
use super::fleet::so_far;
use crate::error::Failure;
use crate::output::{self, plain};

/// Ends at same, or at the deadline. Drift that was seen stays in the verdict until a complete run
/// of equal answers has followed.
pub(super) fn until_same(
    checker: &mut Checker<'_>,
    patience: Duration,
    every: Duration,
    service: Option<&str>,
) -> Result<Outcome, Failure> {
    let deadline = Instant::now() + patience;
    let mut progress = Progress::new(service, checker.arguments.quiet);
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
            progress.end();
            let mut findings = outcome.findings;
            if on_running != Verdict::Drift {
                findings.append(&mut drifted);
            }
            return Ok(Outcome::of(findings));
        }
        let (message, of_several) = message(checker, outcome);
        progress.say(&plain(&checker.clean(&message)), of_several);
        std::thread::sleep(every.min(left));
        checker.expected.read_again()?;
    }
}

/// How far things are: of a fleet by replicas, else by what was found first. And whether it is of a
/// fleet.
fn message(checker: &Checker<'_>, outcome: Outcome) -> (String, bool) {
    let title = outcome.not_same().first().map_or(String::new(), |finding| finding.title());
    let verdict = outcome.verdict;
    let answer = checker.answer(outcome);
    if answer.is_fleet && !answer.rows.is_empty() {
        let wanted = checker.gathered.fleets.iter().filter_map(|fleet| fleet.wanted).sum();
        let said = checker.gathered.replicas.unwrap_or(0).max(wanted);
        return (format!("{} ({verdict}: {title})", so_far(&answer.rows, said)), true);
    }
    (format!("{verdict} {title}"), false)
}

/// What is shown while the command waits: a line that changes on a terminal; otherwise a line a
/// change, of what there are several of.
struct Progress {
    bar: ProgressBar,
    prefix: String,
    said: String,
    lines: bool,
    quiet: bool,
}

impl Progress {
    fn new(service: Option<&str>, quiet: bool) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        // The lines of several services would overwrite each other.
        let lines = service.is_some() || bar.is_hidden();
        let prefix = service.map_or(String::new(), |name| format!("{name}: "));
        Self { bar, prefix, said: String::new(), lines, quiet }
    }

    fn say(&mut self, message: &str, of_several: bool) {
        let message = format!("{}{message}", self.prefix);
        if self.lines {
            if message != self.said && of_several && !self.quiet {
                output::say(&message);
            }
        } else {
            self.bar.set_message(message.clone());
            self.bar.tick();
        }
        self.said = message;
    }

    fn end(&self) {
        self.bar.finish_and_clear();
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
