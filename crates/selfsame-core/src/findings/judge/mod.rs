//! The judge: what was gathered goes in, findings come out. Nothing here does I/O, and nothing
//! changes a finding that was made.

mod artifact;
mod fleet;
mod identity;
mod modules;
mod process;
mod report;
mod route;
mod running;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::{Code, Evidence, Finding, Gathered, Instance, Rung, SourceEvidence, Subject};
use crate::compare::Verdict;

pub use self::report::of_report;
use self::running::Context;

/// Judges everything that a check gathered.
#[must_use]
pub fn judge(gathered: &Gathered) -> Vec<Finding> {
    let mut findings = source::judge(gathered);
    findings.extend(artifact::judge(gathered));
    let context = Context::of(gathered);
    let mut verdicts = Vec::new();
    for place in &gathered.places {
        let running = running::place(&context, place);
        verdicts.push(worst(&running));
        findings.extend(running);
    }
    findings.extend(fleet::together(gathered, &verdicts));
    for (place, running) in gathered.places.iter().zip(verdicts) {
        findings.extend(route::judge(gathered, place, running));
    }
    let is_decided = matches!(worst(&findings), Verdict::Drift | Verdict::Unknown);
    if !has_expectation(gathered) && !is_decided {
        let why = match &gathered.source {
            SourceEvidence::None(why) => why.as_str(),
            _ => "",
        };
        let subject = Subject::Source;
        let finding = Finding::new(Code::NoExpectation, Rung::Source, Verdict::Unknown, subject);
        findings.push(finding.because(why));
    }
    findings.sort_by_key(|finding| finding.rung);
    without_copies(findings)
}

/// The findings, each once. Only those of one code and address are compared: there may be thousands
/// of addresses.
fn without_copies(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut alike: HashMap<(Code, Option<String>), Vec<usize>> = HashMap::new();
    for finding in findings {
        let places = alike.entry((finding.code, finding.address.clone())).or_default();
        if !places.iter().any(|place| kept[*place] == finding) {
            places.push(kept.len());
            kept.push(finding);
        }
    }
    kept
}

/// The verdict on one process, as it counts for a sample of several.
#[must_use]
pub fn instance_verdict(gathered: &Gathered, instance: &Instance) -> Verdict {
    let context = Context::of(gathered);
    worst(&running::instance(&context, instance, None, None, running::About::Process))
}

/// Whether there is anything to compare an artifact, a process or a route with.
fn has_expectation(gathered: &Gathered) -> bool {
    let source = !matches!(gathered.source, SourceEvidence::None(_));
    let pair = gathered.artifact.is_some() && !gathered.places.is_empty();
    let compared = gathered.artifact.is_some() || !gathered.places.is_empty();
    let kept = gathered.places.iter().any(|place| place.list.is_some());
    source && compared || pair || gathered.routes_asked || kept
}

/// What findings of one rung come to.
pub(super) fn worst(findings: &[Finding]) -> Verdict {
    let has = |verdict| findings.iter().any(|finding| finding.verdict == verdict);
    let order = [Verdict::Drift, Verdict::Unknown, Verdict::Same];
    order.into_iter().find(|verdict| has(*verdict)).unwrap_or(Verdict::Skipped)
}

/// Something that was not compared, and why.
fn not_compared(rung: Rung, subject: Subject, what: &str, why: &str) -> Finding {
    let fill = |evidence: &mut Evidence| evidence.name = Some(what.to_owned());
    Finding::new(Code::NotCompared, rung, Verdict::Skipped, subject).with(fill).because(why)
}
