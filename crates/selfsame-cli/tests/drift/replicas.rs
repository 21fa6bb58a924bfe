//! Several processes: one that was missed, two behind one address, and a cache in front.

use crate::asking::{
    assert_drift, assert_same, check, check_formats, status, wait_for, wait_until,
};
use crate::docker::{Container, Image, available};
use crate::page;
use crate::servers::Server;
use crate::shop::{Clone, Moment, built};
use selfsame_testing::requirements::have;

#[test]
fn row_1_one_replica_of_several_is_stale() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::New);
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let (old_image, new_image) = (Image::api(&old, &[]), Image::api(&new, &[]));
    let replicas = [&new_image, &old_image, &new_image].map(|image| Container::api(image, &[]));
    let urls = replicas.each_ref().map(Container::url);
    for url in urls {
        assert_eq!(status(&format!("{url}/api/v1/billing/invoices"), &[]), "200", "all is well");
    }
    let outcome = check(&clone.api(), &urls);
    let stale = format!("commit {}", &old.commit[..12]);
    let words = ["[commit-behind]", "modules    missing: workflow", &stale, "instance ", urls[1]];
    assert_drift(&outcome, "3, running", &words);
    page::shows(
        "one replica is stale",
        "selfsame check \"$URL1\" \"$URL2\" \"$URL3\" --source api",
        &outcome,
    );

    check_formats(&clone.api(), &urls);
    assert_same(&check(&clone.api(), &[urls[0], urls[2]]), &[]);
}

#[test]
fn row_5_old_and_new_share_a_balancer() {
    if !available() || !have("haproxy") {
        return;
    }
    let clone = Clone::at(Moment::New);
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let (old_image, new_image) = (Image::api(&old, &[]), Image::api(&new, &[]));
    let stale = Container::api(&old_image, &[]);
    let (one, two) = (Container::api(&new_image, &[]), Container::api(&new_image, &[]));

    let balancer = Server::haproxy(&[one.url(), stale.url()]);
    // They take turns, and the stale one is the next.
    let route = format!("{}/api/v1/workflows/steps/definitions", balancer.url());
    wait_until("the new one", || status(&route, &[]) == "401");
    let outcome = check(&clone.api(), &[&balancer.url()]);
    let words = ["[commit-behind]", "[several-instances]"];
    assert_drift(&outcome, "3, running", &words);
    page::shows("old and new share a balancer", "selfsame check \"$URL\" --source api", &outcome);

    let balancer = Server::haproxy(&[one.url(), two.url()]);
    wait_for(&balancer.url());
    let outcome = check(&clone.api(), &[&balancer.url()]);
    assert_same(&outcome, &["[several-instances]"]);
}

#[test]
fn row_9_a_proxy_answers_with_what_it_has_stored() {
    if !available() || !have("nginx") {
        return;
    }
    let clone = Clone::at(Moment::New);
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let (old_image, new_image) = (Image::api(&old, &[]), Image::api(&new, &[]));
    let stale = Container::api(&old_image, &[]);
    // The address stays, and the container behind it is another one.
    let direct = stale.url().to_owned();
    let proxy = Server::nginx(&direct);
    wait_for(&proxy.url());
    drop(stale);
    let fresh = Container::api_at(&direct, &new_image);

    assert_same(&check(&clone.api(), &[&direct]), &[]);
    let outcome = check(&clone.api(), &[&proxy.url(), &direct]);
    let words = ["nginx", "[response-cached]", "purge the cache"];
    assert_drift(&outcome, "3, running", &words);
    page::shows(
        "a proxy answers from its store",
        "selfsame check \"$URL\" \"$DIRECT\" --source api",
        &outcome,
    );

    let proxy = Server::nginx(&direct);
    assert_same(&check(&clone.api(), &[&proxy.url(), &direct]), &[]);
    drop(fresh);
}
