//! Rung 2: is it in what was built?

use super::identity::{self, Compared};
use super::{modules, not_compared};
use crate::compare::Verdict;
use crate::findings::english::remedies;
use crate::findings::{
    Advice, Artifact, ArtifactKind, Claim, Code, Expectation, Finding, Gathered, Identity, Rung,
    ShippedFound, ShippedFoundState, Side, Subject,
};

const RUNG: Rung = Rung::Artifact;

pub(super) fn judge(gathered: &Gathered) -> Vec<Finding> {
    let subject = Subject::Artifact(gathered.artifact_name.clone());
    match &gathered.artifact {
        None => Vec::new(),
        Some(Err(why)) => vec![
            Finding::new(Code::ArtifactUnreadable, RUNG, Verdict::Unknown, subject)
                .because(why.as_str())
                .advise(Advice::Elsewhere),
        ],
        Some(Ok(artifact)) => one(artifact, &subject),
    }
}

/// The finding of the artifact's own comparison with source, if there is source.
pub(super) fn identity(artifact: &Artifact, subject: &Subject) -> Option<Finding> {
    let expectation = artifact.expectation.as_ref()?;
    let claim = Claim::from(&artifact.stamp);
    if let Some(other) = other_package(RUNG, subject, &claim, expectation) {
        return Some(other);
    }
    let advice = match artifact.kind {
        ArtifactKind::Binary => remedies::BUILD,
        ArtifactKind::Files => remedies::BUILD_FILES,
        _ => remedies::BUILD_IMAGE,
    };
    let subject = subject.clone();
    let claim = &claim;
    Some(identity::judge(&Compared { rung: RUNG, subject, claim, expectation, advice }, None))
}

/// Another package than the expected one, if it is one.
pub(super) fn other_package(
    rung: Rung,
    subject: &Subject,
    claim: &Claim,
    expectation: &Expectation,
) -> Option<Finding> {
    other_name(rung, subject, claim, expectation.name.as_deref()?)
}

/// The same where only a name is expected.
pub(super) fn other_name(
    rung: Rung,
    subject: &Subject,
    claim: &Claim,
    name: &str,
) -> Option<Finding> {
    if name == claim.name {
        return None;
    }
    let identity = |name: &str| {
        let name = Some(name.to_owned());
        Some(Side::Identity(Box::new(Identity { name, ..Identity::default() })))
    };
    let finding = Finding::new(Code::OtherPackage, rung, Verdict::Unknown, subject.clone());
    Some(finding.sides(identity(name), identity(&claim.name)))
}

fn one(artifact: &Artifact, subject: &Subject) -> Vec<Finding> {
    let finding = |code, verdict| Finding::new(code, RUNG, verdict, subject.clone());
    let claim = Claim::from(&artifact.stamp);
    let mut findings = Vec::new();
    if let Some(identity) = identity(artifact, subject) {
        findings.push(identity);
        let expectation = artifact.expectation.as_ref();
        findings.extend(expectation.into_iter().flat_map(|expectation| {
            let (subject, claim, advice) = (subject.clone(), &claim, remedies::BUILD);
            identity::further(&Compared { rung: RUNG, subject, claim, expectation, advice })
        }));
    } else {
        let side = Side::Identity(Box::new(claim.identity()));
        let why = "there is no source to compare it with";
        let left_out = not_compared(RUNG, subject.clone(), "the artifact", why);
        findings.push(left_out.sides(None, Some(side)));
    }
    if findings.iter().any(|finding| finding.code == Code::OtherPackage) {
        return findings;
    }
    let list = Some(&artifact.compiled).filter(|list| !list.is_empty());
    let expectation = artifact.expectation.as_ref();
    findings.extend(modules::compiled(RUNG, subject, &claim, expectation, list));
    for file in &artifact.read_outside {
        let verdict = if file.same == Some(true) { Verdict::Skipped } else { Verdict::Unknown };
        findings.push(
            finding(Code::ReadOutsideContent, verdict)
                .because(match file.same {
                    Some(true) => "git says that it is the same at both revisions",
                    Some(false) => "it differs between the two revisions",
                    None => "whether it differs is unknown",
                })
                .with(|evidence| evidence.path = Some(file.path.clone())),
        );
    }
    if !artifact.variables.is_empty() && expectation.is_some() {
        let what = "values of environment variables that were compiled in";
        findings.push(not_compared(RUNG, subject.clone(), what, &artifact.variables.join(", ")));
    }
    if let (Some(why), Some(_)) = (&artifact.no_list, expectation) {
        let what = "what build scripts and macros read";
        findings.push(not_compared(RUNG, subject.clone(), what, why));
    }
    for (by, value) in &artifact.contradictions {
        findings.push(
            finding(Code::LabelContradictsStamp, Verdict::Skipped)
                .because(value.as_str())
                .with(|evidence| evidence.name = Some(by.clone())),
        );
    }
    for lower in &artifact.lower_layers {
        let other = Identity { commit: lower.commit.clone(), ..Identity::default() };
        findings.push(finding(Code::StampInLowerLayer, Verdict::Skipped).because(&*lower.by).with(
            |evidence| {
                evidence.path = Some(lower.path.clone());
                evidence.other = Some(Box::new(other));
            },
        ));
    }
    if let Some(mount) = &artifact.mounted {
        findings.push(
            finding(Code::ExecutableMounted, Verdict::Unknown)
                .with(|evidence| evidence.path = Some(mount.clone())),
        );
    }
    if let Some(path) = &artifact.entrypoint {
        findings.push(
            finding(Code::EntrypointNotStamped, Verdict::Unknown)
                .with(|evidence| evidence.path = Some(path.clone())),
        );
    }
    findings.extend(artifact.shipped.iter().filter_map(|found| shipped(found, subject)));
    findings
}

fn shipped(found: &ShippedFound, subject: &Subject) -> Option<Finding> {
    let (code, verdict, reason) = match &found.state {
        ShippedFoundState::Same => return None,
        ShippedFoundState::Missing => (Code::ShippedMissing, Verdict::Drift, String::new()),
        ShippedFoundState::Differs => (Code::ShippedDiffers, Verdict::Drift, String::new()),
        ShippedFoundState::Unknown(why) => (Code::ShippedUnknown, Verdict::Unknown, why.clone()),
    };
    let reason = if found.taken.is_empty() {
        reason
    } else {
        [&[reason], &*found.taken].concat().join("; ")
    };
    let reason = reason.trim_start_matches("; ").to_owned();
    Some(Finding::new(code, RUNG, verdict, subject.clone()).because(reason).with(|evidence| {
        evidence.name = Some(found.name.clone());
        evidence.path = Some(found.path.clone());
        evidence.files.clone_from(&found.difference);
    }))
}
