use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::SourceError;
use selfsame_core::child::{self, Child, Ended, Limits};
use selfsame_core::environment::Environment;

/// The most that git may print, in bytes: a list of a million files has some 100 MiB.
const MAX_OUTPUT: u64 = 256 << 20;

/// Settings of the user or the repository that would change an answer, take a lock or run a hook.
const SETTINGS: [&str; 10] = [
    "core.fileMode=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.splitIndex=false",
    "core.untrackedCache=false",
    "gc.auto=0",
    "index.sparse=false",
    // A repository may track files that look like one, with settings that run programs.
    "safe.bareRepository=explicit",
    "status.renames=false",
    "submodule.recurse=false",
];

/// The variables of git that say where its settings and programs lie.
const KEPT: [&str; 4] =
    ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"];

/// The `git` program, asked from one directory.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    directory: PathBuf,
    environment: Environment,
    index: Option<PathBuf>,
    /// The directory of a repository of which `directory` is to be a working tree.
    checked_out: Option<PathBuf>,
    /// A setting beyond those that always apply.
    setting: Option<&'static str>,
    /// How long one run may take.
    time: Duration,
}

impl Git {
    pub(crate) fn new(directory: &Path, environment: &Environment, time: Duration) -> Self {
        let (directory, environment) = (directory.to_owned(), environment.clone());
        Self { directory, environment, index: None, checked_out: None, setting: None, time }
    }

    /// The directory that git is started in.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The user's home directory.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.environment.get("HOME").map(PathBuf::from)
    }

    /// The directory of the user's settings.
    pub(crate) fn configuration_home(&self) -> Option<PathBuf> {
        let home = || self.home().map(|home| home.join(".config"));
        self.environment.get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)
    }

    /// The same from another directory.
    pub(crate) fn from(&self, directory: &Path) -> Self {
        Self { directory: directory.to_owned(), ..self.clone() }
    }

    /// The same with one more setting.
    pub(crate) fn with_setting(&self, setting: &'static str) -> Self {
        Self { setting: Some(setting), ..self.clone() }
    }

    /// The same with an index file of its own, from another directory.
    pub(crate) fn with_index(&self, index: &Path, directory: &Path) -> Self {
        Self { index: Some(index.to_owned()), directory: directory.to_owned(), ..self.clone() }
    }

    /// The same repository with `directory` as its working tree, and an index of its own. As long as
    /// the directory is empty, the attributes of files are those in the index.
    pub(crate) fn checked_out_in(
        &self,
        directory: &Path,
        index: &Path,
    ) -> Result<Self, SourceError> {
        let repository = self.text(&["rev-parse", "--absolute-git-dir"])?;
        Ok(Self { checked_out: Some(repository.into()), ..self.with_index(index, directory) })
    }

    /// Asks for a text. Trailing line feeds are dropped.
    pub(crate) fn text(&self, arguments: &[&str]) -> Result<String, SourceError> {
        utf8(arguments, self.succeed(arguments, b"")?).map(trimmed)
    }

    /// Asks a question that may have no answer: `--quiet` makes git exit with 1 then.
    pub(crate) fn answer(&self, arguments: &[&str]) -> Result<Option<String>, SourceError> {
        let output = self.run(arguments, b"")?;
        if output.status.code() == Some(1) {
            return Ok(None);
        }
        utf8(arguments, checked(arguments, output)?).map(trimmed).map(Some)
    }

    /// Runs a command that has to succeed, with `input` on its standard input.
    pub(crate) fn succeed(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, SourceError> {
        checked(arguments, self.run(arguments, input)?)
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Ended, SourceError> {
        let limits = Limits::new(self.time, MAX_OUTPUT);
        let mut command = self.command(arguments)?;
        let ended = child::run(&name(arguments), &mut command, input.to_owned(), limits);
        ended.map_err(|error| SourceError::new(error.to_string()))
    }

    /// Starts a command with pipes to and from it.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Result<Child, SourceError> {
        let child = Child::start(&name(arguments), &mut self.command(arguments)?, self.time);
        child.map_err(|error| SourceError::new(error.to_string()))
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, SourceError> {
        let git = child::find("git", &self.environment).ok_or_else(|| {
            let path = self.environment.get("PATH").unwrap_or(OsStr::new(""));
            let path = path.display();
            SourceError::new(format!("there is no `git` program on PATH ({path}): install git"))
        })?;
        let mut command = Command::new(git);
        command.current_dir(&self.directory).env_clear();
        // A hook's GIT_DIR, GIT_INDEX_FILE or GIT_WORK_TREE would lead to another repository.
        // Which files hold the user's settings is no such thing: `safe.directory` stands there.
        let inherited = self.environment.iter().filter(|(name, _)| {
            let name = name.as_encoded_bytes();
            !name.starts_with(b"GIT_") || KEPT.iter().any(|kept| kept.as_bytes() == name)
        });
        command.envs(inherited).envs([
            // In a partial clone a question would fetch what it lacks, for as long as that takes.
            ("GIT_NO_LAZY_FETCH", "1"),
            // The same for a git that does not know the variable: no transport is allowed.
            ("GIT_ALLOW_PROTOCOL", "none"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            // A commit is what its id says, and not what `git replace` puts in its place here.
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C"),
        ]);
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        if let Some(repository) = &self.checked_out {
            command.env("GIT_DIR", repository).env("GIT_WORK_TREE", &self.directory);
        }
        for setting in SETTINGS.into_iter().chain(self.setting) {
            command.args(["-c", setting]);
        }
        command.args(arguments);
        Ok(command)
    }
}

/// A run of git, as it is called in errors.
fn name(arguments: &[&str]) -> String {
    format!("git {}", arguments.first().unwrap_or(&""))
}

fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end_matches('\n').len());
    text
}

/// An answer that is not UTF-8 is none: what it names could not be found again.
fn utf8(arguments: &[&str], output: Vec<u8>) -> Result<String, SourceError> {
    String::from_utf8(output).map_err(|error| {
        SourceError::new(format!(
            "`git {}` answers `{}`, which is not UTF-8: rename it",
            arguments[0],
            error.as_bytes().escape_ascii()
        ))
    })
}

fn checked(arguments: &[&str], ended: Ended) -> Result<Vec<u8>, SourceError> {
    if ended.status.success() {
        return Ok(ended.output);
    }
    let said = ended.first_error();
    let said = said.trim_start_matches("fatal: ").trim();
    let next = if said.contains("dubious ownership") {
        "; `git config --global --add safe.directory DIR` allows it"
    } else {
        ""
    };
    Err(SourceError::new(format!("`git {}` failed: {said}{next}", arguments[0])))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Asked in a directory that looks like a bare repository, git finds none, wherever it is
    /// started.
    #[test]
    fn files_that_look_like_a_bare_repository_are_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = [("PATH", "/usr/local/bin:/usr/bin:/bin")];
        let environment = path.into_iter().chain([("GIT_CONFIG_GLOBAL", "/dev/null")]).collect();
        let git = Git::new(directory.path(), &environment, Duration::from_secs(60));
        git.text(&["init", "--quiet", "--bare", "bare"]).unwrap();
        let bare = git.from(&directory.path().join("bare"));
        let error = bare.text(&["rev-parse", "--git-dir"]).unwrap_err().to_string();
        assert!(error.contains("bare repository"), "{error}");
    }

    #[test]
    fn no_transport_is_allowed() {
        let directory = tempfile::tempdir().unwrap();
        let path = [("PATH", "/usr/local/bin:/usr/bin:/bin")];
        let git = Git::new(directory.path(), &path.into_iter().collect(), Duration::from_secs(60));
        git.text(&["init", "--quiet", "from"]).unwrap();
        for url in ["./from", "file:///nowhere", "https://127.0.0.1:1/x", "ssh://127.0.0.1/x"] {
            let error = git.text(&["ls-remote", url]).unwrap_err().to_string();
            assert!(error.contains("not allowed"), "{url}: {error}");
        }
    }
}
