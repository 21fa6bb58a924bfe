//! No repository, a broken one, somebody else's, or nobody to ask.

use std::os::unix::fs::symlink;
use std::path::Path;

use selfsame::stamp::{Origin, Tree};

use crate::project::{Project, assert_git, assert_unknown};
use crate::require::require;
use selfsame_testing::clean_environment;
use selfsame_testing::command::install_script;
use selfsame_testing::repository::Repository;

#[test]
fn without_a_repository_the_commit_is_unknown_and_the_reason_says_what_to_do() {
    let project = Project::new();
    let stamp = project.moved();
    assert_unknown(&stamp, "SELFSAME_COMMIT=$(git rev-parse HEAD)");
    assert!(stamp.facts().content.is_some());
    project.edit("first", "second");
    assert_ne!(project.moved().facts().content, stamp.facts().content);
}

#[test]
fn a_repository_that_appears_later_is_seen() {
    let project = Project::new();
    assert_unknown(&project.moved(), "there is no .git");
    let repository = Repository::init(project.path());
    let stamp = project.moved();
    assert_unknown(&stamp, "no commit yet");
    let commit = repository.commit("First");
    assert_git(&project.moved(), &commit, Tree::Clean);
    let commit = repository.commit("Second");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_repository_that_disappears_is_no_longer_an_answer() {
    let (project, _repository) = Project::committed();
    project.moved();
    std::fs::remove_dir_all(project.path().join(".git")).unwrap();
    assert_unknown(&project.moved(), "there is no .git");
}

#[test]
fn a_git_file_that_comes_to_lead_elsewhere_is_followed() {
    let (project, repository) = Project::committed();
    let one = project.outside().join("one.git");
    std::fs::rename(project.path().join(".git"), &one).unwrap();
    project.write(".git", format!("gitdir: {}\n", one.display()));
    assert_git(&project.moved(), &repository.head(), Tree::Clean);

    let two = project.outside().join("two.git");
    let copied = std::process::Command::new("cp").arg("-a").args([&one, &two]).status().unwrap();
    assert!(copied.success());
    project.rested();
    project.write(".git", format!("gitdir: {}\n", two.display()));
    assert_git(&project.moved(), &repository.head(), Tree::Clean);
    let commit = repository.commit("In the other one");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_repository_that_appears_above_is_seen() {
    let project = Project::in_subdirectory("group/service");
    assert_unknown(&project.moved(), "there is no .git");
    let repository = Repository::init(&project.outside().join("group"));
    let commit = repository.commit("All of it");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_parent_directory_that_is_somebody_elses_repository_is_no_answer() {
    let project = Project::in_subdirectory("home/vendor/service");
    let home = Repository::init(&project.outside().join("home"));
    home.write(".gitignore", "/vendor\n");
    home.write("notes.txt", "mine\n");
    home.commit("Notes");
    assert_unknown(&project.moved(), "does not track this package");

    // Its life is not ours.
    home.git(["gc", "--quiet"]);
    home.git(["tag", "v1"]);
    home.write("notes.txt", "mine, still\n");
    home.git(["add", "--all"]);
    project.rested();
    home.commit("More notes");
    project.build();
    assert_unknown(&project.program().stamp, "does not track this package");

    // Until it takes the package in.
    std::fs::remove_file(home.path().join(".gitignore")).unwrap();
    let commit = home.commit("Vendor the service");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_repository_of_its_own_inside_a_strangers_is_seen_when_it_appears() {
    let project = Project::in_subdirectory("home/service");
    let home = Repository::init(&project.outside().join("home"));
    home.write(".gitignore", "/service\n");
    home.commit("Notes");
    assert_unknown(&project.moved(), "does not track this package");
    let own = Repository::init(project.path());
    let commit = own.commit("First");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_git_file_that_points_nowhere_is_named() {
    let project = Project::new();
    let nowhere = project.outside().join("nowhere/.git/worktrees/service");
    project.write(".git", format!("gitdir: {}\n", nowhere.display()));
    let stamp = project.moved();
    assert_unknown(&stamp, nowhere.to_str().unwrap());
    project.write(".git", "no such line\n");
    assert_unknown(&project.moved(), "`gitdir: ");
}

#[test]
fn a_repository_without_a_commit_is_named_and_followed() {
    let project = Project::new();
    let repository = Repository::init(project.path());
    assert_unknown(&project.moved(), "has no commit yet");
    repository.git(["status"]);
    project.rested();
    let commit = repository.commit("First");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

/// Everything on PATH but git.
fn path_without_git(directory: &Path) {
    std::fs::create_dir_all(directory).unwrap();
    let path = clean_environment().into_iter().find(|(name, _)| name == "PATH").unwrap().1;
    for from in std::env::split_paths(&path) {
        for entry in from.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            if !name.as_encoded_bytes().starts_with(b"git") {
                let _ = symlink(entry.path(), directory.join(name));
            }
        }
    }
}

#[test]
fn without_the_git_program_the_commit_is_read_from_the_files() {
    let (mut project, repository) = Project::committed();
    let programs = project.outside().join("programs");
    path_without_git(&programs);
    project.set("PATH", &programs);
    let from_files = |project: &Project, commit: &str| {
        let stamp = project.moved();
        assert_git(&stamp, commit, Tree::Unknown);
        assert!(stamp.facts().unknown["tree"].contains("no `git` program"), "{}", stamp.text());
    };
    from_files(&project, &repository.head());
    from_files(&project, &repository.commit("Second"));

    repository.git(["pack-refs", "--all"]);
    project.rested();
    from_files(&project, &repository.commit("Third, after packing"));
    repository.git(["pack-refs", "--all"]);
    project.edit("first", "second");
    from_files(&project, &repository.head());
    repository.git(["switch", "--quiet", "--detach"]);
    from_files(&project, &repository.head());
    from_files(&project, &repository.commit("Detached"));

    let linked = project.outside().join("linked");
    repository.git(["worktree", "add", "--quiet", "-b", "linked", linked.to_str().unwrap()]);
    project.move_to(&linked);
    from_files(&project, &repository.head());
    from_files(&project, &Repository::at(&linked).commit("In the linked worktree"));

    // Git comes to PATH: the tree is known again.
    project.unset("PATH");
    let stamp = project.moved();
    assert_git(&stamp, &Repository::at(&linked).head(), Tree::Clean);
}

#[test]
fn without_the_git_program_a_strangers_repository_is_still_no_answer() {
    let mut project = Project::in_subdirectory("home/vendor/service");
    let home = Repository::init(&project.outside().join("home"));
    home.write(".gitignore", "/vendor\n");
    home.write("other/Cargo.toml", "# a name that is not ours\n");
    home.commit("Notes");
    let programs = project.outside().join("programs");
    path_without_git(&programs);
    project.set("PATH", &programs);
    assert_unknown(&project.moved(), "does not track this package");
}

#[test]
fn without_the_git_program_sha256_and_reftable_are_right_or_say_so() {
    for (kind, readable) in [("--object-format=sha256", true), ("--ref-format=reftable", false)] {
        let mut project = Project::new();
        let mut init = selfsame_testing::repository::git(project.path());
        init.args(["init", "--quiet", "--initial-branch=main", "--template=", kind]);
        let made = init.output().is_ok_and(|output| output.status.success());
        if !require(&format!("git with `init {kind}`"), made) {
            continue;
        }
        let commit = Repository::at(project.path()).commit("First");
        let programs = project.outside().join("programs");
        path_without_git(&programs);
        project.set("PATH", &programs);
        let stamp = project.moved();
        if readable {
            assert_git(&stamp, &commit, Tree::Unknown);
        } else {
            assert_unknown(&stamp, "reftable");
        }
    }
}

#[test]
fn a_repository_owned_by_another_user_is_right_as_far_as_it_goes() {
    let (project, repository) = Project::committed();
    let chown = |uid: u32| {
        let owner = std::os::unix::fs::chown(project.path(), Some(uid), None);
        owner.and_then(|()| std::os::unix::fs::chown(project.path().join(".git"), Some(uid), None))
    };
    if !require("the right to give a directory away", chown(12345).is_ok()) {
        return;
    }
    let stamp = project.moved();
    assert_git(&stamp, &repository_head(&project), Tree::Unknown);
    let reason = &stamp.facts().unknown["tree"];
    assert!(reason.contains("dubious ownership") && reason.contains("safe.directory"), "{reason}");
    drop(repository);
}

/// The head as the file says it, since git refuses.
fn repository_head(project: &Project) -> String {
    project.read(".git/refs/heads/main").trim().to_owned()
}

#[test]
fn a_shell_that_refuses_every_command_is_not_asked() {
    let (mut project, repository) = Project::committed();
    project.set("SHELL", "/usr/sbin/nologin");
    assert_git(&project.moved(), &repository.head(), Tree::Clean);
}

#[test]
fn a_git_hooks_variables_lead_nowhere_else() {
    let (mut project, repository) = Project::committed();
    let other = Repository::init(&project.outside().join("other"));
    other.write("Cargo.toml", "# not ours\n");
    other.commit("Somebody else's");
    let git = other.path().join(".git");
    project.set("GIT_DIR", &git);
    project.set("GIT_INDEX_FILE", git.join("index"));
    project.set("GIT_WORK_TREE", other.path());
    project.set("GIT_PREFIX", "sub/");
    project.set("GIT_COMMON_DIR", &git);
    project.set("GIT_OBJECT_DIRECTORY", git.join("objects"));
    assert_git(&project.moved(), &repository.head(), Tree::Clean);
}

#[test]
fn a_build_in_a_post_commit_hook_sees_the_new_commit() {
    let (project, repository) = Project::committed();
    project.moved();
    let hook = project.path().join(".git/hooks/post-commit");
    let cargo = project.cargo();
    let mut build = cargo.command(project.path());
    build.args(["build", "--offline"]);
    let line: Vec<String> = build
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)))
        .filter(|(name, _)| name.starts_with("CARGO") || name.starts_with("RUSTUP"))
        .map(|(name, value)| format!("{name}='{value}'"))
        .collect();
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let arguments: Vec<String> =
        build.get_args().map(|argument| format!("'{}'", argument.to_str().unwrap())).collect();
    let (line, arguments) = (line.join(" "), arguments.join(" "));
    let script = format!("#!/bin/sh\n{line} '{}' {arguments} 2>&1\n", env!("CARGO"));
    install_script(&script, &hook);
    project.edit("first", "second");
    let mut commit = selfsame_testing::repository::git(repository.path());
    commit.args(["-c", "core.hooksPath=.git/hooks", "commit", "--all", "--quiet", "-m", "Hooked"]);
    assert!(commit.output().unwrap().status.success());
    let program = project.program();
    assert_eq!(program.code, "second");
    assert_git(&program.stamp, &repository.head(), Tree::Clean);
    assert_eq!(program.stamp.facts().revision.origin, Origin::Git);
}
