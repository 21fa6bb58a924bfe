//! The hooks for pre-commit, run by pre-commit.

use std::fs;
use std::path::Path;

use selfsame_testing::command::{self, Outcome};
use selfsame_testing::repository::Repository;
use selfsame_testing::requirements::have;
use selfsame_testing::{package, yaml};
use tempfile::TempDir;

const HOOKS: &str = ".pre-commit-hooks.yaml";

/// Runs a hook of this repository as it is now, in another repository.
fn hook(hooks: &Repository, repository: &Repository, cache: &Path, arguments: &[&str]) -> Outcome {
    let mut hook = command::command("pre-commit".as_ref(), repository.path());
    let bin = Path::new(env!("CARGO_BIN_EXE_selfsame")).parent().expect("it has a directory");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
    hook.env("PATH", path).env("PRE_COMMIT_HOME", cache).arg("try-repo").arg(hooks.path());
    command::run(&mut hook, &[arguments, &["--all-files"]].concat())
}

#[test]
fn the_hooks_pass_and_fail_as_the_command_does() {
    if !["git", "pre-commit"].into_iter().all(have) {
        return;
    }
    let directory = TempDir::with_prefix("selfsame-hooks-").expect("a temporary directory");
    let hooks = Repository::init(&directory.path().join("hooks"));
    hooks.write(HOOKS, fs::read(package().join(HOOKS)).expect("there are hooks"));
    hooks.commit("Have hooks");
    let repository = Repository::init(&directory.path().join("hello"));
    repository.write("Cargo.toml", "[package]\nname = \"hello\"\nversion = \"0.1.0\"\n");
    let lock = "version = 4\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n";
    repository.write("Cargo.lock", lock);
    repository.write("src/main.rs", "fn main() {}\n");
    repository.commit("Say hello");
    let run =
        |arguments: &[&str]| hook(&hooks, &repository, &directory.path().join("cache"), arguments);

    let outcome = run(&["selfsame-hash"]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("Passed"), "{}", outcome.out);
    let also = "[package.metadata.selfsame]\nalso = [\"proto\"]\n";
    repository
        .write("Cargo.toml", format!("[package]\nname = \"hello\"\nversion = \"0.1.0\"\n\n{also}"));
    let outcome = run(&["selfsame-hash"]);
    assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("`proto` does not exist"), "{}", outcome.out);

    // The other one runs on demand. Without arguments there is nothing to check.
    let outcome = run(&["selfsame-check", "--hook-stage", "manual"]);
    assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("exit code: 64"), "{}", outcome.out);
}

#[test]
fn each_hook_is_a_subcommand() {
    for hook in yaml::read_one(&package().join(HOOKS)).as_array().expect("a list") {
        let entry = hook["entry"].as_str().expect("a hook runs something");
        let (program, subcommand) = entry.split_once(' ').expect("a subcommand");
        assert_eq!(program, "selfsame");
        let mut help = command::command(env!("CARGO_BIN_EXE_selfsame").as_ref(), Path::new("/"));
        assert_eq!(command::run(&mut help, &[subcommand, "--help"]).code, 0, "{entry}");
        assert_eq!(hook["id"], entry.replace(' ', "-"));
    }
}
