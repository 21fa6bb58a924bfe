use std::path::{Path, PathBuf};

use super::Repository;
use super::run::Git;
use crate::source::package::PACKAGE_JSON;
use crate::source::{Content, Package, SourceError, spelled};
use crate::stamp::{CommitId, Scope};

impl Repository {
    /// Writes the files that a build of the package reads under `scope`, as they are at `commit`,
    /// below the directory `to`, with the filters of a checkout applied (line endings, LFS): the
    /// bytes that a build there would see. Returns the package's directory below `to`.
    ///
    /// # Errors
    ///
    /// If git cannot be asked, if a filter fails, or if the commit does not hold the package.
    pub fn export(
        &self,
        commit: &CommitId,
        scope: &Scope,
        to: &Path,
    ) -> Result<PathBuf, SourceError> {
        let index = to.join(".selfsame-index");
        let git = self.git.checked_out_in(to, &index)?;
        git.succeed(&["read-tree", commit.as_str()], b"")?;
        let listed = git.succeed(&["ls-files", "-z"], b"")?;
        let wanted: Vec<u8> = listed
            .split_inclusive(|byte| *byte == 0)
            .filter(|path| self.is_read(path, scope))
            .flatten()
            .copied()
            .collect();
        git.succeed(&["checkout-index", "-z", "--stdin", "--force"], &wanted)?;
        let package = to.join(&self.prefix);
        if !["Cargo.toml", PACKAGE_JSON].iter().any(|name| package.join(name).is_file()) {
            return Err(SourceError::new(format!(
                "commit {} of `{}` holds no `{}Cargo.toml`",
                commit.short(),
                self.top.display(),
                self.prefix
            )));
        }
        let covered = Package::find(&package)?.conventional().iter().copied();
        let also = scope.also.iter().chain(scope.parts.keys()).map(String::as_str);
        let names: Vec<&str> = covered.chain(also).collect();
        self.export_submodules(&git, &index, &self.top, to, &|path| {
            let path = Path::new(path);
            names.iter().any(|name| path.starts_with(name) || Path::new(name).starts_with(path))
        })?;
        let _ = std::fs::remove_file(&index);
        Ok(package)
    }

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
        if !self.top.join(".gitmodules").exists() {
            return Ok(Vec::new());
        }
        let list = ["ls-tree", "-r", "-z", "--full-tree", commit.as_str()];
        let listed = self.git.from(&self.top).succeed(&list, b"")?;
        let listed = String::from_utf8_lossy(&listed);
        let paths = listed
            .split('\0')
            .filter_map(|entry| entry.strip_prefix("160000 commit ")?.split_once('\t'))
            .map(|(_, path)| path);
        Ok(paths
            .filter(|path| content.would_reach(&self.seen_from_package(path)))
            .filter(|path| !self.top.join(path).join(".git").exists())
            .map(str::to_owned)
            .collect())
    }

    /// Writes the files of the submodules that `git` has in its index, as far as they go into the
    /// content and are checked out below `top`: one that is not has no files in a working tree.
    fn export_submodules(
        &self,
        git: &Git,
        index: &Path,
        top: &Path,
        to: &Path,
        is_covered: &dyn Fn(&str) -> bool,
    ) -> Result<(), SourceError> {
        let staged = git.succeed(&["ls-files", "-z", "--stage"], b"")?;
        let staged = String::from_utf8_lossy(&staged);
        for entry in staged.split('\0').filter_map(|entry| entry.strip_prefix("160000 ")) {
            let Some((id, path)) = entry.split_once(" 0\t") else { continue };
            let (from, to) = (top.join(path), to.join(path));
            let seen = from.strip_prefix(&self.top).ok().and_then(Path::to_str);
            let counts = seen.is_some_and(|seen| is_covered(&self.seen_from_package(seen)));
            if counts && from.join(".git").exists() {
                std::fs::create_dir_all(&to)
                    .map_err(|error| SourceError::io("create", &to, error))?;
                let git = self.git.from(&from).checked_out_in(&to, index)?;
                git.succeed(&["read-tree", id], b"")?;
                git.succeed(&["checkout-index", "--all", "--force"], b"")?;
                self.export_submodules(&git, index, &from, &to, is_covered)?;
            }
        }
        Ok(())
    }

    /// Whether a build of the package may read `path`: it lies below the package, below a path of
    /// the scope, or is a manifest or lock file of a workspace above.
    fn is_read(&self, path: &[u8], scope: &Scope) -> bool {
        let path = String::from_utf8_lossy(path);
        let path = self.seen_from_package(path.trim_end_matches('\0'));
        let above = path.trim_start_matches("../");
        !path.starts_with("../")
            || matches!(above, "Cargo.toml" | "Cargo.lock")
            || scope.also.iter().chain(scope.parts.keys()).any(|read| {
                path.strip_prefix(read.as_str())
                    .is_some_and(|below| below.is_empty() || below.starts_with('/'))
            })
            || scope.parts.iter().any(|(part, also)| {
                let read =
                    also.iter().filter_map(|also| spelled(&Path::new(part).join(also), true).ok());
                read.into_iter().any(|read| path.starts_with(&read))
            })
    }
}
