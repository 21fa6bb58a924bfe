//! What git knows of a package: its commit, whether the working tree holds the same, and the
//! source at another revision.
//!
//! The `git` program is asked, never the user's index: each question runs without hooks, locks or
//! the `GIT_*` variables that a hook leaves behind, and a question about the working tree goes
//! through an index of its own.

mod changes;
mod export;
mod files;
mod history;
mod run;
mod submodules;

use std::path::{Path, PathBuf};

use self::run::Git;
use super::{Package, SourceError};
use crate::environment::Environment;
use crate::stamp::CommitId;

pub use self::changes::Change;
pub use self::files::{Files, FilesHead};
pub use self::history::Distance;

/// The repository that tracks a package.
#[derive(Debug, Clone)]
pub struct Repository {
    git: Git,
    /// The directory of the working tree.
    top: PathBuf,
    /// The package's directory below it, with `/` at the end, or empty.
    prefix: String,
}

/// The commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The commit.
    pub commit: CommitId,
    /// The branch, unless the head is detached.
    pub branch: Option<String>,
    /// When it was committed, RFC 3339.
    pub committed_at: String,
    /// The first line of its message.
    pub subject: String,
}

impl Repository {
    /// Finds the repository around `directory`. `None` means that neither it nor a directory above
    /// has a `.git`.
    ///
    /// # Errors
    ///
    /// If there is a `.git` that git cannot or may not use, or no `git` program to ask.
    pub fn around(
        directory: &Path,
        environment: &Environment,
    ) -> Result<Option<Self>, SourceError> {
        let directory = std::path::absolute(directory)
            .map_err(|error| SourceError::io("resolve", directory, error))?;
        // `exists` would follow a `.git` link that dangles, and see none.
        if !directory.ancestors().any(|above| above.join(".git").symlink_metadata().is_ok()) {
            return Ok(None);
        }
        let git = Git::new(&directory, environment);
        let answer = git.lines(&["rev-parse", "--show-toplevel", "--show-prefix"])?;
        let [top, prefix] = answer.as_slice() else {
            return Err(SourceError::new(format!(
                "git names no working tree for `{}`",
                directory.display()
            )));
        };
        Ok(Some(Self { git, top: PathBuf::from(top), prefix: prefix.clone() }))
    }

    /// The directory of the working tree.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The same repository as another package in it sees it. `None` means that the package lies
    /// outside.
    #[must_use]
    pub fn seen_from(&self, package: &Path) -> Option<Self> {
        let below = self.below_top(package).ok()?;
        let prefix = if below.is_empty() { below } else { below + "/" };
        Some(Self { git: self.git.from(package), top: self.top.clone(), prefix })
    }

    /// Reads the commit that is checked out.
    ///
    /// # Errors
    ///
    /// If there is none yet, or if it does not hold the manifest of `package`, or any file of one
    /// without: then the repository is somebody else's.
    pub fn head(&self, package: &Package) -> Result<Head, SourceError> {
        if self.git.answer(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?.is_none() {
            return Err(SourceError::new(format!(
                "the repository `{}` has no commit yet",
                self.top.display()
            )));
        }
        let marker = package.marker();
        // A directory that the commit does not hold has no entry in itself.
        let tracked = match marker {
            "." => self.git.text(&["ls-tree", "--name-only", "HEAD"])?,
            marker => self.git.text(&["ls-tree", "--name-only", "HEAD", "--", marker])?,
        };
        if tracked.is_empty() {
            return Err(SourceError::new(format!(
                "the repository `{}` does not track this package: its commit holds no \
                 `{}{marker}`",
                self.top.display(),
                self.prefix
            )));
        }
        let text = self.git.text(&["log", "-1", "--no-show-signature", "--format=%H%n%cI%n%s"])?;
        let mut lines = text.lines();
        let mut line = || lines.next().unwrap_or_default().to_owned();
        let commit = line()
            .parse()
            .map_err(|error| SourceError::new(format!("git answered with no commit: {error}")))?;
        let branch = self.head_ref()?;
        let branch = branch.and_then(|name| Some(name.strip_prefix("refs/heads/")?.to_owned()));
        Ok(Head { commit, branch, committed_at: line(), subject: line() })
    }

    /// Resolves a revision (`HEAD`, a tag, a branch, a short id) to its commit. `None` means that
    /// this clone does not know it.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn resolve(&self, revision: &str) -> Result<Option<CommitId>, SourceError> {
        let revision = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &revision];
        Ok(self.git.answer(&arguments)?.and_then(|id| id.parse().ok()))
    }

    /// Where git keeps these files of its own, for the working tree at hand: in a linked worktree
    /// some lie in its own directory and some in the common one.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn git_paths(&self, names: &[&str]) -> Result<Vec<PathBuf>, SourceError> {
        let mut arguments = vec!["rev-parse"];
        for name in names {
            arguments.extend(["--git-path", name]);
        }
        let paths = self.git.lines(&arguments)?;
        Ok(paths.into_iter().map(|path| self.git.directory().join(path)).collect())
    }

    /// The branch's ref by its full name, `refs/heads/main`, unless the head is detached.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn head_ref(&self) -> Result<Option<String>, SourceError> {
        self.git.answer(&["symbolic-ref", "--quiet", "HEAD"])
    }
}
