//! The exit codes, against a live service that is stamped as this package is.

use axum::Router;
use axum::routing::get;
use selfsame::{Level, RouterExt as _, SelfCheck};

use serde_json::Value;

use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame};
use selfsame_testing::serving::Serving;

const ROUTE: &str = "GET /api/v1/workflows";
const TOKEN: &str = "a-token-of-the-tests";

fn router() -> Router {
    Router::new().route("/api/v1/workflows", get(|| async { "[]" }))
}

/// What the stamp of this package says its commit is, if it is known.
fn commit() -> Option<String> {
    let stamp = selfsame::stamp!().read().expect("this package is stamped");
    stamp.facts().commit.as_ref().map(ToString::to_string)
}

#[test]
fn exit_code_0_means_same() {
    let service = Serving::start(router().selfsame(selfsame::stamp!()));
    let source = env!("CARGO_MANIFEST_DIR");
    let outcome = run(&["check", &service.url(), "--source", source, "--route", ROUTE]);
    let words = ["[equal", "[route-mounted]", "on every rung asked"];
    assert_says("a live service", &outcome, 0, &words);
    assert_eq!(outcome.err, "");
}

#[test]
fn exit_code_1_means_drift() {
    let service = Serving::start(router().selfsame(selfsame::stamp!()));
    let route = "GET /api/v1/workflows/steps/definitions";
    let outcome = run(&["check", &service.url(), "--route", route]);
    let words = ["[route-not-mounted]", "begin at rung 4, route"];
    assert_says("a route that is not there", &outcome, 1, &words);
    // The reason stands in the result; standard error is for what could not be told.
    assert_eq!(outcome.err, "");
    if commit().is_some() {
        let other = "1".repeat(40);
        let outcome = run(&["check", &service.url(), "--commit", &other]);
        assert_says("another commit", &outcome, 1, &["begin at rung 3, running"]);
    }
}

#[test]
fn exit_code_2_means_that_it_could_not_be_told() {
    let service = Serving::start(router());
    let outcome = run(&["check", &service.url(), "--source", env!("CARGO_MANIFEST_DIR")]);
    assert_cannot_tell(
        "no report",
        &outcome,
        &["has no selfsame there", "(rung 3, running, report-unavailable)"],
    );
}

#[test]
fn the_level_decides_what_can_be_told() {
    let check =
        |level| SelfCheck::new(selfsame::stamp!()).public(level).token(TOKEN).at("/ops/__build");
    let with = |level, arguments: &[&str]| {
        let service = Serving::start(router().selfsame(check(level)));
        let mut command = selfsame();
        command.args(["check", &service.url(), "--at", "/ops/__build", "--route", ROUTE]);
        finish(command.env("TOKEN", TOKEN).env("WRONG", "another-token-0123").args(arguments))
    };
    let source = ["--source", env!("CARGO_MANIFEST_DIR")];
    let token = ["--token-env", "TOKEN"];
    let outcome = with(Level::Verify, &source);
    assert_cannot_tell("verify", &outcome, &["level verify", "--token-env"]);
    let outcome = with(Level::Verify, &[&source[..], &token].concat());
    assert_says("verify with a token", &outcome, 0, &["[route-mounted]"]);
    let outcome = with(Level::Summary, &source);
    assert_says(
        "summary",
        &outcome,
        0,
        &["[route-answers]", "not compared: names of modules and files (no token)"],
    );
    let outcome = with(Level::Summary, &[&source[..], &["--token-env", "WRONG"]].concat());
    assert_cannot_tell("a wrong token", &outcome, &["401", "--token-env"]);
}

#[test]
fn the_json_is_one_document() {
    let service = Serving::start(router().selfsame(selfsame::stamp!()));
    let source = env!("CARGO_MANIFEST_DIR");
    let url = service.url();
    let same = run(&["check", &url, "--source", source, "--route", ROUTE, "--format=json"]);
    assert_eq!(same.code, 0, "{}", same.err);
    let document = same.document();
    assert_eq!((&document["verdict"], &document["exit"]), (&"same".into(), &0.into()));
    assert_eq!((&document["format"], document.get("begin")), (&1.into(), None));
    let rungs = document["rungs"].as_array().expect("a list");
    let pair = |rung: &Value| format!("{} {}", rung["rung"], rung["verdict"]).replace('"', "");
    let pairs: Vec<_> = rungs.iter().map(pair).collect();
    let expected =
        ["source same", "artifact skipped", "running same", "route same", "auth skipped"];
    assert_eq!(pairs, expected);
    assert_eq!(same.out.matches('\n').count(), 1);

    let drift = run(&["check", &url, "--route", "GET /nowhere", "--format", "json"]).document();
    assert_eq!((&drift["verdict"], &drift["begin"]), (&"drift".into(), &"route".into()));

    // Errors are documents too.
    for (arguments, exit) in [
        (&["check", "--nonsense", "--format=json"][..], 64),
        (&["check", "--format", "json"], 64),
        (&["check", &url, "--source", "/nowhere", "--format=json"], 2),
    ] {
        let failed = run(arguments);
        let document = failed.document();
        assert_eq!((failed.code, &document["exit"]), (exit, &exit.into()), "{arguments:?}");
        assert_eq!(document["verdict"], "unknown");
        assert!(document["error"].as_str().is_some_and(|text| !text.is_empty()), "{document}");
    }
}

#[test]
fn quiet_leaves_the_exit_code_alone() {
    let service = Serving::start(router().selfsame(selfsame::stamp!()));
    for (arguments, exit) in [
        (&["check", &service.url(), "--route", ROUTE, "--quiet"][..], 0),
        (&["check", &service.url(), "--route", "GET /nowhere", "-q"], 1),
        (&["check", &service.url(), "--quiet"], 2),
        (&["check", "--quiet"], 64),
    ] {
        let outcome = run(arguments);
        assert_eq!(outcome.code, exit, "{arguments:?}");
        assert_eq!((&*outcome.out, &*outcome.err), ("", ""), "{arguments:?}");
    }
}

#[test]
fn the_token_of_the_usual_variable_is_taken_and_said() {
    let check = SelfCheck::new(selfsame::stamp!()).public(Level::Verify).token(TOKEN);
    let service = Serving::start(router().selfsame(check));
    let source = env!("CARGO_MANIFEST_DIR");
    let with = |arguments: &[&str]| {
        let mut command = selfsame();
        command.env("SELFSAME_TOKEN", TOKEN).args(["check", &service.url(), "--source", source]);
        finish(command.args(arguments))
    };
    let outcome = with(&[]);
    assert_says("it opens", &outcome, 0, &["[equal", "the token in SELFSAME_TOKEN"]);
    assert_eq!(with(&["--format=json"]).document()["token"], "SELFSAME_TOKEN");
    // One that was asked for comes first.
    let outcome = with(&["--token-env", "WRONG"]);
    assert_eq!(outcome.code, 64, "{outcome:?}");
}

#[test]
fn each_code_is_explained() {
    let outcome = run(&["explain", "commit-behind"]);
    assert_says("a code", &outcome, 0, &["commit-behind (2 artifact, 3 running)", "Next: "]);
    let all = run(&["explain"]);
    assert_eq!(all.out.lines().count(), selfsame_core::findings::Code::ALL.len());
    let unknown = run(&["explain", "no-such-code"]);
    assert_eq!(unknown.code, 64);
    assert!(unknown.err.contains("unknown code"), "{}", unknown.err);
}

#[test]
fn the_address_of_the_report_itself_will_do() {
    let service = Serving::start(router().selfsame(selfsame::stamp!()));
    for tail in ["", "/", "/__build", "/__build/"] {
        let url = format!("{}{tail}", service.url());
        let source = env!("CARGO_MANIFEST_DIR");
        let outcome = run(&["check", &url, "--source", source, "--route", ROUTE]);
        assert_says(tail, &outcome, 0, &["on every rung asked"]);
    }
}
