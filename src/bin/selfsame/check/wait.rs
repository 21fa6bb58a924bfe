//! `--wait`: asks again until the answer is same, several times in a row.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use selfsame::compare::Verdict;

use super::Checker;
use crate::failure::Failure;
use crate::ladder::Ladder;
use crate::output::plain;

/// So many rounds in a row have to be same: behind a balancer one answer may be luck.
const IN_A_ROW: u32 = 3;

pub(super) fn until_same(
    checker: &mut Checker<'_>,
    patience: Duration,
    every: Duration,
) -> Result<Ladder, Failure> {
    let deadline = Instant::now() + patience;
    let progress = ProgressBar::new_spinner();
    progress.set_style(
        ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    let mut same = 0;
    loop {
        let ladder = checker.round()?;
        same = if ladder.verdict == Verdict::Same { same + 1 } else { 0 };
        let left = deadline.saturating_duration_since(Instant::now());
        if same == IN_A_ROW || (left.is_zero() && ladder.verdict != Verdict::Same) {
            progress.finish_and_clear();
            return Ok(ladder);
        }
        let finding = ladder.deciding().map_or(String::new(), |step| step.finding.clone());
        let message = format!("{} {finding}", ladder.verdict);
        progress.set_message(plain(&message));
        progress.tick();
        // Same so far, but not often enough: the last rounds may run past the deadline.
        std::thread::sleep(if same > 0 { every } else { every.min(left) });
        if let Some(source) = &mut checker.source {
            source.read_again()?;
        }
    }
}
