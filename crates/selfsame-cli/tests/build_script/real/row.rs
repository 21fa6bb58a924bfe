//! A row of the table: an edit, and what is expected of it.

use super::edit::Edit;
use super::workspace::Shape;

/// What `check` is expected to answer for the artifact from before the edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Same,
    Drift,
    Unknown,
    /// Source cannot know: the answer is same, and this text names what was not compared.
    Blind(&'static str),
}

impl Expected {
    pub(super) fn verdict(self) -> &'static str {
        match self {
            Self::Same | Self::Blind(_) => "same",
            Self::Drift => "drift",
            Self::Unknown => "unknown",
        }
    }
}

/// What a build after the edit may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compiles {
    /// Nothing: neither cargo nor the stamp has a reason.
    Nothing,
    /// The service, since a manifest or the lock file was written: cargo knows their times alone.
    Stamp,
    /// Other packages, but neither the service nor its stamp.
    Others,
    /// What cargo itself has a reason for. The script that stamps does not run.
    Unstamped,
    /// Anything.
    Anything,
}

/// How the edit bears on the content that the next build stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covered {
    /// Where the bytes change, so does the content, and the stamp is that of source.
    Yes,
    /// The configuration that is built does not reach it: `hash` covers it, and it is not watched.
    Inactive,
    /// Source cannot know that it is compiled in.
    No,
}

/// An edit, and what is expected of it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) shape: Shape,
    /// What is edited, as the table in the docs names it.
    pub(super) name: &'static str,
    pub(super) edits: Vec<Edit>,
    /// The answer for the artifact from before the edit.
    pub(super) expected: Expected,
    /// The answer for the artifact from after it.
    pub(super) rebuilt: Expected,
    pub(super) compiles: Compiles,
    pub(super) covered: Covered,
    /// Whether it counts as a difference although these bytes are equal: it may change others.
    pub(super) cautious: bool,
    /// Whether `Cargo.lock` is brought up to date after the edit.
    pub(super) locks: bool,
    /// A package that cargo does not compile again by itself, since it takes it for unchanged.
    pub(super) stale: Option<&'static str>,
}

/// An edit that changes what is compiled.
pub(super) fn drift(name: &'static str, edits: &[Edit]) -> Row {
    row(name, edits, Expected::Drift, Compiles::Anything)
}

/// An edit that may change what is compiled, and does not change it here.
pub(super) fn cautious(name: &'static str, edits: &[Edit]) -> Row {
    Row { cautious: true, ..drift(name, edits) }
}

/// An edit that changes nothing of the binary, and compiles nothing.
pub(super) fn quiet(name: &'static str, edits: &[Edit]) -> Row {
    row(name, edits, Expected::Same, Compiles::Nothing)
}

/// An edit of a manifest or the lock file that changes nothing of the binary. Cargo compares the
/// times of watched files, not what they say, so that the service is stamped again.
pub(super) fn written(name: &'static str, edits: &[Edit]) -> Row {
    row(name, edits, Expected::Same, Compiles::Stamp)
}

/// An edit that changes nothing of the service, and for which cargo compiles other packages.
pub(super) fn others(name: &'static str, edits: &[Edit]) -> Row {
    row(name, edits, Expected::Same, Compiles::Others)
}

/// An edit that changes nothing of the binary, and for which cargo compiles the service again.
pub(super) fn unstamped(name: &'static str, edits: &[Edit]) -> Row {
    row(name, edits, Expected::Same, Compiles::Unstamped)
}

fn row(name: &'static str, edits: &[Edit], expected: Expected, compiles: Compiles) -> Row {
    Row {
        shape: Shape::Virtual,
        name,
        edits: edits.to_vec(),
        expected,
        rebuilt: Expected::Same,
        compiles,
        covered: Covered::Yes,
        cautious: false,
        locks: false,
        stale: None,
    }
}

impl Row {
    /// Brings `Cargo.lock` up to date after the edit.
    pub(super) fn locked(self) -> Self {
        Self { locks: true, ..self }
    }

    /// Makes cargo compile the package again.
    pub(super) fn stale(self, package: &'static str) -> Self {
        Self { stale: Some(package), ..self }
    }

    /// The configuration that is built does not reach what is edited.
    pub(super) fn inactive(self) -> Self {
        Self { covered: Covered::Inactive, ..self }
    }

    /// Source cannot know of it: these are the answers before and after a build.
    pub(super) fn uncovered(self, expected: Expected, rebuilt: Expected) -> Self {
        Self { covered: Covered::No, compiles: Compiles::Unstamped, expected, rebuilt, ..self }
    }

    /// A build may do anything.
    pub(super) fn compiling(self, compiles: Compiles) -> Self {
        Self { compiles, ..self }
    }

    /// In the workspace with a package in its root.
    pub(super) fn at_root(self) -> Self {
        Self { shape: Shape::Root, ..self }
    }
}
