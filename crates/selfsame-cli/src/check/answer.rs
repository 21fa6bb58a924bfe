//! What a check comes to: of one service, or of all of an environment.

use std::collections::BTreeMap;

use selfsame_core::compare::Verdict;
use selfsame_core::findings::{Code, Finding, Outcome, Rung};

use super::fleet::{Merged, Row, merged};
use crate::output::Exit;

/// More addresses than these are shown as a fleet.
const FEW: usize = 8;

/// What was found of one service.
#[derive(Debug)]
pub(super) struct Answer {
    /// Its name in `selfsame.toml`.
    pub(super) service: Option<String>,
    /// What was checked.
    pub(super) targets: Vec<String>,
    pub(super) outcome: Outcome,
    /// Each address that was asked.
    pub(super) rows: Vec<Row>,
    /// Whether equal findings of several addresses are shown as one.
    pub(super) is_fleet: bool,
    /// Whether it runs in containers, so that new code comes with new ones.
    pub(super) in_containers: bool,
}

impl Answer {
    pub(super) fn new(
        targets: Vec<String>,
        outcome: Outcome,
        rows: Vec<Row>,
        has_sources: bool,
    ) -> Self {
        let is_fleet = has_sources || rows.len() > FEW;
        Self { service: None, targets, outcome, rows, is_fleet, in_containers: false }
    }

    /// The findings, equal ones of a fleet together.
    pub(super) fn merged(&self) -> Vec<Merged<'_>> {
        if self.is_fleet {
            merged(&self.outcome.findings)
        } else {
            self.outcome.findings.iter().map(Merged::alone).collect()
        }
    }

    /// What stands before a sentence about it.
    pub(super) fn prefix(&self) -> String {
        self.service.as_ref().map_or(String::new(), |name| format!("{name}: "))
    }
}

/// What a whole check comes to.
#[derive(Debug)]
pub(super) struct Whole {
    /// The environment, if it is one.
    pub(super) name: Option<String>,
    /// The variable whose token was taken without being asked for.
    pub(super) token: Option<&'static str>,
    pub(super) answers: Vec<Answer>,
}

impl Whole {
    /// The worst of all services. Of none nothing is known.
    pub(super) fn verdict(&self) -> Verdict {
        let has = |verdict| self.answers.iter().any(|answer| answer.outcome.verdict == verdict);
        if has(Verdict::Drift) {
            Verdict::Drift
        } else if has(Verdict::Unknown) || self.answers.is_empty() {
            Verdict::Unknown
        } else {
            Verdict::Same
        }
    }

    pub(super) fn exit(&self) -> Exit {
        Exit::from(self.verdict())
    }

    /// The first rung on which a service is not same.
    pub(super) fn begin(&self) -> Option<Rung> {
        self.answers.iter().filter_map(|answer| answer.outcome.begin).min()
    }

    /// The worst of one rung.
    pub(super) fn of_rung(&self, rung: Rung) -> Verdict {
        let on_it = |verdict| self.answers.iter().any(|one| one.outcome.of_rung(rung) == verdict);
        [Verdict::Drift, Verdict::Unknown, Verdict::Same]
            .into_iter()
            .find(|verdict| on_it(*verdict))
            .unwrap_or(Verdict::Skipped)
    }

    /// What was checked, in a line.
    pub(super) fn title(&self) -> String {
        match (&self.name, &self.answers[..]) {
            (None, [only]) if only.targets.len() > FEW => {
                format!("{} addresses", only.targets.len())
            }
            (None, answers) => {
                let targets = answers.iter().flat_map(|answer| answer.targets.clone());
                targets.collect::<Vec<_>>().join(" ")
            }
            (Some(name), _) => name.clone(),
        }
    }
}

/// What to do about a service that drifts, as one verb for several services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    BuildAndRecreate,
    Recreate,
    ReplaceStale,
    Restart,
    Deploy,
    RollBack,
}

impl Step {
    fn of(answer: &Answer) -> Option<Self> {
        let drift = |one: &&Finding| one.verdict == Verdict::Drift;
        let findings = || answer.outcome.findings.iter().filter(drift);
        let on = |rung| findings().find(|one: &&Finding| one.rung == rung);
        if let Some(artifact) = on(Rung::Artifact) {
            let is_newer = matches!(artifact.code, Code::CommitAhead | Code::RollbackNotTaken);
            return Some(if is_newer { Self::RollBack } else { Self::BuildAndRecreate });
        }
        let codes: Vec<Code> =
            findings().filter(|one| one.rung == Rung::Running).map(|one| one.code).collect();
        let has = |code| codes.contains(&code);
        let is_equal = |one: &Finding| one.rung == Rung::Running && one.code == Code::Equal;
        if has(Code::NotRecreated) {
            Some(Self::Recreate)
        } else if has(Code::NotRestarted) || has(Code::ExecutableReplaced) {
            Some(Self::Restart)
        } else if has(Code::RollbackNotTaken) {
            Some(Self::RollBack)
        } else if codes.is_empty() {
            None
        } else if answer.outcome.findings.iter().any(is_equal) {
            Some(Self::ReplaceStale)
        } else if !answer.in_containers {
            Some(Self::Deploy)
        } else if answer.outcome.of_rung(Rung::Artifact) == Verdict::Same {
            Some(Self::Recreate)
        } else {
            Some(Self::BuildAndRecreate)
        }
    }

    fn words(self, services: &str) -> String {
        match self {
            Self::BuildAndRecreate => format!("build and recreate {services}"),
            Self::Recreate => format!("recreate {services}; a restart keeps the old image"),
            Self::ReplaceStale => format!("recreate the stale replicas of {services}"),
            Self::Restart => format!("restart {services}"),
            Self::Deploy => format!("deploy {services}"),
            Self::RollBack => {
                format!("roll back {services}, which are newer than what should run")
            }
        }
    }
}

/// What to do for all services together: a line a step.
pub(super) fn next_of_all(answers: &[Answer]) -> Vec<String> {
    let mut steps: BTreeMap<Step, Vec<String>> = BTreeMap::new();
    let mut others = Vec::new();
    for answer in answers {
        let name = answer.service.clone().unwrap_or_default();
        match (answer.outcome.verdict, Step::of(answer)) {
            (Verdict::Drift, Some(step)) => steps.entry(step).or_default().push(name),
            (Verdict::Drift | Verdict::Unknown, _) => {
                let mut not_same = answer.outcome.not_same().into_iter();
                if let Some(next) = not_same.find_map(Finding::next) {
                    others.push(format!("{name}: {next}"));
                }
            }
            _ => {}
        }
    }
    let steps = steps.into_iter().map(|(step, names)| step.words(&names.join(", ")));
    steps.chain(others).collect()
}
