//! `selfsame stamp`, and `selfsame check` of what a web server makes of it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use selfsame::stamp::Stamp;
use tempfile::TempDir;

use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame_in};
use crate::server::{Request, Server, answer};
use selfsame_testing::command::Outcome;
use selfsame_testing::repository::Repository;

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

    /// What somebody does to a built file.
    fn rewrite_script(&self, text: &str) {
        self.repository.write("dashboard/dist/assets/app.js", text);
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

    fn check(&self, url: &str, arguments: &[&str]) -> Outcome {
        let source = self.path();
        let source = source.to_str().expect("the path is UTF-8");
        run(&[&["check", url, "--source", source, "--timeout", "5s"], arguments].concat())
    }
}

/// What a web server makes of a request for a file below a directory.
type Reply = fn(&Request, &Path) -> Vec<u8>;

/// A web server without any wit: files, and 404.
fn serve(root: &Path) -> Server {
    serve_with(root, |request, root| file(root, &request.target))
}

fn serve_with(
    root: &Path,
    reply: impl Fn(&Request, &Path) -> Vec<u8> + Send + Sync + 'static,
) -> Server {
    let root = root.to_owned();
    Server::start(move |request, stream| {
        let _ = stream.write_all(&reply(request, &root));
    })
}

fn file(root: &Path, target: &str) -> Vec<u8> {
    let path = target.split('?').next().expect("it has a path");
    let name = percent_decoded(path.trim_start_matches('/'));
    match std::fs::read(root.join(name)) {
        Ok(bytes) => {
            let kind = if target.contains(".html") { "text/html" } else { "text/plain" };
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
                bytes.len()
            );
            [head.into_bytes(), bytes].concat()
        }
        Err(_) => answer("404 Not Found", &[], "no such file").into(),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits: Vec<u8> = rest.by_ref().take(2).collect();
            let digits = str::from_utf8(&digits).expect("digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal digits"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("names are UTF-8")
}

#[test]
fn a_stamp_file_says_what_was_built_and_from_what() {
    let dashboard = Dashboard::new();
    let outcome = dashboard.stamp(&[]);
    assert_says("stamp", &outcome, 0, &["dist.selfsame.json: dashboard 2.1.0, commit "]);
    assert_eq!(outcome.err, "", "nothing is unknown");
    let text = dashboard.repository.read("dashboard/dist.selfsame.json");
    let stamp = Stamp::parse(text.trim_end()).expect("it is a stamp");
    assert_eq!(
        stamp.facts().commit.as_ref().map(ToString::to_string),
        Some(dashboard.repository.head())
    );
    assert_eq!(stamp.facts().revision.tree.to_string(), "clean");
    assert_eq!(stamp.facts().shipped[0].name, "dist");
    assert_eq!(stamp.facts().shipped[0].files, 3);

    // The hash is that of the coreutils line, and the content that of `selfsame hash`.
    let tree = run(&["hash", "--tree", dashboard.dist().to_str().expect("UTF-8")]);
    let sha256 = stamp.facts().shipped[0].sha256.expect("it was hashed").to_string();
    assert!(tree.out.starts_with(&sha256), "{} is not {sha256}", tree.out);
    let source = run(&["hash", "--source", dashboard.path().to_str().expect("UTF-8")]);
    let content = stamp.facts().content.expect("there is source").to_string();
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
    assert_eq!(stamped.facts().commit.as_ref().map(ToString::to_string), Some(other.clone()));
    assert_eq!(stamped.facts().revision.origin.to_string(), "override");
    assert!(outcome.err.contains("warning: tree is unknown"), "{}", outcome.err);

    let (outcome, stamped) = stamp(&[("SELFSAME_COMMIT", &other)]);
    assert_eq!(stamped.facts().commit, None, "git says another");
    assert!(outcome.err.contains("warning: commit is unknown: SELFSAME_COMMIT says"));

    let mut command = selfsame_in(&dashboard.path());
    let outcome = finish(command.env("SELFSAME_COMMIT", "abc").args(["stamp", "dist"]));
    assert_cannot_tell("a short id", &outcome, &["SELFSAME_COMMIT=\"abc\" is refused"]);

    dashboard.repository.write("dashboard/src/main.ts", "mount(2);\n");
    dashboard.build("2");
    let (_, stamped) = stamp(&[]);
    assert_eq!(stamped.facts().revision.tree.to_string(), "dirty");
    assert_eq!(stamped.facts().info.changed, ["M src/main.ts"]);
    dashboard.repository.write("dashboard/src/main.ts", "mount();\n");
    dashboard.build("1");
    dashboard.repository.write("dashboard/README.md", "Reworded.\n");
    let (_, stamped) = stamp(&[]);
    assert_eq!(stamped.facts().revision.tree.to_string(), "clean", "a README goes into no build");
}

#[test]
fn a_stamp_of_nothing_is_none() {
    let dashboard = Dashboard::new();
    let stamp =
        |arguments: &[&str]| finish(selfsame_in(&dashboard.path()).arg("stamp").args(arguments));
    assert_cannot_tell("no directory", &stamp(&["gone"]), &["`gone` is not a directory"]);
    assert_cannot_tell("a file", &stamp(&["package.json"]), &["`package.json` is not a directory"]);
    std::fs::create_dir(dashboard.path().join("empty")).expect("it can be made");
    assert_cannot_tell("an empty one", &stamp(&["empty"]), &["held no file"]);
    let own = stamp(&["dist", "--output", "dist/stamp.json"]);
    assert_cannot_tell("one of its own files", &own, &["one of the files that it lists"]);
    let source = stamp(&["dist", "--source", "dist"]);
    assert_cannot_tell("its own source", &source, &["name another --source"]);
    let manifest = dashboard.path().join("package.json");
    let text = std::fs::read_to_string(&manifest).expect("it can be read");
    let also = text.replacen('{', "{ \"selfsame\": { \"also\": [\"nowhere\"] },", 1);
    std::fs::write(&manifest, also).expect("it can be written");
    assert_cannot_tell("what is not there", &stamp(&["dist"]), &["`nowhere` does not exist"]);
    std::fs::write(&manifest, text).expect("it can be written");
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

#[cfg(unix)]
#[test]
fn links_are_left_out_of_a_stamp_aloud() {
    let dashboard = Dashboard::new();
    std::os::unix::fs::symlink("index.html", dashboard.dist().join("home.html")).expect("made");
    let outcome = dashboard.stamp(&[]);
    assert_says("a link", &outcome, 0, &["3 files"]);
    assert!(outcome.err.contains("dist/home.html`, and 0 more"), "{}", outcome.err);
}

#[test]
fn files_that_are_older_than_their_source_get_no_stamp() {
    let dashboard = Dashboard::new();
    let source = dashboard.path().join("src/main.ts");
    let built = dashboard.dist().join("assets/app.js").metadata().and_then(|file| file.modified());
    let built = filetime::FileTime::from_system_time(built.expect("it has a time"));
    let at = |seconds: i64| filetime::FileTime::from_unix_time(built.unix_seconds() + seconds, 0);
    filetime::set_file_mtime(&source, at(60)).expect("the time can be set");
    let outcome = dashboard.stamp(&[]);
    let words = ["`src/main.ts` is newer than every file in", "build the files again"];
    assert_cannot_tell("older", &outcome, &words);
    assert!(!dashboard.path().join("dist.selfsame.json").exists(), "nothing is written");
    // One file that is as new was built with it.
    filetime::set_file_mtime(dashboard.dist().join("index.html"), at(60)).expect("it can be set");
    assert_says("built", &dashboard.stamp(&[]), 0, &["3 files"]);
}

#[test]
fn what_is_served_is_what_was_built() {
    let dashboard = Dashboard::new();
    let server = serve(&dashboard.stamped().dist());
    let words =
        ["[equal]", "3 served files equal the stamp [served-files-equal]", "on every rung asked"];
    assert_says("same", &dashboard.check(&server.url(), &[]), 0, &words);
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.header("accept-encoding") == Some("identity")));
    assert!(requests.iter().any(|request| request.target == "/assets/gr%C3%BCn%20%26%20blau.css"));

    // The same commit by name, and the file as the artifact.
    let outcome = dashboard.check(&server.url(), &["--commit", "HEAD"]);
    assert_says("--commit", &outcome, 0, &["on every rung asked"]);
    let artifact = dashboard.dist().join("__build");
    let artifact = artifact.to_str().expect("UTF-8");
    let outcome = dashboard.check(&server.url(), &["--artifact", artifact]);
    assert_says("--artifact", &outcome, 0, &["on every rung asked"]);
    // A commit that changes nothing of it is a note.
    dashboard.repository.write("dashboard/README.md", "Reworded.\n");
    dashboard.repository.commit("Reword");
    let words = ["1 commit behind [other-commit-same-content]"];
    assert_says("reworded", &dashboard.check(&server.url(), &[]), 0, &words);
    // With nothing to compare with, files alone are not an answer.
    let outcome = run(&["check", &server.url()]);
    assert_eq!(outcome.code, 2, "{}", outcome.out);
}

#[test]
fn a_built_directory_is_an_artifact() {
    let dashboard = Dashboard::new();
    let dist = dashboard.stamped().dist();
    let check = || {
        let [dist, source] =
            [&dist, &dashboard.path()].map(|p| p.to_str().expect("UTF-8").to_owned());
        run(&["check", "--artifact", &dist, "--source", &source])
    };
    assert_says("as it was built", &check(), 0, &["2 artifact  same"]);
    dashboard.rewrite_script("run(0)");
    let words =
        ["the files of `dist` at `/`", "changed: assets/app.js", "begin at rung 2, artifact"];
    assert_says("changed", &check(), 1, &words);
}

#[test]
fn source_that_moved_on_is_drift_of_what_is_served() {
    let dashboard = Dashboard::new();
    let server = serve(&dashboard.stamped().dist());
    dashboard.repository.write("dashboard/src/workflow.ts", "export {};\n");
    dashboard.repository.commit("Show workflows");
    let words = [
        "1 commit behind [commit-behind]",
        "changed    src/workflow.ts",
        "build and deploy what source says",
    ];
    assert_says("behind", &dashboard.check(&server.url(), &[]), 1, &words);

    // Built and not deployed.
    let old = dashboard.directory.path().join("old");
    std::fs::rename(dashboard.dist(), &old).expect("it can be moved");
    let server = serve(&old);
    dashboard.build("2");
    dashboard.stamped();
    let artifact = dashboard.dist().join("__build");
    let outcome =
        dashboard.check(&server.url(), &["--artifact", artifact.to_str().expect("UTF-8")]);
    let words = ["[not-deployed]", "[commit-behind]"];
    assert_says("not deployed", &outcome, 1, &words);
}

#[test]
fn files_that_are_not_those_of_the_stamp_are_named() {
    let dashboard = Dashboard::new();
    let server = serve(&dashboard.stamped().dist());
    std::fs::remove_file(dashboard.dist().join("assets/grün & blau.css")).expect("it is there");
    dashboard.rewrite_script("run(0)");
    let words = [
        "2 of 3 served files differ from the stamp [served-files-differ]",
        "missing: assets/grün & blau.css",
        "changed: assets/app.js",
        "look for a mount or a volume over it, or a cache in front",
        "begin at rung 3, running",
    ];
    assert_says("changed", &dashboard.check(&server.url(), &[]), 1, &words);
    // Also without source: that much the stamp alone tells.
    assert_says("alone", &run(&["check", &server.url()]), 1, &["2 of 3 served files"]);
}

#[test]
fn a_page_for_every_path_is_no_file() {
    let dashboard = Dashboard::new();
    let server = serve_with(&dashboard.stamped().dist(), |request, root| {
        let found = file(root, &request.target);
        if found.starts_with(b"HTTP/1.1 404") { file(root, "/index.html") } else { found }
    });
    assert_says("all there", &dashboard.check(&server.url(), &[]), 0, &["on every rung asked"]);
    std::fs::remove_file(dashboard.dist().join("assets/app.js")).expect("it is there");
    let words = ["1 of 3", "missing: assets/app.js (the page for unknown paths is served instead)"];
    assert_says("a fallback", &dashboard.check(&server.url(), &[]), 1, &words);
    // Nor is it a stamp.
    std::fs::remove_file(dashboard.dist().join("__build")).expect("it is there");
    let words = ["answers with a page"];
    assert_cannot_tell("no stamp", &dashboard.check(&server.url(), &[]), &words);
}

#[test]
fn files_that_cannot_be_fetched_are_never_same() {
    let dashboard = Dashboard::new();
    let dist = dashboard.stamped().dist();
    let is_script = |request: &Request| request.target.ends_with("app.js");
    let cases: [(&str, Reply, &str); 5] = [
        ("an error", |_, _| answer("500 Internal Server Error", &[], "").into(), "answers 500"),
        ("refused", |_, _| answer("403 Forbidden", &[], "").into(), "answers 403"),
        (
            "compressed",
            |_, root| {
                let plain = String::from_utf8(file(root, "/assets/app.js")).expect("text");
                plain.replace("Connection", "Content-Encoding: gzip\r\nConnection").into()
            },
            "answers compressed, which was not asked for",
        ),
        (
            "a login",
            |_, _| answer("200 OK", &["Content-Type: text/html"], "<h1>Sign in</h1>").into(),
            "check whether a login is required",
        ),
        ("cut off", |_, _| b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nrun(".to_vec(), ""),
    ];
    for (case, reply, words) in cases {
        let server = serve_with(&dist, move |request, root| {
            if is_script(request) { reply(request, root) } else { file(root, &request.target) }
        });
        let outcome = dashboard.check(&server.url(), &[]);
        assert_cannot_tell(case, &outcome, &["1 of 3 served files could not be compared", words]);
    }
    // A captured stamp says nothing of what is served.
    let report = dist.join("__build");
    let source = dashboard.path();
    let [report, source] = [&report, &source].map(|path| path.to_str().expect("UTF-8"));
    let outcome = run(&["check", "--report", report, "--source", source]);
    assert_cannot_tell("captured", &outcome, &["give the URL", "served-files-unknown"]);
}

#[test]
fn redirects_to_an_index_and_files_below_a_path_are_followed() {
    let dashboard = Dashboard::new();
    let server = serve_with(&dashboard.stamped().dist(), |request, root| {
        match request.target.strip_prefix("/admin/ui") {
            Some("/index.html") => {
                answer("301 Moved Permanently", &["Location: /admin/ui/"], "").into()
            }
            Some("/") => file(root, "/index.html"),
            Some(below) => file(root, below),
            None => answer("404 Not Found", &[], "").into(),
        }
    });
    let outcome = dashboard.check(&format!("{}/admin/ui", server.url()), &[]);
    assert_says("below a path", &outcome, 0, &["on every rung asked"]);
}
