//! Where git keeps its refs: loose, packed, in a linked worktree, in a table.

use selfsame::stamp::{CommitId, Tree};

use crate::project::{Project, assert_git};
use crate::require::{require, whole_matrix};
use selfsame_testing::repository::{Repository, git};

#[test]
fn refs_packed_before_the_first_build_are_followed() {
    let (project, repository) = Project::committed();
    repository.git(["pack-refs", "--all"]);
    assert!(!project.path().join(".git/refs/heads/main").exists());
    assert_git(&project.moved(), &repository.head(), Tree::Clean);
    let second = repository.commit("Second");
    assert_git(&project.moved(), &second, Tree::Clean);
}

#[test]
fn refs_packed_after_the_first_build_are_followed() {
    let (project, repository) = Project::committed();
    project.moved();
    repository.git(["gc", "--quiet"]);
    project.rested();
    for message in ["Second", "Third"] {
        let commit = repository.commit(message);
        assert_git(&project.moved(), &commit, Tree::Clean);
        repository.git(["pack-refs", "--all"]);
        project.rested();
    }
}

#[test]
fn a_branch_that_never_had_a_loose_ref_is_followed() {
    let (project, repository) = Project::committed();
    repository.git(["branch", "packed"]);
    repository.git(["pack-refs", "--all"]);
    project.moved();
    repository.git(["switch", "--quiet", "packed"]);
    project.moved();
    let commit = repository.commit("On it");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_commit_without_a_reflog_is_followed() {
    let (project, repository) = Project::committed();
    repository.git(["config", "core.logAllRefUpdates", "false"]);
    std::fs::remove_dir_all(project.path().join(".git/logs")).unwrap();
    project.moved();
    let commit = repository.commit("Unlogged");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_linked_worktree_is_stamped_from_its_own_head() {
    let (mut project, main) = Project::committed();
    let linked = project.outside().join("linked");
    main.git(["worktree", "add", "--quiet", "-b", "linked", linked.to_str().unwrap()]);
    project.move_to(&linked);
    let repository = Repository::at(&linked);
    assert_git(&project.moved(), &main.head(), Tree::Clean);

    let commit = repository.commit("Linked");
    let stamp = project.moved();
    assert_git(&stamp, &commit, Tree::Clean);
    assert_eq!(stamp.facts().info.branch.as_deref(), Some("linked"));

    main.commit("In the main worktree");
    project.rested();
    main.git(["pack-refs", "--all"]);
    project.rested();
    project.edit("first", "second");
    assert_git(&project.moved(), &commit, Tree::Dirty);
    let commit = repository.commit("Linked, after packing");
    assert_git(&project.moved(), &commit, Tree::Clean);
    repository.git(["switch", "--quiet", "--detach"]);
    let commit = repository.commit("Linked, detached");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_shallow_clone_with_a_detached_head_as_ci_makes_it_is_stamped() {
    let (mut project, origin) = Project::committed();
    origin.commit("Second");
    let clone = Repository::init(&project.outside().join("ci"));
    let url = format!("file://{}", origin.path().display());
    clone.git(["fetch", "--quiet", "--depth=1", &url, "main"]);
    clone.git(["checkout", "--quiet", "FETCH_HEAD"]);
    project.move_to(clone.path());
    let stamp = project.moved();
    assert_git(&stamp, &origin.head(), Tree::Clean);
    assert_eq!(clone.git(["rev-parse", "--is-shallow-repository"]), "true");

    let third = origin.commit("Third");
    clone.git(["fetch", "--quiet", "--depth=1", &url, "main"]);
    project.rested();
    clone.git(["checkout", "--quiet", "FETCH_HEAD"]);
    assert_git(&project.moved(), &third, Tree::Clean);
    let own = clone.commit("On top of it");
    assert_git(&project.moved(), &own, Tree::Clean);
}

#[test]
fn a_sha256_repository_is_stamped() {
    let project = Project::new();
    if !require("git with SHA-256 repositories", init(&project, "--object-format=sha256")) {
        return;
    }
    let repository = Repository::at(project.path());
    let commit = repository.commit("First");
    assert_eq!(commit.len(), 64);
    assert_git(&project.moved(), &commit, Tree::Clean);
    let commit = repository.commit("Second");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_reftable_repository_is_stamped() {
    let project = Project::new();
    if !require("git with reftable", init(&project, "--ref-format=reftable")) {
        return;
    }
    let repository = Repository::at(project.path());
    let commit = repository.commit("First");
    assert!(project.path().join(".git/reftable").is_dir());
    assert_git(&project.moved(), &commit, Tree::Clean);
    let commit = repository.commit("Second");
    assert_git(&project.moved(), &commit, Tree::Clean);
    repository.git(["switch", "--quiet", "--create", "other"]);
    let commit = repository.commit("Third");
    let stamp = project.moved();
    assert_git(&stamp, &commit, Tree::Clean);
    assert_eq!(stamp.facts().info.branch.as_deref(), Some("other"));
}

#[test]
fn a_linked_worktree_of_a_reftable_repository_is_stamped() {
    if !whole_matrix() {
        return;
    }
    let mut project = Project::new();
    if !require("git with reftable", init(&project, "--ref-format=reftable")) {
        return;
    }
    let main = Repository::at(project.path());
    main.commit("First");
    let linked = project.outside().join("linked");
    main.git(["worktree", "add", "--quiet", "-b", "linked", linked.to_str().unwrap()]);
    project.move_to(&linked);
    project.moved();
    let repository = Repository::at(&linked);
    let commit = repository.commit("Linked");
    assert_git(&project.moved(), &commit, Tree::Clean);
    repository.git(["switch", "--quiet", "--detach"]);
    let commit = repository.commit("Linked, detached");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_submodule_is_stamped_with_its_own_commit() {
    let (mut project, inner) = Project::committed();
    let outer = Repository::init(&project.outside().join("outer"));
    let url = inner.path().to_str().unwrap();
    outer.git(["submodule", "--quiet", "add", url, "services/inner"]);
    outer.commit("With a submodule");
    let submodule = Repository::at(&outer.path().join("services/inner"));
    assert!(submodule.path().join(".git").is_file());
    project.move_to(submodule.path());
    assert_git(&project.moved(), &inner.head(), Tree::Clean);

    let commit = submodule.commit("In the submodule");
    assert_git(&project.moved(), &commit, Tree::Clean);
    outer.commit("In the outer repository");
    project.rested();
}

#[test]
fn a_submodule_that_is_not_checked_out_is_missing_from_the_commit() {
    let (project, repository) = Project::committed();
    let shared = Repository::init(&project.outside().join("shared"));
    shared.write("api.proto", "message Invoice {}\n");
    shared.commit("Name an invoice");
    let url = shared.path().to_str().unwrap();
    repository.git(["submodule", "--quiet", "add", url, "proto"]);
    let commit = repository.commit("Share the messages");
    let whole = project.moved();
    assert_git(&whole, &commit, Tree::Clean);

    repository.git(["submodule", "--quiet", "deinit", "--force", "proto"]);
    let lacking = project.moved();
    assert_git(&lacking, &commit, Tree::Dirty);
    assert_ne!(lacking.facts().content, whole.facts().content);
    assert_eq!(lacking.facts().info.changed, ["D proto"]);
}

#[test]
fn a_branch_with_a_name_as_long_as_git_takes_it_is_followed() {
    let (project, repository) = Project::committed();
    let name = ["long"; 5].map(|part| part.repeat(50)).join("/");
    repository.git(["switch", "--quiet", "--create", &name]);
    let stamp = project.moved();
    assert_eq!(stamp.facts().info.branch.as_deref(), Some(name.as_str()));
    let commit = repository.commit("On it");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_branch_whose_name_is_no_utf8_is_followed_or_says_so() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let (project, repository) = Project::committed();
    let name = OsStr::from_bytes(b"caf\xe9");
    let create = [OsStr::new("switch"), OsStr::new("--quiet"), OsStr::new("--create"), name];
    repository.git(create);
    let agrees =
        |commit: Option<CommitId>| commit.is_none_or(|commit| commit.as_str() == repository.head());
    assert!(agrees(project.moved().facts().commit.clone()));
    repository.commit("On it");
    project.build();
    assert!(agrees(project.program().stamp.facts().commit.clone()));
}

#[test]
fn a_head_that_leads_through_a_second_symbolic_ref_is_followed() {
    if !whole_matrix() {
        return;
    }
    let (project, repository) = Project::committed();
    repository.git(["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    repository.git(["symbolic-ref", "HEAD", "refs/heads/alias"]);
    assert_git(&project.moved(), &repository.head(), Tree::Clean);
    let commit = repository.commit("Through the alias");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

/// Makes the project's directory a repository of a special kind, if git can.
fn init(project: &Project, kind: &str) -> bool {
    let mut init = git(project.path());
    init.args(["init", "--quiet", "--initial-branch=main", "--template=", kind]);
    init.output().is_ok_and(|output| output.status.success())
}
