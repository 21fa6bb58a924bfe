//! Rung 1: what does source say?

use super::not_compared;
use crate::compare::Verdict;
use crate::findings::{Code, Expectation, Finding, Gathered, Rung, Side, SourceEvidence, Subject};

pub(super) fn judge(gathered: &Gathered) -> Vec<Finding> {
    let finding = |code, verdict| Finding::new(code, Rung::Source, verdict, Subject::Source);
    match &gathered.source {
        SourceEvidence::None(why) => {
            vec![finding(Code::NoSource, Verdict::Skipped).because(why.as_str())]
        }
        SourceEvidence::WorkspaceRoot { name, reason } => vec![
            finding(Code::WorkspaceRoot, Verdict::Unknown)
                .because(reason.as_str())
                .with(|evidence| evidence.name = Some(name.clone())),
        ],
        SourceEvidence::Read(source) => read(source),
    }
}

fn read(source: &Expectation) -> Vec<Finding> {
    let finding = |code, verdict| Finding::new(code, Rung::Source, verdict, Subject::Source);
    let why = |fact: &str| source.unknown.get(fact).cloned().unwrap_or_default();
    let identity = Side::Identity(Box::new(source.identity()));
    let mut findings = Vec::new();
    if source.commit.is_none() && source.content.is_none() {
        let reasons = [why("commit"), why("content")];
        let reasons: Vec<_> = reasons.into_iter().filter(|reason| !reason.is_empty()).collect();
        findings.push(finding(Code::SourceUnknown, Verdict::Unknown).because(reasons.join("; ")));
    } else {
        let read = finding(Code::SourceRead, Verdict::Same).sides(None, Some(identity));
        findings.push(read.with(|evidence| evidence.name.clone_from(&source.subject)));
    }
    match &source.changes {
        Some(changes) if !changes.is_empty() => findings.push(
            finding(Code::SourceChanged, Verdict::Skipped)
                .with(|evidence| evidence.local_changes.clone_from(changes)),
        ),
        None if source.commit.is_some() && why("changes") != why("content") => {
            let what = "whether the working tree is clean";
            findings.push(not_compared(Rung::Source, Subject::Source, what, &why("changes")));
        }
        _ => {}
    }
    for (what, why) in &source.not_compared {
        findings.push(not_compared(Rung::Source, Subject::Source, what, why));
    }
    if source.commit.is_none() && source.content.is_some() {
        findings.push(not_compared(Rung::Source, Subject::Source, "the commit", &why("commit")));
    }
    if source.commit.is_some() && source.content.is_none() {
        let what = "content of source";
        findings.push(not_compared(Rung::Source, Subject::Source, what, &why("content")));
    }
    findings
}
