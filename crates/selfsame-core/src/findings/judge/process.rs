//! What a process found when it looked at itself: its executable, its shipped directories.

use crate::compare::Verdict;
use crate::findings::{Code, Evidence, Finding, Identity, Rung, Subject};
use crate::report::{
    ConfigIs, ConfigState, Executable, ExecutableState, Report, ShippedIs, ShippedState,
};

use super::not_compared;

pub(in crate::findings) fn judge(report: &Report) -> Vec<Finding> {
    let Some(observed) = &report.observed else {
        return [without_names(report), config_counts(report)].concat();
    };
    let mut findings: Vec<Finding> = executable(&observed.executable).into_iter().collect();
    findings.extend(observed.shipped.iter().filter_map(shipped));
    findings.extend(observed.config.iter().filter_map(config));
    findings
}

fn finding(code: Code, verdict: Verdict) -> Finding {
    Finding::new(code, Rung::Running, verdict, Subject::Process)
}

/// As far as it is known without names.
fn without_names(report: &Report) -> Vec<Finding> {
    let why = |fact: &str| report.unknown.get(fact).cloned();
    match report.intact {
        Some(true) => Vec::new(),
        Some(false) => vec![finding(Code::NotIntact, Verdict::Drift)],
        None if why("executable").is_some() && why("shipped").is_none() => {
            vec![executable_unknown(why("executable"))]
        }
        None => vec![
            finding(Code::IntactUnknown, Verdict::Unknown)
                .because(why("intact").unwrap_or_default()),
        ],
    }
}

fn executable_unknown(why: Option<String>) -> Finding {
    let what = "whether the executable was replaced";
    let why = why.unwrap_or_else(|| "no reason was given".to_owned());
    not_compared(Rung::Running, Subject::Process, what, &why)
        .with(|evidence| evidence.fact = Some("executable".to_owned()))
}

fn executable(executable: &Executable) -> Option<Finding> {
    let path = executable.path.clone();
    let fill = |evidence: &mut Evidence| {
        evidence.path = path.or_else(|| Some("the path that it was started from".to_owned()));
    };
    match executable.state {
        ExecutableState::Same => None,
        ExecutableState::Replaced => {
            let other = Identity {
                commit: executable.commit.clone(),
                fingerprint: executable.fingerprint,
                ..Identity::default()
            };
            let other = Some(Box::new(other)).filter(|other| **other != Identity::default());
            let finding = finding(Code::ExecutableReplaced, Verdict::Drift).with(fill);
            Some(finding.with(|evidence| evidence.other = other))
        }
        ExecutableState::Rewritten => {
            Some(finding(Code::ExecutableRewritten, Verdict::Skipped).with(fill))
        }
        ExecutableState::Missing => {
            Some(finding(Code::ExecutableMissing, Verdict::Drift).with(fill))
        }
        ExecutableState::Unknown => Some(executable_unknown(executable.unknown.clone())),
    }
}

fn shipped(directory: &ShippedState) -> Option<Finding> {
    let (code, verdict) = match directory.state {
        ShippedIs::Same if directory.differed_at_start => {
            (Code::ShippedDifferedAtStart, Verdict::Unknown)
        }
        ShippedIs::Same => return None,
        ShippedIs::Different => (Code::ShippedDiffers, Verdict::Drift),
        ShippedIs::Missing => (Code::ShippedMissing, Verdict::Drift),
        ShippedIs::Unknown => (Code::ShippedUnknown, Verdict::Unknown),
    };
    Some(finding(code, verdict).with(|evidence| {
        evidence.reason.clone_from(&directory.unknown);
        evidence.name = Some(directory.name.clone());
        evidence.path = Some(directory.at.clone());
        evidence.files.clone_from(&directory.difference);
    }))
}

fn config(config: &ConfigState) -> Option<Finding> {
    let (code, verdict, gone) = match config.state {
        ConfigIs::Same => return None,
        ConfigIs::Changed => (Code::ConfigNotLoaded, Verdict::Drift, None),
        ConfigIs::Gone => (Code::ConfigNotLoaded, Verdict::Drift, Some("it is gone".to_owned())),
        ConfigIs::Unknown => (Code::ConfigUnknown, Verdict::Unknown, None),
    };
    Some(finding(code, verdict).with(|evidence| {
        evidence.reason = gone.or_else(|| config.unknown.clone());
        evidence.name = Some(config.name.clone());
        evidence.path = Some(config.at.clone());
    }))
}

/// As far as it is known without names.
fn config_counts(report: &Report) -> Vec<Finding> {
    let Some(counts) = report.counts.and_then(|counts| counts.config) else { return Vec::new() };
    let of = |code, verdict, number: u64| {
        (number > 0).then(|| {
            finding(code, verdict).with(|evidence| {
                let name = format!("{number} of {} named configurations", counts.named);
                evidence.name = Some(name);
            })
        })
    };
    let not_loaded = of(Code::ConfigNotLoaded, Verdict::Drift, counts.not_loaded());
    let unknown = of(Code::ConfigUnknown, Verdict::Unknown, counts.unknown);
    not_loaded.into_iter().chain(unknown).collect()
}
