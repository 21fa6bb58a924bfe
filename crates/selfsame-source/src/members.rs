//! The members of a workspace, as far as they bear on what is built with others of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::Value;

use super::files::Files;
use super::path::normal;
use crate::error::SourceError;
use crate::package::Package;
use selfsame_core::tree::Kind;

/// The longest pattern of a name in `members`, in bytes. A name has 255.
const MAX_PATTERN: usize = 4096;

/// The most directories that the patterns of `members` lead through.
const MAX_DIRECTORIES: usize = 100_000;

/// Lists the features that members outside of the closure turn on in packages that it reaches, as
/// `other: serde/rc`. Cargo unites them where both are built by one command, and source cannot know
/// whether they are. `inside` has the directories of the packages in the closure.
///
/// # Errors
///
/// If a directory cannot be read, or the patterns lead through too many.
pub(super) fn foreign_features(
    files: &dyn Files,
    package: &Package,
    inside: &BTreeSet<&Path>,
    is_reached: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, SourceError> {
    let mut found = BTreeSet::new();
    for directory in members(files, package)? {
        if inside.contains(directory.as_path()) || !files.is_file(&directory.join("Cargo.toml"))? {
            continue;
        }
        // A member that cannot be read is cargo's to complain about.
        let Ok(member) = Package::open_in(files, &directory) else { continue };
        for dependency in member.dependencies() {
            if is_reached(&dependency.package) && !dependency.features.is_empty() {
                found.insert(format!(
                    "`{}` turns on {} of `{}`",
                    member.name(),
                    dependency.features.join(", "),
                    dependency.package
                ));
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// The directories of the members that the workspace's manifest names.
fn members(files: &dyn Files, package: &Package) -> Result<Vec<PathBuf>, SourceError> {
    let root = package.workspace_root();
    let workspace = package.workspace_table().get("workspace");
    let listed = workspace.and_then(|workspace| workspace.get("members")).and_then(Value::as_array);
    let mut directories = Vec::new();
    let mut left = MAX_DIRECTORIES;
    for pattern in listed.into_iter().flatten().filter_map(Value::as_str) {
        let mut matching = vec![root.to_owned()];
        for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
            let mut next = Vec::new();
            for directory in matching {
                left = left.checked_sub(1).ok_or_else(|| {
                    SourceError::new(format!(
                        "`members` in `{}` lead through more than {MAX_DIRECTORIES} directories",
                        root.join("Cargo.toml").display()
                    ))
                })?;
                if part.contains(['*', '?', '[']) {
                    for (name, kind) in files.list(&directory)? {
                        let is_match = name.to_str().is_some_and(|name| is_like(name, part));
                        if kind == Kind::Directory && is_match {
                            next.push(directory.join(name));
                        }
                    }
                } else {
                    next.push(normal(&directory.join(part)));
                }
            }
            // `*/..` leads to one directory many times.
            next.sort_unstable();
            next.dedup();
            matching = next;
        }
        directories.extend(matching);
    }
    directories.sort_unstable();
    directories.dedup();
    Ok(directories)
}

/// Whether a name is like a pattern in which `*` stands for any text and `?` for any character.
///
/// The last `*` alone is tried again: what an earlier one could take as well, the last one can.
fn is_like(name: &str, pattern: &str) -> bool {
    if pattern.len() > MAX_PATTERN {
        return false;
    }
    let (name, pattern): (Vec<char>, Vec<char>) =
        (name.chars().collect(), pattern.chars().collect());
    let (mut at, mut of) = (0, 0);
    let mut last = None;
    while at < name.len() {
        match (pattern.get(of), last) {
            (Some('*'), _) => {
                last = Some((of, at));
                of += 1;
            }
            (Some(wanted), _) if *wanted == '?' || *wanted == name[at] => {
                at += 1;
                of += 1;
            }
            (_, Some((star, taken))) => {
                last = Some((star, taken + 1));
                at = taken + 1;
                of = star + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[of..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Disk;

    #[test]
    fn patterns_of_members() {
        for (name, pattern, expected) in [
            ("kit", "*", true),
            ("kit", "k*", true),
            ("kit", "*it", true),
            ("kit", "k?t", true),
            ("kit", "kit?", false),
            ("kit", "a*", false),
            ("kit-api", "*-*", true),
            ("kit-api", "*-*-*", false),
            ("abab", "*ab", true),
            ("aab", "?*b", true),
            ("", "**", true),
            ("", "?", false),
            ("*", "*", true),
        ] {
            assert_eq!(is_like(name, pattern), expected, "{name} {pattern}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let name = "a".repeat(255);
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let many = "*a".repeat(100);
            let answers = [many.clone() + "b", many, "*".repeat(4096), "*".repeat(1_000_000)]
                .map(|pattern| is_like(&name, &pattern));
            send.send(answers)
        });
        let answers = receive.recv_timeout(std::time::Duration::from_secs(60));
        assert_eq!(answers, Ok([false, true, true, false]));
    }

    #[test]
    fn patterns_lead_through_a_number_of_directories() {
        let directory = tempfile::tempdir().unwrap();
        for name in 0..20 {
            std::fs::create_dir(directory.path().join(format!("d{name}"))).unwrap();
        }
        let members_of = |patterns: &str| {
            let manifest = format!(
                "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[workspace]\nmembers = [{patterns}]\n"
            );
            std::fs::write(directory.path().join("Cargo.toml"), manifest).unwrap();
            super::members(&Disk, &Package::open(directory.path()).unwrap())
        };
        // Each `*/..` would make twenty of one.
        let found = members_of(&format!("\"{}*\"", "*/../".repeat(100))).unwrap();
        assert_eq!(found.len(), 20);
        let error = members_of(&"\"*/x\",".repeat(10_000)).unwrap_err().to_string();
        assert!(error.contains("more than 100000 directories"), "{error}");
    }
}
