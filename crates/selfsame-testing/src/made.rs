//! Repositories of many commits, made by one `git fast-import`.

use std::io::Write as _;
use std::process::Stdio;

use super::repository::{Repository, git};

/// A commit that was made, by its mark.
pub type Mark = usize;

/// What a commit does to a path.
#[derive(Debug, Clone)]
pub enum Edit {
    Write(String, Vec<u8>),
    /// A symbolic link, and where it leads.
    Link(String, String),
    Remove(String),
}

impl Edit {
    pub fn write(path: &str, text: impl AsRef<[u8]>) -> Self {
        Self::Write(path.to_owned(), text.as_ref().to_owned())
    }
}

/// Makes commits, to be imported at once.
#[derive(Debug, Default)]
pub struct Maker {
    stream: Vec<u8>,
    marks: Mark,
}

impl Maker {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a commit to a branch. Its tree is that of the first parent with these edits.
    pub fn commit(
        &mut self,
        branch: &str,
        parents: &[Mark],
        time: i64,
        subject: &str,
        edits: &[Edit],
    ) -> Mark {
        self.marks += 1;
        let mark = self.marks;
        let mut put = |text: &[u8]| self.stream.extend_from_slice(text);
        let zone = format!("Ada <ada@example.org> {time} +0000");
        if parents.is_empty() {
            put(format!("reset refs/heads/{branch}\n").as_bytes());
        }
        put(format!("commit refs/heads/{branch}\nmark :{mark}\n").as_bytes());
        put(format!("author {zone}\ncommitter {zone}\n").as_bytes());
        put(format!("data {}\n{subject}\n", subject.len()).as_bytes());
        for (index, parent) in parents.iter().enumerate() {
            let word = if index == 0 { "from" } else { "merge" };
            put(format!("{word} :{parent}\n").as_bytes());
        }
        for edit in edits {
            match edit {
                Edit::Write(path, bytes) => {
                    put(format!("M 100644 inline {path}\ndata {}\n", bytes.len()).as_bytes());
                    put(bytes);
                    put(b"\n");
                }
                Edit::Link(path, to) => {
                    put(format!("M 120000 inline {path}\ndata {}\n{to}\n", to.len()).as_bytes());
                }
                Edit::Remove(path) => put(format!("D {path}\n").as_bytes()),
            }
        }
        put(b"\n");
        mark
    }

    /// Imports the commits into a repository.
    pub fn import(&self, repository: &Repository) {
        let mut child = git(repository.path())
            .args(["fast-import", "--quiet", "--force"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("git is installed");
        child.stdin.take().expect("it is piped").write_all(&self.stream).expect("git reads");
        assert!(child.wait().expect("git ends").success(), "git fast-import failed");
    }
}

/// Numbers that look random and are the same each time.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xd1b5_4a32_d192_ed03)
    }

    /// A number below `of`.
    pub fn roll(&mut self, of: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % of
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.roll(of.len());
        &of[at]
    }
}
