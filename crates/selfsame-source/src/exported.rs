//! The commit that was written into a file when source left its repository.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::files::{Disk, Files as _};
use crate::error::SourceError;
use selfsame_core::stamp::{CommitId, Origin, Tree};

/// What cargo puts into a packaged crate.
pub(super) const CARGO_VCS_INFO: &str = ".cargo_vcs_info.json";

/// What `git archive` fills in, where `.gitattributes` says `.git_archival.txt export-subst`.
const GIT_ARCHIVAL: &str = ".git_archival.txt";

/// The commit that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// The commit.
    pub commit: CommitId,
    /// Which file says so.
    pub origin: Origin,
    /// Whether the tree was dirty when the source left, or why that is unknown. It is never clean:
    /// nobody can tell what was changed since.
    pub tree: Result<Tree, String>,
}

/// The files in which [`exported`] looks, for a package below the directory of its workspace.
#[must_use]
pub fn exported_files(package: &Path, workspace: &Path) -> Vec<PathBuf> {
    let mut files = vec![package.join(CARGO_VCS_INFO), package.join(GIT_ARCHIVAL)];
    if workspace != package {
        files.push(workspace.join(GIT_ARCHIVAL));
    }
    files
}

/// Reads which commit the source of a package was when it left its repository, packaged by cargo or
/// archived by git. `None` means that no file tells.
///
/// # Errors
///
/// If a file is there and cannot be read, or names no commit.
pub fn exported(package: &Path, workspace: &Path) -> Result<Option<Exported>, SourceError> {
    for path in exported_files(package, workspace) {
        let Some(text) = Disk.text(&path)? else { continue };
        let found = if path.ends_with(CARGO_VCS_INFO) {
            Some(packaged(&path, &text)?)
        } else {
            archived(&path, &text)?
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn packaged(path: &Path, text: &str) -> Result<Exported, SourceError> {
    #[derive(Deserialize)]
    struct Info {
        git: Git,
    }
    #[derive(Deserialize)]
    struct Git {
        sha1: String,
        #[serde(default)]
        dirty: bool,
    }

    let info: Info = serde_json::from_slice(text.as_bytes()).map_err(|error| {
        SourceError::new(format!("`{}` is not what cargo writes: {error}", path.display()))
    })?;
    let tree = if info.git.dirty {
        Ok(Tree::Dirty)
    } else {
        Err("cargo packaged the source, and whether it was changed since is not known".to_owned())
    };
    let commit = commit(path, &info.git.sha1)?;
    Ok(Exported { commit, origin: Origin::CargoVcsInfo, tree })
}

fn archived(path: &Path, text: &str) -> Result<Option<Exported>, SourceError> {
    let Some(node) = text.lines().find_map(|line| line.strip_prefix("node:")) else {
        return Err(SourceError::new(format!(
            "`{}` has no line `node: $Format:%H$`",
            path.display()
        )));
    };
    let node = node.trim();
    // In a checkout nobody has filled it in.
    if node.starts_with("$Format:") {
        return Ok(None);
    }
    let tree =
        Err("git archived the source, and whether it was changed since is not known".to_owned());
    Ok(Some(Exported { commit: commit(path, node)?, origin: Origin::Archive, tree }))
}

fn commit(path: &Path, id: &str) -> Result<CommitId, SourceError> {
    id.parse().map_err(|error| {
        SourceError::new(format!(
            "`{}` says `{}`: {error}",
            path.display(),
            id.escape_debug().take(80).collect::<String>()
        ))
    })
}
