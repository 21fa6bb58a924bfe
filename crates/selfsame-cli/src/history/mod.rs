//! The history of a package, as the command asks for it.

mod date;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use selfsame_core::environment::Environment;
use selfsame_core::stamp::CommitId;
use selfsame_source::Package;
use selfsame_source::git::Repository;
use selfsame_source::history::{Asked, History, Parts, Range};

use crate::error::Failure;
use crate::source::scratch;
use crate::workspace;

/// The most refs that are named for a commit.
const REFS: usize = 8;

/// The repository that is asked, and the package in it.
#[derive(Debug)]
pub(crate) struct Locator {
    pub(crate) repository: Repository,
    pub(crate) directory: PathBuf,
    pub(crate) name: String,
    cargo_home: Option<PathBuf>,
    pub(crate) time: Duration,
}

/// What is asked of history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) tips: &'a [String],
    pub(crate) since: Option<&'a str>,
    pub(crate) most: usize,
    pub(crate) deadline: Option<Instant>,
    pub(crate) parts: Option<&'a Parts>,
}

/// A range of commits.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) commits: usize,
    pub(crate) newest: Named,
    pub(crate) oldest: Named,
    pub(crate) refs: Vec<String>,
    pub(crate) more_refs: bool,
    /// How far behind the commit that is checked out, and how many of the commits between change
    /// content. `None` if it does not descend from the range.
    pub(crate) behind: Option<(usize, usize)>,
    /// How many commits the range has that the one that is checked out does not descend from.
    pub(crate) ahead: usize,
}

/// A commit as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) id: CommitId,
    pub(crate) author: String,
    pub(crate) subject: String,
    pub(crate) committed_at: String,
}

impl Locator {
    /// Opens the repository around the package in `source`. At the root of a workspace that is the
    /// package called `name`.
    pub(crate) fn of(source: &Path, name: Option<&str>, time: Duration) -> Result<Self, Failure> {
        let directory = source
            .canonicalize()
            .map_err(|error| Failure::new(format!("`{}`: {error}", source.display())))?;
        let member = || name.and_then(|name| workspace::member(&directory, name));
        let found = match Package::find(&directory) {
            Err(_) if workspace::is_root(&directory) => match member() {
                Some(member) => Package::find(&member)?,
                None => {
                    return Err(Failure::new(format!(
                        "`{}` is the root of a workspace; help: give --source DIR of one of its \
                         packages",
                        source.display()
                    )));
                }
            },
            found => found?,
        };
        let environment = Environment::of_process();
        let repository = Repository::around(found.root(), &environment, time)?;
        let repository = repository.ok_or_else(|| {
            Failure::new(format!(
                "`{}` is not in a git repository, so there is no history to ask",
                source.display()
            ))
        })?;
        repository.head(&found)?;
        Ok(Self {
            repository,
            directory: found.root().to_owned(),
            name: found.name().to_owned(),
            cargo_home: selfsame_source::cargo_home(&environment),
            time,
        })
    }

    /// Asks for the content of each commit.
    pub(crate) fn ask(&self, question: Question<'_>) -> Result<History, Failure> {
        let scratch = scratch()?;
        let asked = Asked {
            directory: &self.directory,
            name: Some(&self.name),
            cargo_home: self.cargo_home.as_deref(),
            tips: question.tips,
            since: question.since,
            most: question.most,
            deadline: question.deadline,
            parts: question.parts,
            scratch: scratch.path(),
            cache: true,
        };
        Ok(self.repository.history(&asked)?)
    }

    /// Ranges as they are shown, seen from `head`.
    pub(crate) fn shown_ranges(
        &self,
        history: &History,
        ranges: &[Range],
        head: Option<usize>,
    ) -> Result<Vec<Found>, Failure> {
        let reached = head.map(|head| history.reached(head));
        let mut found = Vec::new();
        for range in ranges {
            let (Some(first), Some(last)) = (range.commits.first(), range.commits.last()) else {
                continue;
            };
            // The newest one is that next to what is checked out.
            let is_reached = |at: &&usize| reached.as_ref().is_some_and(|reached| reached[**at]);
            let newest = *range.commits.iter().find(is_reached).unwrap_or(first);
            let apart = head.map(|head| history.apart(newest, head)).unwrap_or_default();
            let matter = apart.behind.iter().filter(|at| history.matters(**at)).count();
            let is_below = reached.as_ref().is_some_and(|reached| reached[newest]);
            let id = &history.commits[newest].id;
            let mut refs = self.repository.refs_with(id, REFS + 1)?;
            let more_refs = refs.len() > REFS;
            refs.truncate(REFS);
            found.push(Found {
                commits: range.commits.len(),
                newest: self.named(id),
                oldest: self.named(&history.commits[*last].id),
                refs,
                more_refs,
                behind: is_below.then_some((apart.behind.len(), matter)),
                ahead: apart.ahead.len(),
            });
        }
        Ok(found)
    }

    pub(crate) fn named(&self, id: &CommitId) -> Named {
        let summary = self.repository.summary(id).ok().flatten();
        let [author, subject, committed_at] = summary.unwrap_or_default();
        Named { id: id.clone(), author, subject, committed_at }
    }
}
