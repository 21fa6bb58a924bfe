//! The public items of each published crate, as lists that show a change in review.
//!
//! `SELFSAME_BLESS=1 cargo test --test api` writes them anew.

use std::path::{Path, PathBuf};
use std::process::Command;

use selfsame_testing::kept::assert_kept;
use selfsame_testing::requirements::require;
use selfsame_testing::{package, profile_directory};

/// The published crates with a public API, and the features that it is listed with.
const CRATES: [(&str, &[&str]); 5] = [
    ("selfsame", &["--features", "serve"]),
    ("selfsame-build", &["--features", "vergen"]),
    ("selfsame-cli", &[]),
    ("selfsame-core", &[]),
    ("selfsame-image", &[]),
];

/// What rustdoc says of a crate. Its JSON is not stable: only this use of it asks for more than the
/// compiler promises.
fn json(name: &str, features: &[&str]) -> PathBuf {
    let target = profile_directory().with_file_name("api");
    let output = Command::new(env!("CARGO"))
        .current_dir(package())
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["rustdoc", "--quiet", "--lib", "--package", name])
        .args(features)
        .args(["--", "-Zunstable-options", "--output-format", "json"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("doc").join(format!("{}.json", name.replace('-', "_")))
}

#[test]
fn the_public_items_are_those_of_the_lists() {
    for (name, features) in CRATES {
        let items = public_api::Builder::from_rustdoc_json(json(name, features))
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .omit_auto_derived_impls(true)
            .build();
        let read = items.as_ref().err().map(ToString::to_string);
        if !require(
            &format!("a compiler whose documentation can be read ({read:?})"),
            read.is_none(),
        ) {
            return;
        }
        let items = items.map(|items| items.to_string()).unwrap_or_default();
        assert!(items.lines().count() > 1, "{name} has a public API");
        assert_eq!(promised_too_much(&items), Vec::<&str>::new(), "{name}");
        let list = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/api/{name}.txt"));
        assert_kept(&list, &items);
    }
}

/// The items that could not change later: limits as constants, and structs that others could build
/// by a literal.
fn promised_too_much(items: &str) -> Vec<&str> {
    let is_limit = |line: &&str| line.starts_with("pub const") && line.contains("::MAX_");
    let open = items.lines().filter(|line| {
        let Some(name) = line.strip_prefix("pub struct ") else { return false };
        let name = name.split(['<', '(']).next().unwrap_or(name);
        items.lines().any(|line| {
            let field = line.strip_prefix("pub ").and_then(|line| line.strip_prefix(name));
            field.and_then(|field| field.strip_prefix("::")).is_some_and(|field| {
                // A field is a name and its type.
                field.split_once(": ").is_some_and(|(name, _)| !name.contains([' ', ':', '(']))
            })
        })
    });
    items.lines().filter(is_limit).chain(open).collect()
}

#[test]
fn limits_and_open_structs_are_found() {
    let items = "pub const c::MAX_TEXT: usize\npub struct c::Open\npub c::Open::name: String\n\
                 #[non_exhaustive] pub struct c::Closed\npub c::Closed::name: String\n\
                 pub struct c::Opaque\nimpl c::Opaque\npub fn c::Opaque::new() -> Self\n";
    assert_eq!(promised_too_much(items), ["pub const c::MAX_TEXT: usize", "pub struct c::Open"]);
}
