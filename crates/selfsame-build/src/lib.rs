//! The build side: what a service's build script calls.
//!
//! ```no_run
//! // build.rs
//! selfsame_build::stamp();
//! ```
//!
//! The stamp goes into `OUT_DIR`, from where [`stamp!`](selfsame_core::stamp!) takes it into the binary.
//! The script runs again when content changes, of the package or of a local package that it is
//! built from, when a manifest or `Cargo.lock` is edited, when the commit changes, and when a variable
//! that it read changes; nothing else makes it run.
//!
//! # What source says
//!
//! What can be known from source stands in `Cargo.toml`, where the command finds it too, at each
//! revision. All of it may be left out, and an unknown key is an error. Paths are relative to the
//! package.
//!
//! ```toml
//! [package.metadata.selfsame]
//! modules = ["src/modules"]       # every child is one expected module
//! module = ["src/workflow"]       # this is one
//! also = ["../proto"]             # goes into the build and lies elsewhere
//! shipped = [{ path = "dashboard/dist", at = "/app/dist" }]
//! routes = "src/routes.txt"       # the list of routes kept in source
//! ```
//!
//! [`Stamper`] has what cannot be said there, such as [`require_clean`](Stamper::require_clean).
//! The modules and routes that it names change no content, and the stamp lists them under `scope`.
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
//! Each service stamps itself. Content covers each local package that it is built from, with a
//! digest of its own in the stamp; these packages need no build script and no line. What only tests
//! are built from does not count.
//!
//! # The build time
//!
//! A stamp does not contain the time at which it was made, so that the same source gives the same
//! bytes anywhere. With the feature `vergen`, `Stamper::built_at` and `Stamper::toolchain` add the
//! time and the compiler to [`Info`](selfsame_core::stamp::Info), which is for information: the fingerprint does not
//! cover it and nothing compares it. The build time is that of the script's last run: a build of
//! nothing new neither runs the script nor moves the time. Under `SOURCE_DATE_EPOCH` it is that time,
//! and the bytes are the same again.
//!
#![doc = include_str!("living.md")]
//!
#![doc = include_str!("matrix.md")]
//!
#![doc = include_str!("cost.md")]

mod directives;
mod error;
mod length_asserts;
mod previous;
mod stamper;
mod toolchain;
#[cfg(feature = "vergen")]
mod vergen_facts;
mod watch;

pub use self::error::BuildError;
pub use self::stamper::{Stamper, stamp};
pub use selfsame_core::environment::PLATFORM_VARIABLES;
