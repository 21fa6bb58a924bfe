//! The files that source names.

use super::*;

/// The paths that `src/main.rs` names, with files to be named.
fn of_main(main: &str) -> Vec<String> {
    let files = [
        "a.txt",
        "src/a.txt",
        "src/a.rs",
        "src/sub/b.txt",
        "assets/.hidden",
        "migrations/1.sql",
        "../migrations/up.sql",
        "queries/q.sql",
        "schema.graphql",
        "b.graphql",
        "docs/intro.md",
        "src/intro.md",
        "../shared/s.txt",
    ];
    let mut files: Vec<(&str, &str)> = files.into_iter().map(|path| (path, "")).collect();
    files.push(("src/main.rs", main));
    paths(&reach(&files))
}

#[test]
fn every_macro_and_attribute_is_known() {
    for (main, expected) in [
        ("const A: &str = include_str!(\"a.txt\");", "src/a.txt"),
        ("fn f() { let a = include_bytes![\"sub/b.txt\"]; }", "src/sub/b.txt"),
        ("fn f() { g(|| std::include_str! { \"../a.txt\" }) }", "a.txt"),
        ("const A: u8 = include!(\"a.rs\");", "src/a.rs"),
        ("static A: Dir = include_dir!(\"$CARGO_MANIFEST_DIR/assets\");", "assets"),
        ("static A: Dir = include_dir::include_dir!(\"${CARGO_MANIFEST_DIR}/assets\");", "assets"),
        ("static A: Dir = include_dir!(\"assets\");", "assets"),
        ("fn f() { sqlx::migrate!().run(db); }", "migrations"),
        ("fn f() { sqlx::migrate!(\"./migrations\"); }", "migrations"),
        ("fn f() { migrate!(\"../shared\"); }", "../shared"),
        ("const M: M = embed_migrations!(\"migrations\");", "migrations"),
        ("fn f() { sqlx::query_file!(\"queries/q.sql\", a, \"x\"); }", "queries/q.sql"),
        ("fn f() { query_file_unchecked!(\"queries/q.sql\"); }", "queries/q.sql"),
        ("fn f() { query_file_as!(Row, \"queries/q.sql\", a); }", "queries/q.sql"),
        ("fn f() { query_file_as_unchecked!(Row, \"queries/q.sql\"); }", "queries/q.sql"),
        ("fn f() { query_file_scalar!(\"queries/q.sql\"); }", "queries/q.sql"),
        ("fn f() { query_file_scalar_unchecked!(\"queries/q.sql\"); }", "queries/q.sql"),
        ("#[derive(RustEmbed)] #[folder = \"assets/\"] struct A;", "assets"),
        ("#[folder = \"$CARGO_MANIFEST_DIR/assets\"] struct A;", "assets"),
        ("#[cfg_attr(unix, folder = \"assets\")] struct A;", "assets"),
        ("#[path = \"a.rs\"] mod b;", "src/a.rs"),
        ("#[cfg_attr(unix, path = \"a.rs\")] mod b;", "src/a.rs"),
        ("fn f() { #[path = \"a.rs\"] mod b; }", "src/a.rs"),
        ("mod sub { #[path = \"b.txt\"] mod b; }", "src/sub/b.txt"),
        ("macro_rules! m { () => { include_str!(\"a.txt\") } }", "src/a.txt"),
        ("macro_rules! m { () => { #[path = \"a.rs\"] mod b; } }", "src/a.rs"),
        ("fn f() { a!(b!{ [include_str!(\"a.txt\")] }); }", "src/a.txt"),
        ("#[template(source = include_str!(\"a.txt\"))] struct A;", "src/a.txt"),
        ("const A: &str = r#include_str!(r#\"a.txt\"#);", "src/a.txt"),
        ("const A: &str = include_str!(\"\\x61.txt\");", "src/a.txt"),
        ("const A: &str = include_str!(concat!(\"sub\", '/', \"b.txt\"));", "src/sub/b.txt"),
        (
            "const A: &str = include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/a.txt\"));",
            "a.txt",
        ),
    ] {
        assert_eq!(of_main(main), [expected], "{main}");
    }
    let graphql = "#[graphql(schema_path = \"schema.graphql\", query_path = \"b.graphql\", x = \"a.txt\")] struct A;";
    assert_eq!(of_main(graphql), ["b.graphql", "schema.graphql"]);
}

#[test]
fn what_is_not_named_is_not() {
    for main in [
        "// include_str!(\"a.txt\")",
        "/* include_str!(\"a.txt\") */",
        "const A: &str = \"include_str!(\\\"a.txt\\\")\";",
        "const A: &str = include_str!(\"missing.txt\");",
        "const A: &str = include_str!(concat!(env!(\"OUT_DIR\"), \"/a.txt\"));",
        "include!(concat!(env!(\"OUT_DIR\"), \"/a.rs\"));",
        "const A: &str = include_str!(option_env!(\"X\"));",
        "macro_rules! m { ($path:literal) => { include_str!($path) } } m!(\"a.txt\");",
        "fn f() { asset!(\"a.txt\"); load(\"a.txt\"); }",
        "#![doc = include_str!(\"../docs/intro.md\")]",
        "#[doc = include_str!(\"intro.md\")] fn f() {}",
        "#[cfg_attr(docsrs, doc = include_str!(\"intro.md\"))] fn f() {}",
        "#![cfg_attr(all(), doc = include_str!(\"intro.md\"), x)]",
        "fn f() { query_file_as!(\"queries/q.sql\"); }",
        "#[serde(folder = \"assets\")] struct A;",
        "#[path = \"sub\"] mod b { }",
        "const A: &str = include_str!(\"a.txt\"",
    ] {
        assert_eq!(of_main(main), [""; 0], "{main}");
    }
}

#[test]
fn a_path_within_inline_modules_leads_to_what_exists() {
    let main = "mod a { #[path = \"p.rs\"] mod p; } mod b {} #[path = \"q.rs\"] mod q;";
    let reach = reach(&[
        ("src/main.rs", main),
        ("src/a/p.rs", ""),
        ("src/main/a/p.rs", ""),
        ("src/q.rs", ""),
        ("src/b/q.rs", ""),
    ]);
    assert_eq!(paths(&reach), ["src/a/p.rs", "src/main/a/p.rs", "src/q.rs"]);
}

#[test]
fn only_one_part_of_cfg_attr_is_documentation() {
    let main = "#[cfg_attr(a, doc = include_str!(\"intro.md\"), folder = \"assets\")] struct A;";
    assert_eq!(of_main(main), ["assets"]);
}

#[test]
fn what_is_part_of_tests_names_nothing() {
    for test in [
        "#[cfg(test)] mod tests { fn f() { NAME } }",
        "#[cfg(all(unix, test))] fn f() -> [u8; { 3 }] { NAME }",
        "#[cfg(all(test, feature = \"x\"))] const A: S = S { a: NAME }.b(NAME);",
        "#[test] fn f() { NAME }",
        "#[bench] pub(crate) async unsafe fn f<A, B>(a: A) -> B { NAME }",
        "fn f() { #[cfg(test)] let a = { NAME }; }",
        "fn f() { #[cfg(test)] { NAME } }",
        "fn f() { #[cfg(test)] g(NAME); }",
        "fn f() { match a { #[cfg(test)] A => NAME, } }",
        "fn f() { match a { #[cfg(test)] A if b => { NAME } } }",
        "struct S { #[cfg(test)] a: [u8; NAME], }",
        "#[doc(hidden)] #[cfg(test)] #[allow(unused)] impl S { fn f() { NAME } }",
        "mod a { #![cfg(test)] fn f() { NAME } }",
        "fn f() { #![cfg(test)] NAME }",
        "#![cfg(test)] fn f() { NAME }",
        "macro_rules! m { () => { #[cfg(test)] fn f() { NAME } } }",
        "#[cfg(test)] macro_rules! m { () => { NAME } }",
        "#[cfg(test)] m! { NAME }",
        "#[cfg(test)] static A: &str = NAME;",
        "#[cfg(test)] use a::{b};",
        "#[cfg(test)] #[folder = \"assets\"] struct A;",
        "#[folder = \"assets\"] #[cfg(test)] struct A;",
        "#[cfg(test)] #[path = \"a.rs\"] mod a;",
        "#[cfg_attr(test, folder = \"assets\")] struct A;",
    ] {
        let main = test.replace("NAME", "include_str!(\"a.txt\")");
        assert_eq!(of_main(&main), [""; 0], "{main}");
    }
}

#[test]
fn what_follows_a_test_and_what_may_be_no_test_names_files() {
    for main in [
        "#[cfg(any(test, feature = \"x\"))] fn f() { NAME }",
        "#[cfg(not(test))] fn f() { NAME }",
        "#[cfg_attr(test, ignore)] fn f() { NAME }",
        "#[cfg(test)] fn g() {} fn f() { NAME }",
        "#[cfg(test)] const A: S = S { a: 1 }; fn f() { NAME }",
        "#[cfg(test)] mod tests; const A: &str = NAME;",
        "#[cfg(test)] use a::{b, c}; const A: &str = NAME;",
        "#[test] fn g() {} const A: &str = NAME;",
        "fn f() { match a { #[cfg(test)] A => 1, B => NAME } }",
        "fn f() { #[cfg(test)] const { 1 } g(NAME); }",
        "fn f() { #[cfg(test)] g(); NAME }",
        "struct S { #[cfg(test)] a: u8, b: [u8; NAME] }",
        "mod a { #![cfg(test)] } const A: &str = NAME;",
        "#[cfg(test)] struct S(u8); const A: &str = NAME;",
        "#[cfg(test)] m!(a); const A: &str = NAME;",
        "#[tokio::main] async fn main() { NAME }",
    ] {
        let main = main.replace("NAME", "include_str!(\"a.txt\")");
        assert_eq!(of_main(&main), ["src/a.txt"], "{main}");
    }
}

#[test]
fn where_each_name_stands() {
    let main = "\u{feff}//! include_str!(\"a.txt\")\n\nstatic A: &str = include_str!(\n    \"a.txt\"\n);\n\
                #[folder = \"assets\"]\nstruct B;\nfn f() { migrate!(); }\n";
    let reach = reach(&[
        ("src/main.rs", main),
        ("src/a.txt", ""),
        ("assets/a", ""),
        ("migrations/1.sql", ""),
    ]);
    assert_eq!(
        names(&reach),
        [
            "src/a.txt by `include_str!` in src/main.rs:4",
            "assets by `#[folder]` in src/main.rs:6 (whole)",
            "migrations by `migrate!` in src/main.rs:8",
        ]
    );
}

#[test]
fn a_directory_that_is_embedded_counts_as_a_whole() {
    let reach = reach(&[
        ("src/main.rs", "static A: D = include_dir!(\"assets\");"),
        ("assets/.hidden", ""),
    ]);
    assert_eq!(names(&reach), ["assets by `include_dir!` in src/main.rs:1 (whole)"]);
}

#[test]
fn diesel_looks_for_its_directory_upwards() {
    let main = ("src/main.rs", "const M: M = embed_migrations!();");
    let above = ("../migrations/1/up.sql", "");
    assert_eq!(paths(&reach(&[main, above])), ["../migrations"]);
    let own = ("migrations/1/up.sql", "");
    assert_eq!(paths(&reach(&[main, above, own])), ["migrations"]);
}

#[test]
fn an_included_file_is_read_on_relative_to_itself() {
    let reach = reach(&[
        ("src/main.rs", "include!(\"../gen/more.rs\");"),
        ("gen/more.rs", "const A: &str = include_str!(\"a.txt\"); mod b; include!(\"last.rs\");"),
        ("gen/last.rs", "const B: &str = include_str!(\"b.txt\");"),
        ("gen/a.txt", ""),
        ("gen/b.txt", ""),
        ("gen/b.rs", "const C: &str = include_str!(\"c.txt\");"),
        ("gen/c.txt", ""),
    ]);
    assert_eq!(
        paths(&reach),
        ["gen/a.txt", "gen/b.txt", "gen/c.txt", "gen/last.rs", "gen/more.rs"]
    );
    assert_eq!(ways(&reach.modules), ["gen/b.rs", "gen/last.rs", "gen/more.rs", "src/main.rs"]);
}

#[test]
fn a_file_that_includes_itself_is_read_once() {
    let reach = reach(&[("src/main.rs", "include!(\"main.rs\");")]);
    assert_eq!(names(&reach), ["src/main.rs by `include!` in src/main.rs:1"]);
}

#[test]
fn files_that_are_not_rust_or_not_text_name_nothing_and_fail_nothing() {
    let mut memory = Memory::new(&[
        ("src/main.rs", "mod a; mod b; const A: &str = include_str!(\"a.txt\");"),
        ("src/a.rs", "include_str!(\"a.txt\") \" never closed"),
        ("src/b.rs", ""),
        ("src/a.txt", ""),
    ]);
    memory
        .files
        .insert(Path::new(PACKAGE).join("src/b.rs"), b"include_str!(\"a.txt\") \xff".into());
    let reach = memory.reach_with(&[]);
    assert_eq!(names(&reach), ["src/a.txt by `include_str!` in src/main.rs:1"]);
    assert_eq!(ways(&reach.modules), ["src/a.rs", "src/b.rs", "src/main.rs"]);
}

#[test]
fn groups_that_are_nested_too_deeply_end_the_reading() {
    let deep =
        format!("fn f() {{ {}include_str!(\"a.txt\"){} }}", "(".repeat(3_000), ")".repeat(3_000));
    assert_eq!(of_main(&deep), [""; 0]);
    assert_eq!(of_main(&format!("{deep} const A: &str = include_str!(\"a.txt\");")), ["src/a.txt"]);
}

#[test]
fn attributes_that_are_nested_too_deeply_are_not_understood() {
    let nested = |open: &str, inner: &str| {
        format!("#[{}{inner}{}] mod a;", open.repeat(100_000), ")".repeat(100_000))
    };
    let of = |attribute: &str| {
        reach(&[
            ("src/main.rs", attribute),
            ("src/a.rs", "include_str!(\"a.txt\");"),
            ("src/a.txt", ""),
        ])
    };
    // Of a `cfg` that nobody can decide, the module may be part of a build.
    let not = nested("not(", "test").replacen("#[not(", "#[cfg(", 1);
    assert_eq!(ways(&of(&not).modules), ["src/a.rs", "src/main.rs"]);
    assert!(of(&not).test_only.is_empty());
    // What a `cfg_attr` brings may be a path, so that any file may be the module.
    let conditional = nested("cfg_attr(all(), ", "path = \"b.rs\"");
    assert!(of(&conditional).test_only.is_empty());
    // Others say nothing of modules.
    assert_eq!(ways(&of(&nested("doc(", "x")).modules), ["src/a.rs", "src/main.rs"]);
}
