//! What selfsame compares: the data, and the one judge of it.
//!
//! The library, the build side and the command share this crate. Data flows one way: a build writes
//! a [`stamp`](mod@stamp), a process serves it in a [`report`], a caller gathers evidence, and
//! [`findings`] says what follows from it. Nothing here does I/O, but for [`tree`], which hashes
//! files, and [`environment`], which reads the variables of the process.
//!
//! | module | what it is |
//! |---|---|
//! | [`mod@stamp`] | what a build wrote into its artifact: the model, its text, how it is found in bytes |
//! | [`report`] | what a process says of itself |
//! | [`routes`] | the routes of a service, as a list that can be compared |
//! | [`compare`] | what is expected against what was found: verdicts and conditions |
//! | [`findings`] | what a check finds out: codes, the judge, the English |
//! | [`metrics`] | the report, and what source expects, as metrics |
//! | [`tree`] | the tree hash |

pub mod child;
pub mod compare;
pub mod environment;
pub mod findings;
pub mod metrics;
pub mod report;
pub mod routes;
pub mod stamp;
pub mod tree;

/// Returns the stamp of the package that it is called in, as [`stamp::Embedded`].
///
/// The stamp is placed in the binary even if nothing reads it. A package whose build script does
/// not call `selfsame_build::stamp` does not compile:
///
/// ```compile_fail
/// let stamp = selfsame_core::stamp!();
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
             \x20   selfsame-build = \"0.1\"\n\
             in build.rs:\n\
             \x20   fn main() { selfsame_build::stamp(); }\n"
        )))
    };
}
