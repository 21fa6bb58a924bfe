//! Customers.

use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

pub fn router() -> Router {
    Router::new().route("/", get(|| async { Json(json!([{ "id": 1, "name": "Ada" }])) }))
}
