//! Which commits have what is looked for, as ranges of neighbours, and how far they are from another.

use std::collections::BTreeMap;

use super::{At, Commit, History};

/// Commits next to each other that have what is looked for, by their places, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Range {
    /// The commits.
    pub commits: Vec<usize>,
}

/// What lies between two commits, by their places, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Apart {
    /// The commits that only the second one has.
    pub behind: Vec<usize>,
    /// The commits that only the first one has.
    pub ahead: Vec<usize>,
}

/// How many commits were looked at, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Those whose content is known.
    pub known: usize,
    /// Those that have no such package.
    pub absent: usize,
    /// Those whose content cannot be known, by reason.
    pub unknown: BTreeMap<String, usize>,
    /// Those that were not looked at.
    pub left: usize,
    /// Those whose content is another one than that of each of their parents.
    pub matter: usize,
}

impl History {
    /// The commits that `has` holds of, those next to each other together. The newest range is first.
    pub fn ranges(&self, has: impl Fn(&Commit) -> bool) -> Vec<Range> {
        let mut ranges: Vec<Range> = Vec::new();
        let mut range_of: Vec<Option<usize>> = vec![None; self.commits.len()];
        for (at, commit) in self.commits.iter().enumerate().filter(|(_, commit)| has(commit)) {
            // A child may come later, where clocks went backwards: ranges that meet are one.
            let mine = *range_of[at].get_or_insert_with(|| {
                ranges.push(Range { commits: Vec::new() });
                ranges.len() - 1
            });
            ranges[mine].commits.push(at);
            for parent in commit.parents.iter().filter(|parent| has(&self.commits[**parent])) {
                match range_of[*parent] {
                    None => range_of[*parent] = Some(mine),
                    Some(other) if other != mine => {
                        let moved = std::mem::take(&mut ranges[other].commits);
                        ranges[mine].commits.extend(moved);
                        for range in range_of.iter_mut().filter(|range| **range == Some(other)) {
                            *range = Some(mine);
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        ranges.retain(|range| !range.commits.is_empty());
        for range in &mut ranges {
            range.commits.sort_unstable();
        }
        ranges.sort_unstable_by_key(|range| range.commits.first().copied());
        ranges
    }

    /// Whether a commit has another content than each of its parents. A merge that takes the side of
    /// one parent does not: the commits of that side do. What is unknown may.
    #[must_use]
    pub fn matters(&self, at: usize) -> bool {
        let commit = &self.commits[at];
        if commit.at == At::NotLooked || !commit.is_whole {
            return false;
        }
        let differs = |parent: &usize| match (&commit.at, &self.commits[*parent].at) {
            (At::Unknown(_), _) | (_, At::Unknown(_)) => true,
            (own, theirs) => own != theirs,
        };
        if commit.parents.is_empty() {
            return commit.at != At::Absent;
        }
        commit.parents.iter().all(differs)
    }

    /// What lies between two commits.
    #[must_use]
    pub fn apart(&self, from: usize, to: usize) -> Apart {
        let (of_from, of_to) = (self.reached(from), self.reached(to));
        let only = |one: &[bool], other: &[bool]| {
            (0..self.commits.len()).filter(|at| one[*at] && !other[*at]).collect()
        };
        Apart { behind: only(&of_to, &of_from), ahead: only(&of_from, &of_to) }
    }

    /// A commit and all that it descends from.
    #[must_use]
    pub fn reached(&self, from: usize) -> Vec<bool> {
        let mut reached = vec![false; self.commits.len()];
        let mut waiting = vec![from];
        while let Some(at) = waiting.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                waiting.extend(self.commits[at].parents.iter().copied());
            }
        }
        reached
    }

    /// How many commits were looked at.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (at, commit) in self.commits.iter().enumerate() {
            match &commit.at {
                At::Content(_) => counts.known += 1,
                At::Absent => counts.absent += 1,
                At::Unknown(why) => *counts.unknown.entry(why.to_string()).or_default() += 1,
                At::NotLooked => counts.left += 1,
            }
            counts.matter += usize::from(self.matters(at));
        }
        counts
    }
}
