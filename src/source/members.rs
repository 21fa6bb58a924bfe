//! The members of a workspace, as far as they bear on what is built with others of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::Value;

use super::content::Covered;
use super::files::Files;
use super::path::normal;
use super::{Package, SourceError};
use crate::tree::Kind;

/// Lists the features that members outside of the closure turn on in packages that it reaches, as
/// `other: serde/rc`. Cargo unites them where both are built by one command, and source cannot know
/// whether they are.
///
/// # Errors
///
/// If a directory cannot be read.
pub(super) fn foreign_features(
    files: &dyn Files,
    package: &Package,
    covered: &[Covered],
    is_reached: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, SourceError> {
    let inside: BTreeSet<&Path> = covered.iter().map(|covered| covered.package.root()).collect();
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
    for pattern in listed.into_iter().flatten().filter_map(Value::as_str) {
        let mut matching = vec![root.to_owned()];
        for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
            let mut next = Vec::new();
            for directory in matching {
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
            matching = next;
        }
        directories.extend(matching);
    }
    directories.sort_unstable();
    directories.dedup();
    Ok(directories)
}

/// Whether a name is like a pattern in which `*` stands for any text and `?` for any character.
fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.split_once(['*', '?']) {
        None => name == pattern,
        Some((literal, rest)) => {
            let Some(name) = name.strip_prefix(literal) else { return false };
            if pattern.as_bytes()[literal.len()] == b'?' {
                let mut rest_of = name.chars();
                return rest_of.next().is_some() && is_like(rest_of.as_str(), rest);
            }
            (0..=name.len())
                .filter(|at| name.is_char_boundary(*at))
                .any(|at| is_like(&name[at..], rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_like;

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
        ] {
            assert_eq!(is_like(name, pattern), expected, "{name} {pattern}");
        }
    }
}
