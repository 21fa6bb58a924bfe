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
//! | `GET /__build/metrics` | the report as metrics, in Prometheus' text format or, by `Accept`, as OpenMetrics |
//!
//! `nonce=…` beside them, letters and digits, changes nothing but the address, for whoever wants no
//! stored answer. `else=503` or `else=404` beside the conditions picks another status than 409. HEAD, POST and
//! OPTIONS are answered as GET is, since there are load balancers that can send nothing else.
//! Failures are problem details, [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
//!
//! # The page
//!
//! In a browser the report is a page, which says above all else what the process sees wrong with
//! itself and what to do. It is one document that loads nothing: its policy is
//! `default-src 'none'` with the hashes of its own style and script, without which it can be read
//! too. A link to `?level=full` makes the browser ask for a token, as the password of Basic.
//!
//! # Metrics
//!
//! They follow the level too: a stranger to a release build sees `selfsame_build_info` with the
//! commit and whether the process is intact, and who sends a token also sees the modules, the
//! shipped directories and how many routes there are. `selfsame_report_level` says which it is, so
//! that an alert can tell what is well from what it cannot see. What is unknown has no value: it
//! stands in `selfsame_unknown` by the name of the fact. FORMAT.md has the table.
//!
//! ```text
//! selfsame_report_level{level="summary"} 1
//! selfsame_build_info{name="backoffice-api",version="1.4.0",commit="1f0c…",tree="clean",…} 1
//! selfsame_executable_intact 0
//! selfsame_unknown{fact="content"} 1
//! ```
//!
#![doc = include_str!("placement.md")]

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
mod service;
mod startup_log;

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
