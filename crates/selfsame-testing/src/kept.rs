//! Texts that are kept in the repository and made by tests: snapshots, tables, references.

use std::path::Path;

use snapbox::Data;
use snapbox::assert::{Action, Assert};
use snapbox::data::DataFormat;

/// Whether kept texts are written instead of compared: `SELFSAME_BLESS=1`.
#[expect(clippy::disallowed_methods, reason = "the variable is for whoever runs the tests")]
pub fn is_blessed() -> bool {
    std::env::var_os("SELFSAME_BLESS").is_some_and(|value| value == "1")
}

/// Asserts that the file holds this text, or writes it.
#[track_caller]
pub fn assert_kept(path: &Path, text: &str) {
    let action = if is_blessed() { Action::Overwrite } else { Action::Verify };
    let kept = Data::read_from(path, Some(DataFormat::Text)).raw();
    Assert::new().action(action).eq(Data::text(text), kept);
}

/// Asserts that the file holds this text between two marks, as `same` compares them, or writes it.
#[track_caller]
pub fn assert_kept_between(
    path: &Path,
    marks: [&str; 2],
    text: &str,
    same: impl FnOnce(&str, &str) -> bool,
) {
    let page = std::fs::read_to_string(path).expect("there is a page");
    let place = page.split_once(marks[0]).and_then(|(before, rest)| {
        rest.split_once(marks[1]).map(|(kept, after)| (before, kept, after))
    });
    let Some((before, kept, after)) = place else {
        panic!("`{}` has no place between {marks:?}", path.display())
    };
    if is_blessed() {
        let page = [before, marks[0], text, marks[1], after].concat();
        std::fs::write(path, page).expect("the file can be written");
        return;
    }
    assert!(
        same(kept, text),
        "`{}` holds another text after {:?}; SELFSAME_BLESS=1 writes this:\n{text}",
        path.display(),
        marks[0]
    );
}
