//! What a real Docker daemon has, through its client.

use std::process::Command;

use crate::pack::{Shelf, commit, executable, facts};
use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame};
use crate::support::command::install_script;
use crate::support::requirements::{have, require};

/// Whether there is a daemon to ask.
fn is_there() -> bool {
    have("docker") && require("a Docker daemon that answers", docker(&["version"]).is_ok())
}

fn docker(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("docker").args(arguments).output().expect("docker runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// An image and a container of it, both gone when it is dropped.
struct Built {
    name: String,
    shelf: Shelf,
}

impl Built {
    /// Builds an image from these lines behind `FROM scratch`, with `api` and `dist` beside them.
    fn new(lines: &str) -> Self {
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
        let built = Self { name, shelf };
        docker(&["build", "--quiet", "--tag", &built.name, context.to_str().unwrap()])
            .expect("the image can be built");
        built
    }

    fn image(&self) -> String {
        format!("docker://{}", self.name)
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        let _ = docker(&["rm", "--force", "--volumes", &self.name]);
        let _ = docker(&["rmi", "--force", &self.name]);
    }
}

const LINES: &str = "COPY old-api /app/api\nCOPY dist /app/dist\nCOPY api /app/api\n\
                     WORKDIR /app\nCMD [\"/app/api\"]";

#[test]
fn an_image_of_the_daemon_is_read_and_so_is_its_archive() {
    if !is_there() {
        return;
    }
    let lines = format!("{LINES}\nLABEL org.opencontainers.image.revision={}", commit('b'));
    let built = Built::new(&lines);
    let image = run(&["inspect", &built.image()]);
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
    docker(&["save", "--output", archive, &built.name]).expect("it can be saved");
    let saved = run(&["inspect", archive, "--verify-layers"]);
    assert_says("its archive", &saved, 0, &["artifact     docker archive, linux/"]);
    let rest = |text: &str| text.split_once('\n').map(|(_, rest)| rest.to_owned());
    assert_eq!(rest(&saved.out), rest(&image.out));

    for artifact in [&built.image(), archive] {
        let outcome = run(&["inspect", artifact, "--tree", "dist"]);
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
    if !is_there() {
        return;
    }
    let built = Built::new(LINES);
    let volume = "/app/dist";
    docker(&["create", "--name", &built.name, "--volume", volume, &built.name]).expect("created");
    let container = format!("container://{}", built.name);
    let outcome = run(&["inspect", &container]);
    assert_says("a container", &outcome, 0, &["artifact     container\n", "/app/api\npackage"]);
    let outcome = run(&["inspect", &container, "--tree", "dist"]);
    assert_cannot_tell("hidden by a mount", &outcome, &["has a mount at `/app/dist`"]);

    // Patched by hand.
    let other = built.shelf.put("patched", &executable(&facts('c')));
    docker(&["cp", &other, &format!("{}:/app/api", built.name)]).expect("it can be copied");
    let outcome = run(&["inspect", &container]);
    assert_says("patched", &outcome, 0, &[&commit('c')]);
    let outcome = run(&["inspect", &built.image()]);
    assert_says("the image", &outcome, 0, &[&commit('a')]);
}

#[test]
fn what_the_daemon_does_not_have_is_said_in_its_words() {
    if !is_there() {
        return;
    }
    for spec in ["docker://selfsame-test-none:none", "container://selfsame-test-none"] {
        let outcome = run(&["inspect", spec]);
        assert_cannot_tell(
            spec,
            &outcome,
            &[spec, "failed (exit status: 1)", "selfsame-test-none"],
        );
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
        assert_eq!(outcome.code, 2, "{spec}");
        assert!(outcome.err.contains("is no name of"), "{}", outcome.err);
    }
}

/// A client that does what the script says.
#[cfg(unix)]
fn with_client(script: &str) -> crate::support::command::Outcome {
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
