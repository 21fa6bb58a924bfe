//! The commit that the environment of a build claims.

use crate::error::SourceError;
use selfsame_core::environment::{Environment, PLATFORM_VARIABLES};
use selfsame_core::stamp::{CommitId, Tree};

/// The variables that are always asked, because they outrank or silence every other source.
pub(super) const VARIABLES: [&str; 4] =
    ["SELFSAME_COMMIT", "SELFSAME_TREE", "SELFSAME_GIT", "VERGEN_GIT_SHA"];

/// A commit that a variable names.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) variable: &'static str,
    pub(super) commit: CommitId,
}

/// What the build environment claims of it.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) commit: Option<Claim>,
    /// The state of the tree, and the variable that says so.
    pub(super) tree: Option<(&'static str, Tree)>,
    /// Whether git is to be left alone.
    pub(super) no_git: bool,
    /// Why a variable was passed over.
    pub(super) unusable: Vec<String>,
}

/// Reads what the build environment claims of it.
///
/// # Errors
///
/// If a variable of ours has a value that cannot be meant, or if two contradict each other.
pub(super) fn told(environment: &Environment) -> Result<Told, SourceError> {
    let mut told = Told::default();
    if let Some(value) = environment.get("SELFSAME_GIT") {
        if value != "off" {
            return Err(SourceError::new(format!(
                "SELFSAME_GIT={} is refused: it is `off`, or unset",
                shown(&value.to_string_lossy())
            )));
        }
        told.no_git = true;
    }
    if environment.is_set_empty("SELFSAME_COMMIT") {
        told.unusable.push(
            "SELFSAME_COMMIT is set and empty: see whether `git rev-parse HEAD` fails where it is set"
                .to_owned(),
        );
    }
    for variable in ["SELFSAME_COMMIT", "VERGEN_GIT_SHA"] {
        let Some(value) = environment.get(variable) else { continue };
        let value = value.to_string_lossy();
        let (id, dirty) = match value.strip_suffix("-dirty") {
            Some(id) => (id, true),
            None => (&*value, false),
        };
        let commit = match id.parse::<CommitId>() {
            Ok(commit) => commit,
            Err(error) if variable == "SELFSAME_COMMIT" => {
                return Err(SourceError::new(format!(
                    "{variable}={} is refused: {error}; `git rev-parse HEAD` prints one",
                    shown(&value)
                )));
            }
            // Others set it for others, to whom a short id says enough.
            Err(error) => {
                told.unusable
                    .push(format!("{variable}={} is not an answer: {error}", shown(&value)));
                continue;
            }
        };
        match &told.commit {
            Some(other) if other.commit != commit => {
                return Err(SourceError::new(format!(
                    "{} says {} and {variable} says {commit}: unset one",
                    other.variable, other.commit
                )));
            }
            Some(_) => {}
            None => told.commit = Some(Claim { variable, commit }),
        }
        if dirty {
            told.tree = Some((variable, Tree::Dirty));
        }
    }
    if let Some(value) = environment.get("SELFSAME_TREE") {
        let tree = match value.to_str() {
            Some("clean") => Tree::Clean,
            Some("dirty") => Tree::Dirty,
            _ => {
                return Err(SourceError::new(format!(
                    "SELFSAME_TREE={} is refused: it is `clean` or `dirty`",
                    shown(&value.to_string_lossy())
                )));
            }
        };
        match told.tree {
            Some((variable, said)) if said != tree => {
                return Err(SourceError::new(format!(
                    "{variable} ends in -dirty and SELFSAME_TREE says {tree}: unset one"
                )));
            }
            _ => told.tree = Some(("SELFSAME_TREE", tree)),
        }
    }
    Ok(told)
}

/// Reads what the platform says of the build. `None` means that it says nothing.
///
/// # Errors
///
/// If two variables contradict each other, or if all that are set name no full commit: the reason.
pub(super) fn platform(environment: &Environment) -> Result<Option<Claim>, String> {
    let mut claim: Option<Claim> = None;
    let mut unusable = None;
    for (variable, platform) in PLATFORM_VARIABLES {
        let Some(value) = environment.get(variable) else { continue };
        let value = value.to_string_lossy();
        match (value.parse::<CommitId>(), &claim) {
            (Err(error), _) => {
                let value = shown(&value);
                unusable =
                    Some(format!("{variable}={value} ({platform}) is not an answer: {error}"));
            }
            (Ok(commit), Some(other)) if other.commit != commit => {
                return Err(format!(
                    "{} says {} and {variable} says {commit}: set SELFSAME_COMMIT to the one that \
                     is built",
                    other.variable, other.commit
                ));
            }
            (Ok(_), Some(_)) => {}
            (Ok(commit), None) => claim = Some(Claim { variable, commit }),
        }
    }
    match (claim, unusable) {
        (None, Some(reason)) => Err(reason),
        (claim, _) => Ok(claim),
    }
}

/// A value as a message quotes it.
fn shown(value: &str) -> String {
    const MAX: usize = 80;
    let mut shown: String = value.chars().take(MAX).collect();
    if value.chars().nth(MAX).is_some() {
        shown.push('…');
    }
    format!("{shown:?}")
}
