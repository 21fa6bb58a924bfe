//! A stranger's clone: none of its programs runs, and nothing is fetched for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use selfsame::report::Level;
use selfsame::stamp::Facts;
use selfsame_build::Stamper;
use selfsame_core::environment::Environment;
use tempfile::TempDir;

use crate::project::{Project, report};
use crate::run::{assert_cannot_tell, finish, selfsame_in};
use selfsame_testing::command::install_script;
use selfsame_testing::repository::{Repository, git};

/// The path of a file that a program leaves behind when it runs.
struct Mark(PathBuf);

impl Mark {
    /// A program that leaves the mark, then is another one.
    fn program(&self, then: &str) -> PathBuf {
        let program = self.0.with_extension("sh");
        let text = format!("#!/bin/sh\n: > '{}'\n{then}\n", self.0.display());
        install_script(&text, &program);
        program
    }

    #[track_caller]
    fn assert_absent(&self, case: &str) {
        assert!(!self.0.exists(), "a program was run: {case}");
    }

    /// Asserts that plain git runs the program, so that its absence elsewhere means something.
    #[track_caller]
    fn assert_left_by(&self, directory: &Path, arguments: &[&str]) {
        let mut git = git(directory);
        let _ = git.args(arguments).stdin(Stdio::null()).output().expect("git runs");
        assert!(self.0.exists(), "git does not run the program: {arguments:?}");
        fs::remove_file(&self.0).expect("it can be removed");
    }
}

/// A clone with a package in `svc/`, whose tracked files look like a bare repository with a filter.
fn with_a_bare_repository(directory: &Path, mark: &Mark) -> Repository {
    let inner = Repository::init(&directory.join("inner"));
    inner.write("Cargo.toml", "[package]\nname = \"svc\"\nversion = \"1.0.0\"\n");
    inner.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"svc\"\nversion = \"1.0.0\"\n");
    inner.write("src/main.rs", "fn main() {}\n");
    inner.write(".gitattributes", "* filter=mark\n");
    inner.write("dist/app.js", "run()\n");
    inner.commit("Begin");
    let program = mark.program("exec cat");
    for way in ["clean", "smudge"] {
        inner.git(["config", &format!("filter.mark.{way}"), program.to_str().expect("UTF-8")]);
    }
    inner.git(["config", "core.worktree", "."]);
    let outer = Repository::init(&directory.join("outer"));
    let svc = outer.path().join("svc");
    fs::rename(inner.path(), &svc).expect("it can be moved");
    for name in ["HEAD", "config", "objects", "refs"] {
        fs::rename(svc.join(".git").join(name), svc.join(name)).expect("it can be moved");
    }
    fs::remove_dir_all(svc.join(".git")).expect("it can be removed");
    outer.commit("Track a service");
    let clone = directory.join("clone");
    let [from, to] = [outer.path(), &clone].map(|path| path.to_str().expect("UTF-8"));
    outer.git(["clone", "--quiet", "--no-local", from, to]);
    Repository::at(&clone)
}

#[test]
fn files_that_look_like_a_repository_run_no_filter() {
    let directory = TempDir::with_prefix("selfsame-foreign-").expect("a temporary directory");
    let mark = Mark(directory.path().join("mark"));
    let clone = with_a_bare_repository(directory.path(), &mark);
    let svc = clone.path().join("svc");
    mark.assert_absent("the clone itself");

    let captured = directory.path().join("report.json");
    fs::write(&captured, report(Facts::new("svc", "1.0.0"), Level::Full)).expect("a file");
    let captured = captured.to_str().expect("UTF-8");
    let head = clone.head();
    for (from, arguments) in [
        (&*svc, &["hash"][..]),
        (&*svc, &["hash", "--list"]),
        (&*svc, &["hash", "--commit", "HEAD"]),
        (clone.path(), &["hash", "--source", "svc"]),
        (clone.path(), &["hash", "--source", "svc", "--commit", &head]),
        (clone.path(), &["why", "--all", "--source", "svc"]),
        (clone.path(), &["why", "svc/src/main.rs", "--source", "svc"]),
        (clone.path(), &["check", "--report", captured, "--source", "svc"]),
        (&*svc, &["check", "--report", captured, "--commit", "HEAD"]),
        (clone.path(), &["check", "--report", captured, "--source", "svc", "--commit", &head]),
        (clone.path(), &["stamp", "svc/dist", "--source", "svc", "--output", "stamp.json"]),
    ] {
        finish(selfsame_in(from).args(arguments));
        mark.assert_absent(&format!("{arguments:?}"));
    }

    let out = directory.path().join("out");
    let environment: Environment = [
        ("CARGO_MANIFEST_DIR", svc.as_os_str()),
        ("OUT_DIR", out.as_os_str()),
        ("PROFILE", "debug".as_ref()),
        ("TARGET", "x86_64-unknown-linux-gnu".as_ref()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".as_ref()),
    ]
    .into_iter()
    .collect();
    Stamper::new().emit_to(&environment, &mut Vec::new()).expect("a stamp");
    mark.assert_absent("the build script");

    let all = "safe.bareRepository=all";
    let _ = git(&svc).args(["-c", all, "read-tree", "HEAD"]).output().expect("git runs");
    mark.assert_left_by(&svc, &["-c", all, "status", "--porcelain"]);
}

/// A clone without the files of its older commit, whose remote is asked by a program of its own.
fn partial_clone(origin: &Project, mark: &Mark) -> Repository {
    let source = origin.path();
    origin.repository.git(["config", "uploadpack.allowFilter", "true"]);
    origin.repository.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let to = origin.beside("clone");
    let url = format!("file://{}", source.display());
    let clone = ["clone", "--quiet", "--filter=blob:none", &url, to.to_str().expect("UTF-8")];
    origin.repository.git(clone);
    let clone = Repository::at(&to);
    let program = mark.program("exec git-upload-pack \"$@\"");
    clone.git(["config", "remote.origin.uploadpack", program.to_str().expect("UTF-8")]);
    clone
}

#[test]
fn no_commit_that_a_process_names_starts_a_fetch() {
    let origin = Project::new();
    let old = origin.facts();
    origin.repository.write("src/modules/billing/mod.rs", "// bills more\n");
    let new = origin.repository.commit("Bill more");
    let mark = Mark(origin.beside("mark"));
    let clone = partial_clone(&origin, &mark);
    // A commit of the remote that came after the clone, and one that nobody has.
    origin.repository.write("src/modules/billing/mod.rs", "// bills even more\n");
    origin.repository.commit("Bill even more");
    let late = origin.facts();
    let mut nowhere = late.clone();
    nowhere.commit = Some("0123456789abcdef0123456789abcdef01234567".parse().expect("an id"));

    let from = clone.path();
    let id = |facts: &Facts| facts.commit.as_ref().expect("there is a commit").to_string();
    for facts in [&old, &late, &nowhere] {
        let id = id(facts);
        let report = origin.captured(facts.clone(), Level::Full);
        let artifact = origin.artifact(std::slice::from_ref(facts));
        for arguments in [
            &["check", "--report", &report, "--source", "."][..],
            &["check", "--artifact", &artifact, "--source", "."],
            &["check", "--report", &report, "--source", ".", "--commit", &new],
            &["check", "--report", &report, "--source", ".", "--commit", &id],
            &["hash", "--commit", &id],
        ] {
            finish(selfsame_in(from).args(arguments));
            mark.assert_absent(&format!("{id}: {arguments:?}"));
        }
    }
    let outcome = finish(selfsame_in(from).args(["hash", "--commit", &id(&old)]));
    assert!(outcome.err.contains("git fetch --refetch"), "{}", outcome.err);
    mark.assert_left_by(
        from,
        &["cat-file", "-p", &format!("{}:src/modules/billing/mod.rs", id(&old))],
    );
    mark.assert_left_by(from, &["cat-file", "-e", &id(&late)]);
}

#[test]
fn nothing_in_a_clone_is_waited_for_or_ends_the_command() {
    let project = Project::new();
    let nested = |text: &str| format!("{}test{}", text.repeat(100_000), ")".repeat(100_000));
    let main = "mod modules;\nfn main() {}\n";
    for (case, path, text) in [
        ("cfg", "src/main.rs", format!("#[cfg({})]\n{main}", nested("not("))),
        ("cfg_attr", "src/main.rs", format!("#[{}]\n{main}", nested("cfg_attr(a, "))),
        ("groups", "src/main.rs", format!("{main}fn f() {{ {} }}", nested("("))),
    ] {
        project.repository.write(path, text);
        for arguments in [&["hash"][..], &["why", "--all"]] {
            let outcome = finish(selfsame_in(project.path()).args(arguments));
            assert_eq!(outcome.code, 0, "{case} {arguments:?}: {}", outcome.err);
        }
    }

    // The manifest of a workspace that is a FIFO.
    let workspace = project.beside("workspace");
    fs::create_dir(&workspace).expect("it can be made");
    let made = Command::new("mkfifo").arg(workspace.join("Cargo.toml")).status();
    assert!(made.expect("mkfifo runs").success());
    let report = project.captured(project.facts(), Level::Full);
    let arguments = ["check", "--report", &report, "--source", "."];
    let outcome = finish(selfsame_in(&workspace).args(arguments));
    assert_cannot_tell("a FIFO", &outcome, &["Cargo.toml` is not a regular file"]);
    finish(selfsame_in(&workspace).args(["check", "--report", &report]));
}

#[test]
fn no_program_is_taken_from_a_clone() {
    let project = Project::new();
    let report = project.captured(project.facts(), Level::Full);
    let mark = Mark(project.beside("mark"));
    let program = mark.program("exit 1");
    for name in ["git", "cargo", "docker", "podman", "bin/git", "bin/docker"] {
        let to = project.path().join(name);
        fs::create_dir_all(to.parent().expect("it has a directory")).expect("it can be made");
        fs::copy(&program, &to).expect("it can be copied");
    }
    project.repository.commit("Track programs");
    for path in ["", ":", ":/usr/bin:/bin", ".:/usr/bin:/bin", "bin:.", "/nowhere:"] {
        for arguments in [
            &["hash"][..],
            &["hash", "--commit", "HEAD"],
            &["check", "--report", &report, "--source", "."],
            &["inspect", "docker://selfsame-no-such-image"],
        ] {
            finish(selfsame_in(project.path()).env("PATH", path).args(arguments));
            mark.assert_absent(&format!("PATH={path} {arguments:?}"));
        }
    }
}
