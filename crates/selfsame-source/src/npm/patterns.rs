//! The patterns by which a workspace names its members.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::SourceError;
use crate::files::Files;
use crate::path::normal;
use selfsame_core::tree::Kind;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 4096;

/// The most patterns of a workspace, with those that alternatives in braces stand for: more than a
/// person writes.
const MAX_PATTERNS: usize = 256;

/// The most directories that are looked at for members of a workspace.
const MAX_DIRECTORIES: usize = 100_000;

/// The most comparisons of a directory's name with a part of a pattern that leaves directories out.
const MAX_STEPS: usize = 10_000_000;

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
            if pattern.len() > MAX_PATTERN {
                return Err(format!("a pattern is longer than {MAX_PATTERN} bytes"));
            }
            if pattern.contains(['[', '(', '\\']) {
                return Err(format!("unsupported pattern `{pattern}`"));
            }
            list.extend(alternatives(pattern)?);
            if read.members.len() + read.excluded.len() > MAX_PATTERNS {
                return Err(format!("more than {MAX_PATTERNS} patterns"));
            }
        }
        Ok(read)
    }

    /// The directories below `root` that the patterns name.
    ///
    /// # Errors
    ///
    /// If a directory cannot be read, or if there are more than 100,000.
    pub(super) fn directories(
        &self,
        files: &dyn Files,
        root: &Path,
    ) -> Result<BTreeSet<PathBuf>, SourceError> {
        let mut search = Search { files, left: MAX_DIRECTORIES, found: BTreeSet::new() };
        for pattern in &self.members {
            search.pattern(root, &parts(pattern))?;
        }
        let excluded: Vec<Vec<&str>> = self.excluded.iter().map(|pattern| parts(pattern)).collect();
        let mut steps = 0;
        let mut found = BTreeSet::new();
        for directory in search.found {
            let below = directory.strip_prefix(root).unwrap_or(&directory);
            let names: Vec<&str> = below.iter().filter_map(|name| name.to_str()).collect();
            steps += excluded.iter().map(|parts| names.len() * parts.len()).sum::<usize>();
            if steps > MAX_STEPS {
                return Err(SourceError::new(format!(
                    "the patterns of the workspace in `{}` take more than {MAX_STEPS} comparisons",
                    root.display()
                )));
            }
            if !excluded.iter().any(|parts| matches(&names, parts)) {
                found.insert(directory);
            }
        }
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
    /// So many directories may still be looked at.
    left: usize,
    found: BTreeSet<PathBuf>,
}

impl Search<'_> {
    /// Adds the directories below `root` that one pattern names. Each directory is looked at once for
    /// each part of the pattern, however many ways lead there.
    fn pattern(&mut self, root: &Path, parts: &[&str]) -> Result<(), SourceError> {
        let mut seen: BTreeSet<(PathBuf, usize)> = BTreeSet::new();
        let mut waiting = vec![(root.to_owned(), 0)];
        while let Some((directory, at)) = waiting.pop() {
            if !seen.insert((directory.clone(), at)) {
                continue;
            }
            self.left = self.left.checked_sub(1).ok_or_else(|| {
                SourceError::new(format!(
                    "the patterns of the workspace lead through more than {MAX_DIRECTORIES} \
                     directories of `{}`",
                    root.display()
                ))
            })?;
            let Some(part) = parts.get(at) else {
                self.found.insert(directory);
                continue;
            };
            let is_deep = *part == "**";
            if is_deep {
                waiting.push((directory.clone(), at + 1));
            } else if !part.contains(['*', '?']) {
                waiting.push((normal(&directory.join(part)), at + 1));
                continue;
            }
            for (name, kind) in self.files.list(&directory)? {
                let Some(name) = name.to_str() else { continue };
                if kind != Kind::Directory || name == "node_modules" || name.starts_with('.') {
                    continue;
                }
                if is_deep {
                    waiting.push((directory.join(name), at));
                } else if is_like(name, part) {
                    waiting.push((directory.join(name), at + 1));
                }
            }
        }
        Ok(())
    }
}

fn parts(pattern: &str) -> Vec<&str> {
    pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

/// Whether a path matches a pattern. Each name is compared with each part once at most.
fn matches(names: &[&str], parts: &[&str]) -> bool {
    // Which beginnings of the pattern the names so far can match.
    let step = |reached: &mut Vec<bool>| {
        for (at, part) in parts.iter().enumerate() {
            if reached[at] && *part == "**" {
                reached[at + 1] = true;
            }
        }
    };
    let mut reached = vec![false; parts.len() + 1];
    reached[0] = true;
    step(&mut reached);
    for name in names {
        let mut next = vec![false; parts.len() + 1];
        for (at, part) in parts.iter().enumerate().filter(|(at, _)| reached[*at]) {
            if *part == "**" {
                next[at] = true;
            } else if is_like(name, part) {
                next[at + 1] = true;
            }
        }
        step(&mut next);
        reached = next;
    }
    reached[parts.len()]
}

/// Whether a name is like a pattern in which `*` stands for any text and `?` for any character.
/// Goes back to the last `*` alone, so that no pattern takes long.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) =
        (name.chars().collect(), pattern.chars().collect());
    let (mut at, mut to) = (0, 0);
    let mut last = None;
    while at < name.len() {
        match pattern.get(to) {
            Some('*') => {
                last = Some((at, to));
                to += 1;
            }
            Some(c) if *c == '?' || *c == name[at] => {
                at += 1;
                to += 1;
            }
            _ => {
                let Some((from, star)) = last else { return false };
                last = Some((from + 1, star));
                at = from + 1;
                to = star + 1;
            }
        }
    }
    pattern[to..].iter().all(|c| *c == '*')
}

/// The patterns that one with `{a,b}` stands for.
fn alternatives(pattern: &str) -> Result<Vec<String>, String> {
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
        if waiting.len() + read.len() > MAX_PATTERNS {
            return Err(format!(
                "the pattern `{pattern}` stands for more than {MAX_PATTERNS} others"
            ));
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
    use crate::files::Disk;

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
            ("ui", "u?i", false),
            ("core-kit", "*-*t", true),
            ("core", "*", true),
            ("a/b/c/d", "a/**/c/*", true),
            ("a/b/c/d", "a/**/d/*", false),
            ("x", "**/**/**", true),
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

    #[test]
    fn no_pattern_takes_long_or_leads_everywhere() {
        let many = format!("{}b", "*a".repeat(1_000));
        assert!(!is_like(&"a".repeat(2_000), &many));
        let names = vec!["a"; 200];
        assert!(!matches(&names, &[&["**", "a"].repeat(100)[..], &["b"]].concat()));
        assert!(Patterns::new(vec!["a".repeat(MAX_PATTERN + 1)]).is_err());
        assert!(Patterns::new(vec!["a".repeat(MAX_PATTERN)]).is_ok());

        assert!(Patterns::new(vec!["a".to_owned(); MAX_PATTERNS]).is_ok());
        assert!(Patterns::new(vec!["a".to_owned(); MAX_PATTERNS + 1]).is_err());

        let root = tempfile::TempDir::with_prefix("patterns-").unwrap();
        std::fs::create_dir_all(root.path().join("a/b/c/d")).unwrap();
        let deep = Patterns::new(vec!["**/".repeat(1_000)]).unwrap();
        let found = deep.directories(&Disk, root.path()).unwrap();
        assert_eq!(found.len(), 5);
        // Each of five directories, with 250 patterns of 2,000 parts, and names of up to four parts.
        let costly = [vec!["**".to_owned()], vec!["!".to_owned() + &"b/".repeat(2_000); 250]];
        let costly = Patterns::new(costly.concat()).unwrap();
        assert_eq!(costly.directories(&Disk, root.path()).unwrap().len(), 5);
        let deeper: std::path::PathBuf = ["e"; 30].iter().collect();
        std::fs::create_dir_all(root.path().join("a").join(deeper)).unwrap();
        let error = costly.directories(&Disk, root.path()).unwrap_err().to_string();
        assert!(error.contains("more than 10000000 comparisons"), "{error}");
        let mut search = Search { files: &Disk, left: 4, found: BTreeSet::new() };
        let error = search.pattern(root.path(), &["**"]).unwrap_err().to_string();
        assert!(error.contains("more than 100000 directories"), "{error}");
    }
}
