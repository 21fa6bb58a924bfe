use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::{HeaderMap, Method, Response};

use super::auth::{Caller, Tokens};
use super::config::SelfCheck;
use super::query::Question;
use super::rendered::{Form, Rendered};
use super::response;
use super::startup_log::announce;
use crate::clock;
use crate::routes::Routes;
use crate::runtime::{View, Watcher};
use selfsame_core::compare::{Condition, Outcome};
use selfsame_core::report::{Level, Report};
use selfsame_core::stamp::{Stamp, StampError};

/// The one thing that answers, behind the router extension and the layer alike.
#[derive(Debug)]
pub(super) struct Endpoint {
    path: String,
    tokens: Arc<Tokens>,
    instance: String,
    body: Result<Body, StampError>,
}

/// What is answered with.
#[derive(Debug)]
struct Body {
    /// All but what the process finds when it looks at itself.
    report: Report,
    public: Level,
    watcher: Arc<Watcher>,
    /// What was prepared last, with what it shows.
    prepared: ArcSwapOption<(View, Arc<Rendered>)>,
}

/// Which of the paths was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The report's own.
    Report,
    /// `/metrics` below it.
    Metrics,
    /// `/is/<commit>` below it.
    Is(&'a str),
    /// Another one below it.
    Nowhere,
}

impl<'a> Place<'a> {
    /// What stands at `below`, behind the path of the report.
    fn below(below: &'a str) -> Self {
        let below = below.strip_suffix('/').unwrap_or(below);
        match below.strip_prefix("/is/") {
            Some(commit) => Self::Is(commit),
            None if below.is_empty() => Self::Report,
            None if below == "/metrics" => Self::Metrics,
            None => Self::Nowhere,
        }
    }
}

impl Endpoint {
    pub(super) fn new(check: &SelfCheck, routes: &Routes) -> Self {
        let tokens = Arc::new(Tokens::collect(&check.tokens, &check.environment));
        let instance = instance();
        let body = check.stamp.read().map(|stamp| {
            let watcher = Arc::new(check.watch(&stamp, tokens.keys()));
            Body::new(check, &stamp, routes, &instance, watcher)
        });
        Self { path: check.path.clone(), tokens, instance, body }
    }

    /// Returns what answers for the same instance once its routes are known.
    pub(super) fn with_routes(&self, check: &SelfCheck, routes: &Routes) -> Self {
        let body = match &self.body {
            Ok(body) => check.stamp.read().map(|stamp| {
                Body::new(check, &stamp, routes, &self.instance, Arc::clone(&body.watcher))
            }),
            Err(error) => Err(error.clone()),
        };
        Self {
            path: self.path.clone(),
            tokens: Arc::clone(&self.tokens),
            instance: self.instance.clone(),
            body,
        }
    }

    /// Says in the log what runs. To be called once, when the routes are known.
    pub(super) fn announce(&self) {
        match &self.body {
            Ok(body) => announce(&body.report, body.public, self.tokens.len(), &self.path),
            Err(error) => {
                tracing::warn!(%error, "selfsame: the stamp of this process cannot be read");
            }
        }
    }

    /// The path of the report.
    #[cfg(feature = "axum")]
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Tells whether a request's path is the report's or lies below it. Costs a comparison of
    /// bytes, no more: every request of the service passes here.
    pub(super) fn place<'a>(&self, path: &'a str) -> Option<Place<'a>> {
        let below = path.strip_prefix(&*self.path)?;
        (below.is_empty() || below.starts_with('/')).then(|| Place::below(below))
    }

    /// Answers a request that a router has matched, on whatever path it was nested. `below` is the
    /// one of [`BUILTIN`](selfsame_core::routes::BUILTIN) that it stands at.
    #[cfg(feature = "axum")]
    pub(super) fn of_router<B>(&self, request: &http::Request<B>, below: &str) -> Response<Bytes> {
        let path = request.uri().path();
        let place = match Place::below(below) {
            Place::Is(_) => {
                let path = path.strip_suffix('/').unwrap_or(path);
                Place::Is(path.rsplit('/').next().unwrap_or_default())
            }
            Place::Metrics => Place::Metrics,
            Place::Report | Place::Nowhere => Place::Report,
        };
        self.answer(request.method(), place, request.uri().query(), request.headers())
    }

    pub(super) fn answer(
        &self,
        method: &Method,
        place: Place<'_>,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Response<Bytes> {
        if !matches!(*method, Method::GET | Method::HEAD | Method::POST | Method::OPTIONS) {
            return response::method_not_allowed();
        }
        let is = match place {
            Place::Report | Place::Metrics => None,
            Place::Is(commit) => Some(commit),
            Place::Nowhere => return response::not_found(),
        };
        let caller = self.tokens.judge(headers);
        if caller == Caller::Refused {
            return response::unauthorized("invalid token".to_owned());
        }
        let body = match &self.body {
            Ok(body) => body,
            Err(error) => {
                let trusted = caller == Caller::Trusted;
                let level = if trusted { Level::Full } else { Level::Summary };
                return response::broken(error, level);
            }
        };
        let level = if caller == Caller::Trusted { Level::Full } else { body.public };
        let question = match Question::parse(query, is) {
            Ok(question) => question,
            Err(error) => return response::not_understood(error.to_string()),
        };
        if question.level > level {
            return response::unauthorized(format!(
                "the report is asked for at level {}, and callers without a token have level \
                 {level}",
                question.level
            ));
        }
        if let Some(condition) =
            question.conditions.iter().find(|condition| condition.level() > level)
        {
            return response::unauthorized(format!(
                "this form of `{}` is answered at level {}, and callers without a token have \
                 level {level}",
                condition.name(),
                condition.level()
            ));
        }
        let (prepared, looking) = body.now();
        let looks = [Condition::Intact, Condition::Config];
        if looking && question.conditions.iter().any(|condition| looks.contains(condition)) {
            return response::not_yet();
        }
        let failed: Vec<_> = question
            .conditions
            .iter()
            .map(|condition| (condition, condition.holds(&prepared.report)))
            .filter(|(_, held)| *held != Outcome::Yes)
            .collect();
        if !failed.is_empty() {
            return response::not_as_asked(question.otherwise, failed, &prepared.report, level);
        }
        let form = match place {
            Place::Metrics => Form::of_metrics(headers),
            _ => Form::of_report(headers),
        };
        response::report(form, prepared.body(form, level))
    }
}

impl Body {
    fn new(
        check: &SelfCheck,
        stamp: &Stamp,
        routes: &Routes,
        instance: &str,
        watcher: Arc<Watcher>,
    ) -> Self {
        let started_at = clock::rfc3339(check.now);
        let debug = stamp.facts().build.profile.as_deref() == Some("debug");
        let by_default = if debug { Level::Full } else { Level::Summary };
        Self {
            report: Report::new(stamp, routes, instance, &started_at),
            public: check.public.unwrap_or(by_default),
            watcher,
            prepared: ArcSwapOption::empty(),
        }
    }

    /// What there is to tell now, and whether the process has yet to look at itself.
    fn now(&self) -> (Arc<Rendered>, bool) {
        let view = self.watcher.view();
        let looking = matches!(view, View::Looking(_));
        let last = self.prepared.load();
        if let Some((_, prepared)) = last.as_deref().filter(|(of, _)| of.is_same_as(&view)) {
            return (Arc::clone(prepared), looking);
        }
        let report = match &view {
            View::Looked(_, observation) => self.report.observed((**observation).clone()),
            View::Looking(why) | View::Failed(why) => self.report.unobserved(why, looking),
        };
        let prepared = Arc::new(Rendered::new(report));
        // Where two requests come to this at once, both prepare the same.
        self.prepared.store(Some(Arc::new((view, Arc::clone(&prepared)))));
        (prepared, looking)
    }
}

/// Digits that no other process has. `RandomState` takes its keys from the operating system.
fn instance() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}
