//! What an artifact or a process states, compared with what source says.

use crate::compare::{Against, Comparison, Expected, Found, Reading, Verdict, compare};
use crate::findings::{
    Advice, Claim, Code, Distance, Expectation, Finding, History, Rung, Side, Subject, Via,
};
use crate::stamp::Tree;

use super::modules;

/// The names of the files in which dependencies are locked.
const LOCKS: [&str; 4] = ["Cargo.lock", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"];

/// Why an answer is not a proof.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    pub(super) code: Code,
    pub(super) reason: String,
    pub(super) via: Via,
    /// Whether something that runs answered, so that drift is certain all the same.
    pub(super) is_live: bool,
}

/// What is compared, and in which light.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    pub(super) rung: Rung,
    pub(super) subject: Subject,
    pub(super) claim: &'a Claim,
    pub(super) expectation: &'a Expectation,
    /// The advice to build or to deploy.
    pub(super) advice: &'static str,
}

/// Returns the finding of the comparison itself.
pub(super) fn judge(compared: &Compared<'_>, doubt: Option<&Doubt>) -> Finding {
    let Compared { rung, claim, expectation, .. } = compared;
    let (code, verdict) = classify(claim, expectation);
    let (code, verdict, answered) = match doubt {
        Some(doubt) if verdict == Verdict::Same || verdict == Verdict::Drift && !doubt.is_live => {
            (doubt.code, Verdict::Unknown, Some(code))
        }
        _ => (code, verdict, None),
    };
    let side = |identity| Some(Side::Identity(Box::new(identity)));
    let finding = Finding::new(code, *rung, verdict, compared.subject.clone())
        .sides(side(expectation.identity()), side(claim.identity()))
        .advise(match code {
            Code::CommitBehind | Code::ContentDiffersCommitUnknown => {
                Advice::Filled(compared.advice)
            }
            _ => Advice::OfCode,
        });
    finding.with(|evidence| {
        evidence.answered = answered;
        if let Some(doubt) = doubt.filter(|_| answered.is_some()) {
            evidence.reason = Some(doubt.reason.clone()).filter(|reason| !reason.is_empty());
            evidence.via = Some(doubt.via.clone());
        }
        if let Some(History { distance, changed, commit }) = &expectation.history {
            evidence.distance = Some(*distance).filter(|distance| *distance != Distance::Equal);
            evidence.commit.clone_from(commit);
            if verdict != Verdict::Same {
                evidence.changed.clone_from(changed);
            }
        }
        if verdict == Verdict::Same {
            return;
        }
        evidence.built_with.clone_from(&claim.built_with);
        evidence.local_changes = expectation.changes.clone().unwrap_or_default();
        if let (Some(expected), Some(found)) = (&expectation.modules, &claim.modules) {
            let difference = modules::difference(expected, found);
            evidence.modules = Some(difference).filter(|difference| !difference.is_empty());
        }
    })
}

/// Finds the code and the verdict that apply.
fn classify(claim: &Claim, expectation: &Expectation) -> (Code, Verdict) {
    let Comparison { verdict, reading } = reading(claim, expectation);
    let distance = expectation.history.as_ref().map(|history| history.distance);
    let is_proven = claim.origin.is_git() && claim.tree == Tree::Clean;
    let code = match reading {
        Reading::Equal => Code::Equal,
        Reading::EqualClaimed => Code::EqualClaimed,
        Reading::EqualChanged => Code::EqualWithChanges,
        Reading::ContentDiffers | Reading::OtherCode | Reading::OtherContentNoCommit
            if equals_head(claim, expectation, is_proven) =>
        {
            Code::LocalChanges
        }
        Reading::ContentDiffers
            if only_locks(&claim.built_with)
                || only_locks(expectation.changes.as_deref().unwrap_or_default()) =>
        {
            Code::DependenciesDiffer
        }
        Reading::ContentDiffers => Code::ContentDiffers,
        Reading::OtherCommitSameContent => Code::OtherCommitSameContent,
        Reading::OtherCode | Reading::OtherCommitNoContent if verdict == Verdict::Drift => {
            let changed = expectation.history.as_ref().map(|history| &*history.changed);
            match distance {
                Some(Distance::Behind { .. }) if changed.is_some_and(only_locks) => {
                    Code::DependenciesDiffer
                }
                Some(Distance::Behind { .. }) => Code::CommitBehind,
                Some(Distance::Ahead { .. }) if expectation.exactly => Code::RollbackNotTaken,
                Some(Distance::Ahead { .. }) => Code::CommitAhead,
                Some(Distance::Diverged { .. }) => Code::CommitDiverged,
                Some(Distance::Shallow) => Code::CloneShallow,
                Some(Distance::NotInClone) => Code::CommitNotInClone,
                Some(Distance::Equal) | None => Code::CommitDiffers,
            }
        }
        Reading::OtherCode | Reading::OtherCommitNoContent => Code::CommitDiffers,
        Reading::SameContentNoCommit => Code::CommitUnknown,
        Reading::OtherContentNoCommit => Code::ContentDiffersCommitUnknown,
        Reading::CommitAlone => Code::CommitOnly,
        Reading::CommitNotProven => Code::CommitClaimed,
        Reading::Nothing => Code::NothingComparable,
    };
    (code, verdict)
}

/// The row of the table, in the light of what content does not cover.
fn reading(claim: &Claim, expectation: &Expectation) -> Comparison {
    let expected = Expected { commit: expectation.commit.clone(), content: expectation.content };
    let found = Found {
        commit: claim.commit.clone(),
        content: claim.content,
        origin: claim.origin.clone(),
        tree: claim.tree,
    };
    let against = if expectation.exactly { Against::Commit } else { Against::Source };
    let comparison = compare(&expected, &found, against);
    match comparison.reading {
        // The commit of a working tree that differs from it says nothing of the tree.
        Reading::CommitAlone if !expectation.is_clean() => {
            Comparison { verdict: Verdict::Unknown, reading: Reading::CommitNotProven }
        }
        // Packages that content does not cover may differ, and only a clean tree excludes that.
        Reading::EqualClaimed if claim.uncovered > 0 && claim.tree != Tree::Clean => {
            Comparison { verdict: Verdict::Unknown, reading: Reading::CommitNotProven }
        }
        Reading::EqualChanged if claim.uncovered > 0 && expectation.exactly => {
            Comparison { verdict: Verdict::Unknown, reading: Reading::CommitNotProven }
        }
        Reading::SameContentNoCommit if claim.uncovered > 0 => {
            Comparison { verdict: Verdict::Unknown, reading: Reading::CommitNotProven }
        }
        Reading::OtherCommitSameContent
            if claim.uncovered > 0 && comparison.verdict == Verdict::Same =>
        {
            Comparison { verdict: Verdict::Unknown, reading: Reading::OtherCommitNoContent }
        }
        _ => comparison,
    }
}

/// Whether what was found is the commit that is checked out, and only local changes differ.
fn equals_head(claim: &Claim, expectation: &Expectation, is_proven: bool) -> bool {
    let has_changes = expectation.changes.as_ref().is_some_and(|changes| !changes.is_empty());
    let is_of_head = claim.commit.is_some() && claim.commit == expectation.commit;
    let is_content = claim.content.is_some() && claim.content == expectation.head_content;
    !expectation.exactly && has_changes && (is_content || is_of_head && is_proven)
}

/// Whether only locked dependencies changed. A change may carry a letter in front of its path.
fn only_locks(changes: &[String]) -> bool {
    let is_lock = |change: &String| {
        let path = change.rsplit(' ').next().unwrap_or(change);
        LOCKS.contains(&path.rsplit('/').next().unwrap_or(path))
    };
    !changes.is_empty() && changes.iter().all(is_lock)
}
