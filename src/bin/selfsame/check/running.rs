//! Rung 3: is it in what is running?

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use selfsame::compare::{Against, Expected, Found, Verdict, compare};
use selfsame::report::{MAX_REPORT, Report};
use selfsame::source::Package;
use selfsame::stamp::{Scope, Stamp};

use super::artifact::Artifact;
use super::{Checker, Known, identity};
use crate::failure::Failure;
use crate::ladder::{Rung, Step};
use crate::source::{Facts, Source};

impl Checker<'_> {
    pub(super) fn running_step(&mut self, known: &mut Known) -> Result<Step, Failure> {
        let report = match self.report() {
            Ok(Some(report)) => report,
            Ok(None) => return Ok(Step::skipped(Rung::Running, "no URL was given")),
            Err(failure) => {
                return Ok(Step::new(Rung::Running, Verdict::Unknown, failure.to_string()));
            }
        };
        let mut step = self.judge_running(known, &report)?;
        if self.arguments.report.is_some() {
            step = step.note("captured: it says what ran when the report was fetched");
        }
        // The artifact has named them already if it is this build.
        if known.artifact.is_none() && report.unstamped_parts > 0 {
            step = step.note(match &report.unstamped {
                Some(names) => identity::not_covered(names),
                None => identity::not_covered(&[format!("{} in number", report.unstamped_parts)]),
            });
        }
        known.running = Some(step.verdict);
        known.report = Some(report);
        Ok(step)
    }

    fn report(&self) -> Result<Option<Report>, Failure> {
        let (bytes, origin) = if let Some(path) = &self.arguments.report {
            (read(path)?, format!("`{}`", path.display()))
        } else if let Some(base) = &self.base {
            let url = base.join(&self.arguments.at)?;
            (self.client.fetch(&url, &self.token, MAX_REPORT as u64)?, url.to_string())
        } else {
            return Ok(None);
        };
        let report = Report::parse(&bytes).map_err(|error| {
            Failure::new(format!("{origin} is {error}; does another program answer there?"))
        })?;
        Ok(Some(report))
    }

    fn judge_running(&mut self, known: &Known, report: &Report) -> Result<Step, Failure> {
        let found = Found::from(report);
        let side = format!(
            "{}, instance {} since {}",
            identity::side(&found, &|fact| report.unknown.get(fact).cloned()),
            report.instance,
            report.started_at
        );
        let artifact = known.artifact.as_ref();
        let package = self.source.as_ref().and_then(|source| source.package.as_ref());
        let expected_name = package
            .map(Package::name)
            .or_else(|| artifact.map(|artifact| artifact.stamp.name.as_str()))
            .filter(|name| *name != report.name);
        if let Some(name) = expected_name {
            let finding = format!("`{}` answers there, and `{name}` was expected", report.name);
            return Ok(Step::new(Rung::Running, Verdict::Unknown, finding)
                .next("check the URL, or name the package that should run: --source DIR"));
        }
        let against = self.against();
        match (&mut self.source, artifact) {
            (Some(source), _) => against_source(source, against, artifact, report, &found, side),
            (None, Some(artifact)) => Ok(against_artifact(&artifact.stamp, report, &found, side)),
            (None, None) => Ok(Step::new(Rung::Running, Verdict::Skipped, side)
                .note("nothing was given to compare it with: --source, --commit, --artifact")),
        }
    }
}

/// Without source, the artifact is what is expected.
fn against_artifact(stamp: &Stamp, report: &Report, found: &Found, side: String) -> Step {
    let expected = Expected { commit: stamp.commit.clone(), content: stamp.content };
    let (verdict, finding) = if stamp.fingerprint() == report.fingerprint {
        (Verdict::Same, "the running process is the artifact")
    } else {
        match compare(&expected, found, Against::Source).verdict {
            Verdict::Same => {
                (Verdict::Same, "the running process is another build of the same code")
            }
            verdict => (verdict, "the running process is not the artifact"),
        }
    };
    let other = identity::side(&Found::from(stamp), &|fact| stamp.unknown.get(fact).cloned());
    let step = Step::new(Rung::Running, verdict, finding).sides(other, side);
    if verdict == Verdict::Same { step } else { step.next(REPLACE) }
}

fn against_source(
    source: &mut Source,
    against: Against,
    artifact: Option<&Artifact>,
    report: &Report,
    found: &Found,
    side: String,
) -> Result<Step, Failure> {
    let facts = facts(source, artifact, report)?;
    let comparison = compare(&facts.expected, found, against);
    let modules = match (&facts.modules, &report.modules) {
        (Ok(expected), Some(modules)) => identity::modules(expected, modules),
        _ => Vec::new(),
    };
    let words = identity::reading(comparison, source, found, &modules);
    let same_build = artifact.map(|artifact| artifact.stamp.fingerprint() == report.fingerprint);
    let newer_artifact = same_build == Some(false)
        && artifact.is_some_and(|artifact| artifact.verdict == Verdict::Same);

    let finding = if comparison.verdict == Verdict::Drift && newer_artifact {
        format!("the artifact is new, the running process is old: it {words}")
    } else {
        format!("the running process {words}")
    };
    let mut step = Step::new(Rung::Running, comparison.verdict, finding)
        .sides(identity::expected(&facts), side);
    match comparison.verdict {
        Verdict::Drift => {
            let changed = report.info.as_ref().map_or(&[][..], |info| &info.changed);
            step.notes = identity::files(source, &facts, found, changed);
            step = step.next(match (newer_artifact, same_build) {
                (true, _) => REPLACE,
                (false, Some(true)) => "rebuild, replace the running process, and check again",
                _ => "build and deploy what source says, and check again",
            });
        }
        Verdict::Same if same_build == Some(false) => {
            step = step.note("it is another build of the same code than the artifact");
        }
        _ => {}
    }
    Ok(match &facts.no_content {
        Some(why) => step.note(format!("the content of source is unknown: {why}")),
        None => step,
    })
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

/// A container is another matter than a process: a restart starts its old image again.
const REPLACE: &str = "restart the process; if it is in a container, recreate it, since a restart \
                       keeps the old image";

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let limit = MAX_REPORT as u64 + 1;
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::new(format!("cannot read the report `{}`: {error}", path.display()))
    })?;
    Ok(bytes)
}
