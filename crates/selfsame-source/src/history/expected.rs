//! Which commits may run where each is given some time to arrive.

use super::{At, History};

/// The commits that may run, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// From the tip to the newest one that is expected, along first parents.
    pub commits: Vec<usize>,
    /// Why it is open which one is expected, if it is.
    pub open: Option<String>,
}

/// A commit that is dated so far ahead, in seconds, has a clock that says nothing.
const FAR: i64 = 24 * 60 * 60;

impl History {
    /// The commits from the newest expected one to `tip`. A commit is expected as soon as it is older
    /// than `grace` seconds and has another content than its first parent.
    #[must_use]
    pub fn accepted(&self, tip: usize, now: i64, grace: i64) -> Accepted {
        let times = self.times(now);
        let mut accepted = Accepted::default();
        let mut at = tip;
        loop {
            let commit = &self.commits[at];
            accepted.commits.push(at);
            if let At::Unknown(why) = &commit.at {
                accepted.open.get_or_insert_with(|| {
                    format!("the content of commit {} is unknown: {why}", commit.id.short())
                });
            }
            let Some(parent) = commit.parents.first().copied() else { return accepted };
            let is_changed = commit.at != self.commits[parent].at;
            if is_changed && times[at] <= now.saturating_sub(grace) {
                return accepted;
            }
            at = parent;
        }
    }

    /// When each commit was made, at the earliest: its id is made of those of its parents, so that it
    /// is no older than these, whatever its clock said.
    fn times(&self, now: i64) -> Vec<i64> {
        let mut times = vec![i64::MIN; self.commits.len()];
        for (at, commit) in self.commits.iter().enumerate().rev() {
            let own = if commit.time > now.saturating_add(FAR) { i64::MIN } else { commit.time };
            let parents = commit.parents.iter().map(|parent| times[*parent]);
            times[at] = parents.chain([own]).max().unwrap_or(own);
        }
        times
    }
}
