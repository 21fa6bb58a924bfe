//! The action of GitHub Actions, `action.yml`: its steps, run as a runner runs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use selfsame_testing::command::{self, Outcome};
use selfsame_testing::requirements::{have, require};
use selfsame_testing::serving::Serving;
use selfsame_testing::{formats, package, yaml};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{directory, text};
use crate::service::{self, NEW, OLD, TOKEN};

const ARCHIVE: &str = "selfsame-x86_64-unknown-linux-gnu.tar.gz";

/// A job, with the files in which steps hand on what they found.
struct Job {
    directory: TempDir,
    action: Value,
    server: String,
}

impl Job {
    fn new(server: &str) -> Self {
        let action = yaml::read_one(&package().join("action.yml"));
        let directory = directory();
        for file in ["output", "path", "summary.md"] {
            fs::write(directory.path().join(file), "").expect("it can be written");
        }
        Self { directory, action, server: server.to_owned() }
    }

    /// A file by which a step hands something on.
    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name)).expect("it is there")
    }

    /// Runs a step of the action by its name, with what a workflow gives it.
    fn step(&self, name: &str, with: &[(&str, &str)]) -> Outcome {
        let steps = self.action["runs"]["steps"].as_array().expect("there are steps");
        let step = steps.iter().find(|step| step["name"] == name).expect("there is such a step");
        assert_eq!(step["shell"], "bash");
        let inputs = self.action["inputs"].as_object().expect("there are inputs");
        let given: BTreeMap<&str, &str> = with.iter().copied().collect();
        for name in given.keys() {
            assert!(inputs.contains_key(*name), "the action has no input `{name}`");
        }
        let filled = |text: &str| {
            let mut filled = text.replace("${{ github.action_repository }}", "somebody/selfsame");
            for (name, input) in inputs {
                let default = input["default"].as_str().unwrap_or_default();
                let value = given.get(name.as_str()).copied().unwrap_or(default);
                filled = filled.replace(&format!("${{{{ inputs.{name} }}}}"), value);
            }
            assert!(!filled.contains("${{"), "{filled}");
            filled
        };
        let script = self.directory.path().join("step.sh");
        fs::write(&script, step["run"].as_str().expect("a step runs")).expect("it can be written");
        // As a runner calls it.
        let mut bash = command::command("bash".as_ref(), self.directory.path());
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(script);
        bash.env("PATH", self.path());
        for (name, file) in [
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_PATH", "path"),
            ("GITHUB_STEP_SUMMARY", "summary.md"),
            ("RUNNER_TEMP", ""),
        ] {
            bash.env(name, self.directory.path().join(file));
        }
        bash.env("GITHUB_ACTION_PATH", package()).env("GITHUB_SERVER_URL", &self.server);
        bash.env("GITHUB_REPOSITORY", "somebody/shop");
        for (name, value) in step["env"].as_object().expect("there are variables") {
            bash.env(name, filled(value.as_str().expect("a text")));
        }
        command::run::<&str>(&mut bash, &[])
    }

    /// The PATH of a step: what steps before it added comes first.
    fn path(&self) -> String {
        let added = self.file("path");
        let mut directories: Vec<&str> = added.lines().collect();
        directories.reverse();
        [&directories[..], &["/usr/local/bin", "/usr/bin", "/bin"]].concat().join(":")
    }

    /// Puts the command of these tests where a step finds it.
    fn with_command(self) -> Self {
        let bin = Path::new(env!("CARGO_BIN_EXE_selfsame")).parent().expect("it has a directory");
        fs::write(self.directory.path().join("path"), text(bin) + "\n").expect("write");
        self
    }
}

/// A release of this version, as the workflow packs it. `sums` is the list of checksums.
fn release(directory: &Path, sums: impl FnOnce(&str) -> String) -> Serving {
    let binary = directory.join("selfsame");
    let strip = ["-o", &text(&binary), env!("CARGO_BIN_EXE_selfsame")].map(str::to_owned);
    done(Command::new("strip").args(strip));
    let target = ARCHIVE.trim_start_matches("selfsame-").trim_end_matches(".tar.gz");
    done(Command::new(package().join(".ci/pack")).arg(&binary).arg(target).arg(directory));
    let listed = Command::new("sha256sum").arg(ARCHIVE).current_dir(directory).output();
    let listed = String::from_utf8(listed.expect("sha256sum runs").stdout).expect("it is text");
    let archive = Bytes::from(fs::read(directory.join(ARCHIVE)).expect("it is packed"));
    let sums = sums(&listed);
    let at = format!("/somebody/selfsame/releases/download/v{}", env!("CARGO_PKG_VERSION"));
    let router = Router::new()
        .route(&format!("{at}/{ARCHIVE}"), get(async move || archive))
        .route(&format!("{at}/SHA256SUMS"), get(async move || sums));
    Serving::start(router)
}

fn done(command: &mut Command) {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn can_be_packed() -> bool {
    let is_it = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    require("Linux on x86_64, which the release is packed for", is_it)
        && ["bash", "curl", "git", "gzip", "sha256sum", "strip", "tar"].into_iter().all(have)
}

#[test]
fn the_action_installs_what_the_release_packed() {
    if !can_be_packed() {
        return;
    }
    let packed = directory();
    let server = release(packed.path(), str::to_owned);
    let job = Job::new(&server.url());
    let install = || job.step("Install selfsame", &[]);
    let outcome = install();
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    let version = format!("selfsame {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(outcome.out, version);
    let added = job.file("path");
    let installed = PathBuf::from(added.trim_end()).join("selfsame");
    let mut installed = command::command(&installed, Path::new("/"));
    assert_eq!(command::run(&mut installed, &["--version"]).out, version);
    // Once is enough.
    drop(server);
    let outcome = install();
    assert_eq!((outcome.code, job.file("path")), (0, added), "{}", outcome.out);
    // The archive has all that a package of a distribution needs.
    let listed = Command::new("tar").arg("-tzf").arg(packed.path().join(ARCHIVE)).output();
    let listed = String::from_utf8(listed.expect("tar runs").stdout).expect("it is text");
    for file in ["LICENSE-MIT", "man/selfsame-check.1", "completions/selfsame.bash"] {
        assert!(listed.lines().any(|line| line == file), "{file} is missing:\n{listed}");
    }
}

#[test]
fn the_action_installs_nothing_that_has_another_checksum() {
    if !can_be_packed() {
        return;
    }
    let another = |sums: &str| sums.replace(&sums[..64], &"0".repeat(64));
    let lacks = |sums: &str| sums.replace(ARCHIVE, "selfsame-riscv64gc-unknown-linux-gnu.tar.gz");
    let packed = directory();
    for sums in [&another as &dyn Fn(&str) -> String, &lacks] {
        let server = release(packed.path(), sums);
        let job = Job::new(&server.url());
        let outcome = job.step("Install selfsame", &[]);
        assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
        assert!(outcome.out.contains("::error title=selfsame::"), "{}", outcome.out);
        assert_eq!(job.file("path"), "");
        // Nor a version that the release does not have.
        for version in ["9.9.9", "../../../../0.1.0"] {
            let outcome = job.step("Install selfsame", &[("version", version)]);
            assert_eq!((outcome.code, job.file("path")), (1, String::new()), "{}", outcome.out);
        }
    }
}

#[test]
fn the_action_checks_annotates_and_summarizes() {
    if !have("bash") {
        return;
    }
    let service = service::built_from(NEW);
    let url = service.url();
    let new = format!("--commit={NEW}");
    let check = |with: &[(&str, &str)]| {
        let job = Job::new("http://127.0.0.1:1").with_command();
        let outcome = job.step("Check", with);
        (outcome, job)
    };

    let route = format!("{new}\n--direct\n\n--route=GET /commit\n");
    let (outcome, job) = check(&[("targets", &url), ("arguments", &route), ("token", TOKEN)]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    formats::assert_github(&outcome);
    assert_eq!(job.file("output"), "verdict=same\nexit-code=0\n");
    // The token opened the report: without it the inventory is not known.
    assert!(job.file("summary.md").contains("`route-mounted`"), "{}", job.file("summary.md"));
    assert!(!(outcome.out + &job.file("summary.md")).contains(TOKEN));

    let old = format!("--commit={OLD}");
    let two = format!("{url}\n  {url}");
    let (outcome, job) = check(&[("targets", &two), ("arguments", &old), ("unknown", "pass")]);
    assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("::error title=selfsame commit-differs::"), "{}", outcome.out);
    assert_eq!(job.file("output"), "verdict=drift\nexit-code=1\n");
    assert!(job.file("summary.md").contains("### selfsame: DRIFT"));

    let nobody = [("targets", "http://127.0.0.1:1"), ("arguments", &*new)];
    for (unknown, code) in [("fail", 2), ("pass", 0)] {
        let (outcome, job) = check(&[&nobody[..], &[("unknown", unknown)]].concat());
        assert_eq!(outcome.code, code, "{}{}", outcome.out, outcome.err);
        assert!(outcome.out.contains("::warning title=selfsame "), "{}", outcome.out);
        assert_eq!(job.file("output"), "verdict=unknown\nexit-code=2\n");
    }

    // What is wrong is never passed over, and no target is an option.
    for with in [
        [("targets", ""), ("unknown", "pass")],
        [("targets", &url), ("arguments", "--comit=1")],
        [("targets", "--quiet"), ("unknown", "pass")],
        [("targets", &url), ("unknown", "ignore")],
    ] {
        let (outcome, job) = check(&with);
        assert_eq!(outcome.code, 64, "{with:?}: {}{}", outcome.out, outcome.err);
        assert!(outcome.out.contains("::error title=selfsame::"), "{with:?}: {}", outcome.out);
        assert!(!job.file("output").contains("same"), "{with:?}");
    }
}

#[test]
fn the_action_hands_on_what_its_steps_found() {
    let action = yaml::read_one(&package().join("action.yml"));
    let steps = action["runs"]["steps"].as_array().expect("there are steps");
    for (name, output) in action["outputs"].as_object().expect("there are outputs") {
        assert_eq!(output["value"], format!("${{{{ steps.check.outputs.{name} }}}}"));
    }
    assert!(steps.iter().any(|step| step["id"] == "check"));
    // Each input goes to a script by a variable, never into its text.
    for step in steps {
        assert!(!step["run"].as_str().expect("a step runs").contains("${{"), "{step}");
    }
    let used = serde_json::to_string(steps).expect("it is JSON");
    for input in action["inputs"].as_object().expect("there are inputs").keys() {
        assert!(used.contains(&format!("inputs.{input} ")), "`{input}` goes nowhere");
    }
}
