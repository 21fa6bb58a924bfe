//! What a front end is built from: its environment, its configurations, its workspace.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::run::{finish, run, selfsame_in};
use selfsame_testing::command::Outcome;
use selfsame_testing::repository::Repository;

/// The value of a variable that no output may hold.
const SECRET: &str = "hunter2-hunter2";

/// A workspace of pnpm in a repository with a front end, two packages that it depends on and others.
const FILES: [(&str, &str); 24] = [
    (".gitignore", "dist\n.env*.local\nnode_modules\n"),
    ("package.json", r#"{"name":"shop","private":true}"#),
    ("pnpm-workspace.yaml", "packages:\n  - 'apps/*'\n  - 'packages/**'\n  - '!**/old'\n"),
    ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
    ("tsconfig.base.json", "{}\n"),
    ("postcss.config.cjs", "module.exports = {}\n"),
    ("patches/left-pad.patch", "-a\n+b\n"),
    ("README.md", "A shop.\n"),
    ("docs/index.md", "Docs.\n"),
    (
        "apps/web/package.json",
        r#"{"name":"web","version":"1.0.0","dependencies":{"@shop/ui":"workspace:^"},
            "devDependencies":{"vite":"^7.0.0","theme":"link:../../theme"}}"#,
    ),
    ("apps/web/index.html", "<script src=/src/main.ts></script>\n"),
    ("apps/web/src/main.ts", "import '@shop/ui'\n"),
    ("apps/web/.env.production", "VITE_API=https://api.example.com\n"),
    ("apps/web/.env.example", "VITE_API=\n"),
    ("apps/web/vite.config.ts", "import base from './build/base'\nexport default base\n"),
    ("apps/web/build/base.ts", "export default { build: { outDir: './dist' } }\n"),
    ("apps/web/tailwind.config.js", "export default {}\n"),
    ("apps/web/tsconfig.json", "{ \"extends\": \"../../tsconfig.base.json\" }\n"),
    ("apps/web/eslint.config.js", "export default []\n"),
    (
        "packages/ui/package.json",
        r#"{"name":"@shop/ui","dependencies":{"@shop/core":"workspace:*"}}"#,
    ),
    ("packages/ui/index.ts", "export * from '@shop/core'\n"),
    ("packages/deep/core/package.json", r#"{"name":"@shop/core","scripts":{"build":"tsc"}}"#),
    ("packages/unused/package.json", r#"{"name":"@shop/unused"}"#),
    ("theme/theme.css", "body {}\n"),
];

struct Shop {
    repository: Repository,
    _directory: TempDir,
}

impl Shop {
    /// Written, committed, built and stamped.
    fn new() -> Self {
        let directory = TempDir::with_prefix("selfsame-front-").expect("a temporary directory");
        let repository = Repository::init(&directory.path().join("shop"));
        for (path, text) in FILES {
            repository.write(path, text);
        }
        repository.commit("Sell");
        let shop = Self { repository, _directory: directory };
        shop.build();
        shop
    }

    fn build(&self) {
        self.repository.write("apps/web/dist/index.html", "<script>run()</script>");
        let outcome =
            finish(selfsame_in(&self.web()).args(["stamp", "dist", "--output", "dist/__build"]));
        assert_eq!((outcome.code, &*outcome.err), (0, ""), "{}", outcome.out);
    }

    fn web(&self) -> PathBuf {
        self.repository.path().join("apps/web")
    }

    fn check(&self, arguments: &[&str]) -> Outcome {
        let arguments = [&["check", "--artifact", "dist", "--source", "."], arguments].concat();
        finish(selfsame_in(&self.web()).args(arguments))
    }

    #[track_caller]
    fn assert_check(&self, what: &str, arguments: &[&str], code: i32) {
        let outcome = self.check(arguments);
        assert_eq!(outcome.code, code, "{what}: {}{}", outcome.out, outcome.err);
    }
}

#[test]
fn what_a_front_end_is_built_from_is_content() {
    let shop = Shop::new();
    shop.assert_check("as built", &[], 0);
    let content = [
        "apps/web/.env.production",
        "apps/web/build/base.ts",
        "apps/web/package.json",
        "apps/web/tailwind.config.js",
        "apps/web/tsconfig.json",
        "apps/web/vite.config.ts",
        "packages/deep/core/package.json",
        "packages/deep/core/src/new.ts",
        "packages/ui/index.ts",
        "patches/left-pad.patch",
        "pnpm-lock.yaml",
        "pnpm-workspace.yaml",
        "postcss.config.cjs",
        "theme/theme.css",
        "tsconfig.base.json",
    ];
    for path in content {
        let before = FILES.iter().find(|(file, _)| *file == path).map(|(_, text)| *text);
        let after = before.unwrap_or_default().to_owned() + " \n";
        shop.repository.write(path, &after);
        let outcome = shop.check(&[]);
        assert_eq!(outcome.code, 1, "{path} changed: {}{}", outcome.out, outcome.err);
        let name = path.rsplit('/').next().expect("it has a name");
        assert!(outcome.out.contains(name), "{path} is not named: {}", outcome.out);
        shop.repository.commit("Change");
        shop.assert_check(&format!("{path} committed"), &[], 1);
        shop.assert_check(&format!("{path} at the commit before"), &["--commit", "HEAD~1"], 0);
        // The other way: built from the change, and source does not have it.
        shop.build();
        shop.assert_check(&format!("{path} built"), &[], 0);
        shop.assert_check(&format!("{path} built, the commit before"), &["--commit", "HEAD~1"], 1);
        // Removed is a change as well.
        let is_needed = ["package.json", "theme.css", "pnpm-workspace.yaml"];
        if before.is_some() && !is_needed.iter().any(|needed| path.ends_with(needed)) {
            std::fs::remove_file(shop.repository.path().join(path)).expect("it can be removed");
            shop.assert_check(&format!("{path} removed"), &[], 1);
        }
        match before {
            Some(text) => shop.repository.write(path, text),
            None => std::fs::remove_file(shop.repository.path().join(path)).expect("it is there"),
        }
        shop.repository.commit("Take it back");
        shop.assert_check(&format!("{path} taken back"), &[], 1);
        shop.build();
    }
}

#[test]
fn what_goes_into_no_build_is_not_content() {
    let shop = Shop::new();
    for path in [
        "README.md",
        "apps/web/.env.example",
        "apps/web/README.md",
        "apps/web/eslint.config.js",
        "apps/web/node_modules/left-pad/index.js",
        "docs/index.md",
        "packages/deep/core/dist/index.js",
        "packages/deep/core/tests/core.test.ts",
        "packages/ui/README.md",
        "packages/ui/node_modules/a/index.js",
        "packages/unused/package.json",
        "packages/old/package.json",
    ] {
        shop.repository.write(path, "{\"name\":\"@shop/other\"}\n");
        shop.assert_check(&format!("{path} changed"), &[], 0);
    }
    shop.repository.commit("Reword");
    shop.assert_check("committed", &[], 0);
}

#[test]
fn an_ignored_environment_file_counts_and_is_never_shown() {
    let shop = Shop::new();
    let secret = format!("TOKEN={SECRET}\n");
    shop.repository.write("apps/web/.env.local", &secret);
    shop.assert_check("it was not there", &[], 1);
    shop.build();
    let outcome = shop.check(&[]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    // The commit does not hold it.
    shop.assert_check("at the commit", &["--commit", "HEAD"], 1);
    let source = shop.web();
    let source = source.to_str().expect("UTF-8");
    let dist = shop.web().join("dist");
    let dist = dist.to_str().expect("UTF-8");
    let stamp = shop.web().join("dist/__build");
    for arguments in [
        vec!["hash", "--source", source],
        vec!["hash", "--json", "--source", source],
        vec!["hash", "--list", "--source", source],
        vec!["why", "--all", "--source", source],
        vec!["inspect", stamp.to_str().expect("UTF-8")],
        vec!["check", "--artifact", dist, "--source", source, "--verbose"],
        vec!["check", "--artifact", dist, "--source", source, "--format", "json"],
    ] {
        let outcome = run(&arguments);
        let all = outcome.out + &outcome.err;
        assert!(!all.contains(SECRET) && !all.contains("TOKEN"), "{arguments:?}: {all}");
    }
    shop.repository.write("apps/web/.env.local", secret.to_uppercase());
    shop.assert_check("it changed", &[], 1);
    std::fs::remove_file(shop.web().join(".env.local")).expect("it is there");
    shop.assert_check("it is gone", &[], 1);
}

#[test]
fn files_that_are_older_than_their_environment_or_workspace_get_no_stamp() {
    let shop = Shop::new();
    let built = shop.web().join("dist/index.html").metadata().and_then(|file| file.modified());
    let built = filetime::FileTime::from_system_time(built.expect("it has a time"));
    let later = filetime::FileTime::from_unix_time(built.unix_seconds() + 60, 0);
    for path in [
        "apps/web/.env.production",
        "apps/web/build/base.ts",
        "packages/ui/index.ts",
        "pnpm-lock.yaml",
    ] {
        let path = shop.repository.path().join(path);
        let before = path.metadata().and_then(|file| file.modified()).expect("it has a time");
        filetime::set_file_mtime(&path, later).expect("the time can be set");
        let outcome = finish(selfsame_in(&shop.web()).args(["stamp", "dist"]));
        assert_eq!(outcome.code, 2, "{}: {}{}", path.display(), outcome.out, outcome.err);
        assert!(outcome.err.contains("is newer than every file"), "{}", outcome.err);
        let before = filetime::FileTime::from_system_time(before);
        filetime::set_file_mtime(&path, before).expect("the time can be set");
    }
    let outcome = finish(selfsame_in(&shop.web()).args(["stamp", "dist"]));
    assert_eq!(outcome.code, 0, "{}", outcome.err);
}
