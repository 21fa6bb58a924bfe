//! The picture of the page that the repository keeps
//! ([PNG, third edition](https://www.w3.org/TR/png-3/)).

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Signature and header, which come first: 13 bytes in a chunk.
const HEAD: usize = 8 + 12 + 13;

/// The picture with a comment in it that says which page it was taken of.
pub(crate) fn of(png: &[u8], page: &str) -> Vec<u8> {
    assert!(png.starts_with(SIGNATURE), "it is a PNG");
    let chunk = [b"tEXtPage\0", page.as_bytes()].concat();
    let length = u32::try_from(chunk.len() - 4).expect("it is short");
    let crc = crc32(&chunk);
    [&png[..HEAD], &length.to_be_bytes(), &chunk, &crc.to_be_bytes(), &png[HEAD..]].concat()
}

/// Width and height of a PNG, as its head has them.
pub(crate) fn size(png: &[u8]) -> Option<(&[u8], &[u8])> {
    png.starts_with(SIGNATURE).then_some(())?;
    Some((png.get(16..20)?, png.get(20..24)?))
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[test]
fn the_checksum_is_that_of_png() {
    // The last chunk of each PNG, and its checksum.
    assert_eq!(crc32(b"IEND"), 0xae42_6082);
}
