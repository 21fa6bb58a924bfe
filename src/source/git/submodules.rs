use std::path::Path;

use super::{Change, Repository};
use crate::source::{Content, SourceError};
use crate::stamp::CommitId;

/// A submodule as a commit names it.
struct Submodule {
    /// The commit of it.
    id: String,
    /// Where it lies below the top of the repository that has it.
    path: String,
}

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
        let absent = submodules.into_iter().filter(|path| !is_checked_out(&self.top.join(path)));
        Ok(absent.collect())
    }

    /// What git does not tell of submodules from here: those that are not checked out, whose files
    /// the commit has, and the content that git ignores within the others.
    pub(super) fn changes_of_submodules(
        &self,
        content: &Content,
    ) -> Result<Vec<Change>, SourceError> {
        let mut changes = Vec::new();
        for submodule in self.submodules_of_content("HEAD", content)? {
            let top = self.top.join(&submodule);
            if !is_checked_out(&top) {
                changes.push(Change { path: self.seen_from_package(&submodule), letter: 'D' });
                continue;
            }
            let list = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard"];
            let listed = self.git.from(&top).succeed(&list, b"")?;
            let files = String::from_utf8_lossy(&listed);
            changes.extend(
                files
                    .split_terminator('\0')
                    .map(|file| self.seen_from_package(&format!("{submodule}/{file}")))
                    .filter(|path| content.would_cover(path))
                    .map(|path| Change { path, letter: '!' }),
            );
        }
        Ok(changes)
    }

    fn submodules_of_content(
        &self,
        commit: &str,
        content: &Content,
    ) -> Result<Vec<String>, SourceError> {
        // Without it git could check none out.
        if !self.top.join(".gitmodules").exists() {
            return Ok(Vec::new());
        }
        let paths = self.submodules(&self.top, commit)?.into_iter().map(|submodule| submodule.path);
        Ok(paths.filter(|path| content.would_reach(&self.seen_from_package(path))).collect())
    }

    /// The submodules that a commit of the repository with this top names.
    fn submodules(&self, top: &Path, commit: &str) -> Result<Vec<Submodule>, SourceError> {
        let list = ["ls-tree", "-r", "-z", "--full-tree", commit];
        let listed = self.git.from(top).succeed(&list, b"")?;
        let listed = String::from_utf8_lossy(&listed);
        let entries = listed.split('\0').filter_map(|entry| entry.strip_prefix("160000 commit "));
        Ok(entries
            .filter_map(|entry| entry.split_once('\t'))
            .map(|(id, path)| Submodule { id: id.to_owned(), path: path.to_owned() })
            .collect())
    }

    /// Writes the files of the submodules that a commit of the repository with this top names, as far
    /// as they go into the content and are checked out: one that is not has no files in a working
    /// tree.
    pub(super) fn export_submodules(
        &self,
        commit: &str,
        index: &Path,
        top: &Path,
        to: &Path,
        is_covered: &dyn Fn(&str) -> bool,
    ) -> Result<(), SourceError> {
        for Submodule { id, path } in self.submodules(top, commit)? {
            let (from, to) = (top.join(&path), to.join(&path));
            let seen = from.strip_prefix(&self.top).ok().and_then(Path::to_str);
            let counts = seen.is_some_and(|seen| is_covered(&self.seen_from_package(seen)));
            if counts && is_checked_out(&from) {
                std::fs::create_dir_all(&to)
                    .map_err(|error| SourceError::io("create", &to, error))?;
                let git = self.git.from(&from).checked_out_in(&to, index)?;
                git.succeed(&["read-tree", &id], b"")?;
                git.succeed(&["checkout-index", "--all", "--force"], b"")?;
                self.export_submodules(&id, index, &from, &to, is_covered)?;
            }
        }
        Ok(())
    }
}

fn is_checked_out(submodule: &Path) -> bool {
    submodule.join(".git").exists()
}
