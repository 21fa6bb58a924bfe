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
//! The line is for routers of axum 0.8. Every other tower service gets [`SelfCheckLayer`].
//!
//! # Features
//!
//! | name | description | default |
//! |---|---|---|
//! | `axum` | [`RouterExt::selfsame`] and the route inventory | yes |
//! | `serve` | [`serve`](crate::serve()), the report on a listener of its own | no |
//! | `tower` | [`SelfCheckLayer`] alone, for any tower service | by `axum` |
//!
//! # Pages
//!
//! The repository has a page for each of these:
//!
//! | page | subject |
//! |---|---|
//! | `docs/report.md` | what `/__build` answers, who sees what |
//! | `docs/deploy-gates.md` | gates with curl and with the command |
//! | `docs/ci.md` | the action for GitHub, the image of the command, hooks, coding agents |
//! | `docs/fleets.md` | every replica of a service, counted and in one screen |
//! | `docs/docker.md` | a Dockerfile without `.git`, and looking into images |
//! | `docs/workspaces.md` | several services and shared packages in one repository |
//! | `docs/front-ends.md` | a stamp for built files, and files that a process is shipped with |
//! | `docs/routes.md` | the list of routes in source |
//! | `docs/frameworks.md` | actix-web, Rocket, plain hyper, and routes from an OpenAPI document |
//! | `docs/history.md` | which commits have a content: `selfsame locate` |
//! | `docs/configuration.md` | a file that changed and a process that did not load it |
//! | `docs/content.md` | which files count, and what no rule can know |
//! | `docs/drift.md` | each way to run other code than source has, and what to do |
//! | `docs/findings.md` | each code of the command |
//! | `docs/security.md` | who can ask what, what an untrusted input can cause, each limit |
//! | `docs/comparison.md` | other tools, by what they compare |
//! | `docs/limits.md` | what selfsame cannot see |
//! | `docs/faq.md` | why to trust it, how to check it without it |
//! | `FORMAT.md` | stamp, report and hashes, for readers in other languages |
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
pub use crate::http::{Handle, ResponseFuture, SelfCheck, SelfCheckLayer, SelfCheckService};
#[cfg(feature = "serve")]
pub use crate::http::{serve, serve_on};
#[cfg(feature = "tower")]
pub use crate::runtime::Drift;
