//! The local packages that a service is built from: which of them decide, and how they are named.

use selfsame::report::Level;
use serde_json::{Value, json};

use crate::project::Project;
use crate::run::{assert_says, finish, selfsame_in};
use selfsame_testing::repository::Repository;

fn manifest(name: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n{more}")
}

fn locked(name: &str, more: &str) -> String {
    format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{more}")
}

/// The service `api` in a workspace, with `kit`, which it is built from, and `fixtures`, which its
/// tests use. The first project owns the directory.
fn with_siblings() -> (Project, Project, Repository) {
    let project = Project::new();
    let workspace = Repository::init(&project.beside("workspace"));
    let dependencies = "[dependencies]\nkit = { path = \"../kit\" }\n\
                        [dev-dependencies]\nfixtures = { path = \"../fixtures\" }\n";
    for (name, more) in [("api", dependencies), ("kit", ""), ("fixtures", "")] {
        workspace.write(&format!("{name}/Cargo.toml"), manifest(name, more));
        workspace.write(&format!("{name}/src/lib.rs"), "// begins\n");
    }
    workspace.write("Cargo.toml", "[workspace]\nmembers = [\"api\", \"kit\", \"fixtures\"]\n");
    let lock = locked("api", "dependencies = [\"fixtures\", \"kit\"]\n")
        + &locked("fixtures", "")
        + &locked("kit", "");
    workspace.write("Cargo.lock", format!("version = 4\n{lock}"));
    workspace.commit("Begin");
    let member = Project::at(&workspace.path().join("api"));
    (project, member, workspace)
}

#[test]
fn a_sibling_that_differs_is_drift_and_one_that_only_tests_use_is_not() {
    let (_directory, member, workspace) = with_siblings();
    let facts = member.facts();
    workspace.write("fixtures/src/lib.rs", "// more\n");
    workspace.write("kit/README.md", "# A kit\n");
    for case in ["changed", "committed"] {
        for level in [Level::Full, Level::Summary] {
            let outcome = member.check(facts.clone(), level, &[]);
            assert_says(&format!("{case}, {level}"), &outcome, 0, &["same `"]);
        }
        workspace.commit("Add to what tests use");
    }
    workspace.write("kit/src/lib.rs", "// more\n");
    for (case, words) in
        [("changed", "packages   kit"), ("committed", "changed    ../kit/src/lib.rs")]
    {
        let outcome = member.check(facts.clone(), Level::Full, &[]);
        assert_says(case, &outcome, 1, &[words]);
        workspace.commit("Add to the kit");
    }
    let outcome = member.check(facts.clone(), Level::Full, &["--format=json"]);
    let evidence = &outcome.finding("commit-behind")["evidence"];
    assert_eq!(evidence["packages"], json!(["kit"]), "{evidence}");
    let outcome = member.check(facts, Level::Full, &["--commit", "HEAD"]);
    assert_says("exactly", &outcome, 1, &["4 commits behind", "1 of 4 touch these, 3 do not"]);
}

#[test]
fn a_dependency_of_tests_alone_makes_no_drift() {
    let (_directory, member, workspace) = with_siblings();
    let facts = member.facts();
    workspace.replace("api/Cargo.toml", "{ path = \"../fixtures\" }", "\"1\"");
    workspace.write("fixtures/Cargo.toml", manifest("fixtures", "[features]\nmore = []\n"));
    workspace.replace("Cargo.lock", "\"fixtures\", ", "");
    for case in ["changed", "committed"] {
        let outcome = member.check(facts.clone(), Level::Full, &[]);
        assert_says(case, &outcome, 0, &["same `"]);
        workspace.commit("Test with another one");
    }
}

#[test]
fn a_package_that_the_build_leaves_out_makes_no_drift() {
    let (_directory, member, workspace) = with_siblings();
    let mut facts = member.facts();
    let kit = facts.packages.iter_mut().find(|package| package.name == "kit").expect("it is named");
    kit.inactive = true;
    workspace.write("kit/src/lib.rs", "// more\n");
    for case in ["changed", "committed"] {
        let outcome = member.check(facts.clone(), Level::Full, &[]);
        assert_says(case, &outcome, 0, &["[inactive-packages-differ]"]);
        // Without a token nobody knows that it is left out.
        let outcome = member.check(facts.clone(), Level::Summary, &[]);
        assert_eq!(outcome.code, 1, "{case}: {}", outcome.out);
        workspace.commit("Add to the kit");
    }
    workspace.write("api/src/lib.rs", "// more\n");
    let outcome = member.check(facts, Level::Full, &[]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
}

/// The service, with `kit` next to its repository.
fn with_outside() -> Project {
    let project = Project::new();
    let kit = Repository::init(&project.beside("kit"));
    kit.write("Cargo.toml", manifest("kit", ""));
    kit.write("src/lib.rs", "// begins\n");
    kit.commit("Begin");
    let dependency = "[dependencies]\nkit = { path = \"../kit\" }\n";
    project.repository.write("Cargo.toml", manifest("api", dependency));
    let lock = locked("api", "dependencies = [\"kit\"]\n") + &locked("kit", "");
    project.repository.write("Cargo.lock", format!("version = 4\n{lock}"));
    project.repository.commit("Use the kit");
    project
}

#[test]
fn a_package_outside_the_repository_is_named_and_not_compared_at_a_commit() {
    let project = with_outside();
    let facts = project.facts();
    assert_eq!(facts.outside[0].path, "../kit");
    // In the working tree it is compared as it is.
    let outcome = project.check(facts.clone(), Level::Full, &[]);
    assert_says("source", &outcome, 0, &["same `"]);
    assert!(!outcome.out.contains("the package `kit`"), "{}", outcome.out);
    let outcome = project.check(facts.clone(), Level::Full, &["--commit", "HEAD"]);
    let words = ["not compared: the package `kit` (it is at `../kit`, outside the repository"];
    assert_says("commit", &outcome, 0, &words);

    std::fs::write(project.beside("kit/src/lib.rs"), "// more\n").expect("it can be written");
    let outcome = project.check(facts.clone(), Level::Full, &[]);
    assert_says("changed", &outcome, 1, &["packages   kit"]);
    let outcome = project.check(facts, Level::Full, &["--commit", "HEAD"]);
    assert_says("changed, commit", &outcome, 2, &words);
}

#[test]
fn a_package_outside_leaves_the_tree_unknown_in_what_the_hash_names() {
    let project = with_outside();
    let hash = |arguments: &[&str]| -> Value {
        let outcome = finish(selfsame_in(project.path()).args(["hash", "--json"]).args(arguments));
        serde_json::from_str(&outcome.out).expect("it prints JSON")
    };
    let before = hash(&[]);
    assert_eq!(before["content"], hash(&["--commit", "HEAD"])["content"]);
    std::fs::write(project.beside("kit/src/lib.rs"), "// more\n").expect("it can be written");
    assert_ne!(before["content"], hash(&[])["content"]);
    let digest = |document: &Value, name: &str| {
        let packages = document["packages"].as_array().expect("a list").clone();
        let found = packages.into_iter().find(|package| package["name"] == name);
        found.expect("it is named")["sha256"].clone()
    };
    assert_ne!(digest(&before, "kit"), digest(&hash(&[]), "kit"));
    assert_eq!(digest(&before, "api"), digest(&hash(&[]), "api"));
}
