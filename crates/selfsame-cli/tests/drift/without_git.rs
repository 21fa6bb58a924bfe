//! A build in Docker without `.git`: the Dockerfile of `docs/docker.md`, step by step.
//!
//! There is no registry to take `rust` from, so each step runs in a container of the build context,
//! as `COPY . .` left it, with the toolchain of this machine beside it and no network.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use crate::asking::check;
use crate::docker::{Image, available, run, unique};
use crate::shop::{Clone, Moment, bin, target, workshop};
use selfsame_testing::command::{self, Outcome};
use selfsame_testing::package;
use selfsame_testing::requirements::require;

/// The steps of the Dockerfile on the page.
struct Steps {
    workdir: String,
    arguments: Vec<String>,
    runs: Vec<String>,
    /// What the context does not have.
    ignored: String,
}

impl Steps {
    fn of_the_page() -> Self {
        let page = fs::read_to_string(package().join("docs/docker.md")).expect("it can be read");
        let block = |language: &str| {
            let (_, rest) = page.split_once(&format!("```{language}\n")).expect("there is one");
            rest.split_once("```\n").expect("the block ends").0.to_owned()
        };
        let dockerfile = block("dockerfile");
        let all = |word: &str| -> Vec<String> {
            let lines = dockerfile.lines().filter_map(|line| line.strip_prefix(word));
            lines.map(|line| line.trim().to_owned()).collect()
        };
        assert_eq!(all("COPY"), [". ."], "the whole context is copied, and nothing else");
        Self {
            workdir: all("WORKDIR").remove(0),
            arguments: all("ARG"),
            runs: all("RUN"),
            ignored: block("dockerignore"),
        }
    }
}

/// Where a program of the toolchain looks for itself.
fn toolchain() -> Option<(PathBuf, PathBuf)> {
    let cargo = Path::new(env!("CARGO")).canonicalize().ok()?;
    let root = cargo.parent()?.parent()?.to_owned();
    let home = crate::shop::environment()
        .into_iter()
        .find(|(name, _)| name == "CARGO_HOME")
        .map(|(_, home)| PathBuf::from(home))
        .or_else(|| {
            let home = crate::shop::environment().into_iter().find(|(name, _)| name == "HOME");
            home.map(|(_, home)| PathBuf::from(home).join(".cargo"))
        })?;
    (root.join("bin/rustc").is_file() && home.is_dir()).then_some((root, home))
}

/// A build stage: the context in an image.
struct Stage {
    image: Image,
    steps: Steps,
    toolchain: (PathBuf, PathBuf),
}

impl Stage {
    fn of(clone: &Clone) -> Self {
        let steps = Steps::of_the_page();
        let api = clone.api();
        let dockerfile = format!("FROM scratch\nWORKDIR {}\nCOPY . .\n", steps.workdir);
        fs::write(api.join("Dockerfile"), dockerfile).expect("it can be written");
        fs::write(api.join(".dockerignore"), &steps.ignored).expect("it can be written");
        renew(&api);
        let image = Image::of(&api, "stage", &[]);
        clone.repository.git(["checkout", "--quiet", "--", "api/Dockerfile"]);
        fs::remove_file(api.join(".dockerignore")).expect("it is there");
        Self { image, steps, toolchain: toolchain().expect("it was asked for") }
    }

    /// Runs one step with the build's arguments.
    fn run(&self, step: &str, arguments: &[(&str, &str)]) -> Result<String, String> {
        let (root, home) = &self.toolchain;
        let name = unique("stage");
        let path = |path: &Path| path.display().to_string();
        let mut command: Vec<String> =
            ["run", "--rm", "--name", &name, "--network", "none"].map(str::to_owned).into();
        // Where cargo finds this package, and the command lies.
        let registry = target().with_file_name("registry");
        let command_in = PathBuf::from(env!("CARGO_BIN_EXE_selfsame")).parent().map(Path::to_owned);
        let read_only = ["/usr", "/bin", "/lib", "/lib64", "/etc/alternatives"]
            .map(PathBuf::from)
            .into_iter()
            .chain([root.clone(), home.clone(), package().to_owned(), bin(), registry])
            .chain(command_in);
        for directory in read_only.filter(|directory| directory.is_dir()) {
            command.extend(["--volume".to_owned(), format!("{0}:{0}:ro", path(&directory))]);
        }
        command.extend(["--volume".to_owned(), format!("{0}:{0}", path(&target()))]);
        command.extend(["--tmpfs", "/tmp:exec"].map(str::to_owned));
        let owner = target().metadata().expect("it is there");
        command.extend(["--user".to_owned(), format!("{}:{}", owner.uid(), owner.gid())]);
        let search = format!("{}:{}:/usr/bin:/bin", path(&bin()), path(&root.join("bin")));
        let known = |name: &str| self.steps.arguments.iter().any(|argument| argument == name);
        let variables = [
            ("PATH", &*search),
            ("HOME", "/tmp"),
            ("CARGO_HOME", &*path(home)),
            ("CARGO_NET_OFFLINE", "true"),
            ("CARGO_TARGET_DIR", &*path(&target())),
            // As the shop is built, so that dependencies are compiled once.
            ("CARGO_BUILD_TARGET", "x86_64-unknown-linux-gnu"),
            ("RUSTFLAGS", "-C target-feature=+crt-static"),
        ]
        .map(|(name, value)| format!("{name}={value}"));
        let given = arguments.iter().map(|(name, value)| {
            assert!(known(name), "the Dockerfile has no ARG {name}");
            format!("{name}={value}")
        });
        for variable in variables.into_iter().chain(given) {
            command.extend(["--env".to_owned(), variable]);
        }
        command.extend([self.image.tag.clone(), "/bin/sh".to_owned(), "-c".to_owned()]);
        // The profile and the place of the tests.
        let built = format!("{}/x86_64-unknown-linux-gnu/debug/backoffice-api", path(&target()));
        command.push(step.replace(" --release", "").replace("target/release/api", &built));
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let outcome = run(&command);
        if outcome.is_err() {
            let _ = run(&["rm", "--force", &name]);
        }
        outcome
    }
}

/// Makes the files of a context newer than all that was built so far. Docker keeps times by the
/// second: what was written within the second of the last build, cargo would take for built.
fn renew(directory: &Path) {
    let next_second = SystemTime::now() + Duration::from_secs(1);
    for entry in WalkDir::new(directory) {
        let entry = entry.expect("it can be read");
        if entry.file_type().is_file() {
            let file = fs::File::options().append(true).open(entry.path()).expect("it is ours");
            file.set_modified(next_second).expect("the time can be set");
        }
    }
}

fn inspect(binary: &Path) -> Outcome {
    let mut selfsame = command::command(Path::new(env!("CARGO_BIN_EXE_selfsame")), Path::new("/"));
    command::run(selfsame.arg("inspect"), &[binary])
}

#[test]
fn the_dockerfile_of_the_page_does_what_it_says() {
    if !available() || !require("the toolchain beside cargo", toolchain().is_some()) {
        return;
    }
    let clone = Clone::at(Moment::New);
    // What goes into no build, and what the context leaves out.
    clone.repository.write("api/README.md", "The API.\n");
    clone.repository.write("api/docs/routes.md", "Its routes.\n");
    let commit = clone.repository.commit("Document it");
    let stage = Stage::of(&clone);
    // The command of these tests is there already.
    let [install, build, gate] = &*stage.steps.runs else { panic!("install, build, check") };
    assert!(install.starts_with("cargo install selfsame-cli "), "{install}");
    let binary = target().join("x86_64-unknown-linux-gnu/debug/backoffice-api");
    // Nobody else builds meanwhile: the binary's place is the same.
    let guard = workshop();

    let listed = stage.run("ls -a", &[]).expect("there is a context");
    let names: Vec<&str> = listed.lines().collect();
    assert!(names.contains(&"Cargo.toml") && !names.contains(&"docs"), "{names:?}");
    assert!(!names.contains(&"README.md") && !names.contains(&".git"), "{names:?}");

    let arguments = [("SELFSAME_COMMIT", &*commit), ("SELFSAME_TREE", "clean")];
    stage.run(build, &arguments).unwrap_or_else(|said| panic!("it is not built: {said}"));
    let said = inspect(&binary).out;
    assert!(said.contains(&format!("commit       {commit} (override)")), "{said}");
    assert!(said.contains("tree         clean"), "{said}");
    // The content is that of the checkout, in which the documents are.
    let artifact = binary.to_str().expect("the path is UTF-8");
    let outcome = check(&clone.api(), &["--artifact", artifact]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("[equal-claimed]"), "{}", outcome.out);
    // In the stage there is no commit to compare with, and the content is enough.
    let passed = stage.run(gate, &arguments).unwrap_or_else(|said| panic!("it fails: {said}"));
    assert!(passed.contains("[commit-unknown]"), "{passed}");

    // Without the arguments, the commit is unknown and says what to do.
    stage.run(build, &[]).unwrap_or_else(|said| panic!("it is not built: {said}"));
    let without = inspect(&binary).out;
    assert!(without.contains("commit       unknown: there is no .git"), "{without}");
    assert!(without.contains("--build-arg"), "{without}");
    let content =
        |said: &str| said.lines().find(|line| line.starts_with("content ")).map(str::to_owned);
    assert_eq!(content(&without), content(&said), "the content is the same");
    assert!(content(&said).is_some());

    // A module that is in source and not compiled in fails the image.
    drop(guard);
    let clone = Clone::at(Moment::NoModLine);
    let stage = Stage::of(&clone);
    let guard = workshop();
    stage.run(build, &[]).unwrap_or_else(|said| panic!("it is not built: {said}"));
    let failed = stage.run(&format!("{gate} >&2"), &[]).expect_err("it lacks a module");
    assert!(failed.contains("[module-not-compiled]"), "{failed}");
    drop(guard);
}
