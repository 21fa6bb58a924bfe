//! What each crate publishes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use selfsame_testing::kept::assert_kept;
use selfsame_testing::{clean_environment, package};
use serde_json::Value;

/// Runs cargo on this workspace, without a network.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--offline", "--locked"])
        .current_dir(package())
        .env_clear()
        .envs(clean_environment())
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("it is text")
}

/// The published packages by their names.
pub(crate) fn published() -> BTreeMap<String, Value> {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("it is JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let named = packages.iter().filter(|package| package["publish"].is_null());
    named.map(|one| (one["name"].as_str().expect("a name").to_owned(), one.clone())).collect()
}

/// The files of an archive, without those that cargo makes, and with all Rust files of `src` as one.
fn files(listed: &str) -> BTreeSet<&str> {
    let made = ["Cargo.lock", "Cargo.toml.orig", ".cargo_vcs_info.json"];
    let is_source = |file: &str| {
        let ending = Path::new(file).extension();
        file.starts_with("src/") && ending.is_some_and(|ending| ending == "rs")
    };
    let files = listed.lines().filter(|file| !made.contains(file));
    files.map(|file| if is_source(file) { "src/**/*.rs" } else { file }).collect()
}

#[test]
fn each_archive_holds_what_is_kept_here() {
    let mut text = String::new();
    for name in published().keys() {
        let listed = cargo(&["package", "--list", "--allow-dirty", "--package", name]);
        text.extend(files(&listed).into_iter().map(|file| format!("{name}/{file}\n")));
    }
    assert_kept(&package().join("crates/selfsame-cli/tests/release/packages.txt"), &text);
}

#[test]
fn each_manifest_says_what_a_registry_asks_for() {
    let published = published();
    assert_eq!(published.len(), 6, "{:?}", published.keys());
    for (name, package) in &published {
        for field in ["description", "license", "readme", "rust_version", "homepage", "repository"]
        {
            assert!(
                package[field].as_str().is_some_and(|text| !text.is_empty()),
                "{name}: {field}"
            );
        }
        for dependency in package["dependencies"].as_array().expect("a list") {
            // A dependency for tests is left out of an archive, and needs no version.
            let is_known = dependency["kind"] == "dev" || dependency["req"] != "*";
            assert!(is_known, "{name} asks for any version of {}", dependency["name"]);
        }
    }
}
