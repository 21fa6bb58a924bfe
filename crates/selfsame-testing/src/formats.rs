//! What `check` prints for machines, read as they read it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::command::Outcome;
use super::schema::Schema;

/// The document of `--format json`: valid by its schema, and of one mind with the exit code.
#[track_caller]
pub fn assert_json(outcome: &Outcome) -> Value {
    assert_eq!(outcome.out.matches('\n').count(), 1, "not one line: {}", outcome.out);
    let document = outcome.document();
    Schema::of("check").assert(&document);
    assert_eq!(document["exit"], outcome.code);
    let verdict = match outcome.code {
        0 => "same",
        1 => "drift",
        _ => "unknown",
    };
    assert_eq!(document["verdict"], verdict);
    document
}

/// A workflow command of `--format github`.
#[derive(Debug, PartialEq, Eq)]
pub struct Annotation {
    pub kind: String,
    pub properties: BTreeMap<String, String>,
    pub message: String,
}

/// Reads workflow commands by their grammar: `::kind name=value,name=value::message`.
#[track_caller]
pub fn annotations(text: &str) -> Vec<Annotation> {
    text.lines().map(annotation).collect()
}

#[track_caller]
fn annotation(line: &str) -> Annotation {
    let command = line.strip_prefix("::").unwrap_or_else(|| panic!("not a command: {line:?}"));
    let (head, message) = command.split_once("::").expect("a head and a message");
    let (kind, properties) = head.split_once(' ').unwrap_or((head, ""));
    assert!(["error", "warning", "notice"].contains(&kind), "{line:?}");
    let property = |pair: &str| {
        let (name, value) = pair.split_once('=').expect("a name and a value");
        assert!(["title", "file", "line"].contains(&name), "{line:?}");
        (name.to_owned(), unescaped(value))
    };
    Annotation {
        kind: kind.to_owned(),
        properties: properties.split(',').filter(|pair| !pair.is_empty()).map(property).collect(),
        message: unescaped(message),
    }
}

/// What the runner makes of data: each `%` must begin an escape.
fn unescaped(text: &str) -> String {
    for part in text.split('%').skip(1) {
        assert!(["25", "0D", "0A", "3A", "2C"].iter().any(|code| part.starts_with(code)), "{text}");
    }
    assert!(!text.contains(['\r', '\n']), "{text:?}");
    text.replace("%0A", "\n")
        .replace("%0D", "\r")
        .replace("%3A", ":")
        .replace("%2C", ",")
        .replace("%25", "%")
}

/// The annotations of a run, which agree with its exit code.
#[track_caller]
pub fn assert_github(outcome: &Outcome) -> Vec<Annotation> {
    let annotations = annotations(&outcome.out);
    let count = |kind: &str| annotations.iter().filter(|one| one.kind == kind).count();
    assert_eq!(count("error") > 0, outcome.code == 1, "{}", outcome.out);
    assert_eq!(count("notice") > 0, outcome.code == 0, "{}", outcome.out);
    assert!(count("warning") > 0 || outcome.code != 2, "{}", outcome.out);
    assert!(count("error") <= 10 && count("warning") <= 10, "ten a kind: {}", outcome.out);
    annotations
}

/// The suites of a run, as a reader of `JUnit` reports has them, which agree with its exit code.
#[track_caller]
pub fn assert_junit(outcome: &Outcome) -> junit_parser::TestSuites {
    let read = junit_parser::from_reader(outcome.out.as_bytes());
    let suites = read.unwrap_or_else(|error| panic!("{error}: {}", outcome.out));
    let [suite] = &suites.suites[..] else { panic!("one suite: {}", outcome.out) };
    let count = |is: fn(&junit_parser::TestStatus) -> bool| {
        suite.cases.iter().filter(|case| is(&case.status)).count() as u64
    };
    let failures = count(junit_parser::TestStatus::is_failure);
    let errors = count(junit_parser::TestStatus::is_error);
    assert_eq!((suite.failures, suite.errors), (failures, errors));
    assert_eq!(suite.tests, suite.cases.len() as u64);
    assert_eq!(failures > 0, outcome.code == 1, "{}", outcome.out);
    assert!(errors > 0 || outcome.code != 2, "{}", outcome.out);
    suites
}
