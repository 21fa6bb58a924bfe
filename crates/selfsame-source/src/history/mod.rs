//! Content as a key into history: the content of a package at each commit, in one walk.
//!
//! `git log --raw` says what each commit changed. Content is read once, with a note of every path
//! that was asked about; a commit that changes none of these has the content of its neighbour, and
//! one that edits a file changes a line. What the lines are is read anew only where a commit may
//! change that. Each object is read once, from one `git cat-file`.

mod blobs;
mod cache;
mod expected;
mod log;
mod objects;
mod parts;
mod ranges;
mod structure;
mod tree;
mod view;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub use self::expected::Accepted;
pub use self::parts::Parts;
pub use self::ranges::{Apart, Counts, Range};

use self::cache::Cache;
use self::log::{Log, Query};
use self::objects::{Id, Objects};
use self::tree::Tree;
use self::view::{State, Trace};
use self::walk::{Seen, Walker};
use crate::error::SourceError;
use crate::git::{Git, Repository};
use selfsame_core::stamp::{CommitId, Digest};

/// The most commits that are looked at.
pub const MAX_COMMITS: usize = 400_000;

/// The most threads that look at commits. Each keeps what it read.
const THREADS: usize = 2;

/// The content of a package at a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// It is this.
    Content(Digest),
    /// The commit has no such package.
    Absent,
    /// It cannot be known: why.
    Unknown(Arc<str>),
    /// The commit was not looked at, since the time was up.
    #[default]
    NotLooked,
}

impl At {
    fn unknown(error: &SourceError) -> Self {
        Self::Unknown(Arc::from(error.to_string()))
    }

    /// The content, if it is known.
    #[must_use]
    pub fn content(&self) -> Option<Digest> {
        match self {
            Self::Content(content) => Some(*content),
            _ => None,
        }
    }
}

/// What history is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The package, as it is in the working tree.
    pub directory: &'a Path,
    /// The package's name, by which it is found where its directory was another one.
    pub name: Option<&'a str>,
    /// `CARGO_HOME`, whose configuration is the machine's.
    pub cargo_home: Option<&'a Path>,
    /// The revisions to start from. `--all` stands for all refs and `HEAD`.
    pub tips: &'a [String],
    /// How far to look back, as `git log --since` takes it.
    pub since: Option<&'a str>,
    /// The most commits to look at.
    pub most: usize,
    /// When to stop.
    pub deadline: Option<Instant>,
    /// The parts to look for.
    pub parts: Option<&'a Parts>,
    /// An empty directory to work in.
    pub scratch: &'a Path,
    /// Whether what was found out before counts, and is kept.
    pub cache: bool,
}

/// A commit of history.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Commit {
    /// The commit.
    pub id: CommitId,
    /// The places of its parents in the history, of those that are in it.
    pub parents: Vec<usize>,
    /// Whether all its parents are in the history.
    pub is_whole: bool,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// The content.
    pub at: At,
    parts: Vec<u64>,
}

impl Commit {
    /// Whether the part of this number is in the commit as it was asked for.
    #[must_use]
    pub fn has_part(&self, index: usize) -> bool {
        parts::has(&self.parts, index)
    }

    /// How many of the parts are.
    #[must_use]
    pub fn count_parts(&self) -> usize {
        self.parts.iter().map(|word| word.count_ones() as usize).sum()
    }
}

/// The commits that were asked for, the newest first.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct History {
    /// The commits.
    pub commits: Vec<Commit>,
    /// Whether the clone is shallow, so that it lacks older ones.
    pub is_shallow: bool,
    /// Whether there are more commits than were looked at.
    pub is_cut: bool,
    /// Whether the time was up.
    pub is_late: bool,
    places: HashMap<CommitId, usize>,
}

/// Whose content it is.
struct Subject<'a> {
    repository: &'a Repository,
    git: &'a Git,
    top: &'a Path,
    directory: &'a Path,
    name: Option<&'a str>,
    cargo_home: Option<&'a Path>,
    has_submodules: bool,
}

impl Repository {
    /// Finds out the content of a package at each commit.
    ///
    /// # Errors
    ///
    /// If git cannot be asked, or a revision is not known to it.
    pub fn history(&self, asked: &Asked<'_>) -> Result<History, SourceError> {
        let git = self.git.from(self.top());
        let is_shallow = git.text(&["rev-parse", "--is-shallow-repository"])? == "true";
        let query = Query {
            tips: asked.tips,
            since: asked.since,
            most: asked.most.min(MAX_COMMITS),
            changes: None,
        };
        let subject = Subject {
            repository: self,
            git: &git,
            top: self.top(),
            directory: asked.directory,
            name: asked.name,
            cargo_home: asked.cargo_home,
            has_submodules: self.top().join(".gitmodules").exists(),
        };
        let converts = blobs::converts_by_setting(&git)?;
        // What settings decide today they may decide otherwise tomorrow.
        let is_kept = asked.cache && !converts;
        let cache = if is_kept { cache(&subject)? } else { None };
        let (known, absent) = cache.as_ref().map(Cache::read).unwrap_or_default();
        let (mut tree, mut objects) = (Tree::new(), Objects::default());
        let log = Log::read(&git, query, &mut tree, &mut objects)?;
        let is_open = |id: &Id| asked.parts.is_some() || !known.contains_key(id);
        let open = log.commits.iter().filter(|commit| is_open(&commit.id));
        let last = open.map(|commit| commit.printed).max();
        let Some(last) = last else {
            let mut answer = |at: usize| {
                let id: &Id = &log.commits[at].id;
                (known.get(id).cloned().unwrap_or_default(), Vec::new())
            };
            return Ok(History { is_shallow, ..History::of(&log, &mut answer) });
        };
        let (is_cut, all) = (log.is_cut, log);
        let query = Query { most: last + 1, changes: Some(log::MAX_CHANGES), ..query };
        let part = Log::read(&git, query, &mut tree, &mut objects)?;
        let looked = look(&subject, &part, (tree, objects), converts, asked, &known)?;
        if let Some(cache) = &cache {
            let mut found = known.clone();
            for (commit, seen) in part.commits.iter().zip(&looked.seen) {
                if seen.is_lasting {
                    found.insert(commit.id, seen.at.clone());
                }
            }
            if found.len() > known.len() {
                cache.write(&found, &looked.absent.union(&absent).cloned().collect());
            }
        }
        let is_late = looked.is_late;
        let mut answer =
            |at: usize| match part.place(&all.commits[at].id).map(|at| &looked.seen[at]) {
                Some(seen) => (seen.at.clone(), seen.parts.clone()),
                None => (known.get(&all.commits[at].id).cloned().unwrap_or_default(), Vec::new()),
            };
        let history = History::of(&all, &mut answer);
        Ok(History { is_shallow, is_cut, is_late, ..history })
    }
}

/// What came of a walk.
struct Looked {
    /// What was found out, by the places of the commits.
    seen: Vec<Seen>,
    absent: BTreeSet<PathBuf>,
    is_late: bool,
}

/// Looks at all commits of a log: on two threads where there are many, each with its own half.
fn look(
    subject: &Subject<'_>,
    log: &Log,
    (tree, objects): (Tree, Objects),
    converts: bool,
    asked: &Asked<'_>,
    known: &HashMap<Id, At>,
) -> Result<Looked, SourceError> {
    /// Below this many commits the files that both threads read cost more than they save.
    const COMMITS_A_THREAD: usize = 1_000;

    let count = log.commits.len();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(THREADS).min(count / COMMITS_A_THREAD + 1);
    let walk = |number: usize, tree: Tree, objects: Objects| -> Result<Looked, SourceError> {
        let range = count * number / threads..count * (number + 1) / threads;
        let scratch = asked.scratch.join(format!("thread-{number}"));
        let blobs = blobs::Blobs::new(subject.git, subject.top, &scratch, converts);
        let (trace, packages) = (Trace::default(), HashMap::new());
        let state = State { tree, objects, blobs, trace, packages };
        let further = (asked.deadline, known, asked.parts);
        let mut walker = Walker::new(subject, log, range, state, scratch, further);
        walker.run()?;
        Ok(Looked { seen: walker.seen, absent: walker.absent, is_late: walker.is_late })
    };
    std::thread::scope(|scope| {
        let walk = &walk;
        let others: Vec<_> = (1..threads)
            .map(|number| {
                let (tree, objects) = (tree.clone(), objects.clone());
                scope.spawn(move || walk(number, tree, objects))
            })
            .collect();
        let mut all = walk(0, tree, objects)?;
        for (number, other) in others.into_iter().enumerate() {
            let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            let start = count * (number + 1) / threads;
            for (own, theirs) in all.seen[start..].iter_mut().zip(&other.seen[start..]) {
                own.clone_from(theirs);
            }
            all.absent.extend(other.absent);
            all.is_late |= other.is_late;
        }
        Ok(all)
    })
}

/// Where the answers for a package are kept. They depend on where it is, on the settings of git that
/// change files, and on the rules of content.
fn cache(subject: &Subject<'_>) -> Result<Option<Cache>, SourceError> {
    let directory = subject.git.text(&["rev-parse", "--git-common-dir"])?;
    let directory = subject.top.join(directory);
    let below = subject.directory.strip_prefix(subject.top);
    let Ok(below) = below else { return Ok(None) };
    let home = subject.cargo_home.and_then(|home| home.strip_prefix(subject.top).ok());
    let key = format!(
        "{}\n{}\n{}\n{:?}\n{:?}\n{}",
        env!("CARGO_PKG_VERSION"),
        subject.top.display(),
        below.display(),
        subject.name,
        home.map(Path::display),
        subject.has_submodules,
    );
    Ok(Some(Cache::new(&directory, &key)))
}

impl History {
    fn of(log: &Log, answer: &mut dyn FnMut(usize) -> (At, Vec<u64>)) -> Self {
        let mut history = Self { is_cut: log.is_cut, ..Self::default() };
        for (at, logged) in log.commits.iter().enumerate() {
            let Some(id) = objects::commit(&logged.id, log.digits) else { continue };
            let parents: Vec<usize> =
                logged.parents.iter().filter_map(|parent| log.place(parent)).collect();
            let is_whole = parents.len() == logged.parents.len();
            let (content, parts) = answer(at);
            history.places.insert(id.clone(), at);
            history.commits.push(Commit {
                id,
                parents,
                is_whole,
                time: logged.time,
                at: content,
                parts,
            });
        }
        history
    }

    /// The place of a commit.
    #[must_use]
    pub fn place(&self, commit: &CommitId) -> Option<usize> {
        self.places.get(commit).copied()
    }
}
