use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Repository;
use crate::error::SourceError;
use crate::path::relative;
use selfsame_core::stamp::CommitId;

/// How two commits stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distance {
    /// They are one.
    Equal,
    /// The commit found is an ancestor of the expected one.
    Behind(u64),
    /// The expected commit is an ancestor of the one found.
    Ahead(u64),
    /// Neither is an ancestor of the other.
    Diverged {
        /// The commits that only the expected one has.
        behind: u64,
        /// The commits that only the one found has.
        ahead: u64,
    },
    /// This clone does not know the commit found.
    NotKnown {
        /// Whether the clone is shallow: a deeper one may know it.
        shallow: bool,
    },
}

impl Repository {
    /// Tells how `found` stands to `expected`.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn distance(&self, expected: &CommitId, found: &CommitId) -> Result<Distance, SourceError> {
        if expected == found {
            return Ok(Distance::Equal);
        }
        let shallow = self.git.text(&["rev-parse", "--is-shallow-repository"])? == "true";
        if self.resolve(found.as_str())?.is_none() {
            return Ok(Distance::NotKnown { shallow });
        }
        let range = format!("{expected}...{found}");
        let counts = self.git.text(&["rev-list", "--count", "--left-right", &range])?;
        let mut counts = counts.split_whitespace().map(|count| count.parse().unwrap_or(0));
        let behind = counts.next().unwrap_or(0);
        let ahead = counts.next().unwrap_or(0);
        Ok(match (behind, ahead) {
            // Below the cut of a shallow clone any two commits look unrelated.
            (1.., 1..) if shallow => Distance::NotKnown { shallow },
            (behind, 0) => Distance::Behind(behind),
            (0, ahead) => Distance::Ahead(ahead),
            (behind, ahead) => Distance::Diverged { behind, ahead },
        })
    }

    /// Returns who wrote a commit, the first line of its message and when it was committed. `None`
    /// means that this clone does not hold it.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn summary(&self, commit: &CommitId) -> Result<Option<[String; 3]>, SourceError> {
        if self.resolve(commit.as_str())?.is_none() {
            return Ok(None);
        }
        let arguments = [
            "log",
            "-1",
            "--no-show-signature",
            "--encoding=UTF-8",
            "--format=%an%n%s%n%cI",
            commit.as_str(),
        ];
        let output = self.git.succeed(&arguments, b"")?;
        let text = String::from_utf8_lossy(&output);
        let mut lines = text.lines().map(str::to_owned);
        let mut line = || lines.next().unwrap_or_default();
        Ok(Some([line(), line(), line()]))
    }

    /// The branches and tags that hold a commit, a few of them, those that moved last first.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn refs_with(&self, commit: &CommitId, most: usize) -> Result<Vec<String>, SourceError> {
        let count = format!("--count={most}");
        let arguments = [
            "for-each-ref",
            "--sort=-committerdate",
            "--format=%(refname:short)",
            &count,
            "--contains",
            commit.as_str(),
            "refs/heads",
            "refs/remotes",
            "refs/tags",
        ];
        let output = self.git.succeed(&arguments, b"")?;
        let text = String::from_utf8_lossy(&output);
        // `origin/HEAD` is shown by the name of the remote, and says nothing of its own.
        let names = text.lines().filter(|name| !name.is_empty()).map(str::to_owned);
        Ok(names.collect())
    }

    /// What a ref was moved to, as this clone saw it, with the time in seconds since 1970, the newest
    /// first. Empty where `revision` names no ref, or nothing was kept.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn moves(&self, revision: &str) -> Result<Vec<(CommitId, i64)>, SourceError> {
        let ask = ["rev-parse", "--symbolic-full-name", "--end-of-options", revision];
        let name = self.git.succeed(&ask, b"").unwrap_or_default();
        let name = String::from_utf8_lossy(&name).lines().last().unwrap_or_default().to_owned();
        // What is checked out moves from branch to branch, which says nothing of any.
        if !name.starts_with("refs/") {
            return Ok(Vec::new());
        }
        let arguments =
            ["log", "-g", "--date=unix", "--format=%H %gd", "--max-count=100", &name, "--"];
        let output = self.git.succeed(&arguments, b"").unwrap_or_default();
        let text = String::from_utf8_lossy(&output);
        let moved = |line: &str| {
            let (commit, selector) = line.split_once(' ')?;
            let time = selector.rsplit_once("@{")?.1.strip_suffix('}')?;
            Some((commit.parse().ok()?, time.parse().ok()?))
        };
        Ok(text.lines().filter_map(moved).collect())
    }

    /// Counts the commits between `found` and `expected` that touch one of `files`.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn touching(
        &self,
        found: &CommitId,
        expected: &CommitId,
        files: &BTreeSet<PathBuf>,
    ) -> Result<u64, SourceError> {
        let range = format!("{found}..{expected}");
        let mut arguments = vec!["rev-list", "--count", &range, "--"];
        let below: Vec<String> = files
            .iter()
            .filter(|file| file.starts_with(&self.top))
            .filter_map(|file| String::from_utf8(relative(&self.top, file)).ok())
            .collect();
        if below.is_empty() {
            return Ok(0);
        }
        arguments.extend(below.iter().map(String::as_str));
        let count = self.git.from(&self.top).text(&arguments)?;
        Ok(count.trim().parse().unwrap_or(0))
    }

    /// Whether a file is in the working tree, or in another commit, as it was at a commit. `None`
    /// means that the commit does not hold it.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn is_as_at(
        &self,
        commit: &CommitId,
        other: Option<&CommitId>,
        path: &Path,
    ) -> Result<Option<bool>, SourceError> {
        if !path.starts_with(&self.top) || self.resolve(commit.as_str())?.is_none() {
            return Ok(None);
        }
        let Ok(path) = String::from_utf8(relative(&self.top, path)) else { return Ok(None) };
        let git = self.git.from(&self.top);
        if git.text(&["ls-tree", "--name-only", commit.as_str(), "--", &path])?.is_empty() {
            return Ok(None);
        }
        let mut diff = vec!["diff", "--quiet", "--no-ext-diff", commit.as_str()];
        diff.extend(other.map(CommitId::as_str));
        diff.extend(["--", &path]);
        Ok(Some(git.answer(&diff)?.is_some()))
    }
}
