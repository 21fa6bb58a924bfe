//! The modules of the back office, each with its own routes.

mod billing;
mod customers;

use axum::Router;

/// Everything that the service answers.
pub fn router() -> Router {
    Router::new()
        .nest("/api/v1/billing", billing::router())
        .nest("/api/v1/customers", customers::router())
}
