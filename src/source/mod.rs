//! What source says: the content of a package and its revision.
//!
//! The build script and the command read source through this module alone, so that what one stamps
//! is what the other expects.

mod claims;
mod compiled;
mod content;
mod declared;
mod departed;
mod error;
mod local;
mod lock;
mod package;
mod revision;
mod routes;
mod scope;
mod shipped;

pub mod git;

pub use self::claims::PLATFORM_VARIABLES;
pub use self::compiled::Compiled;
pub use self::content::Content;
pub use self::declared::{Configuration, declared};
pub use self::departed::{Departed, departed, departed_files};
pub use self::error::SourceError;
pub use self::local::{Unstamped, unstamped};
pub use self::package::Package;
pub(crate) use self::revision::cut;
pub use self::revision::{Known, Subject, Unwatched, Watching, find as find_revision};
pub use self::routes::expected_routes;
pub use self::scope::{CONVENTIONAL, CONVENTIONAL_ELSEWHERE, expected_modules, spelled, way};
pub use self::shipped::shipped;
