//! The patterns by which a workspace names its members.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::members::is_like;
use crate::source::SourceError;
use crate::source::files::Files;
use crate::source::path::normal;
use crate::tree::{Kind, MAX_ENTRIES};

/// Patterns such as `packages/*`, `apps/**` and `!apps/old`.
#[derive(Debug)]
pub(super) struct Patterns {
    members: Vec<String>,
    excluded: Vec<String>,
}

impl Patterns {
    /// # Errors
    ///
    /// If a pattern has a form that is not read.
    pub(super) fn new(patterns: Vec<String>) -> Result<Self, String> {
        let mut read = Self { members: Vec::new(), excluded: Vec::new() };
        for pattern in patterns {
            let (list, pattern) = match pattern.strip_prefix('!') {
                Some(pattern) => (&mut read.excluded, pattern),
                None => (&mut read.members, &*pattern),
            };
            if pattern.contains(['[', '(', '\\']) {
                return Err(format!("unsupported pattern `{pattern}`"));
            }
            list.extend(alternatives(pattern)?);
        }
        Ok(read)
    }

    /// The directories below `root` that the patterns name.
    ///
    /// # Errors
    ///
    /// If a directory cannot be read, or if there are more than a million.
    pub(super) fn directories(
        &self,
        files: &dyn Files,
        root: &Path,
    ) -> Result<BTreeSet<PathBuf>, SourceError> {
        let mut found = BTreeSet::new();
        let mut search = Search { files, seen: 0, found: &mut found };
        for pattern in &self.members {
            search.descend(root, &parts(pattern))?;
        }
        found.retain(|directory| {
            let below = directory.strip_prefix(root).unwrap_or(directory);
            let names: Vec<&str> = below.iter().filter_map(|name| name.to_str()).collect();
            !self.excluded.iter().any(|pattern| matches(&names, &parts(pattern)))
        });
        Ok(found)
    }
}

impl Patterns {
    /// The directories below `root` that hold all that the patterns can name.
    pub(super) fn places(&self, root: &Path) -> BTreeSet<PathBuf> {
        let place = |pattern: &String| {
            let parts = parts(pattern);
            let literal = parts.iter().take_while(|part| !part.contains(['*', '?']));
            normal(&literal.fold(root.to_owned(), |path, part| path.join(part)))
        };
        self.members.iter().map(place).collect()
    }
}

struct Search<'a> {
    files: &'a dyn Files,
    seen: usize,
    found: &'a mut BTreeSet<PathBuf>,
}

impl Search<'_> {
    fn descend(&mut self, directory: &Path, parts: &[&str]) -> Result<(), SourceError> {
        let Some((part, rest)) = parts.split_first() else {
            self.found.insert(directory.to_owned());
            return Ok(());
        };
        if *part == "**" {
            self.descend(directory, rest)?;
        } else if !part.contains(['*', '?']) {
            return self.descend(&normal(&directory.join(part)), rest);
        }
        for (name, kind) in self.files.list(directory)? {
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                return Err(SourceError::new(format!(
                    "`{}` holds more than {MAX_ENTRIES} directories of a workspace",
                    directory.display()
                )));
            }
            let Some(text) = name.to_str() else { continue };
            if kind != Kind::Directory || text == "node_modules" || text.starts_with('.') {
                continue;
            }
            if *part == "**" {
                self.descend(&directory.join(text), parts)?;
            } else if is_like(text, part) {
                self.descend(&directory.join(text), rest)?;
            }
        }
        Ok(())
    }
}

fn parts(pattern: &str) -> Vec<&str> {
    pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

fn matches(names: &[&str], parts: &[&str]) -> bool {
    match parts.split_first() {
        None => names.is_empty(),
        Some((&"**", rest)) => (0..=names.len()).any(|at| matches(&names[at..], rest)),
        Some((part, rest)) => names
            .split_first()
            .is_some_and(|(name, names)| is_like(name, part) && matches(names, rest)),
    }
}

/// The patterns that one with `{a,b}` stands for.
fn alternatives(pattern: &str) -> Result<Vec<String>, String> {
    /// More than a person writes.
    const MOST: usize = 256;

    let mut read = Vec::new();
    let mut waiting = vec![pattern.to_owned()];
    while let Some(pattern) = waiting.pop() {
        let Some((before, rest)) = pattern.split_once('{') else {
            read.push(pattern);
            continue;
        };
        let (inside, after) = rest
            .split_once('}')
            .filter(|(inside, _)| !inside.contains('{'))
            .ok_or_else(|| format!("unsupported pattern `{pattern}`"))?;
        waiting.extend(inside.split(',').map(|choice| format!("{before}{choice}{after}")));
        if waiting.len() + read.len() > MOST {
            return Err(format!("the pattern `{pattern}` stands for more than {MOST} others"));
        }
    }
    Ok(read)
}

/// The list `packages` of a `pnpm-workspace.yaml`: a block or a flow sequence of plain or quoted
/// scalars. That is all that such a list holds, and no reader of YAML is needed for it.
///
/// # Errors
///
/// If it is anything else.
pub(super) fn of_pnpm(text: &str) -> Result<Vec<String>, String> {
    let mut lines = text.lines();
    let unsupported = || "expected `packages` to be a list of patterns".to_owned();
    let Some(first) = lines.by_ref().find_map(|line| line.strip_prefix("packages:")) else {
        return Ok(Vec::new());
    };
    let first = without_comment(first);
    if let Some(flow) = first.strip_prefix('[') {
        let mut flow = flow.to_owned();
        for line in lines {
            if flow.contains(']') {
                break;
            }
            flow = flow + " " + without_comment(line);
        }
        let (items, _) = flow.split_once(']').ok_or_else(unsupported)?;
        let items = items.split(',').map(str::trim).filter(|item| !item.is_empty());
        return items.map(|item| scalar(item).ok_or_else(unsupported)).collect();
    }
    if !first.is_empty() {
        return Err(unsupported());
    }
    let mut patterns = Vec::new();
    for line in lines {
        let trimmed = without_comment(line);
        if trimmed.is_empty() {
            continue;
        }
        match trimmed.strip_prefix('-') {
            Some(item) => patterns.push(scalar(item.trim()).ok_or_else(unsupported)?),
            None if line.starts_with(char::is_whitespace) => return Err(unsupported()),
            None => break,
        }
    }
    Ok(patterns)
}

fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    line.split_once(" #").map_or(line, |(before, _)| before).trim_end()
}

/// A plain or quoted scalar.
fn scalar(text: &str) -> Option<String> {
    let quoted = ['"', '\''].iter().find_map(|quote| {
        text.strip_prefix(*quote)?.strip_suffix(*quote).filter(|inside| !inside.contains(*quote))
    });
    let is_plain = !text.is_empty()
        && !text.starts_with(['"', '\'', '&', '*', '|', '>', '{', '['])
        && !text.contains(": ");
    // A pattern begins with `*` only where it is quoted, since YAML has another use for it.
    quoted.or(is_plain.then_some(text)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_pnpm() {
        let list = |patterns: &[&str]| Ok(patterns.iter().map(|p| (*p).to_owned()).collect());
        for (text, expected) in [
            (
                "packages:\n  - 'packages/*'\n  - \"!**/test/**\"\n",
                list(&["packages/*", "!**/test/**"]),
            ),
            (
                "# a\npackages: # b\n- apps/* # c\n\n- site\ncatalog:\n  react: 1\n",
                list(&["apps/*", "site"]),
            ),
            ("packages: ['a', \"b/*\",\n  c]\n", list(&["a", "b/*", "c"])),
            ("packages: []\n", list(&[])),
            ("catalog:\n  packages: 1\n", list(&[])),
            ("packages:\r\n  - a\r\n", list(&["a"])),
        ] {
            assert_eq!(of_pnpm(text), expected, "{text}");
        }
        for text in
            ["packages: a\n", "packages:\n  a: b\n", "packages:\n  - *a\n", "packages: [a\n"]
        {
            assert!(of_pnpm(text).is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_match_paths() {
        for (path, pattern, expected) in [
            ("packages/ui", "packages/*", true),
            ("packages/ui/kit", "packages/*", false),
            ("packages/ui/kit", "packages/**", true),
            ("packages", "packages/**", true),
            ("a/test/b", "**/test/**", true),
            ("a/tests/b", "**/test/**", false),
            ("ui", "./u?", true),
        ] {
            let names: Vec<&str> = path.split('/').collect();
            assert_eq!(matches(&names, &parts(pattern)), expected, "{path} {pattern}");
        }
        assert_eq!(
            alternatives("{a,b}/c").map(|mut a| {
                a.sort();
                a
            }),
            Ok(vec!["a/c".to_owned(), "b/c".to_owned()])
        );
        assert!(alternatives("{a").is_err());
        assert!(alternatives(&"{a,b}".repeat(20)).is_err());
    }
}
