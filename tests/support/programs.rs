use std::path::Path;

/// Whether a program of the outside world is there. If it is not, says so loudly; under
/// `SELFSAME_REQUIRE_ALL=1`, which CI sets, that is a failure.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the person at the tests is told"
)]
pub fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|directory| is_program(&directory.join(program))) {
        return true;
    }
    let required = std::env::var_os("SELFSAME_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!required, "`{program}` is not installed, and SELFSAME_REQUIRE_ALL=1 asks for it");
    eprintln!("SKIPPED: `{program}` is not installed, so what needs it was not tested");
    false
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}
