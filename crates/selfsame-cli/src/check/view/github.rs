//! Annotations of GitHub Actions, and a table for the summary of the job.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use selfsame_core::compare::Verdict;
use selfsame_core::environment::Environment;
use selfsame_core::findings::Finding;

use super::super::answer::{Answer, Whole};
use super::super::fleet::grouped;
use super::{Clean, sentence, shouted};
use crate::error::Failure;
use crate::output::plain;

/// So many annotations of a kind are shown for one step.
const MOST: usize = 10;

/// The variable with the file that the summary of the step is written to.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// One annotation a code, drift as error and unknown as warning.
pub(super) fn annotations(whole: &Whole, clean: &Clean<'_>) -> String {
    let mut text = String::new();
    for (verdict, kind) in [(Verdict::Drift, "error"), (Verdict::Unknown, "warning")] {
        let mut by_code: BTreeMap<_, Vec<(&Answer, &Finding)>> = BTreeMap::new();
        for answer in &whole.answers {
            let not_same = answer.outcome.not_same();
            for finding in not_same.into_iter().filter(|one| one.verdict == verdict) {
                by_code.entry(finding.code).or_default().push((answer, finding));
            }
        }
        for (code, findings) in by_code.into_iter().take(MOST) {
            let line = |(answer, finding): &(&Answer, &Finding)| {
                clean.text(&format!("{}{}", answer.prefix(), sentence(finding)))
            };
            let mut message = findings.iter().take(MOST).map(line).collect::<Vec<_>>().join("\n");
            if findings.len() > MOST {
                let _ = write!(message, "\nand {} more", findings.len() - MOST);
            }
            let _ = writeln!(text, "::{kind} title=selfsame {code}::{}", data(&message));
        }
    }
    if whole.verdict() == Verdict::Same {
        text.push_str("::notice title=selfsame::same on every rung asked\n");
    }
    text
}

/// The annotation where the command itself failed.
pub(super) fn of_failure(message: &str) -> String {
    format!("::error title=selfsame::{}\n", data(message))
}

/// A table: a row a finding. Of a fleet, equal findings share one.
pub(super) fn summary(whole: &Whole, clean: &Clean<'_>) -> String {
    let cell = |text: &str| {
        plain(&clean.text(text)).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;")
    };
    let mut text = format!(
        "### selfsame: {} ({})\n\n| rung | verdict | code | what |\n|---|---|---|---|\n",
        shouted(whole.verdict()),
        cell(&whole.title())
    );
    let rows = whole.answers.iter().flat_map(|answer| {
        answer.merged().into_iter().map(move |merged| (answer.prefix(), merged))
    });
    for (service, merged) in rows {
        let finding = merged.finding;
        let said = if merged.is_several() {
            let count = grouped(merged.addresses.len());
            format!("{count} replicas: {}", sentence(&merged.common()))
        } else {
            sentence(finding)
        };
        let _ = writeln!(
            text,
            "| {} {} | {} | `{}` | {} |",
            finding.rung.number(),
            finding.rung,
            shouted(finding.verdict),
            finding.code,
            cell(&format!("{service}{said}"))
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
