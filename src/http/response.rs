//! The answers, as plain HTTP responses of bytes.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use http::{Response, StatusCode};
use serde::Serialize;

use super::page;
use super::rendered::Form;
use selfsame_core::compare::{Condition, Outcome};
use selfsame_core::report::{Level, Report};
use selfsame_core::stamp::StampError;

/// The methods that are answered.
pub(super) const ALLOWED: &str = "GET,HEAD,OPTIONS,POST";

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
const PROMETHEUS: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
/// <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const NO_SNIFF: HeaderName = HeaderName::from_static("x-content-type-options");
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Problem details for HTTP APIs, RFC 9457.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
}

#[derive(Debug, Serialize)]
struct Failed {
    condition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<String>,
}

/// The report, or, to conditions that all hold, the same.
pub(super) fn report(form: Form, body: Bytes) -> Response<Bytes> {
    let content_type = match form {
        Form::Json => JSON,
        Form::Html => HTML,
        Form::Prometheus => PROMETHEUS,
        Form::OpenMetrics => OPEN_METRICS,
    };
    let mut response = respond(StatusCode::OK, content_type, body);
    if form == Form::Html {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, page::policy());
    }
    response
}

/// A question that can be answered in a moment.
pub(super) fn not_yet() -> Response<Bytes> {
    let detail = "the process is about to look at itself: ask again".to_owned();
    let mut response = plain_problem(StatusCode::SERVICE_UNAVAILABLE, "not looked yet", detail);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Conditions that do not hold.
pub(super) fn not_as_asked(
    status: StatusCode,
    failed: Vec<(&Condition, Outcome)>,
    report: &Report,
    level: Level,
) -> Response<Bytes> {
    let failed = failed
        .into_iter()
        .map(|(condition, held)| Failed {
            condition: condition.name(),
            found: match held {
                Outcome::No => condition.found(report, level),
                _ => None,
            },
            unknown: match held {
                // A reason may name paths and variables.
                Outcome::Unknown(reason) if level >= Level::Full => Some(reason),
                Outcome::Unknown(_) if level >= Level::Summary => {
                    Some("the full report has the reason".to_owned())
                }
                _ => None,
            },
        })
        .collect();
    problem(&Problem {
        r#type: "about:blank",
        title: "not what was asked for",
        status: status.as_u16(),
        detail: None,
        failed,
    })
}

/// A question that was not understood.
pub(super) fn not_understood(detail: String) -> Response<Bytes> {
    plain_problem(StatusCode::BAD_REQUEST, "not understood", detail)
}

/// A credential that opens nothing, or a condition that needs one.
pub(super) fn unauthorized(detail: String) -> Response<Bytes> {
    let mut response = plain_problem(StatusCode::UNAUTHORIZED, "a token is needed", detail);
    for challenge in ["Bearer realm=\"selfsame\"", "Basic realm=\"selfsame\", charset=\"UTF-8\""] {
        response.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

/// A method that is not answered.
pub(super) fn method_not_allowed() -> Response<Bytes> {
    let detail = format!("{ALLOWED} are answered");
    let mut response = plain_problem(StatusCode::METHOD_NOT_ALLOWED, "method not allowed", detail);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(ALLOWED));
    response
}

/// A path below the report's that is nothing.
pub(super) fn not_found() -> Response<Bytes> {
    plain_problem(StatusCode::NOT_FOUND, "not found", "the report is one level up".to_owned())
}

/// A stamp that cannot be read. The reason may name what is in it.
pub(super) fn broken(error: &StampError, level: Level) -> Response<Bytes> {
    let detail = if level >= Level::Full {
        error.to_string()
    } else {
        "the stamp of this process cannot be read; its log has the reason".to_owned()
    };
    plain_problem(StatusCode::INTERNAL_SERVER_ERROR, "no report", detail)
}

fn plain_problem(status: StatusCode, title: &str, detail: String) -> Response<Bytes> {
    problem(&Problem {
        r#type: "about:blank",
        title,
        status: status.as_u16(),
        detail: Some(detail),
        failed: Vec::new(),
    })
}

fn problem(problem: &Problem<'_>) -> Response<Bytes> {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
    let json = serde_json::to_vec(problem).unwrap_or_default();
    respond(status, PROBLEM, json.into())
}

fn respond(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    // A cached report is a report of yesterday.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Accept, Authorization"));
    headers.insert(NO_SNIFF, HeaderValue::from_static("nosniff"));
    // No page of another origin embeds it.
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}
