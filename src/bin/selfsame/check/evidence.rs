//! How status codes are read. A code is evidence, never proof: what it means depends on what the
//! process says of its routes, and on what a path that does not exist answers.

use selfsame::compare::Verdict;
use ureq::http::StatusCode;

use super::route::Route;
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

impl Outside {
    /// What was answered, with what a path beside it answers that does not exist.
    fn answered(&self) -> Option<(&Answer, Option<&Answer>)> {
        match self {
            Self::Answered { answer, nonsense } => Some((answer, nonsense.as_ref())),
            Self::NotAsked | Self::Failed(_) => None,
        }
    }

    /// Whether it answered with success, and otherwise than a path that does not exist.
    fn is_success_of_its_own(&self) -> bool {
        self.answered().is_some_and(|(answer, nonsense)| {
            class(answer.status) == Class::Success && beside(answer, nonsense) == Beside::Differs
        })
    }
}

/// How an answer stands to that of a path beside it that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// To the byte the same page.
    SamePage,
    /// The same status, and a page or none.
    Alike,
    Differs,
    /// The path beside it could not be asked.
    Unknown,
}

fn beside(answer: &Answer, nonsense: Option<&Answer>) -> Beside {
    let Some(nonsense) = nonsense else { return Beside::Unknown };
    if answer.status != nonsense.status || answer.is_html != nonsense.is_html {
        Beside::Differs
    } else if answer.is_html && answer.body.is_some() && answer.body == nonsense.body {
        Beside::SamePage
    } else {
        Beside::Alike
    }
}

/// Rung 4, without credentials: is the route there? `authenticated` is what it answers with them,
/// where they were given.
pub(super) fn exposed(
    route: &Route,
    inside: &Inside,
    outside: &Outside,
    authenticated: Option<&Outside>,
    running: Option<Verdict>,
) -> Step {
    let step = |verdict, finding: &str| step(Rung::Route, verdict, route, finding);
    let (answer, nonsense) = match outside {
        Outside::Answered { answer, nonsense } => (answer, nonsense.as_ref()),
        Outside::Failed(why) => return step(Verdict::Unknown, why),
        Outside::NotAsked => return not_sent(route, inside, running),
    };
    let beside = beside(answer, nonsense);
    let exposed = match inside {
        Inside::Mounted(_) => {
            let opens = authenticated.is_some_and(Outside::is_success_of_its_own);
            mounted(route, answer, beside, opens)
        }
        Inside::OtherMethods(listed) => {
            let finding = format!("{}, mounted with other methods: {listed}", answer.status);
            if class(answer.status) == Class::Success {
                step(Verdict::Unknown, &finding).next(ADDED_LATER)
            } else {
                step(Verdict::Drift, &finding)
            }
        }
        Inside::NotMounted => {
            let late = authenticated.is_some_and(Outside::is_success_of_its_own);
            not_mounted(route, answer, beside, late, running)
        }
        Inside::Unknown(why) => {
            unlisted(route, answer, beside, running).note(format!("the routes are unknown: {why}"))
        }
    };
    match (inside, exposed.verdict) {
        // The inventory says so as well.
        (Inside::Mounted(_), Verdict::Same)
        | (Inside::NotMounted | Inside::OtherMethods(_), Verdict::Drift) => exposed,
        _ => unproven(exposed, answer),
    }
}

/// A stored answer tells what was, and not what the route answers now.
fn unproven(mut step: Step, answer: &Answer) -> Step {
    let (Some(stored), Verdict::Same | Verdict::Drift) = (&answer.stored, step.verdict) else {
        return step;
    };
    step.verdict = Verdict::Unknown;
    step.note(format!("it is a stored answer ({stored})"))
        .next("ask the process past the cache, at an address of its own")
}

/// Rung 4 for a method that is not sent: the inventory alone tells.
fn not_sent(route: &Route, inside: &Inside, running: Option<Verdict>) -> Step {
    let step = |verdict, finding: &str| step(Rung::Route, verdict, route, finding);
    match inside {
        Inside::Mounted(listed) => step(Verdict::Same, &format!("mounted ({listed}), not sent")),
        Inside::OtherMethods(listed) => {
            step(Verdict::Drift, &format!("mounted with other methods: {listed}"))
        }
        Inside::NotMounted => step(Verdict::Drift, NOT_MOUNTED).next(merge(running)),
        Inside::Unknown(why) => {
            step(Verdict::Unknown, &format!("not sent, and the routes are unknown: {why}"))
                .next("give a token, so that the inventory can tell, or --send-unsafe")
        }
    }
}

/// Rung 4 where the inventory has the route. `opens` says that it answers with credentials.
fn mounted(route: &Route, answer: &Answer, beside: Beside, opens: bool) -> Step {
    let status = answer.status;
    let step =
        |verdict, words: &str| step(Rung::Route, verdict, route, &format!("{status}{words}"));
    match class(status) {
        Class::Success if beside == Beside::SamePage => {
            step(Verdict::Unknown, ", the very page that a path beside it answers").next(
                "a single-page app's fallback, or something in front of the router, answers \
                 everything: ask the process directly",
            )
        }
        Class::Success => step(Verdict::Same, ", mounted"),
        Class::WantsCredentials => {
            step(Verdict::Same, ", mounted").note("it is there and wants credentials")
        }
        Class::Redirect => step(Verdict::Same, ", mounted").note(redirect(answer)),
        Class::Refused if beside == Beside::Differs => step(Verdict::Same, ", mounted")
            .note("it is there and wants another request: a parameter, a header or a body"),
        Class::NotFound if opens => step(Verdict::Same, ", mounted")
            .note("it says so to who has no credentials, and answers with them"),
        Class::NotFound => step(Verdict::Unknown, " though the route is mounted").next(
            "its handler answers so (is the record there?), or a proxy does not pass the path on: \
             ask the process directly",
        ),
        Class::Proxy => step(Verdict::Unknown, ", from a proxy or an overloaded service")
            .next("ask the process directly, and look at the proxy's log"),
        Class::Failure => step(Verdict::Drift, ": it is mounted and fails").next(LOOK_AT_LOG),
        Class::WrongMethod | Class::Refused | Class::Other => {
            step(Verdict::Unknown, " though the route is mounted")
                .next("something in front of the router answers: ask the process directly")
        }
    }
}

/// Rung 4 where the inventory lacks the route. It is drift only if nothing answers there: the
/// inventory is as old as the call that made it.
fn not_mounted(
    route: &Route,
    answer: &Answer,
    beside: Beside,
    late: bool,
    running: Option<Verdict>,
) -> Step {
    let status = answer.status;
    let step =
        |verdict, words: &str| step(Rung::Route, verdict, route, &format!("{status}, {words}"));
    if late {
        return step(Verdict::Unknown, "the inventory lacks it, and with credentials it answers")
            .next(ADDED_LATER);
    }
    match (class(status), beside) {
        (Class::NotFound, _) => step(Verdict::Drift, NOT_MOUNTED).next(merge(running)),
        (class, Beside::Alike | Beside::SamePage) => step(Verdict::Drift, NOT_MOUNTED)
            .note(match class {
                Class::Success => "a single-page app's fallback answers every path so",
                Class::WantsCredentials => {
                    "an auth layer around the router says so for paths that do not exist, too"
                }
                _ => "a path beside it that does not exist answers the same",
            })
            .next(merge(running)),
        (_, Beside::Differs | Beside::Unknown) => {
            step(Verdict::Unknown, "and the inventory lacks it").next(ADDED_LATER)
        }
    }
}

/// Rung 4 where the inventory does not tell.
fn unlisted(route: &Route, answer: &Answer, beside: Beside, running: Option<Verdict>) -> Step {
    let status = answer.status;
    let step =
        |verdict, words: &str| step(Rung::Route, verdict, route, &format!("{status}{words}"));
    let class = class(status);
    match (class, beside) {
        (Class::NotFound, _) => {
            let step = step(Verdict::Unknown, ": it is not there, or its handler says so");
            match running {
                Some(Verdict::Drift) => step.next(merge(running)),
                _ => step.next("give --token-env, so that the inventory tells which"),
            }
        }
        (_, Beside::Unknown) => {
            step(Verdict::Unknown, ", and a path beside it could not be asked, to compare")
        }
        (_, Beside::Alike | Beside::SamePage) => {
            step(Verdict::Unknown, ", and so answers a path beside it that does not exist").next(
                match class {
                    Class::Success if answer.is_html => {
                        "a single-page app's fallback answers everything: give --token-env"
                    }
                    Class::Success => "one handler answers every path there: give --token-env",
                    Class::WantsCredentials => {
                        "an auth layer around the whole router answers: authenticate \
                         (--bearer-env), or give --token-env"
                    }
                    Class::Redirect => "everything is redirected: check what it leads to",
                    _ => "something in front of the routes answers: ask the process directly",
                },
            )
        }
        (Class::Success, Beside::Differs) if answer.is_html => {
            step(Verdict::Same, ", and it is a page")
        }
        (Class::Success, Beside::Differs) => step(Verdict::Same, ""),
        (Class::WantsCredentials, Beside::Differs) => {
            step(Verdict::Same, ", it is there and wants credentials")
        }
        // A server of files answers 405 to every POST; what a GET beside it answers tells nothing.
        (Class::WrongMethod, Beside::Differs) if route.is_safe() => {
            step(Verdict::Drift, ", the path is there with other methods")
        }
        (Class::Redirect, Beside::Differs) => {
            step(Verdict::Unknown, "").note(redirect(answer)).next("check what it leads to")
        }
        (Class::Failure, Beside::Differs) => {
            step(Verdict::Unknown, ", something is there and fails").next(LOOK_AT_LOG)
        }
        (Class::Refused, Beside::Differs) => step(Verdict::Unknown, ", something is there")
            .next("it wants another request: a parameter, a header or a body"),
        (Class::WrongMethod | Class::Proxy | Class::Other, Beside::Differs) => {
            step(Verdict::Unknown, "").next("give --token-env, so that the inventory can tell")
        }
    }
}

/// Rung 5, with credentials: does it work?
pub(super) fn authenticated(route: &Route, inside: &Inside, outside: &Outside) -> Step {
    let step = |verdict, finding: &str| step(Rung::Auth, verdict, route, finding);
    let (answer, nonsense) = match outside {
        Outside::Answered { answer, nonsense } => (answer, nonsense.as_ref()),
        Outside::Failed(why) => return step(Verdict::Unknown, why),
        Outside::NotAsked => {
            return step(Verdict::Skipped, "not sent, since it may change something")
                .next("--send-unsafe sends it");
        }
    };
    let beside = beside(answer, nonsense);
    let is_mounted = matches!(inside, Inside::Mounted(_));
    let is_refused = matches!(inside, Inside::NotMounted | Inside::OtherMethods(_));
    // Whether the answer is that of the route, and not of something that answers everything.
    let is_its_own = match beside {
        Beside::SamePage => false,
        Beside::Alike | Beside::Unknown => is_mounted,
        Beside::Differs => true,
    };
    let with =
        |verdict, words: &str| step(verdict, &format!("{} with credentials{words}", answer.status));
    let authenticated = match class(answer.status) {
        Class::Success if is_its_own => with(Verdict::Same, ""),
        Class::Success => with(Verdict::Unknown, ", which is no answer of this route alone").next(
            "a fallback or something in front of the router answers everything: ask the \
                 process directly",
        ),
        Class::WantsCredentials => with(Verdict::Unknown, ": they open nothing").next(
            "the credentials are wrong, expired or not allowed this, or the service's check of \
             them fails",
        ),
        Class::NotFound | Class::WrongMethod if is_refused => with(Verdict::Drift, ""),
        Class::NotFound if is_mounted => with(Verdict::Unknown, ", though it is mounted")
            .next("its handler answers so: is the record there?"),
        Class::NotFound => with(Verdict::Unknown, ": it is not there, or its handler says so")
            .next("give --token-env, so that the inventory tells which"),
        Class::Failure if is_its_own => with(Verdict::Drift, "").next(LOOK_AT_LOG),
        Class::Failure => with(Verdict::Unknown, ", as a path beside it").next(LOOK_AT_LOG),
        Class::Refused => with(Verdict::Unknown, "")
            .next("it wants another request: a parameter, a header or a body"),
        Class::Redirect => with(Verdict::Unknown, "").note(redirect(answer)),
        Class::WrongMethod | Class::Proxy | Class::Other => with(Verdict::Unknown, "")
            .next("something in front of the router answers: ask the process directly"),
    };
    unproven(authenticated, answer)
}

const NOT_MOUNTED: &str = "the route is not mounted";

const ADDED_LATER: &str = "routes were added after selfsame, so call .selfsame(…) last; or a proxy \
                           sends this path elsewhere";

const LOOK_AT_LOG: &str = "look at the log: code, configuration or a migration";

/// What to do about a route that is not there, given what runs.
pub(super) fn merge(running: Option<Verdict>) -> &'static str {
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

fn step(rung: Rung, verdict: Verdict, route: &Route, finding: &str) -> Step {
    Step::new(rung, verdict, format!("{route}: {finding}"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Success,
    Redirect,
    WantsCredentials,
    NotFound,
    WrongMethod,
    /// The request as it was sent is not what the handler takes.
    Refused,
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
        400 | 406 | 409 | 411..=415 | 422 | 428 => Class::Refused,
        502..=504 => Class::Proxy,
        500..=599 => Class::Failure,
        _ => Class::Other,
    }
}
