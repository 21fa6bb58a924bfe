//! Edits that go into no binary, in a dependency and in the repository.

use crate::real::edit::Edit::{Remove, Replace, Write};
use crate::real::row::{Row, quiet, unstamped, written};

pub(super) fn rows() -> Vec<Row> {
    vec![
        quiet("README of a dependency", &[Write("crates/kit/README.md", "# Other\n")]),
        quiet("`tests/` of a dependency", &[Write("crates/tested/tests/it.rs", "// none\n")]),
        quiet("a new file in `tests/` of a dependency", &[Write("crates/kit/tests/new.rs", "")]),
        quiet("`benches/` of a dependency", &[Remove("crates/tested/benches/speed.rs")]),
        quiet(
            "`examples/` of a dependency",
            &[Write("crates/tested/examples/small.rs", "fn main() { }\n")],
        ),
        quiet(
            "`src/tests/` of a dependency",
            &[Write("crates/tested/src/tests/one.rs", "// none\n")],
        ),
        quiet(
            "a new file in `src/tests/`",
            &[
                Write("crates/tested/src/tests/two.rs", "#[test]\nfn two() {}\n"),
                Write("crates/tested/src/tests/mod.rs", "mod one;\nmod two;\n"),
            ],
        ),
        quiet(
            "a snapshot of a dependency",
            &[Write("crates/tested/src/snapshots/one.snap", "two\n")],
        ),
        quiet(
            "a `[[test]]` in `src/` of a dependency",
            &[Write("crates/tested/src/tested_test.rs", "// none\n")],
        ),
        unstamped(
            "README of a dependency with a build script that declares nothing",
            &[Write("crates/web/README.md", "# Web\n")],
        ),
        quiet("README of the repository", &[Write("README.md", "# Another shop\n")]),
        quiet("documentation", &[Write("docs/guide.md", "Other.\n")]),
        quiet("a new file in the root", &[Write("NOTES.md", "Later.\n")]),
        quiet("CI", &[Write(".github/workflows/ci.yml", "on: pull_request\n")]),
        quiet("Dockerfile", &[Write("Dockerfile", "FROM debian\n")]),
        // It decides what git reports of the tree.
        written("`.gitignore`", &[Write(".gitignore", "/target\n*.log\n")]),
        quiet("`clippy.toml`", &[Replace("clippy.toml", "9", "10")]),
        quiet("`rustfmt.toml`", &[Replace("rustfmt.toml", "100", "90")]),
        quiet("nothing at all", &[]),
    ]
}
