//! The command, and curl beside it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::shop::TOKEN;
use selfsame_testing::command::{self, Outcome};
use selfsame_testing::formats;

/// So long something may take to come up or to come back.
const PATIENCE: Duration = Duration::from_secs(60);

/// `selfsame check` against the package in `source`.
pub(crate) fn check(source: &Path, arguments: &[&str]) -> Outcome {
    let mut selfsame = command::command(Path::new(env!("CARGO_BIN_EXE_selfsame")), source);
    selfsame.env("BEARER", TOKEN).args(["check", "--source", "."]);
    command::run(&mut selfsame, arguments)
}

/// The same in each format for machines, read by its own rules.
pub(crate) fn check_formats(source: &Path, arguments: &[&str]) {
    let as_format = |format: &str| check(source, &[arguments, &["--format", format]].concat());
    formats::assert_json(&as_format("json"));
    formats::assert_github(&as_format("github"));
    formats::assert_junit(&as_format("junit"));
}

/// Asserts that the rung `rung` is the first that drifted, and that each of `words` is said: codes
/// in brackets, ids and names.
#[track_caller]
pub(crate) fn assert_drift(outcome: &Outcome, rung: &str, words: &[&str]) {
    assert_verdict(outcome, 1, "DRIFT ", &format!(", begin at rung {rung}\n"), words);
}

/// Asserts that all that was asked is the same.
#[track_caller]
pub(crate) fn assert_same(outcome: &Outcome, words: &[&str]) {
    assert_verdict(outcome, 0, "same ", " on every rung asked\n", words);
}

/// Asserts that the rung `rung` is the first that could not be told.
#[track_caller]
pub(crate) fn assert_unknown(outcome: &Outcome, rung: &str, words: &[&str]) {
    assert_verdict(outcome, 2, "unknown ", &format!(", begin at rung {rung}\n"), words);
}

#[track_caller]
fn assert_verdict(outcome: &Outcome, code: i32, verdict: &str, begin: &str, words: &[&str]) {
    let Outcome { out, err, .. } = outcome;
    assert_eq!(outcome.code, code, "the exit code of\n{out}{err}");
    let (head, _) = out.split_once('\n').expect("a line");
    let head = format!("{head}\n");
    assert!(
        head.starts_with(verdict) && head.ends_with(begin),
        "{begin:?} is not said:\n{out}{err}"
    );
    for word in words {
        assert!(out.contains(word) || err.contains(word), "{word:?} is not said:\n{out}{err}");
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
