//! Workflows: the module that was in the repository and not in production.

mod definitions;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};

pub fn router() -> Router {
    Router::new()
        .route("/steps/definitions", get(|| async { Json(definitions::all()) }))
        .route_layer(from_fn(authenticated))
}

async fn authenticated(request: Request, next: Next) -> Result<Response, StatusCode> {
    let token = std::env::var("BACKOFFICE_TOKEN").map_err(|_| StatusCode::UNAUTHORIZED)?;
    let sent = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if sent == Some(&format!("Bearer {token}")) {
        Ok(next.run(request).await)
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}
