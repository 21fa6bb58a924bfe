//! Rung 3: is it in what is running?

use selfsame::compare::{Against, Expected, Found, Reading, Verdict, compare};
use selfsame::report::Report;
use selfsame::source::git::Distance;
use selfsame::stamp::{Scope, Stamp};

use super::artifact::Artifact;
use super::heard::{self, Behind, Heard, Kind};
use super::{Checker, Known, Place, compiled, identity, observed};
use crate::client::Base;
use crate::failure::Failure;
use crate::ladder::{Rung, Step};
use crate::source::{Facts, Source};

impl Checker<'_> {
    /// Judges the report of each address, or the captured one.
    pub(super) fn running_steps(&mut self, known: &mut Known) -> Result<Vec<Step>, Failure> {
        if let Some(path) = &self.arguments.report {
            let heard = heard::captured(path, self.arguments.timeout);
            let (mut step, place) = self.running_step(known, None, heard)?;
            if place.report.is_some() {
                step = step.note("captured: it says what ran when the report was fetched");
            }
            known.places.push(place);
            return Ok(vec![step]);
        }
        if self.bases.is_empty() {
            known.places.push(Place::default());
            return Ok(vec![Step::skipped(Rung::Running, "no URL was given")]);
        }
        let mut steps = Vec::new();
        for base in self.bases.clone() {
            let heard = self.hear(&base);
            let (step, place) = self.running_step(known, Some(base), heard)?;
            steps.push(step);
            known.places.push(place);
        }
        heard::disagreements(&mut steps, &known.places);
        Ok(steps)
    }

    fn running_step(
        &mut self,
        known: &Known,
        base: Option<Base>,
        heard: Result<Heard, Failure>,
    ) -> Result<(Step, Place), Failure> {
        let mut heard = match heard {
            Ok(heard) => heard,
            Err(failure) => {
                let step = Step::new(Rung::Running, Verdict::Unknown, failure.to_string());
                return Ok((step, Place { base, ..Place::default() }));
            }
        };
        let files = heard.files.take();
        let mut step = self.judge_running(known, &heard.report, files.is_some())?;
        let mut stored = false;
        match std::mem::take(&mut heard.behind) {
            Behind::Another(report, kind) => {
                let other = self.judge_running(known, &report, files.is_some())?;
                step = heard::two(step, &heard, other, &report, kind);
                // What a cache tells of is gone.
                stored = kind == Kind::Stored;
                if stored {
                    heard.report = *report;
                }
            }
            Behind::NotTold(why) => step = heard::unproven(step, &heard, &why, false),
            Behind::Deaf(why) => step = heard::unproven(step, &heard, &why, true),
            Behind::TheSame => {}
        }
        if let Some(stamp) = &files {
            step = self.judge_files(step, base.as_ref(), stamp)?;
        }
        // The artifact has named them already if it is this build.
        let unstamped = heard.report.unstamped_parts;
        if known.artifact.is_none() && unstamped > 0 {
            step = step.note(match &heard.report.unstamped {
                Some(names) => identity::not_covered(names),
                None => identity::not_covered(&[format!("{unstamped} in number")]),
            });
        }
        let running = Some(step.verdict);
        let Heard { report, way, .. } = heard;
        Ok((step, Place { base, report: Some(report), running, way, stored }))
    }

    fn judge_running(
        &mut self,
        known: &Known,
        report: &Report,
        are_files: bool,
    ) -> Result<Step, Failure> {
        let found = Found::from(report);
        let side = identity::side(&found, &|fact| report.unknown.get(fact).cloned());
        let subject = if are_files { &FILES } else { &PROCESS };
        let side = if are_files {
            side
        } else {
            format!("{side}, instance {} since {}", report.instance, report.started_at)
        };
        let artifact = known.artifact.as_ref();
        let source = self.source.as_ref();
        let expected_name = source
            .and_then(Source::name)
            .or_else(|| artifact.map(|artifact| artifact.stamp.name.as_str()))
            .filter(|name| *name != report.name);
        if let Some(name) = expected_name {
            let finding = format!("`{}` answers there, and `{name}` was expected", report.name);
            return Ok(Step::new(Rung::Running, Verdict::Unknown, finding)
                .next("check the URL, or name the package that should run: --source DIR"));
        }
        let against = self.against();
        let answer = Answer { subject, report, found: &found, side };
        let step = match (&mut self.source, artifact) {
            (Some(source), _) => against_source(source, against, artifact, answer)?,
            (None, Some(artifact)) => against_artifact(&artifact.stamp, answer),
            (None, None) => Step::new(Rung::Running, Verdict::Skipped, answer.side)
                .note("nothing was given to compare it with: --source, --commit, --artifact"),
        };
        Ok(if are_files { step } else { observed::judge(step, report) })
    }
}

/// Without source, the artifact is what is expected.
fn against_artifact(stamp: &Stamp, answer: Answer<'_>) -> Step {
    let expected = Expected { commit: stamp.commit.clone(), content: stamp.content };
    let subject = answer.subject.name;
    let comparison = compare(&expected, answer.found, Against::Source);
    let verdict = match comparison.reading {
        // Two builds with different changes beside what is stamped carry one stamp.
        Reading::EqualChanged if !answer.found.whole => Verdict::Unknown,
        _ => comparison.verdict,
    };
    let words = match (verdict, stamp.fingerprint() == answer.report.fingerprint) {
        (Verdict::Same, true) => "is the artifact",
        (Verdict::Same, false) => "is another build of the same code",
        (Verdict::Drift, _) => "is not the artifact",
        (_, true) => "carries the artifact's stamp, which does not cover all of the code",
        (_, false) => "is another build, and whether of the same code is unknown",
    };
    let other = identity::side(&Found::from(stamp), &|fact| stamp.unknown.get(fact).cloned());
    let step = Step::new(Rung::Running, verdict, format!("{subject} {words}"));
    let step = step.sides(other, answer.side);
    if verdict == Verdict::Drift { step.next(answer.subject.replace) } else { step }
}

fn against_source(
    source: &mut Source,
    against: Against,
    artifact: Option<&Artifact>,
    answer: Answer<'_>,
) -> Result<Step, Failure> {
    let Answer { subject, report, found, side } = answer;
    let facts = facts(source, artifact, report)?;
    let comparison = identity::compared(source, &facts, found, against);
    let modules = match (&facts.modules, &report.modules) {
        (Ok(expected), Some(modules)) => identity::modules(expected, modules),
        _ => Vec::new(),
    };
    let words = identity::reading(comparison, source, found, &modules);
    let same_build = artifact.map(|artifact| artifact.stamp.fingerprint() == report.fingerprint);
    let not_replaced = same_build == Some(false)
        && artifact.is_some_and(|artifact| artifact.verdict == Verdict::Same);

    // Which of the two is old is known only where one commit follows from the other.
    let distance = found.commit.as_ref().and_then(|commit| source.distance(commit));
    let is_behind = matches!(distance, Some(Distance::Behind(_)));
    let finding = if comparison.verdict == Verdict::Drift && not_replaced && is_behind {
        format!("the artifact is new, {} is old: it {words}", subject.name)
    } else {
        format!("{} {words}", subject.name)
    };
    let mut step = Step::new(Rung::Running, comparison.verdict, finding)
        .sides(identity::expected(&facts), side);
    match comparison.verdict {
        Verdict::Drift => {
            let changed = report.info.as_ref().map_or(&[][..], |info| &info.changed);
            step.notes = identity::behind(source, &facts, found, changed);
            step = step.next(identity::old_clone(source, found).unwrap_or(
                match (not_replaced, same_build) {
                    (true, _) => subject.replace,
                    (false, Some(true)) => "rebuild, replace what answers, and check again",
                    _ => "build and deploy what source says, and check again",
                },
            ));
        }
        Verdict::Unknown => {
            let changed = report.info.as_ref().map_or(&[][..], |info| &info.changed);
            step.notes = identity::behind(source, &facts, found, changed);
            step.next = identity::to_know(&facts, found).map(str::to_owned);
        }
        Verdict::Same if same_build == Some(false) => {
            step = step.note("it is another build of the same code than the artifact");
        }
        _ => {}
    }
    if let Some(why) = &facts.no_content {
        step = step.note(format!("the content of source is unknown: {why}"));
    }
    // Of the same build, the artifact has told already, and more exactly.
    if same_build != Some(true) {
        let modules = report.modules.as_deref().unwrap_or_default();
        step = compiled::judge(step, subject.name, modules, None, None);
    }
    Ok(step)
}

/// What source says under the scope that the running process was built with.
fn facts(
    source: &mut Source,
    artifact: Option<&Artifact>,
    report: &Report,
) -> Result<Facts, Failure> {
    let scope = match (&report.scope, artifact) {
        (Some(scope), _) => scope.clone(),
        // The same content comes from the same build script, which is content itself.
        (None, Some(artifact))
            if report.content.is_some() && artifact.stamp.content == report.content =>
        {
            artifact.stamp.scope.clone()
        }
        (None, _) => Scope::default(),
    };
    let mut facts = source.facts(&scope)?;
    if report.scoped && scope.is_conventional() {
        facts.expected.content = None;
        facts.no_content = Some(
            "the build script counts further paths as content, and this level does not name them: \
             give --token-env or --artifact"
                .to_owned(),
        );
    }
    Ok(facts)
}

/// What is compared at this rung.
struct Answer<'a> {
    subject: &'static Subject,
    report: &'a Report,
    found: &'a Found,
    side: String,
}

/// What answers, in words.
struct Subject {
    name: &'static str,
    /// What to do where the artifact is newer.
    replace: &'static str,
}

/// A container is another matter than a process: a restart starts its old image again.
const PROCESS: Subject = Subject {
    name: "the running process",
    replace: "restart the process; if it is in a container, recreate it, since a restart keeps the \
              old image; if that was done, look for a mount or a volume over the executable",
};

const FILES: Subject = Subject {
    name: "what is served",
    replace: "deploy the files that were built; if they are in a container, recreate it, since a \
              restart keeps the old image; if that was done, look for a mount or a volume over them",
};
