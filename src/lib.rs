//! Is the process that is running the selfsame code that you are reading?
//!
//! Source has moved forward, and what answers requests has not: the image was rebuilt and the
//! container not recreated, one replica of eight was missed, a module sits in the repository and
//! was never compiled in. All of it looks like a bug in code that is right. selfsame makes it a
//! question with an answer:
//!
//! - [`build`], called from a build script, stamps the commit, the content and the expected modules
//!   into a binary. Content covers every local package that the binary is built from;
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
//! # #[cfg(feature = "build")]
//! fn main() {
//!     selfsame::build::stamp();
//! }
//! # #[cfg(not(feature = "build"))] fn main() {}
//! ```
//!
//! The router gets one line, the last:
//!
//! ```no_run
//! # #[cfg(all(feature = "axum", feature = "cli"))] {
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
//! # Where things are
//!
//! | module | what it is |
//! |---|---|
//! | [`mod@stamp`] | what a build wrote into its artifact: the model, its text, how it is found in bytes |
//! | [`report`] | what a process says of itself |
//! | [`routes`] | which routes a router has |
//! | [`compare`] | what is expected against what was found: verdicts and conditions |
//! | [`findings`] | what a check finds out: codes, the judge, the English |
//! | [`metrics`] | the report, and what source expects, as metrics |
//! | [`http`] | `/__build`: the router extension and the layer |
//! | [`tree`] | the tree hash |
//! | [`source`] | what source says: packages, content, modules, revision |
//! | [`build`] | the build script's side |
//! | [`child`] | programs that are run, with limits |
//!
//! `stamp`, `report`, `routes`, `compare` and `findings` do no I/O, but for `routes::assert_listed`, which is for
//! tests.
//!
//! # Features
//!
//! | name | description | default |
//! |---|---|---|
//! | `axum` | [`RouterExt::selfsame`] and the route inventory | yes |
//! | `serve` | [`serve`](crate::serve()), the report on a listener of its own | no |
//! | `tower` | [`SelfCheckLayer`] alone, for any tower service | by `axum` |
//! | `build` | [`build::stamp`], for build scripts; also `source` | no |
//! | `cli` | the command | no |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "build")]
pub mod build;
#[cfg(feature = "build")]
pub mod child;
#[cfg(feature = "tower")]
mod clock;
pub mod compare;
pub mod environment;
pub mod findings;
#[cfg(feature = "tower")]
pub mod http;
#[cfg(any(feature = "cli", feature = "tower"))]
pub mod metrics;
pub mod report;
pub mod routes;
#[cfg(feature = "tower")]
mod runtime;
#[cfg(feature = "build")]
pub mod source;
pub mod stamp;
#[cfg(any(feature = "build", feature = "tower"))]
pub mod tree;

#[cfg(feature = "axum")]
pub use crate::http::RouterExt;
#[cfg(feature = "tower")]
pub use crate::http::{SelfCheck, SelfCheckLayer};
#[cfg(feature = "serve")]
pub use crate::http::{serve, serve_on};
pub use crate::report::Level;

/// Returns the stamp of the package that it is called in, as [`stamp::Embedded`].
///
/// The stamp is placed in the binary even if nothing reads it. A package whose build script does
/// not call [`build::Stamper`] does not compile:
///
#[cfg_attr(not(feature = "cli"), doc = "```compile_fail")]
#[cfg_attr(feature = "cli", doc = "```")]
/// let stamp = selfsame::stamp!();
/// # let _ = stamp;
/// ```
#[macro_export]
macro_rules! stamp {
    () => {
        $crate::stamp::Embedded::new(::core::include!(::core::env!(
            "SELFSAME_STAMP",
            "this package has no stamp, since its build script does not call selfsame. \
             Three lines are missing:\n\
             \n\
             in Cargo.toml:\n\
             \x20   [build-dependencies]\n\
             \x20   selfsame = { version = \"0.1\", default-features = false, features = [\"build\"] }\n\
             in build.rs:\n\
             \x20   fn main() { selfsame::build::Stamper::new().emit(); }\n"
        )))
    };
}
