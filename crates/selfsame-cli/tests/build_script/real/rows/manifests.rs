//! Edits of manifests and of the lock file.

use crate::real::edit::Edit::Replace;
use crate::real::row::Compiles::Anything;
use crate::real::row::Expected::Blind;
use crate::real::row::{Row, cautious, drift, unstamped, written};

const WORKSPACE: &str = "Cargo.toml";
const SERVICE: &str = "services/api/Cargo.toml";
const TESTED: &str = "crates/tested/Cargo.toml";
const LOCK: &str = "Cargo.lock";

const DEV: &str = "name = \"shop-dev\"\nversion = \"1.0.1\"";
const DEV_BEFORE: &str = "name = \"shop-dev\"\nversion = \"1.0.0\"";
const DOT: &str = "name = \"shop-dot\"\nversion = \"1.0.1\"";
const DOT_BEFORE: &str = "name = \"shop-dot\"\nversion = \"1.0.0\"";

pub(super) fn rows() -> Vec<Row> {
    [manifests(), workspace(), lock()].concat()
}

fn manifests() -> Vec<Row> {
    vec![
        written("a comment in a manifest", &[Replace(SERVICE, "# The service.", "# It serves.")]),
        written(
            "the order of keys in a manifest",
            &[Replace(
                "crates/kit/Cargo.toml",
                "name = \"shop-kit\"\nversion = \"0.1.0\"",
                "version = \"0.1.0\"\nname = \"shop-kit\"",
            )],
        ),
        written("`[package.metadata]` of the service", &[Replace(SERVICE, "\"web\"", "\"net\"")]),
        written("badges of the service", &[Replace(SERVICE, "actively-developed", "passive")]),
        written(
            "keywords of the service",
            &[Replace(SERVICE, "keywords = [\"shop\"]", "keywords = []")],
        ),
        written("`default-run`", &[Replace(SERVICE, "default-run = \"service\"\n", "")]),
        written(
            "a new dev-dependency of the service",
            &[Replace(
                SERVICE,
                "[dev-dependencies]\n",
                "[dev-dependencies]\nshop-unused = { path = \"../../crates/unused\" }\n",
            )],
        )
        .locked(),
        written(
            "`[lib] doctest`",
            &[Replace(SERVICE, "name = \"shop_api\"\n", "name = \"shop_api\"\ndoctest = false\n")],
        ),
        written(
            "`[package.metadata]` of a dependency",
            &[Replace(TESTED, "all = true", "all = false")],
        ),
        written("badges of a dependency", &[Replace(TESTED, "passive", "none")]),
        written(
            "keywords of a dependency",
            &[Replace(TESTED, "keywords = [\"tested\"]", "keywords = []")],
        ),
        written(
            "a dev-dependency of a dependency, removed",
            &[Replace(TESTED, "shop-fixtures = { path = \"../fixtures\" }\n", "")],
        )
        .locked(),
        written(
            "the version that a dev-dependency requires",
            &[Replace(TESTED, "shop-dev = { version = \"1\"", "shop-dev = { version = \"1.0.1\"")],
        ),
        written(
            "a `[[test]]` of a dependency",
            &[Replace(TESTED, "name = \"tested\"\npath", "name = \"tested2\"\npath")],
        ),
        written("`[lints]` of a dependency", &[Replace(TESTED, "= \"warn\"", "= \"allow\"")])
            .compiling(Anything),
        cautious(
            "a dependency's version, which nothing reads",
            &[Replace("crates/core/Cargo.toml", "0.1.0", "0.1.1")],
        )
        .locked(),
        drift(
            "a feature that the service turns on",
            &[Replace(SERVICE, "features = [\"loud\"]", "features = [\"loud\", \"quick\"]")],
        ),
        drift(
            "a feature that a dependency turns on",
            &[Replace(
                "crates/kit/Cargo.toml",
                "[dependencies]\n",
                "[dependencies]\nshop-shared = { path = \"../shared\", features = [\"loud\"] }\n",
            )],
        )
        .locked(),
        unstamped(
            "a feature that a member outside the closure turns on",
            &[Replace(
                "tools/outsider/Cargo.toml",
                "shared\" }",
                "shared\", features = [\"loud\"] }",
            )],
        )
        .uncovered(
            Blind("features that members outside the closure turn on"),
            Blind("features that members outside the closure turn on"),
        ),
    ]
}

fn workspace() -> Vec<Row> {
    vec![
        drift("`workspace.package.version`", &[Replace(WORKSPACE, "0.3.0", "0.4.0")]).locked(),
        drift("`workspace.package.description`", &[Replace(WORKSPACE, "a shop", "a store")]),
        cautious(
            "`workspace.package.homepage`",
            &[Replace(WORKSPACE, "https://shop.", "https://the.")],
        ),
        drift(
            "`workspace.dependencies` of a dependency",
            &[Replace(WORKSPACE, "features = [\"calm\"]", "features = [\"calm\", \"quick\"]")],
        ),
        written(
            "`workspace.dependencies` that nothing inherits",
            &[Replace(
                WORKSPACE,
                "[workspace.lints.rust]",
                "shop-unused = { path = \"crates/unused\" }\n\n[workspace.lints.rust]",
            )],
        ),
        written(
            "`workspace.lints`",
            &[Replace(WORKSPACE, "unused_imports = \"warn\"", "unused_imports = \"allow\"")],
        )
        .compiling(Anything),
        written("`workspace.metadata`", &[Replace(WORKSPACE, "push = true", "push = false")]),
        drift(
            "`workspace.resolver`",
            &[Replace(WORKSPACE, "resolver = \"2\"", "resolver = \"1\"")],
        ),
        written("`exclude`", &[Replace(WORKSPACE, "\"vendor\", ", "\"vendor\", \"docs\", ")]),
        written(
            "`members` as a list instead of a pattern",
            &[Replace(WORKSPACE, "\"tools/*\"", "\"tools/outsider\"")],
        ),
        written(
            "`package.workspace`, which the directory says as well",
            &[Replace("elsewhere/attached/Cargo.toml", "workspace = \"../..\"\n", "")],
        ),
        drift(
            "`[profile.dev.package]` of the service",
            &[Replace(
                WORKSPACE,
                "[profile.dev.package.shop-unused]",
                "[profile.dev.package.shop-api]",
            )],
        ),
        written(
            "`[profile.dev.package]` of a member that nothing reaches",
            &[Replace(WORKSPACE, "opt-level = 1", "opt-level = 2")],
        )
        .compiling(Anything),
        written(
            "`[profile.test]`",
            &[Replace(WORKSPACE, "[patch.mill]", "[profile.test]\nopt-level = 1\n\n[patch.mill]")],
        ),
        cautious(
            "`[profile.release]`",
            &[Replace(WORKSPACE, "[patch.mill]", "[profile.release]\nlto = true\n\n[patch.mill]")],
        ),
        drift(
            "`[patch]`, removed",
            &[Replace(WORKSPACE, "[patch.mill]\nshop-pale = { path = \"patched/pale\" }\n", "")],
        )
        .locked(),
    ]
}

fn lock() -> Vec<Row> {
    vec![
        drift(
            "the locked version of a dependency",
            &[Replace(LOCK, DOT, DOT_BEFORE), Replace(LOCK, FIVES, FOURS)],
        ),
        written(
            "the locked version of a dev-dependency",
            &[Replace(LOCK, DEV, DEV_BEFORE), Replace(LOCK, SEVENS, SIXES)],
        ),
        written("a lock file in the format before", &[Replace(LOCK, "version = 4", "version = 3")]),
        written(
            "a comment in the lock file",
            &[Replace(LOCK, "\nversion = 4", "\n# Kept.\nversion = 4")],
        ),
    ]
}

const FOURS: &str = "4444444444444444444444444444444444444444444444444444444444444444";
const FIVES: &str = "5555555555555555555555555555555555555555555555555555555555555555";
const SIXES: &str = "6666666666666666666666666666666666666666666666666666666666666666";
const SEVENS: &str = "7777777777777777777777777777777777777777777777777777777777777777";
