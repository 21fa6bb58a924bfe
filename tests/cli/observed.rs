//! What a process found when it looked at itself, as the ladder tells it.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use selfsame::report::{
    Executable, ExecutableState, Level, Observation, Report, ShippedIs, ShippedState,
};
use selfsame::routes::Routes;
use selfsame::stamp::{Digest, FileDifference};

use crate::project::{Project, intact, seal};
use crate::run;
use crate::server::{Server, json};
use crate::support::command::Outcome;

/// What a process that runs what source says tells before it looks at itself.
fn report(project: &Project) -> Report {
    let routes = Routes::unavailable("not asked for");
    Report::new(&seal(project.facts()), &routes, "0123", "2026-01-01T00:00:00Z")
}

/// Checks a process that runs what source says and found this.
fn check(observation: Option<Observation>, level: Level) -> Outcome {
    let project = Project::new();
    let report = report(&project);
    let report = match observation {
        Some(observation) => report.observed(observation),
        None => report,
    };
    let report = if level == Level::Full { report } else { report.summary() };
    let path = project.beside("report.json");
    std::fs::write(&path, serde_json::to_string(&report).expect("JSON")).expect("it is written");
    let path = path.to_str().expect("UTF-8");
    run::run(&["check", "--format=json", "--report", path, "--source", &project.source()])
}

fn shipped(state: ShippedIs) -> ShippedState {
    ShippedState {
        name: "dist".to_owned(),
        at: "/app/dist".to_owned(),
        state,
        expected: Some(Digest::of(b"expected")),
        sha256: Some(Digest::of(b"found")),
        files: 2,
        difference: None,
        differed_at_start: false,
        unknown: (state == ShippedIs::Unknown).then(|| "permission denied".to_owned()),
    }
}

fn with(state: ShippedState) -> Observation {
    Observation { shipped: vec![state], ..intact() }
}

fn with_executable(state: ExecutableState) -> Observation {
    let executable = Executable { state, ..intact().executable };
    Observation { executable, ..intact() }
}

/// The finding of the running rung, its verdict, what to do, and the notes in one text.
fn running(outcome: &Outcome) -> (String, String, String, String) {
    let step = outcome.findings("running").remove(0);
    let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("finding"), text("next"), step["notes"].to_string())
}

#[test]
fn what_is_intact_is_not_spoken_of() {
    for level in [Level::Summary, Level::Full] {
        let outcome = check(Some(with(shipped(ShippedIs::Same))), level);
        let (verdict, finding, next, notes) = running(&outcome);
        assert_eq!((outcome.code, verdict.as_str()), (0, "same"), "{}", outcome.out);
        assert_eq!(finding, "the running process is what source says");
        assert!(next.is_empty(), "{next}");
        assert_eq!(notes, r#"["captured: it says what ran when the report was fetched"]"#);
    }
}

#[test]
fn other_files_beside_the_right_code_are_drift_and_named() {
    let difference = FileDifference {
        missing: vec!["modules/workflow/index.js".to_owned()],
        changed: vec!["app.js".to_owned()],
        added: vec!["old.js".to_owned()],
        more: 7,
    };
    let state = ShippedState { difference: Some(difference), ..shipped(ShippedIs::Different) };
    let outcome = check(Some(with(state)), Level::Full);
    let (verdict, finding, next, notes) = running(&outcome);
    assert_eq!((outcome.code, verdict.as_str()), (1, "drift"));
    assert!(finding.contains("the files of `dist` at `/app/dist` are not those"), "{finding}");
    assert!(next.contains("mount or a volume on `/app/dist`"), "{next}");
    for note in [
        "missing: modules/workflow/index.js",
        "changed: app.js",
        "added: old.js",
        "and 7 more",
        "the running process is what source says",
    ] {
        assert!(notes.contains(note), "{note} in {notes}");
    }

    let outcome = check(Some(with(shipped(ShippedIs::Missing))), Level::Full);
    let (verdict, finding, next, _) = running(&outcome);
    assert_eq!((outcome.code, verdict.as_str()), (1, "drift"));
    assert_eq!(finding, "`dist` is not at `/app/dist`");
    assert!(next.contains("SELFSAME_SHIPPED_DIST"), "{next}");
}

#[test]
fn files_that_cannot_be_told_are_unknown_and_an_executable_that_cannot_is_a_note() {
    let outcome = check(Some(with(shipped(ShippedIs::Unknown))), Level::Full);
    let (verdict, finding, ..) = running(&outcome);
    assert_eq!((outcome.code, verdict.as_str()), (2, "unknown"));
    assert!(finding.contains("permission denied"), "{finding}");
    let outcome = check(Some(with(shipped(ShippedIs::Unknown))), Level::Summary);
    assert_eq!(outcome.code, 2, "{}", outcome.out);
    assert!(!outcome.out.contains("dist"), "{}", outcome.out);

    for level in [Level::Summary, Level::Full] {
        let executable = Executable::unknown(None, "an emulator runs it");
        let outcome = check(Some(Observation { executable, ..intact() }), level);
        let (verdict, .., notes) = running(&outcome);
        assert_eq!((outcome.code, verdict.as_str()), (0, "same"));
        assert!(notes.contains("executable is still the one on disk is unknown"), "{notes}");
    }
}

#[test]
fn an_executable_that_was_replaced_or_deleted_is_drift() {
    let outcome = check(Some(with_executable(ExecutableState::Replaced)), Level::Full);
    let (verdict, finding, next, _) = running(&outcome);
    assert_eq!((outcome.code, verdict.as_str()), (1, "drift"));
    assert!(finding.contains("not the one that runs: `/app/api` is another"), "{finding}");
    assert_eq!(next, "restart the process, and check again");
    let outcome = check(Some(with_executable(ExecutableState::Missing)), Level::Full);
    let (verdict, finding, ..) = running(&outcome);
    assert_eq!((outcome.code, verdict.as_str()), (1, "drift"));
    assert!(finding.contains("`/app/api` is gone"), "{finding}");

    let outcome = check(Some(with_executable(ExecutableState::Replaced)), Level::Summary);
    let (verdict, _, next, _) = running(&outcome);
    assert_eq!((outcome.code, verdict.as_str()), (1, "drift"));
    assert!(next.contains("--token-env"), "{next}");
}

#[test]
fn a_process_that_has_not_looked_is_unknown() {
    for level in [Level::Summary, Level::Full] {
        let outcome = check(None, level);
        let (verdict, finding, ..) = running(&outcome);
        assert_eq!((outcome.code, verdict.as_str()), (2, "unknown"));
        assert!(finding.contains("has not looked at itself"), "{finding}");
    }
}

#[test]
fn a_process_that_is_about_to_look_is_asked_again() {
    let project = Project::new();
    let report = report(&project);
    let text = |report: &Report| json(&serde_json::to_string(report).expect("JSON"));
    let looking = text(&report.unobserved("it has not looked yet", true));
    let looked = text(&report.observed(intact()));
    let asked = AtomicUsize::new(0);
    let process = Server::start(move |_, stream| {
        let early = asked.fetch_add(1, Ordering::SeqCst) < 3;
        let _ = stream.write_all(if early { looking.as_bytes() } else { looked.as_bytes() });
    });
    let source = project.source();
    let outcome = run::run(&["check", "--format=json", &process.url(), "--source", &source]);
    let (verdict, finding, ..) = running(&outcome);
    assert_eq!((outcome.code, verdict.as_str()), (0, "same"), "{finding}");

    // One that never comes to it does not hold the check up.
    let looking = text(&report.unobserved("it has not looked yet", true));
    let never = Server::says(looking);
    let short = ["check", "--format=json", &never.url(), "--source", &source, "--timeout", "300ms"];
    let (verdict, finding, ..) = running(&run::run(&short));
    assert_eq!(verdict, "unknown");
    assert!(finding.contains("it has not looked yet"), "{finding}");
}
