//! What a test needs of the machine. What is absent is skipped aloud; under
//! `SELFSAME_REQUIRE_ALL=1`, which CI sets, it is a failure.

use std::io::Write as _;

/// Whether everything has to run, and nothing may be skipped.
#[expect(clippy::disallowed_methods, reason = "it is this process that is asked")]
pub fn all() -> bool {
    std::env::var_os("SELFSAME_REQUIRE_ALL").is_some_and(|value| value == "1")
}

/// Whether the machine has what the test needs.
#[must_use]
pub fn require(what: &str, there: bool) -> bool {
    assert!(there || !all(), "SELFSAME_REQUIRE_ALL=1 and this machine lacks {what}");
    there || skip(&format!("this machine lacks {what}"))
}

/// Whether a program is on the PATH.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "it is this process's PATH")]
pub fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|directory| directory.join(program).is_file());
    require(&format!("the program `{program}`"), there)
}

/// Says what is not tested. The harness swallows what a passing test prints, but not what is
/// written past its macros.
pub fn skip(why: &str) -> bool {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
    false
}
