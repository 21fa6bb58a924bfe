//! What the command answers. The one place that knows how `check` prints it.

use std::path::Path;

use serde_json::Value;

use selfsame_testing::command::{self, Outcome};

/// The verdict of a check, and its findings, a line each.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) verdict: String,
    pub(super) text: String,
}

/// Asks whether `artifact` is what the package in `source` says.
pub(super) fn check(source: &Path, artifact: &Path, more: &[&str]) -> Answer {
    let source = source.to_str().expect("the path is UTF-8");
    let artifact = artifact.to_str().expect("the path is UTF-8");
    let mut arguments = vec!["check", "--source", source, "--artifact", artifact];
    arguments.extend(["--format", "json"]);
    arguments.extend(more);
    let outcome = selfsame(Path::new(source), &arguments);
    let document: Value = serde_json::from_str(&outcome.out)
        .unwrap_or_else(|error| panic!("not JSON: {error}\n{}\n{}", outcome.out, outcome.err));
    let verdict = document["verdict"].as_str().unwrap_or("without a verdict").to_owned();
    let expected = match outcome.code {
        0 => "same",
        1 => "drift",
        2 => "unknown",
        _ => "an error",
    };
    assert_eq!(verdict, expected, "the exit code is another answer: {}", outcome.out);
    let findings = document["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("?").to_owned();
    let lines = findings.iter().map(|finding| {
        let [rung, verdict, code, title] =
            ["rung", "verdict", "code", "title"].map(|key| word(finding, key));
        format!("  {rung} {verdict} {code}: {title}\n")
    });
    let text = lines.chain([outcome.err]).collect();
    Answer { verdict, text }
}

/// What `hash` prints as the content, without flags, in the package's directory.
pub(super) fn content(source: &Path) -> String {
    let outcome = selfsame(source, &["hash", "--json"]);
    assert_eq!(outcome.code, 0, "hash failed: {}{}", outcome.out, outcome.err);
    let document: Value = serde_json::from_str(&outcome.out).expect("it prints JSON");
    document["content"].as_str().expect("there is a content").to_owned()
}

fn selfsame(directory: &Path, arguments: &[&str]) -> Outcome {
    let program = Path::new(env!("CARGO_BIN_EXE_selfsame"));
    command::run(&mut command::command(program, directory), arguments)
}
