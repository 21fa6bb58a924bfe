//! `why`: why a file is content, or why it is not.

use serde_json::Value;

use crate::project::Project;
use crate::run::{assert_cannot_tell, assert_says, finish, selfsame_in};
use crate::support::command::Outcome;

fn why(project: &Project, arguments: &[&str]) -> Outcome {
    finish(selfsame_in(project.path()).arg("why").args(arguments))
}

fn with_everything() -> Project {
    let project = Project::new();
    project.scope("modules = [\"src/modules\"]\nalso = [\"data\"]\nroutes = \"routes.txt\"");
    let main = "mod modules;\n#[path = \"../shared/code.rs\"] mod shared;\n\
                #[cfg(test)] mod tests;\nconst A: &str = include_str!(\"../server.toml\");\n\
                #[doc = include_str!(\"../README.md\")]\nfn main() {}\n";
    for (path, text) in [
        ("src/main.rs", main),
        ("src/tests.rs", "#[test] fn it() {}\n"),
        ("src/page.snap", "a snapshot\n"),
        ("shared/code.rs", "// shared\n"),
        ("server.toml", "a = 1\n"),
        ("data/a.csv", "1\n"),
        ("routes.txt", "GET /\n"),
        ("templates/a.html", "a\n"),
        ("grammar/a.g", "a\n"),
        ("build.rs", "fn main() { println!(\"cargo:rerun-if-changed=grammar\"); }\n"),
        ("tests/it.rs", "// a test\n"),
        (".cargo/config.toml", "[env]\nA = \"1\"\n"),
        ("other/Cargo.toml", "[package]\nname = \"other\"\n"),
        ("other/src/lib.rs", "// other\n"),
    ] {
        project.repository.write(path, text);
    }
    project
}

#[test]
fn each_file_has_a_rule() {
    let project = with_everything();
    for (path, words) in [
        ("src/main.rs", "content of `api`, root of a target"),
        ("build.rs", "content of `api`, root of a target"),
        ("src/modules/billing/mod.rs", "content of `api`, `src` is read by convention"),
        ("shared/code.rs", "content of `api`, reached by a `mod` line"),
        ("server.toml", "content of `api`, named by `include_str!` in "),
        ("grammar/a.g", "content of `api`, named by a string literal in "),
        ("data/a.csv", "content of `api`, named by `also`"),
        ("routes.txt", "content of `api`, named by `routes`"),
        ("templates/a.html", "content of `api`, `templates` is read by convention"),
        ("Cargo.toml", "content of `api`, manifest, without what goes into no binary"),
        ("Cargo.lock", "content, the packages of Cargo.lock"),
        (".cargo/config.toml", "content, configuration of cargo"),
        ("src/tests.rs", "not content of `api`, reached by `#[cfg(test)] mod` alone"),
        ("src/page.snap", "not content of `api`, a snapshot of a test"),
        ("README.md", "not content of `api`, no rule covers it: name it by `also`"),
        ("tests/it.rs", "not content of `api`, no rule covers it"),
        ("other/src/lib.rs", "not content, the package `other` goes into no build of this one"),
        ("gone.rs", "there is no such file"),
    ] {
        assert_says(path, &why(&project, &[path]), 0, &[&format!("{path}: "), words]);
    }
    let outcome = why(&project, &["src/modules", "--source", "."]);
    assert_eq!(outcome.out.lines().count(), 3, "{}", outcome.out);
}

#[test]
fn all_of_it_is_listed_as_the_hash_has_it() {
    let project = with_everything();
    let lines = why(&project, &["--all", "--json"]);
    assert_eq!(lines.code, 0, "{}", lines.err);
    let lines: Vec<Value> = lines
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let count = |content: bool| lines.iter().filter(|line| line["content"] == content).count();
    let listed = finish(selfsame_in(project.path()).args(["hash", "--list"]));
    assert_eq!(count(true), listed.out.lines().count(), "{}", listed.out);
    assert_eq!(count(false), 2, "{lines:?}");
    let main = lines
        .iter()
        .find(|line| line["path"].as_str().is_some_and(|path| path.ends_with("/src/main.rs")));
    assert_eq!(main.expect("it is listed")["package"], "api");
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let project = Project::new();
    assert_eq!(why(&project, &[]).code, 64);
    assert_eq!(why(&project, &["--all", "src"]).code, 64);
    let outcome = why(&project, &["src", "--source", "nowhere"]);
    assert_cannot_tell("no package", &outcome, &["nowhere"]);
    project.scope("also = [\"nowhere\"]");
    assert_cannot_tell("no content", &why(&project, &["src"]), &["`nowhere` does not exist"]);
}
