//! What a test needs of the machine, and which half of the matrix runs.

use std::io::Write as _;

/// Whether everything has to run: the whole matrix, and nothing skipped.
#[expect(clippy::disallowed_methods, reason = "it is this process that is asked")]
fn all() -> bool {
    std::env::var_os("SELFSAME_REQUIRE_ALL").is_some_and(|value| value == "1")
}

/// Whether the half of the matrix runs that takes its time.
pub(crate) fn whole_matrix() -> bool {
    all() || skip("it belongs to the whole matrix: SELFSAME_REQUIRE_ALL=1 runs it")
}

/// Whether the machine has what the test needs. A test that needs what is not there is skipped
/// aloud, and fails where everything has to run.
pub(crate) fn require(what: &str, there: bool) -> bool {
    assert!(there || !all(), "SELFSAME_REQUIRE_ALL=1 and this machine lacks {what}");
    there || skip(&format!("this machine lacks {what}"))
}

/// The harness swallows what a passing test prints, but not what is written past its macros.
fn skip(why: &str) -> bool {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
    false
}
