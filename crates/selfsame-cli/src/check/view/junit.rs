//! `JUnit` XML: a case a rung and address. Drift is a failure, unknown is an error.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use selfsame_core::compare::Verdict;
use selfsame_core::findings::{Finding, Rung};

use super::super::answer::Whole;
use super::{Clean, sentence};
use crate::output::plain;

pub(super) fn text(whole: &Whole, clean: &Clean<'_>) -> String {
    let mut cases: BTreeMap<(usize, Rung, String), Vec<&Finding>> = BTreeMap::new();
    for (number, answer) in whole.answers.iter().enumerate() {
        for rung in Rung::ALL {
            cases.insert((number, rung, String::new()), Vec::new());
        }
        for finding in &answer.outcome.findings {
            let address = finding.address.clone().unwrap_or_default();
            cases.entry((number, finding.rung, address)).or_default().push(finding);
        }
    }
    cases.retain(|(number, rung, address), found| {
        let outcome = &whole.answers[*number].outcome;
        !found.is_empty() || address.is_empty() && outcome.of_rung(*rung) == Verdict::Skipped
    });
    let mut body = String::new();
    let (mut failures, mut errors, mut skipped) = (0, 0, 0);
    for ((number, rung, address), findings) in &cases {
        let service = whole.answers[*number].prefix();
        let at = if address.is_empty() { String::new() } else { format!(" {address}") };
        let name = format!("{service}{rung}{at}");
        let name = escaped(&clean.text(&name));
        let _ = write!(body, "    <testcase classname=\"selfsame\" name=\"{name}\"");
        let worst = worst(findings);
        let of_worst = || findings.iter().filter(|finding| finding.verdict == worst);
        let code = of_worst().next().map_or("", |finding| finding.code.as_str());
        let lines: Vec<String> = of_worst().map(|finding| clean.text(&sentence(finding))).collect();
        let message = escaped(lines.first().map_or("", |line| line));
        let lines = escaped_lines(&lines);
        let element = match worst {
            Verdict::Same => {
                body.push_str("/>\n");
                continue;
            }
            Verdict::Drift => {
                failures += 1;
                format!("<failure type=\"{code}\" message=\"{message}\">{lines}</failure>")
            }
            Verdict::Unknown => {
                errors += 1;
                format!("<error type=\"{code}\" message=\"{message}\">{lines}</error>")
            }
            Verdict::Skipped => {
                skipped += 1;
                "<skipped/>".to_owned()
            }
        };
        let _ = writeln!(body, ">\n      {element}\n    </testcase>");
    }
    let name = escaped(&clean.text(&whole.title()));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{name}\" \
         tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n{body}  \
         </testsuite>\n</testsuites>\n",
        cases.len()
    )
}

/// The document where the command itself failed.
pub(super) fn of_failure(message: &str) -> String {
    let message = escaped(message);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"selfsame\" \
         tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n    <testcase \
         classname=\"selfsame\" name=\"check\">\n      <error type=\"failed\" \
         message=\"{message}\"/>\n    </testcase>\n  </testsuite>\n</testsuites>\n"
    )
}

fn worst(findings: &[&Finding]) -> Verdict {
    let has = |verdict| findings.iter().any(|finding| finding.verdict == verdict);
    let order = [Verdict::Drift, Verdict::Unknown, Verdict::Same];
    order.into_iter().find(|verdict| has(*verdict)).unwrap_or(Verdict::Skipped)
}

fn escaped_lines(lines: &[String]) -> String {
    lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n")
}

/// Text within an element or an attribute. XML has no form for control characters at all.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
