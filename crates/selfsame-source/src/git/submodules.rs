use std::path::{Path, PathBuf};

use super::{Change, Repository};
use crate::content::Content;
use crate::error::SourceError;
use crate::package::Package;
use crate::path::os;
use crate::path::relative;
use selfsame_core::stamp::CommitId;

impl Repository {
    /// The submodules of `commit` that hold content and are not checked out, from the top of the
    /// repository.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn absent_submodules(
        &self,
        commit: &CommitId,
        content: &Content,
    ) -> Result<Vec<String>, SourceError> {
        let submodules = self.submodules_of_content(commit.as_str(), content)?;
        let absent = submodules.into_iter().filter(|path| !is_checked_out(path));
        let below = absent.map(|path| relative(&self.top, &path));
        Ok(below.map(|path| String::from_utf8_lossy(&path).into_owned()).collect())
    }

    /// What git does not say of submodules from here: those that are not checked out, whose files
    /// the commit has, and the content that git ignores within the others.
    pub(super) fn changes_of_submodules(
        &self,
        package: &Package,
        content: &Content,
    ) -> Result<Vec<Change>, SourceError> {
        let seen =
            |path: &Path| String::from_utf8_lossy(&relative(package.root(), path)).into_owned();
        let mut changes = Vec::new();
        for top in self.submodules_of_content("HEAD", content)? {
            if !is_checked_out(&top) {
                changes.push(Change { path: seen(&top), letter: 'D' });
                continue;
            }
            let list = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard"];
            let listed = self.git.from(&top).succeed(&list, b"")?;
            changes.extend(
                listed
                    .split(|byte| *byte == 0)
                    .filter(|file| !file.is_empty())
                    .map(|file| top.join(os(file)))
                    .filter(|path| content.line_of(path).is_some())
                    .map(|path| Change { path: seen(&path), letter: '!' }),
            );
        }
        Ok(changes)
    }

    /// The directories of the submodules of a commit that hold content, or would if they were
    /// checked out.
    fn submodules_of_content(
        &self,
        commit: &str,
        content: &Content,
    ) -> Result<Vec<PathBuf>, SourceError> {
        // Without it git could check none out.
        if !self.top.join(".gitmodules").exists() {
            return Ok(Vec::new());
        }
        let list = ["ls-tree", "-r", "-z", "--full-tree", commit];
        let listed = self.git.from(&self.top).succeed(&list, b"")?;
        let entries = listed.split(|byte| *byte == 0);
        Ok(entries
            .filter_map(|entry| entry.strip_prefix(b"160000 commit "))
            .filter_map(|entry| entry.splitn(2, |byte| *byte == b'\t').nth(1))
            .map(|path| self.top.join(os(path)))
            .filter(|path| content.concerns(path))
            .collect())
    }
}

pub(crate) fn is_checked_out(submodule: &Path) -> bool {
    submodule.join(".git").exists()
}
