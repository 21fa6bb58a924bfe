//! What source says, as the command asks for it: a working tree, a revision, or a bare commit id.

use std::path::{Path, PathBuf};

use selfsame::compare::{Against, Expected};
use selfsame::environment::Environment;
use selfsame::routes::Inventory;
use selfsame::source::git::{Distance, Head, Repository};
use selfsame::source::{self, Content, Package};
use selfsame::stamp::{CommitId, Module, Scope};
use tempfile::TempDir;

use crate::failure::Failure;

/// The side that is expected.
#[derive(Debug)]
pub(crate) struct Source {
    /// What it was asked by.
    pub(crate) against: Against,
    /// The package on disk: the working tree, or an export of the revision.
    pub(crate) package: Option<Package>,
    /// The commit, or why it is unknown.
    pub(crate) commit: Result<CommitId, String>,
    /// What is checked out, where the working tree is asked.
    pub(crate) head: Option<Head>,
    repository: Option<Repository>,
    /// The package in the repository's own working tree.
    directory: Option<PathBuf>,
    /// The files of the revision, with the scope that they were written for.
    export: Option<(Scope, TempDir)>,
    /// The package's name in the working tree, where this clone does not hold the commit.
    name: Option<String>,
}

/// What source says under the scope of one stamp.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) expected: Expected,
    /// Why the content is unknown, if it is.
    pub(crate) no_content: Option<String>,
    pub(crate) modules: Result<Vec<Module>, String>,
    /// The content itself, where there is source to hash.
    pub(crate) content: Option<Content>,
    /// Where the working tree differs from the commit, or why that is unknown.
    pub(crate) changed: Result<Vec<String>, String>,
}

impl Source {
    /// Reads the working tree of the package in `directory`.
    pub(crate) fn of_tree(directory: &Path) -> Result<Self, Failure> {
        let package = Package::find(directory)?;
        let found = Repository::around(directory, &Environment::of_process());
        let (repository, head) = match found {
            Ok(Some(repository)) => {
                let head = repository.head(&package);
                (Some(repository), head.map_err(|error| error.to_string()))
            }
            Ok(None) => {
                let none = format!("`{}` is in no git repository", directory.display());
                (None, Err(none))
            }
            Err(error) => (None, Err(error.to_string())),
        };
        // A repository that does not track the package is somebody else's.
        let repository = repository.filter(|_| head.is_ok());
        Ok(Self {
            against: Against::Source,
            package: Some(package),
            commit: head.as_ref().map(|head| head.commit.clone()).map_err(Clone::clone),
            head: head.ok(),
            repository,
            directory: Some(directory.to_owned()),
            export: None,
            name: None,
        })
    }

    /// Reads the package in `directory` as it is at `revision`.
    pub(crate) fn at_revision(directory: &Path, revision: &str) -> Result<Self, Failure> {
        let environment = Environment::of_process();
        let repository = Repository::around(directory, &environment)?.ok_or_else(|| {
            Failure::new(format!(
                "`{}` is in no git repository: without one, --commit takes a full commit id and no \
                 --source",
                directory.display()
            ))
        })?;
        let resolved = repository.resolve(revision)?;
        let commit = match (resolved, revision.parse()) {
            (Some(commit), _) => commit,
            (None, Ok(commit)) => {
                // A full id can be compared though this clone does not hold it.
                let name = Package::find(directory).ok().map(|package| package.name().to_owned());
                return Ok(Self { repository: Some(repository), name, ..Self::of_id(commit) });
            }
            (None, Err(_)) => {
                return Err(Failure::new(format!(
                    "`{}` knows no revision `{revision}`: fetch it, or check the spelling",
                    repository.top().display()
                )));
            }
        };
        Ok(Self {
            against: Against::Commit,
            package: None,
            commit: Ok(commit),
            head: None,
            repository: Some(repository),
            directory: Some(directory.to_owned()),
            export: None,
            name: None,
        })
    }

    /// Expects a commit of which nothing but the id is known.
    pub(crate) fn of_id(commit: CommitId) -> Self {
        Self {
            against: Against::Commit,
            package: None,
            commit: Ok(commit),
            head: None,
            repository: None,
            directory: None,
            export: None,
            name: None,
        }
    }

    /// Makes the facts available that depend on the scope of a stamp.
    pub(crate) fn facts(&mut self, scope: &Scope) -> Result<Facts, Failure> {
        self.export(scope)?;
        let commit = self.commit.as_ref().ok().cloned();
        let Some(package) = &self.package else {
            let why = match &self.repository {
                Some(_) => "this clone does not hold the commit: git fetch, and check again",
                None => "there is no source to compare the content with: give --source",
            }
            .to_owned();
            return Ok(Facts {
                expected: Expected { commit, content: None },
                no_content: Some(why.clone()),
                modules: Err(why),
                content: None,
                changed: Ok(Vec::new()),
            });
        };
        let within = self.within(package, scope);
        let modules = within.clone().and_then(|()| {
            source::expected_modules(package, scope).map_err(|error| error.to_string())
        });
        let content =
            within.and_then(|()| Content::of(package, scope).map_err(|error| error.to_string()));
        let digest = content
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|content| content.digest().map_err(ToString::to_string))
            .and_then(|digest| self.is_whole(&content).map(|()| digest));
        let changed = match (&self.repository, &content) {
            _ if self.against == Against::Commit => Ok(Vec::new()),
            (Some(repository), Ok(content)) => {
                changes(repository, package, content).map_err(|failure| failure.to_string())
            }
            (Some(_), Err(why)) => Err(why.clone()),
            (None, _) => Err("without a commit there is nothing to compare with".to_owned()),
        };
        Ok(Facts {
            no_content: digest.as_ref().err().cloned(),
            expected: Expected { commit, content: digest.ok() },
            modules,
            content: content.ok(),
            changed,
        })
    }

    /// Whether all is there that the content is made of: git leaves the directory of a submodule
    /// empty until it is asked for it, and calls the tree clean.
    fn is_whole(&self, content: &Result<Content, String>) -> Result<(), String> {
        let (Some(repository), Ok(commit), Ok(content)) = (&self.repository, &self.commit, content)
        else {
            return Ok(());
        };
        let absent = repository.absent_submodules(commit, content);
        match absent.map_err(|error| error.to_string())?.first() {
            Some(path) => Err(format!(
                "the submodule `{path}` is not checked out: git submodule update --init, and check \
                 again"
            )),
            None => Ok(()),
        }
    }

    /// The list of routes that source keeps under this scope. `None` means that there is no source.
    pub(crate) fn routes(&mut self, scope: &Scope) -> Result<Option<Inventory>, Failure> {
        self.export(scope)?;
        let Some(package) = &self.package else { return Ok(None) };
        self.within(package, scope).map_err(Failure::new)?;
        source::expected_routes(package, scope).map_err(Failure::from)
    }

    /// The name of the package that is expected, if it is known.
    pub(crate) fn name(&self) -> Option<&str> {
        self.package.as_ref().map(Package::name).or(self.name.as_deref())
    }

    /// The package's directory in a working tree of the user's.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Refuses a scope that leads out of the repository: it comes from a stamp or a report, and a
    /// stranger's must not make this hash the whole disk.
    fn within(&self, package: &Package, scope: &Scope) -> Result<(), String> {
        let resolved = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
        let root = resolved(package.root())?;
        let top = match (&self.export, &self.repository) {
            (Some((_, directory)), _) => Some(resolved(directory.path())?),
            (None, Some(repository)) => Some(resolved(repository.top())?),
            (None, None) => None,
        };
        let levels = match top.as_deref().map(|top| root.strip_prefix(top)) {
            Some(Ok(below)) => below.components().count(),
            Some(Err(_)) => 0,
            // Anywhere, but for the root of the disk: `/` and the last level do not count.
            None => root.components().count().saturating_sub(2),
        };
        let is_spelled = |path: &str, outside| {
            source::spelled(Path::new(path), outside).is_ok_and(|spelled| spelled == path)
        };
        let leads_out = |path: &str| {
            let up = path.split('/').take_while(|name| *name == "..").count();
            !is_spelled(path, true) || up > levels
        };
        let part = scope.parts.iter().find(|(part, also)| {
            let below = |also: &String| source::spelled(&Path::new(part).join(also), true);
            let leads_out_below = |also| below(also).map_or(true, |path| leads_out(&path));
            leads_out(part) || also.iter().any(leads_out_below)
        });
        let part = part.map(|(part, _)| part);
        let also = scope.also.iter().find(|path| leads_out(path));
        let module = scope
            .modules
            .iter()
            .find(|path| !is_spelled(path.strip_suffix("/*").unwrap_or(path), false));
        let routes = scope.routes.iter().find(|path| !is_spelled(path, false));
        match also.or(part).or(module).or(routes) {
            Some(path) => Err(format!(
                "the build counts `{path}` as source, which is outside of it: is it the stamp of \
                 another program?"
            )),
            None => Ok(()),
        }
    }

    /// Writes the revision's files to a temporary directory, where they are hashed like any other.
    fn export(&mut self, scope: &Scope) -> Result<(), Failure> {
        if self.against == Against::Source {
            return Ok(());
        }
        let (Some(repository), Some(_), Ok(commit)) =
            (&self.repository, &self.directory, &self.commit)
        else {
            return Ok(());
        };
        if self.export.as_ref().is_some_and(|(written, _)| written == scope) {
            return Ok(());
        }
        let directory = scratch()?;
        let package = repository.export(commit, scope, directory.path())?;
        self.package = Some(Package::find(&package)?);
        self.export = Some((scope.clone(), directory));
        Ok(())
    }

    /// How the commit found stands to the expected one, where there is a repository to ask.
    pub(crate) fn distance(&self, found: &CommitId) -> Option<Distance> {
        let expected = self.commit.as_ref().ok()?;
        self.repository.as_ref()?.distance(expected, found).ok()
    }

    /// Who wrote the commit found, the first line of its message and when, if this clone holds it.
    pub(crate) fn summary(&self, found: &CommitId) -> Option<[String; 3]> {
        self.repository.as_ref()?.summary(found).ok()?
    }

    /// Whether a file of the package is what it was at a commit. `None` means that nobody can tell.
    pub(crate) fn is_as_at(&self, commit: &CommitId, path: &str) -> Option<bool> {
        self.repository.as_ref()?.is_as_at(commit, path).ok()?
    }

    /// The files of the package that differ between the expected commit and the one found.
    pub(crate) fn changed_since(&self, found: &CommitId) -> Vec<String> {
        let (Some(repository), Ok(expected)) = (&self.repository, &self.commit) else {
            return Vec::new();
        };
        repository.changed_between(expected, found).unwrap_or_default()
    }
}

fn changes(
    repository: &Repository,
    package: &Package,
    content: &Content,
) -> Result<Vec<String>, Failure> {
    let scratch = scratch()?;
    let changes = repository.changes(package, content, &scratch.path().join("index"))?;
    Ok(changes.iter().map(ToString::to_string).collect())
}

/// A temporary directory, gone when it is dropped.
pub(crate) fn scratch() -> Result<TempDir, Failure> {
    TempDir::with_prefix("selfsame-")
        .map_err(|error| Failure::new(format!("cannot make a temporary directory: {error}")))
}
