//! What `git status` says, in its second form for programs
//! (<https://git-scm.com/docs/git-status#_porcelain_format_version_2>).

use std::path::PathBuf;

use super::run::Git;
use crate::error::SourceError;
use crate::path::os;
use selfsame_core::tree::Kind;

/// The state of the working tree.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) commit: String,
    pub(super) branch: Option<String>,
    pub(super) entries: Vec<Entry>,
}

/// A path at which the working tree and the commit differ.
#[derive(Debug)]
pub(super) struct Entry {
    /// Below the top of the working tree.
    pub(super) path: PathBuf,
    pub(super) state: State,
    /// What the commit holds, if anything.
    pub(super) object: Option<String>,
    /// Whether that is a link.
    pub(super) is_link: bool,
    pub(super) is_submodule: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Modified,
    Deleted,
    Untracked,
    Ignored,
}

impl State {
    pub(super) fn letter(self) -> char {
        match self {
            Self::Modified => 'M',
            Self::Deleted => 'D',
            Self::Untracked => '?',
            Self::Ignored => '!',
        }
    }
}

/// Asks about `paths` and what lies below them.
pub(super) fn of(git: &Git, paths: &[String]) -> Result<Status, SourceError> {
    let mut arguments = vec![
        "status",
        "--porcelain=v2",
        "-z",
        "--branch",
        "--no-renames",
        "--untracked-files=all",
        // Without what lies below a directory that is ignored as a whole.
        "--ignored=matching",
        // A submodule's files are hashed like any other, whatever `ignore` says of it.
        "--ignore-submodules=none",
        "--",
    ];
    arguments.extend(paths.iter().map(String::as_str));
    let output = git.succeed(&arguments, b"")?;
    let mut status = Status { commit: String::new(), branch: None, entries: Vec::new() };
    for record in output.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
        status.add(record);
    }
    Ok(status)
}

impl Status {
    fn add(&mut self, record: &[u8]) {
        let mut fields = record.splitn(2, |byte| *byte == b' ');
        let (Some(kind), Some(rest)) = (fields.next(), fields.next()) else { return };
        match kind {
            b"#" => {
                let rest = String::from_utf8_lossy(rest);
                if let Some(commit) = rest.strip_prefix("branch.oid ") {
                    commit.clone_into(&mut self.commit);
                } else if let Some(branch) = rest.strip_prefix("branch.head ") {
                    self.branch = (branch != "(detached)").then(|| branch.to_owned());
                }
            }
            b"?" | b"!" => self.entries.push(Entry {
                path: os(rest.strip_suffix(b"/").unwrap_or(rest)).into(),
                state: if kind == b"?" { State::Untracked } else { State::Ignored },
                object: None,
                is_link: false,
                is_submodule: false,
            }),
            // `XY sub mH mI mW hH hI path`, and with one more stage for what is not merged.
            b"1" | b"u" => {
                let count = if kind == b"1" { 8 } else { 10 };
                let fields: Vec<&[u8]> = rest.splitn(count, |byte| *byte == b' ').collect();
                let [xy, sub, mode, .., path] = fields.as_slice() else { return };
                let object = fields.get(if kind == b"1" { 5 } else { 6 });
                let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
                let object = object.map(|object| text(object));
                self.entries.push(Entry {
                    path: os(path).into(),
                    state: if xy.contains(&b'D') { State::Deleted } else { State::Modified },
                    object: object.filter(|object| object.bytes().any(|digit| digit != b'0')),
                    is_link: kind_of(&text(mode)) == Kind::Link,
                    is_submodule: sub.starts_with(b"S"),
                });
            }
            _ => {}
        }
    }
}

/// When a commit was made, in UTC as RFC 3339, from its own text.
pub(super) fn committed_at(commit: &[u8]) -> Option<String> {
    let header = commit.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let line = header.into_iter().find_map(|line| line.strip_prefix(b"committer "))?;
    let line = String::from_utf8_lossy(line);
    let mut fields = line.rsplit(' ');
    let (_zone, seconds) = (fields.next()?, fields.next()?);
    Some(utc(seconds.parse().ok()?))
}

/// Seconds since 1970 as a date and time. The calendar repeats every 400 years of 146,097 days,
/// counted from a first of March so that a leap day is the last.
pub(super) fn utc(seconds: i64) -> String {
    const DAY: i64 = 86_400;

    let (days, second) = (seconds.div_euclid(DAY) + 719_468, seconds.rem_euclid(DAY));
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Whether a mode of git is that of a link.
fn kind_of(mode: &str) -> Kind {
    if mode == "120000" { Kind::Link } else { Kind::File }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, time) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_509_747, "2026-11-24T08:42:27Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(seconds), time);
        }
        let commit = b"tree 0\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 951782400 +0200\n\nx\n";
        assert_eq!(committed_at(commit).as_deref(), Some("2000-02-29T00:00:00Z"));
        assert_eq!(committed_at(b"\n\ncommitter a <a@b> 1 +0000"), None);
    }
}
