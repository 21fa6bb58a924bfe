//! The entries of a tar archive, one by one, in memory that does not grow with it.
//!
//! Headers are those of POSIX.1-2017 (pax) and of GNU tar. What tools read differently is refused:
//! an answer must not depend on who reads.

use std::io::{self, Read as _};

use tar::{EntryType, Header};

use super::input::Input;
use super::limits::Limits;
use super::name::{self, Name, shown};
use crate::error::ArtifactError;

const BLOCK: usize = 512;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    /// Another name of a file.
    Hardlink(Name),
    /// A symbolic link, and the text in it.
    Symlink(Vec<u8>),
    /// A device or a FIFO.
    Special,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: Name,
    pub(super) kind: Kind,
    /// The bytes of its content.
    pub(super) size: u64,
    /// Where its content begins in the archive.
    pub(super) offset: u64,
}

/// What extended headers say of the entry behind them.
#[derive(Debug, Default)]
struct Extended {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Reads a tar archive.
pub(super) struct Entries<'a> {
    input: Box<dyn Input + 'a>,
    limits: Limits,
    /// The content of the last entry that was not read yet, and the padding behind it.
    left: u64,
    padding: u64,
    position: u64,
    seen: usize,
    last: Name,
    /// Whether the block of zeros that ends an archive was there.
    closed: bool,
}

impl<'a> Entries<'a> {
    pub(super) fn new(input: Box<dyn Input + 'a>, limits: Limits) -> Self {
        Self {
            input,
            limits,
            left: 0,
            padding: 0,
            position: 0,
            seen: 0,
            last: Name::new(),
            closed: false,
        }
    }

    /// How many headers were read.
    pub(super) fn seen(&self) -> usize {
        self.seen
    }

    /// How many bytes were read.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Whether the archive ended as it should. Some tools write layers without the closing blocks.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Reads the next entry. `None` is the end: of the archive, or of the bytes where one could
    /// begin.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, ArtifactError> {
        let mut extended = Extended::default();
        let mut is_extended = false;
        loop {
            self.finish()?;
            let Some(header) = self.header()? else {
                if is_extended {
                    return Err(self.cut("behind an extended header"));
                }
                return Ok(None);
            };
            self.seen += 1;
            if self.seen > self.limits.entries {
                let most = self.limits.entries;
                return Err(ArtifactError::new(format!("there are more than {most} entries")));
            }
            let size = size(&header)?;
            match header.entry_type() {
                EntryType::XHeader => extended.pax(&self.extension(size)?)?,
                EntryType::XGlobalHeader => {
                    let mut global = Extended::default();
                    global.pax(&self.extension(size)?)?;
                    if global.path.is_some() || global.link.is_some() || global.size.is_some() {
                        return Err(ArtifactError::new(
                            "a global header gives every entry one name",
                        ));
                    }
                    continue;
                }
                EntryType::GNULongName => {
                    extended.path = Some(until_nul(self.extension(size)?));
                }
                EntryType::GNULongLink => {
                    extended.link = Some(until_nul(self.extension(size)?));
                }
                _ => return self.entry(&header, size, extended).map(Some),
            }
            is_extended = true;
        }
    }

    fn entry(
        &mut self,
        header: &Header,
        size: u64,
        extended: Extended,
    ) -> Result<Entry, ArtifactError> {
        let path = extended.path.unwrap_or_else(|| header.path_bytes().into_owned());
        let name = name::normalize(&path, self.limits.path)?;
        let size = extended.size.unwrap_or(size);
        let refuse = |why: &str| Err(ArtifactError::new(format!("{} {why}", shown(&path))));
        let link = || {
            let link = header.link_name_bytes().map(std::borrow::Cow::into_owned);
            extended.link.clone().or(link).unwrap_or_default()
        };
        let kind = match header.entry_type() {
            // Before POSIX a directory was a file with a slash at the end.
            EntryType::Regular | EntryType::Continuous if path.ends_with(b"/") => Kind::Directory,
            EntryType::Regular | EntryType::Continuous => Kind::File,
            EntryType::Directory => Kind::Directory,
            EntryType::Link => Kind::Hardlink(name::normalize(&link(), self.limits.path)?),
            EntryType::Symlink => Kind::Symlink(link()),
            EntryType::Char | EntryType::Block | EntryType::Fifo => Kind::Special,
            EntryType::GNUSparse => {
                return refuse("is stored with holes: pack it without --sparse");
            }
            other => {
                let letter = char::from(other.as_byte()).escape_debug();
                return refuse(&format!("is an entry of type `{letter}`, which images have not"));
            }
        };
        if kind != Kind::File && size > 0 {
            return refuse("has content and is not a file: tools differ in what follows it");
        }
        if name.is_empty() && kind != Kind::Directory {
            return refuse("has no name");
        }
        if size > self.limits.unpacked {
            return refuse(&format!(
                "has {size} bytes, {} at most; --max-size raises that",
                self.limits.unpacked
            ));
        }
        self.left = size;
        self.padding = padding(size);
        self.last.clone_from(&name);
        Ok(Entry { name, kind, size, offset: self.position })
    }

    /// Reads the content of the entry, or what is left of it.
    pub(super) fn content(&mut self, mut take: impl FnMut(&[u8])) -> Result<(), ArtifactError> {
        while self.left > 0 {
            let available = match self.input.fill_buf() {
                Ok([]) => return Err(self.cut("in the content")),
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ArtifactError::new(error.to_string())),
            };
            let step =
                usize::try_from(self.left).map_or(available.len(), |n| n.min(available.len()));
            take(&available[..step]);
            self.input.consume(step);
            self.left -= step as u64;
            self.position += step as u64;
        }
        Ok(())
    }

    /// Reads what stands behind the end of the archive, for whoever hashes all of it.
    pub(super) fn drain(&mut self) -> Result<(), ArtifactError> {
        let most = self.limits.unpacked.saturating_sub(self.position);
        let skipped =
            self.input.skip(most + 1).map_err(|error| ArtifactError::new(error.to_string()))?;
        if skipped > most {
            return Err(too_large(&self.limits));
        }
        self.position += skipped;
        Ok(())
    }

    /// Skips what is left of the last entry. Its content has to be there; of its padding some tools
    /// leave out the last.
    fn finish(&mut self) -> Result<(), ArtifactError> {
        let skip = |input: &mut Box<dyn Input + 'a>, bytes| {
            input.skip(bytes).map_err(|error| ArtifactError::new(error.to_string()))
        };
        let skipped = skip(&mut self.input, self.left)?;
        self.position += skipped;
        if skipped < self.left {
            return Err(self.cut("in the content"));
        }
        self.left = 0;
        self.position += skip(&mut self.input, std::mem::take(&mut self.padding))?;
        if self.position > self.limits.unpacked {
            return Err(too_large(&self.limits));
        }
        Ok(())
    }

    /// Reads a header, or the end.
    fn header(&mut self) -> Result<Option<Header>, ArtifactError> {
        let mut header = Header::new_old();
        match self.block(header.as_mut_bytes())? {
            0 => return Ok(None),
            BLOCK => {}
            _ => return Err(self.cut("in a header")),
        }
        if header.as_bytes().iter().all(|byte| *byte == 0) {
            let mut second = [0; BLOCK];
            self.block(&mut second)?;
            if second.iter().any(|byte| *byte != 0) {
                return Err(ArtifactError::new("there are entries behind its end"));
            }
            self.closed = true;
            return Ok(None);
        }
        if !is_intact(&header) {
            return Err(ArtifactError::new(format!(
                "byte {} is not a header of a tar archive: it is damaged or cut",
                self.position - BLOCK as u64
            )));
        }
        Ok(Some(header))
    }

    /// Fills a block as far as there are bytes.
    fn block(&mut self, block: &mut [u8; BLOCK]) -> Result<usize, ArtifactError> {
        let mut filled = 0;
        while filled < BLOCK {
            match self.input.read(&mut block[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ArtifactError::new(error.to_string())),
            }
        }
        self.position += filled as u64;
        Ok(filled)
    }

    /// Reads an extended header.
    fn extension(&mut self, size: u64) -> Result<Vec<u8>, ArtifactError> {
        if size > self.limits.header {
            return Err(ArtifactError::new(format!(
                "an extended header of {size} bytes, {} at most",
                self.limits.header
            )));
        }
        self.left = size;
        self.padding = padding(size);
        let mut text = Vec::new();
        self.content(|bytes| text.extend_from_slice(bytes))?;
        Ok(text)
    }

    fn cut(&self, place: &str) -> ArtifactError {
        let behind = if self.last.is_empty() {
            String::new()
        } else {
            format!(" of or behind {}", shown(&self.last))
        };
        ArtifactError::new(format!("it is cut off after {} bytes, {place}{behind}", self.position))
    }
}

fn is_intact(header: &Header) -> bool {
    let sum = header.as_bytes().iter().enumerate().map(|(at, byte)| {
        // The checksum counts itself as blanks.
        u32::from(if (148..156).contains(&at) { b' ' } else { *byte })
    });
    header.cksum().ok() == Some(sum.sum())
}

fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64) - size
}

pub(super) fn too_large(limits: &Limits) -> ArtifactError {
    ArtifactError::new(format!(
        "it unpacks to more than {} bytes; --max-size raises that",
        limits.unpacked
    ))
}

/// The size in a header: octal, or as GNU tar has it binary behind a first byte of 0x80.
fn size(header: &Header) -> Result<u64, ArtifactError> {
    let field = &header.as_bytes()[124..136];
    let refuse = || ArtifactError::new("a size that is negative, too large or no number");
    if field[0] & 0x80 != 0 && (field[0] != 0x80 || field[1..4].iter().any(|byte| *byte != 0)) {
        return Err(refuse());
    }
    // A multiple of the block has to fit too.
    header.entry_size().ok().filter(|size| *size < 1 << 62).ok_or_else(refuse)
}

fn until_nul(mut text: Vec<u8>) -> Vec<u8> {
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    text.truncate(end);
    text
}

impl Extended {
    /// Reads the records of a pax header: `LENGTH KEY=VALUE LF`, the length that of the whole.
    /// Values may hold anything, line feeds too.
    fn pax(&mut self, mut text: &[u8]) -> Result<(), ArtifactError> {
        let malformed = || ArtifactError::new("a malformed extended header");
        while !text.is_empty() {
            let blank = text.iter().position(|byte| *byte == b' ').ok_or_else(malformed)?;
            let length = std::str::from_utf8(&text[..blank]).ok().and_then(|n| n.parse().ok());
            let length: usize = length.ok_or_else(malformed)?;
            let record = text.get(blank + 1..length).ok_or_else(malformed)?;
            let record = record.strip_suffix(b"\n").ok_or_else(malformed)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(malformed)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.path = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok());
                    self.size = Some(size.filter(|n| *n < 1 << 62).ok_or_else(malformed)?);
                }
                key if key.starts_with(b"GNU.sparse.") => {
                    return Err(ArtifactError::new(
                        "a file is stored with holes: pack it without --sparse",
                    ));
                }
                _ => {}
            }
            text = &text[length..];
        }
        Ok(())
    }
}

/// Whether the bytes begin as a tar archive does: with a header whose checksum is right.
pub(super) fn is_archive(mut bytes: impl io::Read) -> io::Result<bool> {
    let mut header = Header::new_old();
    let mut first = Vec::new();
    bytes.by_ref().take(BLOCK as u64).read_to_end(&mut first)?;
    if first.len() < BLOCK {
        return Ok(false);
    }
    header.as_mut_bytes().copy_from_slice(&first);
    Ok(is_intact(&header))
}
