//! Programs that never end: each run has a time limit, and none is left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use selfsame::report::Level;
use selfsame::stamp::Facts;
use selfsame_core::environment::Environment;
use selfsame_source::{Package, Untracked, survey};

use crate::project::Project;
use crate::run::{assert_cannot_tell, finish, selfsame_in};
use selfsame_testing::command::{Outcome, install_script};

/// A directory with a program that takes down its process and never ends, for the PATH.
pub(crate) struct Hanging {
    directory: PathBuf,
}

impl Hanging {
    /// The program hangs if `condition`, of the shell, holds, and is the one of the machine otherwise.
    pub(crate) fn when(condition: &str, program: &str, directory: &Path) -> Self {
        Self::doing("sleep infinity", condition, program, directory)
    }

    /// The same that prints without end.
    pub(crate) fn printing(program: &str, directory: &Path) -> Self {
        Self::doing("yes", "true", program, directory)
    }

    fn doing(then: &str, condition: &str, program: &str, directory: &Path) -> Self {
        fs::create_dir_all(directory).expect("it can be made");
        let path = "/usr/local/bin:/usr/bin:/bin";
        let text = format!(
            "#!/bin/sh\nPATH={path}\nif {condition}; then\n  echo $$ >> '{}'\n  exec {then}\n\
             fi\nexec {program} \"$@\"\n",
            directory.join("processes").display(),
        );
        install_script(&text, &directory.join(program));
        Self { directory: directory.to_owned() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.directory
    }

    /// Asserts that the program was run, and that none of its processes is there any more.
    #[track_caller]
    pub(crate) fn assert_killed(&self, case: &str) {
        let processes = self.directory.join("processes");
        let ids = fs::read_to_string(&processes).unwrap_or_default();
        assert!(!ids.is_empty(), "it was not run: {case}");
        for id in ids.lines() {
            assert!(!Path::new("/proc").join(id).exists(), "{id} is left behind: {case}");
        }
        fs::remove_file(processes).expect("it can be removed");
    }

    fn run(&self, from: &Path, arguments: &[&str]) -> Outcome {
        finish(selfsame_in(from).env("PATH", &self.directory).args(arguments))
    }
}

#[test]
fn git_that_never_ends_is_given_up() {
    let project = Project::new();
    let report = project.captured(project.facts(), Level::Full);
    let hanging = Hanging::when("true", "git", &project.beside("programs"));
    let late = "`git rev-parse` did not finish within 300ms";
    for (arguments, code) in [
        (&["check", "--report", &report, "--source", ".", "--timeout", "300ms"][..], 0),
        (&["check", "--report", &report, "--timeout", "300ms"], 2),
        (
            &["check", "--report", &report, "--commit", "HEAD", "--source", ".", "--timeout=300ms"],
            2,
        ),
        (&["hash", "--timeout", "300ms"], 0),
        (&["hash", "--commit", "HEAD", "--timeout", "300ms"], 2),
        (&["why", "src/main.rs", "--timeout", "300ms"], 0),
    ] {
        let outcome = hanging.run(project.path(), arguments);
        let said = format!("{}{}", outcome.out, outcome.err);
        assert_eq!(outcome.code, code, "{arguments:?}: {said}");
        assert!(arguments[0] == "why" || said.contains(late), "{arguments:?}: {said}");
        hanging.assert_killed(&format!("{arguments:?}"));
    }
}

#[test]
fn git_that_hangs_later_is_given_up() {
    let project = Project::new();
    let report = project.captured(project.facts(), Level::Full);
    for (subcommand, arguments, code) in [
        ("cat-file", &["hash", "--commit", "HEAD", "--timeout", "5s"][..], 2),
        ("status", &["check", "--report", &report, "--source", ".", "--timeout", "5s"], 0),
    ] {
        // Settings stand before the subcommand.
        let condition = format!("case \"$*\" in *' {subcommand} '*) true;; *) false;; esac");
        let hanging = Hanging::when(&condition, "git", &project.beside(subcommand));
        let outcome = hanging.run(project.path(), arguments);
        let said = format!("{}{}", outcome.out, outcome.err);
        assert_eq!(outcome.code, code, "{arguments:?}: {said}");
        let late = format!("`git {subcommand}` did not finish within 5s");
        assert!(said.contains(&late), "{arguments:?}: {said}");
        hanging.assert_killed(subcommand);
    }
}

#[test]
fn a_build_whose_git_never_ends_says_so() {
    let project = Project::new();
    let hanging = Hanging::when("true", "git", &project.beside("programs"));
    let environment: Environment = [("PATH", hanging.path())].into_iter().collect();
    let package = Package::open(project.path()).expect("a package");
    let time = Duration::from_millis(300);
    let index = project.beside("index");
    let survey = survey(&package, &environment, time, None, &index, &mut Untracked);
    let mut facts = Facts::new("api", "1.0.0");
    survey.expect("there is content").revision.write(&mut facts);
    // Git's own files tell the commit, and cannot tell whether the tree is clean.
    assert_eq!(facts.commit.map(|commit| commit.to_string()), Some(project.repository.head()));
    let why = facts.unknown.get("tree").expect("it is unknown");
    assert!(why.contains("`git rev-parse` did not finish within 300ms"), "{why}");
    hanging.assert_killed("survey");
}

#[test]
fn a_docker_client_that_never_ends_is_given_up() {
    let project = Project::new();
    let hanging = Hanging::when("true", "docker", &project.beside("programs"));
    let path = project.path();
    for artifact in ["docker://shop", "container://shop"] {
        let inspect = ["inspect", artifact, "--timeout", "300ms"];
        let words = [artifact, "printed nothing for 300ms", "--timeout"];
        let outcome = hanging.run(path, &inspect);
        assert_cannot_tell(artifact, &outcome, &words);
        hanging.assert_killed(artifact);
        let check = ["check", "--artifact", artifact, "--source", ".", "--timeout", "300ms"];
        let outcome = hanging.run(path, &check);
        assert_eq!(outcome.code, 2, "{artifact}: {}", outcome.out);
        let why = "printed nothing for 300ms (--timeout)";
        assert!(outcome.err.contains("`docker ") && outcome.err.contains(why), "{}", outcome.err);
        hanging.assert_killed(artifact);
    }
}

#[test]
fn git_that_prints_without_end_is_given_up() {
    let project = Project::new();
    let printing = Hanging::printing("git", &project.beside("programs"));
    let outcome = printing.run(project.path(), &["hash", "--commit", "HEAD"]);
    assert_cannot_tell("hash", &outcome, &["`git rev-parse` prints more than 268435456 bytes"]);
    printing.assert_killed("hash");
}

#[test]
fn a_stamp_names_a_number_of_changes() {
    let project = Project::new();
    for file in 0..30 {
        project.repository.write(&format!("src/modules/billing/part{file}.rs"), "// new\n");
    }
    let package = Package::open(project.path()).expect("a package");
    let index = project.beside("index");
    let time = Duration::from_secs(60);
    let path = [("PATH", "/usr/local/bin:/usr/bin:/bin")];
    let survey = survey(&package, &path.into_iter().collect(), time, None, &index, &mut Untracked);
    let mut facts = Facts::new("api", "1.0.0");
    survey.expect("there is content").revision.write(&mut facts);
    assert_eq!(facts.info.changed.len(), 20);
}
