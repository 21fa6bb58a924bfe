//! The lines of content, as FORMAT.md describes them: their names, their texts, their digests.

mod front_end;
mod tree;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use selfsame::stamp::Digest;
use selfsame_source::{
    CONVENTIONAL, CONVENTIONAL_ELSEWHERE, Content, Context, Disk, OF_NPM_ROOT, Package,
};

use self::tree::{REGISTRY, Tree, workspace};
use selfsame_testing as outside;

fn names(content: &Content) -> Vec<&str> {
    content.entries().map(|(name, _)| str::from_utf8(name).expect("it is UTF-8")).collect()
}

fn text<'a>(content: &'a Content, name: &str) -> &'a str {
    let line = content.entry(name.as_bytes()).unwrap_or_else(|| panic!("no line `{name}`"));
    line.text.as_deref().unwrap_or_else(|| panic!("`{name}` is not a text"))
}

/// The digest of lines as `sha256sum` prints them.
fn sum(lines: &[(&str, &str)]) -> Digest {
    let lines =
        lines.iter().map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes.as_bytes())));
    Digest::of(lines.collect::<String>().as_bytes())
}

#[test]
fn the_lines_of_a_workspace_are_those_of_the_format() {
    let tree = workspace();
    let content = tree.content("api");
    let files = [
        ("../.sqlx/query.json", "{}"),
        ("../kit/src/lib.rs", "#[cfg(test)]\nmod tests;\n"),
        ("../proto/.hidden.proto", "message\n"),
        ("../proto/api.proto", "message\n"),
        ("../shared/text.md", "text\n"),
        ("../vendor/itoa/.cargo-checksum.json", r#"{"files":{"src/lib.rs":"00"},"package":"aa"}"#),
        ("../vendor/itoa/extra.rs", "not listed\n"),
        ("./build.rs", "fn main() {}\n"),
        (
            "./src/main.rs",
            "const A: &str = include_str!(\"../../shared/text.md\");\nfn main() {}\n",
        ),
        ("./templates/.well-known/a.txt", "a\n"),
    ];
    let lock = format!(
        "api 1.0.0 local -\napi 1.0.0 local > itoa 1.0.1 {REGISTRY}\napi 1.0.0 local > kit 0.1.0 \
         local\nitoa 1.0.1 {REGISTRY} aa\nkit 0.1.0 local -\n"
    );
    let texts = [
        (
            "config ../.cargo/config.toml",
            r#"{"build":{"rustflags":["-Dwarnings"]},"env":{"RELEASED":"yes"},"source":{"crates-io":{"replace-with":"vendored"},"vendored":{"directory":"vendor"}},"target":{"x86_64-unknown-linux-gnu":{"linker":"lld"}}}"#,
        ),
        ("lock", &lock),
        ("manifest ../kit/Cargo.toml", r#"{"package":{"name":"kit","version":"0.1.0"}}"#),
        (
            "manifest ./Cargo.toml",
            r#"{"bin":[{"name":"api","path":"src/main.rs"}],"dependencies":{"itoa":{"version":"1"},"kit":{"features":["a","b","std"],"optional":true,"path":"../kit","version":"0.1"}},"features":{"more":["kit/big"]},"package":{"description":"Serves","edition":"2024","name":"api","readme":"README.md","version":"1.0.0"},"target":{"cfg(unix)":{"build-dependencies":{"cc":{"default-features":false,"version":"1"}}}}}"#,
        ),
        (
            "workspace",
            r#"{"patch":{"crates-io":{"kit":{"path":"kit"}}},"profile":{"release":{"lto":true,"package":{"itoa":{"opt-level":3}}}},"resolver":"1"}"#,
        ),
    ];
    for (name, expected) in texts {
        assert_eq!(text(&content, name), expected, "{name}");
    }
    let lines = [&files[..], &texts[..]].concat();
    assert_eq!(names(&content), lines.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert_eq!(content.digest(), Ok(sum(&lines)));

    // The digest of a package is that of its files and its manifest.
    let [api, kit] = &content.package_contents()[..] else { panic!("there are two packages") };
    assert_eq!((&*kit.name, &*kit.path), ("kit", "../kit"));
    assert_eq!(kit.sha256, sum(&[files[1], texts[2]]));
    assert_eq!((&*api.name, &*api.path), ("api", "."));
    let own = [0, 2, 3, 4, 7, 8, 9].map(|at| files[at]);
    assert_eq!(api.sha256, sum(&[&own[..], &[texts[3]]].concat()));
}

#[test]
#[cfg(unix)]
fn a_link_stands_under_its_own_name_with_what_it_leads_to() {
    use std::os::unix::fs::symlink;

    let tree = workspace();
    tree.write("shared/pages/.well-known/a", "a\n");
    tree.write("shared/pages/.gitignore", "not content\n");
    tree.write("shared/pages/b.snap", "b\n");
    symlink("../../shared/pages", tree.root().join("api/templates/pages")).expect("a link");
    symlink("../../shared/text.md", tree.root().join("api/templates/text")).expect("a link");
    symlink("nowhere", tree.root().join("api/templates/dangling")).expect("a link");
    let content = tree.content("api");
    let below: Vec<&str> =
        names(&content).into_iter().filter(|name| name.starts_with("./templates/")).collect();
    let expected = [
        "./templates/.well-known/a.txt",
        "./templates/pages/.well-known/a",
        "./templates/pages/b.snap",
        "./templates/text",
    ];
    assert_eq!(below, expected);
    let line = content.entry(b"./templates/text").expect("it is a line");
    assert_eq!(line.digest, Digest::of(b"text\n"));

    for (target, why) in [("/etc/hostname", "leads out of the repository"), ("..", "in a circle")] {
        let bad = tree.root().join("api/templates/bad");
        symlink(target, &bad).expect("a link");
        let content = tree.content("api");
        let error = content.digest().expect_err(why);
        assert!(error.contains(why), "{error}");
        std::fs::remove_file(&bad).expect("rm");
    }
    assert!(tree.content("api").digest().is_ok());
}

#[test]
fn what_source_names_outranks_what_is_left_out() {
    let tree = workspace();
    let left_out = ["./src/snapshots/main.snap", "../kit/src/tests.rs"];
    let covered = |tree: &Tree| {
        let content = tree.content("api");
        left_out.map(|name| content.entry(name.as_bytes()).is_some())
    };
    assert_eq!(covered(&tree), [false, false]);
    tree.write(
        "api/src/main.rs",
        "const A: &str = include_str!(\"snapshots/main.snap\");\n\
         const B: &str = include_str!(\"../../kit/src/tests.rs\");\nfn main() {}\n",
    );
    assert_eq!(covered(&tree), [true, true]);
    tree.write("api/src/main.rs", "fn main() {}\n");
    let manifest = tree.root().join("api/Cargo.toml");
    let text = std::fs::read_to_string(manifest).expect("it is there");
    tree.write("api/Cargo.toml", &text.replace("[\"../proto\"]", "[\"src/snapshots\"]"));
    assert_eq!(covered(&tree), [true, false]);
}

/// `include_dir!` embeds all of a directory: snapshots, tests, and also those of another package.
#[test]
fn what_source_embeds_as_a_whole_counts_as_a_whole() {
    let tree = workspace();
    let counts = |name: &str| tree.content("api").entry(name.as_bytes()).is_some();
    tree.write("kit/src/a.snap", "embedded\n");
    for name in ["../kit/src/tests.rs", "../kit/src/a.snap"] {
        assert!(!counts(name), "{name}");
    }
    let test = "#[cfg(test)]\nmod tests;\n";
    tree.write("kit/src/lib.rs", &format!("const A: D = include_dir!(\"src\");\n{test}"));
    for name in ["../kit/src/tests.rs", "../kit/src/a.snap"] {
        assert!(counts(name), "{name}, which its own package embeds");
    }
    tree.write("kit/src/lib.rs", test);

    let name = "./templates/mail.snap";
    tree.write("api/templates/mail.snap", "embedded\n");
    assert!(!counts(name));
    tree.write(
        "kit/src/lib.rs",
        &format!("const A: D = include_dir!(\"../api/templates\");\n{test}"),
    );
    assert!(counts(name), "{name}, which another package embeds");
}

/// In a cache mount there is no `CACHEDIR.TAG`, since cargo did not make the directory.
#[test]
fn what_a_build_makes_is_not_content() {
    let tree = workspace();
    let script = r#"fn main() { for name in ["target", "target/out.txt", "../target/out.txt",
        "cache/a.txt", "lists/target/a.txt", "../kit/target"] {} }"#;
    tree.write("api/build.rs", script);
    for path in ["api/target/out.txt", "target/out.txt", "api/cache/a.txt", "kit/target/a.txt"] {
        tree.write(path, "made\n");
    }
    tree.write("api/cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
    tree.write("api/lists/target/a.txt", "written\n");
    let content = tree.content("api");
    let found = names(&content);
    assert!(found.contains(&"./lists/target/a.txt"), "{found:?}");
    let made = |name: &&str| name.contains("cache/") || name.contains("/target/");
    assert_eq!(found.iter().filter(|name| made(name)).count(), 1, "{found:?}");
}

/// What a macro names is compiled in, so that no guess about it may leave it out.
#[test]
fn what_is_embedded_counts_or_makes_content_unknown() {
    let tree = workspace();
    for path in ["scaffold/Cargo.toml", "scaffold/src/.keep", "target/site/app.js", "cache/a.txt"] {
        tree.write(path, "embedded\n");
    }
    tree.write("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
    tree.write(
        "kit/src/lib.rs",
        r#"const A: D = include_dir!("../scaffold");
        const B: D = include_dir!("../target/site");
        const C: &str = include_str!("../../cache/a.txt");"#,
    );
    let content = tree.content("api");
    for name in [
        "../scaffold/Cargo.toml",
        "../scaffold/src/.keep",
        "../target/site/app.js",
        "../cache/a.txt",
    ] {
        assert!(content.entry(name.as_bytes()).is_some(), "{name}: {:?}", names(&content));
    }

    let elsewhere = Tree::of(&[("text.md", "elsewhere\n")]);
    let text = elsewhere.root().join("text.md");
    for (source, why) in [
        (format!("const A: &str = include_str!({text:?});"), "leads out of the repository"),
        ("const A: D = include_dir!(\".\");".to_owned(), "embeds the directory of a package"),
        ("const A: D = include_dir!(\"..\");".to_owned(), "embeds the directory of a package"),
    ] {
        tree.write("kit/src/lib.rs", &source);
        let content = tree.content("api");
        let error = content.digest().expect_err(why);
        assert!(error.contains(why) && error.contains("kit/src/lib.rs:1"), "{error}");
    }
}

#[test]
fn what_cargo_does_not_build_has_lines_of_files_only() {
    let package = r#"{"name":"dashboard","version":"2.0.0","selfsame":{"also":["tools"]}}"#;
    let tree = Tree::of(&[
        ("web/package.json", package),
        ("web/vite.config.ts", "a\n"),
        ("web/src/app.js", "b\n"),
        ("web/src/.hidden.js", "not content\n"),
        ("web/src/app.snap", "not content\n"),
        ("web/tools/.env", "c\n"),
        ("web/README.md", "not content\n"),
        ("web/dist/app.js", "not content\n"),
        ("bare/README.md", "not content\n"),
    ]);
    let lines = [
        ("./package.json", package),
        ("./src/app.js", "b\n"),
        ("./tools/.env", "c\n"),
        ("./vite.config.ts", "a\n"),
    ];
    let content = tree.content("web");
    assert_eq!(content.digest(), Ok(sum(&lines)));
    let bare = Package::built(&tree.root().join("bare")).expect("it is a directory");
    let within = Context { files: &Disk, top: None, cargo_home: None, activation: None };
    let bare = Content::of(&bare, &within).expect("it can be read");
    let error = bare.digest().expect_err("it has no line");
    assert!(error.contains("`selfsame.also`"), "{error}");
}

#[test]
fn the_format_names_each_path_that_counts_by_convention() {
    let path: PathBuf = outside::package().join("FORMAT.md");
    let format = std::fs::read_to_string(path).expect("it is there");
    let (_, section) = format.split_once("\n## The content hash\n").expect("there is a section");
    let section = section.split("\n## ").next().unwrap_or(section);
    let code: BTreeSet<&str> = section.split('`').skip(1).step_by(2).collect();
    for name in CONVENTIONAL.iter().chain(&CONVENTIONAL_ELSEWHERE).chain(&OF_NPM_ROOT) {
        let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
        let shared = extension.and_then(|extension| name.strip_suffix(extension));
        let is_named = code.contains(name) || shared.is_some_and(|shared| code.contains(shared));
        assert!(is_named, "FORMAT.md does not name `{name}`");
    }
}
