//! Which commit is built, and whether the working tree holds the same.

use std::path::{Path, PathBuf};

use super::claims::{self, Told};
use super::departed::{departed, departed_files};
use super::git::{Change, Files, Repository};
use super::{Content, Package, SourceError, Unstamped};
use crate::environment::Environment;
use crate::stamp::{CommitId, Facts, Info, Origin, Revision, Tree};

/// The most changed paths that a stamp names.
const MAX_NAMED: usize = 20;

/// What is told of everything that the answer depends on. A build script passes it on to cargo; who
/// asks only once has nothing to do.
#[expect(unused_variables, reason = "the names say what is told")]
pub trait Watching {
    /// A variable that was read.
    fn variable(&mut self, name: &'static str) {}

    /// Files that decide something once they exist.
    fn may_appear(&mut self, paths: Vec<PathBuf>) {}

    /// The content of a package that was looked at beside the one that is built.
    fn content(&mut self, package: &Package, content: &Content) {}

    /// The repository that was asked for the package in a directory.
    ///
    /// # Errors
    ///
    /// If git cannot say where it keeps its files.
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

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watching for Unwatched {}

/// What is known of the revision: each fact, or the reason why it is unknown.
#[derive(Debug)]
pub struct Known {
    commit: Result<CommitId, String>,
    origin: Origin,
    tree: Result<Tree, String>,
    info: Info,
    /// The ignored files that were hashed all the same.
    pub(crate) ignored: Vec<String>,
    /// The paths at which the working tree differs from git's commit, if git could tell.
    changed: Option<Vec<String>>,
}

impl Known {
    fn new(commit: CommitId, origin: Origin, tree: Result<Tree, String>) -> Self {
        Self {
            commit: Ok(commit),
            origin,
            tree,
            info: Info::default(),
            ignored: Vec::new(),
            changed: None,
        }
    }

    fn unknown(reason: String) -> Self {
        Self {
            commit: Err(reason),
            origin: Origin::Unknown,
            tree: Err("without a commit there is nothing to compare with".to_owned()),
            info: Info::default(),
            ignored: Vec::new(),
            changed: None,
        }
    }

    /// How what lies below a path stood to the commit.
    pub(crate) fn tree_below(&self, path: &str) -> Tree {
        // A submodule is named as a whole.
        let below = |changed: &String| {
            Path::new(changed).starts_with(path) || Path::new(path).starts_with(changed)
        };
        match (&self.commit, &self.changed) {
            (Ok(_), Some(changed)) if changed.iter().any(below) => Tree::Dirty,
            (Ok(_), Some(_)) => Tree::Clean,
            _ => Tree::Unknown,
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
        facts.revision = Revision { origin, tree };
        facts.info = self.info;
    }
}

/// What is built.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The package.
    pub package: &'a Package,
    /// What of it goes into its build.
    pub content: &'a Content,
    /// The local packages that go into it and that no stamp speaks for.
    pub others: &'a [Unstamped],
}

/// Finds the revision. The first that answers counts: what whoever started the build says, git, a
/// file that the source left its repository with, the platform. What is said must not contradict
/// what is read. `scratch` is a path at which an index may be written for a moment.
///
/// # Errors
///
/// If a variable of ours has a value that cannot be meant, or if two contradict each other.
pub fn find(
    subject: &Subject<'_>,
    environment: &Environment,
    scratch: &Path,
    watch: &mut dyn Watching,
) -> Result<Known, SourceError> {
    for name in claims::VARIABLES {
        watch.variable(name);
    }
    let mut told = claims::told(environment)?;
    let read = if told.no_git {
        Err("SELFSAME_GIT=off keeps git out of the build".to_owned())
    } else {
        from_git(subject, environment, scratch, watch)
    };
    let read = read.or_else(|no_git| from_departed(subject.package, watch, no_git));
    Ok(match (read, &told.commit) {
        (Ok(known), _) => heed(known, &told),
        (Err(_), Some(claim)) => heed(claimed(claim.variable, claim.commit.clone()), &told),
        (Err(reason), None) => match from_platform(environment, watch) {
            Ok(Some(known)) => heed(known, &told),
            Ok(None) => Known::unknown(joined(told.unusable, reason)),
            Err(unusable) => {
                told.unusable.push(unusable);
                Known::unknown(joined(told.unusable, reason))
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
fn claimed(variable: &str, commit: CommitId) -> Known {
    let origin = match variable {
        "SELFSAME_COMMIT" | "VERGEN_GIT_SHA" => Origin::Override,
        variable => Origin::Variable(variable.to_owned()),
    };
    let tree = Err(format!(
        "{variable} names the commit without saying whether the tree was clean; set \
         SELFSAME_TREE=clean|dirty beside it"
    ));
    Known::new(commit, origin, tree)
}

/// Holds what was found against what whoever started the build says.
fn heed(mut known: Known, told: &Told) -> Known {
    if let (Some(claim), Ok(found)) = (&told.commit, &known.commit) {
        if *found != claim.commit {
            let reason = format!(
                "{} says {} and {} says {found}: build the commit that is checked out, or set \
                 SELFSAME_GIT=off if the repository is another one",
                claim.variable, claim.commit, known.origin
            );
            return Known { info: known.info, ..Known::unknown(reason) };
        }
        // Whoever names both is believed in both, and the stamp says that it is a claim.
        if known.tree.is_err() && told.tree.is_some() {
            known = Known { info: known.info, ..claimed(claim.variable, claim.commit.clone()) };
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
    watch: &mut dyn Watching,
) -> Result<Option<Known>, String> {
    for (name, _) in claims::PLATFORM_VARIABLES {
        watch.variable(name);
    }
    let claim = claims::platform(environment)?;
    Ok(claim.map(|claim| claimed(claim.variable, claim.commit)))
}

/// Reads the file that the source left its repository with, or says why there is no commit.
fn from_departed(
    package: &Package,
    watch: &mut dyn Watching,
    no_git: String,
) -> Result<Known, String> {
    let (root, workspace) = (package.root(), package.workspace_root());
    watch.may_appear(departed_files(root, workspace));
    match departed(root, workspace) {
        Ok(Some(departed)) => Ok(Known::new(departed.commit, departed.origin, departed.tree)),
        Ok(None) => Err(no_git),
        Err(error) => Err(error.to_string()),
    }
}

fn from_git(
    subject: &Subject<'_>,
    environment: &Environment,
    scratch: &Path,
    watch: &mut dyn Watching,
) -> Result<Known, String> {
    let package = subject.package;
    match Repository::around(package.root(), environment) {
        Ok(Some(repository)) => {
            ask(&repository, subject, scratch, watch).map_err(|error| error.to_string())
        }
        Ok(None) => {
            watch.no_repository(package.root());
            Err("there is no .git in the package's directory or above; pass the commit: \
                 SELFSAME_COMMIT=$(git rev-parse HEAD), in Docker by --build-arg"
                .to_owned())
        }
        Err(refusal) => {
            watch.git_itself(environment);
            from_files(package, watch, &refusal).map_err(|error| error.to_string())
        }
    }
}

fn ask(
    repository: &Repository,
    subject: &Subject<'_>,
    scratch: &Path,
    watch: &mut dyn Watching,
) -> Result<Known, SourceError> {
    let Subject { package, content, others } = subject;
    watch.nearer_repository(package.root(), repository.top());
    watch.repository(repository, package.root())?;
    let head = repository.head(package)?;
    let changes = repository.changes(package, content, scratch);
    // No stamp speaks for these, but a commit that they differ from is not what is built.
    let mut beside = Ok(Vec::new());
    for other in *others {
        watch.content(&other.package, &other.content);
        beside = beside.and_then(|mut all: Vec<String>| {
            all.extend(other.changes(repository, scratch)?);
            Ok::<_, SourceError>(all)
        });
    }
    let tree = match (&changes, &beside) {
        (Ok(changes), Ok(beside)) if changes.is_empty() && beside.is_empty() => Ok(Tree::Clean),
        (Ok(_), Ok(_)) => Ok(Tree::Dirty),
        (Err(error), _) | (_, Err(error)) => Err(error.to_string()),
    };
    let listed = changes.as_deref().unwrap_or_default();
    let named = listed.iter().map(Change::to_string).chain(beside.unwrap_or_default());
    let info = Info {
        branch: head.branch,
        committed_at: Some(head.committed_at),
        changed: named.take(MAX_NAMED).map(|change| cut(&change)).collect(),
        ..Info::default()
    };
    let path = |change: &Change| change.path().to_owned();
    Ok(Known {
        info,
        ignored: listed.iter().filter(|change| change.is_ignored()).map(path).collect(),
        changed: changes.is_ok().then(|| listed.iter().map(path).collect()),
        ..Known::new(head.commit, Origin::Git, tree)
    })
}

/// Reads the commit without the `git` program, which gave this `refusal`. Only git can tell how the
/// tree stands to it.
fn from_files(
    package: &Package,
    watch: &mut dyn Watching,
    refusal: &SourceError,
) -> Result<Known, SourceError> {
    let root = package.root();
    let files = Files::around(root).inspect_err(|_| watch.broken_repository(root))?;
    let Some(files) = files else {
        watch.no_repository(root);
        return Err(SourceError::new(refusal.to_string()));
    };
    watch.nearer_repository(root, files.top());
    watch.may_appear(files.watched()?);
    let head = files.head(package)?;
    let info = Info { branch: head.branch, ..Info::default() };
    Ok(Known { info, ..Known::new(head.commit, Origin::Git, Err(refusal.to_string())) })
}

/// A text as a stamp may hold it: one that is too long would cost the whole build.
pub(crate) fn cut(text: &str) -> String {
    const MAX: usize = 1024;
    if text.len() <= MAX {
        return text.to_owned();
    }
    let end = (0..=MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end])
}
