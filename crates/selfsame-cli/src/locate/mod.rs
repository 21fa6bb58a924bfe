//! `selfsame locate`: which commits have a content.

mod show;

use std::collections::BTreeMap;

use selfsame_core::stamp::Tree;
use selfsame_source::Content;
use selfsame_source::history::{Commit, Counts, History, MAX_COMMITS, Parts};

use crate::args::{Locate, Printed};
use crate::error::Failure;
use crate::history::{Found, Locator, Named, Question};
use crate::output::{self, Exit, counted};
use crate::source::{Source, shown};
use crate::subject::{Kind, Reader, Subject};

/// The most files that are named for a part.
const FILES: usize = 20;

pub(crate) fn run(arguments: &Locate) -> Result<Exit, Failure> {
    let located = Locator::find(arguments);
    match (located, arguments.format) {
        (Ok(located), format) => {
            let text = match format {
                Printed::Human => show::human(&located),
                Printed::Json => show::json(&located),
            };
            output::print(&text)?;
            if located.exit() == Exit::CannotTell {
                output::complain(&located.why_open());
            }
            Ok(located.exit())
        }
        (Err(failure), Printed::Json) => {
            output::print(&show::json_of_failure(&failure))?;
            Err(failure)
        }
        (Err(failure), Printed::Human) => Err(failure),
    }
}

/// What history says of a target.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Located {
    pub(crate) target: Subject,
    pub(crate) revisions: Vec<String>,
    pub(crate) since: Option<String>,
    pub(crate) counts: Counts,
    pub(crate) is_shallow: bool,
    pub(crate) is_cut: bool,
    pub(crate) is_late: bool,
    pub(crate) ranges: Vec<Found>,
    /// Whether the working tree, with local changes, has the content.
    pub(crate) is_tree: bool,
    pub(crate) parts: Vec<Part>,
    pub(crate) nearest: Option<Nearest>,
}

/// A package or a module, with the commits that have it as it is.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) is_module: bool,
    pub(crate) name: String,
    pub(crate) path: String,
    /// The newest range.
    pub(crate) found: Option<Found>,
    pub(crate) ranges: usize,
}

/// The commit that has most of the parts.
#[derive(Debug, Clone)]
pub(crate) struct Nearest {
    pub(crate) commit: Named,
    pub(crate) has: usize,
    pub(crate) of: usize,
    /// The parts that it has otherwise, by their places in [`Located::parts`].
    pub(crate) differs: Vec<usize>,
    /// The files in which they differ, as far as git or the stamp knows them.
    pub(crate) files: Vec<String>,
}

impl Located {
    pub(crate) fn exit(&self) -> Exit {
        if !self.ranges.is_empty() {
            Exit::Same
        } else if self.is_certain() {
            Exit::Drift
        } else {
            Exit::CannotTell
        }
    }

    /// Whether no commit that was left out could have the content.
    pub(crate) fn is_certain(&self) -> bool {
        self.target.content.is_ok()
            && self.counts.unknown.is_empty()
            && self.counts.left == 0
            && !self.is_cut
            && !self.is_late
            && !self.is_shallow
            && self.counts.known > 0
    }

    /// Why it is open whether a commit has the content.
    fn why_open(&self) -> String {
        if let Err(why) = &self.target.content {
            return format!("the content of `{}` is unknown: {why}", self.target.shown);
        }
        if let Some((why, commits)) = self.counts.unknown.iter().next() {
            return format!("the content of {} is unknown: {why}", counted(*commits, "commit"));
        }
        if self.is_shallow {
            return "the clone is shallow, and older commits may have it: git fetch --unshallow"
                .to_owned();
        }
        if self.counts.known == 0 {
            return "no commit that was looked at has the package".to_owned();
        }
        "not all commits were looked at".to_owned()
    }
}

impl Locator {
    /// Answers the command line.
    fn find(arguments: &Locate) -> Result<Located, Failure> {
        let reader = Reader {
            source: &arguments.source,
            at: &arguments.at,
            token_env: arguments.token_env.as_deref(),
            options: arguments.reading.options(),
            request_time: arguments.request_time(),
            program_time: arguments.program_time(),
            silence: arguments.silence(),
        };
        let target = reader.read(&arguments.target)?;
        let locator = Self::of(&arguments.source, target.name.as_deref(), reader.program_time)?;
        if let Some(name) = target.name.as_ref().filter(|name| **name != locator.name) {
            return Err(Failure::new(format!(
                "`{}` is of the package `{name}`, and `{}` is `{}`; help: give --source DIR of \
                 `{name}`",
                target.shown,
                locator.directory.display(),
                locator.name
            )));
        }
        let tips = if arguments.all { "--all" } else { "HEAD" };
        locator.locate(target, vec![tips.to_owned()], arguments.since.clone())
    }

    /// Asks history about a target.
    fn locate(
        &self,
        target: Subject,
        revisions: Vec<String>,
        since: Option<String>,
    ) -> Result<Located, Failure> {
        let question = Question {
            tips: &revisions,
            since: since.as_deref(),
            most: MAX_COMMITS,
            deadline: None,
            parts: None,
        };
        let history = self.ask(question)?;
        let content = target.content.clone().ok();
        let head = self.repository.resolve("HEAD")?.and_then(|head| history.place(&head));
        let has = |commit: &Commit| content.is_some() && commit.at.content() == content;
        let found = self.shown_ranges(&history, &history.ranges(has), head);
        let mut located = Located {
            counts: history.counts(),
            is_shallow: history.is_shallow,
            is_cut: history.is_cut,
            is_late: history.is_late,
            ranges: found?,
            is_tree: false,
            parts: Vec::new(),
            nearest: None,
            target,
            revisions,
            since,
        };
        if located.ranges.is_empty() {
            located.is_tree = self.is_tree(&located.target);
            self.by_parts(&mut located)?;
        }
        Ok(located)
    }

    /// Whether the working tree has the content.
    fn is_tree(&self, target: &Subject) -> bool {
        if target.kind == Kind::Tree {
            return target.tree == Tree::Dirty;
        }
        let source = Source::of_tree(&self.directory, self.time);
        let content = source.ok().and_then(|mut source| source.content().ok());
        let digest = content.and_then(|content| content.digest().ok());
        digest.is_some() && digest == target.content.as_ref().ok().copied()
    }

    /// Dates the packages and the modules one by one.
    fn by_parts(&self, located: &mut Located) -> Result<(), Failure> {
        let target = &located.target;
        let parts = Parts::new(&target.packages, &target.modules, target.scope.clone());
        if parts.is_empty() {
            return Ok(());
        }
        let question = Question {
            tips: &located.revisions,
            since: located.since.as_deref(),
            most: MAX_COMMITS,
            deadline: None,
            parts: Some(&parts),
        };
        let history = self.ask(question)?;
        let head = self.repository.resolve("HEAD")?.and_then(|head| history.place(&head));
        let named = target
            .packages
            .iter()
            .map(|one| (false, one.name.clone(), one.path.clone()))
            .chain(target.modules.iter().map(|one| (true, one.name.clone(), one.path.clone())));
        let mut newest = Vec::new();
        let mut dated = Vec::new();
        for (index, (is_module, name, path)) in named.enumerate() {
            let ranges = history.ranges(|commit| commit.has_part(index));
            let first = ranges.first().map(std::slice::from_ref).unwrap_or_default();
            let found = self.shown_ranges(&history, first, head)?.pop();
            newest.push(ranges.first().and_then(|range| range.commits.first().copied()));
            dated.push(Part { is_module, name, path, found, ranges: ranges.len() });
        }
        let has = history.commits.iter().map(Commit::count_parts).max().unwrap_or(0);
        let nearest = history.commits.iter().position(|commit| commit.count_parts() == has);
        located.nearest = match nearest {
            Some(at) if has > 0 => {
                let commit = &history.commits[at];
                let differs: Vec<usize> =
                    (0..parts.len()).filter(|index| !commit.has_part(*index)).collect();
                let files = self.files(target, &history, at, &differs, &newest);
                let id = &commit.id;
                Some(Nearest { commit: self.named(id), has, of: parts.len(), differs, files })
            }
            _ => None,
        };
        located.parts = dated;
        Ok(())
    }

    /// The files in which the parts of a commit differ from those that were found, as far as they are
    /// known: from the commits that have them, or from the stamp, which names local changes.
    fn files(
        &self,
        target: &Subject,
        history: &History,
        nearest: usize,
        differs: &[usize],
        newest: &[Option<usize>],
    ) -> Vec<String> {
        let mut files: Vec<String> = Vec::new();
        let mut contents: BTreeMap<usize, Option<std::sync::Arc<Content>>> = BTreeMap::new();
        let Ok(mut source) = Source::of_tree(&self.directory, self.time) else { return files };
        let mut content = |at: usize| {
            let id = &history.commits[at].id;
            contents.entry(at).or_insert_with(|| source.content_at(id)).clone()
        };
        for index in differs.iter().filter(|index| **index < target.packages.len()) {
            let package = &target.packages[*index];
            let Some(at) = newest[*index] else { continue };
            let (Some(one), Some(other)) = (content(nearest), content(at)) else { continue };
            for name in one.difference(&other) {
                let side = if other.entry(&name).is_some() { &other } else { &one };
                let Some(line) = side.entry(&name) else { continue };
                if side.owners(line).any(|owner| owner.package.name() == package.name) {
                    files.push(shown(&name));
                }
            }
        }
        let is_undated = differs.iter().any(|index| newest[*index].is_none());
        if is_undated {
            files.extend(target.changed.iter().cloned());
        }
        files.sort_unstable();
        files.dedup();
        files
    }
}
