//! What a process says of itself in its log when it starts.

use crate::report::{Level, Report};
use crate::routes::{Routes, Standing};
use crate::stamp::{Declared, Tree};

/// Writes the one event: at level `INFO` what runs, at level `WARN` if something is missing or
/// unknown.
pub(super) fn announce(report: &Report, public: Level, tokens: usize, path: &str) {
    let faults = faults(report).join("; ");
    let routes = match &report.routes {
        Some(Routes::Listed(inventory)) => Some(inventory.len()),
        _ => None,
    };
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

/// What is missing or unknown, each in words.
fn faults(report: &Report) -> Vec<String> {
    let mut faults = Vec::new();
    // It has not looked at itself yet.
    for (fact, why) in report.unknown.iter().filter(|(fact, _)| *fact != "intact") {
        faults.push(format!("{fact} is unknown: {why}"));
    }
    if report.tree == Some(Tree::Dirty) {
        faults.push("it was built from a dirty tree".to_owned());
    }
    for module in report.modules.iter().flatten() {
        if let Some(Declared::No(why)) = &module.declared {
            faults.push(format!("the module `{}` is not compiled in: {why}", module.name));
        }
    }
    for name in report.unstamped.iter().flatten() {
        faults.push(format!("no stamp speaks for the local dependency `{name}`"));
    }
    if let Some(Routes::Unavailable(why)) = &report.routes {
        faults.push(format!("the routes are unknown: {why}"));
    }
    if let Some(difference) = report.route_list.as_ref().and_then(Standing::difference) {
        faults.extend(difference.missing().iter().map(|line| format!("not mounted: {line}")));
    }
    faults
}
