//! What a process says of itself in its log when it starts.

use crate::routes::Routes;
use selfsame_core::findings::{self, Code};
use selfsame_core::report::{Level, Report};

/// Writes the one event: at level `INFO` what runs, at level `WARN` if something is missing or
/// unknown.
pub(super) fn announce(report: &Report, public: Level, tokens: usize, path: &str) {
    let faults = faults(report).join("; ");
    let routes = match &report.routes {
        Some(Routes::Listed(inventory)) => Some(inventory.len()),
        _ => None,
    };
    let whole = serde_json::to_string(&report.summary()).expect("a report has string keys only");
    macro_rules! event {
        ($level:ident, $($fault:tt)*) => {
            tracing::event!(
                tracing::Level::$level,
                $($fault)*
                name = report.name,
                version = report.version,
                commit = report.commit.as_ref().map(tracing::field::display),
                tree = report.tree.as_ref().map(tracing::field::display),
                content = report.content.as_ref().map(tracing::field::display),
                fingerprint = %report.fingerprint,
                instance = report.instance,
                modules = report.modules.as_ref().map(Vec::len),
                routes,
                path,
                public = %public,
                tokens,
                // Whole, so that the log of a job that has ended is enough to compare it.
                report = whole,
                "selfsame: this process reports what it is"
            )
        };
    }
    if faults.is_empty() {
        event!(INFO,);
    } else {
        event!(WARN, faults,);
    }
}

/// What is missing or unknown, each by its code and in words: a view of the findings.
fn faults(report: &Report) -> Vec<String> {
    let findings = findings::of_report(report).into_iter();
    findings
        // It has not looked at itself yet.
        .filter(|finding| finding.code != Code::IntactUnknown)
        .map(|finding| {
            let details =
                finding.details().into_iter().map(|(label, text)| format!("{label}: {text}"));
            let details = details.collect::<Vec<_>>().join(", ");
            let details = if details.is_empty() { details } else { format!(" ({details})") };
            format!("{}: {}{details}", finding.code, finding.title())
        })
        .collect()
}
