//! A service under test: a package of its own, built by real cargo.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use selfsame::stamp::{Origin, Stamp, Tree};
use tempfile::TempDir;

use selfsame_testing::cargo::Cargo;
use selfsame_testing::repository::Repository;
use selfsame_testing::{clean_environment, package, profile_directory, registry};

const MAIN: &str = r#"
const CODE: &str = "first";

fn main() {
    println!("{CODE}");
    println!("{}", selfsame::stamp!().read().unwrap().text());
}
"#;

const BUILD: &str = "fn main() { selfsame_build::Stamper::new().emit(); }\n";

/// A temporary directory with a package in it.
#[derive(Debug)]
pub(crate) struct Project {
    name: String,
    root: PathBuf,
    variables: Vec<(OsString, OsString)>,
    arguments: Vec<String>,
    lane: Arc<Lane>,
    directory: TempDir,
}

/// What a build did.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) success: bool,
    /// Whether cargo ran the package's build script.
    pub(crate) script: bool,
    /// Whether cargo compiled the package's own crate.
    pub(crate) compiled: bool,
    pub(crate) said: String,
}

/// What a built program said of itself.
#[derive(Debug)]
pub(crate) struct Program {
    /// The constant that was compiled in.
    pub(crate) code: String,
    pub(crate) stamp: Stamp,
}

impl Project {
    /// A package in a directory without a repository.
    pub(crate) fn new() -> Self {
        Self::in_subdirectory("service")
    }

    /// A package in a repository, with everything committed.
    pub(crate) fn committed() -> (Self, Repository) {
        let project = Self::new();
        let repository = Repository::init(project.path());
        repository.commit("First");
        (project, repository)
    }

    /// A package in a subdirectory of the temporary directory.
    pub(crate) fn in_subdirectory(below: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);

        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Told apart from those of a run beside this one.
        let name = format!("row-{}-{number}", std::process::id());
        Self::in_lane(Arc::new(Lane::take()), name, below)
    }

    fn in_lane(lane: Arc<Lane>, name: String, below: &str) -> Self {
        let directory = TempDir::with_prefix("selfsame-row-").expect("a temporary directory");
        // Git and cargo name paths with links resolved, as on a system where /tmp is one.
        let root = directory.path().canonicalize().expect("it is there").join(below);
        let variables = Vec::new();
        let arguments = Vec::new();
        let project = Self { name, root, variables, arguments, lane, directory };
        project.write_package("", &project.name, "[workspace]\n");
        project.write("Cargo.lock", lock_template().replace(TEMPLATE_NAME, &project.name));
        project
    }

    /// A package with a path dependency beside it, which does not stamp itself.
    pub(crate) fn with_dependency(name: &str) -> Self {
        let project = Self::new();
        let krate = format!("{}-{name}", project.name);
        project.replace(
            "Cargo.toml",
            "[dependencies]\n",
            &format!(
                "[dependencies]\n{name} = {{ path = \"../{name}\", package = \"{krate}\" }}\n"
            ),
        );
        project.write(
            &format!("../{name}/Cargo.toml"),
            format!("[package]\nname = \"{krate}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        );
        let text = "pub fn greet() -> &'static str { \"Hello\" }\n";
        project.write(&format!("../{name}/src/lib.rs"), text);
        project.replace(
            "src/main.rs",
            "    println!(\"{CODE}\");",
            &format!("    println!(\"{{CODE}}\");\n    assert!(!{name}::greet().is_empty());"),
        );
        let run = project.cargo().run(&project.root, &["update", "--workspace", "--quiet"]);
        assert!(run.success, "{}", run.said);
        project
    }

    /// Another checkout of the package of `other`, to be moved to where it lies.
    pub(crate) fn again(other: &Self) -> Self {
        // In the same lane: two tests that wait for each other's would wait forever.
        Self::in_lane(Arc::clone(&other.lane), other.name.clone(), "service")
    }

    /// Writes a service named `name` to `below` the project's directory.
    pub(crate) fn write_package(&self, below: &str, name: &str, more: &str) {
        let at = |file: &str| Path::new(below).join(file).to_str().expect("UTF-8").to_owned();
        self.write(&at("Cargo.toml"), manifest(name, more));
        self.write(&at("build.rs"), BUILD);
        self.write(&at("src/main.rs"), MAIN);
        self.write(&at("README.md"), "# A service\n");
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The directory of the package.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// The temporary directory, in which the package's lies.
    pub(crate) fn outside(&self) -> PathBuf {
        self.directory.path().canonicalize().expect("it is there")
    }

    /// The same package seen from another directory, as in a linked worktree.
    pub(crate) fn move_to(&mut self, root: &Path) {
        root.clone_into(&mut self.root);
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.unset(name);
        self.variables.push((name.into(), value.into()));
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.retain(|(known, _)| known != name);
    }

    /// Passes further arguments to each `cargo build`.
    pub(crate) fn argue(&mut self, arguments: &[&str]) {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the project")).expect("mkdir");
        std::fs::write(&path, text).expect("the file can be written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).expect("the file can be read")
    }

    /// Replaces a text that has to be there.
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{path}` holds no {from:?}");
        self.write(path, text.replacen(from, to, 1));
    }

    /// Changes the constant in `src/main.rs`.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        self.replace(
            "src/main.rs",
            &format!("CODE: &str = {from:?}"),
            &format!("CODE: &str = {to:?}"),
        );
    }

    pub(crate) fn cargo(&self) -> Cargo {
        let mut cargo = Cargo::into_target(&self.lane.target())
            .with("CARGO_INCREMENTAL", "0")
            .with("CARGO_PROFILE_DEV_DEBUG", "0")
            .with("CARGO_NET_OFFLINE", "true");
        for (name, value) in &self.variables {
            cargo = cargo.with(name.to_str().expect("a plain name"), value);
        }
        cargo
    }

    /// Runs `cargo build`.
    pub(crate) fn try_build(&self) -> Built {
        let mut arguments = vec!["build", "--verbose"];
        arguments.extend(self.arguments.iter().map(String::as_str));
        self.run(&arguments)
    }

    /// Runs cargo, which has to be told to be verbose.
    pub(crate) fn run(&self, arguments: &[&str]) -> Built {
        let built = self.cargo().run(&self.root, arguments);
        let krate = format!("--crate-name {} ", self.name.replace('-', "_"));
        let script = format!("{}-", self.name);
        let ran = |what: &dyn Fn(&str) -> bool| {
            built.said.lines().any(|line| line.trim_start().starts_with("Running `") && what(line))
        };
        Built {
            success: built.success,
            script: ran(&|line| line.contains(&script) && line.contains("/build-script-build`")),
            compiled: ran(&|line| line.contains(&krate)),
            said: built.said,
        }
    }

    /// Builds, which has to succeed.
    pub(crate) fn build(&self) -> Built {
        let built = self.try_build();
        assert!(built.success, "cargo build failed:\n{}", built.said);
        built
    }

    /// Builds something new: cargo has to run the script and to compile, and a build right after
    /// it has to do neither. Returns what the program then says of itself.
    #[track_caller]
    pub(crate) fn moved(&self) -> Stamp {
        self.moved_program().stamp
    }

    #[track_caller]
    pub(crate) fn moved_program(&self) -> Program {
        let built = self.build();
        assert!(built.script, "cargo did not run the build script:\n{}", built.said);
        assert!(built.compiled, "cargo did not compile the service:\n{}", built.said);
        self.rested();
        self.program()
    }

    /// Builds nothing new: cargo must neither run the script nor compile.
    #[track_caller]
    pub(crate) fn rested(&self) {
        let built = self.build();
        assert!(!built.script, "cargo ran the build script for nothing:\n{}", built.said);
        assert!(!built.compiled, "cargo compiled the service for nothing:\n{}", built.said);
    }

    /// The directory that cargo builds into.
    pub(crate) fn target(&self) -> PathBuf {
        self.lane.target()
    }

    /// The binary that was built.
    pub(crate) fn binary(&self) -> PathBuf {
        let release = self.arguments.iter().any(|argument| argument == "--release");
        let profile = if release { "release" } else { "debug" };
        self.lane.target().join(profile).join(&self.name)
    }

    /// What rustc says that it read.
    pub(crate) fn compilers_list(&self) -> String {
        std::fs::read_to_string(self.compilers_list_path()).expect("it can be read")
    }

    /// Where rustc says what it read: `deps/<crate>-<hash>.d`.
    pub(crate) fn compilers_list_path(&self) -> PathBuf {
        let deps = self.binary().with_file_name("deps");
        let prefix = format!("{}-", self.name.replace('-', "_"));
        let entries = deps.read_dir().expect("cargo made it").flatten();
        let list = entries.map(|entry| entry.path()).find(|path| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            name.starts_with(&prefix) && path.extension().is_some_and(|found| found == "d")
        });
        list.expect("rustc wrote it")
    }

    /// Runs the program that was built.
    pub(crate) fn program(&self) -> Program {
        let output = Command::new(self.binary())
            .env_clear()
            .envs(clean_environment())
            .output()
            .expect("the program runs");
        let said = String::from_utf8(output.stdout).expect("it prints UTF-8");
        let (code, text) = said.trim_end().split_once('\n').expect("it prints two lines");
        let stamp = Stamp::parse(text).expect("it prints a stamp");
        Program { code: code.to_owned(), stamp }
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let krate = self.name.replace('-', "_");
        let prefixes = [self.name.clone(), format!("lib{krate}"), krate];
        self.lane.forget(&prefixes);
    }
}

/// The manifest of a service.
pub(crate) fn manifest(name: &str, more: &str) -> String {
    let selfsame = registry::dependency();
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n\
         selfsame = {{ {selfsame}, default-features = false }}\n\n\
         [build-dependencies]\n\
         selfsame-build = {{ {selfsame} }}\n\n\
         {more}"
    )
}

const TEMPLATE_NAME: &str = "row-0-0";

/// The lock file of a service, with this package's own versions.
fn lock_template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();

    TEMPLATE.get_or_init(|| {
        let directory = TempDir::with_prefix("selfsame-lock-").expect("a temporary directory");
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir(at("src")).expect("mkdir");
        std::fs::write(at("Cargo.toml"), manifest(TEMPLATE_NAME, "[workspace]\n")).expect("write");
        std::fs::write(at("src/main.rs"), "").expect("write");
        std::fs::copy(package().join("Cargo.lock"), at("Cargo.lock")).expect("copy");
        let run = Cargo::into_target(&at("target"))
            .with("CARGO_NET_OFFLINE", "true")
            .run(directory.path(), &["update", "--workspace", "--quiet"]);
        assert!(run.success, "no lock file: {}", run.said);
        std::fs::read_to_string(at("Cargo.lock")).expect("cargo wrote it")
    })
}

/// A target directory, for one test at a time: cargo locks it while it builds. Dependencies stay in
/// it from run to run, and what a test built is gone with the test.
#[derive(Debug)]
pub(crate) struct Lane(usize);

struct Lanes {
    free: Mutex<Vec<usize>>,
    returned: Condvar,
}

fn lanes() -> &'static Lanes {
    static LANES: OnceLock<Lanes> = OnceLock::new();

    LANES.get_or_init(|| {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Lanes { free: Mutex::new((0..processors.min(4)).rev().collect()), returned: Condvar::new() }
    })
}

impl Lane {
    pub(crate) fn take() -> Self {
        let lanes = lanes();
        let free = lanes.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = lanes
            .returned
            .wait_while(free, |free| free.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        Self(free.pop().expect("one is free"))
    }

    pub(crate) fn target(&self) -> PathBuf {
        let target = profile_directory();
        let target = target.parent().expect("target/debug lies in target");
        target.join(format!("build-script-tests/{}", self.0))
    }

    /// Removes what was built under names that begin so.
    pub(crate) fn forget(&self, prefixes: &[String]) {
        for profile in ["debug", "release"] {
            for below in ["", "deps", "build", ".fingerprint", "examples"] {
                let Ok(entries) = self.target().join(profile).join(below).read_dir() else {
                    continue;
                };
                for entry in entries.flatten() {
                    let name = entry.file_name();
                    let name = name.to_string_lossy();
                    if prefixes.iter().any(|prefix| {
                        name.strip_prefix(prefix.as_str()).is_some_and(|rest| {
                            !rest.starts_with(|next: char| next.is_ascii_digit())
                        })
                    }) {
                        let _ = std::fs::remove_dir_all(entry.path());
                        let _ = std::fs::remove_file(entry.path());
                    }
                }
            }
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let lanes = lanes();
        lanes.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
        lanes.returned.notify_one();
    }
}

/// Asserts that a stamp names the commit, as git said it, and how the tree stood to it.
#[track_caller]
pub(crate) fn assert_git(stamp: &Stamp, commit: &str, tree: Tree) {
    let known = stamp.facts().commit.as_ref().map(ToString::to_string);
    assert_eq!(known.as_deref(), Some(commit), "{}", stamp.text());
    assert_eq!(stamp.facts().revision.origin, Origin::Git, "{}", stamp.text());
    assert_eq!(stamp.facts().revision.tree, tree, "{}", stamp.text());
}

/// Asserts that the commit is unknown, and that the reason says this.
#[track_caller]
pub(crate) fn assert_unknown(stamp: &Stamp, why: &str) {
    assert!(stamp.facts().commit.is_none(), "{}", stamp.text());
    assert_eq!(stamp.facts().revision.tree, Tree::Unknown, "{}", stamp.text());
    let reason = &stamp.facts().unknown["commit"];
    assert!(reason.contains(why), "{reason:?} does not say {why:?}");
}
