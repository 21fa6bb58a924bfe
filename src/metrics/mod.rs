//! The report as metrics, as `/__build/metrics` serves it, and what source expects beside it.
//!
//! What is known is a sample. What is unknown is no sample, and one of `selfsame_unknown` instead,
//! so that no 0 or 1 pretends to know.

mod expected;
mod exposition;
#[cfg(test)]
mod tests;

use std::time::UNIX_EPOCH;

use self::exposition::{Family, Sample};
use crate::report::{Level, Observation, Report, ShippedState};
use crate::routes::{Route, Routes, Standing};
use crate::stamp::{Declared, Module};

pub use self::expected::expected;
pub use self::exposition::Syntax;

/// The most series of one family whose names come from the stamp.
const MAX_NAMED: usize = 1_000;

/// What a caller of this level may see of the report, which has to be a full one.
#[must_use]
pub fn text(report: &Report, level: Level, syntax: Syntax) -> String {
    let mut families = vec![report_level(level)];
    if level >= Level::Summary {
        families.extend([build(report), content(report), start_time(report)]);
        families.extend([intact(report), executable(report)]);
    }
    if level >= Level::Full {
        families.extend([modules(report), shipped(report), routes(report)]);
        families.extend([routes_missing(report), routes_unexpected(report)]);
    }
    if level >= Level::Summary {
        families.push(unknown(report, level));
    }
    exposition::write(&families, syntax)
}

fn report_level(level: Level) -> Family {
    let help = "How much these metrics tell: 0 verify, 1 summary, 2 full.";
    let value = match level {
        Level::Verify => 0,
        Level::Summary => 1,
        Level::Full => 2,
    };
    Family::gauge("selfsame_report_level", help)
        .with([Sample::new(value).label("level", level.to_string())])
}

fn build(report: &Report) -> Family {
    let sample = Sample::new(1)
        .label("name", &report.name)
        .label("version", &report.version)
        .label_if("commit", report.commit.as_ref())
        .label_if("tree", report.tree)
        .label("origin", &report.origin)
        .label("fingerprint", report.fingerprint);
    Family::info("selfsame_build", "The build that runs.").with([sample])
}

fn content(report: &Report) -> Family {
    let sample = |content| Sample::new(1).label("name", &report.name).label("content", content);
    Family::info("selfsame_content", "The content of the build that runs.")
        .with(report.content.map(sample))
}

fn start_time(report: &Report) -> Family {
    let started_at = humantime::parse_rfc3339(&report.started_at).ok();
    let since = started_at.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Family::gauge("selfsame_start_time_seconds", "When the process started, in Unix time.")
        .unit("seconds")
        .with(since.map(|since| Sample::new(since.as_secs())))
}

fn intact(report: &Report) -> Family {
    let help = "Whether the executable and each shipped directory are as the build left them.";
    Family::gauge("selfsame_intact", help)
        .with(report.intact.map(|intact| Sample::new(intact.into())))
}

fn executable(report: &Report) -> Family {
    let help = "Whether a restart would start the code that runs.";
    let intact = report.observed.as_ref().and_then(|observed| observed.executable.intact());
    Family::gauge("selfsame_executable_intact", help)
        .with(intact.map(|intact| Sample::new(intact.into())))
}

fn modules(report: &Report) -> Family {
    let sample = |module: &Module| {
        let declared = module.declared.as_ref().map(|declared| match declared {
            Declared::Yes => "yes",
            Declared::No(_) => "no",
            Declared::Unknown(_) => "unknown",
        });
        Sample::new(1)
            .label("module", &module.name)
            .label("sha256", module.sha256)
            .label_if("declared", declared)
    };
    let modules = report.modules.iter().flatten().take(MAX_NAMED);
    Family::info("selfsame_module", "A module that was compiled from.").with(modules.map(sample))
}

fn shipped(report: &Report) -> Family {
    let sample = |shipped: &ShippedState| {
        let intact = shipped.intact()?;
        Some(Sample::new(intact.into()).label("shipped", &shipped.name))
    };
    let help = "Whether the files of a shipped directory are those that are expected.";
    let directories = report.observed.iter().flat_map(|observed| &observed.shipped);
    Family::gauge("selfsame_shipped_intact", help)
        .with(directories.take(MAX_NAMED).filter_map(sample))
}

fn routes(report: &Report) -> Family {
    type Kind = (&'static str, fn(&Route) -> bool);
    const KINDS: [Kind; 5] = [
        ("methods", |route| is_methods(route) && !route.has_method_fallback()),
        ("method_fallback", |route| is_methods(route) && route.has_method_fallback()),
        ("any", Route::is_any),
        ("opaque", Route::is_opaque),
        ("fallback", Route::is_fallback),
    ];

    let list = report.routes.as_ref().and_then(Routes::list);
    let samples = list.into_iter().flat_map(|list| {
        KINDS.map(|(kind, is)| {
            let number = list.iter().filter(|route| is(route)).count();
            Sample::new(number as u64).label("kind", kind)
        })
    });
    Family::gauge("selfsame_routes", "The entries of the route inventory.").with(samples)
}

fn is_methods(route: &Route) -> bool {
    !(route.is_any() || route.is_opaque() || route.is_fallback())
}

fn routes_missing(report: &Report) -> Family {
    let help = "The lines of the list kept in source that are not mounted.";
    let difference = report.route_list.as_ref().and_then(Standing::difference);
    Family::gauge("selfsame_routes_missing", help)
        .with(difference.map(|difference| Sample::new(difference.missing().len() as u64)))
}

fn routes_unexpected(report: &Report) -> Family {
    let help = "The lines of what is mounted that the list kept in source does not have.";
    let difference = report.route_list.as_ref().and_then(Standing::difference);
    Family::gauge("selfsame_routes_unexpected", help)
        .with(difference.map(|difference| Sample::new(difference.unexpected().len() as u64)))
}

/// One sample for each fact that this level would show if it were known.
fn unknown(report: &Report, level: Level) -> Family {
    let observed = report.observed.as_ref();
    let executable = observed.and_then(|observed| observed.executable.intact());
    let facts = [
        ("commit", report.commit.is_some()),
        ("content", report.content.is_some()),
        ("tree", report.tree.is_some()),
        ("intact", report.intact.is_some()),
        ("executable", executable.is_some()),
    ];
    let fact = |fact: &str| Sample::new(1).label("fact", fact);
    let mut samples: Vec<_> =
        facts.into_iter().filter(|(_, known)| !known).map(|(name, _)| fact(name)).collect();

    let blind = |shipped: &&ShippedState| shipped.intact().is_none();
    let directories = observed.map_or(&[][..], |observed: &Observation| &observed.shipped);
    if level >= Level::Full && observed.is_some() {
        let named = directories.iter().take(MAX_NAMED).filter(blind);
        samples.extend(named.map(|shipped| fact("shipped").label("shipped", &shipped.name)));
    } else if observed.is_none() || directories.iter().any(|shipped| blind(&shipped)) {
        samples.push(fact("shipped"));
    }
    if level >= Level::Full {
        let many = [
            ("rustc", report.unknown.contains_key("rustc")),
            ("modules", report.modules.as_ref().is_some_and(|list| list.len() > MAX_NAMED)),
            ("shipped", directories.len() > MAX_NAMED),
            ("routes", report.routes.as_ref().is_some_and(|routes| routes.list().is_none())),
            (
                "route_list",
                report.route_list.as_ref().is_some_and(|list| list.difference().is_none()),
            ),
        ];
        samples.extend(many.into_iter().filter(|(_, lacks)| *lacks).map(|(name, _)| fact(name)));
    }
    Family::gauge("selfsame_unknown", "A fact that could not be established.").with(samples)
}
