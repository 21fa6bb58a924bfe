//! The packages of a workspace that stamp themselves, as parts of what is built from them.
//!
//! Cargo compiles a sibling package on its own schedule, so only its own build script can say what
//! goes into it. What it says travels as cargo's metadata: a package with `links` tells the scripts
//! of its direct dependents, and cargo runs those again whenever it has run the sibling's. A
//! stamp in the sibling's own code would reach its dependents at run time only, and a static that
//! nothing refers to is not linked out of a library at all.
//!
//! A part looks at no commit: then each commit would compile it, and all that depends on it, again.
//! How it stands to the commit is found by the dependent, which makes sure that what lies on disk
//! is what the part's script has hashed.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::BuildError;
use crate::environment::Environment;
use crate::source::{self, Content, Package};
use crate::stamp::{Digest, Scope, canonical};

/// The key under which a part tells its dependents of itself and of its own parts.
pub(super) const KEY: &str = "selfsame_parts";

/// What a part's build script says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) name: String,
    root: String,
    scope: Scope,
    pub(super) content: Digest,
}

impl Told {
    pub(super) fn of(
        package: &Package,
        scope: &Scope,
        content: &Content,
    ) -> Result<Self, BuildError> {
        let root = package.root().to_str().ok_or_else(|| {
            BuildError::new(format!("`{}` is not UTF-8", package.root().display()))
        })?;
        Ok(Self {
            name: package.name().to_owned(),
            root: root.to_owned(),
            scope: scope.clone(),
            content: content.of_files(),
        })
    }

    /// Makes sure that the part on disk is what its own build script has hashed.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let package = Package::open(Path::new(&self.root))?;
        let now = Content::of(&package, &self.scope)?.of_files();
        if now == self.content {
            return Ok(());
        }
        Err(BuildError::new(format!(
            "the part `{}` is not what its build script has hashed: a file below `{}` was replaced \
             under an older time, or saved in mid-build; `touch` its Cargo.toml and build again",
            self.name, self.root
        )))
    }

    /// The path of the part from the directory `package`, with `/`.
    pub(super) fn path_from(&self, package: &Path) -> Result<String, BuildError> {
        source::way(package, Path::new(&self.root)).ok_or_else(|| {
            BuildError::new(format!(
                "the part `{}` in `{}` cannot be reached from `{}` by a relative path",
                self.name,
                self.root,
                package.display()
            ))
        })
    }

    /// What its build script added to what content covers, each path from the part.
    pub(super) fn also(&self) -> BTreeSet<String> {
        self.scope.also.iter().chain(&self.scope.routes).cloned().collect()
    }
}

/// The text in which parts are told of, in one line.
pub(super) fn text(parts: &[Told]) -> String {
    let value = serde_json::to_value(parts).expect("texts and digests are JSON");
    canonical::text(&value)
}

/// Reads what the build scripts of the direct dependencies say, of themselves and of theirs.
pub(super) fn told(environment: &Environment) -> Result<Vec<Told>, BuildError> {
    let suffix = format!("_{}", KEY.to_uppercase());
    let mut parts: Vec<Told> = Vec::new();
    for (name, value) in environment.iter() {
        let name = name.to_string_lossy();
        if !name.starts_with("DEP_") || !name.ends_with(&suffix) {
            continue;
        }
        let told: Vec<Told> =
            serde_json::from_slice(value.as_encoded_bytes()).map_err(|error| {
                BuildError::new(format!(
                    "{name} is not what a part's build script says: {error}; build both with one \
                 version of selfsame"
                ))
            })?;
        parts.extend(told);
    }
    parts.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    // One part may be told of on several ways.
    parts.dedup();
    Ok(parts)
}
