//! What a process sees wrong with itself, as the page shows it: a view of the findings.

use selfsame_core::compare::Verdict;
use selfsame_core::findings::{self, Code};
use selfsame_core::report::Report;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    /// Nothing is wrong, as far as the process can see.
    Well,
    /// It is as meant, and may surprise.
    Note,
    /// It could not be established.
    Unknown,
    /// It is wrong.
    Wrong,
}

/// One thing to know. In its sentences, names stand between backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) code: Code,
    pub(super) mood: Mood,
    pub(super) title: String,
    pub(super) detail: String,
    /// What to do.
    pub(super) remedy: Option<String>,
}

/// What there is to say of a report, the worst first.
pub(super) fn of(report: &Report) -> Vec<Finding> {
    let findings = findings::of_report(report);
    let mut shown: Vec<Finding> = findings.iter().map(|finding| show(report, finding)).collect();
    shown.sort_by_key(|finding| std::cmp::Reverse(finding.mood));
    shown
}

fn show(report: &Report, finding: &findings::Finding) -> Finding {
    let mood = match finding.verdict {
        Verdict::Drift => Mood::Wrong,
        Verdict::Unknown => Mood::Unknown,
        Verdict::Same | Verdict::Skipped if finding.is_not_compared() => Mood::Unknown,
        Verdict::Same | Verdict::Skipped => Mood::Note,
    };
    let detail: Vec<String> = finding
        .details()
        .into_iter()
        .map(|(label, text)| if label == "reason" { text } else { format!("{label}: {text}") })
        .collect();
    let is_early = finding.code == Code::IntactUnknown && report.looking;
    let remedy =
        if is_early { Some("load this page again in a moment".to_owned()) } else { finding.next() };
    let detail = if detail.is_empty() {
        finding.code.english().explanation.to_owned()
    } else {
        sentence(&detail.join("; "))
    };
    Finding {
        code: finding.code,
        mood,
        title: capital(&finding.title()),
        detail,
        remedy: remedy.map(|remedy| sentence(&remedy)),
    }
}

/// The text as a sentence.
fn sentence(text: &str) -> String {
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    capital(text) + stop
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().collect::<String>() + rest.as_str(),
        None => String::new(),
    }
}
