//! The scanner finds the same stamps however the bytes are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use selfsame_core::stamp::Scanner;

fn scan<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<String>, String> {
    let mut scanner = Scanner::new();
    for piece in pieces {
        scanner.push(piece);
    }
    let found = scanner.finish().map_err(|error| error.to_string())?;
    Ok(found.into_iter().map(|found| found.stamp.text().to_owned()).collect())
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let whole = scan([bytes]);
    assert_eq!(scan(bytes.chunks(usize::from(size).max(1))), whole);
    for text in whole.into_iter().flatten() {
        let stamp = selfsame_core::stamp::Stamp::parse(&text).expect("what was found is a stamp");
        assert_eq!(stamp.text(), text);
    }
});
