//! What an artifact or a process states, compared with what source says.

use crate::compare::{Comparison, Expected, Found, MatchMode, Reason, Verdict, compare};
use crate::findings::{
    Advice, Claim, Code, Distance, Equivalence, Expectation, Finding, History, Rung, Side, Subject,
    Via,
};
use crate::stamp::{PackageContent, Tree};

use super::modules;

/// The names of the files in which dependencies are locked.
const LOCKS: [&str; 6] = [
    "Cargo.lock",
    "bun.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
];

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
        if let Some(History { distance, changed, packages, matter, commit }) = &expectation.history
        {
            evidence.distance = Some(*distance).filter(|distance| *distance != Distance::Equal);
            evidence.commit.clone_from(commit);
            if verdict != Verdict::Same {
                evidence.changed.clone_from(changed);
                evidence.packages.clone_from(packages);
                evidence.matter = *matter;
            }
        }
        if verdict == Verdict::Same {
            return;
        }
        evidence.dated.clone_from(&expectation.dated);
        if let (Some(expected), Some(found)) = (&expectation.packages, &claim.packages) {
            let other = packages(expected, found);
            if !other.is_empty() {
                evidence.packages = other;
            }
        }
        if let Some(Equivalence::LineEndings(files)) = &expectation.equivalence {
            evidence.changed.clone_from(files);
        }
        evidence.built_with.clone_from(&claim.built_with);
        evidence.local_changes = expectation.changes.clone().unwrap_or_default();
        if let (Some(expected), Some(found)) = (&expectation.modules, &claim.modules) {
            let difference = modules::difference(expected, found);
            evidence.modules = Some(difference).filter(|difference| !difference.is_empty());
        }
    })
}

/// What else the comparison shows: why a difference is none, or may be, and the compiler.
pub(super) fn further(compared: &Compared<'_>) -> Vec<Finding> {
    let Compared { rung, subject, claim, expectation, .. } = compared;
    let finding = |code, verdict| Finding::new(code, *rung, verdict, subject.clone());
    let mut findings = Vec::new();
    if claim.content.is_some() && claim.content != expectation.content {
        match &expectation.equivalence {
            Some(Equivalence::Inactive(names)) => findings.push(
                finding(Code::InactivePackagesDiffer, Verdict::Skipped)
                    .with(|evidence| evidence.packages.clone_from(names)),
            ),
            Some(Equivalence::Edges) => {
                findings.push(finding(Code::LockEdgesDiffer, Verdict::Skipped));
            }
            Some(Equivalence::Features(why)) => {
                findings.push(finding(Code::FeaturesUnified, Verdict::Unknown).because(&**why));
            }
            Some(Equivalence::LineEndings(_)) | None => {}
        }
    }
    let pinned = expectation.toolchain.as_ref();
    match (pinned, claim.build.as_ref().map(|build| &build.rustc)) {
        (Some(pinned), Some(Some(rustc))) if !is_version(rustc, pinned) => findings.push(
            finding(Code::ToolchainDiffers, Verdict::Drift)
                .with(|evidence| evidence.path = Some(format!("{rustc}, not {pinned}"))),
        ),
        (Some(pinned), None) => findings.push(super::not_compared(
            *rung,
            subject.clone(),
            "the compiler",
            &format!("source pins {pinned}, and the level hides what was used"),
        )),
        _ => {}
    }
    findings
}

/// Whether a compiler's version is the pinned one, which may leave out its last number.
fn is_version(rustc: &str, pinned: &str) -> bool {
    let version = rustc.split(['-', ' ', '+']).next().unwrap_or(rustc);
    version.strip_prefix(pinned).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The packages whose own lines differ, or that only one side has.
fn packages(expected: &[PackageContent], found: &[PackageContent]) -> Vec<String> {
    let differs = |one: &PackageContent, others: &[PackageContent]| {
        let other =
            others.iter().find(|other| (&other.name, &other.path) == (&one.name, &one.path));
        other.is_none_or(|other| other.sha256 != one.sha256)
    };
    let ours = expected.iter().filter(|one| differs(one, found));
    let theirs = found.iter().filter(|one| differs(one, expected));
    let mut names: Vec<String> = ours.chain(theirs).map(|one| one.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Finds the code and the verdict that apply.
fn classify(claim: &Claim, expectation: &Expectation) -> (Code, Verdict) {
    let Comparison { verdict, reason } = compared(claim, expectation);
    let distance = expectation.history.as_ref().map(|history| history.distance);
    let is_proven = claim.origin.is_git() && claim.tree == Tree::Clean;
    let code = match reason {
        Reason::Equal => Code::Equal,
        Reason::EqualClaimed => Code::EqualClaimed,
        Reason::EqualChanged => Code::EqualWithChanges,
        Reason::ContentDiffers | Reason::OtherCode | Reason::OtherContentNoCommit
            if equals_head(claim, expectation, is_proven) =>
        {
            Code::LocalChanges
        }
        Reason::ContentDiffers
            if matches!(expectation.equivalence, Some(Equivalence::LineEndings(_))) =>
        {
            Code::LineEndingsDiffer
        }
        Reason::ContentDiffers
            if only_locks(&claim.built_with)
                || only_locks(expectation.changes.as_deref().unwrap_or_default()) =>
        {
            Code::DependenciesDiffer
        }
        Reason::ContentDiffers => Code::ContentDiffers,
        Reason::OtherCommitSameContent => Code::OtherCommitSameContent,
        Reason::OtherCode | Reason::OtherCommitNoContent if verdict == Verdict::Drift => {
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
        Reason::OtherCode | Reason::OtherCommitNoContent => Code::CommitDiffers,
        Reason::SameContentNoCommit => Code::CommitUnknown,
        Reason::OtherContentNoCommit => Code::ContentDiffersCommitUnknown,
        Reason::CommitAlone => Code::CommitOnly,
        Reason::CommitNotProven => Code::CommitClaimed,
        Reason::Nothing => Code::NothingComparable,
    };
    (code, verdict)
}

/// The row of the table, in the light of what a difference of content comes to.
fn compared(claim: &Claim, expectation: &Expectation) -> Comparison {
    let expected = Expected { commit: expectation.commit.clone(), content: expectation.content };
    let differs = claim.content.is_some() && claim.content != expectation.content;
    let content = match &expectation.equivalence {
        Some(Equivalence::Inactive(_) | Equivalence::Edges) if differs => expectation.content,
        Some(Equivalence::Features(_)) if differs => None,
        _ => claim.content,
    };
    let found = Found {
        commit: claim.commit.clone(),
        content,
        origin: claim.origin.clone(),
        tree: claim.tree,
    };
    let mode = if expectation.exactly { MatchMode::Commit } else { MatchMode::Source };
    let comparison = compare(&expected, &found, mode);
    match comparison.reason {
        // The commit of a working tree that differs from it says nothing of the tree.
        Reason::CommitAlone if !expectation.is_clean() => {
            Comparison { verdict: Verdict::Unknown, reason: Reason::CommitNotProven }
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
