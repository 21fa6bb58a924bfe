//! What a package of the command ships: completions and man pages.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::run::{assert_cannot_tell, run};
use selfsame_testing::requirements::have;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

fn completions(shell: &str) -> String {
    let outcome = run(&["completions", shell]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{shell}");
    outcome.out
}

fn bash(arguments: &[&str], directory: &Path) -> String {
    let output = Command::new("bash")
        .args(["--norc", "--noprofile"])
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "bash {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn each_shell_gets_a_script_with_every_command_and_option() {
    for shell in SHELLS {
        let script = completions(shell);
        for word in ["check", "inspect", "completions", "artifact", "token-env"] {
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
        assert_eq!(script, completions(shell), "{shell}");
    }
}

#[test]
fn bash_completes_what_is_typed() {
    if !have("bash") {
        return;
    }
    let directory = TempDir::with_prefix("shell-").expect("a temporary directory");
    fs::write(directory.path().join("selfsame.bash"), completions("bash")).expect("write");
    bash(&["-n", "selfsame.bash"], directory.path());
    for (typed, completed) in [
        (&["che"][..], "check\n"),
        (&["check", "--arti"], "--artifact\n"),
        (&["check", "--format", "j"], "json\njunit\n"),
        (&["completions", "z"], "zsh\n"),
    ] {
        let last = typed.last().expect("something is typed");
        let before = if typed.len() > 1 { typed[typed.len() - 2] } else { "selfsame" };
        let line = format!(
            ". ./selfsame.bash; COMP_WORDS=(selfsame {}); COMP_CWORD={}; \
             _selfsame selfsame {last} {before}; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            typed.join(" "),
            typed.len(),
        );
        assert_eq!(bash(&["-c", &line], directory.path()), completed, "{typed:?}");
    }
}

#[test]
fn the_man_pages_are_those_of_the_commands() {
    let directory = TempDir::with_prefix("man-").expect("a temporary directory");
    let man = directory.path().join("share/man1");
    let outcome = run(&["man", man.to_str().expect("the path is UTF-8")]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));

    let pages = [
        "selfsame.1",
        "selfsame-check.1",
        "selfsame-inspect.1",
        "selfsame-hash.1",
        "selfsame-why.1",
        "selfsame-locate.1",
        "selfsame-stamp.1",
        "selfsame-explain.1",
        "selfsame-completions.1",
        "selfsame-man.1",
    ];
    let listed: Vec<String> = outcome
        .out
        .lines()
        .map(|line| line.rsplit('/').next().unwrap_or(line).to_owned())
        .collect();
    assert_eq!(listed, pages);
    let mut there: Vec<String> = man
        .read_dir()
        .expect("it was made")
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("UTF-8"))
        .collect();
    let mut expected = pages.map(str::to_owned);
    there.sort_unstable();
    expected.sort_unstable();
    assert_eq!(there, expected);

    let text = fs::read_to_string(man.join("selfsame-check.1")).expect("there is one");
    assert!(text.contains("\\-\\-artifact") && text.contains("Exit codes: 0 same"), "{text}");
    if !have("groff") {
        return;
    }
    for page in pages {
        let output = Command::new("groff")
            .args(["-man", "-Tutf8", "-Kutf8", "-ww", "-z", page])
            .current_dir(&man)
            .stdin(Stdio::null())
            .output()
            .expect("groff runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{page}: {said}");
    }
}

#[test]
fn man_pages_that_cannot_be_written_are_an_error() {
    let directory = TempDir::with_prefix("man-").expect("a temporary directory");
    let file = directory.path().join("file");
    fs::write(&file, "").expect("write");
    let path = file.to_str().expect("the path is UTF-8");
    assert_cannot_tell("a file", &run(&["man", path]), &["cannot write to `", "file`"]);
}
