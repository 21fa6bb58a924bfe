//! A report alone: what a process sees wrong with itself, for its page and its log.

use super::{modules, process};
use crate::compare::Verdict;
use crate::findings::{Claim, Code, Evidence, Finding, RouteEvidence, Rung, Subject};
use crate::report::Report;
use crate::routes::{ListComparison, Routes};
use crate::stamp::Tree;

/// The facts that a process establishes when it looks at itself: each has findings of its own.
const LOOKED_AT: [&str; 3] = ["intact", "executable", "shipped"];

/// Judges a report without anything to compare it with.
#[must_use]
pub fn of_report(report: &Report) -> Vec<Finding> {
    let finding = |code, verdict| Finding::new(code, Rung::Running, verdict, Subject::Process);
    let unknown = |fact: &str, name: &str, why: &str| {
        let (fact, name) = (Some(fact.to_owned()), Some(name.to_owned()));
        let unknown = finding(Code::FactUnknown, Verdict::Unknown).because(why);
        unknown.with(|evidence: &mut Evidence| (evidence.fact, evidence.name) = (fact, name))
    };
    let claim = Claim::from(report);
    let mut findings = process::judge(report);
    findings.extend(modules::compiled(Rung::Running, &Subject::Process, &claim, None, None));
    if let Some(Routes::Unavailable(why)) = &report.routes {
        findings.push(unknown("routes", "the list of routes", why));
    }
    findings.extend(report.route_list.as_ref().and_then(route_list));
    let facts = report.unknown.iter().filter(|(fact, _)| !LOOKED_AT.contains(&fact.as_str()));
    findings.extend(facts.map(|(fact, why)| match fact.as_str() {
        "tree" => unknown(fact, "whether source was as committed", why),
        "commit" | "content" => unknown(fact, &format!("the {fact}"), why),
        fact => unknown(fact, &format!("`{fact}`"), why),
    }));
    if report.tree == Some(Tree::Dirty) {
        findings.push(
            finding(Code::BuiltFromChanges, Verdict::Skipped)
                .with(|evidence| evidence.built_with.clone_from(&claim.built_with)),
        );
    }
    findings
}

/// The list that it was built with. What is mounted beyond it surprises, and is not wrong.
fn route_list(comparison: &ListComparison) -> Option<Finding> {
    let difference = comparison.difference().filter(|difference| !difference.is_empty())?;
    let verdict = if difference.missing().is_empty() { Verdict::Skipped } else { Verdict::Drift };
    let finding = Finding::new(Code::RouteListDiffers, Rung::Route, verdict, Subject::Process);
    Some(finding.with(|evidence| {
        evidence.path = Some("the list in source".to_owned());
        evidence.route = Some(RouteEvidence {
            missing: difference.missing().to_vec(),
            unexpected: difference.unexpected().to_vec(),
            ..RouteEvidence::default()
        });
    }))
}
