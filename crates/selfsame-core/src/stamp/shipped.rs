//! The directories of files that are expected to lie beside the running process.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Digest, StampError};

/// The most files that are named as different.
const MAX_NAMED: usize = 60;

/// What the name of the stamp file of a directory ends with: `dist.selfsame.json` lies next to `dist`.
pub const STAMP_FILE: &str = ".selfsame.json";

/// A directory of files that the running process is expected to find: a front end, templates,
/// migrations.
///
/// Either `sha256` is there, or the build could not look and `unknown` says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shipped {
    /// Its name, the last component of its path unless the build script gave another.
    pub name: String,
    /// Where the build found it, relative to the package, with `/`.
    pub path: String,
    /// Where the process finds it: an absolute path, or one from its working directory.
    pub at: String,
    /// The tree hash of its files, absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// The number of files.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub files: u64,
    /// The bytes of all files together.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes: u64,
    /// The lines that the hash is of, one a file, as `sha256sum` prints them and `sha256sum -c`
    /// reads them. Absent where there are more than 1,000 files, or a name is not UTF-8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<String>,
    /// Why the hash is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

impl Shipped {
    /// A directory of this name, at `path` in source and at `at` at run time, whose content is not told.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<String>, at: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            at: at.into(),
            sha256: None,
            files: 0,
            bytes: 0,
            list: Vec::new(),
            unknown: None,
        }
    }

    /// Returns a directory of which nothing but its place is known, and why.
    #[must_use]
    pub fn unknown(name: &str, path: &str, at: &str, reason: impl Into<String>) -> Self {
        Self { unknown: Some(reason.into()), ..Self::new(name, path, at) }
    }

    /// The variable that tells a process to look elsewhere than [`at`](Self::at):
    /// `SELFSAME_SHIPPED_` and the name in capitals, with `_` for what is neither letter nor digit.
    ///
    /// ```
    /// # use selfsame_core::stamp::Shipped;
    /// let shipped = Shipped::unknown("admin-ui", "admin-ui", "/app/admin-ui", "not built here");
    /// assert_eq!(shipped.variable(), "SELFSAME_SHIPPED_ADMIN_UI");
    /// ```
    #[must_use]
    pub fn variable(&self) -> String {
        variable(&self.name)
    }

    /// The listed files, each with the digest of its content, sorted as they are listed. A name is as
    /// it is on disk, with `/`. Empty where the files are not listed.
    ///
    /// ```
    /// # use selfsame_core::stamp::{Digest, Shipped};
    /// let mut shipped = Shipped::unknown("dist", "dist", "dist", "not built here");
    /// let digest = Digest::of(b"<h1>Hello</h1>");
    /// shipped.list = vec![format!("{digest}  ./index.html")];
    /// assert_eq!(shipped.listed(), [("index.html".to_owned(), digest)]);
    /// ```
    #[must_use]
    pub fn listed(&self) -> Vec<(String, Digest)> {
        let entry = |line: &String| {
            let (escaped, line) = match line.strip_prefix('\\') {
                Some(line) => (true, line),
                None => (false, line.as_str()),
            };
            let (digest, name) = line.split_once("  ")?;
            let name = name.strip_prefix("./")?;
            let name = if escaped { unescaped(name) } else { name.to_owned() };
            Some((name, digest.parse().ok()?))
        };
        self.list.iter().filter_map(entry).collect()
    }

    pub(super) fn check(&self) -> Result<(), StampError> {
        let refuse = |why: &str| {
            let name = self.name.escape_debug();
            Err(StampError::new(format!("the shipped directory `{name}` {why}")))
        };
        match (&self.sha256, &self.unknown) {
            (Some(_), Some(_)) => return refuse("is both known and unknown"),
            (None, None) => return refuse("has no hash, and no reason"),
            (None, Some(_)) if self.files > 0 || !self.list.is_empty() => {
                return refuse("is unknown and has files");
            }
            _ => {}
        }
        if self.at.is_empty() || self.at.contains('\0') {
            return refuse("has no place");
        }
        if self.list.is_empty() {
            return Ok(());
        }
        let text: String = self.list.iter().flat_map(|line| [line, "\n"]).collect();
        if self.sha256 != Some(Digest::of(text.as_bytes()))
            || self.files != self.list.len() as u64
            || listed(&self.list).is_none_or(|names| names.len() != self.list.len())
        {
            return refuse("has a list that is not that of its hash");
        }
        if self.listed().iter().any(|(name, _)| !is_below(name)) {
            return refuse("lists a name with an empty component, `.` or `..`");
        }
        Ok(())
    }
}

pub(crate) fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("SELFSAME_SHIPPED_{}", name.chars().map(plain).collect::<String>())
}

/// How the files of a directory differ from those that are expected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileDifference {
    /// Expected and not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// There with other content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// There and not expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// So many more, that are not named.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
}

impl FileDifference {
    /// Returns how the files of the list `found` differ from those of `expected`, both in the lines
    /// that `sha256sum` prints. `None` if one of the two holds other lines.
    ///
    /// ```
    /// use selfsame_core::stamp::{Digest, FileDifference};
    ///
    /// let line = |content: &str, name: &str| format!("{}  ./{name}", Digest::of(content.as_bytes()));
    /// let expected = [line("a", "app.js"), line("b", "index.html")];
    /// let found = [line("b", "index.html"), line("c", "old.js")];
    /// let difference = FileDifference::of(&expected, &found).unwrap();
    /// assert_eq!(difference.missing, ["app.js"]);
    /// assert_eq!(difference.added, ["old.js"]);
    /// assert!(difference.changed.is_empty());
    /// ```
    #[must_use]
    pub fn of(expected: &[String], found: &[String]) -> Option<Self> {
        let (expected, found) = (listed(expected)?, listed(found)?);
        let mut difference = Self::default();
        for (file, digest) in &expected {
            match found.get(file) {
                None => difference.name(|it| &mut it.missing, file),
                Some(other) if other != digest => difference.name(|it| &mut it.changed, file),
                Some(_) => {}
            }
        }
        for file in found.keys().filter(|file| !expected.contains_key(*file)) {
            difference.name(|it| &mut it.added, file);
        }
        Some(difference)
    }

    /// Names a file in one of the lists, or counts it where 60 are named already.
    pub fn name(&mut self, list: impl FnOnce(&mut Self) -> &mut Vec<String>, name: &str) {
        if self.missing.len() + self.changed.len() + self.added.len() < MAX_NAMED {
            list(self).push(name.to_owned());
        } else {
            self.more += 1;
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a name leads to what lies below its directory, and nowhere else: whoever asks for it sends
/// a token along.
fn is_below(name: &str) -> bool {
    name.split('/').all(|component| !matches!(component, "" | "." | ".."))
}

/// A name as it is on disk, of one that `sha256sum` has escaped.
fn unescaped(name: &str) -> String {
    let mut unescaped = String::with_capacity(name.len());
    let mut characters = name.chars();
    while let Some(c) = characters.next() {
        unescaped.push(match c {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    unescaped
}

/// The files of a list and their digests. A name is as the line has it, without `./`.
fn listed(lines: &[String]) -> Option<BTreeMap<&str, &str>> {
    fn entry(line: &str) -> Option<(&str, &str)> {
        let line = line.strip_prefix('\\').unwrap_or(line);
        let (digest, name) = line.split_once("  ")?;
        digest.parse::<Digest>().ok()?;
        Some((name.strip_prefix("./")?, digest))
    }
    lines.iter().map(|line| entry(line)).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str) -> Result<(), StampError> {
        let mut shipped = Shipped::unknown("dist", "dist", "dist", "");
        shipped.list = vec![format!("{}  ./{name}", Digest::of(b""))];
        shipped.sha256 = Some(Digest::of(format!("{}\n", shipped.list[0]).as_bytes()));
        (shipped.files, shipped.unknown) = (1, None);
        shipped.check()
    }

    #[test]
    fn a_list_names_what_lies_below_its_directory_alone() {
        for name in ["index.html", "a/b.js", "..a/b...", ".well-known/x", "a\u{200b}/b"] {
            assert!(checked(name).is_ok(), "{name}");
        }
        for name in
            ["../other/delete-me", "a/../../b", "..", ".", "./a", "a/./b", "/a", "a//b", "a/", ""]
        {
            let error = checked(name).expect_err(name).to_string();
            assert!(error.contains("an empty component, `.` or `..`"), "{name}: {error}");
        }
    }
    #[test]
    fn a_difference_names_so_many_files_and_counts_the_rest() {
        let line = |number| format!("{}  ./{number:03}", Digest::of(b""));
        let expected: Vec<String> = (0..100).map(line).collect();
        let difference = FileDifference::of(&expected, &[]).unwrap();
        assert_eq!((difference.missing.len(), difference.more), (60, 40));
    }
}
