//! The lines of one content with the files that they are of, and all that the lines depend on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use super::log::{Change, is_edit};
use super::objects::{Entry, Mode};
use super::tree::{Lies, Node, TOP, Tree};
use super::view::{State, View, asked};
use super::{At, Subject};
use crate::content::{Content, Context};
use crate::error::SourceError;
use crate::git::{Snapshot, is_checked_out};
use crate::package::Package;
use selfsame_core::stamp::Digest;
use selfsame_core::tree::Lines;

/// A package that content covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Covers {
    pub(super) name: String,
    /// Its directory relative to the stamping package.
    pub(super) path: String,
}

/// What content is made of at a commit. It holds for other commits as long as nothing changes that
/// it depends on.
#[derive(Debug)]
pub(super) struct Structure {
    pub(super) answer: Answer,
    /// What was asked of each path.
    flags: Vec<u8>,
    /// Whether any manifest that comes or goes may change it.
    watches_manifests: bool,
    /// Whether nothing outside of the commit counts.
    pub(super) is_of_commit: bool,
    /// The paths outside of the repository at which nothing lies.
    pub(super) absent: Vec<PathBuf>,
}

#[derive(Debug)]
pub(super) enum Answer {
    Fixed(At),
    Lines(LinesOf),
}

/// The lines, but for the digests of files.
#[derive(Debug)]
pub(super) struct LinesOf {
    pub(super) text: Vec<u8>,
    /// Where the digest of each file stands in the text.
    pub(super) slots: HashMap<Node, Vec<usize>>,
    /// The packages, with the ranges of their lines.
    pub(super) packages: Vec<(Covers, Vec<(usize, usize)>)>,
    /// The package, as it is at the commit.
    pub(super) package: Package,
}

/// What a change comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    /// The digest of a file.
    Digest,
    /// What the lines are.
    Lines,
}

impl Structure {
    /// Reads what content is made of at the commit that the state is at.
    pub(super) fn of(
        subject: &Subject<'_>,
        state: &mut State,
        snapshot: &dyn Fn() -> Result<Snapshot, SourceError>,
    ) -> Self {
        state.trace = super::view::Trace::default();
        let found = read(subject, state, None);
        if !state.trace.meets_submodule {
            return Self::from(state, found);
        }
        // What a submodule holds at the commit is asked of the submodule.
        state.trace = super::view::Trace::default();
        match snapshot() {
            Ok(snapshot) => {
                let found = read(subject, state, Some(&snapshot));
                let mut structure = Self::from(state, found);
                structure.is_of_commit = false;
                structure
            }
            Err(error) => Self::from(state, Found::error(&error)),
        }
    }

    fn from(state: &mut State, found: Found) -> Self {
        let trace = std::mem::take(&mut state.trace);
        let is_of_commit = trace.outside.values().all(|is_there| !is_there);
        let absent = trace.outside.keys().cloned().collect();
        let watches_manifests = found.watches_manifests;
        let answer = match found.content {
            Err(at) => Answer::Fixed(at),
            Ok((package, content)) => lines(&trace.digests, package, &content),
        };
        Self { answer, flags: trace.into_flags(), watches_manifests, is_of_commit, absent }
    }

    /// One of which only what it depends on counts.
    pub(super) fn bare(answer: Answer, flags: Vec<u8>) -> Self {
        Self { answer, flags, watches_manifests: false, is_of_commit: false, absent: Vec::new() }
    }

    /// What was asked of each path.
    pub(super) fn flags(&self) -> &[u8] {
        &self.flags
    }

    fn flag(&self, node: Node) -> u8 {
        self.flags.get(node as usize).copied().unwrap_or(0)
    }

    /// What a change comes to. The state is the one after it.
    pub(super) fn effect(&self, state: &mut State, change: Change) -> Effect {
        let State { tree, objects, blobs, .. } = state;
        let Change { node, before, after } = change;
        let flag = self.flag(node);
        let is_manifest = || matches!(tree.name(node), b"Cargo.toml" | b"package.json");
        if self.watches_manifests && is_manifest() {
            return Effect::Lines;
        }
        if is_edit(objects, change) {
            if flag & asked::READ != 0 {
                return Effect::Lines;
            }
            if flag & asked::GLANCE != 0 {
                let mut glance = |entry: Entry| {
                    blobs.fact(tree, objects, node, entry).ok().and_then(|fact| fact.glance)
                };
                let (before, after) = (glance(before), glance(after));
                if before.is_none() || before != after {
                    return Effect::Lines;
                }
            }
            if flag & asked::TOKENS != 0 {
                let outline = blobs.outline(tree, objects, node, before);
                if outline.is_none() || outline != blobs.outline(tree, objects, node, after) {
                    return Effect::Lines;
                }
            }
            return if flag & asked::DIGEST != 0 { Effect::Digest } else { Effect::Nothing };
        }
        let is = |mode| [before, after].iter().any(|entry| objects.mode(*entry) == Some(mode));
        // A submodule counts by its directory, and by what it holds.
        if flag != 0 || is(Mode::Submodule) || is(Mode::Link) && self.is_asked_below(tree, node) {
            return Effect::Lines;
        }
        let (mut at, mut came) = (node, (before == 0) != (after == 0));
        while at != TOP {
            let parent = tree.parent(at);
            if self.flag(parent) & asked::LIST != 0 {
                return Effect::Lines;
            }
            // The parent came to be, or ceased, with its only entry.
            came &= if after == 0 { !tree.is_there(parent) } else { is_alone(tree, parent) };
            if !came {
                return Effect::Nothing;
            }
            if self.flag(parent) != 0 {
                return Effect::Lines;
            }
            at = parent;
        }
        Effect::Nothing
    }

    fn is_asked_below(&self, tree: &Tree, node: Node) -> bool {
        tree.children(node)
            .any(|(_, child)| self.flag(child) != 0 || self.is_asked_below(tree, child))
    }
}

/// Whether a directory holds one entry.
fn is_alone(tree: &Tree, node: Node) -> bool {
    tree.below(node) == 1
}

struct Found {
    content: Result<(Package, Content), At>,
    watches_manifests: bool,
}

impl Found {
    fn error(error: &SourceError) -> Self {
        Self { content: Err(At::unknown(error)), watches_manifests: false }
    }
}

fn read(subject: &Subject<'_>, state: &mut State, snapshot: Option<&Snapshot>) -> Found {
    let submodules: Vec<PathBuf> =
        state.tree.submodules().iter().map(|node| state.tree.path(subject.top, *node)).collect();
    let (directory, watches_manifests) = match directory(subject, state, snapshot) {
        Ok((Some(directory), watches)) => (directory, watches),
        Ok((None, watches)) => {
            return Found { content: Err(At::Absent), watches_manifests: watches };
        }
        Err(error) => return Found { watches_manifests: true, ..Found::error(&error) },
    };
    let view = View::new(subject.top, state, false, snapshot);
    let within = Context {
        files: &view,
        top: Some(subject.top),
        cargo_home: subject.cargo_home,
        activation: None,
    };
    let content = Package::find_in(&view, &directory).and_then(|package| {
        let content = Content::of(&package, &within)?;
        Ok((package, content))
    });
    let content = match content {
        Err(error) => Err(At::unknown(&error)),
        Ok((package, content)) => {
            whole(subject, &submodules, &content).map(|()| (package, content))
        }
    };
    Found { content, watches_manifests }
}

/// Whether all is there that content is made of.
fn whole(subject: &Subject<'_>, submodules: &[PathBuf], content: &Content) -> Result<(), At> {
    if let Some(outside) = content.outside().first() {
        return Err(At::Unknown(Arc::from(format!(
            "the package `{}` at `{}` lies outside the repository, and what it was at the commit is \
             unknown",
            outside.name, outside.path
        ))));
    }
    content.digest().map_err(|why| At::Unknown(Arc::from(why)))?;
    // Without it git could check none out.
    if !subject.has_submodules {
        return Ok(());
    }
    let absent = submodules.iter().find(|path| content.concerns(path) && !is_checked_out(path));
    match absent {
        Some(path) => Err(At::Unknown(Arc::from(format!(
            "the submodule `{}` is not checked out: git submodule update --init, and ask again",
            path.strip_prefix(subject.top).unwrap_or(path).display()
        )))),
        None => Ok(()),
    }
}

/// The directory of the package at the commit: that of the working tree, or where else the commit
/// has the one package of its name. Also whether manifests elsewhere decide.
fn directory(
    subject: &Subject<'_>,
    state: &mut State,
    snapshot: Option<&Snapshot>,
) -> Result<(Option<PathBuf>, bool), SourceError> {
    use crate::files::Files as _;

    let manifests = ["Cargo.toml", crate::package::PACKAGE_JSON];
    {
        let view = View::new(subject.top, state, false, snapshot);
        for manifest in manifests {
            if view.kind(&subject.directory.join(manifest))?.is_some() {
                return Ok((Some(subject.directory.to_owned()), false));
            }
        }
    }
    let Some(name) = subject.name else { return Ok((None, true)) };
    let candidates: Vec<Node> = state
        .tree
        .present()
        .map(|(node, _)| node)
        .filter(|node| {
            manifests.iter().any(|manifest| state.tree.name(*node) == manifest.as_bytes())
                && state.tree.lies(&state.objects, *node) == Lies::File
        })
        .collect();
    let mut found = Vec::new();
    for node in candidates {
        let path = state.tree.path(subject.top, state.tree.parent(node));
        let view = View::new(subject.top, state, false, None);
        if Package::find_in(&view, &path).is_ok_and(|package| package.name() == name) {
            found.push(path);
        }
    }
    match found.as_slice() {
        [] => Ok((None, true)),
        [only] => Ok((Some(only.clone()), true)),
        [first, second, ..] => Err(SourceError::new(format!(
            "the commit has no package in `{}`, and more than one is named `{name}`: `{}` and `{}`",
            subject.directory.display(),
            first.display(),
            second.display()
        ))),
    }
}

/// The lines of a content, with where the digests of its files stand.
fn lines(digests: &HashMap<PathBuf, Node>, package: Package, content: &Content) -> Answer {
    let mut text = Vec::new();
    let mut slots: HashMap<Node, Vec<usize>> = HashMap::new();
    let mut ranges: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (name, line) in content.entries() {
        let mut one = Lines::new();
        one.push(line.digest, name);
        let start = text.len();
        text.extend_from_slice(one.as_bytes());
        let at = line.target.as_ref().or(line.path.as_ref());
        if let Some(node) = at.and_then(|path| digests.get(path)) {
            let is_escaped = usize::from(one.as_bytes().first() == Some(&b'\\'));
            slots.entry(*node).or_default().push(start + is_escaped);
        }
        for owner in &line.owners {
            ranges.entry(*owner).or_default().push((start, text.len()));
        }
    }
    let root = package.root();
    let packages = content.packages().iter().enumerate();
    let packages = packages
        .map(|(index, covered)| {
            let path = crate::path::relative(root, covered.package.root());
            let path = String::from_utf8_lossy(&path).into_owned();
            let covers = Covers {
                name: covered.package.name().to_owned(),
                path: if path.is_empty() { ".".to_owned() } else { path },
            };
            (covers, ranges.remove(&index).unwrap_or_default())
        })
        .collect();
    Answer::Lines(LinesOf { text, slots, packages, package })
}

impl LinesOf {
    /// The text, in which the digests of files are to be filled in.
    pub(super) fn all_slots(&self) -> BTreeSet<Node> {
        self.slots.keys().copied().collect()
    }
}

/// Writes a digest into a text.
pub(super) fn fill(text: &mut [u8], at: usize, digest: Digest) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";

    for (index, byte) in digest.as_bytes().iter().enumerate() {
        if let Some(pair) = text.get_mut(at + 2 * index..at + 2 * index + 2) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
    }
}
