//! Rung 2: is it in what was built?

use std::path::Path;

use selfsame::compare::{Found, Reading, Verdict};
use selfsame::stamp::Stamp;

use super::compiled::{self, Evidence};
use super::{Checker, Known, identity};
use crate::failure::Failure;
use crate::inspect;
use crate::ladder::{Rung, Step};

/// The artifact as later rungs need it.
pub(super) struct Artifact {
    pub(super) stamp: Stamp,
    pub(super) verdict: Verdict,
}

impl Checker<'_> {
    pub(super) fn artifact_step(&mut self, known: &mut Known) -> Result<Step, Failure> {
        let Some(path) = &self.arguments.artifact else {
            return Ok(Step::skipped(Rung::Artifact, "no --artifact was given"));
        };
        let stamp = match self.one_stamp(path) {
            Ok(stamp) => stamp,
            Err(failure) => {
                return Ok(Step::new(Rung::Artifact, Verdict::Unknown, failure.to_string()));
            }
        };
        let mut step = self.judge_artifact(path, &stamp)?;
        if !stamp.unstamped.is_empty() {
            step = step.note(identity::not_covered(&stamp.unstamped));
        }
        known.artifact = Some(Artifact { stamp, verdict: step.verdict });
        Ok(step)
    }

    /// The stamp of the package that is asked for.
    fn one_stamp(&self, path: &Path) -> Result<Stamp, Failure> {
        let found = inspect::stamps(path)?;
        let expected = self.source.as_ref().and_then(|source| source.package.as_ref());
        let mut candidates: Vec<Stamp> = found.into_iter().map(|found| found.stamp).collect();
        let names: Vec<String> = candidates.iter().map(|stamp| stamp.name.clone()).collect();
        if let Some(package) = expected {
            candidates.retain(|stamp| stamp.name == package.name());
        }
        match <[Stamp; 1]>::try_from(candidates) {
            Ok([stamp]) => Ok(stamp),
            Err(_) if names.is_empty() => Err(inspect::no_stamp(path)),
            Err(_) => {
                let carries =
                    format!("`{}` carries stamps of {}", path.display(), identity::listed(&names));
                Err(Failure::new(match expected {
                    Some(package) => format!(
                        "{carries}, and not exactly one of `{}`: is it another program's, or are \
                         two versions linked in?",
                        package.name()
                    ),
                    None => format!("{carries}: say which one is meant, by --source DIR"),
                }))
            }
        }
    }

    fn judge_artifact(&mut self, path: &Path, stamp: &Stamp) -> Result<Step, Failure> {
        let against = self.against();
        let found = Found::from(stamp);
        let unknown = |fact: &str| stamp.unknown.get(fact).cloned();
        let side = identity::side(&found, &unknown);
        let name = format!("`{}`", path.display());
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
        let mut step = Step::new(Rung::Artifact, comparison.verdict, format!("{name} {words}"))
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
                _ => identity::old_clone(source, &found).or(Some("rebuild: cargo build")),
            }
            .map(str::to_owned);
        }
        if let Some(why) = &facts.no_content {
            step = step.note(format!("the content of source is unknown: {why}"));
        }
        let evidence = Evidence::beside(path, source.directory());
        if let Err(why) = &evidence {
            step = step.note(why);
        }
        let evidence = evidence.ok().flatten();
        Ok(compiled::judge(step, &name, &stamp.modules, evidence.as_ref(), Some(&facts)))
    }
}
