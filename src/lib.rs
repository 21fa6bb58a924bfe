//! Is the process that is running the selfsame code that you are reading?
//!
//! Source has moved forward, and what answers requests has not: the image was rebuilt and the
//! container not recreated, one replica of eight was missed, a module sits in the repository and
//! was never compiled in. All of it looks like a bug in code that is right. selfsame makes it a
//! question with an answer:
//!
//! - the crate `selfsame-build`, called from a build script, stamps the commit, the content and the
//!   expected modules into a binary. Content covers every local package that the binary is built
//!   from;
//! - one line on an axum router ([`RouterExt`]), or a tower layer ([`SelfCheckLayer`]), serves at
//!   `/__build` what the running process really contains, and its routes;
//! - the command `selfsame` compares that with source, rung by rung, from outside.
//!
//! # Use
//!
//! The manifest says what cannot be known from paths alone:
//!
//! ```toml
//! [package.metadata.selfsame]
//! modules = ["src/modules"] # every child is one expected module
//! ```
//!
//! A build script stamps:
//!
//! ```no_run
//! // build.rs
//! # mod selfsame_build { pub fn stamp() {} }
//! fn main() {
//!     selfsame_build::stamp();
//! }
//! ```
//!
//! The router gets one line, the last:
//!
//! ```no_run
//! # #[cfg(all(feature = "axum", feature = "stamp-own"))] {
//! use axum::{Router, routing::get};
//! use selfsame::RouterExt as _;
//!
//! let app: Router = Router::new()
//!     .route("/", get(|| async { "hello" }))
//!     .selfsame(selfsame::stamp!());
//! # }
//! ```
//!
//! A deploy script asks:
//!
//! ```console
//! $ curl -fsS "$URL/__build?commit=$SHA"
//! $ selfsame check "$URL" --source . --route 'GET /api/v1/workflows'
//! ```
//!
//! A tower service that is not an axum router gets [`SelfCheckLayer`].
//!
//! # Features
//!
//! | name | description | default |
//! |---|---|---|
//! | `axum` | [`RouterExt::selfsame`] and the route inventory | yes |
//! | `serve` | [`serve`](crate::serve()), the report on a listener of its own | no |
//! | `tower` | [`SelfCheckLayer`] alone, for any tower service | by `axum` |
//!
#![doc = include_str!("http/endpoint.md")]
//!
#![doc = include_str!("http/placement.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "tower")]
mod clock;
#[cfg(feature = "tower")]
mod http;
pub mod routes;
#[cfg(feature = "tower")]
mod runtime;

pub use selfsame_core::report::{self, Level};
pub use selfsame_core::stamp;

#[cfg(feature = "axum")]
pub use crate::http::RouterExt;
#[cfg(feature = "tower")]
pub use crate::http::{ResponseFuture, SelfCheck, SelfCheckLayer, SelfCheckService};
#[cfg(feature = "serve")]
pub use crate::http::{serve, serve_on};
