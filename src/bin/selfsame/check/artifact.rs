//! Rung 2: is it in what was built?

use selfsame::compare::{Found, Reading, Verdict};
use selfsame::source::git::Distance;
use selfsame::stamp::Stamp;

use super::compiled::{self, Evidence};
use super::{Checker, Known, identity, shipped};
use crate::artifact::{self, Kind, Spec};
use crate::failure::Failure;
use crate::inspect;
use crate::ladder::{Rung, Step};
use crate::source::Source;

/// The artifact as later rungs need it.
pub(super) struct Artifact {
    pub(super) stamp: Stamp,
    pub(super) verdict: Verdict,
}

impl Checker<'_> {
    pub(super) fn artifact_step(&mut self, known: &mut Known) -> Result<Step, Failure> {
        let Some(spec) = &self.arguments.artifact else {
            return Ok(Step::skipped(Rung::Artifact, "no --artifact was given"));
        };
        let read = artifact::open(spec, &self.arguments.reading)
            .and_then(|artifact| Ok((self.one_stamp(spec, &artifact)?, artifact)));
        let (stamp, artifact) = match read {
            Ok(read) => read,
            Err(failure) => {
                return Ok(Step::new(Rung::Artifact, Verdict::Unknown, failure.to_string()));
            }
        };
        let mut step = self.judge_artifact(spec, artifact.kind, &stamp)?;
        if !stamp.unstamped.is_empty() {
            step = step.note(identity::not_covered(&stamp.unstamped));
        }
        for conflict in inspect::conflicts(&artifact, &[&stamp]) {
            step = step.note(conflict);
        }
        let hidden = artifact
            .hidden
            .iter()
            .filter(|hidden| hidden.found.stamp.name == stamp.name && hidden.found.stamp != stamp);
        for hidden in hidden.take(3) {
            let commit = hidden.found.stamp.commit.as_ref();
            let commit = commit.map_or("an unknown commit", |commit| commit.short());
            step = step.note(format!(
                "a lower layer holds one of {commit} at `{}`, which does not count: {}",
                hidden.place.path, hidden.by
            ));
        }
        step = shipped::judge(step, &artifact, &stamp);
        known.artifact = Some(Artifact { stamp, verdict: step.verdict });
        Ok(step)
    }

    /// The stamp of the package that is asked for.
    fn one_stamp(&self, spec: &Spec, artifact: &artifact::Artifact) -> Result<Stamp, Failure> {
        let expected = self.source.as_ref().and_then(Source::name);
        let mut candidates: Vec<Stamp> = Vec::new();
        let mut names = Vec::new();
        for stamped in &artifact.stamps {
            let stamp = &stamped.found.stamp;
            // Copies of one binary carry one stamp.
            if candidates.contains(stamp) {
                continue;
            }
            candidates.push(stamp.clone());
            names.push(match &stamped.place {
                Some(place) => format!("{} ({})", stamp.name, place.path),
                None => stamp.name.clone(),
            });
        }
        if let Some(name) = expected {
            candidates.retain(|stamp| stamp.name == name);
        }
        match <[Stamp; 1]>::try_from(candidates) {
            Ok([stamp]) => Ok(stamp),
            Err(_) if names.is_empty() => Err(inspect::no_stamp(spec, artifact)),
            Err(_) => {
                let carries = format!("`{spec}` carries stamps of {}", identity::listed(&names));
                Err(Failure::new(match expected {
                    Some(name) => format!(
                        "{carries}, and not exactly one of `{name}`: is it another program's, or \
                         are two versions linked in?"
                    ),
                    None => format!("{carries}: say which one is meant, by --source DIR"),
                }))
            }
        }
    }

    fn judge_artifact(&mut self, spec: &Spec, kind: Kind, stamp: &Stamp) -> Result<Step, Failure> {
        let against = self.against();
        let found = Found::from(stamp);
        let unknown = |fact: &str| stamp.unknown.get(fact).cloned();
        let side = identity::side(&found, &unknown);
        let name = match kind {
            Kind::Binary => format!("`{spec}`"),
            kind => format!("the {kind} `{spec}`"),
        };
        let Some(source) = &mut self.source else {
            let step = Step::new(Rung::Artifact, Verdict::Skipped, format!("{name}: {side}"));
            return Ok(step.note("there is no source to compare it with"));
        };
        let facts = source.facts(&stamp.scope)?;
        let comparison = identity::compared(source, &facts, &found, against);
        let modules = match &facts.modules {
            Ok(modules) => identity::modules(modules, &stamp.modules),
            Err(_) => Vec::new(),
        };
        let words = identity::reading(comparison, source, &found, &modules);
        let is_behind = || {
            let distance = found.commit.as_ref().and_then(|commit| source.distance(commit));
            matches!(distance, Some(Distance::Behind(_)))
        };
        let finding = match kind {
            Kind::Binary => format!("{name} {words}"),
            kind if comparison.verdict == Verdict::Drift && is_behind() => {
                format!("the {kind} is older than source: `{spec}` {words}")
            }
            _ => format!("{name} {words}"),
        };
        let mut step = Step::new(Rung::Artifact, comparison.verdict, finding)
            .sides(identity::expected(&facts), side);
        if comparison.verdict != Verdict::Same {
            step.notes = identity::behind(source, &facts, &found, &stamp.info.changed);
            step.next = match comparison.reading {
                _ if comparison.verdict == Verdict::Unknown => identity::to_know(&facts, &found),
                Reading::ContentDiffers if !facts.changes().is_empty() => {
                    Some("commit the changes and build, or expect the commit alone: --commit HEAD")
                }
                Reading::ContentDiffers => Some(
                    "build again from a clean checkout: what was built is not what the commit holds",
                ),
                _ => identity::old_clone(source, &found).or(Some(match kind {
                    Kind::Binary if stamp.build.target.is_none() => {
                        "build the files again, and stamp them"
                    }
                    Kind::Binary => "rebuild: cargo build",
                    _ => {
                        "rebuild the image and recreate the container; if it was rebuilt, a cache \
                         kept the old code: --no-cache"
                    }
                })),
            }
            .map(str::to_owned);
        }
        if let Some(why) = &facts.no_content {
            step = step.note(format!("the content of source is unknown: {why}"));
        }
        let evidence = match (spec, kind) {
            (Spec::Path(path), Kind::Binary) => Evidence::beside(path, source.directory()),
            _ => Ok(None),
        };
        if let Err(why) = &evidence {
            step = step.note(why);
        }
        let evidence = evidence.ok().flatten();
        Ok(compiled::judge(step, &name, &stamp.modules, evidence.as_ref(), Some(&facts)))
    }
}
