use std::path::{Path, PathBuf};

use super::Repository;
use crate::source::package::PACKAGE_JSON;
use crate::source::{Package, SourceError, spelled};
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
        self.export_submodules(commit.as_str(), &index, &self.top, to, &|path| {
            let path = Path::new(path);
            names.iter().any(|name| path.starts_with(name) || Path::new(name).starts_with(path))
        })?;
        let _ = std::fs::remove_file(&index);
        Ok(package)
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
