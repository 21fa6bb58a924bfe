//! Reading the layers of an image, once for its stamps and again for a directory.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::rc::Rc;

use selfsame_core::stamp::{Found, Scanner};

use super::compression::{Compression, Hashed, Hasher};
use super::entries::{Entries, Entry, Kind, too_large};
use super::image::{Layer, Stated};
use super::input::{Input, Unpacked};
use super::layer::{Visit, lay};
use super::limits::Limits;
use super::name::{Name, absolute};
use super::overlay::Overlay;
use crate::error::ArtifactError;

/// What a file carries: stamps, or one that is damaged and why.
pub(super) type Carried = Rc<Result<Vec<Found>, String>>;

/// Reads some layers, lowest first, and lays them over each other. `wanted` says which are read at
/// all.
pub(super) fn layers<V: Visit>(
    layers: &[Layer],
    wanted: impl Fn(usize) -> bool,
    verify: bool,
    limits: &Limits,
    visitor: &mut V,
) -> Result<Overlay<V::Value>, ArtifactError> {
    let mut overlay = Overlay::default();
    let mut left = *limits;
    for (number, layer) in layers.iter().enumerate().filter(|(number, _)| wanted(*number)) {
        let place = |failure: ArtifactError| {
            if layers.len() == 1 && layer.must_close {
                return failure;
            }
            failure.at(&format!("layer {} of {}", number + 1, layers.len()))
        };
        let read = one(number, layer, verify, &left, &mut overlay, visitor).map_err(place)?;
        // What one layer used up the next has not.
        left.unpacked = left.unpacked.checked_sub(read.bytes).ok_or_else(|| too_large(limits))?;
        left.entries -= read.entries.min(left.entries);
    }
    Ok(overlay)
}

struct Read {
    bytes: u64,
    entries: usize,
}

fn one<V: Visit>(
    number: usize,
    layer: &Layer,
    verify: bool,
    limits: &Limits,
    overlay: &mut Overlay<V::Value>,
    visitor: &mut V,
) -> Result<Read, ArtifactError> {
    let fail = |error: std::io::Error| ArtifactError::new(error.to_string());
    let section = layer.section.clone();
    let mut hasher = None;
    let mut start = || {
        let (hash, thread) = Hasher::start();
        hasher = Some(thread);
        hash
    };
    let input: Box<dyn Input> = match (layer.stated, layer.compression) {
        // Next to unpacking, the digest of what is packed costs little.
        (Some(Stated::Packed(_)), Compression::Gzip | Compression::Zstd) => {
            layer.compression.open(section, Some(start())).map_err(fail)?
        }
        (Some(Stated::Packed(_)), Compression::None) if verify => {
            layer.compression.open(section, Some(start())).map_err(fail)?
        }
        (Some(Stated::Unpacked(_)), _) if verify => {
            let input = layer.compression.open(section, None).map_err(fail)?;
            Box::new(Unpacked::new(Hashed::new(input, start())))
        }
        _ => layer.compression.open(section, None).map_err(fail)?,
    };
    let mut entries = Entries::new(input, *limits);
    lay(&mut entries, number, limits, overlay, visitor)?;
    if layer.must_close && !entries.is_closed() {
        return Err(ArtifactError::new(
            "it is cut off: the blocks that end an archive are missing",
        ));
    }
    if hasher.is_some() || layer.compression != Compression::None {
        // Up to the checksum of what is packed.
        entries.drain()?;
    }
    let read = Read { bytes: entries.position(), entries: entries.seen() };
    drop(entries);
    if let (Some(hasher), Some(stated)) = (hasher, &layer.stated) {
        let (digest, _) = hasher.finish();
        if digest != stated.digest() {
            return Err(ArtifactError::new(format!(
                "its SHA-256 is {digest}, and the image says {}: it is damaged, or not the one \
                 that is meant",
                stated.digest()
            )));
        }
    }
    Ok(read)
}

/// Looks for stamps in every file, and remembers which directories each layer speaks of.
pub(super) struct Stamps<'a> {
    limits: &'a Limits,
    files: usize,
    bytes: usize,
    /// Of each layer.
    pub(super) touched: Vec<Touched>,
}

impl<'a> Stamps<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, files: 0, bytes: 0, touched: Vec::new() }
    }

    fn touch(&mut self, name: &Name, is_directory: bool) {
        if let Some(touched) = self.touched.last_mut() {
            touched.add(name, is_directory);
        }
    }

    /// Takes what was found in a file.
    pub(super) fn take(
        &mut self,
        name: &Name,
        scanner: Scanner,
    ) -> Result<Option<Carried>, ArtifactError> {
        let found = scanner.finish().map_err(|error| error.to_string());
        if found.as_ref().is_ok_and(Vec::is_empty) {
            return Ok(None);
        }
        self.files += 1;
        self.bytes += found.iter().flatten().map(|found| found.stamp.text().len()).sum::<usize>();
        if self.files > self.limits.stamped || self.bytes > self.limits.stamps {
            return Err(ArtifactError::new(format!(
                "up to `{}` there are more than {} files with stamps, or {} bytes of stamps",
                absolute(name).escape_debug(),
                self.limits.stamped,
                self.limits.stamps
            )));
        }
        Ok(Some(Rc::new(found)))
    }
}

impl Visit for Stamps<'_> {
    type Value = Carried;

    fn begin(&mut self) {
        self.touched.push(Touched::default());
    }

    fn visit(
        &mut self,
        entry: &Entry,
        entries: &mut Entries<'_>,
    ) -> Result<Option<Carried>, ArtifactError> {
        self.touch(&entry.name, entry.kind == Kind::Directory);
        if entry.kind != Kind::File || entry.size == 0 {
            return Ok(None);
        }
        let mut scanner = Scanner::new();
        entries.content(|bytes| scanner.push(bytes))?;
        self.take(&entry.name, scanner)
    }

    fn gone(&mut self, name: &Name) {
        self.touch(name, false);
    }
}

/// The names of one layer by their first two components, so that another pass can leave out what
/// cannot matter.
#[derive(Debug, Default)]
pub(super) struct Touched {
    state: RandomState,
    hashes: HashSet<u64>,
}

impl Touched {
    /// What more names than these touch is everything.
    const MOST: usize = 10_000;

    /// Files and whiteouts touch whatever was below them.
    fn add(&mut self, name: &[u8], is_directory: bool) {
        if self.hashes.len() > Self::MOST {
            return;
        }
        let (one, two) = components(name);
        self.hashes.insert(self.state.hash_one(one));
        if one != two || !is_directory {
            self.hashes.insert(self.state.hash_one((one, two)));
        }
    }

    pub(super) fn may_touch(&self, name: &[u8]) -> bool {
        let (one, two) = components(name);
        let has = |hash| self.hashes.contains(&hash);
        let root: &[u8] = b"";
        self.hashes.len() > Self::MOST
            || name.is_empty()
            || has(self.state.hash_one((root, root)))
            || (one == two && has(self.state.hash_one(one)))
            || has(self.state.hash_one((one, one)))
            || has(self.state.hash_one((one, two)))
    }
}

/// The first component of a name, and the first two.
fn components(name: &[u8]) -> (&[u8], &[u8]) {
    let mut slashes = name.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    let mut end = || slashes.next().map_or(name.len(), |(at, _)| at);
    (&name[..end()], &name[..end()])
}
