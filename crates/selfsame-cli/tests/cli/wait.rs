//! `--wait`: until all that answers is same, or the time is up.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use selfsame::report::Level;

use crate::project::{Project, report};
use crate::replicas::{Replicas, scattered};
use crate::run::{assert_cannot_tell, assert_says, run};
use crate::server::{Server, answer, json};
use selfsame_testing::command::Outcome;

/// What a server answers to the request of this number.
type Turn = fn(usize) -> Build;

#[derive(Clone, Copy)]
enum Build {
    Old,
    New,
    None,
}

/// Waits for a server that changes, and counts the rounds: what is asked past a cache belongs to the
/// round that it is asked in.
fn wait(turn: Turn, patience: &str) -> (Outcome, usize) {
    let project = Project::new();
    let old = report(project.facts(), Level::Summary);
    project.repository.write("src/main.rs", "fn main() {}\n");
    project.repository.commit("Renew");
    let new = report(project.facts(), Level::Summary);
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request, stream| {
        let past_a_cache = usize::from(request.target.contains("nonce="));
        let rounds = asked.fetch_add(1 - past_a_cache, Ordering::SeqCst);
        let text = match turn(rounds - past_a_cache) {
            Build::Old => json(&old),
            Build::New => json(&new),
            Build::None => answer("503 Service Unavailable", &[], ""),
        };
        let _ = stream.write_all(text.as_bytes());
    });
    let source = project.source();
    let url = server.url();
    let outcome = run(&["check", &url, "--source", &source, "--wait", patience, "--every", "10ms"]);
    let rounds = server.requests().into_iter().filter(|request| request.target == "/__build");
    (outcome, rounds.count())
}

#[test]
fn it_waits_until_one_process_is_same() {
    let cases: [(&str, Turn, usize); 3] = [
        ("from the start", |_| Build::New, 1),
        ("after a while", |n| if n < 4 { Build::Old } else { Build::New }, 5),
        ("after a restart", |n| [Build::Old, Build::None, Build::New][n.min(2)], 3),
    ];
    for (case, turn, times) in cases {
        let (outcome, asked) = wait(turn, "1m");
        assert_says(case, &outcome, 0, &["on every rung asked"]);
        assert_eq!(asked, times, "{case}");
    }
}

#[test]
fn when_the_time_is_up_the_last_verdict_stands() {
    let (outcome, asked) = wait(|_| Build::Old, "2s");
    assert_says("old forever", &outcome, 1, &["[commit-behind]"]);
    assert!(asked > 1, "it asked once");
    let (outcome, _) = wait(|_| Build::None, "300ms");
    assert_cannot_tell("never up", &outcome, &["503"]);
    let (outcome, asked) = wait(|_| Build::New, "1ns");
    assert_says("same at once", &outcome, 0, &[]);
    assert_eq!(asked, 1);
}

#[test]
fn drift_that_was_seen_stays_until_it_was_seen_to_be_gone() {
    // The old process answers, and then nothing does: it may come back.
    let (outcome, _) = wait(|n| if n < 2 { Build::Old } else { Build::None }, "1s");
    assert_says("gone dark", &outcome, 1, &["[drift-seen-before]", "[report-unavailable]"]);
}

#[test]
fn one_stale_replica_of_three_is_never_waited_away() {
    for seed in 0..5 {
        let replicas = Replicas::new(2, 1);
        let server = replicas.serve(move |turn| Some(scattered(seed, turn) % 3));
        let outcome = replicas.check(&server, &["--wait", "1500ms", "--every", "10ms"]);
        assert_eq!(outcome.code, 1, "seed {seed}: {}{}", outcome.out, outcome.err);
    }
}

#[test]
fn a_rollout_that_ends_well_is_same_with_the_confidence_stated() {
    let replicas = Replicas::new(2, 1);
    // The stale one is gone after a while.
    let server = replicas.serve(|turn| {
        let among = if turn < 40 { 3 } else { 2 };
        Some(scattered(7, turn) % among)
    });
    let arguments = ["--wait", "1m", "--every", "10ms", "--replicas", "2", "--format=json"];
    let outcome = replicas.check(&server, &arguments);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    let sampled = &outcome.finding("several-instances")["evidence"]["instances"];
    assert_eq!(sampled["seen"], 2);
    assert!(sampled["of"].as_u64().is_some_and(|answers| answers >= 20), "{sampled}");
}

#[test]
fn a_server_that_hangs_does_not_outlast_the_wait_by_much() {
    let server = Server::raw(|mut stream| crate::server::until_closed(&mut stream));
    let begin = Instant::now();
    let url = server.url();
    let outcome = run(&["check", &url, "--wait", "200ms", "--every", "10ms", "--timeout", "100ms"]);
    assert_cannot_tell("it hangs", &outcome, &["did not answer within 100ms"]);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}
