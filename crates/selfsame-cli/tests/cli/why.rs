//! `why`: why a file is content, or why it is not.

use serde_json::Value;

use crate::project::Project;
use crate::run::{assert_cannot_tell, assert_says, finish, selfsame_in};
use selfsame_testing::command::Outcome;
use selfsame_testing::repository::Repository;

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

/// The service in a workspace, with a sibling, a package that only tests use, a vendored package and
/// a crate root outside of `src/`. The first project owns the directory.
fn workspace() -> (Project, Project) {
    let project = Project::new();
    let workspace = Repository::init(&project.beside("workspace"));
    let manifest = "[package]\nname = \"api\"\nversion = \"1.0.0\"\n[lib]\npath = \"server/lib.rs\"\n\
                    [[test]]\nname = \"it\"\npath = \"src/it.rs\"\n\
                    [package.metadata.selfsame]\nmodules = [\"expected\"]\n\
                    [dependencies]\nkit = { path = \"../kit\" }\ndye = \"1\"\n\
                    [dev-dependencies]\nfixtures = { path = \"../fixtures\" }\n";
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
    let index = "registry+https://github.com/rust-lang/crates.io-index";
    let checksum = "0".repeat(64);
    let lock = format!(
        "version = 4\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n\
         dependencies = [\"dye\", \"fixtures\", \"kit\"]\n\
         [[package]]\nname = \"dye\"\nversion = \"1.0.0\"\nsource = \"{index}\"\n\
         checksum = \"{checksum}\"\n\
         [[package]]\nname = \"fixtures\"\nversion = \"1.0.0\"\n\
         [[package]]\nname = \"kit\"\nversion = \"1.0.0\"\n"
    );
    let vendored = format!("{{\"files\":{{\"src/lib.rs\":\"{checksum}\"}},\"package\":null}}");
    let config = "[source.crates-io]\nreplace-with = \"vendored\"\n\
                  [source.vendored]\ndirectory = \"vendor\"\n";
    for (path, text) in [
        ("Cargo.toml", "[workspace]\nmembers = [\"api\", \"kit\", \"fixtures\"]\n"),
        ("Cargo.lock", &*lock),
        (".cargo/config.toml", config),
        ("api/Cargo.toml", manifest),
        ("api/server/lib.rs", "modules! { extra }\nmod named;\n"),
        ("api/server/extra.rs", "// by a macro\n"),
        ("api/server/named.rs", "// by a line\n"),
        ("api/src/it.rs", "// a test\n"),
        ("api/expected/billing.rs", "// bills\n"),
        ("kit/Cargo.toml", &*package("kit")),
        ("kit/src/lib.rs", "// kit\n"),
        ("kit/tests/it.rs", "// a test\n"),
        ("fixtures/Cargo.toml", &*package("fixtures")),
        ("fixtures/src/lib.rs", "// fixtures\n"),
        ("vendor/dye/Cargo.toml", &*package("dye")),
        ("vendor/dye/src/lib.rs", "// dye\n"),
        ("vendor/dye/.cargo-checksum.json", &*vendored),
        ("scripts/deploy.sh", "true\n"),
    ] {
        workspace.write(path, text);
    }
    let member = Project::at(&workspace.path().join("api"));
    (project, member)
}

#[test]
fn each_package_of_a_workspace_has_its_files() {
    let (_directory, member) = workspace();
    for (path, words) in [
        ("../Cargo.toml", "content, manifest of the workspace"),
        ("../kit/src/lib.rs", "content of `kit`, root of a target"),
        ("../kit/Cargo.toml", "content of `kit`, manifest, without what goes into no binary"),
        ("../kit/tests/it.rs", "not content of `kit`, no rule covers it"),
        (
            "../fixtures/src/lib.rs",
            "not content, the package `fixtures` goes into no build of this",
        ),
        ("../vendor/dye/.cargo-checksum.json", "content, checksums of a vendored package"),
        ("../vendor/dye/Cargo.toml", "content, checksums of a vendored package, or not among them"),
        (
            "../vendor/dye/src/lib.rs",
            "not content, the checksums of the vendored package `dye` list",
        ),
        ("../scripts/deploy.sh", "not content, it lies in no package that goes into the build"),
        ("server/lib.rs", "content of `api`, root of a target"),
        ("server/named.rs", "content of `api`, reached by a `mod` line"),
        ("server/extra.rs", "content of `api`, next to a crate root in which a macro may declare"),
        ("expected/billing.rs", "content of `api`, part of an expected module"),
        ("src/it.rs", "not content of `api`, root of a test, a benchmark or an example"),
    ] {
        assert_says(path, &why(&member, &[path]), 0, &[&format!(": {words}")]);
    }
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
