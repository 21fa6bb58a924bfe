//! What a difference of content comes to, where both contents are known line by line.

use std::collections::BTreeSet;
use std::time::Duration;

use selfsame_core::findings::{Claim, Equivalence, Expectation};
use selfsame_core::stamp::Digest;
use selfsame_source::git::LineEndings;
use selfsame_source::{Content, Rule};

use super::cargo_tree;
use crate::source::{Source, shown};

/// Looks for the lines that differ between what was found and what is expected. `None` means that
/// the difference is one of what is built, or that the lines are not known. Cargo may take as long as
/// `time`.
pub(super) fn of(
    source: &mut Source,
    expectation: &Expectation,
    claim: &Claim,
    time: Duration,
) -> Option<Equivalence> {
    let (expected, found) = (expectation.content?, claim.content?);
    if expected == found {
        return None;
    }
    let commit = claim.commit.clone()?;
    // The lines are those of the claim only if they come to its content.
    let other = source.content_at(&commit)?;
    if other.digest().ok()? != found {
        let is_expected = expectation.commit.as_ref() == Some(&commit);
        return is_expected.then(|| line_endings(source, expectation, &other, found)).flatten();
    }
    let here = source.content().ok()?;
    let rules = source.rules_between(&commit)?;
    if rules.iter().all(|(rule, _)| *rule == Rule::Lock) {
        return edges(source, &here, &other, claim, time);
    }
    let inactive: BTreeSet<&str> = claim
        .packages
        .iter()
        .flatten()
        .filter(|package| package.inactive)
        .map(|package| package.name.as_str())
        .collect();
    let owners: BTreeSet<&String> = rules.iter().flat_map(|(_, owners)| owners).collect();
    let are_left_out = rules.iter().all(|(_, owners)| {
        !owners.is_empty() && owners.iter().all(|owner| inactive.contains(owner.as_str()))
    });
    are_left_out.then(|| Equivalence::Inactive(owners.into_iter().cloned().collect()))
}

/// Whether both sides are clean checkouts of the expected commit, with different line endings.
fn line_endings(
    source: &Source,
    expectation: &Expectation,
    checked_out: &Content,
    found: Digest,
) -> Option<Equivalence> {
    let (commit, expected) = (expectation.commit.as_ref()?, expectation.content?);
    let is = |content: &Content, digest| content.digest() == Ok(digest);
    let contents: Vec<Content> = [LineEndings::Lf, LineEndings::CrLf]
        .into_iter()
        .filter_map(|endings| source.content_with(commit, endings))
        .collect();
    let all = || contents.iter().chain([checked_out]);
    let theirs = all().find(|content| is(content, found))?;
    let ours = all().find(|content| is(content, expected))?;
    let files = ours.difference(theirs);
    Some(Equivalence::LineEndings(files.iter().map(|name| shown(name)).collect()))
}

/// Whether the lock files differ in edges alone, and if so, in such that build something else.
fn edges(
    source: &Source,
    here: &Content,
    other: &Content,
    claim: &Claim,
    time: Duration,
) -> Option<Equivalence> {
    let packages = |content: &Content| -> BTreeSet<String> {
        content.locked().iter().filter(|line| !line.contains(" > ")).cloned().collect()
    };
    let names = |packages: &BTreeSet<String>| -> BTreeSet<String> {
        packages.iter().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
    };
    let (ours, theirs) = (packages(here), packages(other));
    let only_ours: BTreeSet<String> = ours.difference(&theirs).cloned().collect();
    let only_theirs: BTreeSet<String> = theirs.difference(&ours).cloned().collect();
    // Of a package in both, version and checksum have to be equal.
    if !names(&only_ours).is_disjoint(&names(&only_theirs)) {
        return None;
    }
    let commit = claim.commit.as_ref()?;
    match cargo_tree::are_equal(source, commit, claim, time) {
        Ok(true) => Some(Equivalence::Edges),
        Ok(false) => None,
        Err(why) => Some(Equivalence::Features(why)),
    }
}
