//! What a real Docker daemon has, and what Podman has, through the client.

use std::process::Command;

use tempfile::TempDir;

use crate::pack::{Shelf, commit, executable, facts};
use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame};
use selfsame_testing::command::{Outcome, install_script};
use selfsame_testing::requirements::{have, require};

/// A client and what it speaks for: the daemon of Docker, or storage of its own for Podman.
enum Engine {
    Docker,
    Podman { storage: TempDir },
}

impl Engine {
    fn docker() -> Option<Self> {
        let answers = have("docker")
            && require("a Docker daemon that answers", Self::Docker.run(&["version"]).is_ok());
        answers.then_some(Self::Docker)
    }

    fn podman() -> Option<Self> {
        if !have("podman") {
            return None;
        }
        let storage = TempDir::with_prefix("selfsame-podman-").expect("a temporary directory");
        let below = |name: &str| storage.path().join(name).display().to_string();
        let configuration = format!(
            "[storage]\ndriver = \"vfs\"\ngraphroot = {:?}\nrunroot = {:?}\n",
            below("root"),
            below("run")
        );
        std::fs::write(below("storage.conf"), configuration).expect("it can be written");
        // What is asked when `docker` is not on the PATH.
        std::fs::create_dir(below("bin")).expect("it can be made");
        let found = Command::new("sh").args(["-c", "command -v podman"]).output().expect("sh runs");
        let found = String::from_utf8(found.stdout).expect("the path is UTF-8");
        std::os::unix::fs::symlink(found.trim(), below("bin/podman")).expect("it can be linked");
        let podman = Self::Podman { storage };
        let works = require("a Podman that works here", podman.run(&["info"]).is_ok());
        works.then_some(podman)
    }

    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = match self {
            Self::Docker => Command::new("docker"),
            Self::Podman { storage } => {
                let mut podman = Command::new("podman");
                podman.env("CONTAINERS_STORAGE_CONF", storage.path().join("storage.conf"));
                podman
            }
        };
        let output = command.args(arguments).output().expect("the client runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// The command, which finds this client.
    fn inspect(&self, arguments: &[&str]) -> Outcome {
        self.selfsame(&[&["inspect"], arguments].concat())
    }

    fn selfsame(&self, arguments: &[&str]) -> Outcome {
        let mut command = selfsame();
        if let Self::Podman { storage } = self {
            command
                .env("CONTAINERS_STORAGE_CONF", storage.path().join("storage.conf"))
                .env("PATH", storage.path().join("bin"));
        }
        finish(command.args(arguments))
    }
}

/// An image and a container of it, both gone when it is dropped.
struct Built<'a> {
    name: String,
    shelf: Shelf,
    engine: &'a Engine,
}

impl<'a> Built<'a> {
    /// Builds an image from these lines behind `FROM scratch`, with `api` and `dist` beside them.
    fn new(engine: &'a Engine, lines: &str) -> Self {
        let shelf = Shelf::new();
        // The directory's name is unique, and an image's is in small letters.
        let unique = crate::pack::sha256(shelf.path("").as_os_str().as_encoded_bytes());
        let name = format!("selfsame-test-{}", &unique[..16]);
        let context = shelf.path("context");
        std::fs::create_dir_all(context.join("dist/modules/workflow")).unwrap();
        for (path, bytes) in [
            ("api", executable(&facts('a'))),
            // Of another length: some drivers see no difference in a file of one length and time.
            ("old-api", [executable(&facts('b')), b"older".to_vec()].concat()),
            ("dist/index.html", b"<html>".to_vec()),
            ("dist/modules/workflow/flow.js", b"flow".to_vec()),
            ("Dockerfile", format!("FROM scratch\n{lines}\n").into_bytes()),
        ] {
            std::fs::write(context.join(path), bytes).unwrap();
        }
        let built = Self { name, shelf, engine };
        engine
            .run(&["build", "--quiet", "--tag", &built.name, context.to_str().unwrap()])
            .expect("the image can be built");
        built
    }

    fn image(&self) -> String {
        format!("docker://{}", self.name)
    }
}

impl Drop for Built<'_> {
    fn drop(&mut self) {
        let _ = self.engine.run(&["rm", "--force", "--volumes", &self.name]);
        let _ = self.engine.run(&["rmi", "--force", &self.name]);
    }
}

const LINES: &str = "COPY old-api /app/api\nCOPY dist /app/dist\nCOPY api /app/api\n\
                     WORKDIR /app\nCMD [\"/app/api\"]";

#[test]
fn an_image_of_the_daemon_is_read_and_so_is_its_archive() {
    if let Some(docker) = Engine::docker() {
        reads_an_image_and_its_archive(&docker);
    }
}

#[test]
fn an_image_of_podman_is_read_and_so_is_its_archive() {
    if let Some(podman) = Engine::podman() {
        reads_an_image_and_its_archive(&podman);
    }
}

fn reads_an_image_and_its_archive(engine: &Engine) {
    let lines = format!("{LINES}\nLABEL org.opencontainers.image.revision={}", commit('b'));
    let built = Built::new(engine, &lines);
    let image = engine.inspect(&[&built.image()]);
    let words = [
        "artifact     image, linux/",
        "\nfile         /app/api, layer 3 of ",
        &format!("commit       {} (git)", commit('a')),
        "conflict     the label `org.opencontainers.image.revision` says bbbb",
        &format!("hidden       /app/api of layer 1 (api, {}): layer 3", &commit('b')[..12]),
    ];
    assert_says("an image", &image, 0, &words);

    let archive = built.shelf.path("image.tar");
    let archive = archive.to_str().unwrap();
    engine.run(&["save", "--output", archive, &built.name]).expect("it can be saved");
    let saved = run(&["inspect", archive, "--verify-layers"]);
    assert_says("its archive", &saved, 0, &["artifact     docker archive, linux/"]);
    let rest = |text: &str| text.split_once('\n').map(|(_, rest)| rest.to_owned());
    assert_eq!(rest(&saved.out), rest(&image.out));

    for artifact in [&built.image(), archive] {
        let outcome = engine.inspect(&[artifact, "--tree", "dist"]);
        assert_says(
            "shipped",
            &outcome,
            0,
            &["directory    /app/dist", "files        2, 10 bytes"],
        );
    }
}

#[test]
fn a_container_is_read_as_it_is_and_not_as_its_image() {
    if let Some(docker) = Engine::docker() {
        reads_a_container_as_it_is(&docker);
    }
}

#[test]
fn a_container_of_podman_is_read_as_it_is_and_not_as_its_image() {
    if let Some(podman) = Engine::podman() {
        reads_a_container_as_it_is(&podman);
    }
}

fn reads_a_container_as_it_is(engine: &Engine) {
    let built = Built::new(engine, LINES);
    let volume = "/app/dist";
    let created = engine.run(&["create", "--name", &built.name, "--volume", volume, &built.name]);
    created.expect("it can be created");
    let container = format!("container://{}", built.name);
    let outcome = engine.inspect(&[&container]);
    assert_says("a container", &outcome, 0, &["artifact     container\n", "/app/api\npackage"]);
    let outcome = engine.inspect(&[&container, "--tree", "dist"]);
    assert_cannot_tell("hidden by a mount", &outcome, &["has a mount at `/app/dist`"]);

    // Patched by hand.
    let other = built.shelf.put("patched", &executable(&facts('c')));
    engine.run(&["cp", &other, &format!("{}:/app/api", built.name)]).expect("it can be copied");
    let outcome = engine.inspect(&[&container]);
    assert_says("patched", &outcome, 0, &[&commit('c')]);
    let outcome = engine.inspect(&[&built.image()]);
    assert_says("the image", &outcome, 0, &[&commit('a')]);

    // What is exported is not what runs where a mount hides it.
    engine.run(&["rm", "--force", &built.name]).expect("it can be removed");
    let over = format!("{other}:/app/api:ro");
    let created = engine.run(&["create", "--name", &built.name, "--volume", &over, &built.name]);
    created.expect("it can be created");
    let check = |artifact: &str| {
        let expected = commit('a');
        engine.selfsame(&["check", "--artifact", artifact, "--commit", &expected, "--format=json"])
    };
    let outcome = check(&container);
    assert_eq!(outcome.code, 2, "{}{}", outcome.out, outcome.err);
    assert_eq!(outcome.finding("executable-mounted")["evidence"]["path"], "/app/api");
    assert!(!check(&built.image()).out.contains("executable-mounted"));
}

#[test]
fn what_there_is_not_is_said_in_the_words_of_the_client() {
    let engines = [(Engine::docker(), "exit status: 1)"), (Engine::podman(), "exit status: 125)")];
    for (engine, status) in engines {
        let Some(engine) = engine else { continue };
        for spec in ["docker://selfsame-test-none:none", "container://selfsame-test-none"] {
            let outcome = engine.inspect(&[spec]);
            assert_cannot_tell(spec, &outcome, &[spec, "failed", status, "selfsame-test-none"]);
        }
    }
}

#[test]
fn without_a_daemon_or_a_client_it_cannot_be_told() {
    if have("docker") {
        let mut command = selfsame();
        command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
        let outcome = finish(command.args(["inspect", "docker://api"]));
        assert_cannot_tell("no daemon", &outcome, &["docker save api", "failed", "/nonexistent"]);
    }
    let outcome = finish(selfsame().env("PATH", "/nonexistent").args(["inspect", "docker://api"]));
    assert_cannot_tell("no client", &outcome, &["neither `docker` nor `podman`", "save the image"]);
}

#[test]
fn a_name_is_never_an_option_of_the_client() {
    for spec in ["docker://--help", "container://-x", "docker://", "docker://a b"] {
        let outcome = run(&["inspect", spec]);
        assert_eq!(outcome.code, 64, "{spec}");
        assert!(outcome.err.contains("is not a name of"), "{}", outcome.err);
    }
}

/// A client that does what the script says.
#[cfg(unix)]
fn with_client(script: &str) -> Outcome {
    let shelf = Shelf::new();
    install_script(&format!("#!/bin/sh\n{script}\n"), shelf.path("docker").as_ref());
    finish(selfsame().env("PATH", shelf.path("")).args(["inspect", "docker://api"]))
}

#[cfg(unix)]
#[test]
fn a_client_that_fails_late_is_not_believed() {
    use crate::pack::{Image, Tar};

    let shelf = Shelf::new();
    let layer = Tar::new().file("api", executable(&facts('a'))).close();
    let archive = shelf.put("image.tar", &Image::new([layer]).docker());
    let whole = with_client(&format!("exec /bin/cat {archive}"));
    assert_says("a whole answer", &whole, 0, &["artifact     image, linux/amd64"]);
    let failed = with_client(&format!("/bin/cat {archive}; echo 'it  broke' >&2; exit 3"));
    assert_cannot_tell("it failed", &failed, &["failed (exit status: 3): it broke"]);
    let half = with_client(&format!("exec /usr/bin/head -c 3000 {archive}"));
    assert_cannot_tell("half an answer", &half, &["`docker://api`: it is cut off"]);
    let none = with_client("exit 0");
    assert_cannot_tell("no answer", &none, &["docker://api"]);
}
