//! How far a check is, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{Check, Format};

/// So many addresses are asked without a bar.
const FEW: usize = 8;

/// A bar, if somebody sees it. It is gone when it is dropped.
#[derive(Debug)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// The bar of one round.
    pub(super) fn of_round(arguments: &Check, total: usize) -> Self {
        // While the command waits, its own line says how far things are.
        let is_seen = total > FEW
            && arguments.wait.is_none()
            && !arguments.quiet
            && arguments.format == Format::Human;
        Self(is_seen.then(|| {
            let bar = ProgressBar::new(total as u64);
            let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} asked {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        }))
    }

    /// One more was asked.
    pub(super) fn one(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
