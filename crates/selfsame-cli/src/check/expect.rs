//! What source expects, as the judge takes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use selfsame_core::compare::MatchMode;
use selfsame_core::environment::Environment;
use selfsame_core::findings::{
    Claim, CommitSummary, Dated, Distance, Expectation, History, SourceEvidence,
};
use selfsame_core::routes::Inventory;
use selfsame_core::stamp::{CommitId, Digest, PackageContent, Scope};
use selfsame_source::git::{self, Repository};
use selfsame_source::{Content, Package};

use super::equivalence;
use crate::args::Check;
use crate::error::Failure;
use crate::history::Locator;
use crate::source::{Between, Source};
use crate::workspace;

/// How long a content may be looked for in history: a check is to end soon.
const MAX_DATING: Duration = Duration::from_secs(20);

/// The expected side, read as far as it is needed.
#[derive(Debug)]
pub(super) struct Expected {
    place: Place,
    /// How long one run of git or cargo may take.
    time: Duration,
    revision: Option<String>,
    /// Whether another commit with the same content will do, though a revision is expected.
    by_content: bool,
    /// How long a commit may take to arrive, and what time it is.
    grace: Option<(Duration, i64)>,
    source: Option<Source>,
    /// What was read already, by the scope of a stamp.
    read: BTreeMap<String, (Expectation, Option<Arc<Content>>)>,
    histories: BTreeMap<CommitId, History>,
    /// What is expected of claims that were judged already: replicas make the same.
    known: HashMap<String, Option<Expectation>>,
}

/// Where source is.
#[derive(Debug)]
enum Place {
    /// Nowhere: why.
    Nowhere(String),
    /// A commit whose id alone is known.
    Id,
    /// A package.
    Package(PathBuf),
    /// The root of a workspace: the package is the one whose name is found.
    Workspace(PathBuf),
}

impl Expected {
    /// Finds the source that is asked for, or the package of the current directory if it is in a
    /// git repository.
    pub(super) fn find(arguments: &Check) -> Result<Self, Failure> {
        let (revision, time) = (arguments.commit.clone(), arguments.program_time());
        let of = |place| Self {
            place,
            time,
            revision: revision.clone(),
            by_content: arguments.by_content || arguments.grace.is_some(),
            grace: arguments.grace.map(|grace| (grace, now(arguments.now))),
            source: None,
            read: BTreeMap::new(),
            histories: BTreeMap::new(),
            known: HashMap::new(),
        };
        if let Some(directory) = &arguments.source {
            let mut expected = of(place(directory));
            expected.open()?;
            return Ok(expected);
        }
        let current = PathBuf::from(".");
        let is_there = Package::find(&current).is_ok() || workspace::is_root(&current);
        let why_not_here = if is_there {
            match Repository::around(&current, &Environment::of_process(), time) {
                Ok(Some(_)) => {
                    let mut expected = of(place(&current));
                    expected.open()?;
                    return Ok(expected);
                }
                Ok(None) => "the current directory is not in a git repository".to_owned(),
                Err(error) => error.to_string(),
            }
        } else {
            "the current directory is not a package".to_owned()
        };
        let Some(id) = &revision else {
            return Ok(of(Place::Nowhere(format!(
                "neither --source nor --commit was given, and {why_not_here}"
            ))));
        };
        let commit: CommitId = id.parse().map_err(|error| {
            let message = format!("--commit {id:?} without --source: {error}; {why_not_here}");
            // A package whose repository cannot be asked is not a mistake in the command line.
            if is_there { Failure::new(message) } else { Failure::usage(message) }
        })?;
        Ok(Self { source: Some(Source::of_id(commit)), ..of(Place::Id) })
    }

    fn open(&mut self) -> Result<(), Failure> {
        if let Place::Package(directory) = &self.place {
            self.source = Some(match &self.revision {
                Some(revision) => Source::at_revision(directory, revision, self.time)?,
                None => Source::of_tree(directory, self.time)?,
            });
        }
        Ok(())
    }

    /// Reads the working tree again, which may have moved on.
    pub(super) fn read_again(&mut self) -> Result<(), Failure> {
        let is_tree = self.source.as_ref().is_some_and(|one| one.mode == MatchMode::Source);
        if is_tree {
            self.read.clear();
            self.histories.clear();
            self.known.clear();
            self.open()?;
        }
        Ok(())
    }

    /// At the root of a workspace, turns to the package of this name.
    pub(super) fn named(&mut self, name: &str) -> Result<(), Failure> {
        if let (Place::Workspace(root), None) = (&self.place, &self.source)
            && let Some(directory) = workspace::member(root, name)
        {
            self.place = Place::Package(directory);
            self.open()?;
        }
        Ok(())
    }

    /// The name of the package that is expected, if it is known.
    pub(super) fn name(&self) -> Option<&str> {
        self.source.as_ref().and_then(Source::name)
    }

    /// The package's directory in a working tree of the user's.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.source.as_ref().and_then(Source::directory)
    }

    /// The list of routes that source keeps.
    pub(super) fn routes(&mut self, scope: &Scope) -> Result<Option<Inventory>, Failure> {
        self.source.as_mut().map_or(Ok(None), |source| source.routes(scope))
    }

    /// What source says, for its own rung. `name` is what was found, if something was.
    pub(super) fn evidence(&mut self, name: Option<&str>) -> SourceEvidence {
        match (&self.place, &self.source) {
            (Place::Nowhere(why), _) => SourceEvidence::None(why.clone()),
            (Place::Workspace(root), None) => SourceEvidence::WorkspaceRoot {
                name: name.unwrap_or("…").to_owned(),
                reason: match name {
                    Some(_) => format!("`{}` has no such package", root.display()),
                    None => "no artifact and no process states a name".to_owned(),
                },
            },
            _ => {
                let read = self.expectation(&Scope::default(), None);
                read.map_or(SourceEvidence::default(), |read| SourceEvidence::Read(Box::new(read)))
            }
        }
    }

    /// What source expects of a claim of this scope and commit.
    pub(super) fn expectation(
        &mut self,
        scope: &Scope,
        claim: Option<&Claim>,
    ) -> Option<Expectation> {
        let source = self.source.as_mut()?;
        let key = format!("{scope:?}");
        let (mut read, content) = if let Some(known) = self.read.get(&key) {
            known.clone()
        } else {
            let known = read(source, scope);
            self.read.insert(key, known.clone());
            known
        };
        let exactly = read.exactly && !self.by_content;
        let Some(claim) = claim else {
            read.exactly = exactly;
            return Some(read);
        };
        let history = claim.commit.as_ref().and_then(|commit| {
            let known = self.histories.get(commit).cloned();
            let history = known.or_else(|| history(source, commit))?;
            self.histories.insert(commit.clone(), history.clone());
            Some(history)
        });
        let equivalence = equivalence::of(source, &read, claim, self.time);
        if let Some(why) = content.and_then(|content| undecided(&read, &content, claim)) {
            read.content = None;
            read.unknown.insert("content".to_owned(), why);
        }
        read.exactly = exactly;
        read.history = history;
        read.equivalence = equivalence;
        Some(read)
    }

    /// What source expects of a claim. Where only local changes could differ, the content of the
    /// commit is read as well.
    pub(super) fn of_claim(
        &mut self,
        scope: &Scope,
        claim: &Claim,
    ) -> Result<Option<Expectation>, Failure> {
        let mut alike = claim.clone();
        alike.instance = None;
        let key = format!("{scope:?} {alike:?}");
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        self.named(&claim.name)?;
        let mut expectation = self.expectation(scope, Some(claim));
        if let Some(expectation) = &mut expectation {
            let changes = expectation.changes.as_ref();
            let has_changes = changes.is_some_and(|changes| !changes.is_empty());
            if has_changes && claim.content.is_some() && claim.content != expectation.content {
                expectation.head_content = self.head_content();
            }
        }
        if let Some(found) = &mut expectation {
            self.within_grace(scope, claim, found);
        }
        if let Some(expectation) = &mut expectation {
            expectation.dated = self.dated(expectation, claim);
        }
        self.known.insert(key, expectation.clone());
        Ok(expectation)
    }

    /// Turns to the commit that a claim has the content of, where newer ones may still be on their
    /// way.
    fn within_grace(&self, scope: &Scope, claim: &Claim, expectation: &mut Expectation) {
        let Some((grace, now)) = self.grace else { return };
        let (Some(content), Some(directory)) = (claim.content, self.directory()) else { return };
        let Some(tip) = expectation.commit.clone().filter(|_| Some(content) != expectation.content)
        else {
            return;
        };
        let locator = match Locator::of(directory, Some(&claim.name), self.time) {
            Ok(locator) => locator,
            Err(failure) => return open(expectation, &failure.to_string()),
        };
        let seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
        let revision = self.revision.as_deref();
        let (accepted, why) = match locator.accepted(&tip, revision, now, seconds, MAX_DATING) {
            Ok(accepted) => accepted,
            Err(failure) => return open(expectation, &failure.to_string()),
        };
        let commit = accepted.iter().find(|(_, found)| *found == Some(content));
        let Some((commit, _)) = commit else {
            if let Some(why) = why {
                open(expectation, &why);
            }
            return;
        };
        let source = Source::at_revision(directory, commit.as_str(), self.time);
        let Ok(mut source) = source else { return };
        let (mut read, _) = read(&mut source, scope);
        read.exactly = false;
        read.history = history(&mut source, claim.commit.as_ref().unwrap_or(commit));
        read.not_compared.push((
            format!("the newest code of commit {}", tip.short()),
            format!(
                "what runs is of commit {}, and what came after it is younger than {} (--grace)",
                commit.short(),
                humantime::format_duration(grace)
            ),
        ));
        *expectation = read;
    }

    /// Which commits have the content of a claim whose own commit says nothing: it has none, or one
    /// that this clone does not hold.
    fn dated(&self, expectation: &Expectation, claim: &Claim) -> Option<Dated> {
        let content = claim.content.filter(|content| Some(*content) != expectation.content)?;
        let distance = expectation.history.as_ref().map(|history| history.distance);
        let is_open = claim.commit.is_none()
            || matches!(distance, Some(Distance::NotInClone | Distance::Shallow));
        let directory = self.directory().filter(|_| is_open)?;
        let tip = expectation.commit.as_ref()?;
        let locator = Locator::of(directory, Some(&claim.name), self.time).ok()?;
        Some(locator.date(content, tip, self.time.min(MAX_DATING)))
    }

    /// The content that source has under a scope that was asked for already.
    pub(super) fn content(&self, scope: &Scope) -> Option<Arc<Content>> {
        self.read.get(&format!("{scope:?}"))?.1.clone()
    }

    /// The content of a commit that this clone holds.
    pub(super) fn content_at(&mut self, commit: &CommitId) -> Option<Arc<Content>> {
        self.source.as_mut()?.content_at(commit)
    }

    /// The root of the repository.
    pub(super) fn top(&self) -> Option<&Path> {
        self.source.as_ref().and_then(Source::top)
    }

    /// The name of the file with the list of routes.
    pub(super) fn routes_path(&self, scope: &Scope) -> Option<String> {
        self.source.as_ref()?.routes_path(scope)
    }

    /// Whether a file of the package is what it was at a commit. `None` if that is unknown.
    pub(super) fn is_as_at(&self, commit: Option<&CommitId>, path: &Path) -> Option<bool> {
        self.source.as_ref()?.is_as_at(commit?, path)
    }

    /// The content of the commit that is checked out.
    pub(super) fn head_content(&mut self) -> Option<Digest> {
        let source = self.source.as_mut()?;
        let head = source.commit.clone().ok()?;
        source.content_at(&head)?.digest().ok()
    }
}

/// Leaves it open whether a content is expected.
fn open(expectation: &mut Expectation, why: &str) {
    expectation.content = None;
    expectation.commit = None;
    expectation.unknown.insert("content".to_owned(), format!("--grace: {why}"));
    expectation.unknown.insert("commit".to_owned(), format!("--grace: {why}"));
}

/// What time it is, in seconds since 1970.
fn now(given: Option<i64>) -> i64 {
    let clock = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.ok().and_then(|since| i64::try_from(since.as_secs()).ok())
    };
    given.or_else(clock).unwrap_or(0)
}

fn place(directory: &Path) -> Place {
    if Package::find(directory).is_err() && workspace::is_root(directory) {
        Place::Workspace(directory.to_owned())
    } else {
        Place::Package(directory.to_owned())
    }
}

fn read(source: &mut Source, scope: &Scope) -> (Expectation, Option<Arc<Content>>) {
    let facts = source.facts(scope);
    let mut unknown = BTreeMap::new();
    let mut note = |fact: &str, why: Option<&String>| {
        unknown.extend(why.map(|why| (fact.to_owned(), why.clone())));
    };
    note("commit", source.commit.as_ref().err());
    note("content", facts.no_content.as_ref());
    note("changes", facts.changed.as_ref().err());
    note("modules", facts.modules.as_ref().err());
    let mut expectation = Expectation::default();
    expectation.exactly = source.mode == MatchMode::Commit;
    expectation.name = source.name().map(str::to_owned);
    expectation.version = source.package.as_ref().map(|package| package.version().to_owned());
    expectation.commit = facts.expected.commit;
    expectation.branch = source.head.as_ref().and_then(|head| head.branch.clone());
    expectation.subject = source.head.as_ref().map(|head| head.subject.clone());
    expectation.content = facts.expected.content;
    expectation.unknown = unknown;
    expectation.changes = facts.changed.ok();
    expectation.modules = facts.modules.ok();
    expectation.not_compared = facts.not_compared;
    expectation.packages = facts.content.as_ref().map(|content| content.package_contents());
    expectation.toolchain = source.toolchain();
    (expectation, facts.content)
}

/// Why a difference from a revision is undecided: a package outside the repository is as it is now,
/// and not as it was at the revision. `None` where another package differs, or none.
fn undecided(expectation: &Expectation, content: &Content, claim: &Claim) -> Option<String> {
    let outside = content.outside();
    let first = outside.first().filter(|_| {
        expectation.exactly && claim.content.is_some() && claim.content != expectation.content
    })?;
    if let (Some(expected), Some(found)) = (&expectation.packages, &claim.packages) {
        let lines = |packages: &[PackageContent]| -> BTreeSet<_> {
            packages.iter().map(|one| (one.path.clone(), one.sha256)).collect()
        };
        let (expected, found) = (lines(expected), lines(found));
        let mut differs = expected.symmetric_difference(&found).peekable();
        let is_outside = |path: &str| outside.iter().any(|one| one.path == path);
        if differs.peek().is_none() || !differs.all(|(path, _)| is_outside(path)) {
            return None;
        }
    }
    Some(format!(
        "the package `{}` at `{}` lies outside the repository, and what it was at the commit is \
         unknown",
        first.name, first.path
    ))
}

fn history(source: &mut Source, commit: &CommitId) -> Option<History> {
    let distance = match source.distance(commit)? {
        git::Distance::Equal => Distance::Equal,
        git::Distance::Behind(commits) => Distance::Behind { commits },
        git::Distance::Ahead(commits) => Distance::Ahead { commits },
        git::Distance::Diverged { behind, ahead } => Distance::Diverged { behind, ahead },
        git::Distance::NotKnown { shallow: true } => Distance::Shallow,
        _ => Distance::NotInClone,
    };
    let between = if distance == Distance::Equal { None } else { source.between(commit) };
    let Between { changed, packages, commits } = between.unwrap_or_default();
    let mut history = History::new(distance);
    history.changed = changed;
    history.packages = packages;
    history.matter = commits;
    history.commit = source
        .summary(commit)
        .map(|[author, subject, committed_at]| CommitSummary::new(author, subject, committed_at));
    Some(history)
}
