use std::fmt::Write as _;

use super::*;
use crate::report::{Executable, ExecutableState, Observation, ShippedIs};
use crate::stamp::{Digest, Facts, Origin, Revision, Scope, Stamp, Tree};

const STARTED: &str = "2026-11-21T05:00:00Z";
const COMMIT: &str = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";

fn module(name: &str) -> Module {
    Module {
        name: name.to_owned(),
        path: format!("src/{name}"),
        sha256: Digest::of(b"module"),
        files: 1,
        bytes: 1,
        declared: Some(Declared::No("no `mod` line reaches it".to_owned())),
    }
}

fn facts() -> Facts {
    let mut facts = Facts::new("api", "1.4.0");
    facts.commit = Some(COMMIT.parse().unwrap());
    facts.revision = Revision { origin: Origin::Git, tree: Tree::Clean };
    facts.content = Some(Digest::of(b"content"));
    facts.modules = vec![module("billing")];
    facts.routes = Some("GET /a\nPOST /b\n".parse().unwrap());
    facts.scope = Scope { routes: Some("src/routes.txt".to_owned()), ..Scope::default() };
    facts
}

fn report(facts: Facts, routes: &Routes) -> Report {
    Report::new(&Stamp::seal(facts).unwrap(), routes, "b2d4a3c5e6f70819", STARTED)
}

fn shipped(name: &str, state: ShippedIs) -> ShippedState {
    ShippedState {
        name: name.to_owned(),
        at: format!("/app/{name}"),
        state,
        expected: None,
        sha256: None,
        files: 0,
        difference: None,
        differed_at_start: false,
        unknown: (state == ShippedIs::Unknown).then(|| "cannot be read".to_owned()),
    }
}

fn observation(executable: ExecutableState, shipped: Vec<ShippedState>) -> Observation {
    let executable = Executable { state: executable, ..Executable::unknown(None, "emulated") };
    Observation::new(STARTED, executable, shipped)
}

#[test]
fn what_is_known_is_written_in_either_format() {
    let routes = Routes::Listed("GET /a\nany /c\nopaque /d\nfallback /\n".parse().unwrap());
    let report = report(facts(), &routes).observed(observation(
        ExecutableState::Replaced,
        vec![shipped("dist", ShippedIs::Same), shipped("pages", ShippedIs::Missing)],
    ));
    let (content, module, fingerprint) =
        (Digest::of(b"content"), Digest::of(b"module"), report.fingerprint);
    let expected = format!(
        r#"# HELP selfsame_report_level How much these metrics tell: 0 verify, 1 summary, 2 full.
# TYPE selfsame_report_level gauge
selfsame_report_level{{level="full"}} 2
# HELP selfsame_build_info The build that runs.
# TYPE selfsame_build_info gauge
selfsame_build_info{{name="api",version="1.4.0",commit="{COMMIT}",tree="clean",origin="git",fingerprint="{fingerprint}"}} 1
# HELP selfsame_content_info The content of the build that runs.
# TYPE selfsame_content_info gauge
selfsame_content_info{{name="api",content="{content}"}} 1
# HELP selfsame_start_time_seconds When the process started, in Unix time.
# TYPE selfsame_start_time_seconds gauge
selfsame_start_time_seconds 1795237200
# HELP selfsame_intact Whether the executable and each shipped directory are as the build left them.
# TYPE selfsame_intact gauge
selfsame_intact 0
# HELP selfsame_executable_intact Whether a restart would start the code that runs.
# TYPE selfsame_executable_intact gauge
selfsame_executable_intact 0
# HELP selfsame_module_info A module that was compiled from.
# TYPE selfsame_module_info gauge
selfsame_module_info{{module="billing",sha256="{module}",declared="no"}} 1
# HELP selfsame_shipped_intact Whether the files of a shipped directory are those that are expected.
# TYPE selfsame_shipped_intact gauge
selfsame_shipped_intact{{shipped="dist"}} 1
selfsame_shipped_intact{{shipped="pages"}} 0
# HELP selfsame_routes The entries of the route inventory.
# TYPE selfsame_routes gauge
selfsame_routes{{kind="methods"}} 1
selfsame_routes{{kind="method_fallback"}} 0
selfsame_routes{{kind="any"}} 1
selfsame_routes{{kind="opaque"}} 1
selfsame_routes{{kind="fallback"}} 1
# HELP selfsame_routes_missing The lines of the list kept in source that are not mounted.
# TYPE selfsame_routes_missing gauge
selfsame_routes_missing 1
# HELP selfsame_routes_unexpected The lines of what is mounted that the list kept in source does not have.
# TYPE selfsame_routes_unexpected gauge
selfsame_routes_unexpected 3
# HELP selfsame_findings What the process finds in itself, by code.
# TYPE selfsame_findings gauge
selfsame_findings{{code="module-not-compiled",verdict="drift"}} 1
selfsame_findings{{code="shipped-missing",verdict="drift"}} 1
selfsame_findings{{code="executable-replaced",verdict="drift"}} 1
selfsame_findings{{code="route-list-differs",verdict="drift"}} 1
"#
    );
    assert_eq!(text(&report, Level::Full, Syntax::Prometheus), expected);

    let mut open = expected.replace(
        "TYPE selfsame_start_time_seconds gauge\n",
        "TYPE selfsame_start_time_seconds gauge\n# UNIT selfsame_start_time_seconds seconds\n",
    );
    for family in ["selfsame_build", "selfsame_content", "selfsame_module"] {
        open = open
            .replace(&format!("# HELP {family}_info"), &format!("# HELP {family}"))
            .replace(&format!("# TYPE {family}_info gauge"), &format!("# TYPE {family} info"));
    }
    assert_eq!(text(&report, Level::Full, Syntax::OpenMetrics), open + "# EOF\n");
}

/// The samples of a family, without its name.
fn samples<'a>(text: &'a str, family: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(family)).collect()
}

#[test]
fn what_is_unknown_has_no_value_and_is_named() {
    let mut unknown = Facts::new("api", "1.4.0");
    unknown.unknown("rustc", "it did not say");
    let before = report(unknown.clone(), &Routes::unavailable("it is not an axum router"));
    let blind = before.observed(observation(
        ExecutableState::Unknown,
        vec![shipped("dist", ShippedIs::Unknown), shipped("pages", ShippedIs::Same)],
    ));
    for (report, dist) in
        [(&before, r#"fact="shipped""#), (&blind, r#"fact="shipped",shipped="dist""#)]
    {
        for level in [Level::Summary, Level::Full] {
            let text = text(report, level, Syntax::Prometheus);
            for family in [
                "selfsame_content_info",
                "selfsame_intact",
                "selfsame_executable_intact",
                "selfsame_routes",
            ] {
                assert!(!text.contains(family), "{family} at {level}: {text}");
            }
            let build = samples(&text, "selfsame_build_info{").concat();
            assert!(!build.contains("commit=") && !build.contains("tree="), "{build}");
            assert!(build.contains(r#"origin="unknown""#), "{build}");
            let dist = if level == Level::Full { dist } else { r#"fact="shipped""# };
            let mut expected = vec![
                r#"fact="commit""#,
                r#"fact="content""#,
                r#"fact="tree""#,
                r#"fact="intact""#,
                r#"fact="executable""#,
                dist,
            ];
            if level == Level::Full {
                expected.extend([r#"fact="rustc""#, r#"fact="routes""#]);
            }
            let expected: Vec<_> = expected.iter().map(|label| format!("{label}}} 1")).collect();
            assert_eq!(samples(&text, "selfsame_unknown{"), expected, "at {level}");
        }
    }
    let seen = text(&blind, Level::Full, Syntax::Prometheus);
    assert_eq!(samples(&seen, "selfsame_shipped_intact{"), [r#"shipped="pages"} 1"#]);

    // A list is kept, and nothing can be held against it.
    let kept = report(facts(), &Routes::unavailable("it is not an axum router"));
    let kept = text(&kept, Level::Full, Syntax::Prometheus);
    assert!(kept.contains("selfsame_unknown{fact=\"route_list\"} 1\n"), "{kept}");
    assert!(!kept.contains("selfsame_routes"), "{kept}");
}

/// A metric says what the page and the log say, since each is made from the findings.
#[test]
fn what_is_stated_about_drift_is_what_the_findings_state() {
    use crate::findings::{Code, of_report};

    let routes = Routes::Listed("GET /a\nPOST /b\n".parse().unwrap());
    let states = [ShippedIs::Same, ShippedIs::Different, ShippedIs::Missing, ShippedIs::Unknown];
    let executables = [
        ExecutableState::Same,
        ExecutableState::Replaced,
        ExecutableState::Missing,
        ExecutableState::Unknown,
    ];
    for (executable, state, differed) in executables.into_iter().flat_map(|executable| {
        states.into_iter().flat_map(move |state| [false, true].map(|was| (executable, state, was)))
    }) {
        let dist = ShippedState { differed_at_start: differed, ..shipped("dist", state) };
        let observation = observation(executable, vec![dist]);
        let (intact, alone) = (observation.intact(), observation.executable.intact());
        let one = observation.shipped[0].intact();
        let report = report(facts(), &routes).observed(observation);
        let text = text(&report, Level::Full, Syntax::Prometheus);
        let value = |intact: Option<bool>| {
            intact.map(|intact| u8::from(intact).to_string()).into_iter().collect::<Vec<_>>()
        };
        let what = format!("{executable:?} {state:?} {differed}");
        assert_eq!(samples(&text, "selfsame_intact "), value(intact), "{what}");
        assert_eq!(samples(&text, "selfsame_executable_intact "), value(alone), "{what}");
        let shown = samples(&text, "selfsame_shipped_intact{shipped=\"dist\"} ");
        assert_eq!(shown, value(one), "{what}");
        for code in of_report(&report).into_iter().map(|finding| finding.code) {
            assert!(
                text.contains(&format!("selfsame_findings{{code=\"{code}\",")),
                "{what}: {code}"
            );
        }
        assert!(!text.contains(Code::IntactUnknown.as_str()));
    }
}

#[test]
fn each_level_has_its_families() {
    let routes = Routes::Listed("GET /a\n".parse().unwrap());
    let report = report(facts(), &routes)
        .observed(observation(ExecutableState::Same, vec![shipped("dist", ShippedIs::Same)]));
    let summary =
        ["build_info", "content_info", "start_time_seconds", "intact", "executable_intact"];
    let full = ["module_info", "shipped_intact", "routes", "routes_missing", "routes_unexpected"];
    // A module is not compiled in.
    let last = ["findings"];
    for (level, expected) in [
        (Level::Verify, [&["report_level"][..]].concat()),
        (Level::Summary, [&["report_level"][..], &summary, &last].concat()),
        (Level::Full, [&["report_level"][..], &summary, &full, &last].concat()),
    ] {
        let text = text(&report, level, Syntax::Prometheus);
        let families: Vec<_> = samples(&text, "# TYPE selfsame_")
            .into_iter()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(families, expected, "at {level}");
    }
}

#[test]
fn the_number_of_series_is_bounded_and_what_is_left_out_is_unknown() {
    let mut facts = facts();
    facts.modules = (0..=MAX_NAMED).map(|number| module(&format!("m{number:05}"))).collect();
    let directories =
        (0..=MAX_NAMED).map(|number| shipped(&format!("d{number:05}"), ShippedIs::Same));
    let report = report(facts, &Routes::unavailable("it is not an axum router"))
        .observed(observation(ExecutableState::Same, directories.collect()));
    let text = text(&report, Level::Full, Syntax::OpenMetrics);
    for (family, fact) in
        [("selfsame_module_info{", "modules"), ("selfsame_shipped_intact{", "shipped")]
    {
        assert_eq!(samples(&text, family).len(), MAX_NAMED);
        assert!(text.contains(&format!("selfsame_unknown{{fact=\"{fact}\"}} 1\n")), "{fact}");
    }
}

#[test]
fn the_values_of_labels_are_escaped() {
    let mut text = String::new();
    for value in ["\"", "\\", "\n", "a\"} 1\nb{c=\"", "\0", "\r", "\u{85}", "é", "{}", "\\n", ""] {
        let family = Family::gauge("g", "A gauge.").with([Sample::new(1).label("v", value)]);
        let written = exposition::write(&[family], Syntax::Prometheus);
        writeln!(text, "{}", samples(&written, "g").concat()).unwrap();
    }
    let expected = [
        r#"{v="\""} 1"#,
        r#"{v="\\"} 1"#,
        r#"{v="\n"} 1"#,
        r#"{v="a\"} 1\nb{c=\""} 1"#,
        r#"{v="\\u{0}"} 1"#,
        r#"{v="\\u{d}"} 1"#,
        r#"{v="\\u{85}"} 1"#,
        r#"{v="é"} 1"#,
        r#"{v="{}"} 1"#,
        r#"{v="\\n"} 1"#,
        r#"{v=""} 1"#,
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}
