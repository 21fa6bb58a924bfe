use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::clean_environment;

/// What the command answered.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Outcome {
    /// The document of `check --format json`.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("no document: {error}\n{}\n{}", self.out, self.err))
    }

    /// The first finding of this code.
    #[track_caller]
    pub fn finding(&self, code: &str) -> Value {
        let document = self.document();
        let mut findings = document["findings"].as_array().expect("a list").iter();
        let found = findings.find(|finding| finding["code"] == code).cloned();
        found.unwrap_or_else(|| panic!("no {code}: {}\n{}", self.out, self.err))
    }

    /// The findings of one rung.
    pub fn findings(&self, rung: &str) -> Vec<Value> {
        let document = self.document();
        let findings = document["findings"].as_array().expect("a list");
        findings.iter().filter(|finding| finding["rung"] == rung).cloned().collect()
    }
}

/// Copies a program to where it is started. Another process does it: what this one has open for
/// writing, a thread that starts something else hands on, and until that has begun the copy is busy.
pub fn install(program: &Path, to: &Path) {
    let copied = Command::new("install").args(["-m", "755"]).args([program, to]).status();
    assert!(copied.expect("install runs").success(), "{} is not made", to.display());
}

/// Writes a script where it is started.
pub fn install_script(text: &str, to: &Path) {
    let directory = to.parent().expect("it has a directory");
    let draft = tempfile::NamedTempFile::new_in(directory).expect("a temporary file");
    std::fs::write(draft.path(), text).expect("it can be written");
    install(draft.path(), to);
}

/// The command `selfsame`, as a program of its own.
pub fn command(binary: &Path, directory: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .current_dir(directory)
        .env_clear()
        .envs(clean_environment())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .stdin(Stdio::null());
    command
}

/// Runs the command to its end.
pub fn run<S: AsRef<OsStr>>(command: &mut Command, arguments: &[S]) -> Outcome {
    let output = command.args(arguments).output().expect("the command runs");
    Outcome {
        code: output.status.code().expect("the command ends by itself"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
