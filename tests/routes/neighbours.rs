//! Routers that other crates build.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use aide::axum::{ApiRouter, routing as api};
use axum::{
    Router,
    http::{Request, Response},
    routing::{get, post},
};
use axum_extra::routing::{RouterExt as _, TypedPath};
use selfsame::routes::{Inventory, Mounted, verify};
use serde::Deserialize;
use tower::Service;
use tower_http::services::ServeDir;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::support::{lines, listed};

async fn nothing() {}

/// The inventory, after the probe found all of it.
fn confirmed(router: &Router) -> Inventory {
    let inventory = listed(router);
    let verification = verify(router, &inventory);
    assert!(verification.is_confirmed(), "{verification}");
    inventory
}

/// What tonic's code generator would make of a service.
#[derive(Clone)]
struct Greeter;

impl tonic::server::NamedService for Greeter {
    const NAME: &'static str = "hello.v1.Greeter";
}

impl Service<Request<tonic::body::Body>> for Greeter {
    type Response = Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<tonic::body::Body>) -> Self::Future {
        ready(Ok(Response::new(tonic::body::Body::default())))
    }
}

#[test]
fn tonic_services_are_opaque_under_their_names() {
    let grpc = tonic::service::Routes::new(Greeter).prepare().into_axum_router();
    let inventory = confirmed(&grpc);
    assert_eq!(lines(&inventory), ["FALLBACK /…", "OPAQUE /hello.v1.Greeter/{*rest}"]);
    assert!(matches!(inventory.mounted("POST", "/hello.v1.Greeter/SayHello"), Mounted::Opaque(_)));
    // tonic answers UNIMPLEMENTED to what it does not know, with its fallback.
    assert!(matches!(inventory.mounted("POST", "/hello.v1.Other/SayHello"), Mounted::Fallback(_)));

    let beside_http = Router::new().route("/healthz", get(nothing)).merge(grpc);
    assert_eq!(
        lines(&confirmed(&beside_http)),
        ["FALLBACK /…", "GET,HEAD /healthz", "OPAQUE /hello.v1.Greeter/{*rest}"]
    );
}

#[utoipa::path(get, path = "/{id}", params(("id" = u32, Path)))]
async fn read_one() {}

#[utoipa::path(delete, path = "/{id}", params(("id" = u32, Path)))]
async fn delete_one() {}

#[utoipa::path(post, path = "")]
async fn create() {}

#[test]
fn utoipa_routers_are_complete_once_split() {
    let orders = OpenApiRouter::new()
        .routes(routes!(read_one, delete_one))
        .routes(routes!(create))
        .route("/not-in-the-document", get(nothing));
    let (router, document): (Router, _) = OpenApiRouter::new()
        .nest("/orders", orders)
        .route("/healthz", get(nothing))
        .split_for_parts();
    assert_eq!(
        lines(&confirmed(&router)),
        [
            "GET,HEAD /healthz",
            "POST /orders",
            "GET,HEAD /orders/not-in-the-document",
            "DELETE,GET,HEAD /orders/{id}",
        ]
    );
    // What wrappers record is less than what is mounted.
    assert_eq!(document.paths.paths.len(), 2);
}

#[test]
fn aide_routers_are_complete_once_finished() {
    let orders = ApiRouter::new()
        .api_route("/{id}", api::get(nothing).delete(nothing))
        .route("/plain", post(nothing));
    let router: Router = ApiRouter::new()
        .nest_api_service("/orders", orders.clone())
        .nest("/more/orders", orders)
        .finish_api(&mut aide::openapi::OpenApi::default());
    assert_eq!(
        lines(&confirmed(&router)),
        ["POST /more/orders/plain", "DELETE,GET,HEAD /more/orders/{id}", "OPAQUE /orders/…",]
    );
}

#[derive(Deserialize, TypedPath)]
#[typed_path("/users/{id}/posts/{post}")]
struct OnePost {
    id: u32,
    post: u32,
}

#[test]
fn typed_paths_and_trailing_slash_redirects_are_listed() {
    let router: Router = Router::new()
        .typed_get(async |_: OnePost| {})
        .typed_put(async |_: OnePost| {})
        .route_with_tsr("/users", get(nothing))
        .route_with_tsr("/teams/", post(nothing))
        .route_service_with_tsr("/files", ServeDir::new("."));
    assert_eq!(
        lines(&confirmed(&router)),
        [
            "OPAQUE /files",
            // axum-extra redirects with a handler for every method.
            "ANY /files/",
            "ANY /teams",
            "POST /teams/",
            "GET,HEAD /users",
            "ANY /users/",
            "GET,HEAD,PUT /users/{id}/posts/{post}",
        ]
    );
}

#[test]
fn directories_are_opaque_where_they_are_served() {
    let router: Router = Router::new()
        .route("/api", get(nothing))
        .nest_service("/assets", ServeDir::new("."))
        .route_service("/one", ServeDir::new("."))
        .fallback_service(ServeDir::new(".").fallback(get(nothing)));
    assert_eq!(
        lines(&confirmed(&router)),
        ["FALLBACK /…", "GET,HEAD /api", "OPAQUE /assets/…", "OPAQUE /one"]
    );
}
