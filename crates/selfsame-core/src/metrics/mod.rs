//! The report as metrics, as `/__build/metrics` serves it, and what source expects beside it.
//!
//! What is known is a sample. What is unknown is not a sample, and one of `selfsame_unknown` instead,
//! so that no 0 or 1 pretends to know.
//!
//! What is stated about drift and about what is unknown is a view of the process's own findings, as
//! the page and the event at start-up are; the rest is what the report holds.

mod expected;
mod exposition;
mod state;
#[cfg(test)]
mod tests;

use std::time::UNIX_EPOCH;

use self::exposition::{Family, Sample};
use self::state::State;
use crate::report::{ConfigState, Level, Report, ShippedState};
use crate::routes::{ListComparison, Route, Routes};
use crate::stamp::{Declared, Module};

pub use self::expected::expected;
pub use self::exposition::Syntax;

/// The most series of one family whose names come from the stamp.
const MAX_NAMED: usize = 1_000;

/// What a caller of this level may see of the report, which has to be a full one.
#[must_use]
pub fn text(report: &Report, level: Level, syntax: Syntax) -> String {
    let state = State::of(report);
    let mut families = vec![report_level(level)];
    if level >= Level::Summary {
        families.extend([build(report), content(report), start_time(report)]);
        families.extend([intact(&state), executable(&state)]);
    }
    if level >= Level::Full {
        families.extend([modules(report), shipped(report, &state), routes(report)]);
        families.extend(route_list(report, &state));
        families.extend(config(report));
    }
    if level >= Level::Summary {
        families.push(unknown(report, &state, level));
        // Below full, what the report of that level says.
        let of_level = if level >= Level::Full { state } else { State::of(&report.summary()) };
        families.push(findings(&of_level));
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

fn intact(state: &State) -> Family {
    let help = "Whether the executable and each shipped directory are as the build left them.";
    Family::gauge("selfsame_intact", help)
        .with(state.intact().map(|intact| Sample::new(intact.into())))
}

fn executable(state: &State) -> Family {
    let help = "Whether a restart would start the code that runs.";
    Family::gauge("selfsame_executable_intact", help)
        .with(state.executable().map(|intact| Sample::new(intact.into())))
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

/// The shipped directories that the process looked at, each with whether its files are those that
/// are expected.
fn directories<'a>(
    report: &'a Report,
    state: &State,
) -> impl Iterator<Item = (&'a ShippedState, Option<bool>)> {
    let directories = report.observed.iter().flat_map(|observed| &observed.shipped);
    let found: Vec<Option<bool>> = {
        let named = state.shipped();
        let intact = |shipped: &ShippedState| named.get(&*shipped.name).copied();
        directories.clone().map(|shipped| intact(shipped).unwrap_or(Some(true))).collect()
    };
    directories.zip(found)
}

fn shipped(report: &Report, state: &State) -> Family {
    let sample = |(shipped, intact): (&ShippedState, Option<bool>)| {
        Some(Sample::new(intact?.into()).label("shipped", &shipped.name))
    };
    let help = "Whether the files of a shipped directory are those that are expected.";
    let directories = directories(report, state).take(MAX_NAMED);
    Family::gauge("selfsame_shipped_intact", help).with(directories.filter_map(sample))
}

/// The configuration that the process names, if it names any.
fn config(report: &Report) -> Option<Family> {
    let config = &report.observed.as_ref()?.config;
    let sample =
        |one: &ConfigState| Some(Sample::new(one.loaded()?.into()).label("name", &one.name));
    let help = "Whether configuration is what the process loaded.";
    let samples = config.iter().take(MAX_NAMED).filter_map(sample);
    (!config.is_empty()).then(|| Family::gauge("selfsame_config_loaded", help).with(samples))
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

/// The list kept in source and what is mounted, where both are known.
fn route_list(report: &Report, state: &State) -> [Family; 2] {
    let is_compared = report.route_list.as_ref().and_then(ListComparison::difference).is_some();
    let numbers = state.route_list().map(|list| (list.missing.len(), list.unexpected.len()));
    let (missing, unexpected) = is_compared.then(|| numbers.unwrap_or_default()).unzip();
    let sample = |number: Option<usize>| number.map(|number| Sample::new(number as u64));
    let help = "The lines of the list kept in source that are not mounted.";
    let missing = Family::gauge("selfsame_routes_missing", help).with(sample(missing));
    let help = "The lines of what is mounted that the list kept in source does not have.";
    [missing, Family::gauge("selfsame_routes_unexpected", help).with(sample(unexpected))]
}

/// One sample for each fact that this level would show if it were known.
fn unknown(report: &Report, state: &State, level: Level) -> Family {
    let unknown = state.unknown();
    let facts = [
        ("commit", unknown.contains("commit")),
        ("content", unknown.contains("content")),
        ("tree", unknown.contains("tree")),
        ("intact", state.intact().is_none()),
        ("executable", state.executable().is_none()),
    ];
    let fact = |fact: &str| Sample::new(1).label("fact", fact);
    let mut samples: Vec<_> =
        facts.into_iter().filter(|(_, lacks)| *lacks).map(|(name, _)| fact(name)).collect();

    let is_seen = report.observed.is_some();
    let blind = |(_, intact): &(&ShippedState, Option<bool>)| intact.is_none();
    if level >= Level::Full && is_seen {
        let named = directories(report, state).take(MAX_NAMED).filter(blind);
        samples.extend(named.map(|(shipped, _)| fact("shipped").label("shipped", &shipped.name)));
    } else if !is_seen || directories(report, state).any(|directory| blind(&directory)) {
        samples.push(fact("shipped"));
    }
    if level >= Level::Full {
        let no_routes = unknown.contains("routes");
        let config = report.observed.iter().flat_map(|observed| &observed.config);
        let unread = config.filter(|one| one.loaded().is_none()).take(MAX_NAMED);
        samples.extend(unread.map(|one| fact("config").label("name", &one.name)));
        let many = [
            ("rustc", unknown.contains("rustc")),
            ("modules", report.modules.as_ref().is_some_and(|list| list.len() > MAX_NAMED)),
            ("shipped", directories(report, state).count() > MAX_NAMED),
            ("routes", no_routes),
            ("route_list", no_routes && report.route_list.is_some()),
        ];
        samples.extend(many.into_iter().filter(|(_, lacks)| *lacks).map(|(name, _)| fact(name)));
    }
    Family::gauge("selfsame_unknown", "A fact that could not be established.").with(samples)
}

/// The findings themselves, counted.
fn findings(state: &State) -> Family {
    let codes = state.codes();
    let samples = codes.iter().map(|((code, verdict), number)| {
        Sample::new(*number).label("code", code).label("verdict", verdict)
    });
    Family::gauge("selfsame_findings", "What the process finds in itself, by code.").with(samples)
}
