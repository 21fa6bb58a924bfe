//! What the tests and the incident share: real git, real cargo, real processes, isolated from the
//! user's configuration and gone when they are dropped.

#![expect(
    missing_docs,
    missing_debug_implementations,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "what a test calls is read where it is called, and panics"
)]

pub mod cargo;
pub mod command;
pub mod events;
pub mod formats;
pub mod kept;
pub mod made;
pub mod recorded;
pub mod registry;
pub mod repository;
pub mod requirements;
pub mod schema;
pub mod service;
pub mod serving;
pub mod shipped;
pub mod yaml;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The root of this workspace, which is the directory of the library.
pub fn package() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).expect("this crate lies in `crates`")
}

/// The directory that cargo builds into, with the profile, as in `target/debug`.
pub fn profile_directory() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    // target/debug/deps/test-0123, target/debug/examples/incident
    let directory = program.parent().and_then(Path::parent).expect("cargo put this program there");
    directory.to_owned()
}

/// What a CI system says of its commit is said of these tests, not of what they build.
pub const OF_CI: [&str; 17] = [
    "BITBUCKET_COMMIT",
    "BUILDKITE_COMMIT",
    "BUILD_SOURCEVERSION",
    "CIRCLE_SHA1",
    "CI_COMMIT_SHA",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "COMMIT_REF",
    "COMMIT_SHA",
    "DRONE_COMMIT_SHA",
    "GITHUB_SHA",
    "HEROKU_BUILD_COMMIT",
    "RAILWAY_GIT_COMMIT_SHA",
    "RENDER_GIT_COMMIT",
    "SOURCE_COMMIT",
    "SOURCE_VERSION",
    "TRAVIS_COMMIT",
    "VERCEL_GIT_COMMIT_SHA",
];

/// The variables of this process that a build or a service of ours may see: none that would make
/// it look at another repository, stamp another commit, or find a token.
#[expect(clippy::disallowed_methods, reason = "it is this process that is looked at")]
pub fn clean_environment() -> Vec<(OsString, OsString)> {
    let foreign = ["GIT_", "SELFSAME_", "VERGEN_", "CARGO_PKG_", "BACKOFFICE_"];
    std::env::vars_os()
        .filter(|(name, _)| {
            let name = name.to_string_lossy();
            !OF_CI.contains(&&*name)
                && !foreign.iter().any(|prefix| name.starts_with(prefix))
                && !matches!(&*name, "CARGO_MANIFEST_DIR" | "CARGO_TARGET_DIR" | "OUT_DIR")
        })
        .collect()
}
