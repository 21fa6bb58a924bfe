//! Where the report can stand: each place where it works, and what each other one looks like.

mod beside;
mod sockets;
mod symptoms;
mod works;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use selfsame::{Level, SelfCheck};
use serde_json::Value;
use tower::{Service, ServiceExt as _};

use crate::support::{check, facts};

/// What the inventory of [`theirs`] is.
const LISTED: &str = r#"{"list":[{"methods":["GET","HEAD"],"path":"/"},{"methods":["GET","HEAD","POST"],"path":"/api/{id}"}]}"#;

/// A service with two routes.
fn theirs<S: Clone + Send + Sync + 'static>() -> axum::Router<S> {
    axum::Router::new()
        .route("/", axum::routing::get(async || "hello"))
        .route("/api/{id}", axum::routing::get(async || "one").post(async || "made"))
}

/// A check that tells everybody everything.
fn open() -> SelfCheck {
    check(facts()).public(Level::Full)
}

/// What a service answers to GET.
async fn get<S, B>(service: &S, target: &str) -> (StatusCode, String)
where
    S: Service<Request<Body>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
    B: axum::body::HttpBody<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let request = Request::get(target).body(Body::empty()).expect("the request is well-formed");
    let response = service.clone().oneshot(request).await.expect("the service does not fail");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("the body is whole").to_bytes();
    (parts.status, String::from_utf8(bytes.to_vec()).expect("the body is UTF-8"))
}

/// The routes of a report, as JSON.
fn routes(report: &str) -> String {
    let report: Value = serde_json::from_str(report)
        .unwrap_or_else(|error| panic!("no report: {error}: {report:?}"));
    report["routes"].to_string()
}

/// Asserts that the service answers for itself, with the whole inventory, and for everything else
/// as before.
async fn assert_works<S, B>(service: &S)
where
    S: Service<Request<Body>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
    B: axum::body::HttpBody<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (status, report) = get(service, "/__build").await;
    assert_eq!((status, routes(&report).as_str()), (StatusCode::OK, LISTED));
    for (target, expected) in [
        ("/__build/", StatusCode::OK),
        ("/__build?clean", StatusCode::OK),
        ("/__build?route=GET%20/api/7", StatusCode::OK),
        ("/__build?route=PUT%20/api/7", StatusCode::CONFLICT),
        ("/__build?route=GET%20/nowhere", StatusCode::CONFLICT),
        ("/__build/is/2f0c2d3e4b5a69788796a5b4c3d2e1f001234567", StatusCode::CONFLICT),
        ("/__build?comit=1", StatusCode::BAD_REQUEST),
        ("/nowhere", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(get(service, target).await.0, expected, "{target}");
    }
    assert_eq!(get(service, "/").await, (StatusCode::OK, "hello".to_owned()));
    assert_eq!(get(service, "/api/7").await, (StatusCode::OK, "one".to_owned()));
}
