//! The list of routes that a service keeps in its source.

use std::path::Path;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use selfsame::report::Report;
use selfsame::routes::{ListComparison, assert_listed};
use selfsame::stamp::{Facts, Stamp};
use selfsame::{Level, RouterExt as _};
use selfsame_build::Stamper;
use selfsame_core::environment::Environment;
use tempfile::TempDir;

use crate::support::{TOKEN, app, ask, check, facts, get_from, panic_of};

/// With the list as it lies in this package, and the router as it is served.
#[test]
fn a_service_keeps_its_list_with_one_line_in_a_test() {
    assert_listed(&app(check(facts())), "tests/it/routes.txt");
}

#[test]
fn a_failure_stands_at_the_line_of_the_test() {
    let router: Router = Router::new().route("/", get(|| async {}));
    let said = panic_of(move || assert_listed(&router, "no/such/list.txt"));
    assert!(said.contains("no/such/list.txt"), "{said}");
    assert!(said.contains("tests/it/kept.rs"), "{said}");
}

/// Stamps a package with these files, and returns the stamp and what cargo is told.
fn stamp(stamper: Stamper, files: &[(&str, &str)]) -> Result<(Stamp, String), String> {
    let directory = TempDir::with_prefix("kept-").expect("a temporary directory");
    let write = |path: &str, text: &str| {
        let path = directory.path().join("api").join(path);
        std::fs::create_dir_all(path.parent().expect("it has a parent")).expect("mkdir");
        std::fs::write(path, text).expect("write");
    };
    write("Cargo.toml", "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n[workspace]\n");
    write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n");
    write("src/main.rs", "fn main() {}\n");
    for (path, text) in files {
        write(path, text);
    }
    let path = |path: &Path| path.to_str().expect("the path is UTF-8").to_owned();
    let environment: Environment = [
        ("CARGO_MANIFEST_DIR", path(&directory.path().join("api"))),
        ("OUT_DIR", path(&directory.path().join("out"))),
        ("PROFILE", "release".to_owned()),
        ("TARGET", "x86_64-unknown-linux-gnu".to_owned()),
        ("PATH", "/usr/bin:/bin".to_owned()),
        ("SELFSAME_GIT", "off".to_owned()),
    ]
    .into_iter()
    .collect();
    let mut said = Vec::new();
    let stamp = stamper.emit_to(&environment, &mut said).map_err(|error| error.to_string())?;
    Ok((stamp, String::from_utf8(said).expect("cargo reads UTF-8")))
}

#[test]
fn the_stamp_carries_the_list_and_its_file_is_watched() {
    let list = "# Ours.\nPOST /b\nGET /a\n";
    let plain = |list| stamp(Stamper::new(), &[("routes.txt", list)]).expect("a stamp").0;
    let kept = |list| {
        let stamper = Stamper::new().routes("./routes.txt");
        stamp(stamper, &[("routes.txt", list)]).expect("a stamp")
    };
    let (stamp, said) = kept(list);
    let routes = stamp.facts().routes.as_ref().expect("it is kept");
    assert_eq!(routes.to_string(), "GET /a\nPOST /b\n");
    assert_eq!(stamp.facts().scope.routes.as_deref(), Some("routes.txt"));
    assert!(said.lines().any(|line| line.ends_with("/api/routes.txt")), "{said}");

    // What the build script says in code changes no content, which anyone can compute from source.
    assert_eq!(stamp.facts().content, kept("GET /a\n").0.facts().content);
    assert_eq!(stamp.facts().content, plain(list).facts().content);
    assert_ne!(stamp.fingerprint(), kept("GET /a\n").0.fingerprint());
}

#[test]
fn a_list_in_src_needs_no_scope_beyond_the_convention() {
    let files = [("src/routes.txt", "GET /a\n")];
    let (kept, _) = stamp(Stamper::new().routes("src/routes.txt"), &files).expect("a stamp");
    let (plain, _) = stamp(Stamper::new(), &files).expect("a stamp");
    assert_eq!(kept.facts().content, plain.facts().content);
    assert_ne!(kept.fingerprint(), plain.fingerprint());
}

#[test]
fn a_list_that_cannot_be_read_stops_the_build() {
    for (files, path, why) in [
        (&[][..], "routes.txt", "is missing, or is not a regular file"),
        (&[("routes.txt", "")][..], "routes.txt", "no route stands in the list"),
        (&[("routes.txt", "GET /a\nget /b")][..], "routes.txt", "line 2 begins with"),
        (&[][..], "src", "is missing, or is not a regular file"),
        (&[][..], "../routes.txt", "is outside the package"),
        (&[][..], "/routes.txt", "is absolute"),
    ] {
        let error = stamp(Stamper::new().routes(path), files).expect_err(path);
        assert!(error.contains(why), "{path}: {error}");
    }
}

/// The facts of a package that keeps this list.
fn keeping(list: &str) -> Facts {
    let mut facts = facts();
    facts.scope.routes = Some("src/routes.txt".to_owned());
    facts.routes = Some(list.parse().expect("a list"));
    facts
}

#[tokio::test]
async fn the_report_names_what_is_not_mounted_and_what_is_not_expected() {
    let list = "GET /\nGET /api/v1/workflows/steps\nPOST /api/v1/workflows/{id}\n";
    let app = app(check(keeping(list)));
    let answer = ask(&app, Method::GET, "/__build", Some(TOKEN)).await;
    assert_eq!(
        answer.json()["route_list"].to_string(),
        r#"{"missing":["GET /api/v1/workflows/steps"],"unexpected":["GET /api/v1/workflows/{id}"]}"#
    );
    let report = Report::parse(answer.text.as_bytes()).expect("it is a report");
    let standing = report.route_list.expect("a list is kept");
    assert_eq!(standing.difference().map(|difference| difference.missing().len()), Some(1));

    // Names are for the holder of a token.
    let summary = get_from(&app, "/__build").await;
    assert!(!summary.text.contains("workflows"), "{}", summary.text);
    assert_eq!(summary.json()["counts"]["routes"].to_string(), r#"{"listed":2,"missing":1}"#);
}

#[tokio::test]
async fn a_list_that_is_met_has_no_difference_and_none_that_is_kept_no_field() {
    let kept = std::fs::read_to_string("tests/it/routes.txt").expect("the list of this package");
    let met = app(check(keeping(&kept)));
    let answer = ask(&met, Method::GET, "/__build", Some(TOKEN)).await;
    assert_eq!(answer.json()["route_list"].to_string(), r#"{"missing":[],"unexpected":[]}"#);
    let none = ask(&app(check(facts())), Method::GET, "/__build", Some(TOKEN)).await;
    assert!(none.json().get("route_list").is_none());
}

#[tokio::test]
async fn without_an_inventory_nothing_is_said_to_be_missing() {
    // Longer than any path that an inventory takes.
    let long = format!("/{}", "x".repeat(5000));
    let app: Router = Router::new()
        .route("/there", get(|| async {}))
        .route(&long, get(|| async {}))
        .selfsame(check(keeping("GET /there\n")).public(Level::Full));
    let answer = get_from(&app, "/__build").await;
    let reason = "router not understood: a route is too long";
    let unavailable = serde_json::json!({ "unavailable": reason });
    assert_eq!(answer.json()["routes"], unavailable);
    assert_eq!(answer.json()["route_list"], unavailable);
    let report = Report::parse(answer.text.as_bytes()).expect("it is a report");
    assert_eq!(report.route_list, Some(ListComparison::Unavailable(reason.to_owned())));

    for route in ["GET%20/there", "GET%20/nowhere", "POST%20/there"] {
        let answer = get_from(&app, &format!("/__build?route={route}")).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{route}");
        let told = &answer.json()["failed"][0];
        assert_eq!(told["condition"], "route");
        assert_eq!(told["unknown"], format!("the routes are unavailable: {reason}"), "{route}");
    }
    // What does not depend on the routes is answered as ever.
    assert_eq!(get_from(&app, "/__build?clean").await.status, StatusCode::OK);
    assert_eq!(get_from(&app, "/there").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_report_whose_lists_contradict_each_other_is_none() {
    let app = app(check(keeping("GET /\nGET /gone\n")).public(Level::Full));
    let good = get_from(&app, "/__build").await.text;
    let standing = r#""route_list":{"missing":["GET /gone"],"unexpected":["GET /api/v1/workflows/{id}","POST /api/v1/workflows/{id}"]}"#;
    assert!(good.contains(standing), "{good}");
    for other in [
        r#""route_list":{},"#,
        r#""route_list":{"missing":[]},"#,
        r#""route_list":{"missing":["GET /gone"],"unexpected":[],"unavailable":"why"},"#,
        r#""route_list":{"missing":["GET /gone"],"unexpected":[],"more":1},"#,
        r#""route_list":{"unavailable":"why"},"#,
        r#""route_list":{"missing":["GET /"],"unexpected":[]},"#,
        r#""route_list":{"missing":[],"unexpected":["GET /gone"]},"#,
        r#""route_list":{"missing":["GET /x","GET /gone"],"unexpected":[]},"#,
        r#""route_list":{"missing":["GET /gone","GET /gone"],"unexpected":[]},"#,
        r#""route_list":{"missing":["method=GET /gone"],"unexpected":[]},"#,
        r#""route_list":{"missing":["gone"],"unexpected":[]},"#,
    ] {
        let bad = good.replacen(&format!("{standing},"), other, 1);
        assert_ne!(bad, good, "{other}");
        assert!(Report::parse(bad.as_bytes()).is_err(), "{other}");
    }
}
