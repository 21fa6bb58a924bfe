//! An environment of `selfsame.toml`: all its services, asked at the same time.

use std::thread::ScopedJoinHandle;

use selfsame_core::environment::Environment;
use selfsame_core::findings::{Gathered, Outcome, SourceEvidence, judge};

use super::answer::{Answer, Whole};
use super::routes::Route;
use super::{Checked, one};
use crate::args::Check;
use crate::config::{self, Service};
use crate::error::Failure;
use crate::redact::Secrets;

/// Checks each service of the environment. One that cannot be checked is unknown, and not left out.
///
/// # Errors
///
/// If the command line or the file is wrong.
pub(super) fn check(
    arguments: &Check,
    name: &str,
    environment: &Environment,
) -> Result<(Whole, Secrets), Failure> {
    let given =
        [("--source", arguments.source.is_some()), ("--artifact", arguments.artifact.is_some())];
    if let Some((option, _)) = given.iter().find(|(_, given)| *given) {
        return Err(Failure::usage(format!(
            "{option} says what the environment `{name}` says for each service; help: change {}",
            config::FILE
        )));
    }
    let found =
        config::find(name, arguments.config.as_deref(), |text| Route::parse(text).map(drop))?;
    let several = found.services.len() > 1;
    if several && (!arguments.routes.is_empty() || arguments.replicas.is_some()) {
        return Err(Failure::usage(format!(
            "--route and --replicas are of one service; help: name one, as in {}/{}",
            found.name, found.services[0].name
        )));
    }
    let parallel = u16::try_from(found.services.len())
        .map_or(1, |services| arguments.parallel_number().div_ceil(services.max(1)));
    let of = |service: &Service| {
        let mut of = arguments.clone();
        of.urls.clone_from(&service.at);
        of.source = Some(service.source.clone());
        of.artifact.clone_from(&service.artifact);
        of.routes.extend(service.routes.iter().cloned());
        of.replicas = arguments.replicas.or(service.replicas);
        of.token_env = arguments.token_env.clone().or_else(|| found.token_env.clone());
        of.grace = arguments.grace.or(found.grace);
        of.by_content = arguments.commit.is_none();
        of.commit = arguments.commit.clone().or_else(|| found.commit.clone());
        of.set_parallel(parallel);
        of
    };
    let all: Vec<Check> = found.services.iter().map(of).collect();
    let checked: Vec<Result<Checked, Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = all
            .iter()
            .zip(&found.services)
            .map(|(of, service)| scope.spawn(|| one(of, environment, Some(&service.name))))
            .collect();
        threads.into_iter().map(joined).collect()
    });
    let mut whole = Whole { name: Some(found.name), token: None, answers: Vec::new() };
    let mut secrets = Secrets::default();
    for (service, checked) in found.services.into_iter().zip(checked) {
        match checked {
            Ok((answer, token, others)) => {
                whole.token = whole.token.or(token);
                whole.answers.push(answer);
                secrets = secrets.and(others);
            }
            Err(failure) if failure.is_usage() => {
                let name = &service.name;
                return Err(Failure::usage(format!("{name}: {failure}")));
            }
            Err(failure) => whole.answers.push(unknown(service, &failure)),
        }
    }
    Ok((whole, secrets))
}

fn joined(thread: ScopedJoinHandle<'_, Result<Checked, Failure>>) -> Result<Checked, Failure> {
    thread.join().unwrap_or_else(|_| Err(Failure::new("the check of this service panicked")))
}

/// A service of which nothing could be compared, and why.
fn unknown(service: Service, failure: &Failure) -> Answer {
    let mut gathered = Gathered::default();
    gathered.source = SourceEvidence::None(failure.to_string());
    let outcome = Outcome::of(judge(&gathered));
    let mut answer = Answer::new(service.at, outcome, Vec::new(), false);
    answer.service = Some(service.name);
    answer
}
