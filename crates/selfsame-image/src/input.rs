//! Bytes of an archive: a part of a file, or what unpacks from it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use selfsame_core::stamp::Scanner;

use super::limits::Budget;

/// The buffer of a reader.
const BUFFER: usize = 256 * 1024;

/// Bytes that are read in order, some of which may be skipped.
pub(super) trait Input: BufRead {
    /// Skips so many bytes, or up to the end. Returns how many.
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        skip_by_reading(self, bytes)
    }
}

fn skip_by_reading<R: BufRead + ?Sized>(input: &mut R, bytes: u64) -> io::Result<u64> {
    let mut left = bytes;
    while left > 0 {
        let available = match input.fill_buf() {
            Ok([]) => break,
            Ok(available) => available.len(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let step = usize::try_from(left).map_or(available, |left| left.min(available));
        input.consume(step);
        left -= step as u64;
    }
    Ok(bytes - left)
}

/// A part of a file.
#[derive(Debug, Clone)]
pub(super) struct Section {
    file: Rc<File>,
    position: u64,
    end: u64,
    budget: Rc<Budget>,
}

impl Section {
    /// The whole of a file. What is read of it, and what unpacks from it, is taken from the budget.
    pub(super) fn whole(file: File, budget: &Rc<Budget>) -> io::Result<Self> {
        let end = file.metadata()?.len();
        Ok(Self { file: Rc::new(file), position: 0, end, budget: Rc::clone(budget) })
    }

    pub(super) fn budget(&self) -> &Rc<Budget> {
        &self.budget
    }

    /// The part of this one that begins at `offset`.
    pub(super) fn part(&self, offset: u64, length: u64) -> io::Result<Self> {
        let bounds = offset.checked_add(length).filter(|end| *end <= self.len());
        let end = bounds.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Self {
            file: Rc::clone(&self.file),
            position: self.position + offset,
            end: self.position + end,
            budget: Rc::clone(&self.budget),
        })
    }

    /// The bytes that are left.
    pub(super) fn len(&self) -> u64 {
        self.end - self.position
    }

    pub(super) fn reader(self) -> BufReader<Self> {
        BufReader::with_capacity(BUFFER, self)
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.len()).map_or(buffer.len(), |len| len.min(buffer.len()));
        // Sections of one file take turns.
        (&*self.file).seek(SeekFrom::Start(self.position))?;
        let read = (&*self.file).read(&mut buffer[..most])?;
        self.position += read as u64;
        self.budget.take(read as u64)?;
        Ok(read)
    }
}

impl Seek for Section {
    /// Moves relative to the current position, which is all that a reader asks for.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Current(by) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        let position = self.position.checked_add_signed(by).filter(|to| *to <= self.end);
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl Input for BufReader<Section> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let left = self.get_ref().len() + self.buffer().len() as u64;
        let bytes = bytes.min(left);
        let by = i64::try_from(bytes).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.seek_relative(by)?;
        Ok(bytes)
    }
}

/// Takes what passes through from a budget: a few packed bytes unpack to any number.
pub(super) struct Metered<R> {
    inner: R,
    budget: Rc<Budget>,
}

impl<R: Read> Metered<R> {
    pub(super) fn new(inner: R, budget: &Rc<Budget>) -> Self {
        Self { inner, budget: Rc::clone(budget) }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.budget.take(read as u64)?;
        Ok(read)
    }
}

/// What can only be read.
pub(super) struct Unpacked<R>(BufReader<R>);

impl<R: Read> Unpacked<R> {
    pub(super) fn new(reader: R) -> Self {
        Self(BufReader::with_capacity(BUFFER, reader))
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> BufRead for Unpacked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl<R: Read> Input for Unpacked<R> {}

/// Searches all that can be read, `most` bytes at most.
pub(super) fn scan(
    input: &mut (impl BufRead + ?Sized),
    most: u64,
    scanner: &mut Scanner,
) -> io::Result<()> {
    let mut left = most;
    loop {
        let length = match input.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(bytes) => {
                left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
                    let why = format!("it has more than {most} bytes; --max-size raises that");
                    io::Error::other(why)
                })?;
                scanner.push(bytes);
                bytes.len()
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        input.consume(length);
    }
}
