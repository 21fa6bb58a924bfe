//! Objects of a repository, read one after another from one `git cat-file`.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use sha2::Digest as _;

use super::run::Git;
use crate::error::SourceError;
use selfsame_core::child::{Child, ChildError};
use selfsame_core::stamp::Digest;

/// The bytes of a line that are kept in memory.
const PART: usize = 64 * 1024;

/// A `git cat-file --batch` that waits for questions.
#[derive(Debug)]
pub(crate) struct Batch {
    child: Child,
    /// What was read from it, and how much of that is used.
    chunk: Vec<u8>,
    used: usize,
    /// What ends an answer: git says of a filtered file how long it was before the filter.
    mark: String,
    /// Whether files are read as a checkout writes them.
    filters: bool,
}

impl Batch {
    /// Starts one that reads objects as they are, or `filtered` as a checkout writes files.
    pub(crate) fn start(git: &Git, filters: bool) -> Result<Self, SourceError> {
        let mut arguments = vec!["cat-file", "--batch"];
        arguments.extend(filters.then_some("--filters"));
        let child = git.spawn(&arguments)?;
        // What is in a file cannot name a mark that is made up now.
        let mark = format!("end-{:016x}", RandomState::new().build_hasher().finish());
        Ok(Self { child, chunk: Vec::new(), used: 0, mark, filters })
    }

    /// Reads an object, which `path` names where it is a file of the repository. `None` means that
    /// there is no such object. `take` gets the content bit by bit.
    pub(crate) fn read(
        &mut self,
        object: &str,
        path: &str,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Option<()>, SourceError> {
        let failed = |what: &dyn std::fmt::Display| {
            SourceError::new(format!("`git cat-file` failed at `{}`: {what}", path.escape_debug()))
        };
        if path.contains('\n') {
            return Err(failed(&"a name with a line break"));
        }
        let question = if self.filters {
            format!("{object} {path}\n{} x\n", self.mark)
        } else {
            format!("{object}\n{}\n", self.mark)
        };
        self.child.restart_clock();
        self.child.write(question.into_bytes()).map_err(|error| failed(&error))?;
        let mut header = Vec::new();
        self.part(&mut header).map_err(|error| failed(&error))?;
        let header = String::from_utf8_lossy(&header);
        if header.is_empty() {
            return Err(failed(&"it ended early; the object or a filter of it may be missing"));
        }
        let is_missing = header.trim_end().ends_with(" missing");
        let end = format!("{} missing\n", self.mark);
        // Each line break is kept back until the next line has come: the last ends what is no
        // content.
        let mut line = Vec::new();
        let (mut begins_line, mut ends_line) = (true, false);
        loop {
            self.part(&mut line).map_err(|error| failed(&error))?;
            if line.is_empty() {
                return Err(failed(&"it ended early; a filter of the file may have failed"));
            }
            if begins_line && line == end.as_bytes() {
                return Ok((!is_missing).then_some(()));
            }
            if ends_line {
                take(b"\n");
            }
            ends_line = line.last() == Some(&b'\n');
            begins_line = ends_line;
            take(if ends_line { &line[..line.len() - 1] } else { &line });
        }
    }

    /// Reads a line, or a part of one that is long, in place of what is in `part`.
    fn part(&mut self, part: &mut Vec<u8>) -> Result<(), ChildError> {
        part.clear();
        while part.len() < PART && part.last() != Some(&b'\n') {
            if self.used == self.chunk.len() {
                let Some(chunk) = self.child.read()? else { break };
                (self.chunk, self.used) = (chunk, 0);
            }
            let rest = &self.chunk[self.used..];
            let rest = &rest[..rest.len().min(PART - part.len())];
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
            part.extend_from_slice(&rest[..end]);
            self.used += end;
        }
        Ok(())
    }

    /// Reads a whole object of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and if it is longer.
    pub(crate) fn whole(
        &mut self,
        object: &str,
        path: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        match self.kept(object, path, limit)? {
            None => Ok(None),
            Some(Object { bytes: Some(bytes), .. }) => Ok(Some(bytes)),
            Some(_) => Err(SourceError::new(format!(
                "`{}` is longer than {limit} bytes",
                path.escape_debug()
            ))),
        }
    }

    /// Hashes a whole object, and keeps it if it has `limit` bytes at most.
    pub(crate) fn kept(
        &mut self,
        object: &str,
        path: &str,
        limit: u64,
    ) -> Result<Option<Object>, SourceError> {
        let mut hasher = sha2::Sha256::new();
        let mut bytes = Vec::new();
        let mut length = 0;
        let found = self.read(object, path, &mut |part| {
            hasher.update(part);
            length += part.len() as u64;
            if length <= limit {
                bytes.extend_from_slice(part);
            } else {
                bytes = Vec::new();
            }
        })?;
        let digest = Digest::new(hasher.finalize().into());
        let bytes = (length <= limit).then_some(bytes);
        Ok(found.map(|()| Object { digest, length, bytes }))
    }
}

/// An object that was read.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) digest: Digest,
    pub(crate) length: u64,
    /// The object itself, unless it is too long to be kept.
    pub(crate) bytes: Option<Vec<u8>>,
}
