//! The command in an image of its own, from `deploy/image/Dockerfile`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

use crate::docker::{self, Container, Image, available, docker, unique};
use crate::servers::Server;
use crate::shop::{Moment, ROUTE, TOKEN, built, environment};
use selfsame_testing::{package, profile_directory, yaml};

/// Links the command statically, as a release does. Nothing is compiled for it but `main`.
fn link(to: &Path) {
    let target = profile_directory().parent().expect("target/debug lies in target").to_owned();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--package", "selfsame-cli", "--lib"]);
    cargo.arg("--target-dir").arg(&target).current_dir(package());
    docker::finish(&mut cargo).expect("the library of the command is compiled");
    let built = target.join("debug");
    let mut rustc = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"));
    rustc
        .args(["--edition", "2024", "--crate-name", "selfsame", "--extern"])
        .arg(format!("selfsame_cli={}", built.join("libselfsame_cli.rlib").display()))
        .arg("-L")
        .arg(format!("dependency={}", built.join("deps").display()))
        .args(["-C", "target-feature=+crt-static", "-C", "strip=symbols", "-o"])
        .arg(to)
        .arg(package().join("crates/selfsame-cli/src/main.rs"));
    docker::finish(&mut rustc).expect("the command is linked");
}

/// The image, built once.
fn image() -> Arc<Image> {
    static IMAGE: Mutex<Weak<Image>> = Mutex::new(Weak::new());
    let mut image = IMAGE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(image) = image.upgrade() {
        return image;
    }
    let context = TempDir::with_prefix("selfsame-drift-").expect("a temporary directory");
    fs::create_dir_all(context.path().join("linux/amd64")).expect("mkdir");
    link(&context.path().join("linux/amd64/selfsame"));
    let dockerfile = package().join("deploy/image/Dockerfile");
    fs::copy(dockerfile, context.path().join("Dockerfile")).expect("it can be copied");
    let of_amd = ["--build-arg", "TARGETARCH=amd64"];
    let made = Arc::new(Image::of(context.path(), "command", &of_amd));
    *image = Arc::downgrade(&made);
    made
}

/// Runs the command in its image: its exit code, and all that it prints.
fn run(image: &Image, docker: &[&str], arguments: &[&str]) -> (i32, String) {
    let name = unique("command");
    // As restricted as the Job of `deploy/kubernetes` is.
    let restricted = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];
    let run = [&["run", "--rm", "--name", &*name][..], &restricted].concat();
    let output = Command::new("docker")
        .args([&run[..], docker, &[&image.tag], arguments].concat())
        .env_clear()
        .envs(environment())
        .output()
        .expect("docker runs");
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().expect("docker ends by itself");
    (code, String::from_utf8_lossy(&said).into_owned())
}

#[track_caller]
fn assert_ends((code, said): &(i32, String), expected: i32, words: &[&str]) {
    assert_eq!(*code, expected, "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not said:\n{said}");
    }
}

/// A network, in which containers know each other by name.
struct Network(String);

impl Network {
    fn new() -> Self {
        let network = Self(unique("network"));
        docker(&["network", "create", &network.0]);
        network
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = docker::run(&["network", "rm", &self.0]);
    }
}

#[test]
fn the_command_checks_from_an_image_of_its_own() {
    if !available() {
        return;
    }
    let image = image();
    let (code, version) = run(&image, &["--network", "none"], &["--version"]);
    assert_eq!((code, version), (0, format!("selfsame {}\n", env!("CARGO_PKG_VERSION"))));

    let network = Network::new();
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let api = Image::api(&new, &[]);
    let within = ["--network", &*network.0];
    let _api = Container::api(&api, &[&within[..], &["--network-alias", "api"]].concat());
    let bearer = format!("BEARER={TOKEN}");
    let with_bearer = [&within[..], &["--env", &bearer]].concat();
    let route = ["--route", ROUTE, "--bearer-env", "BEARER"];
    let check = |commit: &str| {
        // By name, which only the network's own DNS knows.
        let arguments = ["check", "http://api:8080", "--direct", "--commit", commit];
        run(&image, &with_bearer, &[&arguments[..], &route].concat())
    };
    assert_ends(&check(&new.commit), 0, &["[commit-only]", "[auth-works]"]);
    assert_ends(&check(&old.commit), 1, &["[commit-differs]"]);
    let nobody = ["check", "http://nobody:8080", "--commit", &new.commit];
    assert_ends(&run(&image, &within, &nobody), 2, &["[report-unavailable]"]);
}

#[test]
fn the_image_has_authorities_and_takes_those_of_its_user() {
    if !available() {
        return;
    }
    let image = image();
    let new = built(Moment::New);
    let image_of_api = Image::api(&new, &[]);
    let api = Container::api(&image_of_api, &[]);
    let server = Server::nginx_with_tls(api.url());
    let url = server.url().replace("http://", "https://");
    let check = ["check", &url, "--direct", "--commit", &new.commit];
    let host = ["--network", "host"];
    // There are some: without any, none of them could be said to be missing for this one.
    let found = run(&image, &host, &check);
    assert_ends(&found, 2, &["certificate", "UnknownIssuer"]);

    let mounted = format!("{}:/authority.pem:ro", server.file("authority.pem").display());
    let trusting = ["--volume", &mounted, "--env", "SSL_CERT_FILE=/authority.pem"];
    assert_ends(&run(&image, &[&host[..], &trusting].concat(), &check), 0, &["[commit-only]"]);
    // What is named and missing is not replaced by what is compiled in.
    let missing = ["--env", "SSL_CERT_FILE=/nonexistent.pem"];
    let found = run(&image, &[&host[..], &missing].concat(), &check);
    assert_ends(&found, 2, &["No CA certificates"]);
}

/// A project of Compose from a file in `deploy/`, gone when it is dropped.
struct Project {
    name: String,
    file: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Project {
    fn new(file: &str, variables: &[(&'static str, &str)]) -> Self {
        let variables =
            variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { name: unique("deployed"), file: package().join("deploy").join(file), variables }
    }

    /// Runs docker-compose: its exit code, and all that it prints.
    fn run(&self, variables: &[(&str, &str)], arguments: &[&str]) -> (i32, String) {
        let output = Command::new("docker-compose")
            .args(["--project-name", &self.name, "--file"])
            .arg(&self.file)
            .args(arguments)
            .env_clear()
            .envs(environment())
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .envs(variables.iter().copied())
            .output()
            .expect("docker-compose runs");
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.code().expect("it ends by itself"), said.into_owned())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ =
            self.run(&[("EXPECTED_COMMIT", "-")], &["down", "--remove-orphans", "--timeout", "0"]);
    }
}

#[test]
fn the_gate_of_compose_exits_as_the_command_does() {
    if !available() {
        return;
    }
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let api = Image::api(&new, &[]);
    let command = image();
    let images = [("API_IMAGE", &*api.tag), ("SELFSAME_IMAGE", &*command.tag)];
    let project = Project::new("compose/compose.yaml", &images);
    let gate = |commit: &str, wait: &str| {
        let variables = [("EXPECTED_COMMIT", commit), ("WAIT", wait)];
        project.run(&variables, &["run", "--rm", "gate"])
    };
    assert_ends(&gate(&new.commit, "30s"), 0, &["[commit-only]"]);
    assert_ends(&gate(&old.commit, "1s"), 1, &["[commit-differs]"]);
    // What is not said is asked for.
    assert_ends(&project.run(&[], &["config"]), 1, &["the commit that should run"]);
}

#[test]
fn the_health_of_a_task_is_that_of_its_commit() {
    if !available() {
        return;
    }
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let (command, api) = (image(), Image::api(&new, &[]));
    let args = [format!("API_IMAGE={}", api.tag), format!("SELFSAME_IMAGE={}", command.tag)];
    let args = ["--build-arg", &args[0], "--build-arg", &args[1]];
    let both = Image::of(&package().join("deploy/swarm"), "both", &args);
    let container = Container::api(&both, &[]);
    let project = Project::new("swarm/stack.yaml", &[("API_IMAGE", &both.tag)]);
    for (commit, healthy) in [(&new.commit, true), (&old.commit, false)] {
        let (code, file) = project.run(&[("EXPECTED_COMMIT", commit)], &["config"]);
        assert_eq!(code, 0, "{file}");
        let test = yaml::parse_one(&file)["services"]["api"]["healthcheck"]["test"].clone();
        let words: Vec<String> = serde_json::from_value(test).expect("a list of words");
        assert_eq!(words[0], "CMD");
        let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let ended = docker::run(&[&["exec", &*container.name], &words[..]].concat());
        assert_eq!(ended.is_ok(), healthy, "{ended:?}");
    }
}
