//! The three exit codes, against a live service that is stamped as this package is.

use axum::Router;
use axum::routing::get;
use selfsame::{Level, RouterExt as _, SelfCheck};

use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame};
use crate::support::serving::Serving;

const ROUTE: &str = "GET /api/v1/workflows";
const TOKEN: &str = "a-token-of-the-tests";

fn router() -> Router {
    Router::new().route("/api/v1/workflows", get(|| async { "[]" }))
}

/// What the stamp of this package says its commit is, if it is known.
fn commit() -> Option<String> {
    let stamp = selfsame::stamp!().read().expect("this package is stamped");
    stamp.commit.as_ref().map(ToString::to_string)
}

#[test]
fn exit_code_0_means_same() {
    let service = Serving::start(router().selfsame(selfsame::stamp!()));
    let source = env!("CARGO_MANIFEST_DIR");
    let outcome = run(&["check", &service.url(), "--source", source, "--route", ROUTE]);
    let words = ["200 OK, mounted", "on every rung asked"];
    assert_says("a live service", &outcome, 0, &words);
    assert_eq!(outcome.err, "");
}

#[test]
fn exit_code_1_means_drift() {
    let service = Serving::start(router().selfsame(selfsame::stamp!()));
    let route = "GET /api/v1/workflows/steps/definitions";
    let outcome = run(&["check", &service.url(), "--route", route]);
    let words = ["404 Not Found, the route is not mounted", "drift at rung 4, route"];
    assert_says("a route that is not there", &outcome, 1, &words);
    // The reason stands in the result; standard error is for what could not be told.
    assert_eq!(outcome.err, "");
    if commit().is_some() {
        let other = "1".repeat(40);
        let outcome = run(&["check", &service.url(), "--commit", &other]);
        assert_says("another commit", &outcome, 1, &["is of another commit"]);
    }
}

#[test]
fn exit_code_2_means_that_it_could_not_be_told() {
    let service = Serving::start(router());
    let outcome = run(&["check", &service.url(), "--source", env!("CARGO_MANIFEST_DIR")]);
    assert_cannot_tell("no report", &outcome, &["has no selfsame there", "(rung 3, running)"]);
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
    assert_says("verify with a token", &outcome, 0, &["200 OK, mounted"]);
    let outcome = with(Level::Summary, &source);
    assert_says("summary", &outcome, 0, &["the report does not list routes at this level"]);
    let outcome = with(Level::Summary, &[&source[..], &["--token-env", "WRONG"]].concat());
    assert_cannot_tell("a wrong token", &outcome, &["401", "--token-env"]);
}

#[test]
fn the_json_is_the_ladder() {
    let service = Serving::start(router().selfsame(selfsame::stamp!()));
    let source = env!("CARGO_MANIFEST_DIR");
    let same = run(&["check", &service.url(), "--source", source, "--route", ROUTE, "--format=json"]);
    assert_eq!(same.code, 0, "{}", same.err);
    let ladder = same.document();
    assert_eq!(ladder["verdict"], "same");
    assert_eq!(ladder.get("rung"), None);
    let rungs: Vec<_> = ladder["steps"].as_array().expect("a list").iter().collect();
    let pairs: Vec<_> =
        rungs.iter().map(|s| format!("{} {}", s["rung"], s["verdict"]).replace('"', "")).collect();
    let expected =
        ["source same", "artifact skipped", "running same", "route same", "auth skipped"];
    assert_eq!(pairs, expected);
    assert_eq!(same.out.matches('\n').count(), 1);

    let drift = run(&["check", &service.url(), "--route", "GET /nowhere", "--format=json"]).document();
    assert_eq!((&drift["verdict"], &drift["rung"]), (&"drift".into(), &"route".into()));
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
