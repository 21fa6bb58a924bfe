//! The commits, with what each changed against its first parent, as `git log --raw` prints them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::objects::{self, Entry, Id, Mode, Objects};
use super::tree::{Node, Tree};
use crate::error::SourceError;
use crate::git::Git;

/// The most changes of all commits together: each takes 12 bytes.
pub(super) const MAX_CHANGES: usize = 8_000_000;

/// The longest header or path in the log, in bytes.
const MAX_FIELD: usize = 64 * 1024;

/// All refs, in place of a revision.
pub(super) const ALL: &str = "--all";

/// A path at which a commit differs from its first parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) node: Node,
    pub(super) before: Entry,
    pub(super) after: Entry,
}

/// A commit of the log.
#[derive(Debug)]
pub(super) struct Logged {
    pub(super) id: Id,
    pub(super) parents: Vec<Id>,
    /// When it was committed, in seconds since 1970.
    pub(super) time: i64,
    /// How many commits git printed before it.
    pub(super) printed: usize,
    first: usize,
    end: usize,
}

/// The commits, the newest first.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) commits: Vec<Logged>,
    changes: Vec<Change>,
    places: HashMap<Id, usize>,
    /// The length of an id in hexadecimal digits.
    pub(super) digits: usize,
    /// The most changes.
    most: usize,
    /// Whether there are more commits than were asked for.
    pub(super) is_cut: bool,
}

/// What is asked of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'a> {
    pub(super) tips: &'a [String],
    pub(super) since: Option<&'a str>,
    pub(super) most: usize,
    /// The most changes of all commits together, if what each commit changed is asked for.
    pub(super) changes: Option<usize>,
}

impl Log {
    /// Runs `git log`. What is seen is added to `tree` and `objects`.
    ///
    /// # Errors
    ///
    /// If git fails, or prints more than is kept.
    pub(super) fn read(
        git: &Git,
        query: Query<'_>,
        tree: &mut Tree,
        objects: &mut Objects,
    ) -> Result<Self, SourceError> {
        let most = format!("--max-count={}", query.most.saturating_add(1));
        let since = query.since.map(|since| format!("--since={since}"));
        let mut arguments = vec!["log", "-z", "--no-show-signature", "--no-color", &*most];
        if query.changes.is_some() {
            arguments.extend([
                "--raw",
                "--no-abbrev",
                "--no-renames",
                "--root",
                "--diff-merges=first-parent",
                "--ignore-submodules=none",
                "--no-ext-diff",
            ]);
        }
        arguments.push("--format=%x01%H %P%x02%ct");
        arguments.extend(since.as_deref());
        let is_all = |tip: &&String| *tip == ALL;
        arguments.extend(query.tips.iter().filter(is_all).map(String::as_str));
        arguments.push("--end-of-options");
        arguments.extend(query.tips.iter().filter(|tip| !is_all(tip)).map(String::as_str));
        arguments.push("--");
        let mut child = git.spawn(&arguments)?;
        child.close_input();
        let failed = |error: &dyn std::fmt::Display| SourceError::new(error.to_string());
        let mut log = Self { most: query.changes.unwrap_or(0), ..Self::default() };
        let mut field: Vec<u8> = Vec::new();
        let mut raw: Option<[Entry; 2]> = None;
        while let Some(chunk) = child.read().map_err(|error| failed(&error))? {
            child.restart_clock();
            for byte in chunk {
                if byte != 0 {
                    if field.len() == MAX_FIELD {
                        return Err(SourceError::new("`git log` prints a field that is too long"));
                    }
                    field.push(byte);
                    continue;
                }
                if log.commits.len() > query.most {
                    field.clear();
                    continue;
                }
                log.field(&field, &mut raw, tree, objects)?;
                field.clear();
            }
        }
        let (status, said) = child.finish().map_err(|error| failed(&error))?;
        if !status.success() {
            let said = String::from_utf8_lossy(&said).into_owned();
            let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
            return Err(SourceError::new(format!("`git log` failed: {said}")));
        }
        if !field.is_empty() {
            log.field(&field, &mut raw, tree, objects)?;
        }
        if log.commits.len() > query.most {
            log.commits.truncate(query.most);
            log.is_cut = true;
        }
        log.sort();
        Ok(log)
    }

    /// Puts each commit ahead of its parents, whatever their clocks said, and keeps the order else.
    fn sort(&mut self) {
        let places: HashMap<Id, usize> =
            self.commits.iter().enumerate().map(|(at, one)| (one.id, at)).collect();
        let mut children = vec![0_usize; self.commits.len()];
        let parents = |commit: &Logged| -> Vec<usize> {
            commit.parents.iter().filter_map(|parent| places.get(parent).copied()).collect()
        };
        for parent in self.commits.iter().flat_map(parents) {
            children[parent] += 1;
        }
        let mut ready: BinaryHeap<Reverse<usize>> =
            (0..children.len()).filter(|at| children[*at] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(children.len());
        while let Some(Reverse(at)) = ready.pop() {
            order.push(at);
            for parent in parents(&self.commits[at]) {
                children[parent] -= 1;
                if children[parent] == 0 {
                    ready.push(Reverse(parent));
                }
            }
        }
        let mut commits: Vec<Option<Logged>> =
            std::mem::take(&mut self.commits).into_iter().map(Some).collect();
        self.commits = order.iter().filter_map(|at| commits[*at].take()).collect();
        self.places = self.commits.iter().enumerate().map(|(at, one)| (one.id, at)).collect();
    }

    /// Takes a header, a raw line or a path.
    fn field(
        &mut self,
        field: &[u8],
        raw: &mut Option<[Entry; 2]>,
        tree: &mut Tree,
        objects: &mut Objects,
    ) -> Result<(), SourceError> {
        let strange = || {
            SourceError::new(format!(
                "`git log` prints `{}`, which is not known here",
                field.get(..200).unwrap_or(field).escape_ascii()
            ))
        };
        if let Some([before, after]) = raw.take() {
            let node = tree.intern(field);
            if before != after {
                if self.changes.len() == self.most {
                    return Err(SourceError::new(format!(
                        "the commits have more than {} changes: look at fewer of them, with --since",
                        self.most
                    )));
                }
                self.changes.push(Change { node, before, after });
            }
            if let Some(commit) = self.commits.last_mut() {
                commit.end = self.changes.len();
            }
            return Ok(());
        }
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        if let Some(header) = field.strip_prefix(b"\x01") {
            let mut parts = header.splitn(2, |byte| *byte == 2);
            let (ids, time) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let mut ids = ids.split(|byte| *byte == b' ').filter(|id| !id.is_empty());
            let first = ids.next().unwrap_or_default();
            self.digits = first.len();
            let id = objects::parse(first).ok_or_else(strange)?;
            let parents = ids.map(objects::parse).collect::<Option<_>>().ok_or_else(strange)?;
            let time = String::from_utf8_lossy(time).trim().parse().unwrap_or_default();
            let at = self.changes.len();
            let printed = self.commits.len();
            self.commits.push(Logged { id, parents, time, printed, first: at, end: at });
            return Ok(());
        }
        if let Some(line) = field.strip_prefix(b":") {
            let parts: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
            let [before_mode, after_mode, before, after, _] = parts.as_slice() else {
                return Err(strange());
            };
            let before = objects.intern(before_mode, before).ok_or_else(strange)?;
            let after = objects.intern(after_mode, after).ok_or_else(strange)?;
            *raw = Some([before, after]);
            return Ok(());
        }
        if field.is_empty() { Ok(()) } else { Err(strange()) }
    }

    /// What a commit changed.
    pub(super) fn changes(&self, at: usize) -> &[Change] {
        let Logged { first, end, .. } = self.commits[at];
        &self.changes[first..end]
    }

    /// The place of a commit.
    pub(super) fn place(&self, id: &Id) -> Option<usize> {
        self.places.get(id).copied()
    }
}

/// Reads all entries of a commit, each a change from nothing.
///
/// # Errors
///
/// If git fails.
pub(super) fn entries(
    git: &Git,
    commit: &str,
    tree: &mut Tree,
    objects: &mut Objects,
) -> Result<HashMap<Node, Entry>, SourceError> {
    let listed = git.succeed(&["ls-tree", "-r", "-z", "--full-tree", commit], b"")?;
    let mut entries = HashMap::new();
    for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let Some(at) = line.iter().position(|byte| *byte == b'\t') else { continue };
        let mut head = line[..at].split(|byte| *byte == b' ');
        let (mode, _, id) = (head.next(), head.next(), head.next());
        let entry = objects.intern(mode.unwrap_or_default(), id.unwrap_or_default());
        if let Some(entry) = entry {
            entries.insert(tree.intern(&line[at + 1..]), entry);
        }
    }
    Ok(entries)
}

/// Whether two entries are two contents of one regular file.
pub(super) fn is_edit(objects: &Objects, change: Change) -> bool {
    let is_file = |entry| objects.mode(entry) == Some(Mode::File);
    is_file(change.before) && is_file(change.after)
}
