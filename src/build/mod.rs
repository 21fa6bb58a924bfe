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
//! # The commit
//!
//! The first that answers counts. What contradicts an answer makes it unknown, with both named.
//!
//! | source | `origin` | the tree is |
//! |---|---|---|
//! | `SELFSAME_COMMIT`, a full id, with `-dirty` or not; `VERGEN_GIT_SHA` where it is one | `override` | as `SELFSAME_TREE=clean\|dirty` says |
//! | git; `SELFSAME_GIT=off` leaves it alone | `git` | compared |
//! | git's files, where there is no `git` program or it refuses another user's repository | `git` | unknown |
//! | `.cargo_vcs_info.json`, which cargo puts into a packaged crate | `cargo_vcs_info` | dirty or unknown |
//! | `.git_archival.txt` with a line `node: $Format:%H$`, filled in by `git archive` | `archive` | unknown |
//! | a variable of the platform, [`PLATFORM_VARIABLES`] | its name | as `SELFSAME_TREE` says |
//!
//! # Several packages
//!
//! A library of the same workspace stamps itself with [`Stamper::part`]; its content then counts as
//! that of the services that use it. A local dependency that does not is named as unstamped.
//!
//! # The build time
//!
//! No stamp tells when it was made, so that the same source gives the same bytes anywhere. Whoever
//! wants to know all the same turns on the feature `vergen` and asks: `Stamper::built_at` and
//! `Stamper::toolchain` add to [`Info`](crate::stamp::Info), which is for information, covered by no
//! fingerprint and compared by nobody. The build time is that of the script's last run: a build of
//! nothing new neither runs the script nor moves the time. Under `SOURCE_DATE_EPOCH` it is that time,
//! and the bytes are the same again.
//!
#![doc = include_str!("living.md")]
//!
#![doc = include_str!("matrix.md")]
//!
#![doc = include_str!("cost.md")]

#[cfg(feature = "vergen")]
mod asked;
mod directives;
mod error;
mod guard;
mod parts;
mod stamper;
mod toolchain;
mod watch;

pub use self::error::BuildError;
pub use self::stamper::Stamper;
pub use crate::source::PLATFORM_VARIABLES;
