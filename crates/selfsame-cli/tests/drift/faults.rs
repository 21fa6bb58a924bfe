//! Faults while checking: never "same", and never a hang past the timeout.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::asking::{assert_same, assert_unknown, check, wait_until};
use crate::docker::{Container, Image, available, docker, run, unique};
use crate::page;
use crate::servers::Drip;
use crate::shop::{Clone, Moment, built};
use selfsame_testing::command::{self, Outcome};

/// One request may take two seconds. All of them together end long before this.
const LONGEST: Duration = Duration::from_secs(40);

#[track_caller]
fn assert_no_answer(source: &Path, url: &str, words: &[&str]) -> Outcome {
    let begun = Instant::now();
    let outcome = check(source, &[url, "--timeout", "2s"]);
    assert!(begun.elapsed() < LONGEST, "it hangs: {:?}", begun.elapsed());
    assert_unknown(&outcome, "3, running", words);
    outcome
}

/// A network that is gone when it is dropped.
struct Network(String);

impl Drop for Network {
    fn drop(&mut self) {
        let _ = run(&["network", "rm", &self.0]);
    }
}

#[test]
fn a_container_that_is_paused_cut_off_or_killed_is_unknown() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::New);
    let image = Image::api(&built(Moment::New), &[]);
    let network = Network(unique("net"));
    docker(&["network", "create", &network.0]);
    let container = Container::api(&image, &["--network", &network.0]);
    let source = clone.api();
    let same = || assert_same(&check(&source, &[container.url()]), &[]);
    same();

    container.does("pause");
    let outcome = assert_no_answer(&source, container.url(), &["did not answer within 2s"]);
    page::shows("no answer", "selfsame check \"$URL\" --source api --timeout 2s", &outcome);
    container.does("unpause");
    same();

    docker(&["network", "disconnect", &network.0, &container.name]);
    assert_no_answer(&source, container.url(), &[]);
    docker(&["network", "connect", &network.0, &container.name]);

    container.does("kill");
    assert_no_answer(&source, container.url(), &[]);
}

#[test]
fn an_answer_that_drips_is_unknown_and_ends_in_time() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::New);
    let image = Image::api(&built(Moment::New), &[]);
    let container = Container::api(&image, &[]);
    let slow = Drip::of(container.url());
    assert_no_answer(&clone.api(), &slow.url(), &["did not answer within 2s"]);
    assert_same(&check(&clone.api(), &[container.url()]), &[]);
}

#[test]
fn a_container_that_restarts_in_a_loop_is_unknown() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::New);
    let image = Image::api(&built(Moment::New), &[]);
    // An address that no container has: it ends as soon as it starts.
    let arguments = ["--restart", "always", "--env", "BACKOFFICE_LISTEN=192.0.2.1:8080"];
    let container = Container::started(&image, &arguments);
    let format = "{{.RestartCount}}";
    wait_until("a restart", || docker(&["inspect", "--format", format, &container.name]) != "0");
    assert_no_answer(&clone.api(), container.url(), &[]);
}

#[test]
fn a_daemon_that_is_absent_is_unknown() {
    let clone = Clone::at(Moment::New);
    let mut selfsame = command::command(Path::new(env!("CARGO_BIN_EXE_selfsame")), &clone.api());
    selfsame.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let arguments = ["check", "--source", ".", "--artifact", "docker://shop-api"];
    let outcome = command::run(&mut selfsame, &arguments);
    assert_unknown(&outcome, "2, artifact", &["docker://shop-api"]);
    assert!(outcome.err.starts_with("error: "), "{}", outcome.err);
}
