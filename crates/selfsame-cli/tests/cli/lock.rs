//! A lock file that differs in edges alone, which cargo decides.

use std::path::Path;

use selfsame::report::Level;

use crate::programs::Hanging;
use crate::project::Project;
use crate::run::{assert_says, finish, selfsame_in};
use selfsame_testing::cargo::Cargo;
use selfsame_testing::command::Outcome;
use selfsame_testing::repository::Repository;

/// The service `api` that uses `kit` and `extra`, and a member `tool` that uses `kit` as well. It
/// is for cargo to say whether `kit` uses `extra`. The first project owns the directory.
fn workspace() -> (Project, Project, Repository) {
    let project = Project::new();
    let workspace = Repository::init(&project.beside("workspace"));
    let path = |name: &str| format!("{name} = {{ path = \"../{name}\" }}\n");
    let both = format!("[dependencies]\n{}{}", path("kit"), path("extra"));
    let optional = "[dependencies]\nextra = { path = \"../extra\", optional = true }\n";
    for (name, more) in [
        ("api", both),
        ("kit", optional.to_owned()),
        ("extra", String::new()),
        ("tool", format!("[dependencies]\n{}", path("kit"))),
    ] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n{more}"
        );
        workspace.write(&format!("{name}/Cargo.toml"), manifest);
        workspace.write(&format!("{name}/src/lib.rs"), "// begins\n");
    }
    workspace.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"api\", \"tool\"]\nexclude = [\"kit\", \"extra\"]\n\
         resolver = \"2\"\n",
    );
    lock(&workspace);
    workspace.commit("Begin");
    let member = Project::at(&workspace.path().join("api"));
    (project, member, workspace)
}

/// Has cargo write the lock file.
fn lock(workspace: &Repository) {
    let cargo = Cargo::into_target(&workspace.path().join("target"));
    let done = cargo.run(workspace.path(), &["generate-lockfile", "--offline"]);
    assert!(done.success, "{}", done.said);
}

/// Turns the feature on for `kit` in the manifest of a member, and has cargo lock what follows.
fn turn_on(workspace: &Repository, member: &str) {
    let before = workspace.read("Cargo.lock");
    let more = "features = [\"extra\"]";
    let manifest = format!("{member}/Cargo.toml");
    workspace.replace(&manifest, "path = \"../kit\" }", &format!("path = \"../kit\", {more} }}"));
    lock(workspace);
    assert_ne!(workspace.read("Cargo.lock"), before, "there is one more edge");
    workspace.commit("Turn it on");
}

/// Checks with no program but git.
fn check_without_cargo(member: &Project, programs: &Path, report: &str) -> Outcome {
    std::fs::create_dir_all(programs).expect("it can be made");
    let git = ["/usr/bin/git", "/usr/local/bin/git", "/bin/git"].map(Path::new);
    let git = git.into_iter().find(|git| git.is_file()).expect("git is installed");
    std::os::unix::fs::symlink(git, programs.join("git")).expect("a link");
    let mut command = selfsame_in(member.path());
    command.env("PATH", programs).args(["check", "--report", report, "--source", "."]);
    finish(&mut command)
}

#[test]
fn an_edge_that_builds_nothing_else_is_a_note() {
    let (project, member, workspace) = workspace();
    let facts = member.facts();
    turn_on(&workspace, "tool");
    for level in [Level::Full, Level::Summary] {
        let outcome = member.check(facts.clone(), level, &["--format=json"]);
        let found = outcome.finding("lock-edges-differ");
        assert_eq!((outcome.code, &found["verdict"]), (0, &"skipped".into()), "{level}: {found}");
    }
    let outcome = member.check(facts.clone(), Level::Full, &[]);
    let words = "not compared: features that members outside the closure turn on";
    assert_says("beside the same", &outcome, 0, &["[lock-edges-differ]", words]);

    // Without cargo nobody knows.
    let report = member.captured(facts, Level::Full);
    let programs = project.beside("programs");
    let outcome = check_without_cargo(&member, &programs, &report);
    assert_says("no cargo", &outcome, 2, &["[features-unified]", "cannot run `cargo tree`"]);

    // Nor with one that never ends.
    let hanging = Hanging::when("true", "cargo", &programs);
    let check = ["check", "--report", &report, "--source", ".", "--timeout", "5s"];
    let outcome = finish(selfsame_in(member.path()).env("PATH", hanging.path()).args(check));
    let late = "`cargo tree` did not finish within 5s";
    assert_says("cargo hangs", &outcome, 2, &["[features-unified]", late]);
    hanging.assert_killed("cargo tree");

    // Nor with one that prints without end.
    let printing = Hanging::printing("cargo", &programs);
    let check = ["check", "--report", &report, "--source", "."];
    let outcome = finish(selfsame_in(member.path()).env("PATH", printing.path()).args(check));
    let long = "`cargo tree` prints more than 67108864 bytes";
    assert_says("cargo prints", &outcome, 2, &["[features-unified]", long]);
    printing.assert_killed("cargo tree");
}

#[test]
fn an_edge_that_builds_something_else_is_drift() {
    // Cargo's first resolver unites the features that tests turn on with those of the build.
    for (resolver, code, words) in
        [("1", 1, "[dependencies-differ]"), ("2", 0, "[lock-edges-differ]")]
    {
        let (_directory, member, workspace) = workspace();
        let line = |resolver: &str| format!("resolver = \"{resolver}\"");
        workspace.replace("Cargo.toml", &line("2"), &line(resolver));
        let manifest = workspace.read("api/Cargo.toml");
        workspace.write(
            "api/Cargo.toml",
            manifest + "[dev-dependencies]\nkit = { path = \"../kit\" }\n",
        );
        workspace.commit("Test with the kit");
        let facts = member.facts();
        let manifest = workspace.read("api/Cargo.toml");
        let (begin, tests) = manifest.split_once("[dev-").expect("there is one");
        let tests = tests.replace(" }", ", features = [\"extra\"] }");
        workspace.write("api/Cargo.toml", format!("{begin}[dev-{tests}"));
        lock(&workspace);
        workspace.commit("Test with more");
        let outcome = member.check(facts, Level::Full, &[]);
        assert_says(&format!("resolver {resolver}"), &outcome, code, &[words]);
    }
}
