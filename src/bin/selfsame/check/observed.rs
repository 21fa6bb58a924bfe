//! What the running process found when it looked at itself: its executable, its shipped
//! directories.

use selfsame::compare::Verdict;
use selfsame::report::{Executable, ExecutableState, Report, ShippedIs, ShippedState};
use selfsame::stamp::FileDifference;

use crate::ladder::Step;

/// Adds what the process found to the step of its rung. Drift that the step has found already stays
/// what it is, with the finding beside it.
pub(super) fn judge(step: Step, report: &Report) -> Step {
    let Some(observed) = &report.observed else { return without_names(step, report) };
    let mut step = executable(step, &observed.executable);
    for directory in &observed.shipped {
        step = shipped(step, directory);
    }
    step
}

/// As far as it can be told without names.
fn without_names(step: Step, report: &Report) -> Step {
    let why = |fact: &str| report.unknown.get(fact).map(String::as_str);
    match report.intact {
        Some(true) => step,
        Some(false) => found(
            step,
            Verdict::Drift,
            "its executable or a directory that it was shipped with is not as the build left it",
            "ask with a token for which: --token-env NAME",
        ),
        None if why("executable").is_some() && why("shipped").is_none() => {
            step.note("whether its executable is still the one on disk is unknown")
        }
        None => found(
            step,
            Verdict::Unknown,
            &format!(
                "whether its files are intact is unknown: {}",
                why("intact").unwrap_or_default()
            ),
            "ask again, with a token for the reason: --token-env NAME",
        ),
    }
}

fn executable(step: Step, executable: &Executable) -> Step {
    let path = executable.path.as_deref().unwrap_or("the path that it was started from");
    match executable.state {
        ExecutableState::Same => step,
        ExecutableState::Replaced => {
            let of = match &executable.commit {
                Some(commit) => format!(", of commit {}", commit.short()),
                None => String::new(),
            };
            let finding =
                format!("the executable on disk is not the one that runs: `{path}` is another{of}");
            let restart = "restart the process, and check again";
            // Whatever else is to be done, it has been done already.
            found(step, Verdict::Drift, &finding, restart).next(restart)
        }
        ExecutableState::Missing => found(
            step,
            Verdict::Drift,
            &format!("the executable on disk is not the one that runs: `{path}` is gone"),
            "deploy the executable to its place and restart the process: it could not start again",
        ),
        _ => step.note(format!(
            "whether its executable is still the one on disk is unknown: {}",
            executable.unknown.as_deref().unwrap_or("no reason was given")
        )),
    }
}

fn shipped(step: Step, directory: &ShippedState) -> Step {
    let ShippedState { name, at, .. } = directory;
    match directory.state {
        ShippedIs::Same => step,
        ShippedIs::Different => {
            let step = found(
                step,
                Verdict::Drift,
                &format!("the files of `{name}` at `{at}` are not those that the build shipped"),
                &format!(
                    "deploy `{name}` with the executable; look for a mount or a volume on `{at}`"
                ),
            );
            match &directory.difference {
                Some(difference) => listed(step, difference),
                None => step,
            }
        }
        ShippedIs::Missing => found(
            step,
            Verdict::Drift,
            &format!("`{name}` is not at `{at}`"),
            &format!(
                "deploy `{name}` with the executable, or say where it is by `.at(…)` or {}",
                directory.variable()
            ),
        ),
        _ => found(
            step,
            Verdict::Unknown,
            &format!(
                "whether the files of `{name}` at `{at}` are those that the build shipped is \
                 unknown: {}",
                directory.unknown.as_deref().unwrap_or("no reason was given")
            ),
            "make it readable to the process, or build it before the executable, and check again",
        ),
    }
}

/// Names the files that differ.
pub(super) fn listed(mut step: Step, difference: &FileDifference) -> Step {
    for (what, files) in [
        ("missing", &difference.missing),
        ("changed", &difference.changed),
        ("added", &difference.added),
    ] {
        for file in files {
            step = step.note(format!("{what}: {file}"));
        }
    }
    if difference.more > 0 {
        step = step.note(format!("and {} more", difference.more));
    }
    step
}

/// What was found decides where the step says same; it stands beside what the step says else.
pub(super) fn found(mut step: Step, verdict: Verdict, finding: &str, next: &str) -> Step {
    match (step.verdict, verdict) {
        (Verdict::Drift, _) | (Verdict::Unknown | Verdict::Skipped, Verdict::Unknown) => {
            step.note(finding)
        }
        _ => {
            step.verdict = verdict;
            let before = std::mem::replace(&mut step.finding, finding.to_owned());
            step.note(before).next(next)
        }
    }
}
