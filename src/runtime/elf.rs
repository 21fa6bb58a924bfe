//! What a system loads of an executable, as the ELF format of 64 bits has it
//! ([gABI, chapters 4 and 5](https://www.sco.com/developers/gabi/latest/contents.html)). `strip`
//! takes away what is not loaded, and leaves the rest where it is.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use super::throttle::Throttle;

/// The length of the file's header, and of one program header.
const HEADER: usize = 64;
const ENTRY: usize = 56;

/// The most program headers that are read. Linkers write some ten.
const MAX_ENTRIES: usize = 256;

/// Where the header says where sections are, which are not loaded: `e_shoff`, and `e_shentsize`,
/// `e_shnum` and `e_shstrndx`.
const SECTIONS: [std::ops::Range<usize>; 2] = [0x28..0x30, 0x3a..0x40];

const BUFFER: usize = 64 * 1024;

/// Whether two executables load the same bytes to the same places. `None` if one of them is not a
/// little-endian ELF file of 64 bits, is cut off, or loads more than `most` bytes.
pub(super) fn loads_the_same(one: &File, other: &File, most: u64) -> Option<bool> {
    let (ours, theirs) = (Head::of(one)?, Head::of(other)?);
    if ours != theirs {
        return Some(false);
    }
    let mut throttle = Throttle::new();
    let mut buffers = (vec![0; BUFFER], vec![0; BUFFER]);
    let mut left = most;
    for (offset, length) in ours.loaded() {
        left = left.checked_sub(length)?;
        let end = offset.checked_add(length)?;
        let mut at = offset;
        while at < end {
            let part = usize::try_from(end - at).map_or(BUFFER, |rest| rest.min(BUFFER));
            let (a, b) = (&mut buffers.0[..part], &mut buffers.1[..part]);
            one.read_exact_at(a, at).ok()?;
            other.read_exact_at(b, at).ok()?;
            if at == 0 {
                without_sections(a);
                without_sections(b);
            }
            if a != b {
                return Some(false);
            }
            at += part as u64;
            throttle.rest();
        }
    }
    Some(true)
}

fn without_sections(head: &mut [u8]) {
    for range in SECTIONS {
        if let Some(bytes) = head.get_mut(range) {
            bytes.fill(0);
        }
    }
}

/// The header, without what it says of sections, and the program headers.
#[derive(PartialEq, Eq)]
struct Head {
    header: [u8; HEADER],
    entries: Vec<u8>,
}

impl Head {
    fn of(file: &File) -> Option<Self> {
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).ok()?;
        // Magic, 64 bits, little-endian.
        if !header.starts_with(b"\x7fELF\x02\x01") {
            return None;
        }
        without_sections(&mut header);
        let (size, number) = (half(&header, 0x36), half(&header, 0x38));
        if size != ENTRY || number == 0 || number > MAX_ENTRIES {
            return None;
        }
        let mut entries = vec![0; number * ENTRY];
        file.read_exact_at(&mut entries, long(&header, 0x20)).ok()?;
        Some(Self { header, entries })
    }

    /// Where the file holds what is loaded (`PT_LOAD`), and how many bytes.
    fn loaded(&self) -> impl Iterator<Item = (u64, u64)> {
        let entries = self.entries.chunks_exact(ENTRY);
        entries
            .filter(|entry| entry[..4] == [1, 0, 0, 0])
            .map(|entry| (long(entry, 8), long(entry, 32)))
    }
}

fn half(bytes: &[u8], at: usize) -> usize {
    u16::from_le_bytes([bytes[at], bytes[at + 1]]).into()
}

fn long(bytes: &[u8], at: usize) -> u64 {
    let mut long = [0; 8];
    long.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(long)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const MOST: u64 = 1 << 20;

    /// A file with one segment that is loaded, all of it, and `rest` behind.
    fn elf(entries: u16, code: u8, sections: u8, rest: &[u8]) -> File {
        let mut bytes = vec![0; HEADER + ENTRY];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[0x20] = 64;
        bytes[0x28..0x30].fill(sections);
        bytes[0x36] = 56;
        bytes[0x38..0x3a].copy_from_slice(&entries.to_le_bytes());
        bytes[0x3a..0x40].fill(sections);
        bytes[HEADER] = 1;
        bytes[HEADER + 32] = 200;
        bytes.resize(200, code);
        bytes.extend(rest);
        file(&bytes)
    }

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("it can be written");
        file
    }

    #[test]
    fn what_is_loaded_counts_and_nothing_else() {
        let this = elf(1, 7, 1, b"symbols");
        assert_eq!(loads_the_same(&this, &elf(1, 7, 2, b""), MOST), Some(true));
        assert_eq!(loads_the_same(&this, &elf(1, 8, 1, b"symbols"), MOST), Some(false));
        assert_eq!(loads_the_same(&this, &file(b"\x7fELF\x01\x01"), MOST), None);
        assert_eq!(loads_the_same(&this, &file(b"#!/bin/sh\n"), MOST), None);
    }

    #[test]
    fn what_is_cut_off_or_too_much_is_not_compared() {
        let this = elf(1, 7, 1, b"");
        let cut = elf(1, 7, 1, b"");
        cut.set_len(199).expect("it can be cut");
        assert_eq!(loads_the_same(&this, &cut, MOST), None);
        assert_eq!(loads_the_same(&this, &elf(1, 7, 1, b""), 199), None);
        let many = || elf(257, 7, 1, &[0; 257 * ENTRY]);
        assert_eq!(loads_the_same(&many(), &many(), MOST), None);
        let most = || elf(256, 7, 1, &[0; 257 * ENTRY]);
        assert_eq!(loads_the_same(&most(), &most(), MOST), Some(true));
    }
}
