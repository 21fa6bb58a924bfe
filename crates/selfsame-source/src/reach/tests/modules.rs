//! The files that `mod` lines reach in a build.

use super::*;

#[test]
fn mod_lines_are_followed_by_the_rules_of_the_language() {
    let reach = reach(&[
        (
            "src/lib.rs",
            "\u{feff}#!/usr/bin/env run\nmod z; mod a; pub(crate) mod r#type; pub mod b; mod inline { mod x; }",
        ),
        ("src/main.rs", "mod a; #[path = \"odd/place.rs\"] mod c;"),
        (
            "src/a.rs",
            "mod deep; #[path = \"named.rs\"] mod n; mod inner { #[path = \"p.rs\"] mod p; }",
        ),
        ("src/a/deep.rs", ""),
        ("src/named.rs", ""),
        ("src/a/inner/p.rs", ""),
        ("src/type.rs", ""),
        ("src/z.rs", ""),
        ("src/b/mod.rs", "mod c; mod inner { #[path = \"p.rs\"] mod p; }"),
        ("src/b/c.rs", ""),
        ("src/b/inner/p.rs", ""),
        ("src/inline/x.rs", ""),
        ("src/odd/place.rs", "mod next;"),
        ("src/odd/next.rs", ""),
        ("src/forgotten.rs", ""),
    ]);
    assert_eq!(
        ways(&reach.modules),
        [
            "src/a/deep.rs",
            "src/a/inner/p.rs",
            "src/a.rs",
            "src/b/c.rs",
            "src/b/inner/p.rs",
            "src/b/mod.rs",
            "src/inline/x.rs",
            "src/lib.rs",
            "src/main.rs",
            "src/named.rs",
            "src/odd/next.rs",
            "src/odd/place.rs",
            "src/type.rs",
            "src/z.rs",
        ]
    );
    assert_eq!(ways(&reach.test_only), [""; 0]);
}

#[test]
fn every_configuration_but_that_of_tests_counts() {
    let reach = reach(&[
        (
            "src/main.rs",
            "#[cfg(windows)] mod w; #[cfg(feature = \"x\")] mod x; #[cfg(any(test, unix))] mod u;\n\
             #[cfg_attr(a, path = \"b.rs\")] #[cfg_attr(test, path = \"t.rs\")] mod plain;\n\
             #[cfg(test)] mod t2; #[cfg(test)] mod i { mod x; }",
        ),
        ("src/w.rs", ""),
        ("src/x.rs", ""),
        ("src/u.rs", ""),
        ("src/b.rs", ""),
        ("src/t.rs", ""),
        ("src/plain.rs", ""),
        ("src/t2.rs", ""),
        ("src/i/x.rs", ""),
    ]);
    assert_eq!(
        ways(&reach.modules),
        ["src/b.rs", "src/main.rs", "src/plain.rs", "src/u.rs", "src/w.rs", "src/x.rs"]
    );
    assert_eq!(ways(&reach.test_only), ["src/i/x.rs", "src/t.rs", "src/t2.rs"]);
}

#[test]
fn a_module_may_lie_elsewhere_in_tests() {
    let reach = reach(&[
        (
            "src/main.rs",
            "#[cfg_attr(test, path = \"mock.rs\")] #[cfg_attr(not(test), path = \"real.rs\")] mod x;",
        ),
        ("src/mock.rs", ""),
        ("src/real.rs", ""),
    ]);
    assert_eq!(ways(&reach.modules), ["src/main.rs", "src/real.rs"]);
    assert_eq!(ways(&reach.test_only), ["src/mock.rs"]);
}

#[test]
fn a_path_that_is_a_directory_declares_nothing() {
    let reach = reach(&[
        ("src/main.rs", "#[path = \"a\"] mod b; #[cfg(test)] mod tests;"),
        ("src/a/x.rs", ""),
        ("src/tests.rs", ""),
    ]);
    assert_eq!(ways(&reach.test_only), ["src/tests.rs"]);
}

#[test]
fn modules_in_the_arguments_of_macros_are_reached() {
    let memory = Memory::new(&[
        (
            "tool/main.rs",
            "cfg_if::cfg_if! { if #[cfg(unix)] { mod unix; } else { pub mod other; } }\n\
             lazy_static! { static ref A: u8 = 1; } mod plain { mod x; }",
        ),
        ("tool/unix.rs", "mod deep;"),
        ("tool/unix/deep.rs", ""),
        ("tool/other.rs", ""),
        ("tool/plain/x.rs", ""),
        ("tool/forgotten.rs", ""),
    ]);
    let reach = memory.reach_with(&["tool/main.rs"]);
    assert_eq!(
        ways(&reach.modules),
        ["tool/main.rs", "tool/other.rs", "tool/plain/x.rs", "tool/unix/deep.rs", "tool/unix.rs"]
    );
    assert_eq!(ways(&reach.uncertain), [""; 0]);
}

#[test]
fn links_are_reached_too() {
    let mut memory = Memory::new(&[("src/main.rs", "mod a;"), ("src/a.rs", "")]);
    memory.links.push(Path::new(PACKAGE).join("src/a.rs"));
    assert_eq!(ways(&memory.reach_with(&[]).modules), ["src/a.rs", "src/main.rs"]);
}

#[test]
fn a_circle_of_paths_ends() {
    let reach = reach(&[
        ("src/main.rs", "#[path = \"a.rs\"] mod a;"),
        ("src/a.rs", "#[path = \"main.rs\"] mod b; #[path = \"a.rs\"] mod c;"),
    ]);
    assert_eq!(ways(&reach.modules), ["src/a.rs", "src/main.rs"]);
}

#[test]
fn macros_make_directories_outside_of_src_uncertain() {
    for (root, uncertain) in [
        ("modules! { a, b }", &["tool"][..]),
        ("mod a; automod::dir!(\"tool\");", &["tool"]),
        ("mod b { own!(); }", &["tool/b"]),
        ("mod a; mod b { own!(); mod c; }", &["tool/b"]),
        ("fn main( {", &["tool"]),
        ("own!(); mod b { own!(); }", &["tool"]),
        ("#[path = concat!(\"a\")] mod a;", &["tool"]),
        ("mod a; fn main() { own!(); println!(); }", &[]),
        ("macro_rules! own { () => {} } thread_local! { static A: u8 = 1; } mod a;", &[]),
        ("#[cfg(test)] mod a { own!(); }", &[]),
    ] {
        let memory = Memory::new(&[
            ("tool/main.rs", root),
            ("tool/a.rs", ""),
            ("tool/b/c.rs", ""),
            ("src/lib.rs", "modules! { a, b }"),
        ]);
        assert_eq!(ways(&memory.reach_with(&["tool/main.rs"]).uncertain), uncertain, "{root}");
    }
}

#[test]
fn of_the_packages_own_directory_only_modules_are_uncertain() {
    let memory = Memory::new(&[
        ("main.rs", "modules! { a, b, c }"),
        ("a.rs", ""),
        ("b/mod.rs", ""),
        ("c.rs", ""),
        ("c/d.rs", ""),
        ("target/debug/x.rs", ""),
        ("README.md", ""),
    ]);
    assert_eq!(
        ways(&memory.reach_with(&["main.rs"]).uncertain),
        ["a.rs", "b", "c", "c.rs", "main.rs"]
    );
}
