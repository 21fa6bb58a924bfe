//! Objects of git by small numbers.

use std::collections::HashMap;

use selfsame_core::stamp::CommitId;

/// The id of an object: 20 or 32 bytes, the rest zeros.
pub(super) type Id = [u8; 32];

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mode {
    File,
    Link,
    Submodule,
}

/// An entry, by its place among all that were seen. Zero is none.
pub(super) type Entry = u32;

/// All entries that were seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Objects {
    all: Vec<(Mode, Id)>,
    places: HashMap<(Mode, Id), Entry>,
    /// The length of an id in hexadecimal digits.
    digits: usize,
}

impl Objects {
    /// Reads the mode and the id of an entry as git prints them.
    pub(super) fn intern(&mut self, mode: &[u8], id: &[u8]) -> Option<Entry> {
        let mode = match mode {
            b"000000" | b"0" => return Some(0),
            b"120000" => Mode::Link,
            b"160000" => Mode::Submodule,
            _ => Mode::File,
        };
        self.digits = id.len();
        let key = (mode, parse(id)?);
        if let Some(place) = self.places.get(&key) {
            return Some(*place);
        }
        self.all.push(key);
        let place = u32::try_from(self.all.len()).ok()?;
        self.places.insert(key, place);
        Some(place)
    }

    /// What an entry is. `None` if there is none.
    pub(super) fn mode(&self, entry: Entry) -> Option<Mode> {
        Some(self.all.get(entry.checked_sub(1)? as usize)?.0)
    }

    /// The id of an entry's object as git takes it.
    pub(super) fn hex(&self, entry: Entry) -> String {
        let id = entry.checked_sub(1).and_then(|at| self.all.get(at as usize));
        id.map_or(String::new(), |(_, id)| hex(id, self.digits))
    }
}

/// Reads the hexadecimal digits of an id.
pub(super) fn parse(text: &[u8]) -> Option<Id> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    if !matches!(text.len(), 40 | 64) {
        return None;
    }
    let mut id = [0; 32];
    for (byte, pair) in id.iter_mut().zip(text.chunks(2)) {
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(*pair.get(1)?)?).ok()?;
    }
    Some(id)
}

/// The first `digits` digits of an id.
pub(super) fn hex(id: &Id, digits: usize) -> String {
    use std::fmt::Write as _;

    let mut text = String::with_capacity(digits);
    for byte in &id[..digits / 2] {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The commit of an id. Git has none of zeros.
pub(super) fn commit(id: &Id, digits: usize) -> Option<CommitId> {
    hex(id, digits).parse().ok()
}
