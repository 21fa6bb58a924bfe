//! What goes out: the result on standard output, talk on standard error, a code at the end.

use std::io::Write as _;
use std::process::ExitCode;

use selfsame::compare::Verdict;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Same = 0,
    Drift = 1,
    CannotTell = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Same => Self::Same,
            Verdict::Drift => Self::Drift,
            Verdict::Unknown | Verdict::Skipped => Self::CannotTell,
        }
    }
}

/// Prints a result. A reader that has seen enough (`| head`) is no failure.
pub(crate) fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints bytes as they are: lines with names that need not be UTF-8.
pub(crate) fn print_bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Says on standard error what went wrong.
pub(crate) fn complain(message: &str) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{red}error:{red:#} {}", plain(message));
}

/// The text without control characters: what a stranger's server sent must not steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let kept = (!c.is_control()).then_some(c);
            escaped.into_iter().flatten().chain(kept)
        })
        .collect()
}
