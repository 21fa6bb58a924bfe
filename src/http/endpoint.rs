use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Response};

use super::answer;
use super::auth::{Caller, Tokens};
use super::config::SelfCheck;
use super::query::Question;
use crate::compare::Held;
use crate::report::{Level, Report};
use crate::routes::Routes;
use crate::stamp::StampError;

/// The one thing that answers, behind the router extension and the layer alike.
#[derive(Debug)]
pub(super) struct Endpoint {
    path: String,
    tokens: Arc<Tokens>,
    instance: String,
    report: Result<Prepared, StampError>,
}

/// A report, rendered once.
#[derive(Debug)]
struct Prepared {
    report: Report,
    public: Level,
    full: Bytes,
    summary: Bytes,
    verify: Bytes,
}

/// Which of the paths was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The report's own.
    Report,
    /// `/is/<commit>` below it.
    Is(&'a str),
    /// Another one below it.
    Nowhere,
}

impl Endpoint {
    pub(super) fn new(check: &SelfCheck, routes: &Routes) -> Self {
        let tokens = Tokens::collect(&check.tokens, &check.environment);
        let endpoint = Self::of(check, routes, Arc::new(tokens), instance());
        if let Err(error) = &endpoint.report {
            tracing::warn!(%error, "selfsame: the stamp of this process cannot be read");
        }
        endpoint
    }

    /// Returns what answers for the same instance once its routes are known.
    pub(super) fn with_routes(&self, check: &SelfCheck, routes: &Routes) -> Self {
        Self::of(check, routes, Arc::clone(&self.tokens), self.instance.clone())
    }

    fn of(check: &SelfCheck, routes: &Routes, tokens: Arc<Tokens>, instance: String) -> Self {
        let report = check.stamp.read().map(|stamp| {
            let started_at = humantime::format_rfc3339_seconds(check.now).to_string();
            let report = Report::new(&stamp, routes, &instance, &started_at);
            let debug = stamp.build.profile.as_deref() == Some("debug");
            let by_default = if debug { Level::Full } else { Level::Summary };
            Prepared::new(report, check.public.unwrap_or(by_default))
        });
        Self { path: check.path.clone(), tokens, instance, report }
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
        match below {
            "" | "/" => Some(Place::Report),
            _ => match below.strip_prefix("/is/") {
                Some(commit) => Some(Place::Is(commit.strip_suffix('/').unwrap_or(commit))),
                None if below.starts_with('/') => Some(Place::Nowhere),
                None => None,
            },
        }
    }

    /// Answers a request that a router has matched, on whatever path it was nested.
    #[cfg(feature = "axum")]
    pub(super) fn of_router<B>(&self, request: &http::Request<B>, is: bool) -> Response<Bytes> {
        let path = request.uri().path();
        let place = if is {
            let path = path.strip_suffix('/').unwrap_or(path);
            Place::Is(path.rsplit('/').next().unwrap_or_default())
        } else {
            Place::Report
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
            return answer::method_not_allowed();
        }
        let is = match place {
            Place::Report => None,
            Place::Is(commit) => Some(commit),
            Place::Nowhere => return answer::not_found(),
        };
        let prepared = match &self.report {
            Ok(prepared) => prepared,
            Err(error) => return answer::broken(error.to_string()),
        };
        let level = match self.tokens.judge(headers) {
            Caller::Trusted => Level::Full,
            Caller::Anonymous => prepared.public,
            Caller::Refused => {
                return answer::unauthorized("the token that was sent opens nothing".to_owned());
            }
        };
        let question = match Question::parse(query, is) {
            Ok(question) => question,
            Err(error) => return answer::not_understood(error.to_string()),
        };
        if let Some(condition) =
            question.conditions.iter().find(|condition| condition.level() > level)
        {
            return answer::unauthorized(format!(
                "this form of `{}` is answered at level {}, and callers without a token have \
                 level {level}",
                condition.name(),
                condition.level()
            ));
        }
        let failed: Vec<_> = question
            .conditions
            .iter()
            .map(|condition| (condition, condition.holds(&prepared.report)))
            .filter(|(_, held)| *held != Held::Yes)
            .collect();
        if !failed.is_empty() {
            return answer::not_as_asked(question.otherwise, failed, level);
        }
        answer::report(match level {
            Level::Verify => prepared.verify.clone(),
            Level::Summary => prepared.summary.clone(),
            Level::Full => prepared.full.clone(),
        })
    }
}

impl Prepared {
    fn new(report: Report, public: Level) -> Self {
        let json = |report: &Report| {
            Bytes::from(serde_json::to_vec(report).expect("a report has string keys only"))
        };
        Self {
            full: json(&report),
            summary: json(&report.summary()),
            verify: Bytes::from_static(br#"{"level":"verify"}"#),
            public,
            report,
        }
    }
}

/// Digits that no other process has. `RandomState` takes its keys from the operating system.
fn instance() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}
