//! Reports that are nearly right: unknown with the field named, never same and never drift.

use selfsame::report::Level;
use serde_json::{Value, json};

use crate::project::{Project, report};
use crate::run::{assert_cannot_tell, assert_says, finish_with, selfsame};
use crate::server::{Server, json};
use selfsame_testing::command::Outcome;

/// A change that makes a report wrong.
type Spoil = fn(&mut Value);

fn check(project: &Project, text: &str) -> Outcome {
    let source = project.source();
    finish_with(selfsame().args(["check", "--report", "-", "--source", &source]), text.as_bytes())
}

fn parsed(project: &Project, level: Level) -> Value {
    serde_json::from_str(&report(project.facts(), level)).expect("a report is JSON")
}

#[test]
fn a_field_that_is_wrong_is_named() {
    let project = Project::new();
    let cases: &[(&str, Spoil, &str)] = &[
        ("commit too short", |r| r["commit"] = json!("1f0c2d3"), "a commit id is 40"),
        ("commit in capitals", |r| r["commit"] = json!("A".repeat(40)), "a commit id is 40"),
        ("commit of zeros", |r| r["commit"] = json!("0".repeat(40)), "a commit id is 40"),
        ("commit empty", |r| r["commit"] = json!(""), "a commit id is 40"),
        ("commit a number", |r| r["commit"] = json!(1), "expected a string"),
        ("commit null", |r| r["commit"] = Value::Null, "`commit` is missing without a reason"),
        ("commit both", |r| r["unknown"] = json!({"commit": "why"}), "both known and unknown"),
        ("content too long", |r| r["content"] = json!("a".repeat(65)), "a SHA-256 is 64"),
        ("content missing", |r| take(r, "content"), "`content` is missing without a reason"),
        ("tree missing", |r| take(r, "tree"), "`tree` is missing without a reason"),
        ("tree of a new kind", |r| r["tree"] = json!("mossy"), "unknown variant `mossy`"),
        ("origin missing", |r| take(r, "origin"), "missing field `origin`"),
        ("origin unknown", |r| r["origin"] = json!("unknown"), "contradict each other"),
        ("fingerprint missing", |r| take(r, "fingerprint"), "missing field `fingerprint`"),
        ("fingerprint empty", |r| r["fingerprint"] = json!(""), "a SHA-256 is 64"),
        ("name empty", |r| r["name"] = json!(""), "`name` is empty"),
        ("name a list", |r| r["name"] = json!([]), "expected a string"),
        ("name in two lines", |r| r["name"] = json!("a\nb"), "`name` is empty, long or unprint"),
        ("instance missing", |r| take(r, "instance"), "missing field `instance`"),
        ("instance long", |r| r["instance"] = json!("a".repeat(257)), "`instance` is empty, long"),
        ("start missing", |r| take(r, "started_at"), "missing field `started_at`"),
        ("level missing", |r| take(r, "level"), "missing field `level`"),
        ("level lower", |r| r["level"] = json!("summary"), "not those of level summary"),
        ("level of a new kind", |r| r["level"] = json!("all"), "unknown variant `all`"),
        ("modules missing", |r| take(r, "modules"), "not those of level full"),
        ("modules an object", |r| r["modules"] = json!({}), "invalid type"),
        ("a module without a hash", |r| take(&mut r["modules"][0], "sha256"), "`sha256`"),
        ("routes missing", |r| take(r, "routes"), "not those of level full"),
        ("routes empty", |r| r["routes"] = json!({}), "either a list or the reason"),
        ("routes both", |r| r["routes"]["unavailable"] = json!("x"), "either a list or the reason"),
        (
            "a route twice",
            |r| {
                let again = r["routes"]["list"][0].clone();
                r["routes"]["list"].as_array_mut().expect("a list").push(again);
            },
            "/api/v1/billing/invoices",
        ),
        ("a reason a number", |r| r["unknown"] = json!({"x": 1}), "expected a string"),
        ("two trees", |r| r["revision"]["tree"] = json!("dirty"), "contradicts the summary"),
        ("a package a word", |r| r["packages"] = json!(["x"]), "expected struct PackageContent"),
    ];
    for (case, spoil, words) in cases {
        let mut report = parsed(&project, Level::Full);
        spoil(&mut report);
        let outcome = check(&project, &report.to_string());
        assert_cannot_tell(case, &outcome, &["not a report", words, "rung 3", "fetch it again"]);
    }
    let outcome = check(&project, &parsed(&project, Level::Full).to_string());
    assert_says("as it was", &outcome, 0, &["on every rung asked"]);
}

fn take(value: &mut Value, field: &str) {
    value.as_object_mut().expect("an object").remove(field).expect("it was there");
}

#[test]
fn text_that_is_no_single_object_is_no_report() {
    let project = Project::new();
    let text = report(project.facts(), Level::Summary);
    let nested = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let twice = text.replacen('{', &format!("{{\"commit\":\"{}\",", "1".repeat(40)), 1);
    let long = format!("{text}{}", " ".repeat(9 << 20));
    for (case, text, words) in [
        ("empty", "", "not a JSON object"),
        ("white space", " \n", "not a JSON object"),
        ("cut short", &text[..text.len() - 1], "EOF"),
        ("two", &format!("{text}{text}"), "trailing characters"),
        ("with a mark in front", &format!("\u{feff}{text}"), "not a JSON object"),
        ("a list of it", &format!("[{text}]"), "not a JSON object"),
        ("null", "null", "not a JSON object"),
        ("one field twice", &twice, "duplicate field `commit`"),
        ("nested", &nested, "not a JSON object"),
        ("long", &long, "longer than 8388608 bytes"),
        ("a comment", &format!("{text}// done"), "trailing characters"),
    ] {
        let outcome = check(&project, text);
        assert_cannot_tell(case, &outcome, &["not a report", words]);
        assert!(outcome.err.len() < 1000, "{case}: {}", outcome.err);
    }
    let bytes = [b"\xff\xfe".as_slice(), text.as_bytes()].concat();
    let outcome = finish_with(selfsame().args(["check", "--report", "-"]), &bytes);
    assert_cannot_tell("no UTF-8", &outcome, &["not a report"]);
}

#[test]
fn fields_of_a_later_version_are_passed_over() {
    let project = Project::new();
    let text = report(project.facts(), Level::Summary);
    // However deep: what is passed over takes no stack.
    let nested = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for (case, later) in [("later", "{\"a\":[1,2.5,null]}"), ("nested", &nested)] {
        let text = text.replacen('{', &format!("{{\"later\":{later},"), 1);
        assert_says(case, &check(&project, &text), 0, &["on every rung asked"]);
    }
}

#[test]
fn what_a_server_sends_is_read_with_the_same_care() {
    let project = Project::new();
    let mut report = parsed(&project, Level::Summary);
    take(&mut report, "content");
    let server = Server::says(json(&report.to_string()));
    let outcome = crate::run::run(&["check", &server.url(), "--source", &project.source()]);
    let words = ["`content` is missing without a reason", "in this version answers there"];
    assert_cannot_tell("by URL", &outcome, &words);
    let mut long = parsed(&project, Level::Summary);
    long["level"] = json!("x".repeat(1 << 20));
    let server = Server::says(json(&long.to_string()));
    let outcome = crate::run::run(&["check", &server.url(), "--source", &project.source()]);
    assert_cannot_tell("long", &outcome, &["unknown variant"]);
    assert!(outcome.err.len() < 5000, "{}", outcome.err.len());
}
