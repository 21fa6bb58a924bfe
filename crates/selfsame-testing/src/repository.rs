use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::clean_environment;

/// A git repository of our own, without the user's configuration, hooks and signing.
#[derive(Debug)]
pub struct Repository {
    directory: PathBuf,
}

impl Repository {
    /// Makes a repository in `directory`.
    pub fn init(directory: &Path) -> Self {
        std::fs::create_dir_all(directory).expect("the directory can be made");
        let repository = Self { directory: directory.to_owned() };
        repository.git(["init", "--quiet", "--initial-branch=main", "--template="]);
        repository
    }

    /// The repository, or linked worktree, that is already in `directory`.
    pub fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Runs git, which has to succeed, and returns what it printed.
    pub fn git<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> String {
        let output = git(&self.directory)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("git is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git failed: {said}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Writes a file, with the directories above it.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.directory.join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the repository")).expect("mkdir");
        std::fs::write(&path, text).expect("the file can be written");
    }

    /// Reads a file.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.directory.join(path)).expect("the file can be read")
    }

    /// Replaces a text that has to be there.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{path}` holds no {from:?}");
        self.write(path, text.replace(from, to));
    }

    /// Commits all that there is and returns the id.
    pub fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.head()
    }

    pub fn head(&self) -> String {
        self.git(["rev-parse", "HEAD"])
    }
}

/// Git as it runs for everybody: same author, no user's settings.
pub fn git(directory: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(directory)
        .env_clear()
        .envs(clean_environment())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false"])
        .args(["-c", "core.autocrlf=false", "-c", "protocol.file.allow=always"]);
    git
}
