//! The list of routes that a service keeps in its source.

use axum::Router;
use axum::routing::get;
use selfsame::routes::assert_listed;

use crate::support::{app, check, facts, panic_of};

/// With the list as it lies in this package, and the router as it is served.
#[test]
fn a_service_keeps_its_list_with_one_line_in_a_test() {
    assert_listed(&app(check(facts())), "tests/it/routes.txt");
}

#[test]
fn a_failure_stands_at_the_line_of_the_test() {
    let router: Router = Router::new().route("/", get(|| async {}));
    let said = panic_of(move || assert_listed(&router, "no/such/list.txt"));
    assert!(said.contains("no/such/list.txt"), "{said}");
    assert!(said.contains("tests/it/kept.rs"), "{said}");
}
