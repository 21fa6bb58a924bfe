//! The verdict table, through the command.

use selfsame::report::Level;
use selfsame::stamp::{Digest, Facts, Origin, Revision, Tree};

use crate::project::{Project, report, seal};
use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame_in};
use crate::server::{Server, json};
use selfsame_testing::repository::{Repository, git};

/// Turns the facts of the present working tree into those of another build.
type Turn = fn(&mut Facts);

const UNKNOWN: Revision = Revision::new(Origin::Unknown, Tree::Unknown);

fn claimed(facts: &mut Facts) {
    facts.revision = Revision::new(Origin::Override, Tree::Unknown);
    facts.unknown("tree", "nobody said");
}

fn no_commit(facts: &mut Facts) {
    facts.commit = None;
    facts.revision = UNKNOWN;
    facts.unknown("commit", "there is no .git");
    facts.unknown("tree", "there is no .git");
}

fn no_content(facts: &mut Facts) {
    facts.content = None;
    facts.unknown("content", "there is no lock file");
}

fn other_content(facts: &mut Facts) {
    facts.content = Some(Digest::of(b"another"));
}

#[test]
fn each_row_of_one_commit_has_its_verdict() {
    let project = Project::new();
    #[rustfmt::skip]
    let table: [(&str, &[Turn], i32, i32, &str); 10] = [
        ("as it is", &[], 0, 0, "[equal]"),
        ("claimed", &[claimed], 0, 0, "[equal-claimed]"),
        ("claimed by a variable", &[claimed, |facts| {
            facts.revision.origin = Origin::Variable("GITHUB_SHA".into());
        }], 0, 0, "[equal-claimed]"),
        ("other content", &[other_content], 1, 1, "[content-differs]"),
        ("no commit", &[no_commit], 0, 2, "[commit-unknown]"),
        ("no commit, other content", &[no_commit, other_content], 1, 1,
            "[content-differs-commit-unknown]"),
        ("no content", &[no_content], 0, 0, "[commit-only]"),
        ("no content, claimed", &[no_content, claimed], 2, 2, "[commit-claimed]"),
        ("no content, changed", &[no_content, |facts| facts.revision.tree = Tree::Dirty], 2, 2,
            "[commit-claimed]"),
        ("nothing", &[no_commit, no_content], 2, 2, "[nothing-comparable]"),
    ];
    for (case, turns, source, commit, words) in table {
        for level in [Level::Full, Level::Summary] {
            let mut facts = project.facts();
            for turn in turns {
                turn(&mut facts);
            }
            let case = format!("{case}, {level}");
            let outcome = project.check(facts.clone(), level, &[]);
            assert_says(&format!("{case}, --source"), &outcome, source, &[words]);
            let outcome = project.check(facts, level, &["--commit", "HEAD"]);
            assert_says(&format!("{case}, --commit"), &outcome, commit, &[words]);
        }
    }
}

#[test]
fn the_compiler_that_source_pins_is_compared_where_it_is_known() {
    let project = Project::new();
    let mut facts = project.facts();
    facts.build.rustc = Some("1.88.0".to_owned());
    for (channel, level, exit, words) in [
        ("1.88.0", Level::Full, 0, "same `"),
        ("1.88", Level::Full, 0, "same `"),
        ("stable", Level::Full, 0, "same `"),
        ("1.89.0", Level::Full, 1, "[toolchain-differs]"),
        ("1.8", Level::Full, 1, "[toolchain-differs]"),
        ("1.89.0", Level::Summary, 0, "not compared: the compiler"),
    ] {
        let text = format!("[toolchain]\nchannel = \"{channel}\"\n");
        project.repository.write("rust-toolchain.toml", text);
        let outcome = project.check(facts.clone(), level, &[]);
        assert_says(&format!("{channel}, {level}"), &outcome, exit, &[words]);
    }
}

#[test]
fn a_commit_is_named_by_any_spelling_that_git_knows() {
    let project = Project::new();
    project.repository.git(["tag", "v1"]);
    let head = project.repository.head();
    for revision in ["HEAD", "main", "v1", "HEAD^{commit}", &head[..8], &head] {
        let outcome = project.check(project.facts(), Level::Summary, &["--commit", revision]);
        assert_says(revision, &outcome, 0, &[&format!("at exactly {head}")]);
    }
    // Without source, by its id alone.
    let report = project.captured(project.facts(), Level::Summary);
    let outcome = run(&["check", "--report", &report, "--commit", &head]);
    assert_says("the id alone", &outcome, 0, &["[commit-only]"]);
    let other = "1".repeat(40);
    let outcome = run(&["check", "--report", &report, "--commit", &other]);
    assert_says("another id alone", &outcome, 1, &["[commit-differs]"]);
    // A full id that this clone does not hold.
    let outcome = project.check(project.facts(), Level::Summary, &["--commit", &other]);
    assert_says("another id", &outcome, 1, &["[commit-differs]"]);
}

#[test]
fn an_older_commit_with_the_same_content_is_same_unless_the_commit_is_asked_for() {
    let project = Project::new();
    let running = project.facts();
    project.repository.write("README.md", "The API.\n");
    project.repository.commit("Reword");

    let words = "1 commit behind [other-commit-same-content]";
    let outcome = project.check(running.clone(), Level::Full, &[]);
    assert_says("--source", &outcome, 0, &[words]);
    let outcome = project.check(running, Level::Full, &["--commit", "HEAD"]);
    assert_says("--commit", &outcome, 1, &[words]);
}

#[test]
fn how_far_apart_two_commits_are_is_said_and_what_is_old() {
    let project = Project::new();
    let repository = &project.repository;
    let old = project.facts();
    repository.write("src/main.rs", "mod modules;\nfn main() { /* new */ }\n");
    repository.commit("Renew");
    repository.write("src/main.rs", "mod modules;\nfn main() { /* newer */ }\n");
    repository.commit("Renew again");
    let new = project.facts();

    let outcome = project.check(old.clone(), Level::Full, &[]);
    let words = ["2 commits behind [commit-behind]", "changed    src/main.rs", "build and deploy"];
    assert_says("behind", &outcome, 1, &words);

    repository.git(["checkout", "--quiet", "--detach", "HEAD~1"]);
    let outcome = project.check(new.clone(), Level::Full, &[]);
    assert_says("ahead", &outcome, 1, &["1 commit ahead [commit-ahead]", "update this clone"]);
    assert!(outcome.out.contains("(detached)"), "{}", outcome.out);

    repository.git(["checkout", "--quiet", "-b", "side"]);
    repository.write("src/side.rs", "");
    repository.commit("Go aside");
    let outcome = project.check(new.clone(), Level::Full, &[]);
    assert_says("diverged", &outcome, 1, &["1 commit behind and 1 ahead [commit-diverged]"]);

    let mut stranger = new;
    stranger.commit = Some("1".repeat(40).parse().expect("it is a commit"));
    let outcome = project.check(stranger.clone(), Level::Full, &[]);
    assert_says("not known", &outcome, 1, &["[commit-not-in-clone]", "git fetch"]);
    let artifact = project.artifact(&[stranger]);
    let outcome = run(&["check", "--artifact", &artifact, "--source", &project.source()]);
    assert_says("an artifact not known", &outcome, 1, &["git fetch"]);
}

#[test]
fn a_shallow_clone_does_not_guess_how_far_apart_commits_are() {
    let project = Project::new();
    let old = project.facts();
    project.repository.write("src/main.rs", "fn main() {}\n");
    project.repository.commit("Renew");
    let shallow = project.beside("shallow");
    let from = format!("file://{}", project.source());
    let cloned = git(project.path())
        .args(["clone", "--quiet", "--depth=1", &from])
        .arg(&shallow)
        .output()
        .expect("git runs");
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));

    let report = project.captured(old, Level::Full);
    let outcome =
        finish(selfsame_in(&shallow).args(["check", "--report", &report, "--source", "."]));
    assert_says("shallow", &outcome, 1, &["[clone-shallow]", "git fetch --unshallow"]);
    assert!(!outcome.out.contains("behind"), "{}", outcome.out);
}

#[test]
fn another_commit_without_a_content_is_unknown_unless_the_commit_is_asked_for() {
    let project = Project::new();
    let mut running = project.facts();
    no_content(&mut running);
    project.repository.commit("Do nothing");
    let outcome = project.check(running.clone(), Level::Full, &[]);
    assert_cannot_tell(
        "--source",
        &outcome,
        &["1 commit behind", "(rung 3, running, commit-differs)"],
    );
    let outcome = project.check(running, Level::Full, &["--commit", "HEAD"]);
    assert_says("--commit", &outcome, 1, &["1 commit behind [commit-behind]"]);
}

#[test]
fn the_commit_alone_says_nothing_of_a_working_tree_that_may_differ() {
    let project = Project::new();
    let repository = &project.repository;
    let mut running = project.facts();
    repository.write(".gitignore", "Cargo.lock\n");
    repository.git(["rm", "--quiet", "Cargo.lock"]);
    let head = repository.commit("Forget the lock file");
    running.commit = Some(head.parse().expect("it is a commit"));
    let check = |facts: &Facts, words: &[&str], code| {
        let outcome = project.check(facts.clone(), Level::Summary, &[]);
        assert_says("running", &outcome, code, words);
        let artifact = project.artifact(std::slice::from_ref(facts));
        let outcome = run(&["check", "--artifact", &artifact, "--source", &project.source()]);
        assert_says("artifact", &outcome, code, words);
    };
    check(&running, &["[commit-only]"], 0);
    repository.write("src/main.rs", "fn main() {}\n");
    check(&running, &["[commit-claimed]", "[source-changed]"], 2);
    // Here the content cannot even be listed.
    repository.git(["checkout", "--quiet", "src/main.rs"]);
    project.scope("also = [\"/etc\"]");
    check(&running, &["[commit-claimed]", "is absolute"], 2);
}

#[test]
fn modules_and_files_are_named_to_whoever_may_see_them() {
    let project = Project::new();
    let repository = &project.repository;
    repository.write("src/modules/legacy.rs", "// old\n");
    repository.commit("Keep the old");
    let running = project.facts();
    repository.git(["rm", "--quiet", "src/modules/legacy.rs"]);
    repository.write("src/modules/workflow/mod.rs", "// new\n");
    repository.write("src/modules/customers.rs", "// more customers\n");
    repository.commit("Add workflows");

    let words = "modules    missing: workflow; different: customers; no longer in source: legacy";
    let full = project.check(running.clone(), Level::Full, &[]);
    assert_says("full", &full, 1, &[words, "src/modules/workflow/mod.rs"]);
    let summary = project.check(running.clone(), Level::Summary, &[]);
    assert_says("summary", &summary, 1, &["1 commit behind [commit-behind]"]);
    assert!(!summary.out.contains("modules    "), "{}", summary.out);

    let artifact = project.artifact(std::slice::from_ref(&running));
    let outcome = run(&["check", "--artifact", &artifact, "--source", &project.source()]);
    assert_says("artifact", &outcome, 1, &[words, "rebuild: cargo build"]);

    // A module that the build named and source has no more.
    let mut named = running;
    named.scope.modules = ["src/modules/legacy".to_owned()].into();
    let outcome = project.check(named, Level::Full, &[]);
    let words = ["[commit-behind]"];
    assert_says("named", &outcome, 1, &words);
}

#[test]
fn a_changed_tree_is_named_on_the_side_that_has_it() {
    let project = Project::new();
    let clean = project.facts();
    project.repository.write("src/main.rs", "fn main() { todo!() }\n");
    project.repository.write("src/new.rs", "");
    let mut changed = project.facts();
    changed.info.changed = vec!["M src/main.rs".to_owned()];

    let outcome = project.check(clean, Level::Full, &[]);
    let words = ["[local-changes]", "M src/main.rs", "? src/new.rs", "--commit HEAD", "DRIFT"];
    assert_says("source is changed", &outcome, 1, &words);
    let outcome = project.check(changed.clone(), Level::Full, &[]);
    assert_says("both are", &outcome, 0, &["[equal-with-changes]"]);
    let outcome = project.check(changed, Level::Full, &["--commit", "HEAD"]);
    let words = ["[content-differs]", "built with M src/main.rs"];
    assert_says("what runs is", &outcome, 1, &words);
}

#[test]
fn what_source_adds_to_content_is_compared_at_every_level() {
    let project = Project::new();
    project.scope("also = [\"data\"]");
    project.repository.write("data/table.csv", "1\n");
    project.repository.commit("Add data");
    let facts = project.facts();
    for level in [Level::Full, Level::Summary] {
        let outcome = project.check(facts.clone(), level, &[]);
        assert_says(&format!("{level}"), &outcome, 0, &["[equal]"]);
    }
    project.repository.write("data/table.csv", "2\n");
    project.repository.commit("Change data");
    for level in [Level::Full, Level::Summary] {
        let outcome = project.check(facts.clone(), level, &[]);
        assert_says(&format!("{level}"), &outcome, 1, &["changed    data/table.csv"]);
    }
}

#[test]
fn a_scope_in_code_that_leads_out_of_the_package_is_not_hashed() {
    let project = Project::new();
    for module in ["../x", "/*", "src//modules/*", "/proc", "src/../../x"] {
        let mut facts = project.facts();
        facts.scope.modules = [module.to_owned()].into();
        let outcome = project.check(facts, Level::Full, &["--format=json"]);
        let words = "which is outside the package";
        assert!(outcome.out.contains(words) || outcome.code == 0, "{module}: {}", outcome.out);
        assert!(!outcome.out.contains("proc/"), "{module}: {}", outcome.out);
    }
}

#[test]
fn another_package_that_answers_is_unknown_and_not_drift() {
    let project = Project::new();
    let mut facts = project.facts();
    facts.name = "billing".to_owned();
    let outcome = project.check(facts.clone(), Level::Full, &[]);
    let words = ["package `billing` was found, expected `api`", "other-package"];
    assert_says("by source", &outcome, 2, &words);

    let artifact = project.artifact(&[project.facts()]);
    let report = project.captured(facts, Level::Full);
    let outcome = run(&["check", "--report", &report, "--artifact", &artifact]);
    assert_says("by artifact", &outcome, 2, &words);

    // A clone that does not hold the commit knows the name all the same.
    let elsewhere = "e".repeat(40);
    let mut facts = project.facts();
    facts.commit = Some(elsewhere.parse().expect("it is an id"));
    let outcome = project.check(facts.clone(), Level::Full, &["--commit", &elsewhere]);
    let fetch = "this clone does not hold the commit: git fetch";
    assert_says("by commit", &outcome, 0, &["[commit-only]", fetch]);
    facts.name = "billing".to_owned();
    let outcome = project.check(facts, Level::Full, &["--commit", &elsewhere]);
    assert_says("by commit", &outcome, 2, &words);
}

#[test]
fn the_artifact_tells_which_of_two_is_old() {
    let project = Project::new();
    let old = project.facts();
    project.repository.write("src/main.rs", "fn main() {}\n");
    project.repository.commit("Renew");
    let new = project.facts();
    let check = |running: &Facts, built: &Facts, with_source: bool| {
        let artifact = project.artifact(std::slice::from_ref(built));
        let report = project.captured(running.clone(), Level::Summary);
        let mut command = selfsame_in("/".as_ref());
        command.args(["check", "--report", &report, "--artifact", &artifact]);
        if with_source {
            command.args(["--source", &project.source()]);
        }
        finish(&mut command)
    };
    let outcome = check(&old, &new, true);
    let words = ["[not-restarted]", "[commit-behind]", "next       restart the process"];
    assert_says("not restarted", &outcome, 1, &words);
    let outcome = check(&old, &old, true);
    assert_says("not built", &outcome, 1, &["rebuild: cargo build", "rebuild, then replace"]);
    let outcome = check(&new, &new, true);
    assert_says("restarted", &outcome, 0, &["on every rung asked"]);

    let mut patched = new.clone();
    other_content(&mut patched);
    let outcome = check(&patched, &new, true);
    let words = ["[content-differs]", "[not-restarted]"];
    assert_says("nobody knows which is older", &outcome, 1, &words);
    project.repository.git(["checkout", "--quiet", "HEAD~1"]);
    let outcome = check(&new, &old, true);
    let words = ["2 artifact  same", "1 commit ahead [commit-ahead]", "update this clone"];
    assert_says("newer than the clone", &outcome, 1, &words);
    assert!(!outcome.out.contains("not-restarted"), "{}", outcome.out);
    project.repository.git(["checkout", "--quiet", "main"]);

    let outcome = check(&old, &new, false);
    assert_says("no source", &outcome, 1, &["[artifact-not-running]"]);
    let outcome = check(&new, &new, false);
    assert_says("no source", &outcome, 0, &["[artifact-running]"]);
    let mut release = new.clone();
    release.build.profile = Some("debug".to_owned());
    let outcome = check(&new, &release, true);
    assert_says("another build", &outcome, 0, &["[equal]", "[other-build]"]);
    let outcome = check(&new, &release, false);
    let words = "[other-build]";
    assert_says("another build, no source", &outcome, 0, &[words]);
    let artifact = project.artifact(std::slice::from_ref(&release));
    let source = project.source();
    for (more, exit) in [(&["--source", &source][..], 0), (&[], 1)] {
        let report = project.captured(new.clone(), Level::Full);
        let arguments = [&["check", "--report", &report, "--artifact", &artifact], more].concat();
        let words = "profile release in place of debug [build-differs]";
        assert_says("how it was built", &run(&arguments), exit, &[words]);
    }
    no_commit(&mut release);
    no_content(&mut release);
    let outcome = check(&new, &release, false);
    assert_says("no facts", &outcome, 2, &["[other-build]"]);
}

#[test]
fn a_package_in_a_workspace_is_told_from_its_neighbours() {
    let project = Project::new();
    let repository = Repository::init(&project.beside("workspace"));
    repository.write("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\n");
    let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
                [[package]]\nname = \"b\"\nversion = \"1.0.0\"\n";
    repository.write("Cargo.lock", lock);
    for name in ["a", "b"] {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        repository.write(&format!("{name}/Cargo.toml"), manifest);
        repository.write(&format!("{name}/src/main.rs"), "fn main() {}\n");
    }
    repository.commit("Begin");
    let hash = |arguments: &[&str]| {
        let outcome = finish(selfsame_in(&repository.path().join("a")).arg("hash").args(arguments));
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        outcome.out
    };
    let before = hash(&["--list"]);
    repository.write("b/src/main.rs", "fn main() { }\n");
    repository.commit("Change b");
    assert_eq!(hash(&["--list"]), before);
    assert_eq!(hash(&["--list", "--commit", "HEAD"]), before);
    let outcome = finish(selfsame_in(repository.path()).arg("hash"));
    assert_cannot_tell("the workspace itself", &outcome, &["one of its packages"]);
}

#[test]
fn a_report_comes_by_url_by_file_or_by_standard_input() {
    let project = Project::new();
    let facts = project.facts();
    let text = report(facts.clone(), Level::Summary);
    let server = Server::says(json(&text));
    let outcome = run(&["check", &server.url(), "--source", &project.source()]);
    assert_says("by URL", &outcome, 0, &["on every rung asked"]);
    assert!(!outcome.out.contains("captured"), "{}", outcome.out);
    assert_eq!(server.requests()[0].target, "/__build");

    let outcome = run(&["check", &server.url(), "--source", &project.source(), "--at", "/x/y"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(server.requests().iter().any(|request| request.target == "/x/y"));

    let outcome = project.check(facts.clone(), Level::Summary, &[]);
    assert_says("by file", &outcome, 0, &["[report-captured]"]);
    let mut command = selfsame_in(project.path());
    let outcome =
        crate::run::finish_with(command.args(["check", "--report", "-"]), text.as_bytes());
    assert_says("by standard input", &outcome, 0, &["[report-captured]"]);
    assert_eq!(seal(facts).facts().name, "api");
}

#[test]
fn a_rollback_that_did_not_take_is_not_an_old_clone() {
    let project = Project::new();
    let older = project.repository.head();
    project.repository.write("src/main.rs", "fn main() {}\n");
    project.repository.commit("Renew");
    let newer = project.facts();
    // Asked for by name, what runs is what was not rolled back.
    let outcome = project.check(newer.clone(), Level::Full, &["--commit", &older]);
    assert_says(
        "by name",
        &outcome,
        1,
        &["[rollback-not-taken]", "deploy the expected commit again"],
    );
    assert!(!outcome.out.contains("git pull"), "{}", outcome.out);
    // By what is checked out, the clone is what is old.
    project.repository.git(["checkout", "--quiet", "HEAD~1"]);
    let outcome = project.check(newer, Level::Full, &[]);
    assert_says("by clone", &outcome, 1, &["[commit-ahead]", "update this clone"]);
}

#[test]
fn local_changes_over_a_process_that_equals_head_are_not_deployed() {
    let project = Project::new();
    let running = project.facts();
    let mut claiming = running.clone();
    claimed(&mut claiming);
    project.repository.write("src/main.rs", "fn main() { /* unfinished */ }\n");
    // Read from git, or by the content of the commit.
    for facts in [running.clone(), claiming] {
        let outcome = project.check(facts.clone(), Level::Full, &[]);
        assert_says("changed", &outcome, 1, &["[local-changes]", "--commit HEAD"]);
        assert!(!outcome.out.contains("deploy"), "{}", outcome.out);
        assert_eq!(project.check(facts, Level::Full, &["--commit", "HEAD"]).code, 0);
    }
    // A claim that is neither is another case.
    let mut other = running;
    other_content(&mut other);
    claimed(&mut other);
    let outcome = project.check(other, Level::Full, &[]);
    assert_says("another", &outcome, 1, &["[content-differs]"]);
}

#[test]
fn dependencies_alone_are_a_finding_of_their_own() {
    let project = Project::new();
    let repository = &project.repository;
    let manifest =
        "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n[dependencies]\nkit = \"1\"\n";
    let lock = |version: &str| {
        format!(
            "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\ndependencies = \
             [\"kit\"]\n\n[[package]]\nname = \"kit\"\nversion = \"{version}\"\nsource = \
             \"registry+https://example.com/index\"\nchecksum = \"{}\"\n",
            "0".repeat(64)
        )
    };
    repository.write("Cargo.toml", manifest);
    repository.write("Cargo.lock", lock("1.0.0"));
    repository.commit("Use kit");
    let mut running = project.facts();
    repository.write("Cargo.lock", lock("1.0.1"));
    repository.commit("Bump kit");
    let outcome = project.check(running.clone(), Level::Full, &[]);
    let words = ["1 commit behind [dependencies-differ]", "changed    Cargo.lock", "--locked"];
    assert_says("bumped", &outcome, 1, &words);

    // Built without --locked, cargo wrote another one.
    repository.git(["checkout", "--quiet", "HEAD~1"]);
    other_content(&mut running);
    running.revision.tree = Tree::Dirty;
    running.info.changed = vec!["M Cargo.lock".to_owned()];
    let outcome = project.check(running, Level::Full, &[]);
    assert_says("not locked", &outcome, 1, &["[dependencies-differ]", "built with M Cargo.lock"]);
}

#[test]
fn at_the_root_of_a_workspace_the_name_decides() {
    let project = Project::new();
    let workspace = Repository::init(&project.beside("workspace"));
    workspace.write("Cargo.toml", "[workspace]\nmembers = [\"services/*\"]\n");
    let lock = "version = 4\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n\
                [[package]]\nname = \"worker\"\nversion = \"1.0.0\"\n";
    workspace.write("Cargo.lock", lock);
    for name in ["api", "worker"] {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        workspace.write(&format!("services/{name}/Cargo.toml"), manifest);
        workspace.write(&format!("services/{name}/src/main.rs"), "fn main() {}\n");
    }
    workspace.commit("Begin");
    let member = Project::at(&workspace.path().join("services/api"));
    let facts = member.facts();
    let report = project.captured(facts.clone(), Level::Summary);
    let artifact = project.artifact(std::slice::from_ref(&facts));
    let check =
        |arguments: &[&str]| finish(selfsame_in(workspace.path()).arg("check").args(arguments));
    let source = workspace.path().to_str().expect("the path is UTF-8");
    for arguments in [
        &["--report", &report][..],
        &["--artifact", &artifact],
        &["--report", &report, "--source", source],
        &["--report", &report, "--commit", "HEAD"],
    ] {
        let outcome = check(arguments);
        assert_says(&format!("{arguments:?}"), &outcome, 0, &["api 1.0.0 at ", "[equal]"]);
    }
    workspace.write("services/api/src/main.rs", "fn main() { /* more */ }\n");
    workspace.commit("Do more");
    assert_says("behind", &check(&["--report", &report]), 1, &["[commit-behind]"]);

    let mut stranger = facts;
    stranger.name = "billing".to_owned();
    let report = project.captured(stranger, Level::Summary);
    let outcome = check(&["--report", &report]);
    assert_cannot_tell("a stranger", &outcome, &["named `billing`", "workspace-root", "--source"]);
}

#[test]
fn an_image_that_is_new_shows_that_the_process_is_old_without_a_token() {
    let project = Project::new();
    project.scope("also = [\"data\"]");
    project.repository.write("data/table.csv", "1\n");
    project.repository.commit("Add data");
    let old = project.facts();
    project.repository.write("data/table.csv", "2\n");
    project.repository.commit("Change data");
    let artifact = project.artifact(&[project.facts()]);
    let outcome = project.check(old, Level::Summary, &["--artifact", &artifact]);
    assert_says("the contents differ", &outcome, 1, &["[not-restarted]", "2 artifact  same"]);
}

#[test]
fn an_artifact_that_cannot_be_read_hides_no_drift() {
    let project = Project::new();
    let old = project.facts();
    project.repository.write("src/main.rs", "fn main() {}\n");
    project.repository.commit("Renew");
    let outcome = project.check(old, Level::Full, &["--artifact", "/nonexistent"]);
    let words = ["DRIFT ", "begin at rung 2, artifact", "[artifact-unreadable]", "[commit-behind]"];
    assert_says("both", &outcome, 1, &words);
}

#[test]
fn clean_checkouts_with_other_line_endings_are_told_apart_from_other_content() {
    let project = Project::new();
    let other = project.beside("crlf");
    let source = project.source();
    let path = other.to_str().expect("UTF-8");
    // A setting of the command line outranks the one that tests have there.
    let crlf = ["-c", "core.autocrlf=true", "clone", "--quiet", "--config", "core.autocrlf=true"];
    project.repository.git([&crlf[..], &[&source, path]].concat());
    let text = std::fs::read_to_string(other.join("src/main.rs")).expect("it is there");
    assert!(text.contains("\r\n"), "{text:?}");
    let other = Project::at(&other);
    for (built, checked) in [(&other, &project), (&project, &other)] {
        let mut facts = built.facts();
        facts.revision = Revision::new(Origin::Git, Tree::Clean);
        let outcome = checked.check(facts.clone(), Level::Full, &["--format", "json"]);
        assert_eq!(outcome.code, 1, "{}", outcome.out);
        let finding = outcome.finding("line-endings-differ");
        assert_eq!((&finding["rung"], &finding["verdict"]), (&"running".into(), &"drift".into()));
        assert!(finding["next"].to_string().contains("eol=lf"), "{finding}");
        let changed = finding["evidence"]["changed"].as_array().expect("the files are named");
        assert!(changed.contains(&"src/main.rs".into()), "{finding}");
        // The same commit with other content is not a matter of line endings.
        facts.content = Some(Digest::of(b"other"));
        let outcome = checked.check(facts, Level::Full, &["--format", "json"]);
        assert_eq!(outcome.code, 1, "{}", outcome.out);
        outcome.finding("content-differs");
    }
}
