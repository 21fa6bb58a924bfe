//! One layer, laid over those below it.
//!
//! Whiteouts are those of the OCI image specification, `layer.md`: `.wh.NAME` deletes NAME of lower
//! layers, `.wh..wh..opq` hides whatever lower layers have in its directory. Both speak of lower
//! layers only, wherever they stand in the layer.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use super::entries::{Entries, Entry, Kind};
use super::limits::Limits;
use super::name::{self, Name, absolute, ancestors, last, linked, parent};
use super::overlay::Overlay;
use crate::error::ArtifactError;

const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
/// What AUFS leaves for itself.
const OF_AUFS: &[u8] = b".wh..wh.";

/// What is made of the entries.
pub(super) trait Visit {
    /// What is kept of an entry.
    type Value: Clone;

    /// A layer begins.
    fn begin(&mut self) {}

    /// Looks at an entry, and keeps something of it or not.
    fn visit(
        &mut self,
        entry: &Entry,
        entries: &mut Entries<'_>,
    ) -> Result<Option<Self::Value>, ArtifactError>;

    /// Looks at a whiteout: something of this name is gone, or all below it.
    fn gone(&mut self, _name: &Name) {}
}

/// Reads a layer and lays it over the overlay.
pub(super) fn lay<V: Visit>(
    entries: &mut Entries<'_>,
    layer: usize,
    limits: &Limits,
    overlay: &mut Overlay<V::Value>,
    visitor: &mut V,
) -> Result<(), ArtifactError> {
    let mut seen = Seen::default();
    visitor.begin();
    while let Some(entry) = entries.next()? {
        let file = last(&entry.name);
        let directory = parent(&entry.name);
        if ancestors(&entry.name).any(|above| last(above).starts_with(WHITEOUT)) {
            return Err(at(&entry, "lies below a whiteout"));
        }
        if file.starts_with(WHITEOUT) && !seen.whiteout(&entry.name) {
            continue;
        }
        if file == OPAQUE {
            visitor.gone(&directory.to_vec());
            overlay.empty(&directory.to_vec(), layer);
            continue;
        }
        if file.starts_with(OF_AUFS) {
            continue;
        }
        if let Some(file) = file.strip_prefix(WHITEOUT) {
            if matches!(file, b"" | b"." | b"..") {
                return Err(at(&entry, "is a whiteout of nothing"));
            }
            let name = name::joined(directory, file);
            visitor.gone(&name);
            overlay.delete(&name, layer);
            continue;
        }
        seen.add(&entry)?;
        if let Kind::Symlink(target) = &entry.kind {
            linked(directory, target, limits.path)
                .map_err(|failure| at(&entry, &format!("is {failure}")))?;
        }
        let is_directory = entry.kind == Kind::Directory;
        let value = match &entry.kind {
            Kind::Hardlink(target) => match overlay.items.get(target) {
                Some(item) => Some(item.value.clone()),
                None => visitor.visit(&entry, entries)?,
            },
            _ => visitor.visit(&entry, entries)?,
        };
        overlay.replace(&entry.name, is_directory, layer);
        if let Some(value) = value {
            overlay.insert(entry.name, layer, is_directory, value);
        }
    }
    Ok(())
}

fn at(entry: &Entry, what: &str) -> ArtifactError {
    ArtifactError::new(format!("`{}` {what}", absolute(&entry.name).escape_debug()))
}

/// The names of one layer, as hashes: a million of them fit in 20 MB.
#[derive(Default)]
struct Seen {
    state: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    fn hash(&self, name: &[u8], is_directory: bool) -> u64 {
        self.state.hash_one(name) << 1 | u64::from(is_directory)
    }

    /// Takes the next whiteout. Again it takes nothing away, and each looks through all that is
    /// there.
    fn whiteout(&mut self, name: &[u8]) -> bool {
        self.hashes.insert(self.hash(name, false))
    }

    /// Takes the next name. Two entries for one file, or one below a link, are read differently by
    /// different tools.
    fn add(&mut self, entry: &Entry) -> Result<(), ArtifactError> {
        let is_directory = entry.kind == Kind::Directory;
        let name = &entry.name;
        let as_file = self.hash(name, false);
        let as_directory = self.hash(name, true);
        if self.hashes.contains(&as_file) || !is_directory && self.hashes.contains(&as_directory) {
            return Err(at(entry, "stands twice in one layer: tools differ in which one counts"));
        }
        self.hashes.insert(if is_directory { as_directory } else { as_file });
        for above in ancestors(name) {
            if self.hashes.contains(&self.hash(above, false)) {
                return Err(at(entry, "lies below what the same layer has as a file or a link"));
            }
            if !self.hashes.insert(self.hash(above, true)) {
                break;
            }
        }
        Ok(())
    }
}
