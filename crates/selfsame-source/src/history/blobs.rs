//! The contents of files, each read once, as a checkout would write them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::objects::{Entry, Objects};
use super::tree::{Node, Tree};
use crate::error::SourceError;
use crate::files::{Kept, MAX_READ, Made};
use crate::git::{Batch, Git};
use crate::path::os;
use crate::reach::{self, Glance};
use selfsame_core::stamp::{CommitId, Digest};

/// How many bytes of files are kept in memory at once.
const KEPT: usize = 16 << 20;

/// How many parsed manifests and lock files are kept in memory at once.
const PARSED: usize = 4_000;

/// Words in a file of attributes without which no attribute changes what a checkout writes, unless
/// settings of git do.
const CONVERTING: [&[u8]; 5] = [b"crlf", b"filter", b"ident", b"working-tree-encoding", b"[attr]"];

/// A file under the attributes of a commit. Where nothing is converted, only the object counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    epoch: u32,
    node: Node,
    entry: Entry,
}

/// What the tokens of a source file say of other files.
#[derive(Debug, Clone, Copy, Default)]
enum Outline {
    #[default]
    NotRead,
    /// It is not valid Rust, or not text.
    Invalid,
    Is(Digest),
}

/// What is known of a file.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) digest: Digest,
    pub(super) length: u64,
    pub(super) glance: Option<Arc<Option<Glance>>>,
    outline: Outline,
}

/// Reads files, and keeps what is known of them.
#[derive(Debug)]
pub(super) struct Blobs {
    git: Git,
    top: PathBuf,
    scratch: PathBuf,
    /// Whether settings of git convert files without any attribute, or attributes outside the commit
    /// may.
    converts: bool,
    facts: HashMap<Key, Fact>,
    texts: HashMap<Key, Arc<Vec<u8>>>,
    kept: usize,
    made: HashMap<(Key, Made), Kept>,
    links: HashMap<Entry, Arc<Vec<u8>>>,
    plain: Option<Batch>,
    converting: HashMap<Entry, bool>,
    /// The sets of attributes that were met, zero being none.
    epochs: HashMap<Vec<(Node, Entry)>, u32>,
    epoch: u32,
    filtered: Option<(u32, Batch)>,
}

impl Blobs {
    pub(super) fn new(git: &Git, top: &Path, scratch: &Path, converts: bool) -> Self {
        Self {
            git: git.from(top),
            top: top.to_owned(),
            scratch: scratch.to_owned(),
            converts,
            facts: HashMap::new(),
            texts: HashMap::new(),
            kept: 0,
            made: HashMap::new(),
            links: HashMap::new(),
            plain: None,
            converting: HashMap::new(),
            epochs: HashMap::new(),
            epoch: 0,
            filtered: None,
        }
    }

    /// Turns to the attributes of a commit. Returns whether files are read in another way than before.
    pub(super) fn turn(
        &mut self,
        tree: &Tree,
        objects: &Objects,
        commit: &CommitId,
    ) -> Result<bool, SourceError> {
        let before = self.epoch;
        let attributes = tree.attributes();
        let mut converts = self.converts;
        for (_, entry) in &attributes {
            converts |= self.is_converting(objects, *entry)?;
        }
        if !converts {
            self.epoch = 0;
            return Ok(before != 0);
        }
        let next = u32::try_from(self.epochs.len() + 1).unwrap_or(u32::MAX);
        self.epoch = *self.epochs.entry(attributes).or_insert(next);
        if self.filtered.as_ref().is_none_or(|(epoch, _)| *epoch != self.epoch) {
            let scratch = self.scratch.join(format!("attributes-{}", self.epoch));
            let git = crate::git::with_attributes(&self.git, &self.top, commit.as_str(), &scratch)?;
            self.filtered = Some((self.epoch, Batch::start(&git, true)?));
        }
        Ok(before != self.epoch)
    }

    /// Whether files are read as they are, so that what is known of a commit holds in any clone.
    pub(super) fn is_plain(&self) -> bool {
        self.epoch == 0
    }

    fn is_converting(&mut self, objects: &Objects, entry: Entry) -> Result<bool, SourceError> {
        if let Some(known) = self.converting.get(&entry) {
            return Ok(*known);
        }
        let bytes = self.raw(objects, entry, ".gitattributes")?;
        let has = |word: &&[u8]| bytes.windows(word.len()).any(|window| window == *word);
        let converts = CONVERTING.iter().any(has);
        self.converting.insert(entry, converts);
        Ok(converts)
    }

    fn key(&self, node: Node, entry: Entry) -> Key {
        if self.epoch == 0 {
            Key { epoch: 0, node: 0, entry }
        } else {
            Key { epoch: self.epoch, node, entry }
        }
    }

    /// What is known of a file.
    pub(super) fn fact(
        &mut self,
        tree: &Tree,
        objects: &Objects,
        node: Node,
        entry: Entry,
    ) -> Result<Fact, SourceError> {
        let key = self.key(node, entry);
        if let Some(fact) = self.facts.get(&key) {
            return Ok(fact.clone());
        }
        self.load(tree, objects, node, entry)?;
        self.facts.get(&key).cloned().ok_or_else(|| SourceError::new("a file was not kept"))
    }

    /// The content of a file. `None` if it is too long to be read into memory.
    pub(super) fn bytes(
        &mut self,
        tree: &Tree,
        objects: &Objects,
        node: Node,
        entry: Entry,
    ) -> Result<Option<Arc<Vec<u8>>>, SourceError> {
        if let Some(text) = self.texts.get(&self.key(node, entry)) {
            return Ok(Some(Arc::clone(text)));
        }
        self.load(tree, objects, node, entry)
    }

    fn load(
        &mut self,
        tree: &Tree,
        objects: &Objects,
        node: Node,
        entry: Entry,
    ) -> Result<Option<Arc<Vec<u8>>>, SourceError> {
        let key = self.key(node, entry);
        let name = String::from_utf8_lossy(&tree.bytes(node)).into_owned();
        let read = self.batch(|batch| batch.kept(&objects.hex(entry), &name, MAX_READ));
        let read = read?.ok_or_else(|| absent(&name))?;
        let bytes = read.bytes.map(Arc::new);
        let is_rust = Path::new(&name).extension().is_some_and(|extension| extension == "rs");
        let glance = bytes.as_ref().filter(|_| is_rust).map(|bytes| {
            let glance = self.facts.get(&key).and_then(|fact| fact.glance.clone());
            glance.unwrap_or_else(|| Arc::new(Glance::of(bytes.to_vec())))
        });
        let fact =
            Fact { digest: read.digest, length: read.length, glance, outline: Outline::NotRead };
        self.facts.entry(key).or_insert(fact);
        if let Some(bytes) = &bytes {
            // The newest text is the next one that is asked for, if any is.
            if self.kept + bytes.len() > KEPT {
                self.texts.clear();
                self.kept = 0;
            }
            self.kept += bytes.len();
            self.texts.insert(key, Arc::clone(bytes));
        }
        Ok(bytes)
    }

    fn batch<T>(
        &mut self,
        ask: impl FnOnce(&mut Batch) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        if self.epoch != 0 {
            let Some((_, batch)) = &mut self.filtered else {
                return Err(SourceError::new("the attributes of the commit could not be read"));
            };
            let result = ask(batch);
            if result.is_err() {
                // What it says next would be an answer to this question.
                self.filtered = None;
            }
            return result;
        }
        let result = ask(match &mut self.plain {
            Some(batch) => batch,
            none => none.insert(Batch::start(&self.git, false)?),
        });
        if result.is_err() {
            self.plain = None;
        }
        result
    }

    /// An object as it is, without the filters of a checkout.
    pub(super) fn raw(
        &mut self,
        objects: &Objects,
        entry: Entry,
        name: &str,
    ) -> Result<Arc<Vec<u8>>, SourceError> {
        if let Some(text) = self.links.get(&entry) {
            return Ok(Arc::clone(text));
        }
        let batch = match &mut self.plain {
            Some(batch) => batch,
            none => none.insert(Batch::start(&self.git, false)?),
        };
        let read = batch.whole(&objects.hex(entry), name, MAX_READ);
        if read.is_err() {
            self.plain = None;
        }
        let text = Arc::new(read?.ok_or_else(|| absent(name))?);
        self.links.insert(entry, Arc::clone(&text));
        Ok(text)
    }

    /// What was made of a file, or is made now.
    pub(super) fn made(
        &mut self,
        tree: &Tree,
        objects: &Objects,
        node: Node,
        (what, make): (Made, &dyn Fn(Vec<u8>) -> Kept),
    ) -> Result<Option<Kept>, SourceError> {
        let entry = tree.entry(node);
        if what == Made::Glance {
            let fact = self.fact(tree, objects, node, entry)?;
            if let Some(glance) = fact.glance {
                return Ok(Some(glance));
            }
        }
        let key = (self.key(node, entry), what);
        if let Some(kept) = self.made.get(&key) {
            return Ok(Some(Arc::clone(kept)));
        }
        let Some(bytes) = self.bytes(tree, objects, node, entry)? else {
            return Err(crate::files::too_long(&tree.path(&self.top, node)));
        };
        let kept = make(bytes.to_vec());
        if self.made.len() == PARSED {
            self.made.clear();
        }
        self.made.insert(key, Arc::clone(&kept));
        Ok(Some(kept))
    }

    /// What the tokens of a source file say of other files. `None` if it cannot be read.
    pub(super) fn outline(
        &mut self,
        tree: &Tree,
        objects: &Objects,
        node: Node,
        entry: Entry,
    ) -> Option<Digest> {
        let key = self.key(node, entry);
        match self.facts.get(&key).map(|fact| fact.outline) {
            Some(Outline::Is(digest)) => return Some(digest),
            Some(Outline::Invalid) => return None,
            Some(Outline::NotRead) | None => {}
        }
        let bytes = self.bytes(tree, objects, node, entry).ok()??;
        let outline = std::str::from_utf8(&bytes).ok().and_then(reach::outline);
        if let Some(fact) = self.facts.get_mut(&key) {
            fact.outline = outline.map_or(Outline::Invalid, Outline::Is);
        }
        outline
    }
}

fn absent(name: &str) -> SourceError {
    SourceError::new(format!(
        "this clone does not hold `{}` of the commit: fetch it (git fetch --refetch)",
        name.escape_debug()
    ))
}

/// Whether settings, or attributes outside of the commit, may change what a checkout writes.
pub(super) fn converts_by_setting(git: &Git) -> Result<bool, SourceError> {
    if cfg!(windows) {
        return Ok(true);
    }
    let pattern = r"^core\.(autocrlf|eol|attributesfile)$";
    let said = git.answer(&["config", "-z", "--get-regexp", pattern])?.unwrap_or_default();
    let mut file = None;
    for entry in said.split('\0').filter(|entry| !entry.is_empty()) {
        let (name, value) = entry.split_once('\n').unwrap_or((entry, "true"));
        match name {
            "core.attributesfile" => file = Some(value.to_owned()),
            _ if matches!(value, "false" | "no" | "off" | "0" | "input" | "lf" | "native") => {}
            _ => return Ok(true),
        }
    }
    let of_repository = git.text(&["rev-parse", "--git-path", "info/attributes"])?;
    let of_repository = git.directory().join(os(of_repository.as_bytes()));
    let default = git.configuration_home().map(|home| home.join("git/attributes"));
    let file = file.map(|file| match (file.strip_prefix("~/"), git.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(file),
    });
    // Where else git was built to look for that of the system is not known.
    let of_system = Some(PathBuf::from("/etc/gitattributes"));
    for path in [Some(of_repository), file.or(default), of_system].into_iter().flatten() {
        // What cannot be read may convert anything.
        let Ok(text) = crate::files::read_limited(&path, MAX_ATTRIBUTES) else { return Ok(true) };
        let text = text.unwrap_or_default().into_bytes();
        if CONVERTING.iter().any(|word| text.windows(word.len()).any(|window| window == *word)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The longest file of attributes outside of the commit that is read, in bytes.
const MAX_ATTRIBUTES: u64 = 1 << 20;
