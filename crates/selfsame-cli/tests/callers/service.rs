//! Services that differ in nothing but the commit of their stamp: the real extension on a real
//! router, on a real socket.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use selfsame::stamp::{Digest, Embedded, Facts, Module, Origin, Revision, Stamp, Tree, frame};
use selfsame::{Level, RouterExt as _, SelfCheck};
use selfsame_core::environment::Environment;

use crate::process::{comes_true, free_address};
use selfsame_testing::serving::Serving;

pub(crate) const NEW: &str = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
pub(crate) const OLD: &str = "2f0c2d3e4b5a69788796a5b4c3d2e1f001234567";

/// Opens the full report.
pub(crate) const TOKEN: &str = "correct-horse-battery";

/// How long `/slow` takes: longer than a switch from one server to another.
const SLOW: Duration = Duration::from_millis(300);

/// Starts a service that was built from `commit`.
pub(crate) fn built_from(commit: &str) -> Serving {
    at(free_address(), facts(commit))
}

/// Starts a service with these facts on an address. `/commit` tells its commit, and `/slow` takes its
/// time for the same.
pub(crate) fn at(address: SocketAddr, facts: Facts) -> Serving {
    // The listener of one that was here may live on, in a program that is just being started.
    let mut listener = None;
    comes_true(|| {
        listener = TcpListener::bind(address).ok();
        listener.is_some()
    });
    Serving::on(listener.expect("the address is free"), router(facts))
}

/// The facts of a release build with the module `billing`.
pub(crate) fn facts(commit: &str) -> Facts {
    let mut facts = Facts::new("api", "1.0.0");
    facts.commit = Some(commit.parse().expect("it is a commit"));
    facts.revision = Revision::new(Origin::Git, Tree::Clean);
    facts.content = Some(Digest::of(commit.as_bytes()));
    facts.modules = vec![module("billing")];
    facts.build.profile = Some("release".to_owned());
    facts
}

pub(crate) fn module(name: &str) -> Module {
    Module::new(name, format!("src/modules/{name}"), Digest::of(name.as_bytes()))
}

/// A router that tells strangers a summary.
fn router(facts: Facts) -> Router {
    let commit = facts.commit.as_ref().map_or_else(String::new, ToString::to_string);
    let slow = commit.clone();
    let stamp = Stamp::seal(facts).expect("the facts agree");
    let framed: &'static [u8] = frame(&stamp).leak();
    let check = SelfCheck::new(Embedded::new(framed))
        .environment(Environment::default())
        .public(Level::Summary)
        .token(TOKEN);
    Router::new()
        .route("/commit", get(async move || commit))
        .route(
            "/slow",
            get(async move || {
                tokio::time::sleep(SLOW).await;
                slow
            }),
        )
        .selfsame(check)
}
