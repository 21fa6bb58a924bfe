//! Edits of files that are compiled in and lie elsewhere, or that build scripts and macros read.

use crate::real::edit::Edit::{Link, Remove, Replace, Write};
use crate::real::row::Expected::Unknown;
use crate::real::row::{Row, cautious, drift, unstamped};

pub(super) fn rows() -> Vec<Row> {
    vec![
        drift("`include_str!(\"../../../server.toml\")`", &[Write("server.toml", "port = 9090\n")]),
        drift("`include!(\"../part.in\")`", &[Write("crates/includes/part.in", "\"a part\"\n")]),
        drift("`include_bytes!`", &[Write("crates/includes/data.bin", "other bytes\n")]),
        drift(
            "`include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), …))`",
            &[Write("crates/includes/rooted.txt", "other text\n")],
        ),
        drift(
            "a snapshot that is included",
            &[Write("crates/includes/snapshots/kept.snap", "s\n")],
        ),
        unstamped(
            "`#![doc = include_str!(\"../README.md\")]`",
            &[Write("crates/includes/README.md", "# Other\n")],
        ),
        drift(
            "`#[path = \"../../../shared/code.rs\"] mod`",
            &[Replace("shared/code.rs", "shared code", "common code")],
        ),
        drift(
            "the file that a link in `src/` leads to",
            &[Replace("linked/file.rs", "linked file", "other file")],
        ),
        drift(
            "a file in the directory that a link leads to",
            &[Replace("linked/folder/mod.rs", "linked folder", "other folder")],
        ),
        drift(
            "a link that leads to another file",
            &[
                Write("linked/second.rs", "pub fn text() -> &'static str { \"second\" }\n"),
                Link("crates/links/src/file.rs", "../../../linked/second.rs"),
            ],
        ),
        drift(
            "C sources that `build.rs` reads",
            &[Write("crates/native/vendor_c/lib/native.c", "c\n")],
        ),
        cautious(
            "a new file among the C sources",
            &[Write("crates/native/vendor_c/lib/more.c", "more\n")],
        ),
        drift("`proto/`", &[Write("crates/proto/proto/shop.proto", "message Store {}\n")]),
        drift(
            "a new file in `proto/`",
            &[Write("crates/proto/proto/till.proto", "message Till {}\n")],
        ),
        drift(
            "`static/.well-known/`",
            &[Write("crates/web/static/.well-known/security.txt", "Contact: grace\n")],
        ),
        drift("`.sqlx/` of the workspace", &[Write(".sqlx/query-1.json", "\"select 2\"\n")]),
        cautious("a file removed from `.sqlx/` of the workspace", &[Remove(".sqlx/query-0.json")]),
        cautious(
            "a file removed from the directory that a link leads to",
            &[Remove("linked/folder/spare.rs")],
        ),
        cautious(
            "a new file in the directory that a link leads to",
            &[Write("linked/folder/extra.rs", "pub fn extra() {}\n")],
        ),
        cautious(
            "a file removed from a vendored package",
            &[Remove("vendor/shop-dye/src/spare.rs")],
        ),
        cautious(
            "a new file in a vendored package",
            &[Write("vendor/shop-dye/src/extra.rs", "pub fn extra() {}\n")],
        ),
        cautious("a new file in `.sqlx/`", &[Write(".sqlx/query-2.json", "\"select 2\"\n")]),
        drift(
            "a build script of a dependency",
            &[Replace("crates/native/build.rs", "text.trim()", "text.to_uppercase().trim()")],
        ),
        unstamped(
            "a file under a name that a build script computes",
            &[Write("crates/hidden/hidden.txt", "other text\n")],
        )
        .uncovered(Unknown, Unknown),
    ]
}
