//! A router of axum 0.7. This does not compile, and the compiler says why.

use selfsame::RouterExt as _;

/// The line of the README, on the wrong axum.
pub fn app() -> axum::Router {
    axum::Router::new().selfsame(selfsame::stamp::Embedded::new(b""))
}
