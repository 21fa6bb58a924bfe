//! What `check` says of a content whose commit says nothing.

use selfsame::report::Level;
use selfsame::stamp::Origin;

use crate::project::Project;

#[test]
fn a_build_without_a_commit_is_dated_by_its_content() {
    let project = Project::new();
    let repository = &project.repository;
    let first = repository.head();
    let mut facts = project.facts();
    facts.commit = None;
    facts.revision.origin = Origin::Unknown;
    facts.unknown("commit", "no repository at hand");
    repository.write("README.md", "More.\n");
    let second = repository.commit("Say more");
    repository.write("src/main.rs", "mod modules;\nfn main() { 1; }\n");
    repository.commit("Go on");
    repository.write("README.md", "Most.\n");
    repository.commit("Say most");

    let outcome = project.check(facts.clone(), Level::Summary, &["--format", "json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.err);
    let finding = outcome.finding("content-differs-commit-unknown");
    let dated = &finding["evidence"]["dated"];
    assert_eq!((&dated["commits"], &dated["newest"]), (&2.into(), &(*second).into()), "{finding}");
    assert_eq!((&dated["behind"], &dated["matter"]), (&2.into(), &1.into()));
    assert_eq!(dated["summary"]["subject"], "Say more");

    // A commit that this clone does not hold, as after a squash.
    let mut squashed = facts.clone();
    squashed.commit = Some("a".repeat(40).parse().expect("a commit"));
    squashed.revision.origin = Origin::Git;
    squashed.unknown.remove("commit");
    let outcome = project.check(squashed.clone(), Level::Summary, &["--format", "json"]);
    let dated = outcome.finding("commit-not-in-clone")["evidence"]["dated"].clone();
    assert_eq!(dated["newest"], *second);
    let outcome = project.check(squashed, Level::Summary, &[]);
    let line = format!("one of 2 commits up to {}", &second[..12]);
    assert!(outcome.out.replace('\n', " ").contains(&line), "{}", outcome.out);

    // A commit that the clone holds needs no dating, and equal content neither.
    repository.git(["checkout", "--quiet", &first]);
    let known = project.facts();
    repository.git(["checkout", "--quiet", "main"]);
    let outcome = project.check(known, Level::Summary, &["--format", "json"]);
    assert!(outcome.finding("commit-behind")["evidence"]["dated"].is_null());

    // Of no commit at all.
    facts.content = Some("5".repeat(64).parse().expect("a digest"));
    let outcome = project.check(facts, Level::Summary, &["--format", "json"]);
    let dated = outcome.finding("content-differs-commit-unknown")["evidence"]["dated"].clone();
    assert_eq!((&dated["commits"], &dated["looked_at"]), (&0.into(), &4.into()));
    assert!(dated["newest"].is_null() && dated["open"].is_null(), "{dated}");
}
