//! Rung 3: is it in what is running?

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use selfsame::compare::{Against, Expected, Found, Verdict, compare};
use selfsame::report::{MAX_REPORT, Report};
use selfsame::source::Package;
use selfsame::source::git::Distance;
use selfsame::stamp::{Scope, Stamp};

use super::artifact::Artifact;
use super::{Checker, Known, compiled, identity, observed};
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

    /// The report of a process that has had the time to look at itself.
    fn report(&self) -> Result<Option<Report>, Failure> {
        const PAUSE: Duration = Duration::from_millis(100);

        let begun = Instant::now();
        loop {
            let report = self.report_once()?;
            let looking = report.as_ref().is_some_and(|report| report.looking);
            let captured = self.arguments.report.is_some();
            if !looking || captured || begun.elapsed() > self.arguments.timeout {
                return Ok(report);
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn report_once(&self) -> Result<Option<Report>, Failure> {
        let (bytes, origin) = if let Some(path) = &self.arguments.report {
            (read(path, self.arguments.timeout)?, shown(path))
        } else if let Some(base) = &self.base {
            let url = base.join(&self.arguments.at)?;
            (self.client.fetch(&url, &self.token, MAX_REPORT as u64)?, url.to_string())
        } else {
            return Ok(None);
        };
        match Report::parse(&bytes) {
            Ok(report) => Ok(Some(report)),
            Err(_) if is_verify(&bytes) => Err(Failure::new(format!(
                "{origin} tells nothing to callers without a token (level verify): give \
                 --token-env, or ask `?commit=` with curl"
            ))),
            Err(error) if self.arguments.report.is_some() => {
                Err(Failure::new(format!("{origin} is {error}; fetch it again")))
            }
            Err(error) => Err(Failure::new(format!(
                "{origin} is {error}; does another program or another version answer there?"
            ))),
        }
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
        let step = match (&mut self.source, artifact) {
            (Some(source), _) => against_source(source, against, artifact, report, &found, side)?,
            (None, Some(artifact)) => against_artifact(&artifact.stamp, report, &found, side),
            (None, None) => Step::new(Rung::Running, Verdict::Skipped, side)
                .note("nothing was given to compare it with: --source, --commit, --artifact"),
        };
        Ok(observed::judge(step, report))
    }
}

/// Without source, the artifact is what is expected.
fn against_artifact(stamp: &Stamp, report: &Report, found: &Found, side: String) -> Step {
    let expected = Expected { commit: stamp.commit.clone(), content: stamp.content };
    let (verdict, finding) = if stamp.fingerprint() == report.fingerprint {
        (Verdict::Same, "the running process is the artifact")
    } else {
        let verdict = compare(&expected, found, Against::Source).verdict;
        let finding = match verdict {
            Verdict::Same => "the running process is another build of the same code",
            Verdict::Drift => "the running process is not the artifact",
            _ => "the running process is another build, and whether of the same code is unknown",
        };
        (verdict, finding)
    };
    let other = identity::side(&Found::from(stamp), &|fact| stamp.unknown.get(fact).cloned());
    let step = Step::new(Rung::Running, verdict, finding).sides(other, side);
    if verdict == Verdict::Drift { step.next(REPLACE) } else { step }
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
        format!("the artifact is new, the running process is old: it {words}")
    } else {
        format!("the running process {words}")
    };
    let mut step = Step::new(Rung::Running, comparison.verdict, finding)
        .sides(identity::expected(&facts), side);
    match comparison.verdict {
        Verdict::Drift => {
            let changed = report.info.as_ref().map_or(&[][..], |info| &info.changed);
            step.notes = identity::behind(source, &facts, found, changed);
            step = step.next(identity::old_clone(source, found).unwrap_or(
                match (not_replaced, same_build) {
                    (true, _) => REPLACE,
                    (false, Some(true)) => "rebuild, replace the running process, and check again",
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
        step = compiled::judge(step, "the running process", modules, None, None);
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

/// A container is another matter than a process: a restart starts its old image again.
const REPLACE: &str = "restart the process; if it is in a container, recreate it, since a restart \
                       keeps the old image; if that was done, look for a mount or a volume over the \
                       executable";

/// Whether it is what a process answers at the level that tells nothing.
fn is_verify(bytes: &[u8]) -> bool {
    serde_json::from_slice(bytes)
        .is_ok_and(|value: serde_json::Value| value == serde_json::json!({ "level": "verify" }))
}

/// A captured report, as it is called where it is told of.
pub(super) fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        format!("`{}`", path.display())
    }
}

fn read(path: &Path, timeout: Duration) -> Result<Vec<u8>, Failure> {
    let fail = |error: &dyn std::fmt::Display| {
        Failure::new(format!("cannot read the report, {}: {error}", shown(path)))
    };
    if path == Path::new("-") {
        return read_limited(std::io::stdin().lock()).map_err(|error| fail(&error));
    }
    if path.metadata().map_err(|error| fail(&error))?.is_file() {
        return File::open(path).and_then(read_limited).map_err(|error| fail(&error));
    }
    // A pipe, as of `--report <(ssh …)`: nobody may ever write to it.
    let (send, receive) = mpsc::channel();
    let pipe = path.to_owned();
    std::thread::spawn(move || send.send(File::open(pipe).and_then(read_limited)));
    receive
        .recv_timeout(timeout)
        .map_err(|_| {
            fail(&format_args!(
                "nothing was written to it within {} (--timeout)",
                humantime::format_duration(timeout)
            ))
        })?
        .map_err(|error| fail(&error))
}

/// Reads one byte more than a report may have, so that a longer one shows.
fn read_limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_REPORT as u64 + 1).read_to_end(&mut bytes).map(|_| bytes)
}
