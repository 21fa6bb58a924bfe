use std::collections::BTreeSet;
use std::path::Path;

use super::git::Repository;
use super::{Content, Package, SourceError};
use crate::stamp::Scope;

/// A local package that no stamp speaks for, and that goes into what is built all the same.
///
/// What it holds is in no stamp, since cargo compiles it on its own schedule. How it stands to the
/// commit can be told, and a commit that it differs from is not what was built.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unstamped {
    /// The package.
    pub package: Package,
    /// Its content, by convention.
    pub content: Content,
}

/// Finds the local packages that `package` is built from by path and that no stamp speaks for:
/// those that it reaches in `Cargo.lock`, but for the ones that `is_stamped` names.
///
/// # Errors
///
/// If the source of one cannot be read.
pub fn unstamped(
    package: &Package,
    content: &Content,
    is_stamped: impl Fn(&Package) -> bool,
) -> Result<Vec<Unstamped>, SourceError> {
    let reached: BTreeSet<&str> = content.local_dependencies().collect();
    let mut seen = BTreeSet::from([package.root().to_owned()]);
    let mut waiting = package.path_dependencies();
    let mut found = Vec::new();
    while let Some(directory) = waiting.pop() {
        if !seen.insert(directory.clone()) || !directory.join("Cargo.toml").is_file() {
            continue;
        }
        let package = Package::open(&directory)?;
        waiting.extend(package.path_dependencies());
        if reached.contains(package.name()) && !is_stamped(&package) {
            let content = Content::of(&package, &Scope::default())?;
            found.push(Unstamped { package, content });
        }
    }
    found.sort_by(|a, b| a.package.name().cmp(b.package.name()));
    Ok(found)
}

impl Unstamped {
    /// Lists where the package differs from the commit that is checked out, each line with its name
    /// in front. A package outside of the repository has no part in that commit.
    ///
    /// # Errors
    ///
    /// If git cannot be asked.
    pub fn changes(
        &self,
        repository: &Repository,
        index: &Path,
    ) -> Result<Vec<String>, SourceError> {
        let Some(repository) = repository.seen_from(self.package.root()) else {
            return Ok(Vec::new());
        };
        let changes = repository.changes(&self.package, &self.content, index)?;
        Ok(changes.iter().map(|change| format!("{}: {change}", self.package.name())).collect())
    }
}
