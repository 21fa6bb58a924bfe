//! `locate`: which commits have a content, in histories of every shape.

use std::path::Path;

use selfsame::report::Level;
use selfsame::stamp::{Origin, Scope};
use serde_json::Value;

use crate::project::Project;
use crate::run::{assert_cannot_tell, finish, run, selfsame_in};
use selfsame_testing::repository::{Repository, git};
use selfsame_testing::schema::Schema;

/// Runs `locate` in a package, and returns the exit code and the document.
fn locate(directory: &Path, arguments: &[&str]) -> (i32, Value) {
    let mut command = selfsame_in(directory);
    let outcome = finish(command.args(["locate", "--format", "json"]).args(arguments));
    let document = outcome.document();
    Schema::of("locate").assert(&document);
    assert_eq!(document["exit"], outcome.code, "{document}");
    (outcome.code, document)
}

/// The content of a commit, as `hash` has it.
fn content(directory: &Path, commit: &str) -> String {
    let outcome = finish(selfsame_in(directory).args(["hash", "--json", "--commit", commit]));
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    outcome.document()["content"].as_str().expect("there is a content").to_owned()
}

/// The ranges: how many commits, the oldest and the newest.
fn ranges(document: &Value) -> Vec<(u64, String, String)> {
    let text = |value: &Value| value.as_str().expect("a commit").to_owned();
    let range = |range: &Value| {
        let commit = |end: &str| text(&range[end]["commit"]);
        (range["commits"].as_u64().expect("a number"), commit("oldest"), commit("newest"))
    };
    document["ranges"].as_array().expect("ranges").iter().map(range).collect()
}

#[test]
fn a_content_is_a_range_of_commits() {
    let project = Project::new();
    let repository = &project.repository;
    let first = repository.head();
    repository.write("src/modules/customers.rs", "// more customers\n");
    let second = repository.commit("More customers");
    repository.write("README.md", "A better API.\n");
    let third = repository.commit("Say more");
    repository.git(["tag", "v1"]);
    repository.write("src/modules/customers.rs", "// most customers\n");
    let fourth = repository.commit("Most customers");
    repository.write("README.md", "The best API.\n");
    repository.commit("Say most");

    let wanted = content(project.path(), &third);
    let (code, document) = locate(project.path(), &[&wanted]);
    assert_eq!(code, 0);
    assert_eq!(document["answer"], "located");
    assert_eq!(ranges(&document), [(2, second.clone(), third.clone())]);
    let range = &document["ranges"][0];
    assert_eq!((&range["behind"], &range["matter"]), (&2.into(), &1.into()));
    assert_eq!(range["refs"], serde_json::json!(["main", "v1"]));
    assert_eq!(document["looked-at"]["commits"], 5);
    assert_eq!(document["looked-at"]["matter"], 3);

    // By a report, by an artifact without a commit, by a revision, and by the working tree.
    repository.git(["checkout", "--quiet", &third]);
    let mut facts = project.facts();
    facts.commit = None;
    facts.revision.origin = Origin::Unknown;
    facts.unknown("commit", "no repository at hand");
    let report = project.captured(facts.clone(), Level::Summary);
    let artifact = project.artifact(&[facts]);
    repository.git(["checkout", "--quiet", "main"]);
    let short = &third[..10];
    for target in [&*report, &*artifact, short, "v1"] {
        let (_, document) = locate(project.path(), &[target]);
        assert_eq!(ranges(&document), [(2, second.clone(), third.clone())], "{target}");
    }
    let (_, document) = locate(project.path(), &["."]);
    assert_eq!(ranges(&document)[0].1, fourth);
    assert_eq!(document["ranges"][0]["behind"], 0);
    let (_, document) = locate(Path::new("/"), &[&first, "--source", &project.source()]);
    assert_eq!(ranges(&document), [(1, first.clone(), first)]);

    let outcome = run(&["locate", &wanted, "--source", &project.source()]);
    assert!(outcome.out.contains("2 commits behind HEAD, 1 of which matters"), "{}", outcome.out);
}

#[test]
fn a_second_run_says_the_same_from_the_cache_and_without() {
    let project = Project::new();
    let repository = &project.repository;
    for number in 0..4 {
        repository.write("src/main.rs", format!("mod modules;\nfn main() {{ {number}; }}\n"));
        repository.commit("Go on");
    }
    let wanted = content(project.path(), "HEAD~2");
    let cold = locate(project.path(), &[&wanted]);
    let cache = project.path().join(".git/selfsame");
    let file = || {
        let entry = cache.read_dir().expect("it is there").next().expect("a file").expect("a file");
        entry.path()
    };
    assert_eq!(locate(project.path(), &[&wanted]), cold);
    // New commits are looked at on top of it.
    repository.write("README.md", "more\n");
    repository.commit("Say more");
    let (_, document) = locate(project.path(), &[&wanted]);
    assert_eq!(ranges(&document), ranges(&cold.1));
    assert_eq!(document["looked-at"]["commits"], 6);
    repository.git(["reset", "--quiet", "--hard", "HEAD^"]);
    // Whatever happens to the file, the answer is the same.
    let whole = std::fs::read(file()).expect("it can be read");
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let longer = [&whole[..], b"x"].concat();
    for bytes in [
        Vec::new(),
        b"selfsame history 0\n".to_vec(),
        whole[..whole.len() - 1].to_vec(),
        longer,
        flipped(3),
        flipped(whole.len() / 2),
        flipped(whole.len() - 40),
        flipped(whole.len() - 1),
    ] {
        std::fs::write(file(), &bytes).expect("it can be written");
        assert_eq!(locate(project.path(), &[&wanted]), cold, "{} bytes", bytes.len());
    }
    std::fs::remove_file(file()).expect("it can be removed");
    std::fs::create_dir(cache.join("x.history")).expect("mkdir");
    assert_eq!(locate(project.path(), &[&wanted]), cold);
    std::fs::remove_dir_all(&cache).expect("it can be removed");
    std::fs::write(&cache, "in the way").expect("it can be written");
    assert_eq!(locate(project.path(), &[&wanted]), cold);
    std::fs::remove_file(&cache).expect("it can be removed");
    // Many at once.
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let (path, wanted) = (project.path().to_owned(), wanted.clone());
            std::thread::spawn(move || locate(&path, &[&wanted]))
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("it ends"), cold);
    }
    assert_eq!(locate(project.path(), &[&wanted]), cold);
    // A line ending that a setting changes is not taken from a run without it.
    repository.git(["config", "core.autocrlf", "true"]);
    let wanted = content(project.path(), "HEAD~2");
    assert_eq!(ranges(&locate(project.path(), &[&wanted]).1), ranges(&cold.1));
}

#[test]
fn what_is_of_no_commit_is_said_with_what_was_looked_at() {
    let project = Project::new();
    project.repository.write("README.md", "more\n");
    project.repository.commit("Say more");
    let nothing = "1".repeat(64);
    let (code, document) = locate(project.path(), &[&nothing]);
    assert_eq!((code, &document["answer"]), (1, &"of-no-commit".into()));
    assert_eq!(document["looked-at"]["commits"], 2);
    let outcome = run(&["locate", &nothing, "--source", &project.source()]);
    assert!(outcome.out.contains("of no commit of the 2 looked at"), "{}", outcome.out);
    let (_, document) = locate(project.path(), &[&nothing, "--since", "@4102444800"]);
    assert_eq!(document["answer"], "unknown", "nothing was looked at: {document}");

    for (arguments, word) in [
        (&["locate", "no-such-thing"][..], "no-such-thing"),
        (&["locate", &nothing, "--source", "/nonexistent"][..], "/nonexistent"),
        (&["locate", &nothing, "--source", "/"][..], "/"),
    ] {
        let outcome = finish(selfsame_in(project.path()).args(arguments));
        assert_cannot_tell(word, &outcome, &[word]);
    }
    let outcome =
        finish(selfsame_in(Path::new("/")).args(["locate", &nothing, "--format", "json"]));
    Schema::of("locate").assert(&outcome.document());
    assert_eq!((outcome.code, &outcome.document()["exit"]), (2, &2.into()));
}

#[test]
fn reverts_merges_and_branches() {
    let project = Project::new();
    let repository = &project.repository;
    let first = repository.head();
    let before = repository.read("src/main.rs");
    repository.write("src/main.rs", "mod modules;\nfn main() { 1; }\n");
    let first_edit = repository.commit("Edit");
    repository.write("src/main.rs", &before);
    let revert = repository.commit("Revert");
    // A branch that edits documents, and one that edits code.
    repository.git(["checkout", "--quiet", "-b", "docs"]);
    repository.write("README.md", "side\n");
    let docs = repository.commit("Document");
    repository.git(["checkout", "--quiet", "-b", "code", &revert]);
    repository.write("src/main.rs", "mod modules;\nfn main() { 2; }\n");
    let code = repository.commit("Code");
    repository.git(["checkout", "--quiet", "main"]);
    repository.git(["merge", "--quiet", "--no-ff", "-m", "Merge docs", "docs"]);
    let merge = repository.head();

    let (_, document) = locate(project.path(), &[&first]);
    assert_eq!(ranges(&document), [(3, revert.clone(), merge.clone()), (1, first.clone(), first)]);
    assert!(document["ranges"][0]["newest"]["subject"] == "Merge docs", "{document}");
    assert_eq!(document["ranges"][1]["behind"], 4);
    assert_eq!(document["ranges"][1]["matter"], 2);
    let (_, document) = locate(project.path(), &[&first_edit]);
    assert_eq!(ranges(&document), [(1, first_edit.clone(), first_edit)]);
    let _ = docs;

    // What HEAD does not descend from is found among all refs alone.
    let wanted = content(project.path(), &code);
    let (exit, document) = locate(project.path(), &[&wanted]);
    assert_eq!((exit, &document["answer"]), (1, &"of-no-commit".into()));
    let (exit, document) = locate(project.path(), &[&wanted, "--all"]);
    assert_eq!(exit, 0);
    assert_eq!(ranges(&document), [(1, code.clone(), code)]);
    assert_eq!(document["ranges"][0]["ahead"], 1);
    assert_eq!(document["ranges"][0]["refs"], serde_json::json!(["code"]));
    // The merge that takes it has both.
    repository.git(["merge", "--quiet", "--no-ff", "-m", "Merge code", "code"]);
    let (_, document) = locate(project.path(), &[&wanted]);
    assert_eq!(ranges(&document)[0].0, 2);
    let behind = &document["ranges"][0];
    assert_eq!((&behind["behind"], &behind["matter"]), (&0.into(), &0.into()));
}

#[test]
fn a_package_that_moved_and_one_that_came_later() {
    let project = Project::new();
    let repository = &project.repository;
    let root = repository.path();
    // The service is not in the root of the repository, and was not there from the first commit.
    repository.git(["checkout", "--quiet", "--orphan", "other"]);
    repository.git(["rm", "-r", "--quiet", "--force", "."]);
    repository.write("docs/a.md", "a\n");
    let none = repository.commit("Before");
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        "src/main.rs",
        "src/modules/mod.rs",
        "src/modules/billing/mod.rs",
        "src/modules/customers.rs",
    ] {
        let text = repository.git(["show", &format!("main:{path}")]) + "\n";
        repository.write(&format!("old/place/{path}"), text);
    }
    let came = repository.commit("Come");
    let old = content(&root.join("old/place"), &came);
    repository.write("old/place/src/main.rs", "mod modules;\nfn main() { 1; }\n");
    let edited = repository.commit("Edit");
    let other = content(&root.join("old/place"), &edited);
    repository.git(["mv", "old/place", "service"]);
    let moved = repository.commit("Move");
    repository.write("service/README.md", "moved\n");
    let last = repository.commit("Say so");

    let service = root.join("service");
    let (_, document) = locate(&service, &[&other]);
    assert_eq!(ranges(&document), [(3, edited.clone(), last)]);
    assert_eq!(document["looked-at"]["absent"], 1, "{document}");
    let (_, document) = locate(&service, &[&old]);
    assert_eq!(ranges(&document), [(1, came.clone(), came)]);
    let _ = (none, moved);

    // Two packages of the name: which is meant is open, and the commits are not passed over.
    repository.git(["checkout", "--quiet", "-b", "two", &edited]);
    let manifest = repository.read("old/place/Cargo.toml");
    repository.write("twin/Cargo.toml", manifest);
    repository.commit("Twin");
    repository.git(["mv", "old/place", "service"]);
    repository.git(["rm", "-r", "--quiet", "twin"]);
    repository.commit("Move");
    let (exit, document) = locate(&service, &["2".repeat(64).as_str()]);
    assert_eq!((exit, &document["answer"]), (2, &"unknown".into()), "{document}");
    let why = document["looked-at"]["unknown"].as_object().expect("reasons");
    assert!(why.keys().any(|why| why.contains("more than one is named `api`")), "{why:?}");
}

#[test]
fn scopes_that_change_count_as_they_were() {
    let project = Project::new();
    let repository = &project.repository;
    repository.write("extra/a.txt", "a\n");
    let before = repository.commit("Extra");
    project.scope("modules = [\"src/modules\"]\nalso = [\"extra\"]");
    let also = repository.commit("Cover it");
    repository.write("extra/a.txt", "b\n");
    let edit = repository.commit("Edit it");
    project.scope("modules = [\"src/modules\"]");
    let after = repository.commit("Do not cover it");
    for commit in [&before, &also, &edit, &after] {
        let wanted = content(project.path(), commit);
        let (_, document) = locate(project.path(), &[&wanted]);
        let found = ranges(&document);
        let is_there =
            |id: &str| found.iter().any(|(_, oldest, newest)| oldest == id || newest == id);
        assert!(is_there(commit), "{commit}: {document}");
    }
    // That it is covered no longer is what it was before.
    let wanted = content(project.path(), &after);
    assert_eq!(ranges(&locate(project.path(), &[&wanted]).1).len(), 2);
}

#[test]
fn shallow_and_partial_clones_and_submodules_say_what_they_lack() {
    let project = Project::new();
    let repository = &project.repository;
    for number in 0..3 {
        repository.write("src/main.rs", format!("mod modules;\nfn main() {{ {number}; }}\n"));
        repository.commit("Go on");
    }
    repository.git(["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", project.path().display());
    let first = content(project.path(), "HEAD~3");
    let second = content(project.path(), "HEAD~1");
    let clone = |name: &str, how: &[&str]| {
        let to = project.beside(name);
        let arguments =
            [&["clone", "--quiet"], how, &[&*from, to.to_str().expect("UTF-8")]].concat();
        assert!(git(Path::new("/")).args(arguments).status().expect("git runs").success());
        to
    };
    let shallow = clone("shallow", &["--depth", "2"]);
    let (exit, document) = locate(&shallow, &[&first]);
    assert_eq!((exit, &document["looked-at"]["shallow"]), (2, &true.into()), "{document}");
    let (exit, document) = locate(&shallow, &[&second]);
    assert_eq!((exit, ranges(&document)[0].0), (0, 1));
    let partial = clone("partial", &["--filter=blob:none"]);
    let (exit, document) = locate(&partial, &[&first]);
    assert_eq!((exit, &document["answer"]), (2, &"unknown".into()), "{document}");
    let reasons = document["looked-at"]["unknown"].to_string();
    assert!(reasons.contains("this clone does not hold"), "{reasons}");
    let (exit, _) = locate(&partial, &["HEAD"]);
    assert_eq!(exit, 0);

    // A submodule with content, at hand and not.
    let other = Repository::init(&project.beside("other"));
    other.write("a.txt", "a\n");
    other.commit("A");
    let url = other.path().to_str().expect("UTF-8").to_owned();
    repository.git(["submodule", "--quiet", "add", &url, "proto"]);
    let added = repository.commit("Add it");
    other.write("a.txt", "b\n");
    other.commit("B");
    repository.git(["-C", "proto", "pull", "--quiet"]);
    let bumped = repository.commit("Bump it");
    for commit in [&added, &bumped] {
        let wanted = content(project.path(), commit);
        let (_, document) = locate(project.path(), &[&wanted]);
        assert_eq!(ranges(&document), [(1, commit.clone(), commit.clone())]);
    }
    let wanted = content(project.path(), &added);
    let without = clone("without", &[]);
    let (exit, document) = locate(&without, &[&wanted]);
    assert_eq!((exit, &document["answer"]), (2, &"unknown".into()));
    let reasons = document["looked-at"]["unknown"].to_string();
    assert!(reasons.contains("submodule") && reasons.contains("proto"), "{reasons}");
}

#[test]
fn a_build_of_several_commits_is_dated_part_by_part() {
    let project = Project::new();
    let repository = &project.repository;
    let first = repository.head();
    let early = project.facts();
    repository.write("src/modules/customers.rs", "// more customers\n");
    let second = repository.commit("More customers");
    repository.write("src/modules/billing/mod.rs", "// more bills\n");
    let third = repository.commit("More bills");
    let late = project.facts();

    // One module is of the first commit, the other of the last: half of it was built again.
    let mut facts = late.clone();
    facts.content = Some("3".repeat(64).parse().expect("a digest"));
    facts.packages[0].sha256 = "4".repeat(64).parse().expect("a digest");
    facts.modules[0] = early.modules[0].clone();
    facts.info.changed = vec!["M src/main.rs".to_owned()];
    let report = project.captured(facts, Level::Full);
    let (exit, document) = locate(project.path(), &[&report]);
    assert_eq!((exit, &document["answer"]), (1, &"of-no-commit".into()));
    let parts = document["parts"].as_array().expect("parts");
    let part = |name: &str, is: &str| {
        let part = parts.iter().find(|part| part["name"] == name && part["is"] == is);
        part.expect("it is named").clone()
    };
    let ends = |part: &Value| {
        let range = &part["newest-range"];
        (range["oldest"]["commit"].clone(), range["newest"]["commit"].clone())
    };
    assert_eq!(part("api", "package")["ranges"], 0);
    assert_eq!(ends(&part("billing", "module")), (Value::from(&*first), Value::from(&*second)));
    assert_eq!(ends(&part("customers", "module")), (Value::from(&*second), Value::from(&*third)));
    let nearest = &document["nearest"];
    assert_eq!(nearest["commit"]["commit"], *second, "it has both modules");
    assert_eq!((&nearest["has"], &nearest["of"]), (&2.into(), &3.into()));
    assert_eq!(nearest["files"], serde_json::json!(["M src/main.rs"]));
    let outcome = run(&["locate", &report, "--source", &project.source()]);
    assert!(outcome.out.contains("differs    M src/main.rs"), "{}", outcome.out);

    // Uncommitted changes are said to be those of the working tree.
    repository.write("src/main.rs", "mod modules;\nfn main() { 9; }\n");
    let report = project.captured(project.facts_under(Scope::default()), Level::Full);
    let (exit, document) = locate(project.path(), &[&report]);
    assert_eq!((exit, &document["working-tree"]), (1, &true.into()));
    let (_, document) = locate(project.path(), &["."]);
    assert_eq!(document["nearest"]["commit"]["commit"], *third);
    assert_eq!(document["nearest"]["files"], serde_json::json!(["M src/main.rs"]));
}
