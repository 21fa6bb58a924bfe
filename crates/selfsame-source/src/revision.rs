//! Which commit is built, and whether the working tree holds the same.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use super::ci_env::{self, Told};
use super::exported::{exported, exported_files};
use super::git::{Change, GitDirectory, Repository};
use crate::content::{Content, Context};
use crate::error::SourceError;
use crate::package::Package;
use selfsame_core::environment::{Environment, PLATFORM_VARIABLES};
use selfsame_core::stamp::{self, CommitId, Facts, Info, Origin, Tree};

/// The most changed paths that a stamp names.
const MAX_NAMED: usize = 20;

/// Hears of everything that the answer depends on. A build script passes it on to cargo; who asks
/// only once has nothing to do.
#[expect(unused_variables, reason = "the names say what is passed")]
pub trait RerunTracker {
    /// A variable that was read.
    fn variable(&mut self, name: &'static str) {}

    /// Files that decide something once they exist.
    fn may_appear(&mut self, paths: Vec<PathBuf>) {}

    /// The repository that was asked for the package in a directory.
    ///
    /// # Errors
    ///
    /// If it cannot be said where git keeps its files.
    fn repository(&mut self, repository: &Repository, package: &Path) -> Result<(), SourceError> {
        Ok(())
    }

    /// There is no repository around a directory.
    fn no_repository(&mut self, directory: &Path) {}

    /// The repository in `top` is the nearest to a directory.
    fn nearer_repository(&mut self, directory: &Path, top: &Path) {}

    /// A `.git` around a directory leads nowhere.
    fn broken_repository(&mut self, directory: &Path) {}

    /// Git could not be asked at all.
    fn git_itself(&mut self, environment: &Environment) {}
}

/// Tracks nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Untracked;

impl RerunTracker for Untracked {}

/// What is known of the revision: each fact, or the reason why it is unknown.
#[derive(Debug)]
pub struct Revision {
    commit: Result<CommitId, String>,
    origin: Origin,
    tree: Result<Tree, String>,
    info: Info,
    /// The ignored files that were hashed all the same.
    pub ignored: Vec<String>,
}

impl Revision {
    fn new(commit: CommitId, origin: Origin, tree: Result<Tree, String>) -> Self {
        Self { commit: Ok(commit), origin, tree, info: Info::default(), ignored: Vec::new() }
    }

    fn unknown(reason: String) -> Self {
        Self {
            commit: Err(reason),
            origin: Origin::Unknown,
            tree: Err("without a commit there is nothing to compare with".to_owned()),
            info: Info::default(),
            ignored: Vec::new(),
        }
    }

    /// Writes what is known into the facts of a stamp, and the reasons of what is not.
    pub fn write(self, facts: &mut Facts) {
        let mut tree = Tree::Unknown;
        match self.tree {
            Ok(known) => tree = known,
            Err(reason) => facts.unknown("tree", cut(&reason)),
        }
        let mut origin = Origin::Unknown;
        match self.commit {
            Ok(commit) => {
                facts.commit = Some(commit);
                origin = self.origin;
            }
            Err(reason) => facts.unknown("commit", cut(&reason)),
        }
        facts.revision = stamp::Revision::new(origin, tree);
        facts.info = self.info;
    }
}

/// What is built.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) package: &'a Package,
    pub(super) content: &'a Content,
    pub(super) within: &'a Context<'a>,
    /// The repository around the package, or why there is none to ask.
    pub(super) repository: Result<Option<&'a Repository>, &'a SourceError>,
    /// Becomes true where the repository is found to hold the package.
    pub(super) is_tracked: &'a Cell<bool>,
}

/// Finds the revision. The first that answers counts: what the build environment claims, git, a
/// file that the source left its repository with, the platform. What is said must not contradict
/// what is read. `scratch` is a path at which an index may be written for a moment.
///
/// # Errors
///
/// If a variable of ours has a value that cannot be meant, or if two contradict each other.
pub(super) fn find(
    subject: &Subject<'_>,
    environment: &Environment,
    scratch: &Path,
    watch: &mut dyn RerunTracker,
) -> Result<Revision, SourceError> {
    for name in ci_env::VARIABLES {
        watch.variable(name);
    }
    let mut told = ci_env::told(environment)?;
    let read = if told.no_git {
        Err("SELFSAME_GIT=off keeps git out of the build".to_owned())
    } else {
        from_git(subject, environment, scratch, watch)
    };
    let read = read.or_else(|no_git| from_export(subject.package, watch, no_git));
    Ok(match (read, &told.commit) {
        (Ok(known), _) => reconcile(known, &told),
        (Err(_), Some(claim)) => reconcile(claimed(claim.variable, claim.commit.clone()), &told),
        (Err(reason), None) => match from_platform(environment, watch) {
            Ok(Some(known)) => reconcile(known, &told),
            Ok(None) => Revision::unknown(joined(told.unusable, reason)),
            Err(unusable) => {
                told.unusable.push(unusable);
                Revision::unknown(joined(told.unusable, reason))
            }
        },
    })
}

fn joined(mut unusable: Vec<String>, reason: String) -> String {
    // The value that somebody set and that was no answer comes first: it is nearest to be mended.
    unusable.push(reason);
    unusable.join("; ")
}

/// What a variable claims, as long as nobody says how the tree stood.
fn claimed(variable: &str, commit: CommitId) -> Revision {
    let origin = match variable {
        "SELFSAME_COMMIT" | "VERGEN_GIT_SHA" => Origin::Override,
        variable => Origin::Variable(variable.to_owned()),
    };
    let tree = Err(format!(
        "{variable} names the commit without saying whether the tree was clean; set \
         SELFSAME_TREE=clean|dirty beside it"
    ));
    Revision::new(commit, origin, tree)
}

/// Holds what was found against what the build environment claims.
fn reconcile(mut known: Revision, told: &Told) -> Revision {
    if let (Some(claim), Ok(found)) = (&told.commit, &known.commit) {
        if *found != claim.commit {
            let reason = format!(
                "{} says {} and {} says {found}: build the commit that is checked out, or set \
                 SELFSAME_GIT=off if the repository is another one",
                claim.variable, claim.commit, known.origin
            );
            return Revision { info: known.info, ..Revision::unknown(reason) };
        }
        // Whoever names both is believed in both, and the stamp says that it is a claim.
        if known.tree.is_err() && told.tree.is_some() {
            known = Revision { info: known.info, ..claimed(claim.variable, claim.commit.clone()) };
        }
    }
    let Some((variable, said)) = told.tree else { return known };
    known.tree = match known.tree {
        Ok(found) if found != said => Err(format!(
            "{variable} says that the tree is {said} and {} says that it is {found}: unset \
             {variable}",
            known.origin
        )),
        Ok(found) => Ok(found),
        // What git could not establish does not become git's word because somebody says so.
        Err(reason) if known.origin.is_git() => {
            Err(format!("{reason}; {variable} counts beside SELFSAME_COMMIT"))
        }
        Err(_) => Ok(said),
    };
    known
}

fn from_platform(
    environment: &Environment,
    watch: &mut dyn RerunTracker,
) -> Result<Option<Revision>, String> {
    for (name, _) in PLATFORM_VARIABLES {
        watch.variable(name);
    }
    let claim = ci_env::platform(environment)?;
    Ok(claim.map(|claim| claimed(claim.variable, claim.commit)))
}

/// Reads the file that the source left its repository with, or says why there is no commit.
fn from_export(
    package: &Package,
    watch: &mut dyn RerunTracker,
    no_git: String,
) -> Result<Revision, String> {
    let (root, workspace) = (package.root(), package.workspace_root());
    watch.may_appear(exported_files(root, workspace));
    match exported(root, workspace) {
        Ok(Some(found)) => Ok(Revision::new(found.commit, found.origin, found.tree)),
        Ok(None) => Err(no_git),
        Err(error) => Err(error.to_string()),
    }
}

fn from_git(
    subject: &Subject<'_>,
    environment: &Environment,
    scratch: &Path,
    watch: &mut dyn RerunTracker,
) -> Result<Revision, String> {
    let package = subject.package;
    match subject.repository {
        Ok(Some(repository)) => {
            ask(repository, subject, scratch, watch).map_err(|error| error.to_string())
        }
        Ok(None) => {
            watch.no_repository(package.root());
            Err("there is no .git in the package's directory or above; pass the commit: \
                 SELFSAME_COMMIT=$(git rev-parse HEAD), in Docker by --build-arg"
                .to_owned())
        }
        Err(refusal) => {
            watch.git_itself(environment);
            from_files(subject, watch, refusal).map_err(|error| error.to_string())
        }
    }
}

fn ask(
    repository: &Repository,
    subject: &Subject<'_>,
    scratch: &Path,
    watch: &mut dyn RerunTracker,
) -> Result<Revision, SourceError> {
    let Subject { package, content, within, .. } = subject;
    watch.nearer_repository(package.root(), repository.top());
    watch.repository(repository, package.root())?;
    let standing = repository.standing(package, content, within, scratch)?;
    subject.is_tracked.set(true);
    let outside = content.outside();
    let tree = match (&standing.changes, outside.first()) {
        (Ok(changes), _) if !changes.is_empty() => Ok(Tree::Dirty),
        (Ok(_), Some(other)) => Err(format!(
            "the package `{}` goes into the build and lies outside the repository, whose commit \
             says nothing of it",
            other.name
        )),
        (Ok(_), None) => Ok(Tree::Clean),
        (Err(error), _) => Err(error.to_string()),
    };
    let changes = standing.changes.as_deref().unwrap_or_default();
    let mut info = Info::default();
    info.branch = standing.head.branch;
    info.committed_at = Some(standing.head.committed_at);
    info.changed = changes.iter().take(MAX_NAMED).map(|change| cut(&change.to_string())).collect();
    let ignored = changes.iter().filter(|change| change.is_ignored());
    Ok(Revision {
        info,
        ignored: ignored.map(|change: &Change| change.path().to_owned()).collect(),
        ..Revision::new(standing.head.commit, Origin::Git, tree)
    })
}

/// Reads the commit without the `git` program, which gave this `refusal`. Only git can tell how the
/// tree stands to it.
fn from_files(
    subject: &Subject<'_>,
    watch: &mut dyn RerunTracker,
    refusal: &SourceError,
) -> Result<Revision, SourceError> {
    let package = subject.package;
    let root = package.root();
    let files = GitDirectory::around(root).inspect_err(|_| watch.broken_repository(root))?;
    let Some(files) = files else {
        watch.no_repository(root);
        return Err(SourceError::new(refusal.to_string()));
    };
    watch.nearer_repository(root, files.top());
    watch.may_appear(files.watched()?);
    let head = files.head(package)?;
    subject.is_tracked.set(true);
    let mut info = Info::default();
    info.branch = head.branch;
    Ok(Revision { info, ..Revision::new(head.commit, Origin::Git, Err(refusal.to_string())) })
}

/// A text as a stamp may hold it: one that is too long would cost the whole build.
#[must_use]
pub fn cut(text: &str) -> String {
    const MAX: usize = 1024;
    if text.len() <= MAX {
        return text.to_owned();
    }
    let end = (0..=MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end])
}
