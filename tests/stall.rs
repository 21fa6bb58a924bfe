//! A log that nobody reads holds no request, and neither does one that panics.
//!
//! A binary of its own: a process has one subscriber.

#[path = "it/support.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use selfsame::{Level, RouterExt as _, SelfCheckLayer};
use serde_json::Value;
use tempfile::TempDir;
use tower::Layer as _;
use tracing::Event;
use tracing::field::{Field, Visit};

use selfsame_testing::{events, shipped};
use support::{check, facts, get_from};

const DEADLINE: Duration = Duration::from_secs(30);

static ARRIVED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static ARRIVAL: Condvar = Condvar::new();

/// Waits forever with an event about `stalls…`, and panics with one about `panics`.
fn stall(event: &Event<'_>) {
    struct Name(Option<String>);
    impl Visit for Name {
        fn record_str(&mut self, field: &Field, value: &str) {
            if field.name() == "name" {
                self.0 = Some(value.to_owned());
            }
        }

        fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
    }
    let mut name = Name(None);
    event.record(&mut name);
    let Some(name) = name.0.filter(|name| name.starts_with("stalls") || name == "panics") else {
        return;
    };
    ARRIVED.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
    ARRIVAL.notify_all();
    assert_ne!(name, "panics", "this subscriber panics");
    loop {
        std::thread::park();
    }
}

/// Waits until the subscriber has an event about this directory or service.
fn arrives(name: &str) {
    let arrived = ARRIVED.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = ARRIVAL.wait_timeout_while(arrived, DEADLINE, |arrived| !arrived.contains(name));
    let (arrived, _) = waited.unwrap_or_else(PoisonError::into_inner);
    assert!(arrived.contains(name), "nothing is logged about `{name}`");
}

/// A service that was shipped with `app.js`, which is not there.
fn service(name: &str, at: &Path) -> Router {
    let mut facts = facts();
    facts.shipped = vec![shipped::built(name, at, &[("app.js", "js")])];
    std::fs::create_dir(at).expect("mkdir");
    let check = check(facts).public(Level::Full).look_every(Duration::from_millis(5));
    Router::new().selfsame(check)
}

/// Asks in a thread of its own, since a request that waits must not hold the test.
fn ask(app: &Router) -> Value {
    let (send, receive) = std::sync::mpsc::channel();
    let app = app.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let answer = runtime.block_on(get_from(&app, "/__build"));
        let _ = send.send(answer.json());
    });
    receive.recv_timeout(DEADLINE).expect("no request waits for the log")
}

#[test]
fn a_layer_that_stalls_when_it_announces_itself_holds_no_other() {
    events::pass_to(stall);
    let mut facts = facts();
    facts.name = "stalls-at-start".to_owned();
    let layer = SelfCheckLayer::new(check(facts));
    let put = |layer: SelfCheckLayer| {
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || send.send(layer.layer(Router::<()>::new())));
        receive
    };
    let first = put(layer.clone());
    arrives("stalls-at-start");
    put(layer).recv_timeout(DEADLINE).expect("it does not wait for the log");
    assert!(first.try_recv().is_err(), "the log stalls");
}

#[test]
fn a_subscriber_that_stalls_or_panics_holds_no_request_and_no_look() {
    events::pass_to(stall);
    let directory = TempDir::with_prefix("selfsame-stall-").expect("a temporary directory");
    for name in ["stalls", "panics"] {
        let at = directory.path().join(name);
        let app = service(name, &at);
        arrives(name);
        assert_eq!(ask(&app)["intact"], false, "{name}");

        shipped::found(&at, &[("app.js", "js")]);
        let begun = Instant::now();
        let state = |report: &Value| report["observed"]["shipped"][0]["state"].clone();
        while state(&ask(&app)) != "same" {
            assert!(begun.elapsed() < DEADLINE, "the process looks no more: {}", ask(&app));
        }
    }
}
