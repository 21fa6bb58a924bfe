use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use super::Repository;
use crate::source::{Content, Package, SourceError};

/// A path at which the working tree does not hold what the commit holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    pub(super) path: String,
    /// `M`, `D`, `?` or `!`.
    pub(super) letter: char,
}

impl Change {
    /// The path relative to the package, with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether git ignores the path, so that only the hash knows of it.
    #[must_use]
    pub fn is_ignored(&self) -> bool {
        self.letter == '!'
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.letter, self.path.escape_debug())
    }
}

impl Repository {
    /// Lists where the working tree differs from the commit, within `content`. Neither the index
    /// nor file modes count. `index` is a path at which an index may be written for a moment.
    ///
    /// # Errors
    ///
    /// If git cannot be asked, or if content lies outside the repository.
    pub fn changes(
        &self,
        package: &Package,
        content: &Content,
        index: &Path,
    ) -> Result<Vec<Change>, SourceError> {
        let git = self.git.with_index(index, &self.top);
        let _removed = RemoveOnDrop(index);
        git.succeed(&["read-tree", "HEAD"], b"")?;

        // A submodule's files are hashed like any other, whatever `ignore` says of it.
        let submodules = "--ignore-submodules=none";
        let all = "--untracked-files=all";
        let mut arguments = vec!["status", "--porcelain", "-z", all, "--ignored", submodules, "--"];
        let lock = package.lock_path();
        let manifest = package.workspace_root().join("Cargo.toml");
        let cargo = [lock.as_path(), manifest.as_path()].into_iter().filter(|_| package.is_cargo());
        let mut paths = content
            .candidates()
            .chain(cargo)
            .map(|path| self.below_top(path))
            .collect::<Result<BTreeSet<_>, _>>()?;
        // Git tells nothing of what lies within a repository below, only how that stands as a whole.
        let nested: BTreeSet<String> = paths.iter().filter_map(|path| self.nested(path)).collect();
        paths.extend(nested.iter().cloned());
        arguments.extend(paths.iter().map(String::as_str));
        let status = git.succeed(&arguments, b"")?;

        let lock = self.below_top(&lock)?;
        let manifest = self.below_top(&manifest)?;
        let mut changes = Vec::new();
        for entry in status.split(|byte| *byte == 0).filter(|entry| entry.len() > 3) {
            let letter = match &entry[..2] {
                b"??" => '?',
                b"!!" => '!',
                [_, b'D'] => 'D',
                _ => 'M',
            };
            let mut path = String::from_utf8_lossy(&entry[3..]).into_owned();
            let is_nested = nested.contains(path.trim_end_matches('/'));
            path.truncate(if is_nested { path.trim_end_matches('/').len() } else { path.len() });
            let seen = self.seen_from_package(&path);
            let tracked = letter != '?' && letter != '!';
            // Content as it stands, which the manifest or lock file of a workspace may be as well.
            let counts = is_nested
                || content.would_cover(&seen)
                || package.is_cargo()
                    && if path == lock {
                        !tracked || self.lock_differs(package, &lock)?
                    } else {
                        path == manifest && tracked && self.inherited_differs(package, &manifest)?
                    };
            if counts {
                changes.push(Change { path: seen, letter });
            }
        }
        changes.extend(self.changes_of_submodules(content)?);
        changes.sort_unstable();
        changes.dedup();
        Ok(changes)
    }

    /// Whether the part of `Cargo.lock` that the package reaches differs from the commit's.
    fn lock_differs(&self, package: &Package, path: &str) -> Result<bool, SourceError> {
        let committed = self.committed(path)?;
        let reached = |text: &str| {
            crate::source::lock::reached(
                &package.lock_path(),
                text,
                package.name(),
                package.version(),
            )
            .map(|reached| reached.text)
        };
        let now = package.lock()?.unwrap_or_default();
        // A committed lock file that does not hold the package at all is another one.
        Ok(reached(&committed).ok() != Some(reached(&now)?))
    }

    /// Whether what the package inherits from its workspace differs from the commit's. A package
    /// that is its own workspace inherits nothing: its manifest is content as it stands.
    fn inherited_differs(&self, package: &Package, path: &str) -> Result<bool, SourceError> {
        let Some(inherited) = package.inherited() else { return Ok(true) };
        let committed = self.committed(path)?;
        Ok(package.inherited_from(&committed)? != Some(inherited))
    }

    fn committed(&self, path: &str) -> Result<String, SourceError> {
        let object = format!("HEAD:{path}");
        self.git.from(&self.top).text(&["cat-file", "--filters", &object])
    }

    /// The outermost repository below this one, such as a submodule, that `path` lies in.
    fn nested(&self, path: &str) -> Option<String> {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.map(|end| &path[..end])
            .find(|above| {
                !above.is_empty() && self.top.join(above).join(".git").symlink_metadata().is_ok()
            })
            .map(str::to_owned)
    }

    /// The path relative to the working tree's directory.
    pub(super) fn below_top(&self, path: &Path) -> Result<String, SourceError> {
        let outside = || {
            SourceError::new(format!(
                "`{}` goes into the build and lies outside the repository `{}`",
                path.display(),
                self.top.display()
            ))
        };
        let absolute = std::path::absolute(path).map_err(|_| outside())?;
        let normal = crate::source::package::normal(&absolute);
        // Git resolves links on the way to its top; the caller's path may still have them.
        let resolved = normal
            .parent()
            .zip(normal.file_name())
            .and_then(|(parent, name)| Some(parent.canonicalize().ok()?.join(name)));
        [Some(normal), resolved]
            .iter()
            .flatten()
            .find_map(|path| path.strip_prefix(&self.top).ok()?.to_str().map(str::to_owned))
            .ok_or_else(outside)
    }

    /// Turns a path below the working tree's directory into one relative to the package.
    pub(super) fn seen_from_package(&self, path: &str) -> String {
        let mut prefix: Vec<&str> = self.prefix.split_terminator('/').collect();
        let mut path: Vec<&str> = path.split('/').collect();
        while path.len() > 1 && prefix.first().is_some_and(|first| *first == path[0]) {
            prefix.remove(0);
            path.remove(0);
        }
        "../".repeat(prefix.len()) + &path.join("/")
    }
}

struct RemoveOnDrop<'a>(&'a Path);

impl Drop for RemoveOnDrop<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}
