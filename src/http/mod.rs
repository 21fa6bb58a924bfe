//! `/__build`: what a process says of itself, over HTTP.
//!
//! `endpoint.md` and `placement.md`, which the documentation of the crate includes, say what it does.

mod accept;
mod auth;
mod config;
mod endpoint;
mod future;
mod layer;
mod page;
mod query;
mod rendered;
mod response;
#[cfg(feature = "test-seams")]
mod seams;
mod service;
mod startup_log;

#[cfg(feature = "axum")]
mod router_ext;
#[cfg(feature = "serve")]
mod serve;

pub use self::config::{Handle, SelfCheck};
pub use self::future::ResponseFuture;
pub use self::layer::SelfCheckLayer;
#[cfg(feature = "axum")]
pub use self::router_ext::RouterExt;
#[cfg(feature = "serve")]
pub use self::serve::{serve, serve_on};
pub use self::service::SelfCheckService;
