//! What goes out: the result on standard output, talk on standard error, a code at the end.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use selfsame::compare::Verdict;

use crate::failure::Failure;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Same = 0,
    Drift = 1,
    CannotTell = 2,
    /// The command line is wrong: `EX_USAGE` of `sysexits.h`.
    Usage = 64,
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

/// Prints a result.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints bytes as they are: lines with names that need not be UTF-8.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    printed(out.write_all(bytes).and_then(|()| out.flush()))
}

/// A reader that has seen enough (`| head`) is no failure; a full disk is one.
fn printed(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says on standard error what went wrong.
pub(crate) fn complain(message: &str) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{red}error:{red:#} {}", plain(message));
}

/// Says on standard error what is not as it should be.
pub(crate) fn warn(message: &str) {
    let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{yellow}warning:{yellow:#} {}", plain(message));
}

/// The text without what steers a terminal: what a stranger's server sent must not.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    plain
}

/// The same for JSON without white space, whose strings alone can hold such characters.
pub(crate) fn plain_json(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for c in json.chars() {
        if steers(c) {
            let _ = write!(plain, "\\u{:04x}", u32::from(c));
        } else {
            plain.push(c);
        }
    }
    plain
}

/// A number of things, as in `2 files`.
pub(crate) fn counted(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// The text, cut where no line needs more of it.
pub(crate) fn clipped(text: &str) -> String {
    const LONGEST: usize = 2000;

    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether a character moves the cursor, turns the direction of the text, or breaks the line. All
/// of them are below U+10000.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let hostile = "a\u{1b}[31m\r\nb\u{9b}2J\u{7f}\u{202e}é";
        assert_eq!(plain(hostile), r"a\u{1b}[31m\r\nb\u{9b}2J\u{7f}\u{202e}é");
        let json = serde_json::to_string(hostile).unwrap();
        let plain = plain_json(&json);
        assert!(!plain.chars().any(steers), "{plain}");
        assert_eq!(serde_json::from_str::<String>(&plain).unwrap(), hostile);
    }
}
