//! What makes cargo run the script again.
//!
//! A watched path that does not exist makes cargo run the script at every build, so what may come
//! and go (a loose ref, `.gitignore`, a `.git` that is not there yet) is watched through a symbolic
//! link in a directory of our own: cargo follows the link, ignores it while it dangles, and sees
//! the file appear. The directory and its links carry a time in the past, so that only what they
//! lead to counts.

use std::path::{Path, PathBuf};

use filetime::FileTime;

use super::BuildError;
use super::directives::Directives;
use crate::source::git::Repository;
use crate::source::{CONVENTIONAL, Content, Package, SourceError};

/// The paths to watch.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// What exists now. Its removal counts as a change.
    present: Vec<PathBuf>,
    /// What may not exist, or come and go without a change of what it says.
    fleeting: Vec<PathBuf>,
}

impl Watch {
    /// Everything that is hashed, and what would be if it existed.
    pub(super) fn content(&mut self, package: &Package, content: &Content) {
        self.present.extend(content.roots().map(Path::to_owned));
        let root = package.root();
        self.fleeting
            .extend(CONVENTIONAL.iter().map(|name| root.join(name)).filter(|path| !path.exists()));
        let shared = package.workspace_root();
        for path in [shared.join("Cargo.lock"), shared.join("Cargo.toml")] {
            if path.exists() { self.present.push(path) } else { self.fleeting.push(path) }
        }
    }

    /// What tells that another commit is checked out, or that a file is ignored from now on.
    pub(super) fn repository(&mut self, repository: &Repository) -> Result<(), SourceError> {
        let mut names = vec!["HEAD", "info/exclude", "info/attributes", "reftable"];
        let head = repository.head_ref()?;
        names.extend(head.as_deref());
        let paths = repository.git_paths(&names)?;
        self.present.extend(paths.first().cloned());
        self.fleeting.extend(paths.into_iter().skip(1));
        self.fleeting
            .extend([".gitignore", ".gitattributes"].map(|name| repository.top().join(name)));
        Ok(())
    }

    /// What tells that a repository appeared around `directory`.
    pub(super) fn no_repository(&mut self, directory: &Path) {
        self.fleeting.extend(directory.ancestors().map(|above| above.join(".git")));
    }

    /// Tells cargo. `directory` is ours to fill with links.
    pub(super) fn tell(
        mut self,
        directory: &Path,
        directives: &mut Directives<'_>,
    ) -> Result<(), BuildError> {
        make_links(directory, &self.fleeting)
            .map_err(|error| BuildError::io("write the links in", directory, &error))?;
        self.present.sort_unstable();
        self.present.dedup();
        for path in &self.present {
            directives.rerun_if_changed(path)?;
        }
        directives.rerun_if_changed(directory)
    }
}

fn make_links(directory: &Path, targets: &[PathBuf]) -> std::io::Result<()> {
    // Long ago, and not zero, which some file systems take for "no time".
    let past = FileTime::from_unix_time(1_000_000_000, 0);
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => std::fs::create_dir_all(directory)?,
    }
    for (number, target) in targets.iter().enumerate() {
        let link = directory.join(format!("{number:03}"));
        symlink(target, &link)?;
        filetime::set_symlink_file_times(&link, past, past)?;
    }
    filetime::set_file_times(directory, past, past)
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}
