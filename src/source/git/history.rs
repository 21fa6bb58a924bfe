use super::Repository;
use crate::source::SourceError;
use crate::stamp::CommitId;

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
        let format = "--format=%an%n%s%n%cI";
        let text = self.git.text(&["log", "-1", "--no-show-signature", format, commit.as_str()])?;
        let mut lines = text.lines().map(str::to_owned);
        let mut line = || lines.next().unwrap_or_default();
        Ok(Some([line(), line(), line()]))
    }

    /// Whether a file of the package, by its path relative to it, is in the working tree as it was at
    /// a commit. `None` means that the commit does not hold it.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn is_as_at(&self, commit: &CommitId, path: &str) -> Result<Option<bool>, SourceError> {
        let tree = ["ls-tree", "--name-only", commit.as_str(), "--", path];
        if self.resolve(commit.as_str())?.is_none() || self.git.text(&tree)?.is_empty() {
            return Ok(None);
        }
        let diff = ["diff", "--quiet", "--no-ext-diff", commit.as_str(), "--", path];
        Ok(Some(self.git.answer(&diff)?.is_some()))
    }

    /// Lists the paths below the package that differ between two commits.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn changed_between(
        &self,
        expected: &CommitId,
        found: &CommitId,
    ) -> Result<Vec<String>, SourceError> {
        let (from, to) = (found.as_str(), expected.as_str());
        let submodules = "--ignore-submodules=none";
        let arguments =
            ["diff-tree", "-r", "-z", "--name-only", "--relative", submodules, from, to];
        let output = self.git.succeed(&arguments, b"")?;
        Ok(output
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty())
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect())
    }
}
