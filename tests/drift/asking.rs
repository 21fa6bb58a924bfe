//! The command, and curl beside it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::shop::TOKEN;
use crate::support::command::{self, Outcome};

/// So long something may take to come up or to come back.
const PATIENCE: Duration = Duration::from_secs(60);

/// `selfsame check` against the package in `source`.
pub(crate) fn check(source: &Path, arguments: &[&str]) -> Outcome {
    let mut selfsame = command::command(Path::new(env!("CARGO_BIN_EXE_selfsame")), source);
    selfsame.env("BEARER", TOKEN).args(["check", "--source", "."]);
    command::run(&mut selfsame, arguments)
}

/// Asserts that the rung `rung` is the first that drifted, and that each of `words` is said.
#[track_caller]
pub(crate) fn assert_drift(outcome: &Outcome, rung: &str, words: &[&str]) {
    assert_verdict(outcome, 1, &format!("\ndrift at rung {rung}: "), words);
}

/// Asserts that all that was asked is the same.
#[track_caller]
pub(crate) fn assert_same(outcome: &Outcome, words: &[&str]) {
    assert_verdict(outcome, 0, "\nsame on every rung asked\n", words);
}

/// Asserts that the rung `rung` is the first that could not be told.
#[track_caller]
pub(crate) fn assert_unknown(outcome: &Outcome, rung: &str, words: &[&str]) {
    assert_verdict(outcome, 2, &format!("\nunknown at rung {rung}: "), words);
}

#[track_caller]
fn assert_verdict(outcome: &Outcome, code: i32, verdict: &str, words: &[&str]) {
    let Outcome { out, err, .. } = outcome;
    assert_eq!(outcome.code, code, "the exit code of\n{out}{err}");
    for word in [&[verdict], words].concat() {
        assert!(out.contains(word), "{word:?} is not said:\n{out}{err}");
    }
}

/// The status that curl gets.
pub(crate) fn status(url: &str, arguments: &[&str]) -> String {
    let mut curl = command::command(Path::new("curl"), Path::new("/"));
    curl.args(["--silent", "--max-time", "10", "--output", "/dev/null"]);
    curl.args(["--write-out", "%{http_code}"]).args(arguments).arg(url);
    command::run::<&str>(&mut curl, &[]).out
}

/// Waits until something answers.
#[track_caller]
pub(crate) fn wait_for(url: &str) {
    wait_until(url, || status(&format!("{url}/__build"), &[]) == "200");
}

/// Waits until a condition holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} does not come within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
}
