//! The formats for machines, each read by its own rules.

use std::io::Write as _;

use selfsame::report::Level;

use crate::project::{Project, report};
use crate::run::{finish, run, selfsame};
use crate::server::{Server, answer, json};
use selfsame_testing::command::Outcome;
use selfsame_testing::formats::{assert_github, assert_json, assert_junit};
use selfsame_testing::kept::assert_kept;
use selfsame_testing::schema::Schema;

/// What can be asked of the command, from same to a failure of its own.
fn in_each_case(format: &str, assert: impl Fn(&str, &Outcome)) {
    let project = Project::new();
    let old = report(project.facts(), Level::Full);
    let artifact = project.artifact(&[project.facts()]);
    project.repository.write("src/modules/100%: a,b/mod.rs", "// \r\n");
    project.repository.commit("Sell 100%\tof it: <all>, \"now\" & then");
    let new = report(project.facts(), Level::Full);
    let serve = |text: &str| {
        let text = json(text);
        Server::start(move |request, stream| {
            let text = if request.target.starts_with("/__build") {
                text.clone()
            } else {
                answer("404 Not Found", &[], "")
            };
            let _ = stream.write_all(text.as_bytes());
        })
    };
    let (good, bad) = (serve(&new), serve(&old));
    let down = Server::says(answer("503 Service Unavailable", &[], ""));
    let (good, bad, down) = (good.url(), bad.url(), down.url());
    let source = project.source();
    let cases: [(&str, &[&str], i32); 9] = [
        ("same", &[&good], 0),
        ("drift", &[&bad], 1),
        ("a route", &[&good, "--route", "GET /nowhere"], 1),
        ("unknown", &[&down], 2),
        ("several", &[&good, &bad, &down, "--artifact", &artifact], 1),
        ("by commit", &[&bad, "--commit", "HEAD"], 1),
        ("waiting", &[&bad, "--wait", "1ms"], 1),
        ("no artifact", &[&good, "--artifact", "/nonexistent"], 2),
        ("replicas", &[&good, "--replicas", "3"], 2),
    ];
    for (case, arguments, code) in cases {
        let fixed = ["check", "--source", &source, "--format", format];
        let outcome = run(&[&fixed, arguments].concat());
        assert_eq!(outcome.code, code, "{case}: {}{}", outcome.out, outcome.err);
        assert(case, &outcome);
    }
}

#[test]
fn json_is_valid_by_its_schema() {
    in_each_case("json", |case, outcome| {
        let document = assert_json(outcome);
        if case == "several" {
            assert_eq!(document["begin"], "artifact", "the first is where to begin");
        }
    });
    // Errors too.
    let outcome = run(&["check", "--format=json", "--nonsense"]);
    assert_eq!((outcome.code, &assert_json(&outcome)["exit"]), (64, &64.into()));
}

#[test]
fn annotations_are_valid_workflow_commands() {
    in_each_case("github", |case, outcome| {
        let annotations = assert_github(outcome);
        let titles: Vec<&str> = annotations
            .iter()
            .filter_map(|one| one.properties.get("title"))
            .map(|t| &**t)
            .collect();
        let expected: &[&str] = match case {
            "same" => &["selfsame"],
            "drift" | "by commit" => &["selfsame commit-behind"],
            "a route" => &["selfsame route-not-mounted"],
            "unknown" => &["selfsame report-unavailable"],
            "no artifact" => &["selfsame artifact-unreadable"],
            "replicas" => &["selfsame replicas-missing"],
            // Two rungs drift by one code, and one annotation says so.
            "several" => &["selfsame commit-behind", "selfsame report-unavailable"],
            _ => return,
        };
        assert_eq!(titles, expected, "{case}: {}", outcome.out);
    });
}

#[test]
fn the_summary_of_the_step_is_a_table() {
    let project = Project::new();
    let report = project.captured(project.facts(), Level::Full);
    project.repository.write("src/main.rs", "fn main() {}\n");
    project.repository.commit("Renew");
    let summary = project.beside("summary.md");
    std::fs::write(&summary, "# Build\n").expect("it can be written");
    let mut command = selfsame();
    command.env("GITHUB_STEP_SUMMARY", &summary);
    let source = project.source();
    let arguments = ["check", "--report", &report, "--source", &source, "--format", "github"];
    assert_eq!(finish(command.args(arguments)).code, 1);
    let text = std::fs::read_to_string(&summary).expect("it is there");
    assert!(text.starts_with("# Build\n### selfsame: DRIFT"), "it is appended to: {text}");
    let row = text.lines().find(|line| line.contains("`commit-behind`")).expect("a row");
    assert!(row.starts_with("| 3 running | DRIFT |") && row.ends_with(" |"), "{row}");
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(text.lines().filter(|line| line.starts_with('|')).all(|line| cells(line) == 5));

    // One that cannot be written is not passed over.
    let mut command = selfsame();
    command.env("GITHUB_STEP_SUMMARY", "/nonexistent/summary.md");
    let outcome = finish(command.args(arguments));
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("/nonexistent/summary.md"), "{}", outcome.err);
}

#[test]
fn junit_has_a_case_a_rung_and_address() {
    in_each_case("junit", |case, outcome| {
        let suites = assert_junit(outcome);
        let names: Vec<&str> =
            suites.suites[0].cases.iter().map(|one| &*one.original_name).collect();
        if case == "several" {
            let running = names.iter().filter(|name| name.starts_with("running http://"));
            assert_eq!(running.count(), 3, "{names:?}");
        }
        assert!(names.contains(&"source"), "{names:?}");
    });
}

#[test]
fn what_inspect_and_hash_print_is_valid_by_their_schemas() {
    let project = Project::new();
    let document = |arguments: &[&str]| {
        let outcome = run(arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {}", outcome.err);
        outcome.document()
    };
    let source = project.source();
    let hash = Schema::of("hash");
    hash.assert(&document(&["hash", "--source", &source, "--json"]));
    hash.assert(&document(&["hash", "--json", "--tree", &source]));
    std::fs::remove_dir_all(project.path().join(".git")).expect("it can be removed");
    hash.assert(&document(&["hash", "--source", &source, "--json"]));
    let artifact = Project::new();
    let artifact = artifact.artifact(&[artifact.facts()]);
    Schema::of("inspect").assert(&document(&["inspect", &artifact, "--json"]));
    for wrong in [serde_json::json!({}), serde_json::json!({ "name": "x" })] {
        assert!(!hash.is_valid(&wrong) && !Schema::of("inspect").is_valid(&wrong));
    }
}

#[test]
fn the_reference_is_that_of_the_codes() {
    let page = selfsame_core::findings::reference();
    assert_kept(&selfsame_testing::package().join("docs/findings.md"), &page);
    for code in selfsame_core::findings::Code::ALL {
        assert!(page.contains(&format!("\n## {code}\n")), "{code}");
    }
}
