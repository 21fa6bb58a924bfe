//! The facts that a stamp states.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CommitId, Digest, Info, Origin, Revision, Shipped, StampError, Tree};
use crate::routes::Inventory;

/// The revision of the stamp's format. Within one revision, fields are only added.
pub const FORMAT: u32 = 1;

/// What a build knows of what it builds: a stamp before it is sealed.
///
/// A fact that could not be established is absent, and its reason stands in `unknown` under the
/// name of the fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Facts {
    /// The revision of this format, [`FORMAT`].
    pub format: u32,
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// The commit that the build claims, absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitId>,
    /// Where the commit is known from, and how the working tree stood to it.
    pub revision: Revision,
    /// The SHA-256 over everything of the package that goes into its build, absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// The local packages that content covers, sorted by name and path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageContent>,
    /// Those of them that lie outside the repository.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<Outside>,
    /// What the build script says in code, in addition to what source says.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The expected modules, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<Module>,
    /// The directories that the running process is expected to find, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipped: Vec<Shipped>,
    /// The list of routes that is kept in source, absent if none is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Inventory>,
    /// How it was built.
    pub build: Build,
    /// The facts that could not be established, each with its reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, String>,
    /// What is told for information. No fingerprint covers it and nothing is decided by it.
    #[serde(default, skip_serializing_if = "Info::is_empty")]
    pub info: Info,
}

impl Facts {
    /// Returns the facts of a package of which nothing else is known yet.
    #[must_use]
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            format: FORMAT,
            name: name.into(),
            version: version.into(),
            commit: None,
            revision: Revision { origin: Origin::Unknown, tree: Tree::Unknown },
            content: None,
            packages: Vec::new(),
            outside: Vec::new(),
            scope: Scope::default(),
            modules: Vec::new(),
            shipped: Vec::new(),
            routes: None,
            build: Build::default(),
            unknown: ["commit", "content", "tree"]
                .map(|fact| (fact.to_owned(), "was not looked for".to_owned()))
                .into(),
            info: Info::default(),
        }
    }

    /// What the stamp says of the files of a directory `name`: its one known shipped directory, or
    /// that of the same name.
    #[must_use]
    pub fn files_of(&self, name: &str) -> Option<&Shipped> {
        let known = || self.shipped.iter().filter(|shipped| shipped.unknown.is_none());
        match (known().next(), known().nth(1)) {
            (Some(only), None) => Some(only),
            _ => known().find(|shipped| shipped.name == name),
        }
    }

    /// Says why a fact (`commit`, `content`, `tree` or `rustc`) is unknown.
    pub fn unknown(&mut self, fact: &str, reason: impl Into<String>) {
        self.unknown.insert(fact.to_owned(), reason.into());
    }

    /// Drops the reason of each fact that is known after all.
    pub(super) fn settle(&mut self) {
        for (fact, _) in self.known().into_iter().filter(|(_, known)| *known) {
            self.unknown.remove(fact);
        }
    }

    /// The facts that can be missing, and whether they are there.
    fn known(&self) -> [(&'static str, bool); 3] {
        [
            ("commit", self.commit.is_some()),
            ("content", self.content.is_some()),
            ("tree", self.revision.tree != Tree::Unknown),
        ]
    }

    pub(super) fn check(&self) -> Result<(), StampError> {
        if self.format != FORMAT {
            return Err(StampError::new(format!(
                "format {} is not known here, only {FORMAT}: use a newer selfsame",
                self.format
            )));
        }
        for (fact, known) in self.known() {
            match (known, self.unknown.contains_key(fact)) {
                (true, true) => {
                    return Err(StampError::new(format!("`{fact}` is both known and unknown")));
                }
                (false, false) => {
                    return Err(StampError::new(format!("`{fact}` is missing without a reason")));
                }
                _ => {}
            }
        }
        if (self.commit.is_some()) == (self.revision.origin == Origin::Unknown) {
            return Err(StampError::new("`commit` and `revision.origin` contradict each other"));
        }
        let lists: [(&str, Vec<&str>); 3] = [
            ("modules", self.modules.iter().map(|module| module.name.as_str()).collect()),
            ("shipped", self.shipped.iter().map(|shipped| shipped.name.as_str()).collect()),
            ("build.features", self.build.features.iter().map(String::as_str).collect()),
        ];
        lists.iter().try_for_each(|(what, names)| sorted(what, names))?;
        sorted_pairs("packages", self.packages.iter().map(|found| (&*found.name, &*found.path)))?;
        sorted_pairs("outside", self.outside.iter().map(|found| (&*found.name, &*found.path)))?;
        self.shipped.iter().try_for_each(Shipped::check)?;
        if self.routes.as_ref().is_some_and(Inventory::is_empty) {
            return Err(StampError::new("`routes` is a list without any route"));
        }
        for (what, text) in [("name", &self.name), ("version", &self.version)] {
            if text.is_empty() || text.len() > 256 || text.chars().any(char::is_control) {
                return Err(StampError::new(format!("`{what}` is empty, long or unprintable")));
            }
        }
        Ok(())
    }
}

fn sorted(what: &str, names: &[&str]) -> Result<(), StampError> {
    let mut last: Option<&str> = None;
    for name in names {
        if name.is_empty() {
            return Err(StampError::new(format!("`{what}` has an entry without a name")));
        }
        if last.is_some_and(|last| last >= *name) {
            return Err(StampError::new(format!(
                "`{what}` is not sorted, or names `{}` twice",
                name.escape_debug()
            )));
        }
        last = Some(name);
    }
    Ok(())
}

fn sorted_pairs<'a>(
    what: &str,
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), StampError> {
    let mut last = None;
    for pair in pairs {
        if pair.0.is_empty() || pair.1.is_empty() {
            return Err(StampError::new(format!("`{what}` has an entry without a name or path")));
        }
        if last.is_some_and(|last| last >= pair) {
            return Err(StampError::new(format!(
                "`{what}` is not sorted, or names `{}` twice",
                pair.0.escape_debug()
            )));
        }
        last = Some(pair);
    }
    Ok(())
}

/// A local package that content covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PackageContent {
    /// The package's name.
    pub name: String,
    /// Its directory relative to the stamping package, with `/`: `../kit`, or `.` for that itself.
    pub path: String,
    /// The SHA-256 of those lines of content that belong to the package.
    pub sha256: Digest,
    /// Whether the features and the target of this build leave it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inactive: bool,
}

impl PackageContent {
    /// An active package of this name at this path.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<String>, sha256: Digest) -> Self {
        Self { name: name.into(), path: path.into(), sha256, inactive: false }
    }
}

/// A local package outside the repository of the stamping package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outside {
    /// The package's name.
    pub name: String,
    /// Its directory relative to the stamping package, with `/`.
    pub path: String,
}

impl Outside {
    /// A package of this name at this path.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self { name: name.into(), path: path.into() }
    }
}

/// What a build script says in code, in addition to `[package.metadata.selfsame]`. It changes no
/// content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scope {
    /// The expected modules: `src/workflow` for one, `src/modules/*` for every child.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub modules: BTreeSet<String>,
    /// The list of routes that is kept in source, a file of the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<String>,
}

impl Scope {
    /// Whether nothing was said in code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Source that is expected to be compiled in: a directory `workflow/`, its sibling `workflow.rs`,
/// or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Module {
    /// The module's name, the last component of its path.
    pub name: String,
    /// The path relative to the package, with `/` and without `.rs`.
    pub path: String,
    /// The tree hash of its files.
    pub sha256: Digest,
    /// The number of files.
    pub files: u64,
    /// The bytes of all files together.
    pub bytes: u64,
    /// Whether a `mod` line reaches it, absent where the build did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
}

impl Module {
    /// An empty module of this name at this path, whose declaration is not told.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<String>, sha256: Digest) -> Self {
        Self { name: name.into(), path: path.into(), sha256, files: 0, bytes: 0, declared: None }
    }
}

/// Whether a `mod` line of the crate reaches a module in the configuration that was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Declared {
    /// It does.
    Yes,
    /// It does not, and why.
    No(String),
    /// It could not be told, and why.
    Unknown(String),
}

/// How it was built. What is not known is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Build {
    /// `debug` or `release`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The target triple.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The compiler's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rustc: Option<String>,
    /// The package's features that were on, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// The flags that rustc was given by `RUSTFLAGS` or a configuration of cargo, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rustflags: Vec<String>,
    /// The level of optimisation: `0` to `3`, `s` or `z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_level: Option<String>,
    /// Whether `debug_assert!` was compiled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug_assertions: Option<bool>,
}
