//! Which commit is built, and whether the working tree holds the same.

use std::path::Path;

use super::BuildError;
use super::watch::Watch;
use crate::environment::Environment;
use crate::source::git::{Change, Repository};
use crate::source::{Content, Package, SourceError};
use crate::stamp::{CommitId, Facts, Info, Origin, Revision, Tree};

/// The variables that are read here. Cargo is told of each.
pub(super) const VARIABLES: [&str; 4] =
    ["SELFSAME_COMMIT", "SELFSAME_TREE", "SELFSAME_GIT", "VERGEN_GIT_SHA"];

/// The most changed paths that a stamp names.
const MAX_NAMED: usize = 20;

/// What is known of the revision: each fact, or the reason why it is unknown.
pub(super) struct Known {
    commit: Result<CommitId, String>,
    origin: Origin,
    tree: Result<Tree, String>,
    info: Info,
    /// The ignored files that were hashed all the same.
    pub(super) ignored: Vec<String>,
}

impl Known {
    pub(super) fn write(self, facts: &mut Facts) {
        let mut tree = Tree::Unknown;
        match self.tree {
            Ok(known) => tree = known,
            Err(reason) => facts.unknown("tree", reason),
        }
        let mut origin = Origin::Unknown;
        match self.commit {
            Ok(commit) => {
                facts.commit = Some(commit);
                origin = self.origin;
            }
            Err(reason) => facts.unknown("commit", reason),
        }
        facts.revision = Revision { origin, tree };
        facts.info = self.info;
    }
}

/// Finds the revision: what the build was told, and what git says. The two must not disagree.
pub(super) fn find(
    package: &Package,
    content: &Content,
    environment: &Environment,
    scratch: &Path,
    watch: &mut Watch,
) -> Result<Known, BuildError> {
    let told = told(environment)?;
    let mut known = if environment.get("SELFSAME_GIT").is_some_and(|value| value == "off") {
        let off = || "SELFSAME_GIT=off keeps git out of the build".to_owned();
        unknown(off(), off())
    } else {
        from_git(package, content, environment, scratch, watch)
    };
    let Some(told) = told else { return Ok(known) };
    match &known.commit {
        Ok(found) if *found != told.commit => {
            known.commit = Err(format!(
                "{} says {} and git says {found}: build the commit that is checked out, or set \
                 SELFSAME_GIT=off if the repository is another one",
                told.variable, told.commit
            ));
        }
        Ok(_) => {}
        Err(_) => {
            known.commit = Ok(told.commit);
            known.origin = Origin::Override;
            known.tree = told.tree.ok_or_else(|| {
                format!(
                    "{} names the commit without saying whether the tree was clean; set \
                     SELFSAME_TREE=clean|dirty beside it",
                    told.variable
                )
            });
        }
    }
    Ok(known)
}

fn unknown(commit: String, tree: String) -> Known {
    Known {
        commit: Err(commit),
        origin: Origin::Unknown,
        tree: Err(tree),
        info: Info::default(),
        ignored: Vec::new(),
    }
}

fn from_git(
    package: &Package,
    content: &Content,
    environment: &Environment,
    scratch: &Path,
    watch: &mut Watch,
) -> Known {
    match ask_git(package, content, environment, scratch, watch) {
        Ok(Some(known)) => known,
        Ok(None) => {
            watch.no_repository(package.root());
            unknown(
                "there is no .git in the package's directory or above; pass the commit: \
                 SELFSAME_COMMIT=$(git rev-parse HEAD), in Docker by --build-arg"
                    .to_owned(),
                "there is no .git to compare with".to_owned(),
            )
        }
        Err(error) => {
            watch.no_repository(package.root());
            unknown(
                error.to_string(),
                "without a commit there is nothing to compare with".to_owned(),
            )
        }
    }
}

fn ask_git(
    package: &Package,
    content: &Content,
    environment: &Environment,
    scratch: &Path,
    watch: &mut Watch,
) -> Result<Option<Known>, SourceError> {
    let Some(repository) = Repository::around(package.root(), environment)? else {
        return Ok(None);
    };
    watch.repository(&repository)?;
    let head = repository.head()?;
    let changes = repository.changes(package, content, scratch);
    let mut info =
        Info { branch: head.branch, committed_at: Some(head.committed_at), changed: Vec::new() };
    let mut ignored = Vec::new();
    let tree = match changes {
        Ok(changes) if changes.is_empty() => Ok(Tree::Clean),
        Ok(changes) => {
            info.changed = changes.iter().take(MAX_NAMED).map(Change::to_string).collect();
            ignored = changes
                .iter()
                .filter(|change| change.is_ignored())
                .map(|change| change.path().to_owned())
                .collect();
            Ok(Tree::Dirty)
        }
        Err(error) => Err(error.to_string()),
    };
    Ok(Some(Known { commit: Ok(head.commit), origin: Origin::Git, tree, info, ignored }))
}

/// A commit that whoever started the build names.
struct Told {
    variable: &'static str,
    commit: CommitId,
    tree: Option<Tree>,
}

fn told(environment: &Environment) -> Result<Option<Told>, BuildError> {
    let mut told: Option<Told> = None;
    for variable in ["SELFSAME_COMMIT", "VERGEN_GIT_SHA"] {
        let Some(value) = environment.get(variable) else { continue };
        let value = value.to_string_lossy();
        let (id, dirty) = match value.strip_suffix("-dirty") {
            Some(id) => (id, Some(Tree::Dirty)),
            None => (&*value, None),
        };
        let commit: CommitId = id.parse().map_err(|error| {
            BuildError::new(format!(
                "{variable}={value:?} is refused: {error}; `git rev-parse HEAD` prints one"
            ))
        })?;
        match &told {
            Some(other) if other.commit != commit => {
                return Err(BuildError::new(format!(
                    "{} says {} and {variable} says {commit}: unset one",
                    other.variable, other.commit
                )));
            }
            Some(_) => {}
            None => told = Some(Told { variable, commit, tree: dirty }),
        }
    }
    if let Some(tree) = environment.get("SELFSAME_TREE") {
        let tree = match tree.to_str() {
            Some("clean") => Tree::Clean,
            Some("dirty") => Tree::Dirty,
            _ => {
                return Err(BuildError::new(format!(
                    "SELFSAME_TREE={} is refused: it is `clean` or `dirty`",
                    tree.display()
                )));
            }
        };
        match &mut told {
            Some(told) if told.tree.is_some_and(|said| said != tree) => {
                return Err(BuildError::new(format!(
                    "{} ends in -dirty and SELFSAME_TREE says {tree}: unset one",
                    told.variable
                )));
            }
            Some(told) => told.tree = Some(tree),
            None => {}
        }
    }
    Ok(told)
}
