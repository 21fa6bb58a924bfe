//! The JSON Schemas in `schema/`, against the types and against real answers.

use std::collections::BTreeSet;
use std::path::Path;

use axum::Router;
use axum::http::Method;
use selfsame::report::{
    ConfigIs, ConfigState, ConfigVariable, Executable, ExecutableState, Level, Observation, Report,
    ShippedIs, ShippedState,
};
use selfsame::routes::{Inventory, Routes};
use selfsame::stamp::{
    Declared, Digest, Facts, FileDifference, Outside, PackageContent, Shipped, Stamp, Toolchain,
};
use selfsame::{RouterExt as _, SelfCheck};
use serde_json::{Value, json};

use crate::support::{COMMIT, OTHER, TOKEN, app, ask, check, facts};
use selfsame_testing as outside;
use selfsame_testing::schema::{self, NAMES, Schema};

/// Facts with a value in every field that there is.
fn every_fact() -> Facts {
    let shipped = |name: &str| {
        let mut shipped = Shipped::new(name, name, "/app/dist");
        shipped.sha256 = Some(Digest::of(format!("{}  ./a\n", Digest::of(b"a")).as_bytes()));
        shipped.files = 1;
        shipped.bytes = 1;
        shipped.list = vec![format!("{}  ./a", Digest::of(b"a"))];
        shipped
    };
    let mut facts = facts();
    facts.scope.modules = ["src/modules/*".to_owned()].into();
    facts.scope.routes = Some("src/routes.txt".to_owned());
    let package = |name: &str, inactive| {
        let sha256 = Digest::of(name.as_bytes());
        let mut package = PackageContent::new(name, format!("../{name}"), sha256);
        package.inactive = inactive;
        package
    };
    facts.packages = vec![package("kit", false), package("other", true)];
    facts.outside = vec![Outside::new("far", "../../far")];
    facts.modules[0].declared = Some(Declared::No("why".to_owned()));
    facts.shipped = vec![shipped("dist"), Shipped::unknown("old", "old", "old", "not built here")];
    let list = "GET /a\nothers /a\nany /b\nopaque /c\nopaque-prefix /d\nfallback /\n";
    facts.routes = Some(list.parse::<Inventory>().expect("a list"));
    facts.build.rustc = Some("1.95.0".to_owned());
    facts.build.features = vec!["default".to_owned()];
    facts.build.rustflags = vec!["-Ctarget-cpu=native".to_owned()];
    facts.build.opt_level = Some("3".to_owned());
    facts.build.debug_assertions = Some(false);
    let text = |text: &str| Some(text.to_owned());
    facts.info.branch = text("main");
    facts.info.committed_at = text("2026-11-21T05:00:00Z");
    facts.info.changed = vec!["M src/main.rs".to_owned()];
    facts.info.built_at = text("2026-11-21T05:00:00Z");
    let mut toolchain = Toolchain::default();
    toolchain.channel = text("stable");
    toolchain.host = text("x86_64-unknown-linux-gnu");
    toolchain.llvm = text("22.1");
    toolchain.commit = text(OTHER);
    toolchain.commit_date = text("2026-11-21");
    facts.info.toolchain = Some(toolchain);
    facts
}

fn every_observation() -> Observation {
    let mut executable = Executable::new(Some("/app/api".to_owned()), ExecutableState::Replaced);
    executable.commit = Some(COMMIT.parse().expect("it is a commit"));
    executable.fingerprint = Some(Digest::of(b"other"));
    executable.unknown = Some("why".to_owned());
    let mut difference = FileDifference::default();
    difference.missing = vec!["a".to_owned()];
    difference.changed = vec!["b".to_owned()];
    difference.added = vec!["c".to_owned()];
    difference.more = 4;
    let mut shipped = ShippedState::new("dist", "/app/dist", ShippedIs::Different);
    shipped.expected = Some(Digest::of(b"a"));
    shipped.sha256 = Some(Digest::of(b"b"));
    shipped.files = 3;
    shipped.difference = Some(difference);
    shipped.differed_at_start = true;
    shipped.unknown = Some("why".to_owned());
    let mut observation = Observation::new("2026-11-21T05:00:00Z", executable, vec![shipped]);
    let keyed = vec![Digest::of(b"keyed").to_string()];
    let mut config = ConfigState::new("app", "/etc/app.toml", ConfigIs::Unknown);
    config.keyed.clone_from(&keyed);
    config.unknown = Some("why".to_owned());
    let changed = ConfigState::new("more", "/etc/more.toml", ConfigIs::Changed);
    observation.config = vec![config, changed];
    let mut variable = ConfigVariable::new("DATABASE_URL", true);
    variable.keyed = keyed;
    observation.variables = vec![variable];
    observation
}

/// Facts of which nothing is known.
fn no_fact() -> Facts {
    Facts::new("api", "1.0.0")
}

/// Every stamp and every report that a test can think of.
fn samples() -> (Vec<Value>, Vec<Value>) {
    let (mut stamps, mut reports) = (Vec::new(), Vec::new());
    let mut yes = every_fact();
    yes.modules[0].declared = Some(Declared::Yes);
    let mut open = every_fact();
    open.modules[0].declared = Some(Declared::Unknown("a macro".to_owned()));
    for facts in [every_fact(), yes, open, no_fact(), facts()] {
        let stamp = Stamp::seal(facts).expect("the facts agree");
        stamps.push(serde_json::from_str(stamp.text()).expect("it is JSON"));
        let listed: Routes = "GET /a\nPOST /e\n".parse::<Inventory>().expect("a list").into();
        for routes in [listed, Routes::unavailable("not read")] {
            let report = Report::new(&stamp, &routes, "0123456789abcdef", "2026-11-21T05:00:00Z");
            for report in [
                report.clone(),
                report.unobserved("about to", true),
                report.observed(every_observation()),
            ] {
                for report in [report.summary(), report] {
                    reports.push(serde_json::to_value(&report).expect("it is JSON"));
                }
            }
        }
    }
    (stamps, reports)
}

#[test]
fn every_field_of_the_types_is_described_and_every_description_has_a_field() {
    let (stamps, reports) = samples();
    for (name, samples) in [("stamp", &stamps), ("report", &reports)] {
        let validator = Schema::of(name);
        for sample in samples {
            validator.assert(sample);
        }
        let mut described = BTreeSet::new();
        names(&schema::text(name), &mut described);
        let mut there = BTreeSet::new();
        for sample in samples {
            keys(sample, &mut there);
        }
        let missing: Vec<_> = described.difference(&there).collect();
        assert!(
            missing.is_empty(),
            "the schema of the {name} describes {missing:?}, and no sample has it"
        );
    }
}

/// The names of all properties that a schema describes.
fn names(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("type")
                && let Some(Value::Object(properties)) = map.get("properties")
            {
                into.extend(properties.keys().cloned());
            }
            map.values().for_each(|value| names(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| names(value, into)),
        _ => {}
    }
}

fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            into.extend(map.keys().cloned());
            map.values().for_each(|value| keys(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

#[tokio::test]
async fn what_a_process_answers_is_what_the_schemas_say() {
    let report = Schema::as_published("report");
    let problem = Schema::of("problem");
    let services: [Router; 3] = [
        app(check(every_fact()).public(Level::Full)),
        app(check(no_fact())),
        Router::new().selfsame(SelfCheck::new(selfsame::stamp!()).token(TOKEN)),
    ];
    let mut statuses = BTreeSet::new();
    for service in &services {
        for token in [None, Some(TOKEN), Some("wrong-horse-battery")] {
            for target in [
                "/__build".to_owned(),
                "/__build?level=full".to_owned(),
                // Without what depends on whether the process has looked yet.
                format!("/__build?commit={OTHER}"),
                format!("/__build?commit={OTHER}&clean&intact&module=x&route=GET%20/x"),
                format!("/__build?content={0}&fingerprint={0}&else=503", "0".repeat(64)),
                format!("/__build/is/{OTHER}?else=404"),
                "/__build?comit=1".to_owned(),
            ] {
                for method in [Method::GET, Method::POST] {
                    let answer = ask(service, method, &target, token).await;
                    statuses.insert(answer.status.as_u16());
                    if answer.status == 200 {
                        report.assert(&answer.json());
                        Report::parse(answer.text.as_bytes()).expect("it is a report");
                    } else {
                        assert_eq!(answer.header("content-type"), "application/problem+json");
                        problem.assert(&answer.json());
                        assert_eq!(answer.json()["status"], answer.status.as_u16());
                    }
                }
            }
        }
    }
    for status in [200, 400, 401, 404, 409, 503] {
        assert!(statuses.contains(&status), "{status} in {statuses:?}");
    }
}

#[test]
fn what_no_writer_writes_is_refused() {
    let (stamps, reports) = samples();
    let (stamp, report) = (Schema::as_published("stamp"), Schema::as_published("report"));
    let change = |sample: &Value, pointer: &str, to: Value| {
        let mut changed = sample.clone();
        *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = to;
        changed
    };
    for (pointer, to) in [
        ("/format", json!(2)),
        ("/name", json!("")),
        ("/commit", json!("1f0c2d3")),
        ("/content", json!(COMMIT)),
        ("/revision/tree", json!("cleaned")),
        ("/modules/0/declared", json!("no")),
        ("/modules/0/files", json!(-1)),
        ("/shipped/0/unknown", json!("both")),
        ("/packages/0/name", json!("")),
        ("/packages/0/path", json!("")),
        ("/packages/0/sha256", json!(COMMIT)),
        ("/packages/1/inactive", json!(false)),
        ("/outside/0/path", json!("")),
        ("/scope/modules", json!("src/modules/*")),
        ("/build/rustflags", json!("-Ctarget-cpu=native")),
        ("/build/opt_level", json!(3)),
        ("/build/opt_level", json!("4")),
        ("/build/debug_assertions", json!("false")),
        ("/routes", json!([])),
        ("/unknown", json!({"commit": "both"})),
    ] {
        let mut sample = stamps[0].clone();
        sample["unknown"] = json!({});
        sample["shipped"][0]["unknown"] = json!(null);
        let object = sample["shipped"][0].as_object_mut().expect("an object");
        object.remove("unknown");
        stamp.assert(&sample);
        if pointer == "/shipped/0/unknown" {
            sample["shipped"][0]["unknown"] = json!("");
        }
        assert!(!stamp.is_valid(&change(&sample, pointer, to)), "{pointer}");
    }
    let full = reports.iter().find(|report| report["level"] == "full").expect("there is one");
    for (pointer, to) in [
        ("/commit", json!(null)),
        ("/tree", json!("unknown")),
        ("/level", json!("verify")),
        ("/level", json!("summary")),
        ("/started_at", json!("yesterday")),
        ("/packages", json!({})),
        ("/packages/0/sha256", json!("")),
        ("/outside/0/name", json!("")),
        ("/scope", json!([])),
        ("/routes", json!({"list": [], "unavailable": "both"})),
    ] {
        assert!(!report.is_valid(&change(full, pointer, to)), "{pointer}");
    }
    for field in ["commit", "fingerprint", "modules", "outside", "packages", "scope", "unknown"] {
        let mut less = full.clone();
        less.as_object_mut().expect("an object").remove(field);
        assert!(!report.is_valid(&less), "{field}");
    }
}

#[test]
fn the_schemas_are_all_that_there_are() {
    let files = std::fs::read_dir(outside::package().join("schema")).expect("there are schemas");
    let mut found: Vec<String> = files
        .map(|file| file.expect("it can be read").file_name().to_string_lossy().into_owned())
        .filter_map(|name| {
            Some(Path::new(&name).to_str()?.strip_suffix(".schema.json")?.to_owned())
        })
        // That of a file which the command reads is held against the file in the command's own tests.
        .filter(|name| name != "selfsame-toml")
        .collect();
    found.sort_unstable();
    // Those of the command are held against what it prints in its own tests.
    let mut names = NAMES.to_vec();
    names.sort_unstable();
    assert_eq!(found, names);
}
