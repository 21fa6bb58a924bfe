//! `--grace`: a commit is expected when it is old enough and changes content.

use selfsame::report::Level;
use selfsame_testing::made::{Edit, Maker, Mark};

use crate::project::Project;

/// The case, what each commit writes and how many minutes ago, and the answer for a build of each.
type Case = (&'static str, &'static [(&'static str, i64)], &'static [i32]);

const MINUTE: i64 = 60;
const NOW: i64 = 1_800_000_000;

/// Commits on top of the project's first: what each writes, and how many minutes ago.
fn history(commits: &[(&str, i64)]) -> (Project, Vec<String>) {
    let project = Project::new();
    let files = [
        "Cargo.toml",
        "Cargo.lock",
        "src/main.rs",
        "src/modules/mod.rs",
        "src/modules/billing/mod.rs",
        "src/modules/customers.rs",
    ];
    let first: Vec<Edit> =
        files.iter().map(|path| Edit::write(path, project.repository.read(path))).collect();
    let mut maker = Maker::new();
    let mut tip: Mark = maker.commit("made", &[], NOW - 100_000 * MINUTE, "first", &first);
    for (number, (what, ago)) in commits.iter().enumerate() {
        let edit = match *what {
            "docs" => Edit::write("README.md", format!("{number}\n")),
            code => Edit::write("src/main.rs", format!("mod modules;\nfn main() {{ {code}; }}\n")),
        };
        tip = maker.commit("made", &[tip], NOW - ago * MINUTE, what, &[edit]);
    }
    maker.import(&project.repository);
    project.repository.git(["checkout", "--quiet", "--force", "made"]);
    let all = project.repository.git(["rev-list", "--reverse", "HEAD"]);
    (project, all.lines().map(str::to_owned).collect())
}

/// Checks what was built from a commit, against the tip.
fn check(project: &Project, commit: &str, arguments: &[&str]) -> i32 {
    project.repository.git(["checkout", "--quiet", "--force", commit]);
    let facts = project.facts();
    project.repository.git(["checkout", "--quiet", "--force", "made"]);
    let now = NOW.to_string();
    let fixed = ["--grace", "30m", "--now", &now];
    project.check(facts, Level::Full, &[&fixed, arguments].concat()).code
}

#[test]
fn each_case_is_the_same_or_drift() {
    const SAME: i32 = 0;
    const DRIFT: i32 = 1;

    // What each commit does and how long ago, and the answer for a build of each.
    let cases: [Case; 9] = [
        ("a young merge", &[("1", 60), ("2", 5)], &[DRIFT, SAME, SAME]),
        ("an old merge", &[("1", 60), ("2", 40)], &[DRIFT, DRIFT, SAME]),
        ("documents", &[("1", 60), ("docs", 40), ("docs", 5)], &[DRIFT, SAME, SAME, SAME]),
        ("only young ones", &[("1", 9), ("2", 5)], &[SAME, SAME, SAME]),
        ("a train", &[("1", 50), ("2", 20), ("3", 10), ("4", 1)], &[DRIFT, SAME, SAME, SAME, SAME]),
        ("backdated", &[("1", 60), ("2", 5), ("3", 5000)], &[DRIFT, SAME, SAME, SAME]),
        ("ahead of time", &[("1", 60), ("2", -100_000), ("3", 50)], &[DRIFT, DRIFT, DRIFT, SAME]),
        ("a young revert", &[("1", 90), ("2", 60), ("1", 5)], &[DRIFT, SAME, SAME, SAME]),
        ("an old revert", &[("1", 90), ("2", 60), ("1", 40)], &[DRIFT, SAME, DRIFT, SAME]),
    ];
    for (case, commits, answers) in cases {
        let (project, all) = history(commits);
        for (number, (commit, answer)) in all.iter().zip(answers).enumerate() {
            assert_eq!(check(&project, commit, &[]), *answer, "{case}: build {number}");
            let by_name = check(&project, commit, &["--commit", "made"]);
            assert_eq!(by_name, *answer, "{case}: build {number}, by name");
        }
    }
}

#[test]
fn after_a_force_push_the_code_before_it_has_the_time_of_the_grace() {
    let (project, all) = history(&[("1", 200), ("2", 100)]);
    let repository = &project.repository;
    let before = all.last().expect("a commit").clone();
    let push = |ago: i64, to: &str| {
        let mut git = selfsame_testing::repository::git(repository.path());
        git.env("GIT_COMMITTER_DATE", format!("@{} +0000", NOW - ago * MINUTE));
        git.args(["-c", "core.logAllRefUpdates=always"]);
        git.args(["update-ref", "--create-reflog", "refs/remotes/origin/main", to]);
        assert!(git.status().expect("git runs").success());
    };
    // The tip is made again, with other code.
    let mut maker = Maker::new();
    let files = [
        "Cargo.toml",
        "Cargo.lock",
        "src/modules/mod.rs",
        "src/modules/billing/mod.rs",
        "src/modules/customers.rs",
    ];
    let mut edits: Vec<Edit> =
        files.iter().map(|path| Edit::write(path, repository.read(path))).collect();
    edits.push(Edit::write("src/main.rs", "mod modules;\nfn main() { 3; }\n"));
    let root = maker.commit("again", &[], NOW - 300 * MINUTE, "root", &edits[..5]);
    maker.commit("again", &[root], NOW - 5 * MINUTE, "again", &edits[5..]);
    maker.import(repository);
    let again = repository.git(["rev-parse", "again"]);
    let by = ["--commit", "origin/main"];
    push(99, &before);
    push(5, &again);
    assert_eq!(check(&project, &before, &by), 0, "it was pushed five minutes ago");
    assert_eq!(check(&project, &all[1], &by), 1, "that was not expected before either");
    assert_eq!(check(&project, &again, &by), 0);
    repository.git(["update-ref", "-d", "refs/remotes/origin/main"]);
    push(99, &before);
    push(50, &again);
    assert_eq!(check(&project, &before, &by), 1, "it was pushed long ago");
}
