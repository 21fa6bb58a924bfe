//! What source says, as the command asks for it: a working tree, a revision, or a bare commit id.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use selfsame_core::compare::{Expected, MatchMode};
use selfsame_core::environment::Environment;
use selfsame_core::routes::Inventory;
use selfsame_core::stamp::{self, CommitId, Module};
use selfsame_source::git::{Distance, Head, LineEndings, Repository, Snapshot};
use selfsame_source::{Content, Context, Disk, Files, Package, Rule, Scope};
use tempfile::TempDir;

use crate::error::Failure;

/// The side that is expected.
#[derive(Debug)]
pub(crate) struct Source {
    /// What it was asked by.
    pub(crate) mode: MatchMode,
    /// The package, in the working tree or at the revision.
    pub(crate) package: Option<Package>,
    /// The commit, or why it is unknown.
    pub(crate) commit: Result<CommitId, String>,
    /// What is checked out, where the working tree is asked.
    pub(crate) head: Option<Head>,
    repository: Option<Repository>,
    /// The package in the repository's own working tree.
    directory: Option<PathBuf>,
    /// The package's name in the working tree, where this clone does not hold the commit.
    name: Option<String>,
    cargo_home: Option<PathBuf>,
    /// The files of the revision.
    snapshot: Option<Commit>,
    /// What is in between, by commit.
    contents: BTreeMap<CommitId, Option<Arc<Content>>>,
    content: Option<Result<Arc<Content>, String>>,
}

/// The files of a commit.
#[derive(Debug)]
struct Commit {
    files: Snapshot,
    _scratch: TempDir,
}

/// What source says to one stamp.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) expected: Expected,
    /// Why the content is unknown, if it is.
    pub(crate) no_content: Option<String>,
    pub(crate) modules: Result<Vec<Module>, String>,
    /// The content itself, where there is source to hash.
    pub(crate) content: Option<Arc<Content>>,
    /// Where the working tree differs from the commit, or why that is unknown.
    pub(crate) changed: Result<Vec<String>, String>,
    /// What the content leaves out, and why.
    pub(crate) not_compared: Vec<(String, String)>,
}

/// How the content of another commit differs from the expected one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Between {
    /// The paths, those of the package itself first.
    pub(crate) changed: Vec<String>,
    /// The packages by name, those of the paths.
    pub(crate) packages: Vec<String>,
    /// How many of the commits in between touch one of the paths.
    pub(crate) commits: Option<u64>,
}

impl Source {
    fn none(mode: MatchMode, commit: Result<CommitId, String>) -> Self {
        Self {
            mode,
            package: None,
            commit,
            head: None,
            repository: None,
            directory: None,
            name: None,
            cargo_home: selfsame_source::cargo_home(&Environment::of_process()),
            snapshot: None,
            contents: BTreeMap::new(),
            content: None,
        }
    }

    /// Reads the working tree of the package in `directory`. Each run of git may take as long as
    /// `time`.
    pub(crate) fn of_tree(directory: &Path, time: Duration) -> Result<Self, Failure> {
        let package = Package::find(directory)?;
        let found = Repository::around(package.root(), &Environment::of_process(), time);
        let (repository, head) = match found {
            Ok(Some(repository)) => {
                let head = repository.head(&package);
                (Some(repository), head.map_err(|error| error.to_string()))
            }
            Ok(None) => {
                let none = format!("`{}` is not in a git repository", directory.display());
                (None, Err(none))
            }
            Err(error) => (None, Err(error.to_string())),
        };
        // A repository that does not track the package is somebody else's.
        let repository = repository.filter(|_| head.is_ok());
        let commit = head.as_ref().map(|head| head.commit.clone()).map_err(Clone::clone);
        Ok(Self {
            directory: Some(package.root().to_owned()),
            package: Some(package),
            head: head.ok(),
            repository,
            ..Self::none(MatchMode::Source, commit)
        })
    }

    /// Reads the package in `directory` as it is at `revision`, as [`Source::of_tree`] does.
    pub(crate) fn at_revision(
        directory: &Path,
        revision: &str,
        time: Duration,
    ) -> Result<Self, Failure> {
        let environment = Environment::of_process();
        let directory = directory
            .canonicalize()
            .map_err(|error| Failure::new(format!("`{}`: {error}", directory.display())))?;
        let repository = Repository::around(&directory, &environment, time)?.ok_or_else(|| {
            Failure::new(format!(
                "`{}` is not in a git repository: without one, --commit takes a full commit id and \
                 no --source",
                directory.display()
            ))
        })?;
        let commit = match (repository.resolve(revision)?, revision.parse()) {
            (Some(commit), _) => commit,
            (None, Ok(commit)) => {
                // A full id can be compared though this clone does not hold it.
                let name = Package::find(&directory).ok().map(|package| package.name().to_owned());
                return Ok(Self { repository: Some(repository), name, ..Self::of_id(commit) });
            }
            (None, Err(_)) => {
                return Err(Failure::new(format!(
                    "`{}` knows no revision `{revision}`: fetch it, or check the spelling",
                    repository.top().display()
                )));
            }
        };
        let snapshot = Commit::of(&repository, &commit)?;
        let package = Package::find_in(&snapshot.files, &directory)
            .map_err(|error| Failure::new(format!("at commit {}: {error}", commit.short())))?;
        Ok(Self {
            package: Some(package),
            repository: Some(repository),
            directory: Some(directory),
            snapshot: Some(snapshot),
            ..Self::none(MatchMode::Commit, Ok(commit))
        })
    }

    /// Expects a commit of which nothing but the id is known.
    pub(crate) fn of_id(commit: CommitId) -> Self {
        Self::none(MatchMode::Commit, Ok(commit))
    }

    /// The files of the working tree, or of the revision.
    fn files(&self) -> &dyn Files {
        match &self.snapshot {
            Some(commit) => &commit.files,
            None => &Disk,
        }
    }

    fn context<'a>(&'a self, files: &'a dyn Files) -> Context<'a> {
        Context {
            files,
            top: self.repository.as_ref().map(Repository::top),
            cargo_home: self.cargo_home.as_deref(),
            activation: None,
        }
    }

    /// The content, hashed when it is first asked for.
    pub(crate) fn content(&mut self) -> Result<Arc<Content>, String> {
        if let Some(content) = &self.content {
            return content.clone();
        }
        let content = match &self.package {
            Some(package) => Content::of(package, &self.context(self.files()))
                .map(Arc::new)
                .map_err(|error| error.to_string()),
            None => Err("there is no source".to_owned()),
        };
        self.content = Some(content.clone());
        content
    }

    /// Makes the facts available, with those that depend on what a build script says in code.
    pub(crate) fn facts(&mut self, code: &stamp::Scope) -> Facts {
        let commit = self.commit.as_ref().ok().cloned();
        let Some(package) = self.package.clone() else {
            let why = match &self.repository {
                Some(_) => "this clone does not hold the commit: git fetch, and check again",
                None => "there is no source to compare the content with: give --source",
            }
            .to_owned();
            return Facts {
                expected: Expected::new(commit, None),
                no_content: Some(why.clone()),
                modules: Err(why),
                content: None,
                changed: Ok(Vec::new()),
                not_compared: Vec::new(),
            };
        };
        let scope = scope(&package, code);
        let modules = scope.and_then(|scope| {
            selfsame_source::expected_modules(self.files(), &package, &scope.modules)
                .map_err(|error| error.to_string())
        });
        let content = self.content();
        let digest = content
            .clone()
            .and_then(|content| content.digest().map_err(str::to_owned))
            .and_then(|digest| self.is_whole(&content).map(|()| digest));
        let changed = match (&self.repository, &content) {
            _ if self.mode == MatchMode::Commit => Ok(Vec::new()),
            (Some(repository), Ok(content)) => {
                changes(repository, &package, content, &self.context(&Disk))
            }
            (Some(_), Err(why)) => Err(why.clone()),
            (None, _) => Err("without a commit there is nothing to compare with".to_owned()),
        };
        let not_compared = content.as_ref().map_or(Vec::new(), |content| self.left_out(content));
        Facts {
            no_content: digest.as_ref().err().cloned(),
            expected: Expected::new(commit, digest.ok()),
            modules,
            content: content.ok(),
            changed,
            not_compared,
        }
    }

    /// What the content leaves out.
    fn left_out(&self, content: &Content) -> Vec<(String, String)> {
        let mut left_out = Vec::new();
        if self.mode == MatchMode::Commit {
            for outside in content.outside() {
                left_out.push((
                    format!("the package `{}`", outside.name),
                    format!(
                        "it is at `{}`, outside the repository, and was read as it is now",
                        outside.path
                    ),
                ));
            }
        }
        for feature in content.foreign_features() {
            left_out.push((
                "features that members outside the closure turn on".to_owned(),
                feature.clone(),
            ));
        }
        left_out
    }

    /// Whether all is there that the content is made of: git leaves the directory of a submodule
    /// empty until it is asked for it, and calls the tree clean.
    fn is_whole(&self, content: &Result<Arc<Content>, String>) -> Result<(), String> {
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

    /// The list of routes that source keeps. `None` means that there is no source, or no list.
    pub(crate) fn routes(&mut self, code: &stamp::Scope) -> Result<Option<Inventory>, Failure> {
        let Some(package) = &self.package else { return Ok(None) };
        let scope = scope(package, code).map_err(Failure::new)?;
        selfsame_source::expected_routes(self.files(), package, &scope).map_err(Failure::from)
    }

    /// The name of the file with the list of routes.
    pub(crate) fn routes_path(&self, code: &stamp::Scope) -> Option<String> {
        scope(self.package.as_ref()?, code).ok()?.routes
    }

    /// The name of the package that is expected, if it is known.
    pub(crate) fn name(&self) -> Option<&str> {
        self.package.as_ref().map(Package::name).or(self.name.as_deref())
    }

    /// The package's directory in a working tree of the user's.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
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

    /// The root of the repository.
    pub(crate) fn top(&self) -> Option<&Path> {
        self.repository.as_ref().map(Repository::top)
    }

    /// Whether a file is in source what it was at a commit. `None` means that nobody can tell.
    pub(crate) fn is_as_at(&self, commit: &CommitId, path: &Path) -> Option<bool> {
        let repository = self.repository.as_ref()?;
        let other = match self.mode {
            MatchMode::Source => None,
            MatchMode::Commit => Some(self.commit.as_ref().ok()?),
        };
        repository.is_as_at(commit, other, path).ok()?
    }

    /// The content of a commit that this clone holds.
    pub(crate) fn content_at(&mut self, commit: &CommitId) -> Option<Arc<Content>> {
        if self.mode == MatchMode::Commit && self.commit.as_ref() == Ok(commit) {
            return self.content().ok();
        }
        if let Some(known) = self.contents.get(commit) {
            return known.clone();
        }
        let content = self.read_at(commit).map(Arc::new);
        self.contents.insert(commit.clone(), content.clone());
        content
    }

    /// The content of a commit that this clone holds, checked out with these line endings.
    pub(crate) fn content_with(&self, commit: &CommitId, endings: LineEndings) -> Option<Content> {
        let repository = self.repository.as_ref()?.with_line_endings(endings);
        self.read_from(&repository, commit)
    }

    fn read_at(&self, commit: &CommitId) -> Option<Content> {
        self.read_from(self.repository.as_ref()?, commit)
    }

    fn read_from(&self, repository: &Repository, commit: &CommitId) -> Option<Content> {
        let directory = self.directory.as_ref()?;
        repository.resolve(commit.as_str()).ok()??;
        let commit = Commit::of(repository, commit).ok()?;
        let package = Package::find_in(&commit.files, directory).ok()?;
        Content::of(&package, &self.context(&commit.files)).ok()
    }

    /// How the content of the commit found differs from the expected one.
    pub(crate) fn between(&mut self, found: &CommitId) -> Option<Between> {
        let expected = self.content().ok()?;
        let other = self.content_at(found)?;
        let mut between = Between::default();
        let mut own = BTreeSet::new();
        let mut further = BTreeSet::new();
        let mut packages = BTreeSet::new();
        let mut files = BTreeSet::new();
        for name in expected.difference(&other) {
            let line = expected.entry(&name).or_else(|| other.entry(&name));
            let side = if expected.entry(&name).is_some() { &expected } else { &other };
            let owner = line.and_then(|line| side.owner(line));
            if let Some(owner) = owner {
                packages.insert(owner.package.name().to_owned());
            }
            let path = side.file_of(&name);
            let shown = shown(&name);
            let is_own = line.is_some_and(|line| line.path.is_some()) && !shown.starts_with("../");
            if is_own {
                own.insert(shown)
            } else {
                further.insert(shown)
            };
            files.insert(path);
        }
        between.changed = own.into_iter().chain(further).collect();
        between.packages = packages.into_iter().collect();
        if let (Some(repository), Ok(commit)) = (&self.repository, &self.commit) {
            between.commits = repository.touching(found, commit, &files).ok();
        }
        Some(between)
    }

    /// The lines in which the content of the commit found differs from the expected one.
    pub(crate) fn rules_between(&mut self, found: &CommitId) -> Option<Vec<(Rule, Vec<String>)>> {
        let expected = self.content().ok()?;
        let other = self.content_at(found)?;
        let differences = expected.difference(&other);
        let rules = differences.iter().filter_map(|name| {
            let side = if expected.entry(name).is_some() { &expected } else { &other };
            let line = side.entry(name)?;
            let owners = side.owners(line).map(|covered| covered.package.name().to_owned());
            Some((line.rule.clone(), owners.collect()))
        });
        Some(rules.collect())
    }
}

/// The files of a commit, written to a directory that is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Written {
    /// The package in it.
    pub(crate) package: PathBuf,
    _directory: TempDir,
}

impl Source {
    /// The files of the revision, if one is expected.
    pub(crate) fn written(&self) -> Result<Option<Written>, String> {
        match (self.mode, &self.commit) {
            (MatchMode::Commit, Ok(commit)) => self.written_at(commit).map(Some),
            _ => Ok(None),
        }
    }

    /// The files of a commit.
    pub(crate) fn written_at(&self, commit: &CommitId) -> Result<Written, String> {
        let (Some(repository), Some(directory)) = (&self.repository, &self.directory) else {
            return Err("there is no repository to read the commit from".to_owned());
        };
        let scratch = scratch().map_err(|failure| failure.to_string())?;
        repository.write(commit, scratch.path()).map_err(|error| error.to_string())?;
        let below = directory.strip_prefix(repository.top()).unwrap_or(Path::new(""));
        Ok(Written { package: scratch.path().join(below), _directory: scratch })
    }

    /// The version of the compiler that source pins, if it does.
    pub(crate) fn toolchain(&self) -> Option<String> {
        let package = self.package.as_ref()?;
        let top = self.repository.as_ref().map(Repository::top);
        selfsame_source::pinned_toolchain(self.files(), package, top).ok()?
    }
}

impl Commit {
    fn of(repository: &Repository, commit: &CommitId) -> Result<Self, Failure> {
        let scratch = scratch()?;
        let files = repository.snapshot(commit, scratch.path())?;
        Ok(Self { files, _scratch: scratch })
    }
}

/// What source says of the build, with what the build script adds in code.
fn scope(package: &Package, code: &stamp::Scope) -> Result<Scope, String> {
    let mut scope = Scope::of(package).map_err(|error| error.to_string())?;
    // It comes from a stamp or a report, and a stranger's must not lead out of the package.
    let leads_out = |path: &str| {
        let path = path.strip_suffix("/*").unwrap_or(path);
        selfsame_source::normalize(Path::new(path), false).map_or(true, |normal| normal != path)
    };
    if let Some(path) = code.modules.iter().chain(&code.routes).find(|path| leads_out(path)) {
        return Err(format!(
            "the build script names `{path}`, which is outside the package: is it the stamp of \
             another program?"
        ));
    }
    scope.extend(code);
    Ok(scope)
}

fn changes(
    repository: &Repository,
    package: &Package,
    content: &Content,
    within: &Context<'_>,
) -> Result<Vec<String>, String> {
    let scratch = scratch().map_err(|failure| failure.to_string())?;
    let index = scratch.path().join("index");
    let standing = repository.standing(package, content, within, &index);
    let changes =
        standing.and_then(|standing| standing.changes).map_err(|error| error.to_string())?;
    Ok(changes.iter().map(ToString::to_string).collect())
}

/// The name of a line of content as a path from the package.
pub(crate) fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let name = match &*name {
        "lock" => "Cargo.lock",
        "workspace" => "the workspace's Cargo.toml",
        name => name.strip_prefix("manifest ").or(name.strip_prefix("config ")).unwrap_or(name),
    };
    name.strip_prefix("./").unwrap_or(name).to_owned()
}

/// A directory that is gone when it is dropped.
pub(crate) fn scratch() -> Result<TempDir, Failure> {
    TempDir::with_prefix("selfsame-")
        .map_err(|error| Failure::new(format!("cannot make a temporary directory: {error}")))
}
