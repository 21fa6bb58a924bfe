//! How the working tree stands to the commit that is checked out, within content.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use super::batch::Batch;
use super::overlay::{Over, Overlay};
use super::status::{self, Entry, State};
use super::{Head, Repository};
use crate::content::{Content, Context};
use crate::error::SourceError;
use crate::files::MAX_READ;
use crate::package::Package;
use crate::path::os;
use crate::path::relative;

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

/// The commit that is checked out, and where the working tree differs from it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Standing {
    /// The commit. Its author and subject are left empty.
    pub head: Head,
    /// Where content differs, sorted.
    pub changes: Result<Vec<Change>, SourceError>,
}

impl Repository {
    /// Compares the working tree with the commit that is checked out, within `content`: neither the
    /// index nor file modes count. `index` is a path at which an index may be written for a moment.
    ///
    /// Content is made anew from the files of the commit wherever git knows of a difference, so that
    /// the same rules decide on both sides.
    ///
    /// # Errors
    ///
    /// If git cannot be asked, if there is no commit yet, or if the commit does not hold the package.
    pub fn standing(
        &self,
        package: &Package,
        content: &Content,
        within: &Context<'_>,
        index: &Path,
    ) -> Result<Standing, SourceError> {
        let git = self.git.with_index(index, &self.top);
        let _removed = RemoveOnDrop(index);
        if let Err(error) = git.succeed(&["read-tree", "HEAD"], b"") {
            return Err(self.without_commit()?.unwrap_or(error));
        }
        let paths = self.paths_of(content)?;
        let status = status::of(&git, &paths)?;
        self.check_tracks(package, &status.entries)?;
        // What git says of submodules it says as a whole, and their files are hashed like any other.
        let (submodules, entries): (Vec<Entry>, Vec<Entry>) = status
            .entries
            .into_iter()
            .filter(|entry| content.concerns(&self.top.join(&entry.path)))
            .partition(|entry| entry.is_submodule);
        let mut batch = Batch::start(&self.git, false)?;
        let commit = batch.whole(&status.commit, "HEAD", MAX_READ)?.unwrap_or_default();
        let head = Head {
            commit: status.commit.parse().map_err(|error| {
                SourceError::new(format!("git answered with something else than a commit: {error}"))
            })?,
            branch: status.branch,
            committed_at: status::committed_at(&commit).unwrap_or_default(),
            author: String::new(),
            subject: String::new(),
        };
        let changes =
            self.changed(package, content, within, &entries, &mut batch).and_then(|mut changes| {
                changes.extend(submodules.iter().map(|entry| self.change(package, entry)));
                changes.extend(self.changes_of_submodules(package, content)?);
                changes.sort_unstable();
                changes.dedup();
                Ok(changes)
            });
        Ok(Standing { head, changes })
    }

    fn change(&self, package: &Package, entry: &Entry) -> Change {
        let path = relative(package.root(), &self.top.join(&entry.path));
        Change { path: String::from_utf8_lossy(&path).into_owned(), letter: entry.state.letter() }
    }

    /// Where the content of the commit differs from that of the working tree.
    fn changed(
        &self,
        package: &Package,
        content: &Content,
        within: &Context<'_>,
        entries: &[Entry],
        batch: &mut Batch,
    ) -> Result<Vec<Change>, SourceError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut overlay = Overlay::default();
        let mut by_path: BTreeMap<PathBuf, &Entry> = BTreeMap::new();
        for entry in entries {
            let path = self.top.join(&entry.path);
            let over = match (&entry.state, &entry.object) {
                (State::Untracked | State::Ignored, _) | (_, None) => Over::Nothing,
                (_, Some(object)) => {
                    let name = entry.path.to_string_lossy();
                    let absent = || {
                        SourceError::new(format!("this clone does not hold `{name}` of its commit"))
                    };
                    if entry.is_link {
                        let target = batch.whole(object, &name, MAX_READ)?.ok_or_else(absent)?;
                        Over::Link(os(&target).into())
                    } else {
                        batch.kept(object, &name, MAX_READ)?.ok_or_else(absent)?.into()
                    }
                }
            };
            overlay.put(path.clone(), over);
            by_path.insert(path, entry);
        }
        let committed = Package::open_in(&overlay, package.root())
            .or_else(|_| Package::find_in(&overlay, package.root()))
            .and_then(|package| Content::of(&package, &Context { files: &overlay, ..*within }));
        let Ok(committed) = committed else {
            // The commit's own files make no package, so that whatever was built is not of it.
            return Ok(entries.iter().map(|entry| self.change(package, entry)).collect());
        };
        let mut changes = BTreeSet::new();
        for name in content.difference(&committed) {
            let path = content.file_of(&name);
            let entry = path.ancestors().find_map(|above| by_path.get(above));
            let letter = entry.map(|entry| entry.state.letter());
            let seen = relative(package.root(), &path);
            changes.insert((String::from_utf8_lossy(&seen).into_owned(), letter));
        }
        // A file that became content, or ceased to be, by the change of another one is that change.
        let is_named = changes.iter().any(|(_, letter)| letter.is_some());
        Ok(changes
            .into_iter()
            .filter(|(_, letter)| letter.is_some() || !is_named)
            .map(|(path, letter)| Change { path, letter: letter.unwrap_or('M') })
            .collect())
    }

    /// The paths to ask git about: the packages, and what they read elsewhere.
    fn paths_of(&self, content: &Content) -> Result<Vec<String>, SourceError> {
        let mut paths = BTreeSet::new();
        for path in content.places() {
            // A package outside the repository has no part in its commit.
            if !path.starts_with(&self.top) {
                continue;
            }
            let below = relative(&self.top, &path);
            let below = String::from_utf8(below).map_err(|_| {
                SourceError::new(format!("`{}` is not UTF-8: rename it", path.display()))
            })?;
            // Git says nothing of what lies within a repository below, only how that stands as a
            // whole.
            paths.extend(self.nested(&below));
            paths.insert(if below.is_empty() { ".".to_owned() } else { below });
        }
        Ok(paths.into_iter().collect())
    }

    /// Makes sure that the commit holds the package: else the repository is somebody else's, in
    /// which the package happens to lie.
    fn check_tracks(&self, package: &Package, entries: &[Entry]) -> Result<(), SourceError> {
        let marker = package.root().join(package.marker());
        let untracked = entries.iter().any(|entry| {
            matches!(entry.state, State::Untracked | State::Ignored)
                && marker.starts_with(self.top.join(&entry.path))
        });
        if untracked { Err(self.not_tracked(package)) } else { Ok(()) }
    }

    pub(super) fn not_tracked(&self, package: &Package) -> SourceError {
        let below = relative(&self.top, &package.root().join(package.marker()));
        SourceError::new(format!(
            "the repository `{}` does not track this package: its commit holds no `{}`",
            self.top.display(),
            String::from_utf8_lossy(&below)
        ))
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
}

struct RemoveOnDrop<'a>(&'a Path);

impl Drop for RemoveOnDrop<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}
