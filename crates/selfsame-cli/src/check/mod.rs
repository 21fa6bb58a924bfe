//! `selfsame check`: gathers, has it judged, and shows the findings.

mod answer;
mod artifact;
mod ask;
pub(crate) mod captured;
mod cargo_tree;
mod dep_info;
mod equivalence;
mod expect;
mod fleet;
mod probe;
mod progress;
mod routes;
pub(crate) mod served;
mod services;
mod shipped;
mod view;
mod wait;

use std::collections::BTreeMap;
use std::sync::Mutex;

use selfsame_core::environment::Environment;
use selfsame_core::findings::{Gathered, Outcome, Place, Sampling, judge};
use selfsame_core::stamp::Scope;
use selfsame_image::Spec;
use ureq::http::{HeaderName, HeaderValue};

use crate::args::Check;
use crate::config;
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::http_client::Client;
use crate::output::{self, Exit};
use crate::redact::Secrets;
use crate::targets::Target;

use self::answer::{Answer, Whole};
use self::ask::Asker;
use self::expect::Expected;
use self::routes::Route;

pub(crate) use self::view::json_of_failure;

/// The variable whose token is taken without being asked for.
const TOKEN: &str = "SELFSAME_TOKEN";

pub(crate) fn run(arguments: &Check) -> Exit {
    let environment = Environment::of_process();
    let result = match &arguments.urls[..] {
        [name] if config::is_name(name) => services::check(arguments, name, &environment),
        _ => one(arguments, &environment, None).map(|(answer, token, secrets)| {
            (Whole { name: None, token, answers: vec![answer] }, secrets)
        }),
    };
    match result {
        Ok((whole, secrets)) => match view::show(arguments, &environment, &whole, &secrets) {
            Ok(exit) => exit,
            Err(failure) => failed(arguments, &failure),
        },
        Err(failure) => failed(arguments, &failure),
    }
}

/// What one service comes to, the variable whose token was taken without being asked for, and what
/// no output may show.
type Checked = (Answer, Option<&'static str>, Secrets);

/// Checks one service.
fn one(
    arguments: &Check,
    environment: &Environment,
    service: Option<&str>,
) -> Result<Checked, Failure> {
    let mut checker = Checker::new(arguments, environment)?;
    let outcome = match arguments.wait {
        Some(patience) => wait::until_same(&mut checker, patience, arguments.every, service)?,
        None => checker.round()?,
    };
    let mut answer = checker.answer(outcome);
    answer.service = service.map(str::to_owned);
    Ok((answer, checker.token_by_default, checker.secrets))
}

fn failed(arguments: &Check, failure: &Failure) -> Exit {
    let exit = if failure.is_usage() { Exit::Usage } else { Exit::CannotTell };
    if !arguments.quiet {
        view::show_failure(arguments, failure, exit);
    }
    exit
}

/// Everything that the caller gave, read and checked.
struct Checker<'a> {
    arguments: &'a Check,
    client: Client,
    targets: Vec<Target>,
    expected: Expected,
    routes: Vec<Route>,
    token: Credentials,
    /// The variable whose token was taken without being asked for.
    token_by_default: Option<&'static str>,
    credentials: Credentials,
    secrets: Secrets,
    /// How each address was sampled so far: over all rounds of `--wait`.
    samplings: BTreeMap<String, Sampling>,
    /// What was gathered in this round so far.
    gathered: Gathered,
}

impl<'a> Checker<'a> {
    fn new(arguments: &'a Check, environment: &Environment) -> Result<Self, Failure> {
        if arguments.urls.is_empty() && arguments.report.is_none() && arguments.artifact.is_none() {
            return Err(Failure::usage(
                "nothing to check; help: give a URL, --report or --artifact",
            ));
        }
        if arguments.urls.is_empty() && !arguments.routes.is_empty() {
            return Err(Failure::usage(
                "--route asks the service itself; help: give its URL, in place of --report",
            ));
        }
        if !arguments.at.starts_with('/') {
            return Err(Failure::usage(format!("--at {:?} must start with `/`", arguments.at)));
        }
        let variable = |name: &str| {
            let value = environment.get(name).and_then(|value| value.to_str()).map(str::trim);
            value.filter(|value| !value.is_empty())
        };
        let secret = |name: &str| {
            let value = variable(name).ok_or_else(|| {
                Failure::usage(format!(
                    "the environment variable {name} is not set, is empty, or is not text"
                ))
            })?;
            Credentials::bearer(value).map_err(Failure::into_usage)
        };
        let given = |name: &Option<String>| {
            name.as_ref().map_or(Ok(Credentials::default()), |name| secret(name))
        };
        let mut credentials = given(&arguments.bearer_env)?;
        credentials.extend(headers(&arguments.headers)?);
        let routes = arguments.routes.iter().map(|route| Route::parse(route));
        let routes = routes.collect::<Result<Vec<_>, _>>().map_err(Failure::into_usage)?;
        let asks = !arguments.urls.is_empty();
        let token_by_default =
            (arguments.token_env.is_none() && asks && variable(TOKEN).is_some()).then_some(TOKEN);
        let token = match token_by_default {
            Some(name) => secret(name)?,
            None => given(&arguments.token_env)?,
        };
        let ways = arguments.ways();
        let target = |text: &String| Target::parse(text, ways).map_err(Failure::into_usage);
        let targets = arguments.urls.iter().map(target).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            client: Client::new(arguments.request_time()),
            targets,
            secrets: Secrets::of(&[&token, &credentials]),
            token,
            token_by_default,
            arguments,
            expected: Expected::find(arguments)?,
            routes,
            credentials,
            samplings: BTreeMap::new(),
            gathered: Gathered::default(),
        })
    }

    /// What was found, with what was asked.
    fn answer(&self, outcome: Outcome) -> Answer {
        let targets = match (&*self.targets, &self.arguments.report, &self.arguments.artifact) {
            ([], Some(report), _) => vec![captured::shown(report)],
            ([], None, Some(artifact)) => vec![artifact.to_string()],
            (targets, _, _) => targets.iter().map(Target::to_string).collect(),
        };
        let rows = fleet::rows(&self.gathered, &outcome);
        let has_sources = self.targets.iter().any(Target::is_source);
        let mut answer = Answer::new(targets, outcome, rows, has_sources);
        let image = matches!(self.arguments.artifact, Some(Spec::Image(_) | Spec::Container(_)));
        answer.in_containers = image || self.targets.iter().any(Target::is_of_containers);
        answer
    }

    /// What a server sent may hold what it was sent, and any amount of it.
    fn clean(&self, text: &str) -> String {
        output::clipped(&self.secrets.hide(text))
    }

    /// Gathers once, and judges.
    fn round(&mut self) -> Result<Outcome, Failure> {
        let gathered = self.gather();
        match gathered {
            Ok(()) => Ok(Outcome::of(judge(&self.gathered))),
            Err(failure) => Err(failure.cleaned(|text| self.clean(text))),
        }
    }

    fn gather(&mut self) -> Result<(), Failure> {
        self.gathered = Gathered::default();
        self.gathered.replicas = self.arguments.replicas.map(usize::from);
        self.gathered.token = !self.token.is_empty();
        self.gathered.credentials = !self.credentials.is_empty();
        self.gathered.routes_asked = !self.routes.is_empty();
        let artifact = self.arguments.artifact.as_ref();
        self.gathered.artifact_name = artifact.map_or(String::new(), ToString::to_string);
        // What source is called decides which stamp of an artifact counts.
        self.expected.expectation(&Scope::default(), None);
        self.gathered.artifact = self.read_artifact()?;
        let mut name = self.artifact_name();
        let ways = self.arguments.ways();
        let (mut replicas, mut keep) = (Vec::new(), Vec::new());
        for target in &self.targets {
            let resolved = target.replicas(self.gathered.fleets.len(), ways);
            replicas.extend(resolved.replicas);
            self.gathered.fleets.extend(resolved.fleet);
            keep.extend(resolved.keep);
        }
        let asker = Asker {
            arguments: self.arguments,
            client: &self.client,
            token: &self.token,
            credentials: &self.credentials,
            routes: &self.routes,
            gathered: &self.gathered,
            expected: Mutex::new(&mut self.expected),
            samplings: Mutex::new(&mut self.samplings),
        };
        let mut places = Vec::new();
        if let Some(path) = &self.arguments.report {
            places.push(match captured::read(path, self.arguments.request_time()) {
                Ok(captured) => asker.captured_place(captured)?,
                Err(failure) => Place::unavailable(None, failure.to_string()),
            });
        }
        places.extend(asker.places(&replicas)?);
        drop(keep);
        self.gathered.places = places;
        let seen = self.gathered.places.iter().find_map(|place| place.instances.first());
        name = name.or_else(|| seen.map(|one| one.report.name.clone()));
        self.gathered.source = self.expected.evidence(name.as_deref());
        Ok(())
    }

    fn artifact_name(&self) -> Option<String> {
        let artifact = self.gathered.artifact.as_ref()?.as_ref().ok()?;
        Some(artifact.stamp.facts().name.clone())
    }
}

fn headers(given: &[String]) -> Result<Credentials, Failure> {
    let mut headers = Credentials::default();
    for (index, header) in given.iter().enumerate() {
        // Which one, never what it says.
        let refuse = || {
            Failure::usage(format!(
                "--header number {} is not of the form 'Name: value'",
                index + 1
            ))
        };
        let (name, value) = header.split_once(':').ok_or_else(refuse)?;
        let name: HeaderName = name.trim().parse().map_err(|_| refuse())?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| refuse())?;
        value.set_sensitive(true);
        headers.push(name, value);
    }
    Ok(headers)
}
