//! The build side: what a service's build script calls.
//!
//! ```no_run
//! // build.rs
//! selfsame::build::Stamper::new().modules("src/modules").emit();
//! ```
//!
//! The stamp goes into `OUT_DIR`, from where [`stamp!`](crate::stamp!) takes it into the binary.
//! The script runs again when a file of the package's content changes, when the commit changes, and
//! when a variable that it read changes; nothing else makes it run.

mod directives;
mod error;
mod revision;
mod stamper;
mod toolchain;
mod watch;

pub use self::error::BuildError;
pub use self::stamper::Stamper;
