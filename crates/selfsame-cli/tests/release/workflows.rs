//! The workflows: that they hold together, and those of their lines that run anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use selfsame_testing::command::{self, Outcome};
use selfsame_testing::requirements::have;
use selfsame_testing::{package, yaml};
use serde_json::Value;
use tempfile::TempDir;

use crate::packages::published;

fn workflow(name: &str) -> Value {
    yaml::read_one(&package().join(".github/workflows").join(name))
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_array().expect("a job has steps")
}

/// Runs a step of the release in `directory`, with the variables of its job.
fn run(job: &str, name: &str, directory: &Path, variables: &[(&str, &str)]) -> Outcome {
    let workflow = workflow("release.yml");
    let job = &workflow["jobs"][job];
    let step = steps(job).iter().find(|step| step["name"] == name);
    let step = step.unwrap_or_else(|| panic!("there is no step {name:?}"));
    let script = step["run"].as_str().expect("it runs something");
    assert!(!script.contains("${{"), "{name} puts a value into its own text");
    // As a runner calls it.
    let mut bash = command::command("bash".as_ref(), directory);
    bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]);
    for (variable, value) in variables {
        let is_set = job["env"].get(variable).is_some() || variable.starts_with("GITHUB_");
        assert!(is_set, "{name} does not get {variable}");
        bash.env(variable, value);
    }
    command::run::<&str>(&mut bash, &[])
}

#[test]
fn the_release_is_of_the_version_that_its_tag_says() {
    if !have("bash") {
        return;
    }
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    for (tag, code) in [(&*version, 0), ("v9.9.9", 1), (env!("CARGO_PKG_VERSION"), 1)] {
        let outcome = run("build", "The tag is the version", package(), &[("TAG", tag)]);
        assert_eq!(outcome.code, code, "{tag}: {}", outcome.err);
    }
    // Nothing is released whose links lead nowhere.
    let manifest = fs::read_to_string(package().join("Cargo.toml")).expect("read");
    let code = i32::from(manifest.contains("OWNER/"));
    let outcome = run("build", "The repository has an owner", package(), &[]);
    assert_eq!(outcome.code, code, "{}", outcome.out);
}

#[test]
fn the_release_has_checksums_notes_and_the_name_of_its_image() {
    if !["bash", "awk", "sha256sum"].into_iter().all(have) {
        return;
    }
    let directory = TempDir::with_prefix("selfsame-release-").expect("a temporary directory");
    let at = |name: &str| directory.path().join(name);
    let write = |name: &str, text: &str| {
        fs::create_dir_all(at(name).parent().expect("it has a directory")).expect("mkdir");
        fs::write(at(name), text).expect("it can be written");
    };
    let read = |name: &str| fs::read_to_string(at(name)).expect("it is there");

    write("dist/selfsame-one.tar.gz", "one");
    write("dist/selfsame-two.tar.gz", "two");
    let outcome = run("publish", "Checksums", &at("dist"), &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let names: Vec<_> = read("dist/SHA256SUMS").lines().map(|l| l[64..].to_owned()).collect();
    assert_eq!(names, ["  selfsame-one.tar.gz", "  selfsame-two.tar.gz"]);

    let changes = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-01-01\n\n### Added\n\n- this\n\n\
                   ## [1.1.0] - 2025-01-01\n\n- that\n";
    write("CHANGELOG.md", changes);
    let outcome = run("publish", "Notes", directory.path(), &[("TAG", "v1.2.0")]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert_eq!(read("notes.md").trim(), "### Added\n\n- this");
    // A release that the changelog lacks is none.
    for tag in ["v1.3.0", "v1.2", "vUnreleased"] {
        let outcome = run("publish", "Notes", directory.path(), &[("TAG", tag)]);
        assert_eq!(outcome.code, 1, "{tag}: {}", read("notes.md"));
    }

    write("image/linux/amd64/selfsame", "");
    let output = at("output");
    let variables = [
        ("TAG", "v1.2.0"),
        ("REPOSITORY", "Some-Body/Selfsame"),
        ("GITHUB_OUTPUT", output.to_str().expect("the path is UTF-8")),
    ];
    let outcome = run("publish", "The names of the image", directory.path(), &variables);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert_eq!(read("output"), "name=ghcr.io/some-body/selfsame\nversion=1.2.0\n");
}

#[test]
fn binstall_finds_what_the_release_has() {
    let binstall = &published()["selfsame-cli"]["metadata"]["binstall"];
    let release = workflow("release.yml");
    let matrix = &release["jobs"]["build"]["strategy"]["matrix"]["include"];
    let targets: BTreeSet<&str> = matrix
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["target"].as_str().expect("a target"))
        .collect();
    let file =
        |url: &Value| url.as_str().expect("a text").rsplit('/').next().expect("a file").to_owned();
    assert_eq!(file(&binstall["pkg-url"]), "selfsame-{ target }.tar.gz");
    let overrides = binstall["overrides"].as_object().expect("a table");
    let named: BTreeSet<String> = overrides.values().map(|one| file(&one["pkg-url"])).collect();
    let there: BTreeSet<String> =
        targets.iter().map(|target| format!("selfsame-{target}.tar.gz")).collect();
    assert_eq!(named, there);
    // So does the action.
    let install = fs::read_to_string(package().join("deploy/action/install")).expect("read");
    for target in targets {
        assert!(install.contains(&format!("target={target} ;;")), "{target}");
    }
}

/// The mistakes that a runner would find only when it is too late.
#[test]
fn workflows_hold_together() {
    let directory = package().join(".github/workflows").read_dir().expect("there are workflows");
    let mut files: Vec<PathBuf> = directory.map(|file| file.expect("read").path()).collect();
    let deployed = package().join("deploy/schedule/github.yml");
    files.extend(deployed.exists().then_some(deployed));
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let at = file.display();
        let workflow = yaml::read_one(&file);
        assert!(workflow["on"].is_object(), "{at}: it runs on nothing");
        assert_eq!(workflow["permissions"]["contents"], "read", "{at}: it may do too much");
        let jobs = workflow["jobs"].as_object().expect("there are jobs");
        for (name, job) in jobs {
            assert!(job["runs-on"].is_string(), "{at}: {name} runs on nothing");
            for needed in [&job["needs"]].into_iter().filter_map(Value::as_str) {
                assert!(jobs.contains_key(needed), "{at}: {name} needs {needed}");
            }
            let ids: BTreeSet<&str> =
                steps(job).iter().filter_map(|step| step["id"].as_str()).collect();
            for step in steps(job) {
                match (step["uses"].as_str(), step["run"].as_str()) {
                    (Some(action), None) => {
                        let has_version = action.split_once('@').is_some_and(|(_, v)| v.len() > 1);
                        assert!(has_version, "{at}: {action} has no version");
                    }
                    (None, Some(script)) => assert_is_script(&file, script),
                    _ => panic!("{at}: {step} does one thing"),
                }
                let text = step.to_string();
                for used in text.split("steps.").skip(1) {
                    let id = used.split('.').next().expect("a name");
                    assert!(ids.contains(id), "{at}: there is no step {id}");
                }
            }
        }
    }
}

fn assert_is_script(file: &Path, script: &str) {
    // What a runner fills in before.
    let mut filled = String::new();
    let mut rest = script;
    while let Some((before, after)) = rest.split_once("${{") {
        let (_, behind) = after.split_once("}}").expect("an expression ends");
        filled.extend([before, "x"]);
        rest = behind;
    }
    filled.push_str(rest);
    let mut bash = command::command("bash".as_ref(), Path::new("/"));
    let outcome = command::run(&mut bash, &["-n", "-c", &filled]);
    assert_eq!(outcome.code, 0, "{}: {script}\n{}", file.display(), outcome.err);
}
