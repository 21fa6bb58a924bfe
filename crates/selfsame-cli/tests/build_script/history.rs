//! What moves HEAD, and what moves the working tree.

use selfsame::stamp::Tree;

use crate::project::{Project, assert_git};
use selfsame_testing::repository::Repository;

#[test]
fn each_step_of_a_day_is_in_the_next_build() {
    let (project, repository) = Project::committed();
    let first = project.moved();
    assert_git(&first, &repository.head(), Tree::Clean);
    assert_eq!(first.facts().info.branch.as_deref(), Some("main"));

    // A commit that changes nothing of what is built.
    let empty = repository.commit("Empty");
    let stamp = project.moved();
    assert_git(&stamp, &empty, Tree::Clean);
    assert_eq!(stamp.facts().content, first.facts().content);
    assert_ne!(stamp.fingerprint(), first.fingerprint());

    project.edit("first", "second");
    let edited = project.moved_program();
    assert_eq!(edited.code, "second");
    assert_git(&edited.stamp, &empty, Tree::Dirty);
    assert_ne!(edited.stamp.facts().content, first.facts().content);
    assert_eq!(edited.stamp.facts().info.changed, ["M src/main.rs"]);

    let second = repository.commit("Second");
    let stamp = project.moved();
    assert_git(&stamp, &second, Tree::Clean);
    assert_eq!(stamp.facts().content, edited.stamp.facts().content);

    // An edit that is taken back leaves the content of before.
    project.edit("second", "third");
    project.moved();
    project.edit("third", "second");
    let stamp = project.moved();
    assert_git(&stamp, &second, Tree::Clean);
    assert_eq!(stamp.facts().content, edited.stamp.facts().content);
}

#[test]
fn head_is_followed_wherever_git_takes_it() {
    let (project, repository) = Project::committed();
    let first = repository.head();
    project.moved();

    repository.git(["commit", "--quiet", "--amend", "--message", "First, amended"]);
    let amended = repository.head();
    assert_ne!(amended, first);
    assert_git(&project.moved(), &amended, Tree::Clean);

    repository.git(["switch", "--quiet", "--create", "topic/of-the-day"]);
    let on_topic = repository.commit("On a topic");
    let stamp = project.moved();
    assert_git(&stamp, &on_topic, Tree::Clean);
    assert_eq!(stamp.facts().info.branch.as_deref(), Some("topic/of-the-day"));

    repository.git(["switch", "--quiet", "main"]);
    assert_git(&project.moved(), &amended, Tree::Clean);

    repository.git(["switch", "--quiet", "--detach", &on_topic]);
    let stamp = project.moved();
    assert_git(&stamp, &on_topic, Tree::Clean);
    assert_eq!(stamp.facts().info.branch, None);
    let detached = repository.commit("While detached");
    assert_git(&project.moved(), &detached, Tree::Clean);

    repository.git(["switch", "--quiet", "topic/of-the-day"]);
    let second = repository.commit("To be taken back");
    assert_git(&project.moved(), &second, Tree::Clean);
    repository.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    assert_git(&project.moved(), &on_topic, Tree::Clean);
    repository.git(["reset", "--quiet", "--soft", "main"]);
    assert_git(&project.moved(), &amended, Tree::Clean);
}

#[test]
fn a_new_branch_at_the_same_commit_keeps_the_fingerprint() {
    let (project, repository) = Project::committed();
    let before = project.moved();
    repository.git(["switch", "--quiet", "--create", "other"]);
    let after = project.moved();
    assert_eq!(after.facts().info.branch.as_deref(), Some("other"));
    assert_eq!(after.fingerprint(), before.fingerprint());
}

#[test]
fn an_untracked_source_file_makes_the_tree_dirty() {
    let (project, repository) = Project::committed();
    let before = project.moved();
    project.write("src/new.rs", "// nobody knows of me\n");
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Dirty);
    assert_eq!(stamp.facts().info.changed, ["? src/new.rs"]);
    assert_ne!(stamp.facts().content, before.facts().content);
    std::fs::remove_file(project.path().join("src/new.rs")).unwrap();
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Clean);
    assert_eq!(stamp.facts().content, before.facts().content);
}

#[test]
fn neither_the_index_nor_a_files_mode_decides_what_is_clean() {
    let (project, repository) = Project::committed();
    project.moved();
    let head = repository.head();

    // Git's own status has them as changed; the file holds what the commit holds.
    repository.git(["rm", "--quiet", "--cached", "src/main.rs"]);
    repository.git(["update-index", "--chmod=+x", "build.rs"]);
    project.replace("Cargo.toml", "edition", "edition");
    assert_git(&project.moved(), &head, Tree::Clean);

    // Git's own status has it as unchanged; the file holds something else.
    repository.git(["reset", "--quiet"]);
    repository.git(["update-index", "--assume-unchanged", "src/main.rs"]);
    project.edit("first", "second");
    assert_git(&project.moved(), &head, Tree::Dirty);
    repository.git(["update-index", "--no-assume-unchanged", "src/main.rs"]);
    repository.git(["update-index", "--skip-worktree", "src/main.rs"]);
    project.edit("second", "third");
    assert_git(&project.moved(), &head, Tree::Dirty);
}

#[test]
fn a_package_in_a_workspaces_subfolder_is_stamped_like_any_other() {
    let mut project = Project::new();
    let repository = Repository::init(project.path());
    project.write("Cargo.toml", "[workspace]\nmembers = [\"services/*\"]\nresolver = \"3\"\n");
    for file in ["build.rs", "README.md", "src/main.rs"] {
        std::fs::remove_file(project.path().join(file)).unwrap();
    }
    project.write_package("services/api", project.name(), "");
    let first = repository.commit("First");
    let below = project.path().join("services/api");
    project.move_to(&below);
    assert_git(&project.moved(), &first, Tree::Clean);

    let empty = repository.commit("Empty");
    assert_git(&project.moved(), &empty, Tree::Clean);
    project.edit("first", "second");
    let stamp = project.moved();
    assert_git(&stamp, &empty, Tree::Dirty);
    assert_eq!(stamp.facts().info.changed, ["M src/main.rs"]);
    let second = repository.commit("Second");
    assert_git(&project.moved(), &second, Tree::Clean);

    // What lies beside the package is none of its business.
    repository.write("site/index.html", "<p>\n");
    repository.write("README.md", "# All of it\n");
    project.rested();
}
