//! Gzip and zstd, and the digest of what is packed.

use std::io::{self, Read};
use std::rc::Rc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use flate2::read::MultiGzDecoder;
use selfsame_core::stamp::Digest;
use sha2::Digest as _;

use super::input::{Input, Metered, Section, Unpacked};

/// How an archive or a layer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Compression {
    /// Tells from the first bytes: a media type is a claim.
    pub(super) fn of(section: &Section) -> io::Result<Self> {
        let mut first = Vec::new();
        section.clone().take(4).read_to_end(&mut first)?;
        Ok(match first[..] {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or one that is to be skipped.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Self::Zstd,
            _ => Self::None,
        })
    }

    /// Opens what is packed so. With a hash everything is read, and nothing skipped.
    pub(super) fn open(self, section: Section, hash: Option<HashOf>) -> io::Result<Box<dyn Input>> {
        let budget = Rc::clone(section.budget());
        Ok(match (self, hash) {
            (Self::None, None) => Box::new(section.reader()),
            (Self::None, Some(hash)) => Box::new(Unpacked::new(Hashed::new(section, hash))),
            (Self::Gzip, None) => {
                let unpacked = MultiGzDecoder::new(section.reader());
                Box::new(Unpacked::new(Metered::new(unpacked, &budget)))
            }
            (Self::Gzip, Some(hash)) => {
                let hashed = Unpacked::new(Hashed::new(section, hash));
                let unpacked = MultiGzDecoder::new(hashed);
                Box::new(Unpacked::new(Metered::new(unpacked, &budget)))
            }
            (Self::Zstd, None) => {
                let unpacked = zstd::stream::read::Decoder::with_buffer(section.reader())?;
                Box::new(Unpacked::new(Metered::new(unpacked, &budget)))
            }
            (Self::Zstd, Some(hash)) => {
                let hashed = Unpacked::new(Hashed::new(section, hash));
                let unpacked = zstd::stream::read::Decoder::with_buffer(hashed)?;
                Box::new(Unpacked::new(Metered::new(unpacked, &budget)))
            }
        })
    }
}

/// The way to a thread that hashes.
pub(super) struct HashOf(SyncSender<Vec<u8>>);

/// A thread that hashes while another reads: a SHA-256 takes longer than a search.
pub(super) struct Hasher(JoinHandle<(Digest, u64)>);

impl Hasher {
    pub(super) fn start() -> (HashOf, Self) {
        /// The chunks that may wait.
        const WAITING: usize = 8;

        let (send, receive) = sync_channel::<Vec<u8>>(WAITING);
        let thread = std::thread::spawn(move || {
            let mut hasher = sha2::Sha256::new();
            let mut length = 0;
            for chunk in receive {
                hasher.update(&chunk);
                length += chunk.len() as u64;
            }
            (Digest::new(hasher.finalize().into()), length)
        });
        (HashOf(send), Self(thread))
    }

    /// The digest and the length of all that was read. The reader has to be dropped before.
    pub(super) fn finish(self) -> (Digest, u64) {
        self.0.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Hashes what passes through.
pub(super) struct Hashed<R> {
    inner: R,
    hash: HashOf,
}

impl<R: Read> Hashed<R> {
    pub(super) fn new(inner: R, hash: HashOf) -> Self {
        Self { inner, hash }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read > 0 {
            // The thread ends after this one.
            let _ = self.hash.0.send(buffer[..read].to_vec());
        }
        Ok(read)
    }
}
