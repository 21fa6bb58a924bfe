//! The README and the pages do what they say: the code of the README is built by cargo, commands are
//! run against the service that comes out, and their output is what stands there.

mod markdown;
mod pages;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use selfsame_testing::cargo::Cargo;
use selfsame_testing::command::install_script;
use selfsame_testing::repository::Repository;
use selfsame_testing::requirements::have;
use selfsame_testing::service::Service;
use selfsame_testing::{clean_environment, package, profile_directory, registry};
use serde_json::Value;
use tempfile::TempDir;

use crate::markdown::{block, blocks, commands, read};

const MODULES: &str = "\
mod workflow;

pub fn router() -> axum::Router {
    axum::Router::new().nest(\"/workflows\", workflow::router())
}
";

const WORKFLOW: &str = "\
use axum::routing::get;

pub fn router() -> axum::Router {
    axum::Router::new().route(\"/\", get(|| async { \"approve, ship\" }))
}
";

/// The pages with commands, in the order in which they are run, each with the number of its
/// commands. What a page changes is undone before the next.
const PAGES: [(&str, usize); 10] = [
    ("README.md", 1),
    ("SKILL.md", 6),
    ("docs/report.md", 2),
    ("docs/frameworks.md", 2),
    ("docs/configuration.md", 1),
    ("docs/deploy-gates.md", 12),
    ("docs/workspaces.md", 2),
    ("docs/front-ends.md", 1),
    ("docs/faq.md", 7),
    // The last, since it compiles.
    ("docs/routes.md", 3),
];

/// The service of the README, committed and built.
fn service(repository: &Repository, readme: &str, routes: &str) -> Cargo {
    let blocks = &blocks(readme);
    let registry = registry::dependency();
    let dependencies = block(blocks, "toml", "[dependencies]")
        .replace("= \"0.1\"", &format!("= {{ {registry} }}"));
    let manifest = format!(
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         {dependencies}\n[dependencies.axum]\nversion = \"0.8\"\ndefault-features = false\n\
         features = [\"http1\", \"json\", \"tokio\"]\n\n[dependencies.tokio]\nversion = \"1\"\n\
         features = [\"macros\", \"net\", \"rt-multi-thread\"]\n"
    );
    let main = block(blocks, "rust", "// src/main.rs").replace("127.0.0.1:8080", "127.0.0.1:0");
    let serve = "axum::serve(listener, app())";
    assert!(main.contains(serve));
    let say =
        format!("println!(\"listening on http://{{}}\", listener.local_addr()?);\n    {serve}");

    repository.write("Cargo.toml", manifest);
    repository.write("build.rs", block(blocks, "rust", "// build.rs"));
    // With the test that the page on routes has for it.
    let test = routes_test(routes);
    repository.write("src/main.rs", format!("{}\n{test}", main.replace(serve, &say)));
    repository.write("src/modules/mod.rs", MODULES);
    repository.write("src/modules/workflow/mod.rs", WORKFLOW);
    repository.write(".gitignore", "/target\ndist\n");
    repository
        .write("dashboard/package.json", "{ \"name\": \"dashboard\", \"version\": \"2.1.0\" }");
    repository.write("dashboard/src/main.ts", "mount();");
    for file in ["index.html", "app.js", "app.css"] {
        repository.write(&format!("dashboard/dist/{file}"), file);
    }
    // The versions of the example service, which are downloaded and compiled already.
    let lock = package().join("examples/backoffice/Cargo.lock");
    repository.write("Cargo.lock", std::fs::read(lock).expect("the lock file can be read"));

    let target =
        profile_directory().parent().expect("target/debug lies in target").join("services");
    let cargo = Cargo::into_target(&target);
    // Before the first build, since cargo adapts the lock file to the package.
    let fetched = cargo.run(repository.path(), &["metadata", "--format-version", "1"]);
    assert!(fetched.success, "{}", fetched.said);
    repository.commit("Say hello");
    cargo.build(repository.path(), &[]);
    cargo
}

fn routes_test(page: &str) -> String {
    block(&blocks(page), "rust", "// src/main.rs").to_owned()
}

#[test]
fn the_readme_and_the_pages_do_what_they_say() {
    if !["curl", "strings", "sha256sum"].into_iter().all(have) {
        return;
    }
    let directory = TempDir::with_prefix("readme-").expect("a temporary directory");
    let repository = Repository::init(&directory.path().join("hello"));
    let cargo = service(&repository, &read("README.md"), &read("docs/routes.md"));
    let target = cargo.binary("hello");
    let target = target.parent().and_then(Path::parent).expect("target/debug/hello");
    std::os::unix::fs::symlink(target, repository.path().join("target")).expect("a link");
    let bin = directory.path().join("bin");
    std::fs::create_dir(&bin).expect("mkdir");
    install_script(&script(target), &bin.join("cargo"));
    let home = directory.path().join("home");
    std::fs::create_dir(&home).expect("mkdir");
    let service = Service::start(&cargo.binary("hello"), &[]);
    let reader = Reader { service, repository, bin, home };
    reader.wait_until_it_has_looked();

    // Who commits on a page.
    reader.repository.git(["config", "user.name", "Ada"]);
    reader.repository.git(["config", "user.email", "ada@example.org"]);
    let begin = reader.repository.head();
    for (page, expected) in PAGES {
        assert_eq!(reader.follow(page), expected, "commands of {page} are run");
        reader.repository.git(["reset", "--quiet", "--hard", &begin]);
        reader.repository.git(["clean", "--quiet", "--force", "-d"]);
    }
}

/// Cargo as the service's author has it: the packages of this workspace come from the registry.
fn script(target: &Path) -> String {
    let arguments: Vec<String> =
        registry::arguments().iter().map(|argument| format!("'{argument}'")).collect();
    let variables = clean_environment();
    let home = variables.iter().find(|(name, _)| name == "HOME").expect("there is a HOME");
    let (home, target) = (Path::new(&home.1).display(), target.display());
    format!(
        "#!/bin/sh\nHOME='{home}' CARGO_TARGET_DIR='{target}' exec '{}' {} \"$@\"\n",
        env!("CARGO"),
        arguments.join(" ")
    )
}

/// Who follows the pages, in the checkout of the service, while the service runs.
struct Reader {
    service: Service,
    repository: Repository,
    /// Programs that come before those of the machine.
    bin: PathBuf,
    /// What is written to the home directory.
    home: PathBuf,
}

impl Reader {
    /// Runs the commands of a page and compares what they print. Returns how many there are.
    fn follow(&self, page: &str) -> usize {
        let text = read(page);
        let blocks = blocks(&text);
        let mut ran = 0;
        for (index, block) in blocks.iter().enumerate().filter(|(_, block)| block.is_run()) {
            for (command, expected) in commands(block.text) {
                let found = self.run(command);
                let json = blocks.get(index + 1).filter(|next| next.language == "json");
                match json {
                    Some(json) if expected.is_empty() => {
                        assert_same_json(command, &found, json.text);
                    }
                    _ => {
                        let (found, expected) = (normal(&found), normal(&expected));
                        assert_eq!(found, expected, "{page}: $ {command}\n{found}");
                    }
                }
                ran += 1;
            }
        }
        ran
    }

    /// The pages show a process that has looked at itself.
    fn wait_until_it_has_looked(&self) {
        let begun = Instant::now();
        while self.run("curl -s \"$URL/__build\"").contains("\"looking\":true") {
            assert!(begun.elapsed() < Duration::from_secs(30), "it never looked");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn run(&self, command: &str) -> String {
        let bin =
            Path::new(env!("CARGO_BIN_EXE_selfsame")).parent().expect("it lies in a directory");
        let variables = clean_environment();
        let path = variables.iter().find(|(name, _)| name == "PATH").expect("there is a PATH");
        let mut directories = vec![self.bin.clone(), bin.to_owned()];
        directories.extend(std::env::split_paths(&path.1));
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(self.repository.path())
            .env_clear()
            .envs(variables.clone())
            .env("PATH", std::env::join_paths(directories).expect("a path list"))
            .env("HOME", &self.home)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("URL", self.service.url())
            .env("SHA", self.repository.head())
            .stdin(Stdio::null())
            .output()
            .expect("sh runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "$ {command}\n{said}");
        assert!(said.is_empty(), "$ {command}\n{said}");
        let binary =
            self.repository.path().join("target/debug/hello").canonicalize().expect("it is built");
        let output = String::from_utf8_lossy(&output.stdout);
        let here = self.repository.path().canonicalize().expect("it is there");
        let text = |path: &Path| path.to_str().expect("the path is UTF-8").to_owned();
        output.replace(&text(&binary), "/app/hello").replace(&text(&here), "/app")
    }
}

fn assert_same_json(command: &str, found: &str, expected: &str) {
    let parse = |text: &str| -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("$ {command}: {error}\n{text}"))
    };
    let pretty = |text: &str| format!("{:#}", parse(text));
    assert_eq!(normal(&pretty(found)), normal(&pretty(expected)), "$ {command}");
    // The order of the keys is part of what the README shows: commit first.
    let keys = |text: &str| -> Vec<String> {
        let known = ["commit", "content", "name", "tree", "fingerprint", "modules", "routes"];
        let mut places: Vec<_> = known
            .iter()
            .filter_map(|key| Some((text.find(&format!("\"{key}\":"))?, (*key).to_owned())))
            .collect();
        places.sort_unstable();
        places.into_iter().map(|(_, key)| key).collect()
    };
    assert_eq!(keys(found), keys(expected), "$ {command}");
}

/// The text with everything that differs from run to run replaced by what it is: hashes by their
/// length, ports, times and versions.
fn normal(text: &str) -> String {
    let mut normal = String::new();
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !".:-".contains(c)) {
        let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len();
        let (token, tail) = word.split_at(end);
        let hex = token.len() >= 12 && token.bytes().all(|b| b.is_ascii_hexdigit());
        let digits =
            |token: &str| token.bytes().all(|b| b.is_ascii_digit() || b".:-TZ".contains(&b));
        let kind = if hex {
            format!("<{} digits>", token.len())
        } else if token.len() == "2026-11-21T05:00:00Z".len() && digits(token) {
            "<time>".to_owned()
        } else if token.starts_with("127.0.0.1:") {
            "127.0.0.1:<port>".to_owned()
        } else if token.split('.').count() == 3 && digits(token) {
            "<version>".to_owned()
        } else {
            token.to_owned()
        };
        normal.push_str(&kind);
        normal.push_str(tail);
    }
    normal
}
