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
//!
#![doc = include_str!("matrix.md")]

mod claims;
mod directives;
mod error;
mod guard;
mod parts;
mod revision;
mod stamper;
mod toolchain;
mod watch;

pub use self::claims::PLATFORM_VARIABLES;
pub use self::error::BuildError;
pub use self::stamper::Stamper;

/// A text as a stamp may hold it: one that is too long would cost the whole build.
fn cut(text: &str) -> String {
    const MAX: usize = 1024;
    if text.len() <= MAX {
        return text.to_owned();
    }
    let end = (0..=MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end])
}
