//! A directory that differed when the process started, and is right now.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use selfsame::report::{Report, ShippedIs};
use selfsame::stamp::Shipped;
use tempfile::TempDir;

use crate::support::{self, TOKEN, app, ask, facts, get_from};
use selfsame_testing::shipped;

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_fixed_after_the_start_are_unknown_and_not_intact() {
    let directory = TempDir::with_prefix("first-look-").expect("a temporary directory");
    let at = directory.path().join("dist");
    let files = [("app.js", "new")];
    let looked = |check: Shipped| {
        let mut facts = facts();
        facts.shipped = vec![check];
        app(support::check(facts).look_every(Duration::from_millis(20)))
    };
    let until = async |app: &axum::Router, wanted: ShippedIs| {
        let begun = Instant::now();
        loop {
            let answer = ask(app, Method::GET, "/__build", Some(TOKEN)).await;
            let report = Report::parse(answer.text.as_bytes()).expect("it is a report");
            if let Some(observed) = &report.observed
                && observed.shipped[0].state == wanted
            {
                return report;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "it never came to that");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    shipped::found(&at, &[("app.js", "old")]);
    let app = looked(shipped::built("dist", &at, &files));
    assert_eq!(until(&app, ShippedIs::Different).await.intact, Some(false));
    shipped::found(&at, &files);
    let report = until(&app, ShippedIs::Same).await;
    assert!(report.observed.expect("it looked").shipped[0].differed_at_start);
    assert_eq!(report.intact, None);
    assert_eq!(get_from(&app, "/__build?intact").await.status, StatusCode::CONFLICT);

    // One that starts with them holds them, whatever is done to them in between.
    let app = looked(shipped::built("dist", &at, &files));
    assert_eq!(until(&app, ShippedIs::Same).await.intact, Some(true));
    shipped::found(&at, &[("app.js", "old")]);
    until(&app, ShippedIs::Different).await;
    shipped::found(&at, &files);
    assert_eq!(until(&app, ShippedIs::Same).await.intact, Some(true));
}
