use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{clean_environment, package, registry};

/// Cargo, building packages of ours into one target directory, so that dependencies are compiled
/// once.
#[derive(Debug, Clone)]
pub struct Cargo {
    target: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

/// What a build did.
#[derive(Debug)]
pub struct Built {
    /// Whether it succeeded.
    pub success: bool,
    /// What cargo said.
    pub said: String,
}

impl Built {
    /// Whether a crate was compiled in this build.
    pub fn compiled(&self, name: &str) -> bool {
        self.said.lines().any(|line| line.trim_start().starts_with(&format!("Compiling {name} ")))
    }
}

impl Cargo {
    /// Builds into `target`.
    pub fn into_target(target: &Path) -> Self {
        Self { target: target.to_owned(), variables: Vec::new() }
    }

    /// Sets a variable for the builds.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Runs cargo in `directory`.
    pub fn run(&self, directory: &Path, arguments: &[&str]) -> Built {
        let output = self.command(directory).args(arguments).output().expect("cargo runs");
        Built {
            success: output.status.success(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Builds the package in `directory`, which has to succeed.
    pub fn build(&self, directory: &Path, arguments: &[&str]) -> Built {
        let built = self.run(directory, &[&["build"], arguments].concat());
        assert!(built.success, "cargo build failed:\n{}", built.said);
        built
    }

    pub fn command(&self, directory: &Path) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(directory)
            .env_clear()
            .envs(clean_environment())
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .args(registry::arguments())
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        cargo
    }

    /// The path of a binary in the debug profile.
    pub fn binary(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }
}

/// Copies the files of an example package, without what cargo made of them, and takes the packages
/// of this workspace from the registry.
pub fn copy_example(name: &str, to: &Path) {
    let from = package().join("examples").join(name);
    copy(&from, to);
    let manifest = to.join("Cargo.toml");
    let mut text = std::fs::read_to_string(&manifest).expect("the example has a manifest");
    for path in ["path = \"../..\"", "path = \"../../crates/selfsame-build\""] {
        assert!(text.contains(path), "the example depends on this workspace");
        text = text.replace(path, &registry::dependency());
    }
    std::fs::write(&manifest, text).expect("it can be written");
    let lock = to.join("Cargo.lock");
    let text = std::fs::read_to_string(&lock).expect("the example has a lock file");
    std::fs::write(&lock, registry::locked(text)).expect("it can be written");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the directory can be made");
    for entry in from.read_dir().expect("the example can be read") {
        let entry = entry.expect("the example can be read");
        let target = to.join(entry.file_name());
        if entry.file_name() == "target" {
            continue;
        }
        if entry.file_type().expect("it has a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Not `fs::copy`, which would keep times of long ago: cargo goes by times.
            let bytes = std::fs::read(entry.path()).expect("the file can be read");
            std::fs::write(target, bytes).expect("the file can be written");
        }
    }
}
