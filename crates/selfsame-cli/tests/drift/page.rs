//! The page of the drift matrix, `docs/drift.md`: what it shows of the command's output is what the
//! command says here.

use std::sync::{Mutex, PoisonError};

use selfsame_testing::command::Outcome;
use selfsame_testing::kept::assert_kept_between;
use selfsame_testing::package;
use selfsame_testing::recorded::normal;

/// Asserts that the page shows this output under `name`, below the command as a reader would give
/// it. `SELFSAME_BLESS=1` writes it there.
#[track_caller]
pub(crate) fn shows(name: &str, command: &str, outcome: &Outcome) {
    static WRITING: Mutex<()> = Mutex::new(());
    let _guard = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let mark = format!("<!-- output: {name} -->\n```console\n");
    let said = format!("$ {command}\n{}", normal(&outcome.out));
    let path = package().join("docs/drift.md");
    assert_kept_between(&path, [&mark, "```\n"], &said, |kept, said| kept == said);
}
