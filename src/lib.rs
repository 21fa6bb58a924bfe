//! Is the process that is running the selfsame code that you are reading?
#[cfg(feature = "build")]
pub mod build;
pub mod compare;
pub mod environment;
#[cfg(feature = "tower")]
pub mod http;
pub mod report;
pub mod routes;
#[cfg(feature = "build")]
pub mod source;
pub mod stamp;
#[cfg(feature = "build")]
pub mod tree;

#[cfg(feature = "axum")]
pub use crate::http::RouterExt;
#[cfg(feature = "tower")]
pub use crate::http::{Level, SelfCheck, SelfCheckLayer};

/// Returns the stamp.
#[macro_export]
macro_rules! stamp {
    () => {
        $crate::stamp::Embedded::new(::core::include!(::core::env!(
            "SELFSAME_STAMP",
            "this package has no stamp. It takes three lines:\n\
             \n\
             Cargo.toml  [build-dependencies]\n\
             \x20           selfsame = { version = \"0.1\", default-features = false, features = [\"build\"] }\n\
             build.rs    fn main() { selfsame::build::Stamper::new().emit(); }"
        )))
    };
}
