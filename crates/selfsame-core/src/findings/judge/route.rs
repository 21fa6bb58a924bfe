//! Rungs 4 and 5. A status code is evidence, never a proof: what it means depends on what the
//! process says of its routes, and on what paths answer that do not exist.

use super::not_compared;
use crate::compare::Verdict;
use crate::findings::english::remedies;
use crate::findings::{
    Advice, Code, Finding, Gathered, Inside, Outside, Place, Response, RouteEvidence, RouteList,
    RouteProbe, Rung, Side, Subject,
};
use crate::report::Level;
use crate::routes::ListComparison;

pub(super) fn judge(gathered: &Gathered, place: &Place, running: Verdict) -> Vec<Finding> {
    let address = place.address.as_ref();
    let mut findings: Vec<Finding> = place.list.iter().map(|list| kept(list, running)).collect();
    let report = place.instances.iter().find(|one| !one.stored).map(|one| &one.report);
    if let Some(counts) = report.and_then(|report| report.counts.as_ref())
        && counts.routes.is_some_and(|routes| routes.missing > 0)
        && place.list.is_none()
    {
        findings.push(
            Finding::new(Code::RouteListDiffers, Rung::Route, Verdict::Unknown, Subject::Process)
                .because("the level hides which; routes that were added later count as missing")
                .with(|evidence| evidence.path = Some("the list of routes".to_owned()))
                .advise(Advice::Filled(remedies::TOKEN)),
        );
    }
    let hidden = report.is_some_and(|report| report.level < Level::Full) && !gathered.token;
    let light = Light { running, hidden };
    for probe in &place.routes {
        findings.push(light.exposed(probe));
        findings.extend(probe.authenticated.as_ref().map(|with| light.authenticated(probe, with)));
    }
    let is_asked = !place.routes.is_empty();
    if is_asked && !gathered.credentials {
        let what = "routes with credentials";
        findings.push(not_compared(Rung::Auth, Subject::Process, what, "none were given"));
    }
    findings.into_iter().map(|finding| finding.at(address)).collect()
}

/// The list of routes that is kept in source.
fn kept(list: &RouteList, running: Verdict) -> Finding {
    let finding = |code, verdict| {
        Finding::new(code, Rung::Route, verdict, Subject::Process)
            .with(|evidence| evidence.path = Some(list.path.clone()))
    };
    let unknown = |why: &str| finding(Code::RouteListUnknown, Verdict::Unknown).because(why);
    let difference = match &list.comparison {
        Err(why) | Ok(ListComparison::Unavailable(why)) => return unknown(why),
        Ok(ListComparison::Compared(difference)) => difference,
    };
    if difference.is_empty() {
        return finding(Code::RouteListEqual, Verdict::Same);
    }
    let late = list.answer.first();
    let verdict = if late.is_some() { Verdict::Unknown } else { Verdict::Drift };
    let advice = match running {
        _ if late.is_some() => Advice::Filled("call .selfsame(…) last"),
        Verdict::Drift => Advice::Filled(remedies::RUN_FIRST),
        _ => Advice::OfCode,
    };
    let late = late.map_or(String::new(), |route| format!("{route} is not listed, and answers"));
    finding(Code::RouteListDiffers, verdict).because(late).advise(advice).with(|evidence| {
        evidence.route = Some(RouteEvidence {
            missing: difference.missing().to_vec(),
            unexpected: difference.unexpected().to_vec(),
            ..RouteEvidence::default()
        });
    })
}

/// The classes of status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Success,
    Redirect,
    Credentials,
    NotFound,
    Method,
    /// The request is not what the handler takes.
    Input,
    /// The service failed.
    Failure,
    /// Something in front of the service failed to reach it, or the service is overloaded.
    Proxy,
    Other,
}

fn class(status: u16) -> Class {
    match status {
        200..=299 => Class::Success,
        300..=399 => Class::Redirect,
        401 | 403 => Class::Credentials,
        404 | 410 => Class::NotFound,
        405 => Class::Method,
        400 | 406 | 409 | 411..=415 | 422 | 428 => Class::Input,
        502..=504 => Class::Proxy,
        500..=599 => Class::Failure,
        _ => Class::Other,
    }
}

/// How an answer compares with those of paths that do not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Like {
    /// The same page, to the byte.
    SamePage,
    /// The same status, and the bodies do not differ in a way that counts.
    Alike,
    Differs,
    /// No path that does not exist answered, or they do not agree.
    Unknown,
}

fn like(answer: &Response, nonsense: &[Response]) -> Like {
    let Some(first) = nonsense.first() else { return Like::Unknown };
    let kind = |response: &Response| (response.status, response.is_html);
    if nonsense.iter().any(|other| kind(other) != kind(first)) {
        return Like::Unknown;
    }
    if kind(answer) != kind(first) {
        return Like::Differs;
    }
    // Bodies that agree for two paths are that of every path; bodies that differ name the path.
    let agree = first.body.is_some() && nonsense.iter().all(|other| other.body == first.body);
    match (agree, answer.body == first.body) {
        (true, true) if answer.is_html => Like::SamePage,
        (true, false) if nonsense.len() > 1 && answer.body.is_some() => Like::Differs,
        _ => Like::Alike,
    }
}

/// Whether a route answered with success, and otherwise than a path that does not exist.
fn opens(outside: &Outside) -> bool {
    matches!(outside, Outside::Answered { answer, nonsense }
        if class(answer.status) == Class::Success && like(answer, nonsense) == Like::Differs)
}

/// Whether a route answers with credentials as a path that does not exist.
fn is_nowhere(outside: &Outside) -> bool {
    matches!(outside, Outside::Answered { answer, nonsense }
        if class(answer.status) != Class::Credentials
            && matches!(like(answer, nonsense), Like::Alike | Like::SamePage))
}

/// Whether a segment of a path is a word and not an identifier, so that it may be meant as a route
/// of its own.
fn is_word(segment: &str) -> bool {
    segment.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !segment.bytes().any(|byte| byte.is_ascii_digit() || byte == b'%')
}

/// The pattern, if a parameter of it takes the place of a word of the path.
fn swallows(listed: &str, path: &str) -> Option<String> {
    let pattern = listed.rsplit(' ').next().unwrap_or(listed);
    if pattern == path {
        return None;
    }
    let mut words = path.split('/');
    for part in pattern.split('/') {
        let word = words.next().unwrap_or_default();
        let is_parameter = part.contains('{');
        if part.starts_with("{*") {
            let rest = std::iter::once(word).chain(words.by_ref());
            return rest.into_iter().any(is_word).then(|| pattern.to_owned());
        }
        if is_parameter && is_word(word) {
            return Some(pattern.to_owned());
        }
    }
    None
}

/// What rungs 4 and 5 are judged in the light of.
#[derive(Debug, Clone, Copy)]
struct Light {
    running: Verdict,
    /// Whether a token would show the inventory.
    hidden: bool,
}

impl Light {
    fn finding(self, rung: Rung, probe: &RouteProbe, code: Code, verdict: Verdict) -> Finding {
        let route = Side::Route { method: probe.method.clone(), path: probe.path.clone() };
        let finding = Finding::new(code, rung, verdict, Subject::Route(probe.route()));
        finding.sides(Some(route), None).advise(match code {
            Code::RouteNotMounted | Code::RouteMethodNotMounted => {
                Advice::Filled(match self.running {
                    Verdict::Same => remedies::MERGE,
                    Verdict::Drift => remedies::RUN_FIRST,
                    _ => remedies::MERGE_OR_DEPLOY,
                })
            }
            Code::RouteNotFound
            | Code::RouteLikeNonsense
            | Code::RouteNotSent
            | Code::AuthNotFound => Advice::Filled(match (self.hidden, self.running) {
                (_, Verdict::Drift) => remedies::RUN_FIRST,
                (true, _) => remedies::TOKEN,
                (false, _) => remedies::NO_INVENTORY,
            }),
            _ => Advice::OfCode,
        })
    }

    /// Rung 4, without credentials: is the route there?
    fn exposed(self, probe: &RouteProbe) -> Finding {
        let of = |code, verdict| self.finding(Rung::Route, probe, code, verdict);
        let (answer, nonsense) = match &probe.outside {
            Outside::Answered { answer, nonsense } => (answer, &nonsense[..]),
            Outside::Failed(why) => {
                return of(Code::RouteUnreachable, Verdict::Unknown)
                    .because(why.as_str())
                    .advise(Advice::Elsewhere);
            }
            Outside::NotSent(get) => return self.not_sent(probe, get.as_deref(), None),
            Outside::IsPattern => {
                let why = "the path is a pattern: give a concrete path";
                return self.not_sent(probe, None, Some(why));
            }
        };
        let like = like(answer, nonsense);
        let class = class(answer.status);
        let with = probe.authenticated.as_ref();
        let (code, verdict, pattern) = match &probe.inside {
            Inside::Mounted(listed) => {
                let swallowed = swallows(listed, &probe.path);
                let (code, verdict) = match &swallowed {
                    Some(_) => (Code::RouteMatchedByParameter, Verdict::Unknown),
                    None => mounted(class, like, with.is_some_and(opens)),
                };
                (code, verdict, swallowed.or_else(|| Some(listed.clone())))
            }
            Inside::OtherMethods(listed) if class == Class::Success => {
                (Code::RouteAddedLater, Verdict::Unknown, Some(listed.clone()))
            }
            Inside::OtherMethods(listed) => {
                (Code::RouteMethodNotMounted, Verdict::Drift, Some(listed.clone()))
            }
            Inside::NotMounted | Inside::Fallback => {
                let (code, verdict) = absent(class, like, with);
                (code, verdict, None)
            }
            Inside::Opaque(listed) => {
                let (code, verdict) = match unlisted(class, like, true) {
                    (_, Verdict::Drift | Verdict::Unknown) => {
                        (Code::RouteBelowOpaqueService, Verdict::Unknown)
                    }
                    same => same,
                };
                (code, verdict, Some(listed.clone()))
            }
            Inside::Unknown(_) => {
                let is_safe = ["GET", "HEAD"].contains(&probe.method.as_str());
                let (code, verdict) = unlisted(class, like, is_safe);
                (code, verdict, None)
            }
        };
        // The inventory proves what a stored answer does not.
        let is_proven = matches!(
            (&probe.inside, verdict),
            (Inside::Mounted(_), Verdict::Same)
                | (Inside::NotMounted | Inside::Fallback | Inside::OtherMethods(_), Verdict::Drift)
        );
        let is_stored = answer.cached.is_some()
            && !is_proven
            && matches!(verdict, Verdict::Same | Verdict::Drift);
        let found = if is_stored {
            of(Code::RouteResponseCached, Verdict::Unknown)
        } else {
            of(code, verdict)
        };
        let reason = match &probe.inside {
            Inside::Unknown(why) => why.clone(),
            Inside::Fallback if verdict != Verdict::Drift => {
                "only a fallback is listed for it".to_owned()
            }
            _ => String::new(),
        };
        let reason = if is_stored { answer.cached.clone().unwrap_or_default() } else { reason };
        answered(found, answer).because(reason).with(|evidence| {
            if let Some(route) = &mut evidence.route {
                route.pattern = pattern;
            }
        })
    }

    /// A method or a path that is not sent: the inventory decides, as far as nothing was added to the
    /// router after it was read. `get` is what the path answers to GET.
    fn not_sent(self, probe: &RouteProbe, get: Option<&Outside>, why: Option<&str>) -> Finding {
        let of = |code, verdict| self.finding(Rung::Route, probe, code, verdict);
        let patterned = |finding: Finding, pattern: &str| {
            finding.with(|evidence| {
                evidence.route = Some(RouteEvidence {
                    pattern: Some(pattern.to_owned()),
                    ..RouteEvidence::default()
                });
            })
        };
        match &probe.inside {
            Inside::Mounted(listed) => match swallows(listed, &probe.path) {
                Some(pattern) => {
                    patterned(of(Code::RouteMatchedByParameter, Verdict::Unknown), &pattern)
                }
                None => patterned(of(Code::RouteMounted, Verdict::Same), listed),
            },
            // A pattern is not a request, so the inventory decides.
            Inside::OtherMethods(listed) if why.is_some() => {
                patterned(of(Code::RouteMethodNotMounted, Verdict::Drift), listed)
            }
            Inside::NotMounted if why.is_some() => of(Code::RouteNotMounted, Verdict::Drift),
            Inside::OtherMethods(listed) => {
                patterned(of(Code::RouteNotSent, Verdict::Unknown), listed)
                    .because("the inventory has the path with other methods, as of the call")
                    .advise(Advice::Filled(remedies::SEND))
            }
            Inside::NotMounted | Inside::Fallback if get.is_some_and(is_nowhere) => {
                of(Code::RouteNotMounted, Verdict::Drift)
            }
            Inside::Opaque(listed) => {
                patterned(of(Code::RouteBelowOpaqueService, Verdict::Unknown), listed)
            }
            Inside::NotMounted | Inside::Fallback => of(Code::RouteNotSent, Verdict::Unknown)
                .because("the inventory lacks it, as of the call, and the path answers GET")
                .advise(Advice::Filled(remedies::SEND)),
            Inside::Unknown(reason) => {
                of(Code::RouteNotSent, Verdict::Unknown).because(why.unwrap_or(reason))
            }
        }
    }

    /// Rung 5, with credentials: does it work?
    fn authenticated(self, probe: &RouteProbe, outside: &Outside) -> Finding {
        let of = |code, verdict| self.finding(Rung::Auth, probe, code, verdict);
        let (answer, nonsense) = match outside {
            Outside::Answered { answer, nonsense } => (answer, &nonsense[..]),
            Outside::Failed(why) => {
                return of(Code::AuthStatusUnclear, Verdict::Unknown).because(why.as_str());
            }
            Outside::NotSent(_) | Outside::IsPattern => {
                return of(Code::AuthNotSent, Verdict::Skipped);
            }
        };
        let is_mounted = matches!(probe.inside, Inside::Mounted(_));
        let is_refused =
            matches!(probe.inside, Inside::NotMounted | Inside::Fallback | Inside::OtherMethods(_));
        let like = like(answer, nonsense);
        // Whether the answer is that of the route, and not of something that answers everything.
        let is_its_own = match like {
            Like::SamePage => false,
            Like::Alike | Like::Unknown => is_mounted,
            Like::Differs => true,
        };
        let (code, verdict) = match class(answer.status) {
            Class::Success if is_its_own => (Code::AuthWorks, Verdict::Same),
            Class::Success if is_refused && like != Like::Unknown => {
                (Code::AuthNotFound, Verdict::Drift)
            }
            Class::Credentials => (Code::AuthRefused, Verdict::Unknown),
            Class::NotFound | Class::Method if is_refused && like != Like::Differs => {
                (Code::AuthNotFound, Verdict::Drift)
            }
            Class::Method if is_refused => (Code::AuthNotFound, Verdict::Drift),
            Class::NotFound => (Code::AuthNotFound, Verdict::Unknown),
            Class::Failure if is_its_own => (Code::AuthFails, Verdict::Drift),
            _ => (Code::AuthStatusUnclear, Verdict::Unknown),
        };
        if answer.cached.is_some() && matches!(verdict, Verdict::Same | Verdict::Drift) {
            let reason = answer.cached.clone().unwrap_or_default();
            return answered(of(Code::RouteResponseCached, Verdict::Unknown), answer)
                .because(reason);
        }
        answered(of(code, verdict), answer)
    }
}

/// Where the inventory has the route. `opens` says that it answers with credentials.
fn mounted(class: Class, like: Like, opens: bool) -> (Code, Verdict) {
    match class {
        Class::Success if like == Like::SamePage => (Code::RouteLikeNonsense, Verdict::Unknown),
        Class::Success | Class::Redirect => (Code::RouteMounted, Verdict::Same),
        Class::Credentials => (Code::RouteRequiresCredentials, Verdict::Same),
        Class::Input if like == Like::Differs => (Code::RouteMounted, Verdict::Same),
        Class::NotFound if opens => (Code::RouteMounted, Verdict::Same),
        Class::NotFound => (Code::RouteNotFoundByHandler, Verdict::Unknown),
        Class::Proxy => (Code::RouteProxyAnswered, Verdict::Unknown),
        Class::Failure => (Code::RouteFails, Verdict::Drift),
        Class::Method | Class::Input | Class::Other => (Code::RouteStatusUnclear, Verdict::Unknown),
    }
}

/// Where the inventory lacks the route. It is drift only if nothing answers there: the inventory is
/// as old as the call that made it.
fn absent(class: Class, like: Like, with: Option<&Outside>) -> (Code, Verdict) {
    if with.is_some_and(opens) {
        return (Code::RouteAddedLater, Verdict::Unknown);
    }
    match (class, like) {
        (Class::Credentials, Like::Alike | Like::SamePage) if with.is_some_and(is_nowhere) => {
            (Code::RouteNotMounted, Verdict::Drift)
        }
        (Class::Credentials, Like::Alike | Like::SamePage) => {
            (Code::RouteBehindAuthLayer, Verdict::Unknown)
        }
        (_, Like::Alike | Like::SamePage) | (Class::NotFound, Like::Unknown) => {
            (Code::RouteNotMounted, Verdict::Drift)
        }
        (Class::Proxy, _) => (Code::RouteProxyAnswered, Verdict::Unknown),
        (_, Like::Differs | Like::Unknown) => (Code::RouteAddedLater, Verdict::Unknown),
    }
}

/// Where the inventory is unknown.
fn unlisted(class: Class, like: Like, is_safe: bool) -> (Code, Verdict) {
    match (class, like) {
        (Class::NotFound, _) => (Code::RouteNotFound, Verdict::Unknown),
        (Class::Credentials, Like::Alike | Like::SamePage) => {
            (Code::RouteBehindAuthLayer, Verdict::Unknown)
        }
        (Class::Redirect, _) => (Code::RouteRedirects, Verdict::Unknown),
        (Class::Proxy, _) => (Code::RouteProxyAnswered, Verdict::Unknown),
        (_, Like::Alike | Like::SamePage) => (Code::RouteLikeNonsense, Verdict::Unknown),
        (Class::Success, Like::Differs) => (Code::RouteAnswers, Verdict::Same),
        (Class::Credentials, Like::Differs) => (Code::RouteRequiresCredentials, Verdict::Same),
        // A server of files answers 405 to every POST; what a GET next to it answers says nothing about them.
        (Class::Method, Like::Differs) if is_safe => (Code::RouteMethodNotMounted, Verdict::Drift),
        (Class::Failure, Like::Differs) => (Code::RouteFails, Verdict::Unknown),
        (Class::Input, Like::Differs) => (Code::RouteRequiresInput, Verdict::Unknown),
        _ => (Code::RouteStatusUnclear, Verdict::Unknown),
    }
}

/// The finding with what was answered.
fn answered(mut finding: Finding, answer: &Response) -> Finding {
    let location = answer.location.clone();
    finding.found = Some(Side::Answer { status: answer.status, location });
    finding.with(|evidence| {
        evidence.route = Some(RouteEvidence {
            status: Some(answer.status_text.clone()),
            ..RouteEvidence::default()
        });
    })
}
