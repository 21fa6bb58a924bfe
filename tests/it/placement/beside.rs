//! Beside services whose own routes could be in the way.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{any, get};
use selfsame::{RouterExt as _, SelfCheckLayer};
use tower::Layer as _;

use super::{get as ask, open, routes};
use crate::support::panic_of;

/// Routers that answer almost anything.
fn greedy() -> [(&'static str, Router); 6] {
    let mine = || any(async || "mine");
    [
        ("/{*path}", Router::new().route("/{*path}", mine())),
        ("/{a}/{b}", Router::new().route("/{a}/{b}", mine()).route("/{a}/{b}/{c}", mine())),
        ("/{a}", Router::new().route("/{a}", mine()).route("/{a}/", mine())),
        ("a fallback", Router::new().fallback(async || "mine")),
        ("a fallback service", Router::new().fallback_service(mine())),
        ("a nested service", Router::new().nest_service("/{a}", mine())),
    ]
}

#[tokio::test]
async fn the_report_comes_before_what_answers_everything() {
    for (name, theirs) in greedy() {
        let inventory = serde_json::to_string(&selfsame::routes::of(&theirs)).expect("JSON");
        let around = SelfCheckLayer::new(open()).layer(theirs.clone());
        let inside = theirs.selfsame(open());
        for target in ["/__build", "/__build/"] {
            let (status, report) = ask(&inside, target).await;
            assert_eq!((status, routes(&report)), (StatusCode::OK, inventory.clone()), "{name}");
            let (status, report) = ask(&around, target).await;
            assert_eq!((status, routes(&report)), (StatusCode::OK, inventory.clone()), "{name}");
        }
        let is = "/__build/is/2f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
        assert_eq!(ask(&inside, is).await.0, StatusCode::CONFLICT, "{name}");
        assert_eq!(ask(&around, is).await.0, StatusCode::CONFLICT, "{name}");
    }
}

/// What a fallback or a wildcard answers is never called mounted.
#[tokio::test]
async fn what_only_a_fallback_answers_is_unknown_and_not_mounted() {
    let app = Router::new().route("/there", get(async || "")).fallback(async || "a page");
    let app: Router = app.selfsame(open());
    assert_eq!(ask(&app, "/__build?route=GET%20/there").await.0, StatusCode::OK);
    let (status, problem) = ask(&app, "/__build?route=GET%20/not/there").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem.contains("only a fallback answers this"), "{problem}");
    assert_eq!(ask(&app, "/not/there").await, (StatusCode::OK, "a page".to_owned()));
}

#[tokio::test]
async fn routers_at_the_root_of_others_are_listed_at_their_place() {
    let inner = Router::new().route("/", get(async || "inner")).route("/x", get(async || "x"));
    let app: Router =
        Router::new().route("/", get(async || "outer")).nest("/api", inner).selfsame(open());
    let (_, report) = ask(&app, "/__build").await;
    for path in ["\"path\":\"/\"", "\"path\":\"/api\"", "\"path\":\"/api/x\""] {
        assert!(report.contains(path), "{report}");
    }
    assert_eq!(ask(&app, "/__build?route=GET%20/api").await.0, StatusCode::OK);
    assert_eq!(ask(&app, "/__build?route=GET%20/x").await.0, StatusCode::CONFLICT);
}

#[test]
fn a_report_of_ones_own_at_the_path_stops_the_start_and_names_the_line() {
    let own: [fn() -> Router; 3] = [
        || Router::new().route("/__build", get(async || "mine")),
        || Router::new().route("/__build", any(async || "mine")),
        || Router::new().nest("/__build", Router::new().route("/", get(async || "mine"))),
    ];
    for own in own {
        let message = panic_of(move || drop(own().selfsame(open())));
        assert!(message.contains("tests/it/placement/beside.rs"), "{message}");
        assert!(message.contains("/__build"), "{message}");
    }
}

/// The layer cannot refuse, and a route that it hides would be a surprise the other way round.
#[tokio::test]
async fn around_a_router_with_the_same_path_the_layer_answers() {
    let own: Router = Router::new().route("/__build", get(async || "mine"));
    let around = SelfCheckLayer::new(open()).layer(own);
    assert!(ask(&around, "/__build").await.1.starts_with("{\"commit\""));
    let elsewhere = SelfCheckLayer::new(open().at("/__self"));
    let own: Router = Router::new().route("/__build", get(async || "mine"));
    assert_eq!(ask(&elsewhere.layer(own), "/__build").await.1, "mine");
}
