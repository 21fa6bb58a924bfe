//! `/__build/metrics` as Prometheus meets it.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use axum::http::{Method, StatusCode};
use selfsame::Level;
use selfsame::stamp::{Digest, Facts, Module, Shipped};

use crate::support::{Answer, COMMIT, OTHER, app, ask_with, check, facts};
use selfsame_testing::requirements::have;

/// What Prometheus 2.42 and 3 send.
const ACCEPT: [&str; 2] = [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
     text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
     application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;\
     escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
];
const HOSTILE: [&str; 6] = [
    "\" } 1\nselfsame_intact 1\n#",
    "\\",
    "\\\"",
    "a\u{0}b\rc\u{85}",
    "<script>alert(1)</script>",
    "日本語 \u{202e}",
];

/// A package of which nothing is known that could not be told.
fn unknown() -> Facts {
    let mut unknown = Facts::new("backoffice-api", "1.4.0");
    unknown.shipped = vec![Shipped::unknown("dist", "dist", "/nowhere/dist", "not built here")];
    unknown
}

/// Names of which no reader may stumble.
fn hostile() -> Facts {
    let mut hostile = facts();
    hostile.modules =
        HOSTILE.map(|name| Module::new(name, "src/modules/hostile", Digest::of(b"hostile"))).into();
    hostile.modules.sort_by(|one, other| one.name.cmp(&other.name));
    hostile.shipped =
        HOSTILE.map(|name| Shipped::unknown(name, "dist", "/nowhere", "not built here")).into();
    hostile.shipped.sort_by(|one, other| one.name.cmp(&other.name));
    "1.0.0\"\\".clone_into(&mut hostile.version);
    hostile
}

/// The metrics of each kind of process at each level.
async fn all(accept: &'static str) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for (what, facts) in [("known", facts()), ("unknown", unknown()), ("hostile", hostile())] {
        for level in [Level::Verify, Level::Summary, Level::Full] {
            let app = app(check(facts.clone()).public(level));
            let answer =
                ask_with(&app, Method::GET, "/__build/metrics", [("accept", accept)]).await;
            assert_eq!(answer.status, StatusCode::OK);
            answers.push((format!("{what} at {level}"), answer));
        }
    }
    answers
}

#[tokio::test]
async fn promtool_finds_nothing_to_complain_of() {
    if !have("promtool") {
        return;
    }
    for (what, answer) in all("text/plain").await {
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let mut promtool = Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("promtool starts");
        let mut stdin = promtool.stdin.take().expect("it is piped");
        stdin.write_all(answer.text.as_bytes()).expect("promtool reads");
        drop(stdin);
        let output = promtool.wait_with_output().expect("promtool ends");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success() && said.is_empty(), "{what}: {said}\n{}", answer.text);
    }
}

#[tokio::test]
async fn open_metrics_is_for_those_that_ask_and_follows_its_rules() {
    for accept in ACCEPT {
        for (what, answer) in all(accept).await {
            assert_eq!(
                answer.header("content-type"),
                "application/openmetrics-text; version=1.0.0; charset=utf-8"
            );
            let families = parse(&answer.text).unwrap_or_else(|(line, why)| {
                panic!("{what}, line {line}: {why}\n{}", answer.text);
            });
            assert_eq!(families["selfsame_report_level"].len(), 1);
        }
    }
    let app = app(check(hostile()).public(Level::Full));
    let headers = [("accept", ACCEPT[0])];
    let answer = ask_with(&app, Method::GET, "/__build/metrics", headers).await;
    let modules = &parse(&answer.text).expect("it is well-formed")["selfsame_module"];
    let found: HashSet<_> = modules.iter().map(|labels| labels["module"].as_str()).collect();
    let expected = HOSTILE.map(|name| match name {
        "a\u{0}b\rc\u{85}" => "a\\u{0}b\\u{d}c\\u{85}",
        name => name,
    });
    assert_eq!(found, HashSet::from(expected));
}

/// Neither a browser nor curl gets what it does not know.
#[tokio::test]
async fn the_plain_format_is_for_all_others() {
    let app = app(check(facts()));
    for accept in [
        "*/*",
        "text/plain",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/json",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    ] {
        let answer = ask_with(&app, Method::GET, "/__build/metrics", [("accept", accept)]).await;
        assert_eq!(
            answer.header("content-type"),
            "text/plain; version=0.0.4; charset=utf-8",
            "{accept}"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn conditions_hold_for_metrics_too() {
    let app = app(check(facts()));
    for (target, status) in [
        (format!("/__build/metrics?commit={COMMIT}"), StatusCode::OK),
        (format!("/__build/metrics?commit={OTHER}"), StatusCode::CONFLICT),
        ("/__build/metrics?comit=1".to_owned(), StatusCode::BAD_REQUEST),
        ("/__build/metrics?level=full".to_owned(), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(ask_with(&app, Method::GET, &target, []).await.status, status, "{target}");
    }
    let answer = ask_with(&app, Method::GET, "/__build/metrics", []).await;
    let content = Digest::of(b"content");
    assert!(answer.text.contains(&format!("content=\"{content}\"")), "{}", answer.text);
}

type Labels = HashMap<String, String>;

/// Reads `OpenMetrics` by its rules, as far as gauges and infos are concerned: the labels of the
/// samples of each family.
fn parse(text: &str) -> Result<HashMap<String, Vec<Labels>>, (usize, &'static str)> {
    let body = text.strip_suffix("# EOF\n").ok_or((0, "it does not end with EOF"))?;
    let mut families: HashMap<String, Vec<Labels>> = HashMap::new();
    let mut series = HashSet::new();
    let (mut current, mut kind) = (String::new(), "");
    for (number, line) in body.split_terminator('\n').enumerate() {
        let fail = |why| Err((number + 1, why));
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (Some(what), Some(name), Some(rest)) = (words.next(), words.next(), words.next())
            else {
                return fail("a comment lacks something");
            };
            if name != current {
                if families.insert(name.to_owned(), Vec::new()).is_some() {
                    return fail("the lines of a family do not stand together");
                }
                (current, kind) = (name.to_owned(), "");
            } else if !families[&current].is_empty() {
                return fail("a comment behind a sample");
            }
            match (what, rest) {
                ("TYPE", "gauge" | "info") if kind.is_empty() => {
                    kind = if rest == "info" { "info" } else { "gauge" };
                }
                ("HELP", _) if !rest.contains(['\\', '"']) => {}
                ("UNIT", unit) if name.ends_with(&format!("_{unit}")) => {}
                _ => return fail("a comment that is none"),
            }
            continue;
        }
        let end = line.find(['{', ' ']).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let suffix = if kind == "info" { "_info" } else { "" };
        if kind.is_empty() || name != format!("{current}{suffix}") {
            return fail("a sample of another family");
        }
        let (labels, value) = read_labels(rest).ok_or((number + 1, "labels that are none"))?;
        let value = value.strip_prefix(' ').ok_or((number + 1, "no space before the value"))?;
        if value.parse::<u64>().is_err() || kind == "info" && value != "1" {
            return fail("a value that is none");
        }
        let mut sorted: Vec<_> = labels.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        sorted.sort();
        if !series.insert((name.to_owned(), sorted)) {
            return fail("a series that stands twice");
        }
        families.get_mut(&current).expect("it was just inserted").push(labels);
    }
    if families.values().any(Vec::is_empty) {
        return Err((0, "a family without a sample"));
    }
    Ok(families)
}

/// The labels in front of a value, and what stands behind them.
fn read_labels(text: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::new();
    let Some(mut rest) = text.strip_prefix('{') else { return Some((labels, text)) };
    loop {
        let (name, value) = rest.split_once("=\"")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return None;
        }
        let mut chars = value.char_indices();
        let mut read = String::new();
        let end = loop {
            match chars.next()? {
                (at, '"') => break at,
                (_, '\\') => read.push(match chars.next()?.1 {
                    'n' => '\n',
                    escaped @ ('"' | '\\') => escaped,
                    _ => return None,
                }),
                (_, c) if c.is_control() => return None,
                (_, c) => read.push(c),
            }
        };
        if labels.insert(name.to_owned(), read).is_some() {
            return None;
        }
        rest = &value[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((labels, rest.strip_prefix('}')?)),
        }
    }
}
