//! What a process found when it looked at itself, as the ladder tells it.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use selfsame::report::{
    ConfigIs, ConfigState, Executable, ExecutableState, Level, Observation, Report, ShippedIs,
    ShippedState,
};
use selfsame::routes::Routes;
use selfsame::stamp::{Digest, FileDifference};

use serde_json::Value;

use crate::project::{Project, intact, seal};
use crate::run;
use crate::server::{Server, json};
use selfsame_testing::command::Outcome;

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

#[test]
fn the_log_of_a_start_is_enough_for_a_job_that_has_ended() {
    let project = Project::new();
    let same = serde_json::to_string(&report(&project).summary()).expect("JSON");
    let mut old = report(&project).summary();
    old.content = Some(Digest::of(b"old"));
    let old = serde_json::to_string(&old).expect("JSON");
    let as_text = |report: &str| {
        format!("2026-01-01T00:00:00Z  INFO selfsame: path=\"/__build\" report={report:?}\n")
    };
    let as_json = |report: &str| {
        let event = serde_json::json!({"level": "INFO", "fields": {"report": report}});
        format!("{event}\n")
    };
    let other = "a line \"{\\\"no\\\": report}\"\n";
    for (log, exit) in [
        (as_text(&same), 0),
        (as_json(&same), 0),
        (as_json(&old), 1),
        // The last start counts.
        (as_text(&old) + other + &as_text(&same) + other, 0),
        (as_text(&same) + &as_text(&old), 1),
        (other.to_owned(), 2),
        (as_text(&same).replace("commit", "comit"), 2),
    ] {
        let path = project.beside("job.log");
        std::fs::write(&path, &log).expect("it is written");
        let path = path.to_str().expect("UTF-8");
        let arguments = ["check", "--format=json", "--report", path, "--source", &project.source()];
        let outcome = run::run(&arguments);
        assert_eq!(outcome.code, exit, "{log}{}", outcome.out);
    }
}

fn shipped(state: ShippedIs) -> ShippedState {
    let mut dist = ShippedState::new("dist", "/app/dist", state);
    dist.expected = Some(Digest::of(b"expected"));
    dist.sha256 = Some(Digest::of(b"found"));
    dist.files = 2;
    dist.unknown = (state == ShippedIs::Unknown).then(|| "permission denied".to_owned());
    dist
}

fn with(state: ShippedState) -> Observation {
    let mut observation = intact();
    observation.shipped.push(state);
    observation
}

fn with_executable(state: ExecutableState) -> Observation {
    let mut observation = intact();
    observation.executable.state = state;
    observation
}

/// Asserts the exit code, and returns the finding of this code, which has this verdict.
#[track_caller]
fn running(outcome: &Outcome, exit: i32, code: &str, verdict: &str) -> Value {
    assert_eq!(outcome.code, exit, "{}", outcome.out);
    let finding = outcome.finding(code);
    assert_eq!((&finding["rung"], &finding["verdict"]), (&"running".into(), &verdict.into()));
    finding
}

#[test]
fn what_is_intact_is_not_spoken_of() {
    for level in [Level::Summary, Level::Full] {
        let outcome = check(Some(with(shipped(ShippedIs::Same))), level);
        running(&outcome, 0, "equal", "same");
        let codes: Vec<_> = outcome.findings("running").iter().map(|f| f["code"].clone()).collect();
        let hidden = if level == Level::Summary { &["not-compared"][..] } else { &[] };
        assert_eq!(codes, [&["equal"], hidden, &["report-captured"]].concat());
    }
}

#[test]
fn other_files_beside_the_right_code_are_drift_and_named() {
    let mut difference = FileDifference::default();
    difference.missing = vec!["modules/workflow/index.js".to_owned()];
    difference.changed = vec!["app.js".to_owned()];
    difference.added = vec!["old.js".to_owned()];
    difference.more = 7;
    let files = serde_json::to_value(&difference).expect("JSON");
    let mut state = shipped(ShippedIs::Different);
    state.difference = Some(difference);
    let outcome = check(Some(with(state)), Level::Full);
    let finding = running(&outcome, 1, "shipped-differs", "drift");
    let evidence = &finding["evidence"];
    assert_eq!((&evidence["name"], &evidence["path"]), (&"dist".into(), &"/app/dist".into()));
    assert_eq!(evidence["files"], files);
    running(&outcome, 1, "equal", "same");

    let outcome = check(Some(with(shipped(ShippedIs::Missing))), Level::Full);
    let finding = running(&outcome, 1, "shipped-missing", "drift");
    assert!(finding["next"].to_string().contains("SELFSAME_SHIPPED_DIST"), "{finding}");
}

#[test]
fn configuration_that_was_not_loaded_is_drift_by_name_or_by_number() {
    for (state, exit, code, verdict) in [
        (ConfigIs::Same, 0, "equal", "same"),
        (ConfigIs::Changed, 1, "config-not-loaded", "drift"),
        (ConfigIs::Gone, 1, "config-not-loaded", "drift"),
        (ConfigIs::Unknown, 2, "config-unknown", "unknown"),
    ] {
        let mut observation = intact();
        observation.config = vec![
            ConfigState::new("app", "/etc/app.toml", state),
            ConfigState::new("more", "/etc/more.toml", ConfigIs::Same),
        ];
        let finding = running(&check(Some(observation.clone()), Level::Full), exit, code, verdict);
        let outcome = check(Some(observation), Level::Summary);
        let counted = running(&outcome, exit, code, verdict);
        assert!(!outcome.out.contains("/etc/app.toml"), "{}", outcome.out);
        if state != ConfigIs::Same {
            assert_eq!(finding["evidence"]["name"], "app");
            assert_eq!(finding["evidence"]["path"], "/etc/app.toml");
            assert_eq!(counted["evidence"]["name"], "1 of 2 named configurations");
        }
        if verdict == "drift" {
            let next = "restart the process, or let it reload `app`";
            assert_eq!(finding["next"], next, "{finding}");
        }
    }
}

#[test]
fn files_that_cannot_be_told_are_unknown_and_an_executable_that_cannot_is_not_compared() {
    let outcome = check(Some(with(shipped(ShippedIs::Unknown))), Level::Full);
    let finding = running(&outcome, 2, "shipped-unknown", "unknown");
    assert_eq!(finding["evidence"]["reason"], "permission denied");
    let outcome = check(Some(with(shipped(ShippedIs::Unknown))), Level::Summary);
    running(&outcome, 2, "intact-unknown", "unknown");
    assert!(!outcome.out.contains("dist"), "{}", outcome.out);

    for level in [Level::Summary, Level::Full] {
        let mut observation = intact();
        observation.executable = Executable::unknown(None, "an emulator runs it");
        let outcome = check(Some(observation), level);
        running(&outcome, 0, "equal", "same");
        let left_out = running(&outcome, 0, "not-compared", "skipped").to_string();
        let what = "whether the executable was replaced";
        assert!(left_out.contains(what) || outcome.out.contains(what), "{}", outcome.out);
    }
}

#[test]
fn files_that_differed_when_the_process_started_may_be_held_still() {
    let mut state = shipped(ShippedIs::Same);
    state.differed_at_start = true;
    state.unknown = Some("its files differed when the process started".to_owned());
    let outcome = check(Some(with(state.clone())), Level::Full);
    let finding = running(&outcome, 2, "shipped-differed-at-start", "unknown");
    assert!(finding["next"].to_string().contains("restart"), "{finding}");
    running(&check(Some(with(state)), Level::Summary), 2, "intact-unknown", "unknown");
}

#[test]
fn an_executable_that_was_replaced_or_deleted_is_drift() {
    let outcome = check(Some(with_executable(ExecutableState::Replaced)), Level::Full);
    let finding = running(&outcome, 1, "executable-replaced", "drift");
    assert_eq!(finding["evidence"]["path"], "/app/api");
    assert_eq!(finding["next"], "restart the process");
    let outcome = check(Some(with_executable(ExecutableState::Missing)), Level::Full);
    let finding = running(&outcome, 1, "executable-missing", "drift");
    assert_eq!(finding["evidence"]["path"], "/app/api");

    let outcome = check(Some(with_executable(ExecutableState::Replaced)), Level::Summary);
    let finding = running(&outcome, 1, "not-intact", "drift");
    assert!(finding["next"].to_string().contains("--token-env"), "{finding}");
}

#[test]
fn an_executable_with_the_same_stamp_in_other_bytes_is_a_note() {
    for level in [Level::Summary, Level::Full] {
        let outcome = check(Some(with_executable(ExecutableState::Rewritten)), level);
        running(&outcome, 0, "equal", "same");
        if level == Level::Full {
            let finding = running(&outcome, 0, "executable-rewritten", "skipped");
            assert_eq!(finding["evidence"]["path"], "/app/api");
        }
    }
}

#[test]
fn a_process_that_has_not_looked_is_unknown() {
    for level in [Level::Summary, Level::Full] {
        let finding = running(&check(None, level), 2, "intact-unknown", "unknown");
        let reason = finding["evidence"]["reason"].to_string();
        assert!(reason.contains("has not looked at itself"), "{finding}");
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
    running(&outcome, 0, "equal", "same");

    // One that never comes to it does not hold the check up.
    let looking = text(&report.unobserved("it has not looked yet", true));
    let never = Server::says(looking);
    let short = ["check", "--format=json", &never.url(), "--source", &source, "--timeout", "300ms"];
    let finding = running(&run::run(&short), 2, "intact-unknown", "unknown");
    assert_eq!(finding["evidence"]["reason"], "it has not looked yet");
}
