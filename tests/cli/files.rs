//! `selfsame stamp`: the stamp of built files.

use std::path::PathBuf;

use selfsame::stamp::Stamp;
use tempfile::TempDir;

use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame_in};
use crate::support::command::Outcome;
use crate::support::repository::Repository;

/// A dashboard in a repository, built: `dist` is there and git ignores it.
struct Dashboard {
    repository: Repository,
    directory: TempDir,
}

impl Dashboard {
    fn new() -> Self {
        let directory = TempDir::with_prefix("selfsame-files-").expect("a temporary directory");
        let repository = Repository::init(&directory.path().join("shop"));
        for (path, text) in [
            ("dashboard/package.json", "{ \"name\": \"dashboard\", \"version\": \"2.1.0\" }\n"),
            ("dashboard/src/main.ts", "mount();\n"),
            ("dashboard/README.md", "The dashboard.\n"),
            (".gitignore", "dist\n*.selfsame.json\n"),
        ] {
            repository.write(path, text);
        }
        repository.commit("Show orders");
        let dashboard = Self { repository, directory };
        dashboard.build("1");
        dashboard
    }

    /// What a bundler would do.
    fn build(&self, version: &str) {
        let script = format!("run({version})");
        for (path, text) in [
            ("dist/index.html", "<!doctype html><script src=assets/app.js></script>"),
            ("dist/assets/app.js", &*script),
            ("dist/assets/grün & blau.css", "body {}"),
        ] {
            self.repository.write(&format!("dashboard/{path}"), text);
        }
    }

    fn path(&self) -> PathBuf {
        self.repository.path().join("dashboard")
    }

    fn dist(&self) -> PathBuf {
        self.path().join("dist")
    }

    fn stamp(&self, arguments: &[&str]) -> Outcome {
        finish(selfsame_in(&self.path()).args(["stamp", "dist"]).args(arguments))
    }

    /// Stamps it into `dist/__build`, for a web server.
    fn stamped(&self) -> &Self {
        let outcome = self.stamp(&["--output", "dist/__build"]);
        assert_says(
            "the stamp",
            &outcome,
            0,
            &["dist/__build: dashboard 2.1.0, commit ", "3 files"],
        );
        self
    }
}

#[test]
fn a_stamp_file_says_what_was_built_and_from_what() {
    let dashboard = Dashboard::new();
    let outcome = dashboard.stamp(&[]);
    assert_says("stamp", &outcome, 0, &["dist.selfsame.json: dashboard 2.1.0, commit "]);
    assert_eq!(outcome.err, "", "nothing is unknown");
    let text = dashboard.repository.read("dashboard/dist.selfsame.json");
    let stamp = Stamp::parse(text.trim_end()).expect("it is a stamp");
    assert_eq!(stamp.commit.as_ref().map(ToString::to_string), Some(dashboard.repository.head()));
    assert_eq!(stamp.revision.tree.to_string(), "clean");
    assert_eq!(stamp.shipped[0].name, "dist");
    assert_eq!(stamp.shipped[0].files, 3);

    // The hash is that of the coreutils line, and the content that of `selfsame hash`.
    let tree = run(&["hash", "--tree", dashboard.dist().to_str().expect("UTF-8")]);
    let sha256 = stamp.shipped[0].sha256.expect("it was hashed").to_string();
    assert!(tree.out.starts_with(&sha256), "{} is not {sha256}", tree.out);
    let source = run(&["hash", dashboard.path().to_str().expect("UTF-8")]);
    let content = stamp.content.expect("there is source").to_string();
    assert_says("hash", &source, 0, &["dashboard 2.1.0", &content]);

    // Built twice, it is the same to the byte, wherever the stamp lies.
    dashboard.stamped();
    assert_eq!(dashboard.repository.read("dashboard/dist/__build"), text);
    // And `inspect` reads it.
    let outcome = finish(selfsame_in(&dashboard.path()).args(["inspect", "dist.selfsame.json"]));
    assert_says("inspect", &outcome, 0, &["dashboard 2.1.0", &content]);
}

#[test]
fn the_commit_of_a_stamp_file_is_found_as_a_build_script_finds_it() {
    let dashboard = Dashboard::new();
    let stamp = |variables: &[(&str, &str)]| {
        let mut command = selfsame_in(&dashboard.path());
        let outcome = finish(command.envs(variables.iter().copied()).args(["stamp", "dist"]));
        let text = dashboard.repository.read("dashboard/dist.selfsame.json");
        (outcome, Stamp::parse(text.trim_end()).expect("it is a stamp"))
    };
    let other = "1".repeat(40);
    let (outcome, stamped) = stamp(&[("SELFSAME_COMMIT", &other), ("SELFSAME_GIT", "off")]);
    assert_eq!(outcome.code, 0);
    assert_eq!(stamped.commit.as_ref().map(ToString::to_string), Some(other.clone()));
    assert_eq!(stamped.revision.origin.to_string(), "override");
    assert!(outcome.err.contains("warning: tree is unknown"), "{}", outcome.err);

    let (outcome, stamped) = stamp(&[("SELFSAME_COMMIT", &other)]);
    assert_eq!(stamped.commit, None, "git says another");
    assert!(outcome.err.contains("warning: commit is unknown: SELFSAME_COMMIT says"));

    let mut command = selfsame_in(&dashboard.path());
    let outcome = finish(command.env("SELFSAME_COMMIT", "abc").args(["stamp", "dist"]));
    assert_cannot_tell("a short id", &outcome, &["SELFSAME_COMMIT=\"abc\" is refused"]);

    dashboard.repository.write("dashboard/src/main.ts", "mount(2);\n");
    let (_, stamped) = stamp(&[]);
    assert_eq!(stamped.revision.tree.to_string(), "dirty");
    assert_eq!(stamped.info.changed, ["M src/main.ts"]);
    dashboard.repository.write("dashboard/src/main.ts", "mount();\n");
    dashboard.repository.write("dashboard/README.md", "Reworded.\n");
    let (_, stamped) = stamp(&[]);
    assert_eq!(stamped.revision.tree.to_string(), "clean", "a README goes into no build");
}

#[test]
fn a_stamp_of_nothing_is_none() {
    let dashboard = Dashboard::new();
    let stamp =
        |arguments: &[&str]| finish(selfsame_in(&dashboard.path()).arg("stamp").args(arguments));
    assert_cannot_tell("no directory", &stamp(&["gone"]), &["`gone` is no directory"]);
    assert_cannot_tell("a file", &stamp(&["package.json"]), &["`package.json` is no directory"]);
    std::fs::create_dir(dashboard.path().join("empty")).expect("it can be made");
    assert_cannot_tell("an empty one", &stamp(&["empty"]), &["held no file"]);
    let own = stamp(&["dist", "--output", "dist/stamp.json"]);
    assert_cannot_tell("one of its own files", &own, &["one of the files that it lists"]);
    let source = stamp(&["dist", "--source", "dist"]);
    assert_cannot_tell("its own source", &source, &["name another --source"]);
    let also = stamp(&["dist", "--also", "nowhere"]);
    assert_cannot_tell("what is not there", &also, &["`nowhere` is expected"]);
    // Without a package.json and without sources, nothing is known of the content.
    let bare = dashboard.directory.path().join("site/public");
    std::fs::create_dir_all(&bare).expect("it can be made");
    std::fs::write(bare.join("index.html"), "<h1>Hello</h1>").expect("it can be written");
    let outcome = stamp(&[bare.to_str().expect("UTF-8"), "--name", "site"]);
    assert_says("no package.json", &outcome, 0, &["site unknown, commit unknown, 1 file\n"]);
    assert!(
        outcome.err.contains("warning: commit is unknown: there is no .git"),
        "{}",
        outcome.err
    );
}
