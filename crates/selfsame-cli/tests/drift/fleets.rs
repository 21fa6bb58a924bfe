//! Fleets of real containers: Compose with one of an old image, and Swarm in the middle of a rollout.

use std::path::Path;

use crate::asking::wait_until;
use crate::docker::{Compose, Image, available, docker, run, unique};
use crate::shop::{Clone, Moment, TOKEN, built};
use selfsame_testing::command::{self, Outcome};
use selfsame_testing::formats::assert_json;

fn check(source: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    let mut selfsame = command::command(Path::new(env!("CARGO_BIN_EXE_selfsame")), source);
    selfsame.envs(variables.iter().copied()).args(["check", "--source", "."]);
    command::run(&mut selfsame, arguments)
}

#[track_caller]
fn assert_says(outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, code, "{}{}", outcome.out, outcome.err);
    for word in words {
        let is_said = outcome.out.contains(word) || outcome.err.contains(word);
        assert!(is_said, "{word:?} is not said:\n{}{}", outcome.out, outcome.err);
    }
}

#[test]
fn compose_with_five_of_which_one_is_of_an_old_image() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::Old);
    clone.lay(&built(Moment::Old));
    let compose = Compose::in_directory(clone.path());
    compose.run(&["build", "api"]);
    compose.run(&["up", "-d", "api"]);
    compose.url("api");
    clone.checkout(Moment::New);
    clone.lay(&built(Moment::New));
    compose.run(&["build", "api"]);
    compose.run(&["up", "-d", "--no-recreate", "--scale", "api=5", "api"]);
    let project = compose.variables()[0].1;
    let target = format!("compose://{project}/api:8080");
    let image = compose.image("api");
    // The token is one of the variables of the Compose file.
    let token = [("BACKOFFICE_TOKEN", TOKEN)];
    let variables = [&compose.variables()[..], &token].concat();
    let arguments = [&*target, "--artifact", &image];
    wait_until("all five", || {
        let outcome = check(&clone.api(), &variables, &arguments);
        !outcome.out.contains("report-unavailable") && !outcome.out.contains("replicas-unlisted")
    });

    let outcome = check(&clone.api(), &variables, &arguments);
    let old = format!("{project}_api_1: ");
    let words = [
        "4 of 5 are what source says",
        "[not-recreated]",
        "[image-replaced]",
        &old,
        "4 replicas: ",
    ];
    assert_says(&outcome, 1, &words);
    // The image is part of what Compose hashes: it would recreate the old one alone.
    assert_says(&outcome, 1, &[&format!("{old}the container was created from another")]);
    // With other variables Compose would recreate them all.
    let outcome = check(&clone.api(), &[("BACKOFFICE_TOKEN", "another")], &arguments);
    assert_says(&outcome, 1, &["5 replicas: the container was created from another"]);
    let document = assert_json(&check(
        &clone.api(),
        &variables,
        &[&arguments[..], &["--format=json"]].concat(),
    ));
    assert_eq!(document["replicas"].as_array().map(Vec::len), Some(5));

    compose.run(&["up", "-d", "--force-recreate", "--scale", "api=5", "api"]);
    wait_until("the five new ones", || check(&clone.api(), &variables, &arguments).code == 0);
    // One that ended is not same by absence.
    docker(&["stop", "--time", "0", &format!("{project}_api_3")]);
    let outcome = check(&clone.api(), &variables, &arguments);
    assert_says(&outcome, 2, &["replicas-missing", "4 of 5"]);
    let outcome = check(&clone.api(), &variables, &["compose://no-such-project/api:8080"]);
    assert_says(&outcome, 2, &["replicas-unlisted"]);
}

/// A Swarm of this node alone, which is left at the end, also in a panic.
struct Swarm;

impl Swarm {
    fn init() -> Result<Self, String> {
        let init = ["swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1"];
        run(&init).map(|_| Self)
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        let _ = run(&["swarm", "leave", "--force"]);
    }
}

#[test]
fn swarm_in_the_middle_of_a_rollout() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::New);
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let (old, new) = (Image::api(&old, &[]), Image::api(&new, &[]));
    let swarm = Swarm::init();
    if let Err(why) = &swarm {
        let what = format!("a Swarm that can be begun ({why})");
        let _ = selfsame_testing::requirements::require(&what, false);
        return;
    }
    let name = unique("api");
    let create = ["service", "create", "--detach", "--no-resolve-image", "--name", &name];
    docker(&[&create[..], &["--replicas", "3", &old.tag]].concat());
    let target = format!("docker://{name}:8080");
    let is_up = |code: i32| {
        let outcome = check(&clone.api(), &[], &[&target, "--replicas", "3"]);
        outcome.code == code && !outcome.out.contains("report-unavailable")
    };
    wait_until("the old ones", || is_up(1));
    // The second task of the rollout waits for an hour, so that it stands still in the middle.
    let update = ["service", "update", "--detach", "--no-resolve-image", "--update-delay", "1h"];
    docker(&[&update[..], &["--image", &new.tag, &name]].concat());
    wait_until("one new one", || {
        check(&clone.api(), &[], &[&target]).out.contains("1 of 3 are what source says")
    });
    let outcome = check(&clone.api(), &[], &[&target]);
    assert_says(&outcome, 1, &["1 of 3 are what source says", "2 replicas: ", "[commit-behind]"]);
    let update = ["service", "update", "--detach", "--no-resolve-image", "--update-delay", "0s"];
    docker(&[&update[..], &["--force", &name]].concat());
    wait_until("the new ones", || is_up(0));
    let outcome = check(&clone.api(), &[], &["docker://no-such-service:8080"]);
    assert_says(&outcome, 2, &["replicas-unlisted", "no-such-service"]);
    docker(&["service", "rm", &name]);
    drop(swarm);
}
