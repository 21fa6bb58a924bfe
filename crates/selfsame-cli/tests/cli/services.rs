//! `selfsame.toml`: all services of an environment in one command.

use std::path::Path;

use selfsame_testing::command::Outcome;
use selfsame_testing::formats::{assert_github, assert_json, assert_junit};
use selfsame_testing::schema::text;
use serde_json::Value;

use crate::fleet::{Fleet, serve};
use crate::run::{assert_cannot_tell, assert_complains, assert_says, finish, selfsame_in};
use crate::server::{Server, answer};

/// A repository with this file at its root, and a command in a directory below.
fn check(fleet: &Fleet, file: &str, arguments: &[&str]) -> Outcome {
    let root = fleet.project.path();
    std::fs::write(root.join("selfsame.toml"), file).expect("it can be written");
    let below = root.join("src/modules");
    finish(selfsame_in(&below).arg("check").args(arguments))
}

/// Two services of one package, at these addresses.
fn two(api: &str, web: &str, more: &str) -> String {
    format!(
        "[service.api]\nsource = \".\"\n[service.web]\nsource = \".\"\n\n\
         [environment.production]\n{more}\napi = {{ at = [\"{api}\"] }}\nweb = {{ at = [\"{web}\"] }}\n"
    )
}

#[test]
fn one_table_has_all_services_and_one_line_says_what_to_do() {
    let fleet = Fleet::new();
    let (good, old) = (serve(fleet.current(1)), serve(fleet.stale(2)));
    let file = two(&good.url(), &old.url(), "");
    let outcome = check(&fleet, &file, &["production"]);
    let words = [
        "DRIFT production: 1 of 2 services are what source says",
        "  service  source    artifact",
        "  api      same      skipped   same",
        "  web      same      skipped   DRIFT",
        "[commit-behind]",
        "next  deploy web",
    ];
    assert_says("one of two", &outcome, 1, &words);
    assert!(!outcome.out.contains(&good.url()), "only what is not same: {}", outcome.out);
    let outcome = check(&fleet, &file, &["production/api"]);
    assert_says("one service", &outcome, 0, &["1 of 1 services"]);

    let outcome = check(&fleet, &file, &["production", "--format=json"]);
    let document = assert_json(&outcome);
    assert_eq!(document["environment"], "production");
    let service = |at: usize| document["services"][at]["verdict"].clone();
    assert_eq!((service(0), service(1)), ("same".into(), "drift".into()));
    assert_eq!(document["next"][0], "deploy web");
    assert_eq!(outcome.finding("commit-behind")["service"], "web");
    assert_junit(&check(&fleet, &file, &["production", "--format=junit"]));
    let outcome = check(&fleet, &file, &["production", "--format=github"]);
    assert!(assert_github(&outcome)[0].message.starts_with("web: "), "{}", outcome.out);

    let file = two(&old.url(), &old.url(), "");
    let outcome = check(&fleet, &file, &["production"]);
    assert_says("both", &outcome, 1, &["next  deploy api, web"]);
}

#[test]
fn a_service_that_does_not_answer_or_has_no_source_is_unknown_and_not_left_out() {
    let fleet = Fleet::new();
    let good = serve(fleet.current(1));
    let down = Server::says(answer("503 Service Unavailable", &[], ""));
    let outcome = check(&fleet, &two(&good.url(), &down.url(), ""), &["production"]);
    assert_cannot_tell("it is down", &outcome, &["web: ", "503", "report-unavailable"]);
    let file = two(&good.url(), &good.url(), "").replacen("source = \".\"", "source = \"gone\"", 1);
    let outcome = check(&fleet, &file, &["production"]);
    assert_cannot_tell("no source", &outcome, &["api: ", "gone", "no-expectation"]);
    assert_says("no source", &outcome, 2, &["1 of 2 services"]);
}

#[test]
fn what_should_run_is_compared_by_content_unless_the_command_line_names_a_commit() {
    let fleet = Fleet::new();
    let server = serve(fleet.current(1));
    let project = &fleet.project.repository;
    let file = two(&server.url(), &server.url(), "commit = \"HEAD\"");
    // What goes into no binary is no reason for an alarm.
    project.write("README.md", "An API, and more.\n");
    project.commit("Say more");
    let outcome = check(&fleet, &file, &["production"]);
    assert_says("by content", &outcome, 0, &["2 of 2 services"]);
    let outcome = check(&fleet, &file, &["production", "--commit", "HEAD"]);
    assert_says("exactly", &outcome, 1, &["[other-commit-same-content]"]);
    let outcome = check(&fleet, &file, &["production", "--commit", "HEAD~1"]);
    assert_says("the one before", &outcome, 0, &[]);
    project.write("src/main.rs", "fn main() { /* more */ }\n");
    project.commit("Do more");
    let outcome = check(&fleet, &file, &["production"]);
    assert_says("behind", &outcome, 1, &["[commit-behind]"]);
    let file = two(&server.url(), &server.url(), "commit = \"no-such-branch\"");
    let outcome = check(&fleet, &file, &["production"]);
    assert_cannot_tell("no such branch", &outcome, &["knows no revision `no-such-branch`"]);
}

#[test]
fn what_is_wrong_in_the_file_or_on_the_command_line_has_its_own_exit_code() {
    let fleet = Fleet::new();
    let url = "http://127.0.0.1:1";
    let file = two(url, url, "");
    for (arguments, words) in [
        (&["prodction"][..], "there is no environment `prodction`; help: it has production"),
        (&["production/wb"], "no service `wb`; help: it has api, web"),
        (&["production", "--source", "."], "--source says what the environment"),
        (&["production", "--route", "GET /"], "name one, as in production/api"),
        (&["production", "--replicas", "2"], "name one, as in production/api"),
        (&["production", url], "the URL \"production\" needs a scheme"),
    ] {
        let outcome = check(&fleet, &file, arguments);
        assert_complains(words, &outcome, 64, &[]);
        let is_said =
            outcome.err.contains(words) || arguments.len() == 2 && words.contains("name a");
        assert!(is_said, "{words}: {}", outcome.err);
    }
    let outcome = check(&fleet, &file.replace("[service.web]", "[service.wb]"), &["production"]);
    let words = ["selfsame.toml`, line 9: `web` in environment.production is neither"];
    assert_complains("an unknown service", &outcome, 64, &words);
    let outcome = check(&fleet, &file, &["production", "--config", "/nonexistent"]);
    assert_complains("no such file", &outcome, 64, &["/nonexistent"]);
    // What lies above the repository is somebody else's.
    std::fs::remove_file(fleet.project.path().join("selfsame.toml")).expect("it is there");
    let above = fleet.project.beside("selfsame.toml");
    std::fs::write(above, file).expect("it can be written");
    let outcome = finish(selfsame_in(fleet.project.path()).args(["check", "production"]));
    assert_complains("above", &outcome, 64, &["there is no such file in"]);
    let outcome = finish(selfsame_in(Path::new("/")).args(["check", "localhost"]));
    assert_complains("a host", &outcome, 64, &["needs a scheme and a host"]);
}

#[test]
fn the_schema_for_editors_knows_what_the_command_reads() {
    let schema = text("selfsame-toml");
    let keys = |value: &Value| -> Vec<String> {
        let keys = value["properties"].as_object().expect("an object").keys();
        keys.cloned().collect()
    };
    assert_eq!(keys(&schema), ["environment", "service"]);
    assert_eq!(keys(&schema["$defs"]["service"]), ["artifact", "routes", "source"]);
    assert_eq!(keys(&schema["$defs"]["environment"]), ["commit", "grace", "token-env"]);
    assert_eq!(keys(&schema["$defs"]["placement"]), ["at", "replicas"]);
    for strict in [&schema, &schema["$defs"]["service"], &schema["$defs"]["placement"]] {
        assert_eq!(strict["additionalProperties"], false);
    }
}
