//! Edits of the service's own package.

use crate::real::edit::Edit::{Executable, Move, Remove, Replace, Touch, Write};
use crate::real::row::{Compiles, Row, cautious, drift, quiet};

const MANIFEST: &str = "services/api/Cargo.toml";

pub(super) fn rows() -> Vec<Row> {
    vec![
        drift(
            "a module of the service",
            &[Replace("services/api/src/modules/billing/mod.rs", "\"billing\"", "\"bills\"")],
        ),
        drift(
            "a new module of the service",
            &[
                Write(
                    "services/api/src/modules/orders.rs",
                    "pub fn text() -> &'static str { \"orders\" }\n",
                ),
                Replace(
                    "services/api/src/modules/mod.rs",
                    "pub mod stock;",
                    "pub mod orders;\npub mod stock;",
                ),
                Replace(
                    "services/api/src/lib.rs",
                    "modules::stock::text(),",
                    "modules::stock::text(),\n        modules::orders::text(),",
                ),
            ],
        ),
        drift(
            "a file that another module reaches",
            &[Replace("services/api/src/local.rs", "\"local\"", "\"near\"")],
        ),
        drift(
            "a module next to `[[bin]] path`",
            &[Replace("services/api/server/helper.rs", "\"helper\"", "\"hand\"")],
        ),
        drift("a file that `also` names", &[Write("services/api/extra.txt", "more\n")]),
        drift("the package's version", &[Replace(MANIFEST, "1.4.0", "1.5.0")]).locked(),
        drift("the package's authors", &[Replace(MANIFEST, "Ada", "Grace")]),
        drift(
            "the default features",
            &[Replace(MANIFEST, "default = [\"extra\"]", "default = []")],
        ),
        cautious(
            "a module that moves to `stock/mod.rs`",
            &[Move("services/api/src/modules/stock.rs", "services/api/src/modules/stock/mod.rs")],
        ),
        cautious(
            "a comment in a source file",
            &[Replace("services/api/src/local.rs", "pub fn", "// near\npub fn")],
        ),
        cautious(
            "a file in `src/` that nothing reads",
            &[Write("crates/core/src/notes.txt", "later\n")],
        ),
        quiet("README of the service", &[Write("services/api/README.md", "# Other\n")]),
        quiet("changelog of the service", &[Write("services/api/CHANGELOG.md", "Some.\n")]),
        quiet("a file in `src/tests/`", &[Write("services/api/src/tests/deep.rs", "// none\n")]),
        quiet("a file that `#[cfg(test)] mod` reaches", &[Write("services/api/src/checks.rs", "")]),
        quiet("a snapshot in `src/`", &[Write("services/api/src/snapshots/all.snap", "other\n")]),
        quiet("a new snapshot in `src/`", &[Write("services/api/src/snapshots/b.snap.new", "b\n")]),
        quiet("a `[[test]]` in `src/`", &[Write("services/api/src/inside_test.rs", "// none\n")]),
        quiet(
            "an `[[example]]` in `src/`",
            &[Write("services/api/src/shown.rs", "fn main() { }\n")],
        ),
        quiet("`tests/`", &[Write("services/api/tests/it.rs", "// none\n")]),
        quiet("`benches/`", &[Remove("services/api/benches/speed.rs")]),
        quiet("`examples/`", &[Write("services/api/examples/small.rs", "fn main() { }\n")]),
        quiet("a file's times alone", &[Touch("services/api/src/local.rs")])
            .compiling(Compiles::Anything),
        quiet("a file's mode alone", &[Executable("services/api/src/local.rs")]),
    ]
}
