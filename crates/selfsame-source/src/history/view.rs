//! A commit as a place that holds source, which notes what it is asked.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::At;
use super::blobs::Blobs;
use super::log::Change;
use super::objects::Objects;
use super::structure::{Answer, Effect, Structure};
use super::tree::{Lies, Node, TOP, Tree};
use crate::error::SourceError;
use crate::files::{Disk, Files, Kept, Made, too_long};
use crate::git::{MAX_LINKS, Snapshot, is_checked_out};
use crate::path::{normal, os};
use selfsame_core::stamp::Digest;
use selfsame_core::tree::Kind;

/// What was asked of a path.
pub(super) mod asked {
    /// What lies there.
    pub(in crate::history) const KIND: u8 = 1;
    /// What a directory holds.
    pub(in crate::history) const LIST: u8 = 2;
    /// The bytes, to the letter.
    pub(in crate::history) const READ: u8 = 4;
    /// What a glance at a source file says.
    pub(in crate::history) const GLANCE: u8 = 8;
    /// What the tokens of a source file say.
    pub(in crate::history) const TOKENS: u8 = 16;
    /// The digest alone.
    pub(in crate::history) const DIGEST: u8 = 32;
}

/// What was asked of a commit, and of the disk.
#[derive(Debug, Default)]
pub(super) struct Trace {
    flags: Vec<u8>,
    /// The files whose digests were asked for, by the path that was given.
    pub(super) digests: HashMap<PathBuf, Node>,
    /// The paths outside of the repository that were asked about, and whether something lies there.
    pub(super) outside: HashMap<PathBuf, bool>,
    /// Whether a submodule that is checked out was in the way.
    pub(super) meets_submodule: bool,
}

impl Trace {
    fn note(&mut self, node: Node, what: u8) {
        let at = node as usize;
        if self.flags.len() <= at {
            self.flags.resize(at + 1, 0);
        }
        self.flags[at] |= what;
    }

    /// Adds what was asked to find out something that is remembered.
    fn add(&mut self, known: &Remembered) {
        let flags = known.depends.flags();
        if self.flags.len() < flags.len() {
            self.flags.resize(flags.len(), 0);
        }
        for (all, flag) in self.flags.iter_mut().zip(flags) {
            *all |= flag;
        }
        self.outside.extend(known.outside.iter().map(|(path, there)| (path.clone(), *there)));
    }

    /// What was asked of each path.
    pub(super) fn into_flags(self) -> Vec<u8> {
        self.flags
    }
}

/// What is known of the repository and of the commit that is looked at.
#[derive(Debug)]
pub(super) struct State {
    pub(super) tree: Tree,
    pub(super) objects: Objects,
    pub(super) blobs: Blobs,
    pub(super) trace: Trace,
    /// What is known of packages, by their directories.
    pub(super) packages: HashMap<Node, Remembered>,
}

/// What is known of a package, and what it depends on.
#[derive(Debug)]
pub(super) struct Remembered {
    kept: Kept,
    pub(super) depends: Structure,
    outside: HashMap<PathBuf, bool>,
}

impl State {
    /// Takes note of a change: what depends on it is known no longer. The state is the one after it.
    pub(super) fn forget(&mut self, change: Change) {
        let mut packages = std::mem::take(&mut self.packages);
        packages.retain(|_, known| known.depends.effect(self, change) == Effect::Nothing);
        self.packages = packages;
    }
}

/// The files of the commit that the state is at.
pub(super) struct View<'a> {
    top: &'a Path,
    state: Mutex<&'a mut State>,
    /// Whether digests are those of the files. Otherwise they are noted, and zeros.
    hashes: bool,
    /// The same commit with its submodules, if they are in the way.
    snapshot: Option<&'a Snapshot>,
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("top", &self.top).finish_non_exhaustive()
    }
}

/// Where a path leads.
enum Place {
    Inside(Node),
    Outside(PathBuf),
}

impl<'a> View<'a> {
    pub(super) fn new(
        top: &'a Path,
        state: &'a mut State,
        hashes: bool,
        snapshot: Option<&'a Snapshot>,
    ) -> Self {
        Self { top, state: Mutex::new(state), hashes, snapshot }
    }

    fn state(&self) -> MutexGuard<'_, &'a mut State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the links on the way to the last name of a path.
    fn place(&self, state: &mut State, path: &Path) -> Result<Place, SourceError> {
        if let Some(node) = state.tree.plain(&state.objects, self.top, path) {
            return Ok(Place::Inside(node));
        }
        let mut path = path.to_owned();
        'again: for _ in 0..MAX_LINKS {
            let Ok(below) = path.strip_prefix(self.top) else { return Ok(Place::Outside(path)) };
            let names: Vec<OsString> = below.iter().map(ToOwned::to_owned).collect();
            let mut at = TOP;
            for (index, name) in names.iter().enumerate() {
                at = state.tree.child(at, name.as_encoded_bytes());
                let is_last = index + 1 == names.len();
                match state.tree.lies(&state.objects, at) {
                    Lies::Link if !is_last => {
                        state.trace.note(at, asked::READ);
                        let rest: PathBuf = names[index + 1..].iter().collect();
                        let link = state.tree.path(self.top, at);
                        let target = target(state, at)?;
                        let base = link.parent().unwrap_or(Path::new("/"));
                        path = normal(&base.join(target)).join(rest);
                        continue 'again;
                    }
                    Lies::Submodule => self.meets(state, at),
                    _ => {}
                }
            }
            return Ok(Place::Inside(at));
        }
        // A circle leads to nothing.
        let below = path.strip_prefix(self.top).unwrap_or(&path).to_owned();
        let place =
            below.iter().fold(TOP, |at, name| state.tree.child(at, name.as_encoded_bytes()));
        Ok(Place::Inside(place))
    }

    fn meets(&self, state: &mut State, submodule: Node) {
        if is_checked_out(&state.tree.path(self.top, submodule)) {
            state.trace.meets_submodule = true;
        }
    }

    /// Follows a path, and notes what is asked of it.
    fn at(&self, state: &mut State, path: &Path, what: u8) -> Result<Place, SourceError> {
        let place = self.place(state, path)?;
        if let Place::Inside(node) = place {
            state.trace.note(node, what);
        }
        Ok(place)
    }

    fn outside<T>(
        state: &mut State,
        path: PathBuf,
        ask: impl FnOnce(&Path) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let answer = ask(&path);
        let is_there = path.symlink_metadata().is_ok();
        state.trace.outside.insert(path, is_there);
        answer
    }
}

/// The text of a link.
fn target(state: &mut State, link: Node) -> Result<PathBuf, SourceError> {
    let entry = state.tree.entry(link);
    let name = String::from_utf8_lossy(&state.tree.bytes(link)).into_owned();
    let text = state.blobs.raw(&state.objects, entry, &name)?;
    Ok(PathBuf::from(os(&text)))
}

impl Files for View<'_> {
    fn kind(&self, path: &Path) -> Result<Option<Kind>, SourceError> {
        let state = &mut **self.state();
        match self.at(state, path, asked::KIND)? {
            Place::Outside(path) => Self::outside(state, path, |path| Disk.kind(path)),
            Place::Inside(_) if self.snapshot.is_some() => {
                self.snapshot.map_or(Ok(None), |snapshot| snapshot.kind(path))
            }
            Place::Inside(node) => Ok(match state.tree.lies(&state.objects, node) {
                Lies::File => Some(Kind::File),
                Lies::Link => Some(Kind::Link),
                Lies::Directory => Some(Kind::Directory),
                Lies::Nothing | Lies::Submodule => None,
            }),
        }
    }

    fn list(&self, directory: &Path) -> Result<Vec<(OsString, Kind)>, SourceError> {
        let state = &mut **self.state();
        let node = match self.at(state, directory, asked::LIST)? {
            Place::Outside(path) => {
                return Self::outside(state, path, |path| Disk.list(path));
            }
            Place::Inside(node) => node,
        };
        let mut names = Vec::new();
        let mut submodules = Vec::new();
        for (name, child) in state.tree.children(node) {
            let kind = match state.tree.lies(&state.objects, child) {
                Lies::File => Kind::File,
                Lies::Link => Kind::Link,
                Lies::Directory => Kind::Directory,
                Lies::Submodule => {
                    submodules.push(child);
                    continue;
                }
                Lies::Nothing => continue,
            };
            names.push((os(name), kind));
        }
        for submodule in submodules {
            self.meets(state, submodule);
        }
        match self.snapshot {
            Some(snapshot) => snapshot.list(directory),
            None => Ok(names),
        }
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
        let state = &mut **self.state();
        let node = match self.at(state, path, asked::READ)? {
            Place::Outside(path) => {
                return Self::outside(state, path, |path| Disk.read(path));
            }
            Place::Inside(node) => node,
        };
        if let Some(snapshot) = self.snapshot {
            return snapshot.read(path);
        }
        if state.tree.lies(&state.objects, node) != Lies::File {
            return Ok(None);
        }
        let State { tree, objects, blobs, .. } = state;
        let bytes = blobs.bytes(tree, objects, node, tree.entry(node))?;
        bytes.map(|bytes| Some(bytes.to_vec())).ok_or_else(|| too_long(path))
    }

    fn digest(&self, path: &Path) -> Result<(Digest, u64), SourceError> {
        let state = &mut **self.state();
        let node = match self.at(state, path, asked::DIGEST)? {
            Place::Outside(path) => {
                return Self::outside(state, path, |path| Disk.digest(path));
            }
            Place::Inside(node) => node,
        };
        let State { tree, objects, blobs, trace, .. } = state;
        if tree.lies(objects, node) == Lies::File {
            if self.hashes {
                let fact = blobs.fact(tree, objects, node, tree.entry(node))?;
                return Ok((fact.digest, fact.length));
            }
            trace.digests.insert(path.to_owned(), node);
            return Ok((Digest::new([0; 32]), 0));
        }
        match self.snapshot {
            Some(snapshot) => snapshot.digest(path),
            None => Err(SourceError::new(format!(
                "the commit does not hold a file `{}`",
                path.display()
            ))),
        }
    }

    fn link(&self, path: &Path) -> Result<PathBuf, SourceError> {
        let state = &mut **self.state();
        let Ok(below) = path.strip_prefix(self.top) else {
            return Self::outside(state, path.to_owned(), |path| Disk.link(path));
        };
        let names = below.iter().map(std::ffi::OsStr::as_encoded_bytes);
        let node = names.fold(TOP, |at, name| state.tree.child(at, name));
        state.trace.note(node, asked::READ);
        if let Some(snapshot) = self.snapshot {
            return snapshot.link(path);
        }
        if state.tree.lies(&state.objects, node) != Lies::Link {
            return Err(SourceError::new(format!(
                "the commit does not hold a link `{}`",
                path.display()
            )));
        }
        target(state, node)
    }

    fn made(
        &self,
        path: &Path,
        what: Made,
        make: &dyn Fn(Vec<u8>) -> Kept,
    ) -> Result<Option<Kept>, SourceError> {
        let asked = if what == Made::Glance { asked::GLANCE } else { asked::READ };
        let state = &mut **self.state();
        let node = match self.at(state, path, asked)? {
            Place::Outside(path) => {
                let bytes = Self::outside(state, path, |path| Disk.read(path))?;
                return Ok(bytes.map(make));
            }
            Place::Inside(node) => node,
        };
        if let Some(snapshot) = self.snapshot {
            return Ok(snapshot.read(path)?.map(make));
        }
        if state.tree.lies(&state.objects, node) != Lies::File {
            return Ok(None);
        }
        let State { tree, objects, blobs, .. } = state;
        blobs.made(tree, objects, node, (what, make))
    }

    fn counts(&self, path: &Path, is_script: bool) {
        let state = &mut **self.state();
        let asked = if is_script { asked::READ } else { asked::TOKENS };
        let _ = self.at(state, path, asked);
    }

    fn remembered(
        &self,
        package: &Path,
        make: &dyn Fn() -> Result<Kept, SourceError>,
    ) -> Result<Kept, SourceError> {
        let (node, outer) = {
            let state = &mut **self.state();
            let Place::Inside(node) = self.place(state, package)? else { return make() };
            if let Some(known) = state.packages.get(&node) {
                let kept = Arc::clone(&known.kept);
                state.trace.add(known);
                return Ok(kept);
            }
            (node, std::mem::take(&mut state.trace))
        };
        let found = make();
        let state = &mut **self.state();
        let trace = std::mem::replace(&mut state.trace, outer);
        let meets_submodule = trace.meets_submodule;
        state.trace.meets_submodule |= meets_submodule;
        let outside = trace.outside.clone();
        let depends = Structure::bare(Answer::Fixed(At::Absent), trace.into_flags());
        let kept = found.as_ref().map_or_else(|_| Arc::new(()) as Kept, Arc::clone);
        let known = Remembered { kept, depends, outside };
        state.trace.add(&known);
        if found.is_ok() && self.snapshot.is_none() && !meets_submodule {
            state.packages.insert(node, known);
        }
        found
    }

    fn is_parallel(&self) -> bool {
        false
    }
}
