//! Invoices.

mod invoice;

use axum::routing::get;
use axum::{Json, Router};

pub fn router() -> Router {
    Router::new()
        .route("/invoices", get(|| async { Json(invoice::all()) }))
        .route("/invoices/{id}", get(invoice::one))
}
