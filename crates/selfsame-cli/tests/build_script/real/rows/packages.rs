//! Edits of the packages that the service is built from, by how it reaches them.

use crate::real::edit::Edit::{Replace, Write};
use crate::real::row::Compiles::Anything;
use crate::real::row::{Row, drift, others, written};

pub(super) fn rows() -> Vec<Row> {
    [reached(), elsewhere()].concat()
}

/// Those that manifests name.
fn reached() -> Vec<Row> {
    vec![
        drift("a dependency", &[Replace("crates/kit/src/lib.rs", "\"kit\"", "\"box\"")]),
        drift(
            "a dependency of a dependency",
            &[Replace("crates/core/src/lib.rs", "\"core\"", "\"heart\"")],
        ),
        drift(
            "a build-dependency's dependency",
            &[Replace("crates/gen-core/src/lib.rs", "\"generated\"", "\"made\"")],
        ),
        drift(
            "a build-dependency",
            &[Replace("crates/gen/src/lib.rs", "shop_gen_core::text()", "\"written\"")],
        ),
        drift(
            "a procedural macro's dependency",
            &[Replace("crates/macros-core/src/lib.rs", "query {text}", "sql {text}")],
        ),
        drift(
            "a procedural macro",
            &[Replace("crates/macros/src/lib.rs", "text.trim()", "text.to_uppercase().trim()")],
        ),
        drift(
            "an optional dependency that is on",
            &[Replace("crates/extra/src/lib.rs", "\"extra\"", "\"spare\"")],
        ),
        others(
            "an optional dependency that is off",
            &[Replace("crates/off/src/lib.rs", "shop_off_core::text()", "\"none\"")],
        )
        .inactive(),
        others(
            "a dependency of one that is off",
            &[Replace("crates/off-core/src/lib.rs", "\"off\"", "\"out\"")],
        )
        .inactive(),
        drift(
            "a dependency of this target",
            &[Replace("crates/unix/src/lib.rs", "\"unix\"", "\"posix\"")],
        ),
        others(
            "a dependency of another target",
            &[Replace("crates/windows/src/lib.rs", "\"windows\"", "\"nt\"")],
        )
        .inactive(),
        drift(
            "a renamed dependency",
            &[Replace("crates/renamed/src/lib.rs", "\"renamed\"", "\"called\"")],
        ),
        drift(
            "the older of two versions of a package",
            &[Replace("crates/twin-1/src/lib.rs", "twin one", "twin first")],
        ),
        drift(
            "the newer of two versions of a package",
            &[Replace("crates/twin-2/src/lib.rs", "twin two", "twin second")],
        ),
        drift(
            "a dependency that inherits from the workspace",
            &[Replace("crates/inherited/src/lib.rs", "inherited {version}", "heir {version}")],
        ),
    ]
}

/// Those that a patch, a replacement, a directory or a build script leads to.
fn elsewhere() -> Vec<Row> {
    vec![
        drift(
            "a dependency that the workspace excludes",
            &[Replace("crates/excluded/src/lib.rs", "\"excluded\"", "\"outer\"")],
        ),
        drift(
            "a dependency with `package.workspace`",
            &[Replace("elsewhere/attached/src/lib.rs", "attached ", "bound ")],
        ),
        drift(
            "a package that `[patch]` puts below a vendored one",
            &[Replace("patched/pale/src/lib.rs", "pale by path", "pale by hand")],
        ),
        drift(
            "a package that `paths` puts in place of another",
            &[Replace("overrides/over/src/lib.rs", "over by path", "over by hand")],
        ),
        drift(
            "an edited vendored package",
            &[Replace("vendor/shop-dye/src/lib.rs", "\"dye\"", "\"paint\"")],
        )
        .stale("shop-dye"),
        others(
            "a vendored package that a patch replaces",
            &[Replace("vendor/shop-pale/src/lib.rs", "of the registry", "of nobody")],
        ),
        others(
            "a vendored package that `paths` replaces",
            &[Replace("vendor/shop-over/src/lib.rs", "of the registry", "of nobody")],
        ),
        others(
            "a vendored version that is not locked",
            &[Replace("vendor/shop-dot-1.0.0/src/lib.rs", "dot 1.0.0", "dot one")],
        ),
        others(
            "a dev-dependency",
            &[Replace("crates/fixtures/src/lib.rs", "\"fixtures\"", "\"others\"")],
        ),
        others(
            "a member that nothing reaches",
            &[Replace("crates/unused/src/lib.rs", "\"unused\"", "\"spare\"")],
        ),
        others(
            "the source of a member outside the closure",
            &[Replace("tools/outsider/src/main.rs", "{}", "out {}")],
        ),
        written(
            "a new member that nothing reaches",
            &[
                Write(
                    "crates/new/Cargo.toml",
                    "[package]\nname = \"shop-new\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
                ),
                Write("crates/new/src/lib.rs", "pub fn new() {}\n"),
            ],
        )
        .locked()
        .compiling(Anything),
    ]
}
