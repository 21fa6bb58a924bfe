//! The files that only tests reach.

use super::*;

/// What is reached by tests only of `src/a/tests.rs`, which `src/a.rs` declares for tests.
fn of_leaf(a: &str, main: &str, more: &[(&str, &str)]) -> Vec<String> {
    let a = format!("{a}\n#[cfg(test)]\nmod tests;\n");
    let mut files = vec![("src/main.rs", main), ("src/a.rs", &a), ("src/a/tests.rs", "fn f() {}")];
    files.extend(more);
    ways(&reach(&files).test_only)
}

#[test]
fn tests_in_a_file_of_their_own_are_found_whatever_macros_stand_around_them() {
    for a in [
        "",
        "fn f() { println!(\"a\"); vec![1]; assert!(mod_a()); }",
        "thread_local! { static A: u8 = 1; } lazy_static! { static ref B: u8 = 1; }",
        "own::items! { struct A; }",
        "macro_rules! own { ($a:ident) => { fn $a() {} } } own!(b);",
        "fn f() { mod inner { fn g() {} } }",
        "mod tests_of_more { own!(); }",
        "include!(concat!(env!(\"OUT_DIR\"), \"/a.rs\"));",
        "#[path = \"b.rs\"] mod b;",
        "#[path = \"x/tests.rs\"] mod b;",
        "macro_rules! own { () => { mod tests; } } own!();",
        "#[cfg(test)] own! { mod tests; }",
    ] {
        for main in [
            "mod a;",
            "mod a; #[tokio::main] async fn main() {}",
            "mod a; own!();",
            "own! { mod a; }",
        ] {
            let more = [("src/b.rs", ""), ("src/x/tests.rs", "")];
            assert_eq!(of_leaf(a, main, &more), ["src/a/tests.rs"], "{a} / {main}");
        }
    }
}

#[test]
fn what_a_build_may_reach_as_well_is_not_of_tests_only() {
    for (a, main) in [
        // Another `mod` line.
        ("", "mod a; #[path = \"a/tests.rs\"] mod more;"),
        ("", "mod a; #[cfg_attr(unix, path = \"a/tests.rs\")] mod more;"),
        ("", "mod a; fn main() { #[path = \"a/tests.rs\"] mod more; }"),
        ("#[cfg(not(test))] mod tests;", "mod a;"),
        ("#[cfg(any(test, feature = \"x\"))] mod tests;", "mod a;"),
        ("own! { mod tests; }", "mod a;"),
        ("", "mod a; own! { mod a { mod tests; } }"),
        // An inclusion.
        ("", "mod a; include!(\"a/tests.rs\");"),
        ("const A: u8 = include!(\"a/tests.rs\");", "mod a;"),
        // A macro that may declare the module.
        ("", "mod more; own!();"),
        ("", "#[path = \"a.rs\"] mod b; own!();"),
        ("#[cfg(not(test))] own!();", "mod a;"),
        ("", "mod a;\n#[cfg(all(unix, not(test)))]\nown!();"),
        // A path within a macro, which another file may call.
        ("", "mod a; macro_rules! own { () => { #[path = \"../x/tests.rs\"] mod c; } }"),
        ("", "mod a; macro_rules! own { ($p:literal) => { #[path = $p] mod c; } }"),
        // A file that cannot be read.
        ("", "mod a; mod broken;"),
    ] {
        let mut more = vec![("src/more.rs", "")];
        if main.contains("broken") {
            more.push(("src/broken.rs", "#[path = \"a/tests.rs\"] mod b; \" never closed"));
        }
        assert_eq!(of_leaf(a, main, &more), [""; 0], "{a} / {main}");
    }
}

#[test]
fn tests_next_to_their_module_are_found_by_their_path() {
    let a = "fn f() {}\n#[cfg(test)]\n#[path = \"a_tests.rs\"]\nmod tests;\n";
    for (main, expected) in [("mod a;", &["src/a_tests.rs"][..]), ("mod a;\nown!();", &[])] {
        let reach = reach(&[("src/main.rs", main), ("src/a.rs", a), ("src/a_tests.rs", "")]);
        assert_eq!(ways(&reach.test_only), expected, "{main}");
    }
}

#[test]
fn a_file_that_is_not_text_makes_all_uncertain() {
    let mut memory = Memory::new(&[
        ("src/main.rs", "#[cfg(test)] mod tests; mod b;"),
        ("src/tests.rs", ""),
        ("src/b.rs", ""),
    ]);
    assert_eq!(ways(&memory.reach_with(&[]).test_only), ["src/tests.rs"]);
    memory.files.insert(Path::new(PACKAGE).join("src/b.rs"), b"\xff".into());
    assert_eq!(ways(&memory.reach_with(&[]).test_only), [""; 0]);
}

#[test]
fn two_roots_of_one_directory_are_held_against_each_other() {
    let tests = ("src/tests.rs", "");
    let lib = ("src/lib.rs", "#[cfg(test)] mod tests;");
    assert_eq!(ways(&reach(&[lib, tests]).test_only), ["src/tests.rs"]);
    for (main, expected) in [
        ("fn main() {}", &["src/tests.rs"][..]),
        ("mod tests;", &[]),
        ("own!();", &[]),
        ("own!(); #[cfg(test)] mod tests;", &["src/tests.rs"]),
        ("fn main() { own!(); }", &["src/tests.rs"]),
    ] {
        let reach = reach(&[lib, tests, ("src/main.rs", main)]);
        assert_eq!(ways(&reach.test_only), expected, "{main}");
    }
}

#[test]
fn what_tests_declare_is_of_tests_too() {
    let reach = reach(&[
        ("src/main.rs", "#[cfg(all(test, unix))] mod tests; mod shared;"),
        ("src/tests/mod.rs", "mod helpers; #[path = \"../shared.rs\"] mod s; own!();"),
        ("src/tests/helpers.rs", "const A: &str = include_str!(\"fixture.txt\");"),
        ("src/tests/fixture.txt", ""),
        ("src/shared.rs", ""),
    ]);
    assert_eq!(ways(&reach.test_only), ["src/tests/helpers.rs", "src/tests/mod.rs"]);
    assert_eq!(ways(&reach.modules), ["src/main.rs", "src/shared.rs"]);
    assert_eq!(names(&reach), [""; 0]);
}

#[test]
fn files_of_tests_are_read_as_tokens() {
    let reach = reach(&[
        ("src/main.rs", "#[cfg(test)] mod tests; #[cfg(test)] #[path = \"tests/x/z.rs\"] mod z;"),
        ("src/tests.rs", "mod x;\n/*\nmod y;\n*/\n"),
        ("src/tests/x.rs", "mod broken; \" never closed"),
        ("src/tests/y.rs", ""),
        ("src/tests/x/z.rs", ""),
    ]);
    assert_eq!(ways(&reach.test_only), ["src/tests/x/z.rs", "src/tests/x.rs", "src/tests.rs"]);
}

#[test]
fn a_file_that_takes_itself_out_is_read_by_a_build_and_what_it_declares_is_not() {
    let reach = reach(&[
        ("src/main.rs", "mod checks;"),
        ("src/checks.rs", "#![cfg(test)] mod deep; const A: &str = include_str!(\"a.txt\");"),
        ("src/checks/deep.rs", ""),
        ("src/a.txt", ""),
    ]);
    assert_eq!(ways(&reach.modules), ["src/checks.rs", "src/main.rs"]);
    assert_eq!(ways(&reach.test_only), ["src/checks/deep.rs"]);
    assert_eq!(names(&reach), [""; 0]);
}

#[test]
fn a_file_that_no_line_reaches_may_be_reached_by_a_macro() {
    let reach = reach(&[
        ("src/main.rs", "#[cfg(test)] #[path = \"handlers/common.rs\"] mod common; mod handlers;"),
        ("src/handlers/mod.rs", "automod::dir!(\"src/handlers\"); #[cfg(test)] mod common;"),
        ("src/handlers/orders.rs", "#[path = \"common.rs\"] mod c;"),
        ("src/handlers/common.rs", ""),
    ]);
    assert_eq!(ways(&reach.test_only), [""; 0]);
    assert!(!ways(&reach.modules).contains(&"src/handlers/orders.rs".to_owned()));
}

#[test]
fn names_in_what_may_be_of_tests_only_count() {
    let reach = reach(&[
        ("src/lib.rs", "#[cfg(test)] mod tests;"),
        ("src/main.rs", "own!();"),
        ("src/tests.rs", "const A: &str = include_str!(\"a.txt\");"),
        ("src/a.txt", ""),
    ]);
    assert_eq!(ways(&reach.test_only), [""; 0]);
    assert_eq!(paths(&reach), ["src/a.txt"]);
}
