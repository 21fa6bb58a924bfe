use std::fmt;

use crate::report::{Level, Report};
use crate::routes::{Mounted, Routes};
use crate::stamp::{CommitId, Digest, Tree};

/// So many digits of a commit can be asked with, where the commit is public anyway.
const SHORTEST_PREFIX: usize = 7;

/// One thing that a caller of `/__build` wants to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// It was built from this commit, and the tree was not changed.
    Commit(CommitId),
    /// The same for an abbreviated commit, 7 digits or more.
    CommitPrefix(String),
    /// Its content is this.
    Content(Digest),
    /// It is this artifact.
    Fingerprint(Digest),
    /// It was compiled from a module of this name with this hash.
    Module(String, Digest),
    /// It was compiled from a module of this name.
    ModuleNamed(String),
    /// This method is mounted on this path.
    Route {
        /// The method.
        method: String,
        /// A concrete path or a pattern.
        path: String,
    },
    /// The tree was clean.
    Clean,
    /// The executable and each shipped directory are as the build left them.
    Intact,
    /// All configuration that the process names is what it loaded.
    Config,
}

/// Whether a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It could not be established, and why.
    Unknown(String),
}

/// A condition that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    name: String,
    why: String,
}

impl ConditionError {
    /// Returns the error that `name` was not understood, and why.
    #[must_use]
    pub fn new(name: &str, why: impl Into<String>) -> Self {
        // What a stranger sent is not given back at any length.
        Self { name: name.chars().take(64).collect(), why: why.into() }
    }
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.name.escape_debug(), self.why)
    }
}

impl std::error::Error for ConditionError {}

impl Condition {
    /// Reads a condition from its name and value, as they stand in a query: `commit=…`,
    /// `module=workflow`, `route=GET /api/v1/workflows`.
    ///
    /// # Errors
    ///
    /// If there is no condition of that name, or if the value is none for it.
    pub fn parse(name: &str, value: &str) -> Result<Self, ConditionError> {
        let refuse = |why: &str| Err(ConditionError::new(name, why));
        let digest = |value: &str| {
            value.parse::<Digest>().map_err(|error| ConditionError::new(name, error.to_string()))
        };
        match name {
            "commit" => match value.parse() {
                Ok(commit) => Ok(Self::Commit(commit)),
                Err(_) if is_prefix(value) || is_nobody(value) => {
                    Ok(Self::CommitPrefix(value.to_owned()))
                }
                Err(_) => refuse(
                    "takes a commit id: 40 or 64 lowercase hexadecimal digits, or the first 7 and \
                     more where the commit is public",
                ),
            },
            "content" => digest(value).map(Self::Content),
            "fingerprint" => digest(value).map(Self::Fingerprint),
            "module" => match value.split_once(':') {
                Some((module, sha256)) if !module.is_empty() => {
                    Ok(Self::Module(module.to_owned(), digest(sha256)?))
                }
                None if !value.is_empty() => Ok(Self::ModuleNamed(value.to_owned())),
                _ => refuse("takes the name of a module, or NAME:SHA256"),
            },
            "route" => match value.split_once(' ') {
                Some((method, path)) if is_method(method) && is_path(path) => {
                    Ok(Self::Route { method: method.to_owned(), path: path.to_owned() })
                }
                _ => refuse("takes a method in capitals, a space (%20) and a path: `GET /api`"),
            },
            "clean" | "intact" | "config" => match value {
                "" | "true" if name == "clean" => Ok(Self::Clean),
                "" | "true" if name == "config" => Ok(Self::Config),
                "" | "true" => Ok(Self::Intact),
                _ => refuse("takes no value but `true`"),
            },
            _ => refuse(
                "is not a condition: commit, content, fingerprint, module, route, clean, intact or \
                 config",
            ),
        }
    }

    /// The name under which it stands in a query.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Commit(_) | Self::CommitPrefix(_) => "commit",
            Self::Content(_) => "content",
            Self::Fingerprint(_) => "fingerprint",
            Self::Module(..) | Self::ModuleNamed(_) => "module",
            Self::Route { .. } => "route",
            Self::Clean => "clean",
            Self::Intact => "intact",
            Self::Config => "config",
        }
    }

    /// The level that a caller needs to ask. What cannot be guessed anyone may ask; what could be
    /// found by trying words or short prefixes, only who may know it anyway.
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Self::Commit(_) | Self::Content(_) | Self::Fingerprint(_) | Self::Module(..) => {
                Level::Verify
            }
            // Of nobody's commit anybody may hear that it is not this one.
            Self::CommitPrefix(digits) if is_nobody(digits) => Level::Verify,
            Self::CommitPrefix(_) | Self::Clean | Self::Intact | Self::Config => Level::Summary,
            Self::ModuleNamed(_) | Self::Route { .. } => Level::Full,
        }
    }

    /// Whether it holds of the process that gave this report, which has to be a full one.
    #[must_use]
    pub fn holds(&self, report: &Report) -> Outcome {
        let unknown = |fact: &str| {
            let reason = report.unknown.get(fact).map_or("no reason was given", String::as_str);
            Outcome::Unknown(reason.to_owned())
        };
        let modules = || report.modules.iter().flatten();
        match self {
            Self::Commit(expected) => match &report.commit {
                Some(commit) => outcome(commit == expected).and_unchanged(report),
                None => unknown("commit"),
            },
            Self::CommitPrefix(digits) => match &report.commit {
                Some(commit) => outcome(commit.begins_with(digits)).and_unchanged(report),
                None => unknown("commit"),
            },
            Self::Content(expected) => match &report.content {
                Some(content) => outcome(content == expected),
                None => unknown("content"),
            },
            Self::Fingerprint(expected) => outcome(report.fingerprint == *expected),
            Self::Module(name, sha256) => {
                outcome(modules().any(|module| module.name == *name && module.sha256 == *sha256))
            }
            Self::ModuleNamed(name) => outcome(modules().any(|module| module.name == *name)),
            Self::Route { method, path } => match &report.routes {
                Some(Routes::Listed(inventory)) => match inventory.mounted(method, path) {
                    Mounted::Yes(_) => Outcome::Yes,
                    Mounted::OtherMethods(_) | Mounted::No => Outcome::No,
                    Mounted::Opaque(_) => {
                        Outcome::Unknown("an opaque service answers this path".to_owned())
                    }
                    _ => Outcome::Unknown("only a fallback answers this".to_owned()),
                },
                Some(Routes::Unavailable(reason)) => {
                    Outcome::Unknown(format!("the routes are unavailable: {reason}"))
                }
                None => Outcome::Unknown("the report has no routes".to_owned()),
            },
            Self::Clean => match report.tree {
                Some(Tree::Clean) => Outcome::Yes,
                Some(Tree::Dirty) => Outcome::No,
                Some(Tree::Unknown) | None => unknown("tree"),
            },
            Self::Config => match &report.observed {
                Some(observed) if observed.config.is_empty() => {
                    Outcome::Unknown("the process names no configuration".to_owned())
                }
                Some(observed) => match observed.config_loaded() {
                    Some(loaded) => outcome(loaded),
                    None => Outcome::Unknown("not all of it could be read".to_owned()),
                },
                None => unknown("intact"),
            },
            Self::Intact => match report.intact {
                Some(intact) => outcome(intact),
                None => unknown("intact"),
            },
        }
    }

    /// What the process has in place of what was asked for, if callers of `level` may know. The
    /// report has to be a full one, and the condition not to hold.
    #[must_use]
    pub fn found(&self, report: &Report, level: Level) -> Option<String> {
        if level < Level::Summary || level < self.level() {
            return None;
        }
        let is_dirty = report.tree == Some(Tree::Dirty);
        let commit = |is_it: bool| match &report.commit {
            Some(_) if is_it && is_dirty => {
                Some("the commit is equal, and the tree is dirty".into())
            }
            Some(commit) if is_dirty => Some(format!("commit {commit}, and the tree is dirty")),
            Some(commit) => Some(format!("commit {commit}")),
            None => None,
        };
        let own = report.commit.as_ref();
        match self {
            Self::Commit(expected) => commit(own == Some(expected)),
            Self::CommitPrefix(digits) => commit(own.is_some_and(|own| own.begins_with(digits))),
            Self::Content(_) => report.content.map(|content| format!("content {content}")),
            Self::Fingerprint(_) => Some(format!("fingerprint {}", report.fingerprint)),
            Self::Clean => is_dirty.then(|| "the tree is dirty".to_owned()),
            Self::Intact if report.intact == Some(false) => {
                Some("the executable or a shipped directory differs".to_owned())
            }
            Self::Config => match report.observed.as_ref()?.config_loaded() {
                Some(false) => Some("configuration was not loaded".to_owned()),
                _ => None,
            },
            // Names are for the holder of a token.
            Self::Module(name, _) | Self::ModuleNamed(name) if level >= Level::Full => {
                let mut modules = report.modules.iter().flatten();
                Some(match modules.find(|module| module.name == *name) {
                    Some(module) => format!("module {name} with sha256 {}", module.sha256),
                    None => "no such module".to_owned(),
                })
            }
            Self::Route { method, path } if level >= Level::Full => {
                match report.routes.as_ref()?.list()?.mounted(method, path) {
                    Mounted::OtherMethods(route) => Some(format!("mounted as {route}")),
                    Mounted::No => Some("no such route".to_owned()),
                    _ => None,
                }
            }
            Self::Intact | Self::Module(..) | Self::ModuleNamed(_) | Self::Route { .. } => None,
        }
    }
}

impl Outcome {
    /// A commit with changes on top is not that commit.
    fn and_unchanged(self, report: &Report) -> Self {
        match self {
            Self::Yes if report.tree == Some(Tree::Dirty) => Self::No,
            held => held,
        }
    }
}

fn outcome(holds: bool) -> Outcome {
    if holds { Outcome::Yes } else { Outcome::No }
}

fn is_prefix(value: &str) -> bool {
    (SHORTEST_PREFIX..64).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether it is the id that git gives no commit: all zeros, in full.
fn is_nobody(value: &str) -> bool {
    matches!(value.len(), 40 | 64) && value.bytes().all(|byte| byte == b'0')
}

fn is_method(method: &str) -> bool {
    !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && !path.contains(['?', '#', ' ']) && !path.chars().any(char::is_control)
}
