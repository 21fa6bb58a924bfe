//! The table in the docs.

use std::fmt::Write as _;

use super::run::Outcome;
use selfsame_testing::kept::assert_kept_between;
use selfsame_testing::package;

const BEGIN: &str = "<!-- table: begin -->\n";
const END: &str = "<!-- table: end -->";

/// Compares the table in `docs/content.md` with what was measured. `SELFSAME_BLESS=1` writes it.
///
/// The crates are shown and not compared: which of them cargo compiles besides the service depends on
/// what the row before left in the target directory. Each row checks the ones that matter.
pub(super) fn compare(outcomes: &[Outcome]) {
    let same = |kept: &str, table: &str| without_crates(kept) == without_crates(table);
    let path = package().join("docs/content.md");
    assert_kept_between(&path, [BEGIN, END], &render(outcomes), same);
}

/// The lines, without the second cell.
fn without_crates(table: &str) -> Vec<String> {
    let cells = |line: &str| {
        let cells = line.split(" | ").enumerate();
        let kept: Vec<&str> = cells.filter(|(at, _)| *at != 1).map(|(_, cell)| cell).collect();
        kept.join(" | ")
    };
    table.lines().map(cells).collect()
}

/// The table of some rows, for a person who runs them alone.
pub(super) fn render(outcomes: &[Outcome]) -> String {
    let mut table = "| edit | cargo compiles | stamped again | code | uncommitted | committed |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    for outcome in outcomes {
        let (compiled, script) = match &outcome.measured {
            Some(measured) => (compiled(measured), if measured.script { "yes" } else { "no" }),
            None => ("?".to_owned(), "?"),
        };
        let code = if outcome.differs { "differs" } else { "equal" };
        let (uncommitted, committed) = (&outcome.uncommitted, &outcome.committed);
        let name = outcome.name;
        let _ = writeln!(
            table,
            "| {name} | {compiled} | {script} | {code} | {uncommitted} | {committed} |"
        );
    }
    table
}

/// The crates that were compiled, at most five of them by name.
fn compiled(measured: &super::measure::Measured) -> String {
    const MOST: usize = 5;

    let all = &measured.compiled;
    if all.is_empty() {
        return "nothing".to_owned();
    }
    let named: Vec<&str> = all.iter().take(MOST).map(String::as_str).collect();
    let more = all.len().saturating_sub(MOST);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    named.join(", ") + &rest
}

/// The part of the table to run, by texts in the rows' names, with `|` between them.
#[expect(clippy::disallowed_methods, reason = "it is this process that is asked")]
pub(super) fn only() -> Option<String> {
    std::env::var("SELFSAME_ROWS").ok()
}
