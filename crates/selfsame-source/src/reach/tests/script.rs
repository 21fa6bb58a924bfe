//! The paths in build scripts.

use super::*;

const FILES: [&str; 8] = [
    "proto/a.proto",
    "proto/sub/b.proto",
    "templates/t.html",
    "../shared/s.proto",
    ".git/HEAD",
    "src/main.rs",
    "{}",
    "schema.json",
];

/// The paths that a build script names, with files to be named.
fn of_script(script: &str) -> Vec<String> {
    let mut files: Vec<(&str, &str)> = FILES.into_iter().map(|path| (path, "")).collect();
    files.push(("build.rs", script));
    paths(&reach(&files))
}

#[test]
fn a_literal_that_names_something_counts_wherever_it_stands() {
    for (script, expected) in [
        ("fn main() { compile(\"proto/a.proto\"); }", "proto/a.proto"),
        ("fn main() { compile(&[\"proto\"]); }", "proto"),
        ("fn main() { dir.join(\"./proto/\").join(\"x\"); }", "proto"),
        ("const A: &str = r#\"templates/../proto\"#;", "proto"),
        ("fn main() { println!(\"cargo:rerun-if-changed=proto/a.proto\"); }", "proto/a.proto"),
        ("fn main() { println!(\"cargo::rerun-if-changed=templates\"); }", "templates"),
        ("fn main() { print!(\"cargo:rerun-if-changed=proto\\n\"); }", "proto"),
        ("#[cfg(test)] mod tests { const A: &str = \"proto\"; }", "proto"),
        ("macro_rules! m { () => { \"proto\" } }", "proto"),
        ("fn main() { compile(\"../shared\"); }", "../shared"),
        (
            "const A: &str = include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/schema.json\"));",
            "schema.json",
        ),
        ("const A: &str = include_str!(\"schema.json\");", "schema.json"),
    ] {
        assert_eq!(of_script(script), [expected], "{script}");
    }
}

#[test]
fn a_literal_that_leads_to_nothing_or_everything_does_not() {
    for script in [
        "fn main() { a(\"\"); b(\".\"); c(\"..\"); d(\"../../\"); e(\"../api\"); f(\"src/..\"); }",
        "fn main() { a(\"/\"); b(\"/w/api/proto\"); c(\"missing\"); d(\".git\"); e(\".git/HEAD\"); }",
        "fn main() { println!(\"cargo:rerun-if-changed={}\", a); }",
        "fn main() { println!(\"cargo:rerun-if-changed=proto/{}\", a); }",
        "fn main() { println!(\"cargo:rerun-if-env-changed=proto\"); }",
        "/// \"proto\"\n//! proto\n#[doc = \"proto\"] fn main() {} // \"proto\"",
        "fn main() { a('p'); b(1); c(\"a\\0b\"); }",
        "fn main() { \" never closed",
    ] {
        assert_eq!(of_script(script), [""; 0], "{script}");
    }
}

#[test]
fn a_literal_that_is_longer_than_a_path_is_not_looked_for() {
    assert_eq!(of_script(&format!("const A: &str = \"{}\";", "a".repeat(100_000))), [""; 0]);
}

#[test]
fn a_path_is_named_once_with_its_line() {
    let script = "fn main() {\n    // \"proto\"\n    a(\"proto\");\n    b(\"proto/\");\n    \
                  println!(\"cargo:rerun-if-changed=proto\");\n    c(\"src\");\n    d(\"src\");\n}\n";
    let reach = reach(&[("build.rs", script), ("proto/a.proto", ""), ("src/main.rs", "")]);
    assert_eq!(
        names(&reach),
        ["proto by a string literal in build.rs:3", "src by a string literal in build.rs:6"]
    );
    assert!(reach.named.iter().all(|named| !named.whole));
}

#[test]
fn modules_of_the_script_are_part_of_it() {
    let reach = reach(&[
        (
            "build.rs",
            "mod support; #[path = \"src/git.rs\"] mod git; include!(\"more.rs\"); own!();",
        ),
        ("support/mod.rs", "mod deep; const A: &str = \"proto\";"),
        ("support/deep.rs", "const A: &str = \"schema.json\";"),
        ("more.rs", "const A: &str = \"a.json\";"),
        ("src/git.rs", "const A: &str = \"b.json\";"),
        ("src/main.rs", "mod git; const A: &str = \"c.json\";"),
        ("proto/a.proto", ""),
        ("schema.json", ""),
        ("a.json", ""),
        ("b.json", ""),
        ("c.json", ""),
    ]);
    assert_eq!(
        paths(&reach),
        ["a.json", "b.json", "more.rs", "proto", "schema.json", "src/git.rs"]
    );
    assert_eq!(
        ways(&reach.modules),
        ["build.rs", "more.rs", "src/git.rs", "src/main.rs", "support/deep.rs", "support/mod.rs"]
    );
    assert_eq!(ways(&reach.uncertain), [""; 0]);
}

#[test]
fn literals_of_the_service_itself_name_nothing() {
    let reach = reach(&[("src/main.rs", "fn main() { open(\"proto\"); }"), ("proto/a", "")]);
    assert_eq!(names(&reach), [""; 0]);
}
