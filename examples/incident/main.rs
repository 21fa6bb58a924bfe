//! The incident, end to end, on real processes: `cargo run --example incident`.
//!
//! A back office gains a module `workflow`. It is in the repository, and in production the page does
//! nothing. Each step here is a moment of that story, and each prints the ladder that `selfsame`
//! would have printed. The program exits with 0 only if every verdict was the right one.
//!
//! `docs/incident.txt` is its output, recorded: `SELFSAME_BLESS=1` writes it anew, and with
//! `SELFSAME_REQUIRE_ALL=1` an output that differs from the record is not met.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use selfsame_testing::cargo::{Cargo, copy_example};
use selfsame_testing::command::{self, Outcome};
use selfsame_testing::repository::Repository;
use selfsame_testing::service::Service;
use selfsame_testing::{kept, recorded, requirements};
use serde_json::Value;
use tempfile::TempDir;

const ROUTE: &str = "GET /api/v1/workflows/steps/definitions";
const TOKEN: &str = "a-token-of-the-incident";
const MERGE: &str = "\n        .nest(\"/api/v1/workflows\", workflow::router())";

fn main() -> ExitCode {
    let started = Instant::now();
    let mut story = Story::begin();
    story.all_is_well();
    story.source_moves_on();
    story.built_and_not_restarted();
    story.restarted();
    story.not_merged();
    story.compare_with_the_record();
    say(&format!("\nThe incident took {} s.", started.elapsed().as_secs()));
    if story.wrong == 0 {
        say("Every verdict was the right one.");
        ExitCode::SUCCESS
    } else {
        say(&format!("{} expectations were not met.", story.wrong));
        ExitCode::FAILURE
    }
}

struct Story {
    repository: Repository,
    cargo: Cargo,
    selfsame: PathBuf,
    service: Option<Service>,
    wrong: usize,
    /// What the steps told, for the record.
    told: String,
    directory: TempDir,
}

impl Story {
    fn begin() -> Self {
        say("Building the command, `selfsame`:");
        let profile = selfsame_testing::profile_directory();
        let target = profile.parent().expect("target/debug lies in target");
        let own = Cargo::into_target(target);
        build_in_sight(&own, selfsame_testing::package(), &["--package", "selfsame-cli"]);

        let directory = TempDir::with_prefix("incident-").expect("a temporary directory");
        let repository = Repository::init(&directory.path().join("backoffice"));
        copy_example("backoffice", repository.path());
        repository.write(".gitignore", "/target\n");
        repository.commit("Bill customers");
        say("\nBuilding the service with its dependencies, axum, tokio and serde_json, once:");
        let cargo = Cargo::into_target(&target.join("services"));
        build_in_sight(&cargo, repository.path(), &[]);
        say("\nEach further build compiles the service alone and takes seconds.\n");
        Self {
            repository,
            cargo,
            selfsame: own.binary("selfsame"),
            service: None,
            wrong: 0,
            told: String::new(),
            directory,
        }
    }

    fn all_is_well(&mut self) {
        self.heading("1. Committed, built, started");
        self.restart();
        let outcome = self.check(&["--route", "GET /api/v1/billing/invoices"]);
        self.expect(&outcome, 0, "same", None);
        self.expect_code(&outcome, "route", "route-mounted");
    }

    fn source_moves_on(&mut self) {
        self.heading("2. The module `workflow` is written and committed; nothing is built");
        let directory = selfsame_testing::package().join("examples/incident/workflow");
        for name in ["mod.rs", "definitions.rs"] {
            let text = std::fs::read_to_string(directory.join(name)).expect("the module is there");
            self.repository.write(&format!("src/modules/workflow/{name}"), text);
        }
        let modules = "src/modules/mod.rs";
        self.repository.replace(modules, "mod customers;", "mod customers;\nmod workflow;");
        let last = ".nest(\"/api/v1/customers\", customers::router())";
        self.repository.replace(modules, last, &format!("{last}{MERGE}"));
        self.repository.commit("Add workflows");

        let outcome = self.check(&["--route", ROUTE]);
        self.expect(&outcome, 1, "drift", Some("artifact"));
        self.expect_code(&outcome, "artifact", "commit-behind");
    }

    fn built_and_not_restarted(&mut self) {
        self.heading("3. Built; the process is not restarted");
        self.build();
        let outcome = self.check(&["--route", ROUTE]);
        self.expect(&outcome, 1, "drift", Some("running"));
        self.expect_code(&outcome, "running", "not-restarted");
        self.expect_code(&outcome, "route", "route-not-mounted");
    }

    fn restarted(&mut self) {
        self.heading("4. Restarted: 404 → 401 → 200");
        self.restart();
        let outcome = self.check(&["--route", ROUTE, "--bearer-env", "INCIDENT_TOKEN"]);
        self.expect(&outcome, 0, "same", None);
        self.expect_code(&outcome, "route", "route-requires-credentials");
        self.expect_code(&outcome, "auth", "auth-works");
        self.tell("The route answered 404 before, answers 401 now, and 200 with credentials:");
        self.tell(
            "that, and not \"restarted successfully\", is the evidence that the fix is real.\n",
        );
    }

    fn not_merged(&mut self) {
        self.heading("5. The line that merges the router is lost; built, restarted, not committed");
        self.repository.replace("src/modules/mod.rs", MERGE, "");
        self.build();
        self.restart();
        let outcome = self.check(&["--commit", "HEAD", "--route", ROUTE]);
        self.expect(&outcome, 1, "drift", Some("artifact"));
        self.expect_code(&outcome, "artifact", "content-differs");
        self.expect_code(&outcome, "route", "route-not-mounted");

        self.heading(
            "5b. The same against the working tree: the module is compiled in, not mounted",
        );
        let outcome = self.check(&["--route", ROUTE]);
        self.expect(&outcome, 1, "drift", Some("route"));
        self.expect_code(&outcome, "running", "equal-with-changes");
        self.expect_code(&outcome, "route", "route-not-mounted");
    }

    fn build(&self) {
        let built = self.cargo.build(self.repository.path(), &[]);
        assert!(built.compiled("backoffice-api"), "nothing was compiled:\n{}", built.said);
    }

    fn restart(&mut self) {
        // The old one first: its port is its own, so they could run side by side.
        self.service = None;
        let binary = self.cargo.binary("backoffice-api");
        self.service = Some(Service::start(&binary, &[("BACKOFFICE_TOKEN", TOKEN)]));
    }

    /// Runs the check twice: for the reader, and for the expectations.
    fn check(&mut self, arguments: &[&str]) -> Outcome {
        let (shown, judged) = self.ask(arguments);
        let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
        let (binary, words) = ("target/debug/backoffice-api", words.join(" "));
        let command = format!("selfsame check \"$URL\" --source . --artifact {binary} {words}");
        self.tell(&format!("$ {command}"));
        self.tell(&format!("{}{}", shown.out, shown.err));
        judged
    }

    fn ask(&self, arguments: &[&str]) -> (Outcome, Outcome) {
        let url = self.service.as_ref().expect("the service runs").url();
        let source = self.repository.path();
        let artifact = self.cargo.binary("backoffice-api");
        let run = |more: &[&str]| {
            let mut selfsame = command::command(&self.selfsame, Path::new("/"));
            selfsame.env("INCIDENT_TOKEN", TOKEN).args(["check", url]);
            selfsame.arg("--source").arg(source).arg("--artifact").arg(&artifact);
            command::run(selfsame.args(arguments), more)
        };
        (run(&[]), run(&["--format=json"]))
    }

    fn expect(&mut self, outcome: &Outcome, code: i32, verdict: &str, rung: Option<&str>) {
        let document = outcome.document();
        self.expect_that(outcome.code == code, &format!("exit code {code}"));
        self.expect_that(document["verdict"] == verdict, &format!("verdict {verdict}"));
        let begin = document.get("begin").and_then(Value::as_str);
        self.expect_that(begin == rung, &format!("begins at {}", rung.unwrap_or("no rung")));
    }

    fn expect_code(&mut self, outcome: &Outcome, rung: &str, code: &str) {
        let is_found = outcome.findings(rung).iter().any(|finding| finding["code"] == code);
        self.expect_that(is_found, &format!("{code} on rung {rung}"));
    }

    fn heading(&mut self, text: &str) {
        self.tell(&format!("━━ {text} ━━\n"));
    }

    /// Says what belongs to the record.
    fn tell(&mut self, text: &str) {
        say(text);
        self.told += text;
        self.told += "\n";
    }

    /// The record is what was told, without what differs from run to run.
    fn compare_with_the_record(&mut self) {
        let path = selfsame_testing::package().join("docs/incident.txt");
        let here = |path: &Path| path.display().to_string();
        let binary = self.cargo.binary("backoffice-api");
        let told = self.told.replace(&here(&binary), "target/debug/backoffice-api");
        let told = recorded::normal(&told.replace(&here(self.directory.path()), "/srv"));
        let told = format!("{}\n", told.trim_end());
        if kept::is_blessed() {
            std::fs::write(&path, told).expect("the record can be written");
        } else if requirements::all() {
            let record = std::fs::read_to_string(&path).expect("there is a record");
            self.expect_that(record == told, "the output is that of docs/incident.txt");
        }
    }

    fn expect_that(&mut self, met: bool, expectation: &str) {
        if !met {
            self.wrong += 1;
            say(&format!("NOT MET: {expectation}"));
        }
    }
}

/// Builds with cargo's own progress on standard error, since it may take minutes.
fn build_in_sight(cargo: &Cargo, directory: &Path, arguments: &[&str]) {
    let status = cargo.command(directory).arg("build").args(arguments).status();
    assert!(status.expect("cargo runs").success(), "cargo build failed");
}

/// A word as a shell wants it.
fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
}

#[expect(clippy::print_stdout, reason = "the story is told to a person")]
fn say(text: &str) {
    println!("{text}");
}
