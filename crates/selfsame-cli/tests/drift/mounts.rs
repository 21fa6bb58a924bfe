//! Row 8: a mount or a volume hides the image's files.

use crate::asking::{assert_drift, assert_same, check, wait_until};
use crate::docker::{Compose, Container, Image, available, docker, run, unique};
use crate::page;
use crate::shop::{Clone, Moment, built};

#[test]
fn row_8_a_mount_hides_the_executable() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::New);
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let image = Image::api(&new, &[]);
    let volume = format!("{}:/api:ro", old.api().display());
    let running = Container::api(&image, &["--volume", &volume]);
    let id = docker(&["inspect", "--format", "{{.Image}}", &running.name]);
    assert_eq!(id, docker(&["inspect", "--format", "{{.Id}}", &image.tag]), "the ids match");
    let outcome = check(&clone.api(), &[running.url(), "--artifact", &image.spec()]);
    let words =
        ["2 artifact  same", "[not-recreated]", "look for a mount or a volume over the executable"];
    assert_drift(&outcome, "3, running", &words);
    page::shows(
        "a mount hides the executable",
        "selfsame check \"$URL\" --source api --artifact docker://shop-api",
        &outcome,
    );

    let running = Container::api(&image, &[]);
    assert_same(&check(&clone.api(), &[running.url(), "--artifact", &image.spec()]), &[]);
}

/// A volume that is gone when it is dropped.
struct Volume(String);

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = run(&["volume", "rm", "--force", &self.0]);
    }
}

#[test]
fn row_8_a_volume_keeps_the_files_of_the_first_image() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::Old);
    let compose = Compose::in_directory(clone.path());
    clone.lay(&built(Moment::Old));
    compose.run(&["build", "dashboard"]);
    let volume = Volume(unique("dist"));
    let start = |name: &str, more: &[&str]| {
        let image = compose.image("dashboard").replace("docker://", "");
        let run = ["run", "--detach", "--rm", "--name", name, "--publish", "127.0.0.1::80"];
        docker(&[&run[..], more, &[&image]].concat());
        let port = docker(&["port", name, "80"]);
        let url = format!("http://{}", port.lines().next().expect("it is published"));
        wait_until(name, || crate::asking::status(&format!("{url}/__build"), &[]) == "200");
        url
    };
    let stop = |name: &str| {
        let _ = run(&["rm", "--force", name]);
    };
    // What is in the image goes into the volume once: the next image's files are hidden.
    let over = format!("{}:/usr/share/nginx/html", volume.0);
    let first = Named(unique("web"));
    start(&first.0, &["--volume", &over]);
    stop(&first.0);
    clone.checkout(Moment::New);
    clone.lay(&built(Moment::New));
    compose.run(&["build", "dashboard"]);
    let second = Named(unique("web"));
    let url = start(&second.0, &["--volume", &over]);
    let artifact = compose.image("dashboard");
    let outcome = check(&clone.dashboard(), &[&url, "--artifact", &artifact]);
    let words = ["2 artifact  same", "[not-deployed]", "look for a mount or a volume over them"];
    assert_drift(&outcome, "3, running", &words);
    page::shows(
        "a volume keeps old files",
        "selfsame check \"$URL\" --source dashboard --artifact docker://shop-dashboard",
        &outcome,
    );
    stop(&second.0);

    // Over a part of the files, the stamp is new and what comes is not.
    let modules = clone.path().join("modules");
    crate::shop::copy_files(&built(Moment::Old).dist().join("modules"), &modules);
    let over = format!("{}:/usr/share/nginx/html/modules:ro", modules.display());
    let third = Named(unique("web"));
    let url = start(&third.0, &["--volume", &over]);
    let outcome = check(&clone.dashboard(), &[&url, "--artifact", &artifact]);
    let words = [
        "[served-files-differ]",
        "missing: modules/workflow.js",
        "look for a mount or a volume over it",
    ];
    assert_drift(&outcome, "3, running", &words);
    page::shows(
        "a mount hides some files",
        "selfsame check \"$URL\" --source dashboard --artifact docker://shop-dashboard",
        &outcome,
    );

    let fourth = Named(unique("web"));
    let url = start(&fourth.0, &[]);
    assert_same(&check(&clone.dashboard(), &[&url, "--artifact", &artifact]), &[]);
}

/// A container by its name, gone when it is dropped.
struct Named(String);

impl Drop for Named {
    fn drop(&mut self) {
        let _ = run(&["rm", "--force", "--volumes", &self.0]);
    }
}
