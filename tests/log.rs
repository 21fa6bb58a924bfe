//! What a process writes to its log.
//!
//! A binary of its own: `tracing` remembers for each event whether anybody wants it, and a subscriber
//! that comes while another thread asks for the first time may be passed over.

#[path = "it/support.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod support;

use std::cell::RefCell;
use std::fmt::Write as _;

use axum::Router;
use axum::routing::get;
use selfsame::routes::Inventory;
use selfsame::stamp::{Declared, Facts, Origin, Revision, Tree};
use selfsame::{RouterExt as _, SelfCheckLayer};
use tower::Layer as _;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use selfsame_testing::events as subscriber;
use support::{COMMIT, TOKEN, app, check, facts};

thread_local! {
    static KEPT: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps each event of a thread as its level and its fields.
fn keep(event: &Event<'_>) {
    struct Text(String);
    impl Visit for Text {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            let _ = write!(self.0, "{field}={value:?} ");
        }
    }
    let mut text = Text(String::new());
    event.record(&mut text);
    KEPT.with_borrow_mut(|kept| kept.push((*event.metadata().level(), text.0)));
}

/// The events of selfsame while this runs.
fn events(run: impl FnOnce()) -> Vec<(Level, String)> {
    subscriber::pass_to(keep);
    run();
    KEPT.take().into_iter().filter(|(_, text)| text.contains("selfsame")).collect()
}

#[test]
fn one_event_says_what_runs() {
    let events = events(|| drop(app(check(facts()))));
    let [(level, text)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*level, Level::INFO);
    for part in [
        "name=\"backoffice-api\"",
        "version=\"1.4.0\"",
        &format!("commit={COMMIT}"),
        "tree=clean",
        "modules=1",
        "routes=2",
        "path=\"/__build\"",
        "public=summary",
        "tokens=1",
        "this process reports what it is",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains(TOKEN), "{text}");
    // The summary, as text that formatters write as a string: no names.
    let whole = text.split_once("report=").expect("it has the report").1;
    let whole = serde_json::Deserializer::from_str(whole).into_iter::<String>().next();
    let whole = whole.expect("a string").expect("it ends");
    let report = selfsame::report::Report::parse(whole.as_bytes()).expect("a report");
    assert_eq!((report.name.as_str(), report.modules), ("backoffice-api", None));
}

#[test]
fn what_is_missing_or_unknown_is_a_warning() {
    let mut doubtful: Facts = facts();
    doubtful.commit = None;
    doubtful.revision = Revision::new(Origin::Unknown, Tree::Dirty);
    doubtful.unknown("commit", "there is no .git");
    doubtful.modules[0].declared = Some(Declared::No("no `mod workflow;` reaches it".to_owned()));
    doubtful.scope.routes = Some("src/routes.txt".to_owned());
    doubtful.routes = Some("GET /\nGET /gone\n".parse::<Inventory>().expect("a list"));
    let events = events(|| drop(app(check(doubtful))));
    let [(level, text)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*level, Level::WARN);
    for part in [
        "fact-unknown: the commit is unknown (reason: there is no .git)",
        "built-from-changes: ",
        "module-not-compiled: module `workflow` is not compiled in",
        "no `mod workflow;` reaches it",
        "route-list-differs: ",
        "not mounted: GET /gone",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn the_layer_speaks_once_and_knows_what_it_is_around() {
    let router: Router = Router::new().route("/", get(|| async {})).route("/a", get(|| async {}));
    let around = events(|| drop(SelfCheckLayer::new(check(facts())).layer(router.clone())));
    assert!(
        matches!(&around[..], [(Level::INFO, text)] if text.contains("routes=2")),
        "{around:?}"
    );
    // Route by route.
    let inside = events(|| drop(router.layer(SelfCheckLayer::new(check(facts())))));
    let [(level, text)] = &inside[..] else { panic!("{inside:?}") };
    assert_eq!(*level, Level::WARN);
    assert!(text.contains("fact-unknown: the list of routes is unknown"), "{text}");
}

#[test]
fn a_stamp_that_cannot_be_read_is_one_warning() {
    let broken = selfsame::stamp::Embedded::new(b"broken");
    let events = events(|| drop(Router::<()>::new().selfsame(broken)));
    let [(level, text)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*level, Level::WARN);
    assert!(text.contains("cannot be read"), "{text}");
}

#[test]
fn tokens_that_are_no_use_are_named_and_not_shown() {
    let weak = "short-token";
    let events = events(|| drop(app(check(facts()).token(weak))));
    let text = format!("{events:?}");
    assert!(text.contains("SelfCheck::token"), "{text}");
    assert!(!text.contains(weak), "{text}");
}

#[cfg(unix)]
#[test]
fn a_token_that_is_not_utf_8_is_a_warning() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    let variable = ("SELFSAME_TOKEN", OsString::from_vec(b"\xffcorrect-horse-battery".to_vec()));
    let environment = [variable].into_iter().collect();
    let events = events(|| drop(app(check(facts()).environment(environment))));
    let text = format!("{events:?}");
    assert!(text.contains("SELFSAME_TOKEN is ignored, since it is not UTF-8"), "{text}");
    assert!(!text.contains("horse"), "{text}");
}
