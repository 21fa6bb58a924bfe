//! The files of one commit after another, by small numbers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::objects::{Entry, Mode, Objects};
use crate::path::os;

/// A path, by its place among all that were seen, in whatever commit.
pub(super) type Node = u32;

/// The top of the repository.
pub(super) const TOP: Node = 0;

#[derive(Debug, Clone)]
struct Place {
    parent: Node,
    name: Box<[u8]>,
    children: BTreeMap<Box<[u8]>, Node>,
    /// What lies there in the commit.
    entry: Entry,
    /// How many files and links lie there and below.
    below: u32,
}

/// All paths that were seen, with what the commit has there.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    paths: Vec<Place>,
    submodules: BTreeSet<Node>,
    links: BTreeSet<Node>,
    attributes: BTreeSet<Node>,
    /// The places of absolute paths that were asked for.
    places: HashMap<Box<[u8]>, Node>,
}

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lies {
    Nothing,
    File,
    Link,
    Directory,
    Submodule,
}

impl Tree {
    pub(super) fn new() -> Self {
        let top = Place {
            parent: TOP,
            name: Box::default(),
            children: BTreeMap::new(),
            entry: 0,
            below: 0,
        };
        Self {
            paths: vec![top],
            submodules: BTreeSet::new(),
            links: BTreeSet::new(),
            attributes: BTreeSet::new(),
            places: HashMap::new(),
        }
    }

    pub(super) fn child(&mut self, parent: Node, name: &[u8]) -> Node {
        if let Some(child) = self.paths[parent as usize].children.get(name) {
            return *child;
        }
        let node = Node::try_from(self.paths.len()).unwrap_or(Node::MAX);
        self.paths.push(Place {
            parent,
            name: name.into(),
            children: BTreeMap::new(),
            entry: 0,
            below: 0,
        });
        self.paths[parent as usize].children.insert(name.into(), node);
        node
    }

    /// The place of an absolute path on whose way there is neither a link nor a submodule.
    pub(super) fn plain(&mut self, objects: &Objects, top: &Path, path: &Path) -> Option<Node> {
        let bytes = path.as_os_str().as_encoded_bytes();
        let node = if let Some(node) = self.places.get(bytes) {
            *node
        } else {
            let below = path.strip_prefix(top).ok()?;
            let names = below.iter().map(std::ffi::OsStr::as_encoded_bytes);
            let node = names.fold(TOP, |at, name| self.child(at, name));
            self.places.insert(bytes.into(), node);
            node
        };
        if self.links.is_empty() && self.submodules.is_empty() {
            return Some(node);
        }
        if objects.mode(self.entry(node)) == Some(Mode::Submodule) {
            return None;
        }
        let mut at = node;
        while at != TOP {
            at = self.parent(at);
            if matches!(objects.mode(self.entry(at)), Some(Mode::Link | Mode::Submodule)) {
                return None;
            }
        }
        Some(node)
    }

    /// The place of a path below the top, as git writes it.
    pub(super) fn intern(&mut self, path: &[u8]) -> Node {
        path.split(|byte| *byte == b'/').fold(TOP, |at, name| self.child(at, name))
    }

    /// The path below the top, as git writes it.
    pub(super) fn bytes(&self, node: Node) -> Vec<u8> {
        let mut names = Vec::new();
        let mut at = node;
        while at != TOP {
            names.push(&*self.paths[at as usize].name);
            at = self.paths[at as usize].parent;
        }
        names.reverse();
        names.join(&b'/')
    }

    pub(super) fn path(&self, top: &Path, node: Node) -> PathBuf {
        if node == TOP { top.to_owned() } else { top.join(os(&self.bytes(node))) }
    }

    pub(super) fn parent(&self, node: Node) -> Node {
        self.paths[node as usize].parent
    }

    pub(super) fn name(&self, node: Node) -> &[u8] {
        &self.paths[node as usize].name
    }

    pub(super) fn entry(&self, node: Node) -> Entry {
        self.paths[node as usize].entry
    }

    /// Whether a file or a link lies there or below.
    pub(super) fn is_there(&self, node: Node) -> bool {
        self.paths[node as usize].below > 0
    }

    /// How many files and links lie there and below.
    pub(super) fn below(&self, node: Node) -> u32 {
        self.paths[node as usize].below
    }

    pub(super) fn lies(&self, objects: &Objects, node: Node) -> Lies {
        let path = &self.paths[node as usize];
        match objects.mode(path.entry) {
            Some(Mode::File) => Lies::File,
            Some(Mode::Link) => Lies::Link,
            Some(Mode::Submodule) => Lies::Submodule,
            None if path.below > 0 => Lies::Directory,
            None => Lies::Nothing,
        }
    }

    /// All children that were seen, in whatever commit, sorted by their bytes.
    pub(super) fn children(&self, node: Node) -> impl Iterator<Item = (&[u8], Node)> {
        self.paths[node as usize].children.iter().map(|(name, node)| (&**name, *node))
    }

    /// Puts an entry in place of another one.
    pub(super) fn set(&mut self, objects: &Objects, node: Node, entry: Entry) {
        let counts = |entry| matches!(objects.mode(entry), Some(Mode::File | Mode::Link));
        let (before, after) = (counts(self.entry(node)), counts(entry));
        self.paths[node as usize].entry = entry;
        if objects.mode(entry) == Some(Mode::Submodule) {
            self.submodules.insert(node);
        } else {
            self.submodules.remove(&node);
        }
        if objects.mode(entry) == Some(Mode::Link) {
            self.links.insert(node);
        } else {
            self.links.remove(&node);
        }
        if self.name(node) == b".gitattributes" {
            if after {
                self.attributes.insert(node);
            } else {
                self.attributes.remove(&node);
            }
        }
        if before == after {
            return;
        }
        let mut at = node;
        loop {
            let below = &mut self.paths[at as usize].below;
            *below = if after { *below + 1 } else { below.saturating_sub(1) };
            if at == TOP {
                return;
            }
            at = self.parent(at);
        }
    }

    /// The submodules of the commit.
    pub(super) fn submodules(&self) -> &BTreeSet<Node> {
        &self.submodules
    }

    /// The files with attributes of the commit, with their entries.
    pub(super) fn attributes(&self) -> Vec<(Node, Entry)> {
        self.attributes.iter().map(|node| (*node, self.entry(*node))).collect()
    }

    /// The nodes at which the commit has an entry.
    pub(super) fn present(&self) -> impl Iterator<Item = (Node, Entry)> {
        let paths = self.paths.iter().enumerate();
        paths
            .filter(|(_, path)| path.entry != 0)
            .filter_map(|(at, path)| Some((Node::try_from(at).ok()?, path.entry)))
    }
}
