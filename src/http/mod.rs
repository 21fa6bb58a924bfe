//! `/__build`: what a process says of itself, over HTTP.
//!
//! On an axum router it is one line, the last:
//!
//! ```no_run
//! # #[cfg(feature = "axum")] {
//! use selfsame::RouterExt as _;
//!
//! # let stamp = selfsame::stamp::Embedded::new(b"");
//! let app: axum::Router = axum::Router::new()
//!     .route("/", axum::routing::get(|| async { "hello" }))
//!     .selfsame(stamp); // selfsame::stamp!()
//! # }
//! ```
//!
//! Around any other tower service it is a layer, [`SelfCheckLayer`]. Both give the same answers:
//!
//! | request | answer |
//! |---|---|
//! | `GET /__build` | the [report](crate::report) at the caller's [`Level`] |
//! | `GET /__build?commit=…&content=…` | 200 if every [condition](crate::compare::Condition) holds, 409 if one does not, 400 if one is not understood |
//! | `GET /__build/is/<commit>` | the same as `?commit=`, for callers that cannot send a query |
//!
//! `else=503` or `else=404` beside the conditions picks another status than 409. HEAD, POST and
//! OPTIONS are answered as GET is, since there are load balancers that can send nothing else.
//! Failures are problem details, [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
//!
#![doc = include_str!("placement.md")]

mod announce;
mod answer;
mod auth;
mod config;
mod endpoint;
mod future;
mod layer;
mod prepared;
mod query;
mod service;

#[cfg(feature = "axum")]
mod router_ext;
#[cfg(feature = "serve")]
mod serve;

pub use self::config::SelfCheck;
pub use self::future::ResponseFuture;
pub use self::layer::SelfCheckLayer;
#[cfg(feature = "axum")]
pub use self::router_ext::RouterExt;
#[cfg(feature = "serve")]
pub use self::serve::{serve, serve_on};
pub use self::service::SelfCheckService;
pub use crate::report::Level;
