//! Annotations of GitHub Actions, and a table for the summary of the job.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use selfsame_core::compare::Verdict;
use selfsame_core::environment::Environment;
use selfsame_core::findings::{Finding, Outcome};

use super::super::Header;
use super::{Clean, sentence, shouted};
use crate::error::Failure;
use crate::output::plain;

/// So many annotations of a kind are shown for one step.
const MOST: usize = 10;

/// The variable with the file that the summary of the step is written to.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// One annotation a code, drift as error and unknown as warning.
pub(super) fn annotations(outcome: &Outcome, clean: &Clean<'_>) -> String {
    let mut text = String::new();
    for (verdict, kind) in [(Verdict::Drift, "error"), (Verdict::Unknown, "warning")] {
        let mut by_code: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
        for finding in outcome.not_same().into_iter().filter(|one| one.verdict == verdict) {
            by_code.entry(finding.code).or_default().push(finding);
        }
        for (code, findings) in by_code.into_iter().take(MOST) {
            let lines = findings.iter().take(MOST).map(|finding| clean.text(&sentence(finding)));
            let mut message = lines.collect::<Vec<_>>().join("\n");
            if findings.len() > MOST {
                let _ = write!(message, "\nand {} more", findings.len() - MOST);
            }
            let _ = writeln!(text, "::{kind} title=selfsame {code}::{}", data(&message));
        }
    }
    if outcome.verdict == Verdict::Same {
        text.push_str("::notice title=selfsame::same on every rung asked\n");
    }
    text
}

/// The annotation where the command itself failed.
pub(super) fn of_failure(message: &str) -> String {
    format!("::error title=selfsame::{}\n", data(message))
}

/// A table: a row a finding.
pub(super) fn summary(header: &Header, outcome: &Outcome, clean: &Clean<'_>) -> String {
    let cell = |text: &str| {
        plain(&clean.text(text)).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;")
    };
    let mut text = format!(
        "### selfsame: {} ({})\n\n| rung | verdict | code | what |\n|---|---|---|---|\n",
        shouted(outcome.verdict),
        cell(&header.targets.join(" "))
    );
    for finding in &outcome.findings {
        let _ = writeln!(
            text,
            "| {} {} | {} | `{}` | {} |",
            finding.rung.number(),
            finding.rung,
            shouted(finding.verdict),
            finding.code,
            cell(&sentence(finding))
        );
    }
    text.push('\n');
    text
}

/// Appends the table to the summary of the step, if there is one.
pub(super) fn append(environment: &Environment, summary: &str) -> Result<(), Failure> {
    let Some(path) = environment.get(SUMMARY).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(summary.as_bytes())).map_err(|error| {
        let path = path.to_string_lossy();
        Failure::new(format!("cannot write `{path}`, which {SUMMARY} names: {error}"))
    })
}

/// A message as a workflow command carries it.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plain).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
