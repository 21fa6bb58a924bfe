//! What a service takes on when it depends on this crate.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use selfsame_testing as outside;
use selfsame_testing::cargo::Cargo;

/// The crates that a service compiles for the default runtime.
fn tree(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(outside::package())
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
    let names = tree(&["--package", "selfsame-build", "--edges", "normal,build"]);
    for foreign in ["axum", "http", "tower-service", "clap", "ureq", "tempfile", "vergen"] {
        assert!(!names.iter().any(|name| name == foreign), "{foreign} in {names:?}");
    }
}

/// Cargo with the target directory that all services of the tests share.
fn services() -> Cargo {
    let profile = outside::profile_directory();
    Cargo::into_target(&profile.parent().expect("target/debug lies in target").join("services"))
}

/// A package of its own name: cargo tells packages of one name in one target directory apart by
/// times alone, wherever they lie.
fn service(name: &str, main: &str) -> TempDir {
    let directory = TempDir::with_prefix("downstream-").expect("a temporary directory");
    let here = outside::package().to_str().expect("the path is UTF-8");
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nselfsame = {{ path = {here:?}, default-features = false }}\n"
    );
    std::fs::create_dir(directory.path().join("src")).expect("mkdir");
    std::fs::write(directory.path().join("Cargo.toml"), manifest).expect("write");
    std::fs::copy(outside::package().join("Cargo.lock"), directory.path().join("Cargo.lock"))
        .expect("copy");
    std::fs::write(directory.path().join("src/main.rs"), main).expect("write");
    directory
}

#[test]
fn in_a_build_of_somebody_elses_our_build_script_does_nothing() {
    let service = service("inert", "fn main() {}\n");
    let output = services()
        .command(service.path())
        .args(["build", "--offline", "--message-format", "json"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8_lossy(&output.stdout);
    let ours = format!("path+file://{}#", outside::package().display());
    let ran: Vec<Value> = messages
        .lines()
        .map(|line| serde_json::from_str(line).expect("cargo speaks JSON"))
        .filter(|message: &Value| {
            message["reason"] == "build-script-executed"
                && message["package_id"].as_str().is_some_and(|id| id.starts_with(&ours))
        })
        .collect();
    let [ran] = ran.as_slice() else { panic!("it ran once: {ran:?}\n{messages}") };
    for nothing in ["linked_libs", "linked_paths", "cfgs", "env"] {
        assert_eq!(ran[nothing], Value::Array(Vec::new()), "{nothing}");
    }
    let out = Path::new(ran["out_dir"].as_str().expect("it has an OUT_DIR"));
    assert_eq!(out.read_dir().expect("it can be read").count(), 0, "it wrote nothing");
    let said = out.with_file_name("output");
    let said = std::fs::read_to_string(said).expect("cargo keeps what it said");
    assert_eq!(said, "cargo::rerun-if-changed=build.rs\n");
}

#[test]
fn without_a_build_script_the_compiler_says_which_lines_are_missing() {
    let service = service("unstamped", "fn main() { let _ = selfsame::stamp!(); }\n");
    let built = services().run(service.path(), &["build", "--offline"]);
    assert!(!built.success);
    for line in [
        "Three lines are missing",
        "[build-dependencies]",
        "selfsame-build = \\\"0.1\\\"",
        "fn main() { selfsame_build::stamp(); }",
    ] {
        let plain = line.replace("\\\"", "\"");
        assert!(
            built.said.contains(line) || built.said.contains(&plain),
            "{line}:\n{}",
            built.said
        );
    }
}
