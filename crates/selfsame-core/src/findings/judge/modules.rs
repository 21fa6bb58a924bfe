//! The modules: how they differ, and which of them are not compiled in.

use std::collections::BTreeMap;

use super::not_compared;
use crate::compare::Verdict;
use crate::findings::{
    Claim, Code, Expectation, Finding, ModuleDifference, NotCompiled, Rung, Subject,
};
use crate::stamp::{Declared, Module};

/// How the modules of a stamp differ from those that source expects.
pub(super) fn difference(expected: &[Module], found: &[Module]) -> ModuleDifference {
    let by_name = |list: &[Module], name: &str| {
        list.iter().find(|module| module.name == name).map(|module| module.sha256)
    };
    let mut difference = ModuleDifference::default();
    for module in expected {
        match by_name(found, &module.name) {
            None => difference.missing.push(module.name.clone()),
            Some(sha256) if sha256 != module.sha256 => {
                difference.changed.push(module.name.clone());
            }
            Some(_) => {}
        }
    }
    let extra = found.iter().filter(|module| by_name(expected, &module.name).is_none());
    difference.extra = extra.map(|module| module.name.clone()).collect();
    difference
}

/// Judges which modules are compiled in, by the compiler's list or by the build script. A module
/// that is not in source any more was renamed or deleted since, and is not missing.
pub(super) fn compiled(
    rung: Rung,
    subject: &Subject,
    claim: &Claim,
    expectation: Option<&Expectation>,
    list: Option<&BTreeMap<String, Option<bool>>>,
) -> Vec<Finding> {
    let Some(modules) = &claim.modules else { return counted(rung, subject, claim) };
    let expected = expectation.and_then(|expectation| expectation.modules.as_ref());
    let is_expected = |module: &&Module| {
        expected.is_none_or(|expected| expected.iter().any(|other| other.name == module.name))
    };
    let mut missing = Vec::new();
    let mut findings = Vec::new();
    for module in modules.iter().filter(is_expected) {
        let in_list = list.and_then(|list| list.get(&module.name).copied().flatten());
        let reason = match (in_list, &module.declared) {
            (Some(true), _) | (None, Some(Declared::Yes) | None) => continue,
            (_, Some(Declared::No(why))) => why.clone(),
            (Some(false), _) => "the compiler read none of it".to_owned(),
            (None, Some(Declared::Unknown(why))) => {
                let what = format!("whether module `{}` is compiled in", module.name);
                findings.push(not_compared(rung, subject.clone(), &what, why));
                continue;
            }
        };
        missing.push(NotCompiled { name: module.name.clone(), reason });
    }
    if !missing.is_empty() {
        let finding = Finding::new(Code::ModuleNotCompiled, rung, Verdict::Drift, subject.clone());
        findings.push(finding.with(|evidence| evidence.not_compiled = missing));
    }
    findings
}

/// The same where the level hides the names.
fn counted(rung: Rung, subject: &Subject, claim: &Claim) -> Vec<Finding> {
    match claim.module_counts {
        Some(counts) if counts.compiled < counts.expected => vec![
            Finding::new(Code::ModuleNotCompiled, rung, Verdict::Drift, subject.clone())
                .with(|evidence| evidence.module_counts = Some(counts)),
        ],
        _ => Vec::new(),
    }
}
