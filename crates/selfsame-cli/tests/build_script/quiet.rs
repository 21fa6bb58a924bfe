//! What must not make cargo do anything.

use std::process::Stdio;

use selfsame::stamp::Tree;

use crate::project::{Project, assert_git};
use crate::require::whole_matrix;
use selfsame_testing::repository::Repository;

#[test]
fn git_at_work_beside_a_build_recompiles_nothing() {
    let (project, repository) = Project::committed();
    project.moved();

    let steps: [&[&str]; 12] = [
        &["status", "--short"],
        &["update-index", "--refresh"],
        &["tag", "v1"],
        &["tag", "--annotate", "--message", "One", "v1.0"],
        &["branch", "elsewhere"],
        &["pack-refs", "--all"],
        &["gc", "--quiet"],
        &["reflog", "expire", "--expire=now", "--all"],
        &["stash", "list"],
        &["describe", "--always", "--dirty"],
        &["notes", "add", "--message", "A note"],
        &["config", "user.nickname", "ada"],
    ];
    for step in steps {
        repository.git(step);
        project.rested();
    }

    let branch = repository.git(["branch", "--show-current"]);
    let other = Repository::init(&project.outside().join("other"));
    let fetched = other.commit("Elsewhere");
    let url = other.path().to_str().unwrap();
    repository.git(["fetch", "--quiet", url, "main:refs/remotes/origin/main"]);
    assert_eq!(repository.git(["rev-parse", "origin/main"]), fetched);
    project.rested();

    let worktree = project.outside().join("worktree");
    repository.git(["worktree", "add", "--quiet", worktree.to_str().unwrap(), "elsewhere"]);
    project.rested();
    Repository::at(&worktree).commit("In the other worktree");
    project.rested();
    assert_eq!(branch, "main");
}

#[test]
fn a_file_that_is_no_content_recompiles_nothing() {
    let (project, repository) = Project::committed();
    project.moved();
    for path in ["README.md", "LICENSE", "docs/a.md", "tests/a.rs", "benches/a.rs", "Dockerfile"] {
        project.write(path, "something else\n");
        project.rested();
    }
    for path in [".github/workflows/ci.yml", ".dockerignore", "examples/a.rs"] {
        project.write(path, "fn main() {}\n");
        project.rested();
    }
    repository.git(["add", "--all"]);
    project.rested();

    // And once it is committed, the content is still what it was, and clean.
    let commit = repository.commit("Documents");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_build_of_nothing_new_rests_in_release_too() {
    if !whole_matrix() {
        return;
    }
    let (mut project, repository) = Project::committed();
    project.argue(&["--release"]);
    assert_git(&project.moved(), &repository.head(), Tree::Clean);
    project.edit("first", "second");
    let program = project.moved_program();
    assert_eq!(program.code, "second");
    assert_git(&program.stamp, &repository.head(), Tree::Dirty);
    let commit = repository.commit("Second");
    assert_git(&project.moved(), &commit, Tree::Clean);
    repository.git(["gc", "--quiet"]);
    project.rested();
    let empty = repository.commit("Empty");
    assert_git(&project.moved(), &empty, Tree::Clean);
}

#[test]
fn a_build_leaves_no_trace_in_the_repository() {
    let (project, repository) = Project::committed();
    let index = project.path().join(".git/index");
    let before = (std::fs::read(&index).unwrap(), index.metadata().unwrap().modified().unwrap());
    // With a lock in the way, whoever wants to write the index fails.
    project.write(".git/index.lock", "");
    project.edit("first", "second");
    assert_git(&project.moved(), &repository.head(), Tree::Dirty);
    std::fs::remove_file(project.path().join(".git/index.lock")).unwrap();
    let after = (std::fs::read(&index).unwrap(), index.metadata().unwrap().modified().unwrap());
    assert_eq!(before, after);
    let status = selfsame_testing::repository::git(repository.path())
        .args(["status", "--porcelain"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&status.stdout), " M src/main.rs\n");
}

#[test]
fn two_checkouts_at_different_paths_carry_the_same_bytes() {
    let (project, repository) = Project::committed();
    let first = project.moved();
    let mut again = Project::again(&project);
    let elsewhere = again.outside().join("a rather different/place");
    std::fs::create_dir_all(elsewhere.parent().unwrap()).unwrap();
    let from = repository.path().to_str().unwrap();
    repository.git(["clone", "--quiet", from, elsewhere.to_str().unwrap()]);
    again.move_to(&elsewhere);
    // Another machine's environment.
    for (name, value) in [("LANG", "de_DE.UTF-8"), ("TZ", "Asia/Tokyo"), ("USER", "somebody")] {
        again.set(name, value);
    }
    let second = again.moved();
    assert_eq!(first.text(), second.text());
}
