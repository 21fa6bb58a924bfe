use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{CommitId, Digest, Info, Shipped, canonical};
use crate::routes::Inventory;

/// The revision of the stamp's format. Within one revision, fields are only added.
pub const FORMAT: u32 = 1;

/// The longest text of a stamp, in bytes: 1 MiB.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// The longest string in a stamp, in bytes.
const MAX_STRING: usize = 4096;

/// The most entries in one list of a stamp.
const MAX_ENTRIES: usize = 10_000;

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
    fn settle(&mut self) {
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

    fn check(&self) -> Result<(), StampError> {
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

/// Where the commit is known from, and how the working tree stood to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revision {
    /// Who said which commit it is.
    pub origin: Origin,
    /// Whether what was built is what the commit holds.
    pub tree: Tree,
}

impl Revision {
    /// Where the commit is known from, and how the working tree stood to it.
    #[must_use]
    pub const fn new(origin: Origin, tree: Tree) -> Self {
        Self { origin, tree }
    }
}

/// Who said which commit it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The repository that the package was built in.
    Git,
    /// `.cargo_vcs_info.json`, which cargo puts into a packaged crate.
    CargoVcsInfo,
    /// `.git_archival.txt`, filled in by `git archive`.
    Archive,
    /// `SELFSAME_COMMIT` or `VERGEN_GIT_SHA`, set by whoever built it.
    Override,
    /// A variable that a CI system or a platform sets, by name.
    Variable(String),
    /// Nobody.
    Unknown,
}

impl Origin {
    /// Whether the commit was read, rather than claimed by whoever started the build.
    #[must_use]
    pub fn is_git(&self) -> bool {
        *self == Self::Git
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Git => "git",
            Self::CargoVcsInfo => "cargo_vcs_info",
            Self::Archive => "archive",
            Self::Override => "override",
            Self::Variable(name) => name,
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "git" => Self::Git,
            "cargo_vcs_info" => Self::CargoVcsInfo,
            "archive" => Self::Archive,
            "override" => Self::Override,
            "unknown" => Self::Unknown,
            // A word of a later revision is somebody's claim, as a variable is.
            _ => Self::Variable(text),
        })
    }
}

/// Whether what was built is what the commit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tree {
    /// The working tree held, within content, what the commit holds.
    Clean,
    /// It did not.
    Dirty,
    /// It could not be established.
    Unknown,
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Clean => "clean",
            Self::Dirty => "dirty",
            Self::Unknown => "unknown",
        })
    }
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

/// Facts, sealed: checked, in canonical form, with the fingerprint that identifies the artifact.
///
/// The facts are read through [`Stamp::facts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    facts: Facts,
    fingerprint: Digest,
    text: Box<str>,
}

impl Stamp {
    /// Checks `facts` and seals them.
    ///
    /// # Errors
    ///
    /// If the facts contradict each other, or if the text would be longer than 1 MiB.
    pub fn seal(mut facts: Facts) -> Result<Self, StampError> {
        facts.settle();
        facts.check()?;
        let mut value =
            serde_json::to_value(&facts).map_err(|error| StampError::new(error.to_string()))?;
        within_limits(&value)?;
        let fingerprint = fingerprint(&value)?;
        value["fingerprint"] = Value::String(fingerprint.to_string());
        let text = canonical::text(&value);
        if text.len() > MAX_TEXT {
            return Err(StampError::new(format!(
                "the stamp has {} bytes, {MAX_TEXT} at most: expect fewer modules",
                text.len()
            )));
        }
        Ok(Self { facts, fingerprint, text: text.into() })
    }

    /// Reads a stamp file: the text of a stamp, with a newline or without.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or as [`parse`](Self::parse).
    pub fn read(file: impl Read) -> Result<Self, StampError> {
        let mut text = String::new();
        let read = file.take(MAX_TEXT as u64 + 2).read_to_string(&mut text);
        read.map_err(|error| StampError::new(error.to_string()))?;
        Self::parse(text.trim_end())
    }

    /// Reads the text of a stamp.
    ///
    /// # Errors
    ///
    /// If the text is no canonical JSON object of a known format, if a field is invalid, or if the
    /// fingerprint is not that of the rest.
    pub fn parse(text: &str) -> Result<Self, StampError> {
        if text.len() > MAX_TEXT {
            return Err(StampError::new(format!("the text is longer than {MAX_TEXT} bytes")));
        }
        let value: Value =
            serde_json::from_str(text).map_err(|error| StampError::new(error.to_string()))?;
        // Also rejects a key that stands twice, which JSON readers resolve differently.
        if canonical::text(&value) != text {
            return Err(StampError::new("the text is not in canonical form"));
        }
        within_limits(&value)?;
        let claimed = value.get("fingerprint").and_then(Value::as_str).unwrap_or_default();
        let fingerprint = fingerprint(&value)?;
        if claimed != fingerprint.to_string() {
            return Err(StampError::new("the fingerprint is not that of the rest of the stamp"));
        }
        // From the bytes, as a report is read: each further kind of source would have to be
        // compiled for all of these types.
        let facts: Facts = serde_json::from_slice(text.as_bytes())
            .map_err(|error| StampError::new(error.to_string()))?;
        facts.check()?;
        // An inventory takes its routes in any order.
        if facts.routes.is_some()
            && serde_json::to_value(&facts.routes).ok().as_ref() != value.get("routes")
        {
            return Err(StampError::new("`routes` is not sorted"));
        }
        Ok(Self { facts, fingerprint, text: text.into() })
    }

    /// The identity of the artifact: the SHA-256 of the canonical stamp without `fingerprint` and
    /// without `info`.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// What it states.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The canonical text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn fingerprint(stamp: &Value) -> Result<Digest, StampError> {
    let Value::Object(map) = stamp else {
        return Err(StampError::new("the text is not a JSON object"));
    };
    let identity = map
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "fingerprint" | "info"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Ok(Digest::of(canonical::text(&Value::Object(identity)).as_bytes()))
}

fn within_limits(value: &Value) -> Result<(), StampError> {
    match value {
        Value::String(string) if string.len() > MAX_STRING => {
            Err(StampError::new(format!("a string is longer than {MAX_STRING} bytes")))
        }
        Value::Array(items) if items.len() > MAX_ENTRIES => {
            Err(StampError::new(format!("a list has more than {MAX_ENTRIES} entries")))
        }
        Value::Array(items) => items.iter().try_for_each(within_limits),
        Value::Object(map) => map.iter().try_for_each(|(key, value)| {
            if key.len() > MAX_STRING {
                return Err(StampError::new("a key is too long"));
            }
            within_limits(value)
        }),
        Value::Number(number) if number.as_u64().is_none() => {
            Err(StampError::new(format!("`{number}` is no natural number")))
        }
        _ => Ok(()),
    }
}

/// Facts that cannot be sealed, or a text that is no stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampError(Box<str>);

impl StampError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into().into())
    }
}

impl fmt::Display for StampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a valid stamp: {}", self.0)
    }
}

impl std::error::Error for StampError {}

#[cfg(test)]
mod tests;
