//! Names with characters that nobody sees: escaped for a person, as they are for a program.

use std::process::{Command, Stdio};

use crate::project::Project;
use crate::run::run;
use selfsame_testing::requirements::have;

#[test]
fn hidden_characters_in_names_are_escaped_on_a_terminal_alone() {
    let project = Project::new();
    let name = "src/a\u{61c}b\u{200b}c\u{202e}\u{e0041}.rs";
    project.repository.write(name, "");
    let source = project.source();

    // For a program the bytes count: their hash is the content.
    let piped = run(&["hash", "--list", "--source", &source]);
    assert!(piped.out.contains(name), "{}", piped.out);

    // `script` gives a program a terminal.
    if !have("script") {
        return;
    }
    let line = format!("'{}' hash --list --source '{source}'", env!("CARGO_BIN_EXE_selfsame"));
    let seen = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .stdin(Stdio::null())
        .output()
        .expect("script runs");
    let seen = String::from_utf8(seen.stdout).expect("it prints UTF-8");
    let shown = "src/a\\u{61c}b\\u{200b}c\\u{202e}\\u{e0041}.rs";
    assert!(seen.contains(shown), "{seen}");
    assert!(!seen.contains(['\u{61c}', '\u{200b}', '\u{202e}', '\u{e0041}']), "{seen}");
}

#[test]
fn hidden_characters_are_escaped_in_json_and_mean_the_same() {
    let project = Project::new();
    let name = "b\u{61c}\u{200b}\u{e0041}";
    let mut facts = project.facts();
    facts.modules[0].name = name.to_owned();
    let artifact = project.artifact(&[facts]);
    let missing = format!("{artifact}{name}");
    let outcome = run(&["inspect", &missing]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("b\\u{61c}\\u{200b}\\u{e0041}"), "{}", outcome.err);
    assert!(!outcome.err.contains('\u{200b}'), "{}", outcome.err);
}
