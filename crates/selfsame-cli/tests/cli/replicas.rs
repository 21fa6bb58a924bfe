//! Several processes behind one address, and one process behind several.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use selfsame::report::Report;

use crate::project::{Project, report_of};
use crate::run::{assert_cannot_tell, assert_says, run};
use crate::server::{Server, answer, json};
use selfsame_testing::command::Outcome;

/// Replicas of one service: those that are what source says come first.
pub(crate) struct Replicas {
    project: Project,
    reports: Vec<Report>,
}

/// A number that looks random, the same in each run.
pub(crate) fn scattered(seed: usize, turn: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    (seed, turn).hash(&mut hasher);
    usize::try_from(hasher.finish() >> 33).expect("31 bits")
}

impl Replicas {
    pub(crate) fn new(current: usize, stale: usize) -> Self {
        let project = Project::new();
        let old = project.facts();
        project.repository.write("src/main.rs", "fn main() {}\n");
        project.repository.commit("Renew");
        let new = project.facts();
        let facts = |at| if at < current { new.clone() } else { old.clone() };
        let reports = (0..current + stale).map(|at| report_of(facts(at), at)).collect();
        Self { project, reports }
    }

    /// A balancer: the replica that answers the request of each number, or none does.
    pub(crate) fn serve(
        &self,
        pick: impl Fn(usize) -> Option<usize> + Send + Sync + 'static,
    ) -> Server {
        let reports = self.reports.clone();
        let turns = AtomicUsize::new(0);
        Server::deaf(move |request, stream| {
            let picked = pick(turns.fetch_add(1, Ordering::SeqCst));
            let text = match picked.map(|at| &reports[at]) {
                Some(report) => answered(report, &request.target),
                None => answer("503 Service Unavailable", &[], ""),
            };
            let _ = stream.write_all(text.as_bytes());
        })
    }

    pub(crate) fn check(&self, server: &Server, arguments: &[&str]) -> Outcome {
        let (url, source) = (server.url(), self.project.source());
        run(&[&["check", &url, "--source", &source], arguments].concat())
    }
}

/// What a process answers, conditions included.
pub(crate) fn answered(report: &Report, target: &str) -> String {
    let asked = |condition: &str| {
        let (_, value) = target.split_once(condition)?;
        Some(value.split('&').next().unwrap_or_default().to_owned())
    };
    let holds = match (asked("?commit="), asked("?fingerprint=")) {
        (Some(commit), _) => report.commit.as_ref().is_some_and(|own| own.as_str() == commit),
        (_, Some(fingerprint)) => report.fingerprint.to_string() == fingerprint,
        _ => true,
    };
    if holds {
        json(&serde_json::to_string(report).expect("a report is JSON"))
    } else {
        answer("409 Conflict", &[], "")
    }
}

#[test]
fn where_two_are_seen_it_is_asked_until_none_can_be_missed() {
    // The stale one answers late: a few answers would not meet it.
    let replicas = Replicas::new(2, 1);
    let server = replicas.serve(|turn| Some(if turn == 17 { 2 } else { turn % 2 }));
    let outcome = replicas.check(&server, &["--format=json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    let stale = outcome.finding("commit-behind");
    assert_eq!(stale["found"]["instance"], format!("{:016x}", 2));

    let replicas = Replicas::new(2, 0);
    let server = replicas.serve(|turn| Some(turn % 2));
    let outcome = replicas.check(&server, &["--format=json"]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    let sampled = &outcome.finding("several-instances")["evidence"]["instances"];
    assert_eq!(sampled["seen"], 2);
    assert!(sampled["of"].as_u64().is_some_and(|answers| answers >= 20), "{sampled}");
}

#[test]
fn one_look_at_a_balancer_with_one_stale_of_three_is_drift() {
    for seed in 0..13 {
        let replicas = Replicas::new(2, 1);
        let server = replicas.serve(move |turn| Some(scattered(seed, turn) % 3));
        let outcome = replicas.check(&server, &["--replicas", "3"]);
        assert_eq!(outcome.code, 1, "seed {seed}: {}{}", outcome.out, outcome.err);
    }
}

#[test]
fn fewer_than_were_expected_are_never_same() {
    let replicas = Replicas::new(2, 0);
    let server = replicas.serve(|turn| Some(turn % 2));
    let outcome = replicas.check(&server, &["--replicas", "3"]);
    assert_cannot_tell("two of three", &outcome, &["2 of 3", "replicas-missing"]);
    assert_eq!(replicas.check(&server, &["--replicas", "2"]).code, 0);
}

#[test]
fn a_failure_among_the_answers_is_unknown() {
    let replicas = Replicas::new(2, 0);
    let server = replicas.serve(|turn| (turn != 12).then_some(turn % 2));
    let outcome = replicas.check(&server, &[]);
    assert_cannot_tell("one failed", &outcome, &["503", "report-unavailable"]);
}

#[test]
fn more_than_can_be_sampled_are_unknown() {
    let replicas = Replicas::new(120, 0);
    let server = replicas.serve(|turn| Some(turn % 120));
    let outcome = replicas.check(&server, &[]);
    assert_cannot_tell("a crowd", &outcome, &["too-many-instances", "address of its own"]);
}

#[test]
fn two_addresses_of_one_instance_are_one() {
    let replicas = Replicas::new(1, 0);
    let (one, two) = (replicas.serve(|_| Some(0)), replicas.serve(|_| Some(0)));
    let (first, second, source) = (one.url(), two.url(), replicas.project.source());
    let check = |arguments: &[&str]| {
        run(&[&["check", &first, &second, "--source", &source], arguments].concat())
    };
    assert_says("no number", &check(&[]), 0, &["[shared-instance]", &first, &second]);
    let outcome = check(&["--replicas", "2"]);
    assert_cannot_tell("two expected", &outcome, &["are one instance", "shared-instance"]);
}

#[test]
fn a_cache_that_keys_on_some_parameters_only_is_found_out() {
    // The report comes from a store, whatever nonce it is asked with; conditions reach a process of
    // another build.
    let replicas = Replicas::new(1, 1);
    let (stored, runs) = (replicas.reports[0].clone(), replicas.reports[1].clone());
    let server = Server::deaf(move |request, stream| {
        let conditional = ["?commit=", "?fingerprint="].iter().any(|c| request.target.contains(c));
        let report = if conditional { &runs } else { &stored };
        let _ = stream.write_all(answered(report, &request.target).as_bytes());
    });
    let outcome = replicas.check(&server, &[]);
    let words = ["returned 409 for the reported fingerprint", "report-contradicted"];
    assert_cannot_tell("a partial key", &outcome, &words);
}
