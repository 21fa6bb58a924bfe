//! Content and revision of a package together, as a build sees them.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ci_env;
use super::files::Disk;
use super::git::{GitDirectory, Repository};
use super::revision::{self, RerunTracker, Revision, Subject};
use crate::activation::Activation;
use crate::content::{Content, Context};
use crate::error::SourceError;
use crate::package::Package;
use selfsame_core::environment::Environment;

/// What source says of a package.
#[derive(Debug)]
#[non_exhaustive]
pub struct Survey {
    /// What goes into the binary.
    pub content: Content,
    /// Which commit that is of.
    pub revision: Revision,
}

/// Reads the content of `package` and finds its revision: the first that answers counts, which is
/// what the build environment claims, git, a file that the source left its repository with, the
/// platform. What is said must not contradict what is read. `scratch` is a path at which an index
/// may be written for a moment. Each run of git may take as long as `time`.
///
/// # Errors
///
/// If source cannot be read, if a variable of ours has a value that cannot be meant, or if two
/// contradict each other.
pub fn survey(
    package: &Package,
    environment: &Environment,
    time: Duration,
    activation: Option<&Activation>,
    scratch: &Path,
    tracker: &mut dyn RerunTracker,
) -> Result<Survey, SourceError> {
    let repository = if ci_env::told(environment)?.no_git {
        Ok(None)
    } else {
        Repository::around(package.root(), environment, time)
    };
    let top = match &repository {
        Ok(Some(repository)) => Some(repository.top().to_owned()),
        Ok(None) => None,
        // Without the `git` program its files say where the repository ends.
        Err(_) => {
            GitDirectory::around(package.root()).ok().flatten().map(|git| git.top().to_owned())
        }
    };
    let top = top.filter(|top| package.root().starts_with(top));
    let cargo_home = cargo_home(environment);
    let within = |top| Context { files: &Disk, top, cargo_home: cargo_home.as_deref(), activation };
    let here = within(top.as_deref());
    let content = Content::of(package, &here)?;
    let is_tracked = Cell::new(false);
    let subject = Subject {
        package,
        content: &content,
        within: &here,
        repository: repository.as_ref().map(Option::as_ref),
        is_tracked: &is_tracked,
    };
    let revision = revision::find(&subject, environment, scratch, tracker)?;
    // A repository that does not track the package is somebody else's, and ends nothing.
    let content = if top.is_some() && !is_tracked.get() {
        Content::of(package, &within(None))?
    } else {
        content
    };
    Ok(Survey { content, revision })
}

/// The directory whose `config.toml` is that of the machine.
#[must_use]
pub fn cargo_home(environment: &Environment) -> Option<PathBuf> {
    let home = || environment.get("HOME").map(|home| Path::new(home).join(".cargo"));
    environment.get("CARGO_HOME").map(PathBuf::from).or_else(home)
}
