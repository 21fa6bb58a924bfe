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
use selfsame_core::environment::Environment;
use selfsame_core::stamp::{Scope, Shipped};
use selfsame_source::git::GitDirectory;
use selfsame_source::git::Repository;
use selfsame_source::{Content, Package, RerunTracker, SourceError};

/// The paths to watch.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// What exists now. Its removal counts as a change.
    present: Vec<PathBuf>,
    /// What may not exist, or come and go without a change of what it says.
    fleeting: Vec<PathBuf>,
    variables: Vec<&'static str>,
}

impl Watch {
    /// Everything that is hashed, and what would be if it existed.
    pub(super) fn content(&mut self, content: &Content) {
        self.present.extend(content.watched());
        self.fleeting.extend(content.absent().map(Path::to_owned));
    }

    /// What the build script names in code, which need not be content.
    pub(super) fn scope(&mut self, package: &Package, scope: &Scope) {
        let modules = scope.modules.iter().flat_map(|pattern| {
            let path = pattern.strip_suffix("/*").unwrap_or(pattern);
            [path.to_owned(), format!("{path}.rs")]
        });
        for path in modules.chain(scope.routes.clone()) {
            let path = package.root().join(path);
            let is_watched = self.present.iter().any(|watched| path.starts_with(watched));
            if path.exists() && !is_watched {
                self.present.push(path);
            }
        }
    }

    /// The directories that the running process is expected to find.
    pub(super) fn shipped(&mut self, package: &Package, shipped: &[Shipped]) {
        for shipped in shipped {
            let path = package.root().join(&shipped.path);
            if path.exists() { self.present.push(path) } else { self.fleeting.push(path) }
        }
    }

    /// Tells cargo. `directory` is ours to fill with links.
    pub(super) fn tell(
        mut self,
        directory: &Path,
        directives: &mut Directives<'_>,
    ) -> Result<(), BuildError> {
        self.fleeting.sort_unstable();
        self.fleeting.dedup();
        make_links(directory, &self.fleeting)
            .map_err(|error| BuildError::io("write the links in", directory, &error))?;
        self.present.sort_unstable();
        self.present.dedup();
        for path in &self.present {
            directives.rerun_if_changed(path)?;
        }
        directives.rerun_if_changed(directory)?;
        self.variables.sort_unstable();
        self.variables.dedup();
        self.variables.iter().try_for_each(|name| directives.rerun_if_env_changed(name))
    }
}

impl RerunTracker for Watch {
    /// A variable that was read.
    fn variable(&mut self, name: &'static str) {
        self.variables.push(name);
    }

    /// Files that decide something once they exist.
    fn may_appear(&mut self, paths: Vec<PathBuf>) {
        self.fleeting.extend(paths);
    }

    /// What tells that another commit is checked out, or that a file is ignored or filtered from
    /// now on.
    fn repository(&mut self, repository: &Repository, package: &Path) -> Result<(), SourceError> {
        if let Some(directory) = GitDirectory::around(repository.top())? {
            let mut paths = directory.watched()?.into_iter();
            self.present.extend(paths.next());
            self.fleeting.extend(paths);
            let info = directory.common().join("info");
            self.fleeting.extend(["exclude", "attributes"].map(|name| info.join(name)));
        }
        let git = repository.top().join(".git");
        // A file that leads to the repository may come to lead elsewhere.
        if git.is_file() {
            self.fleeting.push(git);
        }
        for directory in up_to(package, repository.top()) {
            self.fleeting.extend([".gitignore", ".gitattributes"].map(|name| directory.join(name)));
        }
        Ok(())
    }

    /// What tells that a repository appeared around `directory`.
    fn no_repository(&mut self, directory: &Path) {
        self.fleeting.extend(directory.ancestors().map(|above| above.join(".git")));
    }

    /// What tells that a repository appeared nearer to `directory` than the one in `top`.
    fn nearer_repository(&mut self, directory: &Path, top: &Path) {
        let nearer = up_to(directory, top).filter(|above| *above != top);
        self.fleeting.extend(nearer.map(|above| above.join(".git")));
    }

    /// What tells that a `.git` around `directory` that led nowhere leads somewhere.
    fn broken_repository(&mut self, directory: &Path) {
        for above in directory.ancestors() {
            let git = above.join(".git");
            // Not a directory, below which git lives its own life.
            if git.is_dir() {
                self.fleeting.push(git.join("HEAD"));
                break;
            }
            self.fleeting.push(git);
        }
    }

    /// What may tell that git can be asked from now on.
    fn git_itself(&mut self, environment: &Environment) {
        self.variables.extend(["PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"]);
        // A user who follows git's advice writes `safe.directory` to one of these.
        self.fleeting.push(PathBuf::from("/etc/gitconfig"));
        for (variable, below) in [
            ("HOME", ".gitconfig"),
            ("HOME", ".config/git/config"),
            ("XDG_CONFIG_HOME", "git/config"),
            ("GIT_CONFIG_GLOBAL", ""),
        ] {
            let directory = environment.get(variable).map(Path::new);
            self.fleeting.extend(directory.map(|directory| match below {
                "" => directory.to_owned(),
                below => directory.join(below),
            }));
        }
    }
}

/// The directory `from` and those above it, to `top` if that is one of them.
fn up_to<'a>(from: &'a Path, top: &'a Path) -> impl Iterator<Item = &'a Path> {
    let above = from.strip_prefix(top).map_or(0, |below| below.components().count());
    from.ancestors().take(above + 1)
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
