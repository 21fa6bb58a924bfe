//! Local dependencies that no stamp speaks for: neither a false "same" nor a false "drift".

use selfsame::report::Level;
use selfsame::stamp::{Facts, Tree};

use crate::project::Project;
use crate::support::command::Outcome;
use crate::support::repository::Repository;

/// A package that is built with `util`, and what a build of it says.
fn project() -> (Project, Facts) {
    let project = Project::new();
    let repository = &project.repository;
    let manifest = "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n[dependencies]\n\
                    util = { path = \"util\" }\n\n[workspace]\n";
    repository.write("Cargo.toml", manifest);
    let lock = "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n\
                dependencies = [\"util\"]\n\n[[package]]\nname = \"util\"\nversion = \"0.1.0\"\n";
    repository.write("Cargo.lock", lock);
    repository.write("util/Cargo.toml", "[package]\nname = \"util\"\nversion = \"0.1.0\"\n");
    repository.write("util/src/lib.rs", "pub fn x() -> u8 { 1 }\n");
    repository.commit("Use util");
    let facts = facts(&project);
    (project, facts)
}

fn facts(project: &Project) -> Facts {
    let mut facts = project.facts();
    facts.unstamped = vec!["util".to_owned()];
    facts
}

fn said(outcome: &Outcome) -> String {
    outcome.steps("running")[0].to_string()
}

#[test]
fn a_change_of_it_that_is_not_committed_leaves_no_same() {
    let (project, facts) = project();
    let same = project.check(facts.clone(), Level::Full, &["--json"]);
    assert_eq!(same.code, 0, "{same:?}");

    project.repository.write("util/src/lib.rs", "pub fn x() -> u8 { 2 }\n");
    for level in [Level::Full, Level::Summary] {
        let outcome = project.check(facts.clone(), level, &["--json"]);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        let said = said(&outcome);
        assert!(said.contains("util: M src/lib.rs") && said.contains("Stamper::part"), "{said}");
    }
    // Nor does a commit prove it where the content is unknown.
    let mut unknown = facts.clone();
    unknown.content = None;
    unknown.unknown("content", "it was not hashed");
    let outcome = project.check(unknown, Level::Full, &["--json"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    // The commit alone is what runs, whatever lies in the working tree now.
    let outcome = project.check(facts, Level::Full, &["--json", "--commit", "HEAD"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn a_change_of_it_is_seen_in_a_submodule_too() {
    let (project, _) = project();
    let repository = &project.repository;
    let util = Repository::init(&project.beside("util"));
    util.write("Cargo.toml", repository.read("util/Cargo.toml"));
    util.write("src/lib.rs", repository.read("util/src/lib.rs"));
    util.commit("Begin");
    repository.git(["rm", "-r", "--quiet", "util"]);
    let url = util.path().to_str().expect("the path is UTF-8");
    repository.git(["submodule", "--quiet", "add", url, "util"]);
    repository.commit("Share util");
    let facts = facts(&project);
    let check = || project.check(facts.clone(), Level::Full, &["--json"]);
    assert_eq!(check().code, 0, "{:?}", check());

    repository.write("util/src/lib.rs", "pub fn x() -> u8 { 2 }\n");
    // A workspace of its own or not, its lock file is none of the commit.
    for workspace in ["", "[workspace]\n"] {
        let manifest = util.read("Cargo.toml") + workspace;
        repository.write("util/Cargo.toml", manifest);
        let outcome = check();
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(said(&outcome).contains("util: M "), "{outcome:?}");
    }
}

#[test]
fn what_was_built_with_a_change_of_it_is_not_the_commit() {
    let (project, mut facts) = project();
    facts.revision.tree = Tree::Dirty;
    facts.info.changed = vec!["util: M src/lib.rs".to_owned()];
    for arguments in [&["--json"][..], &["--json", "--commit", "HEAD"]] {
        for level in [Level::Full, Level::Summary] {
            let outcome = project.check(facts.clone(), level, arguments);
            assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
        }
    }
}

#[test]
fn a_commit_that_changes_nothing_of_it_is_the_same_code() {
    let (project, facts) = project();
    project.repository.write("NOTES.md", "Read me.\n");
    project.repository.commit("Write notes");
    let outcome = project.check(facts.clone(), Level::Full, &["--json"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(said(&outcome).contains("1 commit behind"), "{outcome:?}");

    project.repository.write("util/src/lib.rs", "pub fn x() -> u8 { 2 }\n");
    project.repository.commit("Change util");
    let outcome = project.check(facts, Level::Full, &["--json"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(said(&outcome).contains("2 commits behind"), "{outcome:?}");
}
