//! A tree of files to ask content of.

use std::path::PathBuf;

use selfsame_source::{Content, Context, Disk, Package};
use tempfile::TempDir;

pub(super) const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A repository without git: content asks where it ends and nothing else.
pub(super) struct Tree {
    directory: TempDir,
}

impl Tree {
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let tree = Self { directory: TempDir::with_prefix("content-").expect("a directory") };
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    pub(super) fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().expect("it is there")
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the tree")).expect("mkdir");
        std::fs::write(path, text).expect("write");
    }

    pub(super) fn content(&self, package: &str) -> Content {
        let package = Package::find(&self.root().join(package)).expect("there is a package");
        let top = self.root();
        let within = Context { files: &Disk, top: Some(&top), cargo_home: None, activation: None };
        Content::of(&package, &within).expect("it can be read")
    }
}

/// The manifest of the workspace.
const ROOT: &str = r#"[workspace]
members = ["api", "kit"]

[workspace.package]
version = "1.0.0"

[workspace.dependencies]
kit = { path = "kit", version = "0.1", features = ["std"] }

[workspace.lints.rust]
unsafe_code = "forbid"

[profile.release]
lto = true

[profile.release.package]
itoa = { opt-level = 3 }
"stranger@1" = { opt-level = 1 }

[profile.bench]
debug = true

[patch.crates-io]
kit = { path = "kit" }
stranger = { path = "stranger" }
"#;

/// The configuration of cargo.
const CONFIG: &str = r#"[env]
RELEASED = "yes"
SELFSAME_TOKEN = "no"

[build]
jobs = 4
rustflags = ["-Dwarnings"]

[target.x86_64-unknown-linux-gnu]
linker = "lld"
runner = "qemu"

[alias]
b = "build"

[source.crates-io]
replace-with = "vendored"

[source.vendored]
directory = "vendor"
"#;

/// The manifest of the stamping package.
const API: &str = r#"# A comment.
[package]
name = "api"
version.workspace = true
edition = "2024"
description = "Serves"
readme = "README.md"
keywords = ["web"]
publish = false
default-run = "api"

[package.metadata.selfsame]
also = ["../proto"]

[features]
more = ["kit/big"]

[dependencies]
kit = { workspace = true, optional = true, features = ["b", "a"] }
itoa = "1"

[dev-dependencies]
dev = "1"

[target.'cfg(unix)'.build_dependencies]
cc = { version = "1", default_features = false }

[target.'cfg(unix)'.dev-dependencies]
dev = "1"

[[bin]]
name = "api"
path = "src/main.rs"
test = false

[[test]]
name = "end"

[lints]
workspace = true
"#;

/// A workspace with a line of each kind, and next to each what leaves no line.
pub(super) fn workspace() -> Tree {
    let lock = format!(
        r#"version = 4

[[package]]
name = "api"
version = "1.0.0"
dependencies = ["dev", "itoa", "kit"]

[[package]]
name = "dev"
version = "1.0.0"
source = "{REGISTRY}"
checksum = "dd"

[[package]]
name = "itoa"
version = "1.0.1"
source = "{REGISTRY}"
checksum = "aa"

[[package]]
name = "kit"
version = "0.1.0"
"#
    );
    Tree::of(&[
        ("Cargo.lock", &lock),
        ("Cargo.toml", ROOT),
        (".cargo/config.toml", CONFIG),
        (".sqlx/query.json", "{}"),
        ("README.md", "not content\n"),
        ("shared/text.md", "text\n"),
        ("proto/api.proto", "message\n"),
        ("proto/.hidden.proto", "message\n"),
        ("api/Cargo.toml", API),
        ("api/build.rs", "fn main() {}\n"),
        (
            "api/src/main.rs",
            "const A: &str = include_str!(\"../../shared/text.md\");\nfn main() {}\n",
        ),
        ("api/src/.hidden.rs", "not content\n"),
        ("api/src/snapshots/main.snap", "not content\n"),
        ("api/templates/.well-known/a.txt", "a\n"),
        ("api/templates/.DS_Store", "not content\n"),
        ("api/tests/end.rs", "not content\n"),
        ("kit/Cargo.toml", "[package]\nname = \"kit\"\nversion = \"0.1.0\"\n"),
        ("kit/src/lib.rs", "#[cfg(test)]\nmod tests;\n"),
        ("kit/src/tests.rs", "not content\n"),
        ("vendor/itoa/.cargo-checksum.json", r#"{"files":{"src/lib.rs":"00"},"package":"aa"}"#),
        ("vendor/itoa/src/lib.rs", "listed\n"),
        ("vendor/itoa/extra.rs", "not listed\n"),
    ])
}
