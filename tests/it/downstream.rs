//! What a service takes on when it depends on this crate.

use std::process::Command;

#[path = "../support/mod.rs"]
mod support;

use support::cargo::Cargo;
use tempfile::TempDir;

/// The crates that a service compiles for the default runtime.
fn tree(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(support::package())
        .args(["tree", "--offline", "--prefix", "none", "--format", "{p}"])
        .args(arguments)
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut names: Vec<String> =
        text.lines().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn the_default_runtime_has_nothing_of_the_build_side_and_the_command() {
    let names = tree(&["--edges", "normal,build"]);
    assert!(names.iter().any(|name| name == "axum"), "the tree was read: {names:?}");
    for foreign in [
        "vergen",
        "toml",
        "walkdir",
        "filetime",
        "clap",
        "ureq",
        "rustls",
        "ring",
        "indicatif",
        "tempfile",
        "tokio",
        "hyper",
    ] {
        assert!(!names.iter().any(|name| name == foreign), "{foreign} in {names:?}");
    }
}

#[test]
fn the_layer_alone_comes_without_axum() {
    let names = tree(&["--edges", "normal,build", "--no-default-features", "--features", "tower"]);
    assert!(!names.iter().any(|name| name.starts_with("axum") || name == "tower"), "{names:?}");
}

#[test]
fn the_build_side_comes_without_the_runtime_and_the_command() {
    let names = tree(&["--edges", "normal,build", "--no-default-features", "--features", "build"]);
    for foreign in ["axum", "http", "tower-service", "clap", "ureq", "tempfile"] {
        assert!(!names.iter().any(|name| name == foreign), "{foreign} in {names:?}");
    }
}

fn service(main: &str) -> TempDir {
    let directory = TempDir::with_prefix("downstream-").expect("a temporary directory");
    let here = support::package().to_str().expect("the path is UTF-8");
    let manifest = format!(
        "[package]\nname = \"downstream\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nselfsame = {{ path = {here:?}, default-features = false }}\n"
    );
    std::fs::create_dir(directory.path().join("src")).expect("mkdir");
    std::fs::write(directory.path().join("Cargo.toml"), manifest).expect("write");
    std::fs::copy(support::package().join("Cargo.lock"), directory.path().join("Cargo.lock"))
        .expect("copy");
    std::fs::write(directory.path().join("src/main.rs"), main).expect("write");
    directory
}

#[test]
fn in_a_build_of_somebody_elses_our_build_script_does_nothing() {
    let service = service("fn main() {}\n");
    let target = service.path().join("target");
    let built = Cargo::into_target(&target).build(service.path(), &["--offline"]);
    for crates in ["vergen", "toml", "walkdir"] {
        assert!(!built.compiled(crates), "{}", built.said);
    }
    let scripts = target.join("debug/build");
    let ours = scripts
        .read_dir()
        .expect("cargo ran build scripts")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.join("output").is_file())
        .filter(|path| {
            path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("selfsame-"))
        })
        .collect::<Vec<_>>();
    assert_eq!(ours.len(), 1, "{ours:?}");
    let said = std::fs::read_to_string(ours[0].join("output")).expect("it can be read");
    assert_eq!(said, "cargo::rerun-if-changed=build.rs\n");
    let out = ours[0].join("out").read_dir().expect("it can be read").count();
    assert_eq!(out, 0, "it wrote nothing");
}

#[test]
fn without_a_build_script_the_compiler_says_which_lines_are_missing() {
    let service = service("fn main() { let _ = selfsame::stamp!(); }\n");
    let target = service.path().join("target");
    let built = Cargo::into_target(&target).run(service.path(), &["build", "--offline"]);
    assert!(!built.success);
    for line in [
        "Three lines are missing",
        "[build-dependencies]",
        "features = [\\\"build\\\"]",
        "fn main() { selfsame::build::Stamper::new().emit(); }",
    ] {
        let plain = line.replace("\\\"", "\"");
        assert!(
            built.said.contains(line) || built.said.contains(&plain),
            "{line}:\n{}",
            built.said
        );
    }
}
