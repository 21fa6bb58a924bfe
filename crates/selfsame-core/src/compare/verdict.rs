use std::fmt;

use serde::{Deserialize, Serialize};

use crate::report::Report;
use crate::routes::ListComparison;
use crate::stamp::{CommitId, Digest, Origin, Stamp, Tree};

/// The answer of one rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is what was expected.
    Same,
    /// It is not.
    Drift,
    /// It was asked and could not be established.
    Unknown,
    /// Nobody gave what the question needs.
    Skipped,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Same => "same",
            Self::Drift => "drift",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
        })
    }
}

/// What the list of routes kept in source says of a process: drift if a route is missing or
/// unexpected, unknown if the inventory is unavailable.
///
/// A route that was added to the router after its inventory was read counts as missing here. Who
/// can ask from outside does so before saying that it is.
///
/// ```
/// use selfsame_core::compare::Verdict;
/// use selfsame_core::routes::{Inventory, Routes, ListComparison};
///
/// let kept: Inventory = "GET /workflows\nPOST /workflows\n".parse()?;
/// let running = Routes::Listed("GET /workflows\n".parse()?);
/// assert_eq!(Verdict::from(&ListComparison::of(&kept, &running)), Verdict::Drift);
/// # Ok::<(), selfsame_core::routes::ListError>(())
/// ```
impl From<&ListComparison> for Verdict {
    fn from(list: &ListComparison) -> Self {
        match list.difference() {
            Some(difference) if difference.is_empty() => Self::Same,
            Some(_) => Self::Drift,
            None => Self::Unknown,
        }
    }
}

/// What source says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expected {
    /// The commit, unless it is unknown.
    pub commit: Option<CommitId>,
    /// The content, unless it is unknown.
    pub content: Option<Digest>,
}

impl Expected {
    /// This commit with this content, each `None` if it is unknown.
    #[must_use]
    pub const fn new(commit: Option<CommitId>, content: Option<Digest>) -> Self {
        Self { commit, content }
    }
}

/// What an artifact or a process says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// The commit, unless it is unknown.
    pub commit: Option<CommitId>,
    /// The content, unless it is unknown.
    pub content: Option<Digest>,
    /// Where the commit is known from.
    pub origin: Origin,
    /// How the working tree stood to the commit.
    pub tree: Tree,
}

impl Found {
    /// This content, whose commit is unknown.
    #[must_use]
    pub const fn new(content: Option<Digest>) -> Self {
        Self { commit: None, content, origin: Origin::Unknown, tree: Tree::Unknown }
    }
}

impl From<&Stamp> for Found {
    fn from(stamp: &Stamp) -> Self {
        Self {
            commit: stamp.facts().commit.clone(),
            content: stamp.facts().content,
            origin: stamp.facts().revision.origin.clone(),
            tree: stamp.facts().revision.tree,
        }
    }
}

impl From<&Report> for Found {
    fn from(report: &Report) -> Self {
        Self {
            commit: report.commit.clone(),
            content: report.content,
            origin: report.origin.clone(),
            tree: report.tree.unwrap_or(Tree::Unknown),
        }
    }
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchMode {
    /// The code of a source directory, whichever commit it carries.
    Source,
    /// Exactly one commit.
    Commit,
}

/// The row of the table that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Commit and content are equal, the commit read from git at a clean tree.
    Equal,
    /// Commit and content are equal, the commit is somebody's claim.
    EqualClaimed,
    /// Commit and content are equal, and the tree was not clean: source has the same changes.
    EqualChanged,
    /// The commit is equal and the content is not.
    ContentDiffers,
    /// The commit differs, and nothing that goes into the build does.
    OtherCommitSameContent,
    /// Commit and content differ.
    OtherCode,
    /// The content is equal, and a commit is unknown.
    SameContentNoCommit,
    /// The content differs, and a commit is unknown.
    OtherContentNoCommit,
    /// The commit is equal, read from git at a clean tree, and a content is unknown.
    CommitAlone,
    /// The commit is equal, but claimed or from a tree that was not clean, and a content is unknown.
    CommitNotProven,
    /// The commit differs, and a content is unknown.
    OtherCommitNoContent,
    /// Neither commit nor content can be compared.
    Nothing,
}

/// The outcome of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// The answer.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
}

/// Compares what was found with what was expected.
///
/// An unknown fact equals nothing and differs from nothing.
///
/// ```
/// use selfsame_core::compare::{MatchMode, Expected, Found, Reason, Verdict, compare};
/// use selfsame_core::stamp::{Digest, Origin, Tree};
///
/// let content = Some(Digest::of(b"the same"));
/// let (expected, found) = (Expected::new(None, content), Found::new(content));
///
/// let comparison = compare(&expected, &found, MatchMode::Source);
/// assert_eq!(comparison.verdict, Verdict::Same);
/// assert_eq!(comparison.reason, Reason::SameContentNoCommit);
/// ```
#[must_use]
pub fn compare(expected: &Expected, found: &Found, mode: MatchMode) -> Comparison {
    use Reason::{
        CommitAlone, CommitNotProven, ContentDiffers, Equal, EqualChanged, EqualClaimed, Nothing,
        OtherCode, OtherCommitNoContent, OtherCommitSameContent, OtherContentNoCommit,
        SameContentNoCommit,
    };
    use Verdict::{Drift, Same, Unknown};

    let commit = equal(expected.commit.as_ref(), found.commit.as_ref());
    let content = equal(expected.content.as_ref(), found.content.as_ref());
    let exactly = mode == MatchMode::Commit;
    let proven = found.origin.is_git() && found.tree == Tree::Clean;

    let (verdict, reason) = match (commit, content) {
        (Some(true), Some(true)) if proven => (Same, Equal),
        (Some(true), Some(true)) if found.tree == Tree::Dirty => (Same, EqualChanged),
        (Some(true), Some(true)) => (Same, EqualClaimed),
        (Some(true), Some(false)) => (Drift, ContentDiffers),
        (Some(true), None) if proven => (Same, CommitAlone),
        (Some(true), None) => (Unknown, CommitNotProven),
        (Some(false), Some(true)) => (if exactly { Drift } else { Same }, OtherCommitSameContent),
        (Some(false), Some(false)) => (Drift, OtherCode),
        (Some(false), None) => (if exactly { Drift } else { Unknown }, OtherCommitNoContent),
        (None, Some(true)) => (if exactly { Unknown } else { Same }, SameContentNoCommit),
        (None, Some(false)) => (Drift, OtherContentNoCommit),
        (None, None) => (Unknown, Nothing),
    };
    Comparison { verdict, reason }
}

/// Whether two facts are equal, if both are known.
fn equal<T: PartialEq>(expected: Option<&T>, found: Option<&T>) -> Option<bool> {
    Some(expected? == found?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fact {
        Equal,
        Differs,
        Unknown,
    }

    fn sides(commit: Fact, content: Fact, origin: Origin, tree: Tree) -> (Expected, Found) {
        let id = |digit: &str| digit.repeat(40).parse::<CommitId>().unwrap();
        let expected = Expected { commit: Some(id("a")), content: Some(Digest::of(b"expected")) };
        let found = Found {
            commit: match commit {
                Fact::Equal => Some(id("a")),
                Fact::Differs => Some(id("b")),
                Fact::Unknown => None,
            },
            content: match content {
                Fact::Equal => Some(Digest::of(b"expected")),
                Fact::Differs => Some(Digest::of(b"another")),
                Fact::Unknown => None,
            },
            origin,
            tree,
        };
        (expected, found)
    }

    #[test]
    fn the_verdict_table() {
        use Fact::{Differs, Equal, Unknown};
        use Verdict::{Drift, Same};
        const NO: Verdict = Verdict::Unknown;

        let git = || Origin::Git;
        let claimed = || Origin::Override;
        #[rustfmt::skip]
        let table = [
            // commit, content, origin, tree → against source, against commit
            (Equal, Equal, git(), Tree::Clean, Same, Same),
            (Equal, Equal, git(), Tree::Dirty, Same, Same),
            (Equal, Equal, claimed(), Tree::Unknown, Same, Same),
            (Equal, Equal, Origin::Variable("GITHUB_SHA".into()), Tree::Unknown, Same, Same),
            (Equal, Differs, git(), Tree::Clean, Drift, Drift),
            (Equal, Differs, git(), Tree::Dirty, Drift, Drift),
            (Equal, Differs, claimed(), Tree::Clean, Drift, Drift),
            (Differs, Equal, git(), Tree::Clean, Same, Drift),
            (Differs, Equal, claimed(), Tree::Unknown, Same, Drift),
            (Differs, Differs, git(), Tree::Clean, Drift, Drift),
            (Differs, Differs, claimed(), Tree::Dirty, Drift, Drift),
            (Unknown, Equal, Origin::Unknown, Tree::Unknown, Same, NO),
            (Unknown, Differs, Origin::Unknown, Tree::Unknown, Drift, Drift),
            (Equal, Unknown, git(), Tree::Clean, Same, Same),
            (Equal, Unknown, git(), Tree::Dirty, NO, NO),
            (Equal, Unknown, git(), Tree::Unknown, NO, NO),
            (Equal, Unknown, claimed(), Tree::Clean, NO, NO),
            (Differs, Unknown, git(), Tree::Clean, NO, Drift),
            (Unknown, Unknown, Origin::Unknown, Tree::Unknown, NO, NO),
        ];
        for (commit, content, origin, tree, source, exactly) in table {
            let row = format!("{commit:?}, {content:?}, {origin}, {tree}");
            let (expected, found) = sides(commit, content, origin, tree);
            assert_eq!(compare(&expected, &found, MatchMode::Source).verdict, source, "{row}");
            assert_eq!(compare(&expected, &found, MatchMode::Commit).verdict, exactly, "{row}");
        }
    }

    #[test]
    fn unknown_on_the_expecting_side_is_unknown_too() {
        let (_, found) = sides(Fact::Equal, Fact::Equal, Origin::Git, Tree::Clean);
        for mode in [MatchMode::Source, MatchMode::Commit] {
            let comparison = compare(&Expected::default(), &found, mode);
            assert_eq!(comparison.verdict, Verdict::Unknown);
            assert_eq!(comparison.reason, Reason::Nothing);
        }
    }

    #[test]
    fn routes_are_the_same_only_if_every_line_is() {
        use crate::routes::Routes;

        let list = |text: &str| text.parse::<crate::routes::Inventory>().unwrap();
        let kept = list("GET /a\nPOST /a\n");
        for (running, verdict) in [
            (Routes::Listed(kept.clone()), Verdict::Same),
            (Routes::Listed(list("GET /a\n")), Verdict::Drift),
            (Routes::Listed(list("GET /a\nPOST /a\nGET /b\n")), Verdict::Drift),
            (Routes::Listed(list("any /a\n")), Verdict::Drift),
            (Routes::Listed(list("opaque-prefix /a\n")), Verdict::Drift),
            (Routes::unavailable("it was not read"), Verdict::Unknown),
        ] {
            assert_eq!(Verdict::from(&ListComparison::of(&kept, &running)), verdict, "{running:?}");
        }
    }

    #[test]
    fn two_unknowns_are_never_equal() {
        let (_, found) = sides(Fact::Unknown, Fact::Unknown, Origin::Unknown, Tree::Unknown);
        let comparison = compare(&Expected::default(), &found, MatchMode::Source);
        assert_eq!(comparison.verdict, Verdict::Unknown);
    }
}
