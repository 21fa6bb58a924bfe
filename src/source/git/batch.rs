//! Objects of a repository, read one after another from one `git cat-file`.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};

use super::run::Git;
use crate::source::SourceError;

/// A `git cat-file --batch` that waits for questions.
#[derive(Debug)]
pub(super) struct Batch {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// What ends an answer: git says of a filtered file how long it was before the filter.
    mark: String,
    /// Whether files are read as a checkout writes them.
    filters: bool,
}

impl Batch {
    /// Starts one that reads objects as they are, or `filtered` as a checkout writes files.
    pub(super) fn start(git: &Git, filters: bool) -> Result<Self, SourceError> {
        let mut arguments = vec!["cat-file", "--batch"];
        arguments.extend(filters.then_some("--filters"));
        let mut child = git.spawn(&arguments)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(SourceError::new("cannot talk to `git cat-file`"));
        };
        // Nobody reads its standard error, which must not fill up.
        drop(child.stderr.take());
        // What is in a file cannot name a mark that is made up now.
        let mark = format!("end-{:016x}", RandomState::new().build_hasher().finish());
        Ok(Self { child, stdin, stdout: BufReader::with_capacity(64 << 10, stdout), mark, filters })
    }

    /// Reads an object, which `path` names where it is a file of the repository. `None` means that
    /// there is no such object. `take` gets the content bit by bit.
    pub(super) fn read(
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
        self.stdin
            .write_all(question.as_bytes())
            .and_then(|()| self.stdin.flush())
            .map_err(|error| failed(&error))?;
        let mut header = Vec::new();
        self.stdout.read_until(b'\n', &mut header).map_err(|error| failed(&error))?;
        let header = String::from_utf8_lossy(&header);
        if header.is_empty() {
            return Err(failed(&"it ended early; the object or a filter of it may be missing"));
        }
        let is_missing = header.trim_end().ends_with(" missing");
        let end = format!("{} missing\n", self.mark);
        // Each line is kept back until the next has come: the last ends what is no content.
        let mut line = Vec::new();
        let mut ends_line = false;
        loop {
            line.clear();
            let read = self.stdout.read_until(b'\n', &mut line).map_err(|error| failed(&error))?;
            if read == 0 {
                return Err(failed(&"it ended early; a filter of the file may have failed"));
            }
            if line == end.as_bytes() {
                return Ok((!is_missing).then_some(()));
            }
            if ends_line {
                take(b"\n");
            }
            ends_line = line.last() == Some(&b'\n');
            take(if ends_line { &line[..line.len() - 1] } else { &line });
        }
    }

    /// Reads a whole object.
    pub(super) fn whole(
        &mut self,
        object: &str,
        path: &str,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let mut bytes = Vec::new();
        let found = self.read(object, path, &mut |part| bytes.extend_from_slice(part))?;
        Ok(found.map(|()| bytes))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
