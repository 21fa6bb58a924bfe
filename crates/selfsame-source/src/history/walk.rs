//! The walk from commit to commit: what lies between two of them changes what is known of one into
//! what is known of the other.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use sha2::Digest as _;

use super::log::{self, Change, Log};
use super::objects::{self, Entry};
use super::parts::{self, Parts};
use super::structure::{Answer, Effect, Structure, fill};
use super::tree::Node;
use super::view::State;
use super::{At, Subject};
use crate::error::SourceError;
use selfsame_core::stamp::{CommitId, Digest};

/// How many states of commits that the walk comes back to are kept. Others are made anew.
const SAVED: usize = 64;

/// What is known of content where the walk stands.
#[derive(Debug, Clone)]
struct Current {
    structure: Rc<Structure>,
    text: Vec<u8>,
    /// The files whose digests in the text are not those of the commit.
    dirty: BTreeSet<Node>,
    last: Option<At>,
}

/// What was found out about a commit.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) at: At,
    /// Whether it holds wherever the commit is.
    pub(super) is_lasting: bool,
    /// Which of the parts that are looked for it has.
    pub(super) parts: Vec<u64>,
}

pub(super) struct Walker<'a> {
    subject: &'a Subject<'a>,
    log: &'a Log,
    /// The commits to look at.
    range: Range<usize>,
    state: State,
    scratch: PathBuf,
    deadline: Option<Instant>,
    /// The commits whose answer is known already.
    known: &'a HashMap<objects::Id, At>,
    wanted: Option<&'a Parts>,
    current: Option<Current>,
    modules: Option<parts::Modules>,
    children: Vec<Vec<usize>>,
    pub(super) seen: Vec<Seen>,
    snapshots: usize,
    saved: usize,
    /// The paths outside of the repository at which nothing lies, as every answer takes for granted.
    pub(super) absent: BTreeSet<PathBuf>,
    pub(super) is_late: bool,
}

/// When to stop, what is known already, and the parts that are looked for.
pub(super) type Further<'a> = (Option<Instant>, &'a HashMap<objects::Id, At>, Option<&'a Parts>);

/// A step of the walk.
enum Step {
    /// To a commit. `returns` says whether the walk comes back.
    Enter { to: usize, from: Option<usize>, returns: bool },
    /// Back from a commit.
    Leave { from: usize, to: usize },
    /// What is known of content where the walk is back.
    Restore(Option<Current>),
}

impl<'a> Walker<'a> {
    pub(super) fn new(
        subject: &'a Subject<'a>,
        log: &'a Log,
        range: Range<usize>,
        state: State,
        scratch: PathBuf,
        (deadline, known, wanted): Further<'a>,
    ) -> Self {
        let mut children = vec![Vec::new(); log.commits.len()];
        for at in range.clone() {
            let parent = log.commits[at].parents.first().and_then(|parent| log.place(parent));
            if let Some(parent) = parent.filter(|parent| range.contains(parent)) {
                children[parent].push(at);
            }
        }
        Self {
            subject,
            log,
            range,
            state,
            scratch,
            deadline,
            known,
            wanted,
            current: None,
            modules: None,
            children,
            seen: vec![Seen::default(); log.commits.len()],
            snapshots: 0,
            saved: 0,
            absent: BTreeSet::new(),
            is_late: false,
        }
    }

    /// Looks at all commits of the range.
    ///
    /// # Errors
    ///
    /// If git does not list the files of a commit.
    pub(super) fn run(&mut self) -> Result<(), SourceError> {
        let mut visited = vec![false; self.log.commits.len()];
        for start in self.range.clone() {
            if visited[start] {
                continue;
            }
            self.jump(start)?;
            let mut steps = vec![Step::Enter { to: start, from: None, returns: false }];
            while let Some(step) = steps.pop() {
                match step {
                    Step::Enter { to, from, returns } => {
                        if let Some(from) = from {
                            self.go(from, to);
                        }
                        visited[to] = true;
                        self.look(to);
                        self.plan(&mut steps, to, from, returns);
                    }
                    Step::Leave { from, to } => {
                        self.current = None;
                        self.modules = None;
                        self.go(from, to);
                    }
                    Step::Restore(current) => {
                        self.saved -= 1;
                        self.current = current;
                    }
                }
                let is_over = self.deadline.is_some_and(|deadline| Instant::now() > deadline);
                if is_over {
                    self.is_late = true;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Plans the steps to the neighbours of a commit.
    fn plan(&mut self, steps: &mut Vec<Step>, at: usize, from: Option<usize>, returns: bool) {
        let parent = self.log.commits[at].parents.first();
        let parent = parent.and_then(|parent| self.log.place(parent));
        let parent = parent.filter(|parent| self.range.contains(parent));
        let next = self.children[at].iter().copied().chain(parent).filter(|to| Some(*to) != from);
        let next: Vec<usize> = next.collect();
        let mut planned = Vec::new();
        for (index, to) in next.iter().enumerate() {
            let is_last = index + 1 == next.len();
            let comes_back = returns || !is_last;
            planned.push(Step::Enter { to: *to, from: Some(at), returns: comes_back });
            if comes_back {
                planned.push(Step::Leave { from: *to, to: at });
            }
            if !is_last {
                self.saved += 1;
                let saved = (self.saved <= SAVED).then(|| self.current.clone()).flatten();
                planned.push(Step::Restore(saved));
            }
        }
        planned.reverse();
        steps.extend(planned);
    }

    /// Turns the state from one commit to its child or its first parent.
    fn go(&mut self, from: usize, to: usize) {
        let log = self.log;
        let is_parent = |child: usize, parent: usize| {
            log.commits[child].parents.first() == Some(&log.commits[parent].id)
        };
        if is_parent(to, from) {
            for change in log.changes(to) {
                self.change(*change);
            }
        } else {
            for change in log.changes(from).iter().rev() {
                let Change { node, before, after } = *change;
                self.change(Change { node, before: after, after: before });
            }
        }
    }

    /// Turns the state to a commit that is no neighbour.
    fn jump(&mut self, to: usize) -> Result<(), SourceError> {
        let id = objects::hex(&self.log.commits[to].id, self.log.digits);
        let State { tree, objects, .. } = &mut self.state;
        let there = log::entries(self.subject.git, &id, tree, objects)?;
        let mut changes: Vec<Change> = tree
            .present()
            .filter(|(node, _)| !there.contains_key(node))
            .map(|(node, before)| Change { node, before, after: 0 })
            .collect();
        let entry = |(node, after): (&Node, &Entry)| {
            let before = tree.entry(*node);
            (before != *after).then_some(Change { node: *node, before, after: *after })
        };
        changes.extend(there.iter().filter_map(entry));
        for change in changes {
            self.change(change);
        }
        Ok(())
    }

    fn change(&mut self, change: Change) {
        let State { tree, objects, .. } = &mut self.state;
        tree.set(objects, change.node, change.after);
        self.state.forget(change);
        if let Some(modules) = &mut self.modules
            && modules.structure.effect(&mut self.state, change) != Effect::Nothing
        {
            self.modules = None;
        }
        let Some(current) = &mut self.current else { return };
        match current.structure.effect(&mut self.state, change) {
            Effect::Nothing => {}
            Effect::Digest => {
                current.dirty.insert(change.node);
                current.last = None;
            }
            Effect::Lines => self.current = None,
        }
    }

    /// Finds out the content of the commit that the state is at.
    fn look(&mut self, at: usize) {
        if let (Some(known), None) = (self.known.get(&self.log.commits[at].id), self.wanted) {
            self.seen[at] = Seen { at: known.clone(), is_lasting: true, parts: Vec::new() };
            return;
        }
        let Some(commit) = objects::commit(&self.log.commits[at].id, self.log.digits) else {
            return;
        };
        let answer = self.answer(&commit);
        let is_lasting = self.state.blobs.is_plain()
            && self.current.as_ref().is_some_and(|current| current.structure.is_of_commit)
            && !matches!(answer, At::Unknown(_));
        if is_lasting && let Some(current) = &self.current {
            self.absent.extend(current.structure.absent.iter().cloned());
        }
        let parts = self.parts_of(&answer);
        self.seen[at] = Seen { at: answer, is_lasting, parts };
    }

    fn answer(&mut self, commit: &CommitId) -> At {
        let State { tree, objects, blobs, .. } = &mut self.state;
        match blobs.turn(tree, objects, commit) {
            Ok(false) => {}
            Ok(true) => {
                // The same files are read in another way.
                self.current = None;
                self.modules = None;
                self.state.packages.clear();
            }
            Err(error) => {
                self.current = None;
                return At::unknown(&error);
            }
        }
        if self.current.is_none() {
            self.read(commit);
        }
        let Some(current) = &mut self.current else { return At::default() };
        let lines = match &current.structure.answer {
            Answer::Fixed(at) => return at.clone(),
            Answer::Lines(lines) => lines,
        };
        if let Some(last) = &current.last {
            return last.clone();
        }
        let State { tree, objects, blobs, .. } = &mut self.state;
        for node in &current.dirty {
            match blobs.fact(tree, objects, *node, tree.entry(*node)) {
                Ok(fact) => {
                    for slot in lines.slots.get(node).into_iter().flatten() {
                        fill(&mut current.text, *slot, fact.digest);
                    }
                }
                Err(error) => return At::unknown(&error),
            }
        }
        current.dirty.clear();
        let digest = sha2::Sha256::digest(&current.text);
        let answer = At::Content(Digest::new(digest.into()));
        current.last = Some(answer.clone());
        answer
    }

    /// Reads what content is made of.
    fn read(&mut self, commit: &CommitId) {
        self.snapshots += 1;
        let scratch = self.scratch.join(format!("snapshot-{}", self.snapshots));
        let snapshot = || self.subject.repository.snapshot(commit, &scratch);
        let structure = Structure::of(self.subject, &mut self.state, &snapshot);
        let (text, dirty) = match &structure.answer {
            Answer::Fixed(_) => (Vec::new(), BTreeSet::new()),
            Answer::Lines(lines) => (lines.text.clone(), lines.all_slots()),
        };
        self.modules = None;
        self.current = Some(Current { structure: Rc::new(structure), text, dirty, last: None });
    }

    /// Which of the parts that are looked for the commit has.
    fn parts_of(&mut self, answer: &At) -> Vec<u64> {
        let (Some(wanted), At::Content(_)) = (self.wanted, answer) else { return Vec::new() };
        let Some(current) = &self.current else { return Vec::new() };
        let Answer::Lines(lines) = &current.structure.answer else { return Vec::new() };
        let mut found = wanted.none();
        wanted.packages_in(lines, &current.text, &mut found);
        if wanted.has_modules() {
            let modules = match self.modules.take() {
                Some(modules) => modules,
                None => parts::Modules::of(self.subject, &mut self.state, wanted, &lines.package),
            };
            wanted.modules_in(&modules.found, &mut found);
            self.modules = Some(modules);
        }
        found
    }
}
