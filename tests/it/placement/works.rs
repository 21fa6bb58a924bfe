//! Each place where it works, in process.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::get;
use selfsame::routes::{self, Routes};
use selfsame::{RouterExt as _, SelfCheckLayer};
use tower::{Layer as _, ServiceBuilder};

use super::{LISTED, assert_works, get as ask, open, routes as listed, theirs};

#[tokio::test]
async fn last_on_a_router() {
    assert_works(&theirs::<()>().selfsame(open())).await;
}

#[tokio::test]
async fn last_on_a_router_that_still_lacks_its_state() {
    let router: Router<u32> = theirs().selfsame(open());
    assert_works(&router.with_state::<()>(7)).await;
}

#[tokio::test]
async fn after_the_layers_of_the_service() {
    let refuse = tower::util::MapRequestLayer::new(|request: Request| request);
    assert_works(&theirs::<()>().layer(refuse).selfsame(open())).await;
}

#[tokio::test]
async fn as_a_layer_around_the_whole_router() {
    assert_works(&SelfCheckLayer::new(open()).layer(theirs())).await;
}

#[tokio::test]
async fn inside_a_service_builder_around_the_router() {
    let outside = ServiceBuilder::new()
        .map_request(|request: Request| request)
        .layer(SelfCheckLayer::new(open()))
        .service(theirs::<()>());
    assert_works(&outside).await;
}

#[tokio::test]
async fn around_other_layers_with_the_routes_given_by_hand() {
    let router = theirs::<()>();
    let layer = SelfCheckLayer::new(open()).routes(routes::of(&router));
    let service =
        ServiceBuilder::new().layer(layer).map_request(|request: Request| request).service(router);
    assert_works(&service).await;
}

/// What is declared is not replaced, not even by what can be read.
#[tokio::test]
async fn declared_routes_stay_as_they_are() {
    let declared = Routes::Listed("GET /elsewhere\n".parse().expect("a list"));
    let service = SelfCheckLayer::new(open()).routes(declared).layer(theirs());
    let (_, report) = ask(&service, "/__build").await;
    assert_eq!(listed(&report), r#"{"list":[{"methods":["GET","HEAD"],"path":"/elsewhere"}]}"#);
}

/// A process is one instance, however often a server puts the layer around its router.
#[tokio::test]
async fn one_layer_is_one_instance() {
    let layer = SelfCheckLayer::new(open());
    let (_, first) = ask(&layer.layer(theirs()), "/__build").await;
    let (_, second) = ask(&layer.layer(theirs()), "/__build").await;
    let declared = layer.routes("GET /\n".parse::<routes::Inventory>().expect("a list"));
    let (_, declared) = ask(&declared.layer(theirs()), "/__build").await;
    // What the process saw of itself may come between two answers: only who answers is compared.
    let instance = |report: &str| {
        let report: serde_json::Value = serde_json::from_str(report).expect("JSON");
        let instance = report["instance"].as_str().expect("an instance");
        (instance.to_owned(), report["started_at"].clone())
    };
    assert_eq!(instance(&second), instance(&first));
    assert_eq!(instance(&declared), instance(&first));
    let other = SelfCheckLayer::new(open()).layer(theirs());
    let (_, other) = ask(&other, "/__build").await;
    assert_ne!(instance(&other).0, instance(&first).0);
}

#[tokio::test]
async fn as_the_last_layer_of_a_router_it_answers_but_sees_no_routes() {
    for router in [
        theirs::<()>().layer(SelfCheckLayer::new(open())),
        theirs().layer(ServiceBuilder::new().layer(SelfCheckLayer::new(open()))),
    ] {
        let (status, report) = ask(&router, "/__build").await;
        assert_eq!(status, StatusCode::OK);
        assert!(listed(&report).contains("unavailable"), "{report}");
        assert_eq!(ask(&router, "/nowhere").await.0, StatusCode::NOT_FOUND);
        let question = "/__build?route=GET%20/api/7";
        let (status, problem) = ask(&router, question).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(problem.contains("the routes are unavailable"), "{problem}");
    }
    let router = theirs::<()>();
    let layer = SelfCheckLayer::new(open()).routes(routes::of(&router));
    assert_works(&router.layer(layer)).await;
}

#[tokio::test]
async fn a_router_that_cannot_be_read_is_unavailable_around_and_inside_alike() {
    let unreadable = || theirs::<()>().route(&format!("/{}", "x".repeat(5000)), get(async || ""));
    let (_, inside) = ask(&unreadable().selfsame(open()), "/__build").await;
    let around = SelfCheckLayer::new(open()).layer(unreadable());
    let (_, around) = ask(&around, "/__build").await;
    assert!(listed(&inside).starts_with(r#"{"unavailable":"router not understood"#), "{inside}");
    assert_eq!(listed(&inside), listed(&around));
    assert_ne!(listed(&inside), LISTED);
}
