//! What stands between the command and the process, and several addresses of one service.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use selfsame::report::{Level, Report};
use selfsame::routes::Routes;
use selfsame::stamp::Facts;

use crate::project::{Project, intact, report, seal};
use crate::run::{assert_cannot_tell, assert_says, run};
use crate::server::{Server, answer, json};
use selfsame_testing::command::Outcome;

/// What a process with these facts answers, told apart from others.
fn of(instance: &str, facts: Facts) -> String {
    let routes = Routes::unavailable("not of interest");
    let report = Report::new(&seal(facts), &routes, instance, "2026-01-01T00:00:00Z");
    let report = report.observed(intact()).summary();
    serde_json::to_string(&report).expect("a report is JSON")
}

/// The answers of an old process and of a new one, and the project that the new one is of.
fn old_and_new() -> (String, String, Project) {
    let project = Project::new();
    let old = of("01d01d01d01d01d0", project.facts());
    project.repository.write("src/main.rs", "fn main() {}\n");
    project.repository.commit("Renew");
    let new = of("4e44e44e44e44e44", project.facts());
    (old, new, project)
}

/// A server that answers `usual`, with further header lines, and `fresh` past a cache.
fn server(usual: &str, headers: &[&str], fresh: Option<&str>) -> Server {
    let headers = [&["Content-Type: application/json"], headers].concat();
    let usual = answer("200 OK", &headers, usual);
    let fresh = fresh.map_or_else(|| answer("400 Bad Request", &[], ""), json);
    Server::start(move |request, stream| {
        let past = request.target.contains("?nonce=");
        let _ = stream.write_all(if past { fresh.as_bytes() } else { usual.as_bytes() });
    })
}

fn check(project: &Project, servers: &[&Server]) -> Outcome {
    let urls: Vec<String> = servers.iter().map(|server| server.url()).collect();
    let mut arguments = vec!["check", "--source"];
    let source = project.source();
    arguments.push(&source);
    arguments.extend(urls.iter().map(String::as_str));
    run(&arguments)
}

#[test]
fn a_stored_answer_is_no_proof_of_what_runs() {
    let (old, new, project) = old_and_new();
    let hop = ["Via: 1.1 edge-7", "Age: 12"];
    // What is behind is unknown, whatever was answered.
    for (usual, answered) in [(&new, "equal"), (&old, "commit-behind")] {
        let outcome = check(&project, &[&server(usual, &hop, None)]);
        assert_cannot_tell(
            "unknown",
            &outcome,
            &["`1.1 edge-7` (Via)", "Age: 12", "response-cached"],
        );
        assert_says("unknown", &outcome, 2, &[&format!("answered   {answered}")]);
    }
    // The store answers to every address.
    let whole = answer("200 OK", &["Age: 12"], &new);
    let outcome = check(&project, &[&Server::says(whole)]);
    let words = ["nobody has sent before", "Age: 12", "response-cached"];
    assert_cannot_tell("every address", &outcome, &words);
    // What is behind is another one.
    let outcome = check(&project, &[&server(&new, &hop, Some(&old))]);
    let words = ["[commit-behind]", "`1.1 edge-7` (Via) serves a cached report"];
    assert_says("old behind it", &outcome, 1, &words);
    let outcome = check(&project, &[&server(&old, &hop, Some(&new))]);
    let words = ["DRIFT    `1.1 edge-7` (Via)", "[response-cached]", "purge the cache", "[equal]"];
    assert_says("old in store", &outcome, 1, &words);
    assert!(outcome.out.contains("instance 01d"), "{}", outcome.out);
    // The very process that is behind was stored, or another one of the same code.
    let outcome = check(&project, &[&server(&new, &hop, Some(&new))]);
    assert_says("itself", &outcome, 0, &["on every rung asked"]);
    let twin = of("7717771777177717", project.facts());
    let outcome = check(&project, &[&server(&new, &hop, Some(&twin))]);
    assert_says("its twin", &outcome, 0, &["[equal]", "[response-cached]"]);
    // A store may give no sign of itself, and what it stands before be down.
    for behind in ["400 Bad Request", "502 Bad Gateway", "503 Service Unavailable"] {
        let usual = json(&new);
        let fresh = answer(behind, &[], "");
        let silent = Server::start(move |request, stream| {
            let past = request.target.contains("?nonce=");
            let _ = stream.write_all(if past { fresh.as_bytes() } else { usual.as_bytes() });
        });
        let outcome = check(&project, &[&silent]);
        assert_cannot_tell(behind, &outcome, &["cache-bypass-failed", behind]);
    }
    // Or ignore what is asked: then it answers `?commit=` of any.
    for (usual, answered) in [(&new, "equal"), (&old, "commit-behind")] {
        let usual = json(usual);
        let ignores = Server::deaf(move |_, stream| {
            let _ = stream.write_all(usual.as_bytes());
        });
        let outcome = check(&project, &[&ignores]);
        assert_cannot_tell("no query", &outcome, &["returned 200", "query-ignored", "of its own"]);
        assert_says("no query", &outcome, 2, &[&format!("answered   {answered}")]);
    }
    // What answers and gives no sign of a store runs, as far as can be told.
    let outcome = check(&project, &[&server(&old, &[], None)]);
    assert_says("old, no sign", &outcome, 1, &["[commit-behind]", "[cache-bypass-failed]"]);
}

#[test]
fn processes_that_share_an_address_are_told_apart() {
    let (old, new, project) = old_and_new();
    let asked = AtomicUsize::new(0);
    let (old, new) = (json(&old), json(&new));
    // They take turns.
    let server = Server::start(move |_, stream| {
        let turn = asked.fetch_add(1, Ordering::SeqCst) % 2;
        let _ = stream.write_all([&new, &old][turn].as_bytes());
    });
    let outcome = check(&project, &[&server]);
    let words = ["[commit-behind]", "instance 01d01d01d01d01d0", "[equal]", "[several-instances]"];
    assert_says("in turns", &outcome, 1, &words);
}

#[test]
fn each_address_is_held_against_source() {
    let (old, new, project) = old_and_new();
    let twin = of("7717771777177717", project.facts());
    let (one, two) = (Server::says(json(&new)), Server::says(json(&twin)));
    let outcome = check(&project, &[&one, &two]);
    assert_says("both", &outcome, 0, &["on every rung asked", &one.url(), &two.url()]);
    // The one that was missed is named, wherever it stands; so it is beside one that is down.
    let stale = Server::says(json(&old));
    let down = Server::says(answer("503 Service Unavailable", &[], ""));
    let finding = format!("DRIFT    {}: the running process is older", stale.url());
    let beside = format!("{} answers with the expected code", one.url());
    for servers in [[&one, &stale], [&stale, &one]] {
        assert_says("one missed", &check(&project, &servers), 1, &[&finding, &beside]);
    }
    let outcome = check(&project, &[&down, &stale]);
    assert_says("one down", &outcome, 1, &["begin at rung 3, running", &finding]);
    let outcome = check(&project, &[&one, &down]);
    assert_cannot_tell("one same, one down", &outcome, &[&down.url(), "503"]);
}

#[test]
fn each_address_is_asked_for_its_routes() {
    let project = Project::new();
    let full = report(project.facts(), Level::Full);
    let serve = |status: &'static str| {
        let full = full.clone();
        Server::start(move |request, stream| {
            let text = match request.target.as_str() {
                target if target.starts_with("/__build") => json(&full),
                "/api/v1/billing/invoices" => answer(status, &[], ""),
                _ => answer("404 Not Found", &[], ""),
            };
            let _ = stream.write_all(text.as_bytes());
        })
    };
    let (good, bad) = (serve("200 OK"), serve("500 Internal Server Error"));
    let source = project.source();
    let (one, two) = (good.url(), bad.url());
    let route = "GET /api/v1/billing/invoices";
    let outcome = run(&["check", &one, &two, "--source", &source, "--route", route]);
    let lines = [format!("{one}: {route}: mounted, 200 OK"), format!("{two}: {route}: fails, 500")];
    assert_says("routes", &outcome, 1, &[&lines[0], &lines[1], "begin at rung 4"]);
}
