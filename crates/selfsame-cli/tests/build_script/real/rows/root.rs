//! Edits of a workspace with the service in its root, and a `[replace]`.

use crate::real::edit::Edit::{Replace, Write};
use crate::real::row::{Row, drift, others, quiet, written};

pub(super) fn rows() -> Vec<Row> {
    [
        drift("root: a module", &[Replace("src/modules/till.rs", "\"till\"", "\"desk\"")]),
        drift("root: a member", &[Replace("crates/kit/src/lib.rs", "\"kit\"", "\"box\"")]),
        drift(
            "root: an excluded dependency",
            &[Replace("crates/apart/src/lib.rs", "\"apart\"", "\"off\"")],
        ),
        drift(
            "root: a package that `[replace]` puts in place of another",
            &[Replace("replaced/worn/src/lib.rs", "worn by path", "worn by hand")],
        ),
        drift(
            "root: `[replace]`, removed",
            &[Replace(
                "Cargo.toml",
                "[replace]\n\"registry+file:///mill#shop-worn@1.0.0\" = { path = \"replaced/worn\" }\n",
                "",
            )],
        )
        .locked(),
        drift("root: the edition, and with it the resolver", &[Replace("Cargo.toml", "\"2021\"", "\"2018\"")]),
        others(
            "root: a vendored package that `[replace]` replaces",
            &[Replace("vendor/shop-worn/src/lib.rs", "of the registry", "of nobody")],
        ),
        others(
            "root: a dev-dependency",
            &[Replace("crates/fixtures/src/lib.rs", "\"fixtures\"", "\"others\"")],
        ),
        quiet("root: README", &[Write("README.md", "# Other\n")]),
        quiet("root: README of a member", &[Write("crates/kit/README.md", "# Other\n")]),
        quiet("root: `tests/`", &[Write("tests/it.rs", "// none\n")]),
        quiet("root: `tests/` of a member", &[Write("crates/kit/tests/it.rs", "// none\n")]),
        quiet("root: documentation", &[Write("docs/guide.md", "Other.\n")]),
        written("root: `exclude`", &[Replace("Cargo.toml", "\"vendor\",", "\"vendor\", \"docs\",")]),
    ]
    .map(Row::at_root)
    .to_vec()
}
