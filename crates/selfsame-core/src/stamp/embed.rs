//! The bytes around a stamp's text in a binary, and how they are found again.
//!
//! ```text
//! NUL "selfsame" ":stamp:1 "   LENGTH(8 decimal digits) " " SHA256(64 hex digits of the text) LF TEXT LF
//! ```

use std::hint::black_box;

use super::sealed::MAX_TEXT;
use super::{Digest, Stamp, StampError};

/// The magic, each byte with its bits turned, so that no program that merely knows of stamps looks
/// as if it had one.
const TURNED: [u8; 18] = {
    let mut bytes = *b"\x00selfsame:stamp:1 ";
    let mut index = 0;
    while index < bytes.len() {
        bytes[index] = !bytes[index];
        index += 1;
    }
    bytes
};

const LENGTH_DIGITS: usize = 8;
const DIGEST_DIGITS: usize = 64;

/// The bytes of the header: magic, length, space, digest, line feed.
const HEADER: usize = TURNED.len() + LENGTH_DIGITS + 1 + DIGEST_DIGITS + 1;

/// What the text of every stamp begins with: its first key, by the bytes.
const BARE: &[u8] = b"{\"build\":{";

/// The most stamps that one artifact may carry.
const MAX_STAMPS: usize = 64;

fn magic() -> [u8; TURNED.len()] {
    // Without the black box the compiler turns the bits back at compile time.
    black_box(TURNED).map(|byte| !byte)
}

/// Returns the bytes that stand in an artifact for `stamp`.
#[must_use]
pub fn frame(stamp: &Stamp) -> Vec<u8> {
    let text = stamp.text();
    let mut bytes = magic().to_vec();
    bytes.extend_from_slice(
        format!("{:08} {}\n", text.len(), Digest::of(text.as_bytes())).as_bytes(),
    );
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'\n');
    bytes
}

/// The stamp of a running program, as [`stamp!`](crate::stamp!) finds it in the program's own
/// memory.
#[derive(Debug, Clone, Copy)]
pub struct Embedded(&'static [u8]);

impl Embedded {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(framed: &'static [u8]) -> Self {
        Self(framed)
    }

    /// Reads the stamp.
    ///
    /// # Errors
    ///
    /// If the bytes are not exactly one stamp, which takes another hand than the build script's.
    pub fn read(self) -> Result<Stamp, StampError> {
        let mut scanner = Scanner::new();
        scanner.push(self.0);
        let found = scanner.finish()?;
        match <[Found; 1]>::try_from(found) {
            Ok([found]) => Ok(found.stamp),
            Err(_) => Err(StampError::new("the embedded bytes are not exactly one stamp")),
        }
    }
}

/// A stamp found in an artifact.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Found {
    /// The stamp.
    pub stamp: Stamp,
    /// How often its bytes stand in the artifact: a linker may keep copies.
    pub copies: usize,
}

/// Finds stamps in bytes that come in chunks of any size.
///
/// What carries the magic and no well-formed header behind it is noise. A header whose text is cut
/// short, damaged or invalid is an error: an artifact with a broken stamp is never one with fewer
/// stamps. What is nothing but the text of a stamp, with or without a line feed at its end, is one as
/// well, as `selfsame stamp` writes it. Memory stays below a chunk and two stamps, 1 MiB each.
///
/// ```
/// use selfsame_core::stamp::Scanner;
///
/// let mut scanner = Scanner::new();
/// scanner.push(b"\x7fELF and nothing of interest");
/// assert!(scanner.finish()?.is_empty());
/// # Ok::<(), selfsame_core::stamp::StampError>(())
/// ```
#[derive(Debug)]
pub struct Scanner {
    magic: [u8; TURNED.len()],
    /// What may still be the beginning of a stamp.
    held: Vec<u8>,
    /// All so far, as long as it may be the text of a stamp and nothing else.
    bare: Option<Vec<u8>>,
    found: Vec<Found>,
    error: Option<StampError>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner {
    /// Returns a scanner that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        let bare = Some(Vec::new());
        Self { magic: magic(), held: Vec::new(), bare, found: Vec::new(), error: None }
    }

    /// Takes the next bytes of the artifact.
    pub fn push(&mut self, chunk: &[u8]) {
        self.push_bare(chunk);
        if self.held.is_empty() {
            let rest = self.advance(chunk, false);
            self.held.extend_from_slice(rest);
        } else {
            let mut held = std::mem::take(&mut self.held);
            held.extend_from_slice(chunk);
            let rest = self.advance(&held, false);
            let kept = held.len() - rest.len();
            held.drain(..kept);
            self.held = held;
        }
    }

    /// Returns the different stamps that were found, in their order in the artifact.
    ///
    /// # Errors
    ///
    /// If a stamp was cut short, damaged or invalid, or if there are more than 64.
    pub fn finish(mut self) -> Result<Vec<Found>, StampError> {
        let held = std::mem::take(&mut self.held);
        self.advance(&held, true);
        match self.error {
            Some(error) => Err(error),
            None if self.found.is_empty() => Ok(self.bare.iter().filter_map(|t| bare(t)).collect()),
            None => Ok(self.found),
        }
    }

    fn push_bare(&mut self, chunk: &[u8]) {
        let Some(text) = &mut self.bare else { return };
        let seen = text.len().min(BARE.len());
        let matches = BARE[seen..].iter().zip(chunk).all(|(a, b)| a == b);
        if !matches || text.len() + chunk.len() > MAX_TEXT + 1 {
            self.bare = None;
        } else {
            text.extend_from_slice(chunk);
        }
    }

    /// Reads what can be read and returns what has to wait for more bytes.
    fn advance<'a>(&mut self, mut bytes: &'a [u8], at_end: bool) -> &'a [u8] {
        while self.error.is_none() {
            let Some(start) = find(bytes, &self.magic) else {
                return &bytes[bytes.len() - overlap(bytes, &self.magic)..];
            };
            bytes = &bytes[start..];
            if bytes.len() < HEADER && !at_end {
                return bytes;
            }
            let Some((length, digest)) = bytes.get(..HEADER).and_then(header) else {
                bytes = &bytes[self.magic.len()..];
                continue;
            };
            if length > MAX_TEXT {
                self.error = Some(StampError::new(format!(
                    "the header announces {length} bytes, {MAX_TEXT} at most"
                )));
                break;
            }
            let Some(text) = bytes.get(HEADER..HEADER + length) else {
                if at_end {
                    self.error = Some(StampError::new("it is cut short"));
                    break;
                }
                return bytes;
            };
            match read(text, digest) {
                Ok(stamp) => self.keep(stamp),
                Err(error) => self.error = Some(error),
            }
            bytes = &bytes[HEADER + length..];
        }
        &[]
    }

    fn keep(&mut self, stamp: Stamp) {
        if let Some(known) = self.found.iter_mut().find(|known| known.stamp == stamp) {
            known.copies += 1;
        } else if self.found.len() == MAX_STAMPS {
            self.error = Some(StampError::new(format!("there are more than {MAX_STAMPS} stamps")));
        } else {
            self.found.push(Found { stamp, copies: 1 });
        }
    }
}

/// The stamp of which these bytes are the text.
fn bare(text: &[u8]) -> Option<Found> {
    let text = str::from_utf8(text).ok()?;
    let stamp = Stamp::parse(text.strip_suffix('\n').unwrap_or(text)).ok()?;
    Some(Found { stamp, copies: 1 })
}

fn read(text: &[u8], digest: Digest) -> Result<Stamp, StampError> {
    if Digest::of(text) != digest {
        return Err(StampError::new("the text is not the one that its header announces"));
    }
    let text = std::str::from_utf8(text).map_err(|_| StampError::new("the text is not UTF-8"))?;
    Stamp::parse(text)
}

/// The command reads whole images: it searches at the speed of memory.
#[cfg(feature = "memchr")]
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    // Without the NUL in front, which is the commonest byte of a binary. A byte before the rest is
    // looked for where there is one.
    let (first, rest) = needle.split_first()?;
    memchr::memmem::find_iter(haystack.get(1..)?, rest).find(|at| haystack[*at] == *first)
}

#[cfg(not(feature = "memchr"))]
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    // The magic begins with NUL, which is the commonest byte of a binary: the second is looked for.
    let mut from = 1;
    while let Some(at) = haystack.get(from..)?.iter().position(|byte| *byte == needle[1]) {
        let start = from + at - 1;
        if haystack[start..].starts_with(needle) {
            return Some(start);
        }
        from += at + 1;
    }
    None
}

/// The number of bytes at the end of `bytes` with which the magic may begin.
fn overlap(bytes: &[u8], magic: &[u8]) -> usize {
    (1..magic.len().min(bytes.len() + 1))
        .rev()
        .find(|length| bytes.ends_with(&magic[..*length]))
        .unwrap_or(0)
}

/// Reads a header, or nothing where the bytes are none.
fn header(bytes: &[u8]) -> Option<(usize, Digest)> {
    let fields = &bytes[TURNED.len()..];
    let (length, rest) = fields.split_at(LENGTH_DIGITS);
    let (digest, line_feed) = rest.strip_prefix(b" ")?.split_at(DIGEST_DIGITS);
    if !length.iter().all(u8::is_ascii_digit) || line_feed != b"\n" {
        return None;
    }
    let length = std::str::from_utf8(length).ok()?.parse().ok()?;
    let digest = std::str::from_utf8(digest).ok()?.parse().ok()?;
    Some((length, digest))
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, Stamp};
    use super::*;

    fn stamp(name: &str) -> Stamp {
        Stamp::seal(Facts::new(name, "1.0.0")).unwrap()
    }

    fn scan(chunks: &[&[u8]]) -> Result<Vec<(String, usize)>, String> {
        let mut scanner = Scanner::new();
        for chunk in chunks {
            scanner.push(chunk);
        }
        let found = scanner.finish().map_err(|error| error.to_string())?;
        Ok(found
            .into_iter()
            .map(|found| (found.stamp.facts().name.clone(), found.copies))
            .collect())
    }

    #[test]
    fn stamps_are_found_wherever_the_chunks_are_cut() {
        let mut bytes = b"\x7fELF\0\0sel\0selfsame:".to_vec();
        bytes.extend(frame(&stamp("api")));
        bytes.extend(b"\0\0selfsame");
        bytes.extend(frame(&stamp("kit")));
        bytes.extend(frame(&stamp("api")));
        let expected = Ok(vec![("api".to_owned(), 2), ("kit".to_owned(), 1)]);
        for cut in 0..=bytes.len() {
            assert_eq!(scan(&[&bytes[..cut], &bytes[cut..]]), expected, "cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(scan(&single), expected);
    }

    #[test]
    fn a_bare_text_is_a_stamp_and_a_part_of_one_is_none() {
        let text = stamp("dist").text().to_owned() + "\n";
        let expected = Ok(vec![("dist".to_owned(), 1)]);
        for cut in 0..text.len() {
            let (one, other) = text.as_bytes().split_at(cut);
            assert_eq!(scan(&[one, other]), expected, "in two, at {cut}");
            let whole = cut == text.len() - 1;
            let some = if whole { expected.clone() } else { Ok(Vec::new()) };
            assert_eq!(scan(&[one]), some, "cut off at {cut}");
        }
        assert_eq!(scan(&[b" ", text.as_bytes()]), Ok(Vec::new()));
        assert_eq!(scan(&[text.as_bytes(), b"\n"]), Ok(Vec::new()));
        assert_eq!(scan(&[text.as_bytes(), &vec![b' '; MAX_TEXT]]), Ok(Vec::new()));
    }

    #[test]
    fn a_magic_without_a_header_is_noise() {
        let framed = frame(&stamp("api"));
        let magic = &framed[..TURNED.len()];
        for tail in ["", "x", "0000001x ", "99999999", "00000001 zz", "00000001-"] {
            let mut bytes = magic.to_vec();
            bytes.extend(tail.bytes());
            bytes.extend(framed.iter());
            assert_eq!(scan(&[&bytes]), Ok(vec![("api".to_owned(), 1)]), "{tail:?}");
        }
    }

    #[test]
    fn a_stamp_cut_short_is_an_error_and_never_a_partial_stamp() {
        let framed = frame(&stamp("api"));
        let whole = framed.len() - 1;
        for cut in 0..whole {
            match scan(&[&framed[..cut]]) {
                Ok(found) => assert!(found.is_empty() && cut < HEADER, "cut at {cut}"),
                Err(error) => assert!(cut >= HEADER && error.contains("cut short"), "{error}"),
            }
        }
    }

    #[test]
    fn one_flipped_bit_is_noise_in_the_header_or_an_error_in_the_text() {
        let framed = frame(&stamp("api"));
        for at in 0..framed.len() - 1 {
            for bit in 0..8 {
                let mut bytes = framed.clone();
                bytes[at] ^= 1 << bit;
                if let Ok(found) = scan(&[&bytes]) {
                    assert!(found.is_empty() && at < HEADER, "byte {at}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn lengths_and_numbers_have_limits() {
        let text = "x".repeat(MAX_TEXT + 1);
        let mut bytes = magic().to_vec();
        bytes.extend(format!("{:08} {}\n", text.len(), Digest::of(text.as_bytes())).bytes());
        bytes.extend(text.bytes());
        assert!(scan(&[&bytes]).unwrap_err().contains("at most"));

        let many: Vec<u8> =
            (0..=MAX_STAMPS).flat_map(|n| frame(&stamp(&format!("s{n}")))).collect();
        assert!(scan(&[&many]).unwrap_err().contains("more than 64"));
    }

    #[test]
    fn what_a_program_embeds_it_reads_back() {
        let framed: &'static [u8] = frame(&stamp("api")).leak();
        assert_eq!(Embedded::new(framed).read().unwrap().facts().name, "api");
        assert!(Embedded::new(b"").read().is_err());
        assert!(Embedded::new(&framed[..framed.len() - 9]).read().is_err());
    }
}
