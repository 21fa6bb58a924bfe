use std::sync::OnceLock;

use bytes::Bytes;

use crate::report::{Level, Report};

/// What a process says of itself now, rendered when that is first asked for.
#[derive(Debug)]
pub(super) struct Prepared {
    /// All that there is to tell.
    pub(super) report: Report,
    summary: Report,
    rendered: [OnceLock<Bytes>; 3],
}

impl Prepared {
    pub(super) fn new(report: Report) -> Self {
        let summary = report.summary();
        Self { report, summary, rendered: Default::default() }
    }

    /// The report, as a caller of this level may see it.
    pub(super) fn body(&self, level: Level) -> Bytes {
        let report = match level {
            Level::Verify => None,
            Level::Summary => Some(&self.summary),
            Level::Full => Some(&self.report),
        };
        self.rendered[level as usize].get_or_init(|| json(report)).clone()
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
