//! What source says: the content of a package and its revision.
//!
//! The build script and the command read source through this module alone, so that what one stamps
//! is what the other expects.

mod activation;
mod cargo_config;
mod ci_env;
mod closure;
mod content;
mod declared;
mod dep_info;
mod error;
mod exported;
mod files;
mod lock;
mod manifest;
mod members;
mod modules;
mod npm;
mod package;
mod path;
mod reach;
mod revision;
mod routes;
mod scope;
mod shipped;
mod survey;
mod toolchain;
mod vendored;
mod walk;

pub mod git;
pub mod history;

pub use self::activation::Activation;
pub use self::content::{
    CONVENTIONAL, CONVENTIONAL_ELSEWHERE, Content, Context, Covered, Excluded, Line, OF_NPM_ROOT,
    Rule,
};
pub use self::declared::{Configuration, declared};
pub use self::dep_info::Compiled;
pub use self::error::SourceError;
pub use self::exported::{Exported, exported, exported_files};
pub use self::files::{Disk, Files, Kept, Made};
pub use self::modules::expected_modules;
pub use self::package::Package;
use self::path::normal;
pub use self::path::relative_path;
pub use self::revision::cut;
pub use self::revision::{RerunTracker, Revision, Untracked};
pub use self::routes::expected_routes;
pub use self::scope::{Scope, ShippedDirectory, normalize};
pub use self::shipped::shipped;
pub use self::survey::{Survey, cargo_home, survey};
pub use self::toolchain::pinned_toolchain;
