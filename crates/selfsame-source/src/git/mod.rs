//! What git knows of a package: its commit, whether the working tree holds the same, and the
//! source at another revision.
//!
//! The `git` program is asked, never the user's index: each question runs without hooks, locks or
//! the `GIT_*` variables that a hook leaves behind, and a question about the working tree goes
//! through an index of its own.

mod batch;
mod changes;
mod directory;
mod history;
mod overlay;
mod run;
mod snapshot;
mod status;
mod submodules;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::path::relative;
use crate::error::SourceError;
use crate::package::Package;
use selfsame_core::environment::Environment;
use selfsame_core::stamp::CommitId;

pub(crate) use self::batch::Batch;
pub use self::changes::{Change, Standing};
pub use self::directory::{GitDirectory, GitDirectoryHead};
pub use self::history::Distance;
pub(crate) use self::run::Git;
pub use self::snapshot::Snapshot;
pub(crate) use self::snapshot::{MAX_LINKS, with_attributes};
pub(crate) use self::submodules::is_checked_out;

/// The repository around a package.
#[derive(Debug, Clone)]
pub struct Repository {
    pub(crate) git: Git,
    /// The directory of the working tree.
    top: PathBuf,
}

/// How a checkout writes the ends of lines, where attributes leave it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEndings {
    /// As `core.autocrlf=input` writes them, or nothing else is set.
    Lf,
    /// As `core.autocrlf=true` writes them.
    CrLf,
}

/// The commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The commit.
    pub commit: CommitId,
    /// The branch, unless the head is detached.
    pub branch: Option<String>,
    /// When it was committed, RFC 3339 in UTC.
    pub committed_at: String,
    /// Who wrote it.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
}

impl Repository {
    /// The same with these line endings in place of those that the user's settings lead to.
    #[must_use]
    pub fn with_line_endings(&self, endings: LineEndings) -> Self {
        let setting = match endings {
            LineEndings::Lf => "core.autocrlf=input",
            LineEndings::CrLf => "core.autocrlf=true",
        };
        Self { git: self.git.with_setting(setting), top: self.top.clone() }
    }

    /// Finds the repository around `directory`. `None` means that neither it nor a directory above
    /// has a `.git`. Each run of git may take as long as `time`.
    ///
    /// # Errors
    ///
    /// If there is a `.git` that git cannot or may not use, no `git` program to ask, or no answer in
    /// time.
    pub fn around(
        directory: &Path,
        environment: &Environment,
        time: Duration,
    ) -> Result<Option<Self>, SourceError> {
        let directory = std::path::absolute(directory)
            .map_err(|error| SourceError::io("resolve", directory, error))?;
        // `exists` would follow a `.git` link that dangles, and see none.
        let is_there = |above: &&Path| above.join(".git").symlink_metadata().is_ok();
        let Some(above) = directory.ancestors().find(is_there) else { return Ok(None) };
        // Not from below: files there may look like a bare repository, which a git that is older
        // than `safe.bareRepository` would take for one.
        let git = Git::new(above, environment, time);
        let top = git.text(&["rev-parse", "--show-toplevel"])?;
        if top.is_empty() {
            return Err(SourceError::new(format!(
                "git names no working tree for `{}`",
                directory.display()
            )));
        }
        Ok(Some(Self { git, top: PathBuf::from(top) }))
    }

    /// The directory of the working tree.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Reads the commit that is checked out.
    ///
    /// # Errors
    ///
    /// If there is none yet, or if it does not hold the manifest of `package`, or any file of one
    /// without: then the repository is somebody else's.
    pub fn head(&self, package: &Package) -> Result<Head, SourceError> {
        if let Some(error) = self.without_commit()? {
            return Err(error);
        }
        let git = self.git.from(&self.top);
        let marker = self.marker(package)?;
        let mut list = vec!["ls-tree", "--name-only", "HEAD", "--"];
        list.extend((!marker.is_empty()).then_some(&*marker));
        let tracked = git.text(&list)?;
        if tracked.is_empty() {
            return Err(self.not_tracked(package));
        }
        let format = "--format=%H%n%ct%n%an%n%s";
        let arguments = ["log", "-1", "--no-show-signature", "--encoding=UTF-8", format];
        let output = self.git.succeed(&arguments, b"")?;
        // A message of another encoding than it says is shown as far as it can be.
        let text = String::from_utf8_lossy(&output).into_owned();
        let mut lines = text.lines();
        let mut line = || lines.next().unwrap_or_default().to_owned();
        let commit = line().parse().map_err(|error| {
            SourceError::new(format!("git answered with something else than a commit: {error}"))
        })?;
        let committed_at = status::utc(line().parse().unwrap_or_default());
        let branch = self.git.answer(&["symbolic-ref", "--quiet", "HEAD"])?;
        let branch = branch.and_then(|name| Some(name.strip_prefix("refs/heads/")?.to_owned()));
        Ok(Head { commit, branch, committed_at, author: line(), subject: line() })
    }

    /// What a commit that tracks a package holds of it, as a path from the top. A directory ends with
    /// `/`: one that the commit does not hold has no entry in itself.
    fn marker(&self, package: &Package) -> Result<String, SourceError> {
        let root = package.root().canonicalize();
        let root = root.map_err(|error| SourceError::io("resolve", package.root(), error))?;
        let below = String::from_utf8(relative(&self.top, &root)).map_err(|_| {
            SourceError::new(format!("`{}` is not UTF-8: rename it", root.display()))
        })?;
        Ok(match (&*below, package.marker()) {
            ("", ".") => below,
            (_, ".") => below + "/",
            ("", marker) => marker.to_owned(),
            (_, marker) => format!("{below}/{marker}"),
        })
    }

    /// The error that there is no commit yet, if that is so.
    fn without_commit(&self) -> Result<Option<SourceError>, SourceError> {
        let arguments = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
        let none = self.git.answer(&arguments)?.is_none();
        Ok(none.then(|| {
            SourceError::new(format!("the repository `{}` has no commit yet", self.top.display()))
        }))
    }

    /// Resolves a revision (`HEAD`, a tag, a branch, a short id) to its commit. `None` means that
    /// this clone does not know it.
    ///
    /// # Errors
    ///
    /// If git cannot be asked, or if the revision looks like the id of a commit and is a ref that
    /// leads to another.
    pub fn resolve(&self, revision: &str) -> Result<Option<CommitId>, SourceError> {
        let commit = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let found: Option<CommitId> = self.git.answer(&arguments)?.and_then(|id| id.parse().ok());
        let is_id = revision.len() >= 4 && revision.bytes().all(|digit| digit.is_ascii_hexdigit());
        match &found {
            // A ref may have a name that looks like the id of another commit.
            Some(commit)
                if is_id && !commit.as_str().starts_with(&revision.to_ascii_lowercase()) =>
            {
                Err(SourceError::new(format!(
                    "`{revision}` looks like the id of a commit and is the name of a ref that \
                     leads to {commit}: give the full id, or refs/heads/{revision}"
                )))
            }
            _ => Ok(found),
        }
    }
}
