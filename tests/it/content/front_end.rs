//! Which packages and files around a front end are content.

use selfsame_source::{Content, Context, Disk, Package};

use super::tree::Tree;

const UI: (&str, &str) = ("packages/ui/package.json", r#"{"name":"@shop/ui"}"#);

fn names(content: &Content) -> Vec<String> {
    content.entries().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
}

fn unknown(content: &Content, words: &str) {
    let why = content.digest().expect_err("it cannot be known");
    assert!(why.contains(words), "{why}");
}

#[test]
fn workspaces_of_npm_and_yarn_are_found() {
    for (root, lock) in [
        (r#"{"workspaces":["packages/*","apps/*"]}"#, "package-lock.json"),
        (r#"{"workspaces":{"packages":["packages/{ui,kit}","./apps/web/"]}}"#, "yarn.lock"),
    ] {
        let tree = Tree::of(&[
            ("package.json", root),
            (lock, "lock\n"),
            UI,
            ("packages/ui/button.ts", "a\n"),
            ("packages/other/package.json", r#"{"name":"other"}"#),
            ("apps/web/package.json", r#"{"name":"web","dependencies":{"@shop/ui":"^1.0.0"}}"#),
            ("apps/web/src/main.ts", "b\n"),
        ]);
        let content = tree.content("apps/web");
        let lock = format!("../../{lock}");
        let mut expected = [
            "../../package.json",
            &*lock,
            "../../packages/ui/button.ts",
            "../../packages/ui/package.json",
            "./package.json",
            "./src/main.ts",
        ];
        expected.sort_unstable();
        assert_eq!(names(&content), expected);
        let packages = content.package_contents();
        let packages: Vec<_> = packages.iter().map(|p| (&*p.name, &*p.path)).collect();
        assert_eq!(packages, [("@shop/ui", "../../packages/ui"), ("web", ".")]);
    }
}

#[test]
fn a_package_that_is_no_member_has_no_workspace() {
    let tree = Tree::of(&[
        ("package.json", r#"{"workspaces":["packages/*"]}"#),
        ("yarn.lock", "lock\n"),
        UI,
        ("web/package.json", r#"{"dependencies":{"@shop/ui":"^1.0.0"}}"#),
        ("web/yarn.lock", "its own\n"),
    ]);
    assert_eq!(names(&tree.content("web")), ["./package.json", "./yarn.lock"]);
}

#[test]
fn dependencies_by_path_need_no_workspace() {
    let package = r#"{"dependencies":{"a":"file:../a","b":"link:../b","c":"../c",
        "d":"file:../d.tgz","e":"git+https://example.com/e.git","f":"owner/f","g":"npm:a@1",
        "h":"workspace:../h"}}"#;
    let tree = Tree::of(&[
        ("web/package.json", package),
        ("a/package.json", r#"{"name":"a","devDependencies":{"i":"file:../i"}}"#),
        ("a/dist/index.js", "committed, since nothing builds it\n"),
        ("b/b.js", "b\n"),
        ("c/c.js", "c\n"),
        ("c/nested/package.json", r#"{"name":"another"}"#),
        ("c/esm/package.json", r#"{"type":"module"}"#),
        ("d.tgz", "d\n"),
        ("e/package.json", r#"{"name":"e"}"#),
        ("f/package.json", r#"{"name":"f"}"#),
        ("h/h.js", "h\n"),
        ("i/i.js", "i\n"),
    ]);
    let expected = [
        "../a/dist/index.js",
        "../a/package.json",
        "../b/b.js",
        "../c/c.js",
        "../c/esm/package.json",
        "../d.tgz",
        "../h/h.js",
        "../i/i.js",
        "./package.json",
    ];
    assert_eq!(names(&tree.content("web")), expected);
}

#[test]
fn what_cannot_be_found_makes_content_unknown() {
    let web = |said: &str| format!(r#"{{"dependencies":{{"ui":"{said}"}}}}"#);
    for (said, words) in
        [("workspace:*", "no member of the workspace"), ("file:../ui", "does not exist")]
    {
        let tree = Tree::of(&[("web/package.json", &web(said))]);
        unknown(&tree.content("web"), words);
    }
    for (path, text, words) in [
        ("pnpm-workspace.yaml", "packages: web\n", "expected `packages` to be a list"),
        ("package.json", r#"{"workspaces":["[a-z]*"]}"#, "unsupported pattern"),
    ] {
        let tree = Tree::of(&[("web/package.json", &web("*")), (path, text)]);
        unknown(&tree.content("web"), words);
    }
}

#[test]
fn a_package_outside_the_repository_is_named() {
    let elsewhere = Tree::of(&[("ui/ui.js", "a\n")]);
    let path = elsewhere.root().join("ui");
    let package = format!(r#"{{"dependencies":{{"ui":"link:{}"}}}}"#, path.display());
    let tree = Tree::of(&[("web/package.json", &package)]);
    let content = tree.content("web");
    assert_eq!(content.outside().len(), 1);
    assert!(content.line_of(&path.join("ui.js")).is_some(), "{:?}", names(&content));
}

#[test]
fn configurations_lead_to_what_they_import_and_no_further() {
    let tree = Tree::of(&[
        ("web/package.json", "{}"),
        ("web/vite.config.mts", "import './plugins/a.js'\nimport z from '../../outside'\n"),
        ("web/plugins/a.ts", "const b = require('./b')\nimport './a'\n"),
        ("web/plugins/b/index.js", "import '../dist/made'\n"),
        ("web/plugins/unused.ts", ""),
        ("web/dist/made.js", ""),
        ("web/.env/bin/python", "an environment of something else\n"),
    ]);
    let expected =
        ["./package.json", "./plugins/a.ts", "./plugins/b/index.js", "./vite.config.mts"];
    assert_eq!(names(&tree.content("web")), expected);
    // What leads out of the repository is not covered by any commit.
    let package = Package::find(&tree.root().join("web")).expect("there is a package");
    tree.write("web/vite.config.mts", "import '../base'\n");
    tree.write("base.ts", "");
    let top = tree.root().join("web");
    let within = Context { files: &Disk, top: Some(&top), cargo_home: None, activation: None };
    let content = Content::of(&package, &within).expect("it can be read");
    unknown(&content, "imports a file outside the repository");
}
