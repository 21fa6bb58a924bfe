//! Edits of cargo's configuration and of the toolchain file.

use crate::real::edit::Edit::{Replace, Write};
use crate::real::row::{Row, cautious, drift, quiet, written};

const CONFIG: &str = ".cargo/config.toml";

pub(super) fn rows() -> Vec<Row> {
    vec![
        drift("`[env]`", &[Replace(CONFIG, "\"north\"", "\"south\"")]),
        cautious(
            "`[env]` of a variable that nothing reads",
            &[Replace(CONFIG, "[alias]", "SHOP_SIDE = \"east\"\n\n[alias]")],
        ),
        drift("`build.rustflags`", &[Replace(CONFIG, "shop_old", "shop_new")]),
        drift("`paths`, removed", &[Replace(CONFIG, "paths = [\"overrides/over\"]\n", "")]),
        written("`[alias]`", &[Replace(CONFIG, "b = \"build\"", "b = \"build --release\"")]),
        written("`[term]`", &[Replace(CONFIG, "[term]\n", "[term]\nverbose = false\n")]),
        written("a comment in the configuration", &[Replace(CONFIG, "[term]", "# Loud.\n[term]")]),
        written("`build.jobs`", &[Replace(CONFIG, "[build]\n", "[build]\njobs = 2\n")]),
        quiet(
            "a toolchain file that pins no version",
            &[Write("rust-toolchain.toml", "[toolchain]\nchannel = \"stable\"\n")],
        ),
    ]
}
