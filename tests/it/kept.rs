//! The list of routes that a service keeps in its source.

use std::path::Path;

use axum::Router;
use axum::routing::get;
use selfsame::build::Stamper;
use selfsame::environment::Environment;
use selfsame::routes::assert_listed;
use selfsame::stamp::Stamp;
use tempfile::TempDir;

use crate::support::{app, check, facts, panic_of};

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
fn the_stamp_carries_the_list_and_content_covers_its_file() {
    let list = "# Ours.\nPOST /b\nGET /a\n";
    let plain = |list| stamp(Stamper::new(), &[("routes.txt", list)]).expect("a stamp").0;
    let kept = |list| {
        let stamper = Stamper::new().routes("./routes.txt");
        stamp(stamper, &[("routes.txt", list)]).expect("a stamp")
    };
    let (stamp, said) = kept(list);
    let routes = stamp.routes.as_ref().expect("it is kept");
    assert_eq!(routes.to_string(), "GET /a\nPOST /b\n");
    assert_eq!(stamp.scope.routes.as_deref(), Some("routes.txt"));
    assert!(!stamp.scope.is_conventional());
    assert!(said.lines().any(|line| line.ends_with("/api/routes.txt")), "{said}");

    // Without the line in the build script the file is nothing to the build.
    assert_eq!(plain(list).content, plain("GET /a\n").content);
    assert_ne!(stamp.content, kept("GET /a\n").0.content);
    assert_ne!(stamp.content, plain(list).content);
}

#[test]
fn a_list_in_src_needs_no_scope_beyond_the_convention() {
    let files = [("src/routes.txt", "GET /a\n")];
    let (kept, _) = stamp(Stamper::new().routes("src/routes.txt"), &files).expect("a stamp");
    assert!(kept.scope.is_conventional());
    let (plain, _) = stamp(Stamper::new(), &files).expect("a stamp");
    assert_eq!(kept.content, plain.content);
    assert_ne!(kept.fingerprint(), plain.fingerprint());
}

#[test]
fn a_list_that_cannot_be_read_stops_the_build() {
    for (files, path, why) in [
        (&[][..], "routes.txt", "cannot read the list of routes"),
        (&[("routes.txt", "")][..], "routes.txt", "no route stands in the list"),
        (&[("routes.txt", "GET /a\nget /b")][..], "routes.txt", "line 2 begins with"),
        (&[][..], "src", "is no regular file"),
        (&[][..], "../routes.txt", "is outside the package"),
        (&[][..], "/routes.txt", "is absolute"),
    ] {
        let error = stamp(Stamper::new().routes(path), files).expect_err(path);
        assert!(error.contains(why), "{path}: {error}");
    }
}
