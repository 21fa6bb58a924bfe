//! `selfsame check`: walks the ladder.

mod artifact;
mod compiled;
mod evidence;
mod files;
mod heard;
mod identity;
mod kept;
mod observed;
mod route;
mod running;
mod shipped;
mod wait;

use std::path::{Path, PathBuf};

use selfsame::compare::{Against, Verdict};
use selfsame::environment::Environment;
use selfsame::report::Report;
use selfsame::source::Package;
use selfsame::source::git::Repository;
use selfsame::stamp::{CommitId, Scope};
use ureq::http::{HeaderName, HeaderValue};

use crate::args::Check;
use crate::client::{Base, Client, Credentials};
use crate::failure::Failure;
use crate::ladder::{Ladder, Rung, Step};
use crate::output::{self, Exit};
use crate::render;
use crate::secrets::Secrets;
use crate::source::Source;
use crate::way::Way;

use self::artifact::Artifact;
use self::route::Route;

pub(crate) fn run(arguments: &Check) -> Result<Exit, Failure> {
    let mut check = Checker::new(arguments)?;
    let ladder = match arguments.wait {
        Some(patience) => wait::until_same(&mut check, patience, arguments.every)?,
        None => check.round()?,
    };
    let text = if arguments.json {
        let json =
            serde_json::to_string(&ladder).map_err(|error| Failure::new(error.to_string()))?;
        output::plain_json(&json) + "\n"
    } else {
        render::ladder(&ladder)
    };
    output::print(&text)?;
    if ladder.verdict == Verdict::Unknown {
        let reason = ladder.deciding().map_or(
            format!(
                "nothing to compare with: give --source, --commit, --artifact or --route ({})",
                check.no_source
            ),
            |step| {
                let next = step.next.as_ref().map_or(String::new(), |next| format!("; {next}"));
                format!("{} (rung {}, {}){next}", step.finding, step.rung as u8, step.rung)
            },
        );
        output::complain(&reason);
    }
    Ok(ladder.verdict.into())
}

/// Everything that the caller gave, read and checked.
struct Checker<'a> {
    arguments: &'a Check,
    client: Client,
    /// The addresses at which the service answers.
    bases: Vec<Base>,
    source: Option<Source>,
    /// Why there is no source, where nobody asked for one.
    no_source: String,
    routes: Vec<Route>,
    token: Credentials,
    credentials: Credentials,
    secrets: Secrets,
}

/// What one round has found out so far: later rungs are read in the light of earlier ones.
#[derive(Default)]
struct Known {
    artifact: Option<Artifact>,
    places: Vec<Place>,
}

/// An address of the service, or a captured report, and what was heard there.
#[derive(Default)]
struct Place {
    base: Option<Base>,
    report: Option<Report>,
    running: Option<Verdict>,
    way: Way,
    /// Whether what everybody gets there is a stored answer.
    stored: bool,
}

impl<'a> Checker<'a> {
    fn new(arguments: &'a Check) -> Result<Self, Failure> {
        if arguments.urls.is_empty() && arguments.report.is_none() && arguments.artifact.is_none() {
            return Err(Failure::new("nothing to check: give a URL, --report or --artifact"));
        }
        if arguments.urls.is_empty() && !arguments.routes.is_empty() {
            return Err(Failure::new(
                "--route asks the service itself: give its URL, in place of --report if there is one",
            ));
        }
        if !arguments.at.starts_with('/') {
            return Err(Failure::new(format!("--at {:?} has to begin with /", arguments.at)));
        }
        let environment = Environment::of_process();
        let secret = |name: &Option<String>| -> Result<Credentials, Failure> {
            let Some(name) = name else { return Ok(Credentials::default()) };
            let value = environment.get(name).and_then(|value| value.to_str()).map(str::trim);
            let value = value.filter(|value| !value.is_empty()).ok_or_else(|| {
                Failure::new(format!(
                    "the environment variable {name} is not set, is empty, or is no text"
                ))
            })?;
            Credentials::bearer(value)
        };
        let mut credentials = secret(&arguments.bearer_env)?;
        credentials.extend(headers(&arguments.headers)?);
        let routes = arguments
            .routes
            .iter()
            .map(|route| Route::parse(route))
            .collect::<Result<Vec<_>, _>>()?;
        let token = secret(&arguments.token_env)?;
        // The address of the report itself is what is at hand after a look at it.
        let base = |url: &String| {
            let at = arguments.at.trim_end_matches('/');
            let short = url.trim_end_matches('/').strip_suffix(at).filter(|_| !at.is_empty());
            Base::parse(short.unwrap_or(url))
        };
        let bases = arguments.urls.iter().map(base).collect::<Result<Vec<_>, _>>()?;
        let (source, no_source) = source(arguments)?;
        Ok(Self {
            client: Client::new(arguments.timeout),
            bases,
            secrets: Secrets::of(&[&token, &credentials]),
            token,
            arguments,
            source,
            no_source,
            routes,
            credentials,
        })
    }

    /// Walks the ladder once. What a server sent may hold what it was sent, and any amount of it.
    fn round(&mut self) -> Result<Ladder, Failure> {
        let clean = |secrets: &Secrets, text: &str| output::clipped(&secrets.hide(text));
        match self.walk() {
            Ok(ladder) => Ok(ladder.cleaned(|text| clean(&self.secrets, text))),
            Err(failure) => Err(Failure::new(clean(&self.secrets, &failure.to_string()))),
        }
    }

    fn walk(&mut self) -> Result<Ladder, Failure> {
        let mut known = Known::default();
        let mut steps = vec![self.source_step()?, self.artifact_step(&mut known)?];
        steps.extend(self.running_steps(&mut known)?);
        let several = known.places.len() > 1;
        let mut exposed = Vec::new();
        for place in &known.places {
            let mut steps: Vec<Step> = self.kept_step(place)?.into_iter().collect();
            steps.extend(self.route_steps(place)?);
            for step in steps.iter_mut().filter(|_| several) {
                step.at(place.base.as_ref());
            }
            exposed.extend(steps);
        }
        exposed.sort_by_key(|step| step.rung);
        // What was not asked was not asked of any.
        exposed.dedup_by(|one, other| {
            one.verdict == Verdict::Skipped
                && (one.rung, &one.finding) == (other.rung, &other.finding)
        });
        steps.extend(exposed);
        Ok(Ladder::new(self.subject(), steps))
    }

    fn subject(&self) -> String {
        match (&*self.bases, &self.arguments.report, &self.arguments.artifact) {
            ([], Some(report), _) => heard::shown(report),
            ([], None, Some(artifact)) => artifact.to_string(),
            (bases, _, _) => bases.iter().map(Base::to_string).collect::<Vec<_>>().join(" "),
        }
    }

    fn source_step(&mut self) -> Result<Step, Failure> {
        let Some(source) = &mut self.source else {
            return Ok(Step::skipped(Rung::Source, &self.no_source));
        };
        let facts = source.facts(&Scope::default())?;
        let name = source
            .package
            .as_ref()
            .map_or(String::new(), |package| format!("{} {} ", package.name(), package.version()));
        let step = match (&source.commit, &source.head) {
            (Ok(commit), Some(head)) => {
                let branch = head.branch.as_deref().unwrap_or("detached");
                let state = match &facts.changed {
                    Ok(changes) if changes.is_empty() => "clean",
                    Ok(_) => "dirty",
                    Err(_) => "clean or dirty",
                };
                let subject = &head.subject;
                Step::new(
                    Rung::Source,
                    Verdict::Same,
                    format!("{name}at {} ({branch}, {state}) {subject:?}", commit.short()),
                )
            }
            (Ok(commit), None) => {
                Step::new(Rung::Source, Verdict::Same, format!("{name}at exactly {commit}"))
            }
            (Err(why), _) if facts.expected.content.is_some() => {
                Step::new(Rung::Source, Verdict::Same, format!("{name}by content alone"))
                    .note(format!("the commit is unknown: {why}"))
            }
            (Err(why), _) => Step::new(
                Rung::Source,
                Verdict::Unknown,
                format!("source says neither commit nor content: {why}"),
            ),
        };
        let step = match (&facts.changed, &source.commit) {
            (Ok(changes), _) if changes.is_empty() => step,
            (Ok(changes), _) => step.note(format!(
                "the working tree differs from the commit: {}; --commit HEAD expects the commit",
                identity::listed(changes)
            )),
            (Err(why), Ok(_)) if facts.no_content.as_ref() != Some(why) => {
                step.note(format!("whether the working tree differs is unknown: {why}"))
            }
            (Err(_), _) => step,
        };
        Ok(match &facts.no_content {
            Some(why) => step.note(format!("the content is unknown: {why}")),
            None => step,
        })
    }

    /// Whether what was found is held against exactly one commit.
    fn against(&self) -> Against {
        self.source.as_ref().map_or(Against::Source, |source| source.against)
    }
}

/// Finds the source that is expected: what was asked for, or the package of the current directory
/// if it lies in a git repository. With none, says why.
fn source(arguments: &Check) -> Result<(Option<Source>, String), Failure> {
    let read = |directory: &Path| match &arguments.commit {
        Some(revision) => Source::at_revision(directory, revision),
        None => Source::of_tree(directory),
    };
    if let Some(directory) = &arguments.source {
        return read(directory).map(|source| (Some(source), String::new()));
    }
    let current = PathBuf::from(".");
    let why_not_here = match Package::find(&current) {
        Ok(_) => match Repository::around(&current, &Environment::of_process()) {
            Ok(Some(_)) => return read(&current).map(|source| (Some(source), String::new())),
            Ok(None) => "this package is in no git repository".to_owned(),
            Err(error) => error.to_string(),
        },
        Err(_) => "there is no package here".to_owned(),
    };
    let Some(revision) = &arguments.commit else {
        let why = format!("no --source and no --commit was given, and {why_not_here}");
        return Ok((None, why));
    };
    let commit: CommitId = revision.parse().map_err(|error| {
        Failure::new(format!("--commit {revision:?} without --source: {error}; {why_not_here}"))
    })?;
    Ok((Some(Source::of_id(commit)), String::new()))
}

fn headers(given: &[String]) -> Result<Credentials, Failure> {
    let mut headers = Credentials::default();
    for (index, header) in given.iter().enumerate() {
        // Which one, never what it says.
        let refuse = || {
            Failure::new(format!("--header number {} is not of the form 'Name: value'", index + 1))
        };
        let (name, value) = header.split_once(':').ok_or_else(refuse)?;
        let name: HeaderName = name.trim().parse().map_err(|_| refuse())?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| refuse())?;
        value.set_sensitive(true);
        headers.push(name, value);
    }
    Ok(headers)
}
