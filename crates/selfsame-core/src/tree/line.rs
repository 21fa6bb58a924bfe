use crate::stamp::Digest;

/// The lines that `sha256sum` prints, and their SHA-256.
#[derive(Debug, Default)]
pub struct Lines(Vec<u8>);

impl Lines {
    /// Returns no lines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the line of a file. GNU `sha256sum` escapes backslash, line feed and carriage return in
    /// a name, and marks such a line with a backslash in front.
    pub fn push(&mut self, digest: Digest, name: &[u8]) {
        let escape = |byte: &u8| match byte {
            b'\\' => Some(b'\\'),
            b'\n' => Some(b'n'),
            b'\r' => Some(b'r'),
            _ => None,
        };
        if name.iter().any(|byte| escape(byte).is_some()) {
            self.0.push(b'\\');
        }
        self.0.extend_from_slice(digest.to_string().as_bytes());
        self.0.extend_from_slice(b"  ");
        for byte in name {
            match escape(byte) {
                Some(letter) => self.0.extend_from_slice(&[b'\\', letter]),
                None => self.0.push(*byte),
            }
        }
        self.0.push(b'\n');
    }

    /// The SHA-256 of the lines.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// The lines themselves.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
