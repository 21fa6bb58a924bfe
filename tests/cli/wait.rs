//! `--wait`: until it is same three times in a row, or the time is up.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use selfsame::report::Level;

use crate::project::{Project, report};
use crate::run::{assert_cannot_tell, assert_says, run};
use crate::server::{Server, answer, json};
use crate::support::command::Outcome;

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
fn it_waits_until_it_is_same_three_times_in_a_row() {
    let cases: [(&str, Turn, usize); 4] = [
        ("from the start", |_| Build::New, 3),
        ("after a while", |n| if n < 4 { Build::Old } else { Build::New }, 7),
        (
            "after a restart",
            |n| [Build::Old, Build::None, Build::New, Build::New, Build::New][n],
            5,
        ),
        (
            "after flapping",
            |n| match n {
                0 | 3 | 6 => Build::Old,
                _ => Build::New,
            },
            10,
        ),
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
    assert_says("old for ever", &outcome, 1, &["1 commit behind"]);
    assert!(asked > 1, "it asked once");
    let (outcome, _) = wait(|_| Build::None, "300ms");
    assert_cannot_tell("never up", &outcome, &["503"]);
    let (outcome, asked) = wait(|n| if n % 2 == 0 { Build::New } else { Build::Old }, "2s");
    assert_says("flapping for ever", &outcome, 1, &["1 commit behind"]);
    assert!(asked > 3, "it took two in three for three in a row");
}

#[test]
fn what_is_same_when_the_time_is_up_is_asked_to_the_end() {
    let (outcome, asked) = wait(|_| Build::New, "1ns");
    assert_says("same at once", &outcome, 0, &[]);
    assert_eq!(asked, 3);
    let (outcome, asked) = wait(|n| if n < 2 { Build::New } else { Build::Old }, "1ns");
    assert_says("same by luck", &outcome, 1, &["1 commit behind"]);
    assert_eq!(asked, 3);
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
