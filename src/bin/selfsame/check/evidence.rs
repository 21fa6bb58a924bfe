//! How status codes are read. A code is evidence, never proof: what it means depends on what the
//! process says of its routes, and on what a path that does not exist answers.

use selfsame::compare::Verdict;
use ureq::http::StatusCode;

use super::route::step;
use crate::client::Answer;
use crate::ladder::{Rung, Step};

/// What the process says of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inside {
    /// It is mounted, as this.
    Mounted(String),
    /// The path is mounted with other methods, as this.
    OtherMethods(String),
    /// It is not mounted.
    NotMounted,
    /// Nobody knows, and why.
    Unknown(String),
}

/// What the route answers from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outside {
    /// It was not asked, since the method may change something.
    NotAsked,
    /// It could not be asked.
    Failed(String),
    /// It answered.
    Answered {
        answer: Answer,
        /// What a path beside it answers that does not exist.
        nonsense: Option<Answer>,
    },
}

/// Rung 4, without credentials: is the route there?
pub(super) fn exposed(
    route: &str,
    inside: &Inside,
    outside: &Outside,
    running: Option<Verdict>,
) -> Step {
    let step = |verdict, finding: &str| step(Rung::Route, verdict, route, finding);
    let (answer, nonsense) = match outside {
        Outside::Answered { answer, nonsense } => (answer, nonsense.as_ref()),
        Outside::Failed(why) => return step(Verdict::Unknown, why),
        Outside::NotAsked => {
            return match inside {
                Inside::Mounted(listed) => {
                    step(Verdict::Same, &format!("mounted ({listed}), not sent"))
                }
                Inside::OtherMethods(listed) => {
                    step(Verdict::Drift, &format!("mounted with other methods: {listed}"))
                }
                Inside::NotMounted => step(Verdict::Drift, NOT_MOUNTED).next(merge(running)),
                Inside::Unknown(why) => {
                    step(Verdict::Unknown, &format!("not sent, and the routes are unknown: {why}"))
                        .next("give a token, so that the inventory can tell, or --send-unsafe")
                }
            };
        }
    };
    let status = answer.status;
    let like_nonsense = nonsense.is_some_and(|nonsense| nonsense.status == status);
    match (inside, class(status)) {
        (Inside::Mounted(_), Class::Success | Class::WantsCredentials | Class::Redirect) => {
            let step = step(Verdict::Same, &format!("{status}, mounted"));
            match class(status) {
                Class::WantsCredentials => step.note("it is there and wants credentials"),
                Class::Redirect => step.note(redirect(answer)),
                _ => step,
            }
        }
        (Inside::Mounted(_), Class::NotFound) => {
            step(Verdict::Unknown, &format!("{status} though the route is mounted")).next(
                "its handler answers 404 (is the record there?), or a proxy does not pass the path \
                 on: ask the process directly",
            )
        }
        (Inside::Mounted(_), Class::Proxy) => {
            step(Verdict::Unknown, &format!("{status}, from a proxy or an overloaded service"))
        }
        (Inside::Mounted(_), Class::Failure) => {
            step(Verdict::Drift, &format!("{status}: it is mounted and fails"))
                .next("look at the log: code, configuration or a migration")
        }
        (Inside::Mounted(_), _) => {
            step(Verdict::Unknown, &format!("{status} though the route is mounted"))
                .next("something in front of the router answers: ask the process directly")
        }
        (Inside::OtherMethods(listed), _) => {
            step(Verdict::Drift, &format!("{status}, mounted with other methods: {listed}"))
        }
        (Inside::NotMounted, Class::Success | Class::WrongMethod) if !like_nonsense => {
            step(Verdict::Unknown, &format!("{status}, and the inventory lacks it"))
                .next("routes were added after selfsame: call .selfsame(…) last")
        }
        (Inside::NotMounted, Class::WantsCredentials) => {
            step(Verdict::Drift, &format!("{status}, and {NOT_MOUNTED}"))
                .note("an auth layer around the router says so for paths that do not exist, too")
                .next(merge(running))
        }
        (Inside::NotMounted, _) => {
            step(Verdict::Drift, &format!("{status}, {NOT_MOUNTED}")).next(merge(running))
        }
        (Inside::Unknown(why), class) => unlisted(
            step(Verdict::Unknown, &format!("{status}")),
            class,
            answer,
            like_nonsense,
            why,
            running,
        ),
    }
}

/// Rung 4 where the inventory does not tell.
fn unlisted(
    step: Step,
    class: Class,
    answer: &Answer,
    like_nonsense: bool,
    why: &str,
    running: Option<Verdict>,
) -> Step {
    let unknown = format!("the routes are unknown: {why}");
    let with = |mut step: Step, verdict, words: &str| {
        step.verdict = verdict;
        step.finding = format!("{}{words}", step.finding);
        step
    };
    match class {
        Class::NotFound => {
            with(step, Verdict::Drift, ", it is not there").next(merge(running)).note(unknown)
        }
        _ if like_nonsense => {
            with(step, Verdict::Unknown, ", and so answers a path beside it that does not exist")
                .next(match class {
                    Class::Success => "a single-page app's fallback answers everything",
                    _ => "a layer around the whole router answers: authenticate, or give a token",
                })
                .note(unknown)
        }
        Class::Success if answer.is_html => {
            with(step, Verdict::Same, ", and it is a page").note(unknown)
        }
        Class::Success => with(step, Verdict::Same, ""),
        Class::WantsCredentials => with(step, Verdict::Same, ", it is there and wants credentials"),
        Class::WrongMethod => with(step, Verdict::Drift, ", the path is there with other methods"),
        Class::Redirect => step.note(redirect(answer)).note(unknown),
        Class::Failure | Class::Proxy | Class::Other => step.note(unknown),
    }
}

/// Rung 5, with credentials: does it work?
pub(super) fn authenticated(route: &str, inside: &Inside, outside: &Outside) -> Step {
    let step = |verdict, finding: &str| step(Rung::Auth, verdict, route, finding);
    let answer = match outside {
        Outside::Answered { answer, .. } => answer,
        Outside::Failed(why) => return step(Verdict::Unknown, why),
        Outside::NotAsked => {
            return step(Verdict::Unknown, "not sent, since it may change something")
                .next("--send-unsafe sends it");
        }
    };
    let status = answer.status;
    match class(status) {
        Class::Success => step(Verdict::Same, &format!("{status} with credentials")),
        Class::WantsCredentials => {
            step(Verdict::Drift, &format!("{status} though credentials were sent"))
                .next("the credentials are wrong or not allowed this, or the check of them fails")
        }
        Class::NotFound if matches!(inside, Inside::Mounted(_)) => {
            step(Verdict::Unknown, &format!("{status} with credentials, though it is mounted"))
                .next("its handler answers 404: is the record there?")
        }
        Class::NotFound | Class::WrongMethod => {
            step(Verdict::Drift, &format!("{status} with credentials"))
        }
        Class::Failure => step(Verdict::Drift, &format!("{status} with credentials"))
            .next("look at the log: code, configuration or a migration"),
        Class::Redirect => {
            step(Verdict::Unknown, &format!("{status} with credentials")).note(redirect(answer))
        }
        Class::Proxy | Class::Other => {
            step(Verdict::Unknown, &format!("{status} with credentials"))
        }
    }
}

const NOT_MOUNTED: &str = "the route is not mounted";

/// What to do about a route that is not there, given what runs.
fn merge(running: Option<Verdict>) -> &'static str {
    match running {
        Some(Verdict::Same) => {
            "the code runs and the route is missing: is the module's router merged into the app?"
        }
        Some(Verdict::Drift) => {
            "the running process is not what source says, so it cannot have it: see rung 3"
        }
        _ => "is the module in what runs (--source, --artifact), and its router merged?",
    }
}

fn redirect(answer: &Answer) -> String {
    match &answer.location {
        Some(to) => format!("it redirects to {to}, which was not followed"),
        None => "it redirects to nowhere".to_owned(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Success,
    Redirect,
    WantsCredentials,
    NotFound,
    WrongMethod,
    /// The service failed.
    Failure,
    /// Something in front of the service failed to reach it, or the service is overloaded.
    Proxy,
    Other,
}

fn class(status: StatusCode) -> Class {
    match status.as_u16() {
        200..=299 => Class::Success,
        300..=399 => Class::Redirect,
        401 | 403 => Class::WantsCredentials,
        404 | 410 => Class::NotFound,
        405 => Class::WrongMethod,
        502..=504 => Class::Proxy,
        500..=599 => Class::Failure,
        _ => Class::Other,
    }
}
