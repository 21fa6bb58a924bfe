use std::sync::OnceLock;

use bytes::Bytes;
use http::HeaderMap;

use super::accept::prefers;
use super::page;
use selfsame_core::metrics::{self, Syntax};
use selfsame_core::report::{Level, Report};

/// What a process says of itself now, rendered in each form when that is first asked for.
#[derive(Debug)]
pub(super) struct Rendered {
    /// All that there is to tell.
    pub(super) report: Report,
    summary: Report,
    bodies: [[OnceLock<Bytes>; 3]; 4],
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Html,
    Prometheus,
    OpenMetrics,
}

impl Form {
    /// The form of the report that a caller prefers: a page in a browser, JSON otherwise.
    pub(super) fn of_report(headers: &HeaderMap) -> Self {
        if prefers(headers, "text/html", "application/json") { Self::Html } else { Self::Json }
    }

    /// The form of the metrics that a caller prefers.
    pub(super) fn of_metrics(headers: &HeaderMap) -> Self {
        if prefers(headers, "application/openmetrics-text", "text/plain") {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }
}

impl Rendered {
    pub(super) fn new(report: Report) -> Self {
        let summary = report.summary();
        Self { report, summary, bodies: Default::default() }
    }

    /// The report in a form, as a caller of this level may see it.
    pub(super) fn body(&self, form: Form, level: Level) -> Bytes {
        let report = match level {
            Level::Verify => None,
            Level::Summary => Some(&self.summary),
            Level::Full => Some(&self.report),
        };
        let render = || match form {
            Form::Json => json(report),
            Form::Html => page::html(report).into(),
            Form::Prometheus => metrics::text(&self.report, level, Syntax::Prometheus).into(),
            Form::OpenMetrics => metrics::text(&self.report, level, Syntax::OpenMetrics).into(),
        };
        self.bodies[form as usize][level as usize].get_or_init(render).clone()
    }
}

fn json(report: Option<&Report>) -> Bytes {
    match report {
        Some(report) => {
            Bytes::from(serde_json::to_vec(report).expect("a report has string keys only"))
        }
        None => Bytes::from_static(br#"{"level":"verify"}"#),
    }
}
