use std::fmt::Write as _;

use super::english::remedies;
use super::{Code, Entry};

/// Returns the reference of all codes, as Markdown: `docs/findings.md`.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# Findings\n\nEverything that `selfsame` finds out has a code. Codes are stable: match \
         them, never the words.\n`selfsame explain CODE` prints an entry. Words between braces are \
         filled in.\n\nThis page is generated from the code; a test compares them.\n\n| code | \
         rungs |\n|---|---|\n",
    );
    for code in Code::ALL {
        let _ = writeln!(text, "| [`{code}`](#{code}) | {} |", rungs(*code));
    }
    for code in Code::ALL {
        let entry = entry(*code);
        let _ = write!(text, "\n## {code}\n\n{}.\n\n{}\n", quoted(entry.title), entry.explanation);
        if let Some(remedy) = entry.remedy {
            let _ = write!(text, "\nNext: {}.\n", quoted(remedy));
        }
    }
    text
}

impl Code {
    /// Its entry of the reference, as plain text.
    #[must_use]
    pub fn explain(self) -> String {
        let entry = entry(self);
        let mut text =
            format!("{self} ({})\n\n{}.\n\n{}\n", rungs(self), entry.title, entry.explanation);
        if let Some(remedy) = entry.remedy {
            let _ = write!(text, "\nNext: {remedy}.\n");
        }
        text
    }
}

/// The English of a code, with the advice of the usual case.
fn entry(code: Code) -> Entry {
    let entry = code.english();
    let remedy = entry.remedy.map(|remedy| match remedy {
        "{rebuild}" => remedies::DEPLOY,
        "{merge}" => remedies::MERGE,
        "{inventory}" => remedies::TOKEN,
        remedy => remedy,
    });
    Entry { remedy, ..entry }
}

fn rungs(code: Code) -> String {
    let rungs = code.rungs().iter();
    rungs.map(|rung| format!("{} {rung}", rung.number())).collect::<Vec<_>>().join(", ")
}

/// A text in which no word is taken for markup.
fn quoted(text: &str) -> String {
    let mut first = text.chars();
    let capital = first.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let is_word = text.starts_with(char::is_alphabetic);
    let text = if is_word { capital + first.as_str() } else { text.to_owned() };
    text.replace('_', "\\_")
}
