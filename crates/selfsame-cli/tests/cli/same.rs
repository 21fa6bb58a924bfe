//! What goes into no binary makes no drift, and what goes into one does.

use selfsame::report::Level;

use crate::project::Project;
use crate::run::assert_says;

/// What a row does to the project.
type Edit = fn(&Project);

fn write(project: &Project, path: &str, text: &str) {
    project.repository.write(path, text);
}

fn append(project: &Project, path: &str, text: &str) {
    let before = project.repository.read(path);
    project.repository.write(path, before + text);
}

/// The project with a file that only tests compile, and one that a macro includes.
fn project() -> Project {
    let project = Project::new();
    let main = "mod modules;\n#[cfg(test)] mod checks;\nconst A: &str = include_str!(\"a.snap\");\n\
                fn main() {}\n";
    for (path, text) in [
        ("src/main.rs", main),
        ("src/checks.rs", "#[test] fn it() {}\n"),
        ("src/a.snap", "included\n"),
        ("src/b.snap", "a snapshot\n"),
        ("tests/it.rs", "#[test] fn it() {}\n"),
        ("server.toml", "port = 1\n"),
    ] {
        write(&project, path, text);
    }
    project.repository.commit("Begin");
    project
}

#[test]
fn what_goes_into_no_binary_makes_no_drift() {
    let edits: [(&str, Edit); 11] = [
        ("a README", |project| write(project, "README.md", "Another.\n")),
        ("a test", |project| write(project, "tests/it.rs", "// none\n")),
        ("a bench", |project| write(project, "benches/it.rs", "fn main() {}\n")),
        ("an example", |project| write(project, "examples/it.rs", "fn main() {}\n")),
        ("a snapshot", |project| write(project, "src/b.snap", "another\n")),
        ("a new snapshot", |project| write(project, "src/c.snap.new", "another\n")),
        ("a file of tests", |project| write(project, "src/checks.rs", "// none\n")),
        ("lints", |project| append(project, "Cargo.toml", "[lints.rust]\nunused = \"deny\"\n")),
        ("a dev-dependency", |project| {
            append(project, "Cargo.toml", "[dev-dependencies]\nkit = \"1\"\n");
        }),
        ("metadata", |project| append(project, "Cargo.toml", "[package.metadata.odd]\na = 1\n")),
        ("an unread file", |project| write(project, "server.toml", "port = 2\n")),
    ];
    for (case, edit) in edits {
        let project = project();
        let facts = project.facts();
        edit(&project);
        assert!(!project.repository.git(["status", "--porcelain"]).is_empty(), "{case}");
        for state in ["changed", "committed"] {
            for level in [Level::Full, Level::Summary] {
                let outcome = project.check(facts.clone(), level, &[]);
                assert_says(&format!("{case}, {state}, {level}"), &outcome, 0, &["same `"]);
            }
            project.repository.commit("Edit");
        }
    }
}

#[test]
fn what_goes_into_the_binary_is_drift() {
    let edits: [(&str, Edit); 6] = [
        ("a module", |project| write(project, "src/modules/customers.rs", "// more\n")),
        ("an included snapshot", |project| write(project, "src/a.snap", "another\n")),
        ("a profile", |project| append(project, "Cargo.toml", "[profile.release]\nlto = true\n")),
        ("a build script", |project| write(project, "build.rs", "fn main() {}\n")),
        ("a template", |project| write(project, "templates/a.html", "a\n")),
        ("a variable of cargo's", |project| {
            write(project, ".cargo/config.toml", "[env]\nA = \"1\"\n");
        }),
    ];
    for (case, edit) in edits {
        let project = project();
        let facts = project.facts();
        edit(&project);
        for state in ["changed", "committed"] {
            for level in [Level::Full, Level::Summary] {
                let outcome = project.check(facts.clone(), level, &[]);
                assert_eq!(outcome.code, 1, "{case}, {state}, {level}: {}", outcome.out);
            }
            project.repository.commit("Edit");
        }
    }
}
