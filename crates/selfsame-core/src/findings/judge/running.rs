//! Rung 3: is it in what is running?

use super::identity::{self, Compared, Doubt};
use super::{artifact, fleet, modules, not_compared, process, worst};
use crate::compare::{Expected, Found, MatchMode, Reason, Verdict, compare};
use crate::findings::english::remedies;
use crate::findings::{
    Advice, Artifact, ArtifactKind, Bypass, Claim, Code, Evidence, Expectation, Finding, Gathered,
    Instance, Instances, Place, Rung, Sampling, Served, Side, SourceEvidence, Subject,
};
use crate::report::Level;

const RUNG: Rung = Rung::Running;

/// What later rungs know of earlier ones.
#[derive(Debug)]
pub(super) struct Context<'a> {
    artifact: Option<&'a Artifact>,
    /// The artifact's own comparison with source.
    judged: Option<Finding>,
    has_source: bool,
    has_token: bool,
    /// Whether another process runs what source says, so that it is deployed already.
    runs_expected: bool,
}

impl<'a> Context<'a> {
    pub(super) fn of(gathered: &'a Gathered) -> Self {
        let artifact = gathered.artifact.as_ref().and_then(|artifact| artifact.as_ref().ok());
        let subject = Subject::Artifact(gathered.artifact_name.clone());
        Self {
            artifact,
            judged: artifact.and_then(|artifact| artifact::identity(artifact, &subject)),
            has_source: !matches!(gathered.source, SourceEvidence::None(_)),
            has_token: gathered.token,
            runs_expected: gathered.places.iter().any(runs_expected),
        }
    }
}

/// Whether a process answered there that runs the content that source expects.
fn runs_expected(place: &Place) -> bool {
    let is_expected = |one: &Instance| {
        let expected = one.expectation.as_ref().and_then(|expectation| expectation.content);
        !one.stored && expected.is_some() && expected == one.report.content
    };
    place.unavailable.is_none() && place.instances.iter().any(is_expected)
}

/// What answers at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Process,
    Files,
}

/// Judges an address, or a captured report.
pub(super) fn place(context: &Context<'_>, place: &Place) -> Vec<Finding> {
    let address = place.address.as_ref();
    let about = if place.served.is_some() { About::Files } else { About::Process };
    let subject = subject(about);
    let finding = |code, verdict| Finding::new(code, RUNG, verdict, subject.clone()).at(address);
    if let Some(why) = &place.unavailable {
        let unavailable = finding(Code::ReportUnavailable, Verdict::Unknown);
        // The reason says what to do.
        return vec![unavailable.because(why.as_str()).advise(Advice::Elsewhere)];
    }
    let doubt = doubt(place);
    let live: Vec<&Instance> = place.instances.iter().filter(|one| !one.stored).collect();
    let mut findings = Vec::new();
    if let Some(stored) = place.instances.first().filter(|first| first.stored) {
        if live.is_empty() {
            findings.extend(instance(context, stored, address, doubt.as_ref(), about));
        } else {
            findings.push(cached(context, place, stored, about));
        }
    }
    for one in &live {
        for found in instance(context, one, address, doubt.as_ref(), about) {
            // Of equal processes one line is enough.
            let is_new = found.verdict != Verdict::Same
                || !findings.iter().any(|other: &Finding| {
                    (other.code, other.verdict) == (found.code, found.verdict)
                });
            if is_new {
                findings.push(found);
            }
        }
    }
    if let Some(doubt) = doubt
        && !findings.iter().any(|finding| finding.code == doubt.code)
    {
        let verdict =
            if worst(&findings) == Verdict::Drift { Verdict::Skipped } else { Verdict::Unknown };
        findings.push(
            finding(doubt.code, verdict)
                .because(doubt.reason)
                .with(|evidence| evidence.via = Some(doubt.via)),
        );
    }
    if let Some(served) = &place.served {
        findings.extend(files(served).map(|finding| finding.at(address)));
    }
    if address.is_none() && place.instances.iter().any(|_| about == About::Process) {
        findings.push(finding(Code::ReportCaptured, Verdict::Skipped));
    }
    sampled(&mut findings, place, &finding);
    findings.extend(fleet::beside(place));
    findings
}

/// What can be said of processes that cannot be addressed one by one.
fn sampled(
    findings: &mut Vec<Finding>,
    place: &Place,
    finding: &impl Fn(Code, Verdict) -> Finding,
) {
    let sampling = &place.sampling;
    let live = place.instances.iter().filter(|instance| !instance.stored).count();
    let count = |seen, of| {
        move |evidence: &mut Evidence| {
            evidence.instances = Some(Instances { seen, of });
        }
    };
    if let Some(first) = place.failures.first() {
        findings.push(
            finding(Code::ReportUnavailable, Verdict::Unknown)
                .because(first.as_str())
                .advise(Advice::Elsewhere)
                .with(count(place.failures.len(), place.failures.len())),
        );
    }
    if Sampling::cannot_hold(live) || sampling.is_beyond() {
        findings.push(
            finding(Code::TooManyInstances, Verdict::Unknown)
                .with(count(Sampling::MOST, Sampling::MOST)),
        );
    } else if live > 1 && place.fleet.is_some() {
        // Of these each has one address.
        findings.push(finding(Code::InstanceChanged, Verdict::Unknown).with(count(live, live)));
    } else if live > 1 || sampling.answers() > 1 {
        let is_complete = sampling.seen() > 0 && sampling.needed() == 0;
        let is_same = worst(findings) == Verdict::Same;
        let seen = live.max(sampling.seen());
        let said = if is_complete || !is_same {
            finding(Code::SeveralInstances, Verdict::Skipped)
        } else {
            finding(Code::SeveralInstances, Verdict::Unknown).because(format!(
                "{} further answers are needed to exclude others",
                sampling.needed()
            ))
        };
        findings.push(said.with(count(seen, sampling.answers().max(seen))));
    }
}

fn subject(about: About) -> Subject {
    match about {
        About::Process => Subject::Process,
        About::Files => Subject::Files,
    }
}

/// Why an answer is not a proof, if it is none.
fn doubt(place: &Place) -> Option<Doubt> {
    let (code, reason) = match &place.bypass {
        Bypass::Same | Bypass::NotAsked => return None,
        Bypass::Failed(why) if place.via.cached.is_some() => (Code::ResponseCached, why),
        Bypass::Failed(why) => (Code::CacheBypassFailed, why),
        Bypass::IgnoresQuery(why) => (Code::QueryIgnored, why),
        Bypass::Contradicted(why) => (Code::ReportContradicted, why),
    };
    let is_live = place.via.cached.is_none() && matches!(place.bypass, Bypass::Failed(_));
    Some(Doubt { code, reason: reason.clone(), via: place.via.clone(), is_live })
}

/// A stored report that everybody gets, with a process behind it.
fn cached(context: &Context<'_>, place: &Place, stored: &Instance, about: About) -> Finding {
    let judged = instance(context, stored, place.address.as_ref(), None, about);
    let verdict = match worst(&judged) {
        Verdict::Same => Verdict::Skipped,
        verdict => verdict,
    };
    let answered = judged.first();
    let finding = Finding::new(Code::ResponseCached, RUNG, verdict, subject(about))
        .at(place.address.as_ref())
        .sides(
            answered.and_then(|finding| finding.expected.clone()),
            answered.and_then(|finding| finding.found.clone()),
        );
    finding.with(|evidence| {
        evidence.answered = answered.map(|finding| finding.code);
        evidence.distance = answered.and_then(|finding| finding.evidence.distance);
        evidence.via = Some(place.via.clone());
    })
}

/// Judges one process.
pub(super) fn instance(
    context: &Context<'_>,
    one: &Instance,
    address: Option<&String>,
    doubt: Option<&Doubt>,
    about: About,
) -> Vec<Finding> {
    let claim = Claim::from(&one.report);
    let subject = subject(about);
    if let Some(artifact) = context.artifact
        && one.expectation.as_ref().is_none_or(|expectation| expectation.name.is_none())
        && let Some(other) =
            artifact::other_name(RUNG, &subject, &claim, &artifact.stamp.facts().name)
    {
        return vec![other.at(address)];
    }
    let mut findings = match (&one.expectation, context.artifact) {
        (Some(expectation), _) => {
            if let Some(other) = artifact::other_package(RUNG, &subject, &claim, expectation) {
                return vec![other.at(address)];
            }
            with_source(context, &claim, expectation, &subject, doubt)
        }
        (None, Some(artifact)) => without_source(artifact, &claim, &subject, doubt),
        (None, None) => {
            let side = Side::Identity(Box::new(claim.identity()));
            let why = "there is nothing to compare it with";
            let what = "what is running";
            vec![not_compared(RUNG, subject.clone(), what, why).sides(None, Some(side))]
        }
    };
    if about == About::Process {
        let expectation = one.expectation.as_ref();
        findings.extend(modules::compiled(RUNG, &subject, &claim, expectation, None));
        if one.stored {
            // What a stored report says of files is past.
        } else {
            findings.extend(process::judge(&one.report));
        }
        let is_hidden = one.report.level < Level::Full;
        if is_hidden && context.has_source && claim.module_counts.is_none_or(|c| c.expected > 0) {
            let why = if context.has_token { "the level hides them" } else { "no token" };
            findings.push(not_compared(RUNG, subject, "names of modules and files", why));
        }
    }
    findings.into_iter().map(|finding| finding.at(address)).collect()
}

/// Compared with source, in the light of the artifact.
fn with_source(
    context: &Context<'_>,
    claim: &Claim,
    expectation: &Expectation,
    subject: &Subject,
    doubt: Option<&Doubt>,
) -> Vec<Finding> {
    let same_build =
        context.artifact.map(|artifact| artifact.stamp.fingerprint() == claim.fingerprint);
    let advice = match same_build {
        Some(true) => remedies::REBUILD,
        _ if context.runs_expected => remedies::REPLACE_REPLICA,
        _ => remedies::DEPLOY,
    };
    let compared =
        |expectation| Compared { rung: RUNG, subject: subject.clone(), claim, expectation, advice };
    let mut identity = identity::judge(&compared(expectation), doubt);
    // The same build is the same code: what source says of the artifact, it says of the process.
    if let (Some(true), Some(artifact)) = (same_build, context.artifact)
        && let Some(better) = &artifact.expectation
        && identity.verdict == Verdict::Unknown
        && doubt.is_none()
    {
        let other = identity::judge(&compared(better), doubt);
        if other.verdict != Verdict::Unknown {
            identity = other;
        }
    }
    let further = identity::further(&compared(expectation));
    let with_further = |mut findings: Vec<Finding>| {
        findings.extend(further.iter().cloned());
        findings
    };
    let (Some(artifact), Some(false), None) = (context.artifact, same_build, doubt) else {
        return with_further(vec![identity]);
    };
    let differ = artifact.stamp.facts().content.is_some()
        && claim.content.is_some()
        && artifact.stamp.facts().content != claim.content;
    let is_current = context.judged.as_ref().is_some_and(|judged| {
        let by_content = artifact.expectation.as_ref().is_some_and(|expectation| {
            expectation.content.is_some() && expectation.content == artifact.stamp.facts().content
        });
        judged.verdict == Verdict::Same && by_content
    });
    let side = Some(Side::Identity(Box::new(Claim::from(&artifact.stamp).identity())));
    let of_artifact = |code, verdict| {
        Finding::new(code, RUNG, verdict, subject.clone())
            .sides(side.clone(), Some(Side::Identity(Box::new(claim.identity()))))
    };
    if differ && is_current {
        let code = match (subject, artifact.kind) {
            (Subject::Files, _) => Code::NotDeployed,
            (_, ArtifactKind::Binary | ArtifactKind::Container) => Code::NotRestarted,
            _ => Code::NotRecreated,
        };
        // A process that is newer than source is not a leftover of an earlier build.
        let is_newer = matches!(identity.code, Code::CommitAhead | Code::RollbackNotTaken);
        if is_newer {
            return with_further(vec![identity, of_artifact(Code::OtherBuild, Verdict::Skipped)]);
        }
        let advice = match artifact.kind {
            ArtifactKind::Container => Advice::Filled(remedies::RESTART_CONTAINER),
            _ => Advice::OfCode,
        };
        return with_further(vec![
            of_artifact(code, Verdict::Drift).advise(advice),
            identity.advise(Advice::Elsewhere),
        ]);
    }
    let other = match build_difference(artifact, claim) {
        // Source says nothing of how to build it, so that the answer to source stands.
        Some(how) => of_artifact(Code::BuildDiffers, Verdict::Skipped)
            .with(|evidence| evidence.path = Some(how)),
        None => of_artifact(Code::OtherBuild, Verdict::Skipped),
    };
    with_further(vec![identity, other])
}

/// Without source, the artifact is what is expected.
fn without_source(
    artifact: &Artifact,
    claim: &Claim,
    subject: &Subject,
    doubt: Option<&Doubt>,
) -> Vec<Finding> {
    let stamp = Claim::from(&artifact.stamp);
    let expected = Expected { commit: stamp.commit.clone(), content: stamp.content };
    let found = Found {
        commit: claim.commit.clone(),
        content: claim.content,
        origin: claim.origin.clone(),
        tree: claim.tree,
    };
    let comparison = compare(&expected, &found, MatchMode::Source);
    let same_build = stamp.fingerprint == claim.fingerprint;
    let build = build_difference(artifact, claim);
    let (code, verdict) = match comparison.verdict {
        Verdict::Same if build.is_some() => (Code::BuildDiffers, Verdict::Drift),
        Verdict::Same if same_build => (Code::ArtifactRunning, Verdict::Same),
        Verdict::Drift => (Code::ArtifactNotRunning, Verdict::Drift),
        // The same stamp, which proves nothing where it knows neither commit nor content.
        _ if same_build && comparison.reason != Reason::Nothing => {
            (Code::CommitClaimed, Verdict::Unknown)
        }
        verdict => (Code::OtherBuild, verdict),
    };
    let (code, verdict, answered) = match doubt {
        Some(doubt) if verdict == Verdict::Same || verdict == Verdict::Drift && !doubt.is_live => {
            (doubt.code, Verdict::Unknown, Some(code))
        }
        _ => (code, verdict, None),
    };
    let side = |claim: &Claim| Some(Side::Identity(Box::new(claim.identity())));
    let finding = Finding::new(code, RUNG, verdict, subject.clone());
    vec![finding.sides(side(&stamp), side(claim)).with(|evidence| {
        evidence.answered = answered;
        evidence.path = build.filter(|_| code == Code::BuildDiffers);
        if let Some(doubt) = doubt.filter(|_| answered.is_some()) {
            evidence.reason = Some(doubt.reason.clone());
            evidence.via = Some(doubt.via.clone());
        }
    })]
}

/// How the build of a process differs from that of the artifact, where both state it.
fn build_difference(artifact: &Artifact, claim: &Claim) -> Option<String> {
    let (expected, found) = (&artifact.stamp.facts().build, claim.build.as_ref()?);
    let listed = |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(" ") };
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let switch = |switch: Option<bool>| switch.map_or("unknown".to_owned(), |on| on.to_string());
    let facts = [
        ("features", listed(&expected.features), listed(&found.features)),
        ("rustflags", listed(&expected.rustflags), listed(&found.rustflags)),
        ("profile", text(&expected.profile), text(&found.profile)),
        ("opt-level", text(&expected.opt_level), text(&found.opt_level)),
        ("target", text(&expected.target), text(&found.target)),
        ("compiler", text(&expected.rustc), text(&found.rustc)),
        ("debug assertions", switch(expected.debug_assertions), switch(found.debug_assertions)),
    ];
    let differ: Vec<String> = facts
        .into_iter()
        .filter(|(_, expected, found)| expected != found)
        .map(|(fact, expected, found)| format!("{fact} {found} in place of {expected}"))
        .collect();
    (!differ.is_empty()).then(|| differ.join(", "))
}

/// The files that a web server serves.
fn files(served: &Served) -> impl Iterator<Item = Finding> {
    let finding = |code, verdict, seen| {
        Finding::new(code, RUNG, verdict, Subject::Files)
            .with(|evidence| evidence.instances = Some(Instances { seen, of: served.total }))
    };
    let differ = (served.differ > 0).then(|| {
        finding(Code::ServedFilesDiffer, Verdict::Drift, served.differ)
            .with(|evidence| evidence.files = Some(served.difference.clone()))
    });
    let unknown = served.unknown.first().map(|why| {
        finding(Code::ServedFilesUnknown, Verdict::Unknown, served.unknown.len()).because(&**why)
    });
    let equal = (differ.is_none() && unknown.is_none())
        .then(|| finding(Code::ServedFilesEqual, Verdict::Same, served.total));
    differ.into_iter().chain(unknown).chain(equal)
}
