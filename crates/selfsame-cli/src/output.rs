//! What goes out: the result on standard output, talk on standard error, a code at the end.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use selfsame_core::compare::Verdict;
use selfsame_core::environment::Environment;

use crate::error::Failure;
use crate::hidden::is_hidden;

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

/// How many columns a line of standard output has: what `COLUMNS` says, or the terminal. `None` if
/// it is not a terminal, so that a line stays one for programs.
pub(crate) fn width(environment: &Environment) -> Option<usize> {
    /// Nothing can be read in fewer.
    const LEAST: usize = 20;

    let out = io::stdout();
    if !out.is_terminal() {
        return None;
    }
    let said = environment.get("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
    let columns = said
        .or_else(|| terminal_size::terminal_size_of(&out).map(|(width, _)| usize::from(width.0)));
    columns.filter(|columns| *columns > 0).map(|columns| columns.max(LEAST))
}

/// Prints bytes as they are: lines with names that need not be UTF-8. On a terminal, hidden
/// characters in the lines are escaped.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        let text = plain_lines(bytes);
        return printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }
    printed(out.write_all(bytes).and_then(|()| out.flush()))
}

/// The lines without hidden characters, for a person to read.
fn plain_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = |line: &str| match line.strip_suffix('\n') {
        Some(line) => plain(line) + "\n",
        None => plain(line),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// A reader that has seen enough (`| head`) is not a failure; a full disk is one.
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

/// Says on standard error how far things are.
pub(crate) fn say(message: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{}", plain(message));
}

/// The text without what steers a terminal: what a stranger's server sent must not.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
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
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(plain, "\\u{unit:04x}");
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let hostile = "a\u{1b}[31m\r\nb\u{9b}2J\u{7f}\u{202e}é\u{61c}\u{200b}\u{e0041}";
        let shown = r"a\u{1b}[31m\r\nb\u{9b}2J\u{7f}\u{202e}é\u{61c}\u{200b}\u{e0041}";
        assert_eq!(plain(hostile), shown);
        let json = serde_json::to_string(hostile).unwrap();
        let plain = plain_json(&json);
        assert!(!plain.chars().any(is_hidden), "{plain}");
        assert_eq!(serde_json::from_str::<String>(&plain).unwrap(), hostile);
    }
}
