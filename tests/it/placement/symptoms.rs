//! Each place where it does not do, with what it looks like there. The documentation of
//! The documentation of the crate has a line for each.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use selfsame::{RouterExt as _, SelfCheckLayer};
use tower::{Layer as _, ServiceBuilder};

use super::{LISTED, get as ask, open, routes, theirs};
use crate::support::panic_of;

const REFUSED: StatusCode = StatusCode::UNAUTHORIZED;

/// An auth layer that knows nobody.
async fn refuse(_: Request, _: Next) -> Response {
    REFUSED.into_response()
}

async fn status(router: &Router, target: &str) -> StatusCode {
    ask(router, target).await.0
}

#[tokio::test]
async fn an_auth_layer_that_is_added_later_refuses_the_report_too() {
    for later in [
        theirs().selfsame(open()).layer(from_fn(refuse)),
        theirs().selfsame(open()).route_layer(from_fn(refuse)),
        theirs().layer(SelfCheckLayer::new(open())).layer(from_fn(refuse)),
    ] {
        assert_eq!(status(&later, "/__build").await, REFUSED);
        assert_eq!(status(&later, "/api/7").await, REFUSED);
    }
    for cure in [
        theirs().layer(from_fn(refuse)).selfsame(open()),
        theirs().route_layer(from_fn(refuse)).selfsame(open()),
        theirs().layer(from_fn(refuse)).layer(SelfCheckLayer::new(open())),
    ] {
        assert_eq!(status(&cure, "/__build").await, StatusCode::OK);
        assert_eq!(status(&cure, "/api/7").await, REFUSED);
    }
}

#[tokio::test]
async fn on_a_router_that_is_nested_the_report_moves_and_knows_its_own_routes_only() {
    let nested =
        Router::new().route("/outer", get(async || "")).nest("/inner", theirs().selfsame(open()));
    assert_eq!(status(&nested, "/__build").await, StatusCode::NOT_FOUND);
    let (found, report) = ask(&nested, "/inner/__build").await;
    assert_eq!(found, StatusCode::OK);
    // Without the prefix, which was not known at the call.
    assert_eq!(routes(&report), LISTED);
    let question = "/inner/__build?route=GET%20/inner/api/7";
    assert_eq!(status(&nested, question).await, StatusCode::CONFLICT);

    let around = Router::new().nest_service("/inner", SelfCheckLayer::new(open()).layer(theirs()));
    assert_eq!(status(&around, "/__build").await, StatusCode::NOT_FOUND);
    assert_eq!(status(&around, "/inner/__build").await, StatusCode::OK);
}

#[tokio::test]
async fn routes_that_are_added_later_answer_and_are_not_listed() {
    let more = || Router::new().route("/later", get(async || "here"));
    for later in [
        theirs().selfsame(open()).merge(more()),
        more().merge(theirs().selfsame(open())),
        theirs().selfsame(open()).route("/later", get(async || "here")),
        more().fallback_service(theirs::<()>().selfsame(open())),
    ] {
        assert_eq!(ask(&later, "/later").await.1, "here");
        let (_, report) = ask(&later, "/__build").await;
        assert_eq!(routes(&report), LISTED);
        // Not 200 for what it does not know to be there.
        let question = "/__build?route=GET%20/later";
        assert_eq!(status(&later, question).await, StatusCode::CONFLICT);
    }
    let cure: Router = theirs().merge(more()).selfsame(open());
    assert_eq!(status(&cure, "/__build?route=GET%20/later").await, StatusCode::OK);
}

#[tokio::test]
async fn a_fallback_that_is_added_later_is_not_listed() {
    let later: Router = theirs().selfsame(open()).fallback(async || "a page");
    assert_eq!(status(&later, "/__build").await, StatusCode::OK);
    let (_, report) = ask(&later, "/__build").await;
    assert!(!report.contains("fallback"), "{report}");
    let cure: Router = theirs().fallback(async || "a page").selfsame(open());
    let (_, report) = ask(&cure, "/__build").await;
    assert!(report.contains(r#"{"fallback":true,"path":"/"}"#), "{report}");
}

/// A layer of a router is around what the router had when it was added.
#[tokio::test]
async fn a_fallback_that_is_added_after_the_layer_answers_in_its_place() {
    let layered = || theirs::<()>().layer(SelfCheckLayer::new(open()));
    let page = layered().fallback(async || (StatusCode::NOT_FOUND, "a page"));
    assert_eq!(ask(&page, "/__build").await, (StatusCode::NOT_FOUND, "a page".to_owned()));
    let cure = theirs::<()>()
        .fallback(async || (StatusCode::NOT_FOUND, "a page"))
        .layer(SelfCheckLayer::new(open()));
    assert_eq!(status(&cure, "/__build").await, StatusCode::OK);
}

#[tokio::test]
async fn as_a_route_layer_or_on_a_part_of_the_service_the_layer_is_never_asked() {
    let layer = || SelfCheckLayer::new(open());
    for part in [
        theirs().route_layer(layer()),
        Router::new().nest("/inner", theirs().layer(layer())),
        Router::new().route("/", get(async || "").layer(layer())),
    ] {
        assert_eq!(status(&part, "/__build").await, StatusCode::NOT_FOUND);
        assert_eq!(status(&part, "/inner/__build").await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn around_what_hides_the_router_the_routes_are_unavailable() {
    let hidden = ServiceBuilder::new()
        .layer(SelfCheckLayer::new(open()))
        .map_request(|request: Request<Body>| request)
        .service(theirs::<()>());
    let (found, report) = ask(&hidden, "/__build").await;
    assert_eq!(found, StatusCode::OK);
    let unavailable = routes(&report);
    assert!(
        unavailable.contains("declare its routes with SelfCheckLayer::routes"),
        "{unavailable}"
    );
    let (found, problem) = ask(&hidden, "/__build?route=GET%20/api/7").await;
    assert_eq!(found, StatusCode::CONFLICT);
    assert!(problem.contains("the routes are unavailable"), "{problem}");
}

#[test]
fn two_parts_that_both_have_it_cannot_be_merged() {
    let message = panic_of(|| {
        let part = |path: &str| Router::<()>::new().route(path, get(async || "")).selfsame(open());
        drop(part("/a").merge(part("/b")));
    });
    assert!(message.contains("/__build"), "{message}");
    assert!(message.contains("tests/it/placement/symptoms.rs"), "{message}");
}
