//! The date of a content, as a check asks for it: within a time.

use std::time::{Duration, Instant};

use selfsame_core::findings::{CommitSummary, Dated};
use selfsame_core::stamp::{CommitId, Digest};
use selfsame_source::history::{Commit, History, MAX_COMMITS};

use super::{Found, Locator, Question};
use crate::error::Failure;

/// The newest commits are looked at first: most of what runs is of one of them.
const NEWEST: usize = 500;

/// A commit that may run, with its content if that is known.
pub(crate) type Accepted = (CommitId, Option<Digest>);

impl Locator {
    /// Looks for a content among the commits that `tip` descends from, for so long at most. What
    /// cannot be found out says why.
    pub(crate) fn date(&self, content: Digest, tip: &CommitId, time: Duration) -> Dated {
        let deadline = Instant::now() + time;
        let mut dated = Dated::default();
        for most in [NEWEST, MAX_COMMITS] {
            match self.try_date(content, tip, most, deadline) {
                Ok((found, is_cut)) => {
                    dated = found;
                    if dated.newest.is_some() || !is_cut {
                        break;
                    }
                }
                Err(failure) => {
                    dated.open = Some(failure.to_string());
                    break;
                }
            }
        }
        dated
    }

    /// The commits that may run where each has `grace` seconds to arrive, with their contents, and why
    /// that is not all, if it is not. Of a ref, what it was moved away from within that time counts
    /// as well.
    pub(crate) fn accepted(
        &self,
        tip: &CommitId,
        revision: Option<&str>,
        now: i64,
        grace: i64,
        time: Duration,
    ) -> Result<(Vec<Accepted>, Option<String>), Failure> {
        let mut starts = vec![tip.clone()];
        let moves = revision.map_or(Ok(Vec::new()), |name| self.repository.moves(name))?;
        for (index, (commit, _)) in moves.iter().enumerate() {
            // It was there until the next one came.
            let until = index.checked_sub(1).map(|next| moves[next].1);
            if until.is_some_and(|until| until > now - grace) && !starts.contains(commit) {
                starts.push(commit.clone());
            }
        }
        let tips: Vec<String> = starts.iter().map(ToString::to_string).collect();
        let deadline = Some(Instant::now() + time);
        let question =
            Question { tips: &tips, since: None, most: MAX_COMMITS, deadline, parts: None };
        let history = self.ask(question)?;
        if history.is_late {
            return Err(Failure::new("the time was up before history was read"));
        }
        let mut all = Vec::new();
        let mut open = None;
        for start in starts.iter().filter_map(|start| history.place(start)) {
            let accepted = history.accepted(start, now, grace);
            open = open.or(accepted.open);
            all.extend(accepted.commits.iter().map(|at| {
                let commit = &history.commits[*at];
                (commit.id.clone(), commit.at.content())
            }));
        }
        Ok((all, open))
    }

    fn try_date(
        &self,
        content: Digest,
        tip: &CommitId,
        most: usize,
        deadline: Instant,
    ) -> Result<(Dated, bool), Failure> {
        let tips = [tip.to_string()];
        let deadline = Some(deadline);
        let history =
            self.ask(Question { tips: &tips, since: None, most, deadline, parts: None })?;
        let has = |commit: &Commit| commit.at.content() == Some(content);
        let ranges = history.ranges(has);
        let newest = ranges.first().map(std::slice::from_ref).unwrap_or_default();
        let found = self.shown_ranges(&history, newest, history.place(tip))?;
        let counts = history.counts();
        let mut dated = Dated::default();
        let looked_at = counts.known + counts.absent + counts.unknown.values().sum::<usize>();
        dated.looked_at = looked_at as u64;
        if let Some(Found { commits, newest, behind, .. }) = found.into_iter().next() {
            dated.commits = commits as u64;
            dated.newest = Some(newest.id);
            let (author, subject) = (newest.author, newest.subject);
            dated.summary = Some(CommitSummary::new(author, subject, newest.committed_at));
            dated.behind = behind.map(|(behind, _)| behind as u64);
            dated.matter = behind.map(|(_, matter)| matter as u64);
        } else {
            dated.open = why_open(&history);
        }
        Ok((dated, history.is_cut))
    }
}

/// Why it is open whether another commit has it.
fn why_open(history: &History) -> Option<String> {
    let counts = history.counts();
    if history.is_late {
        return Some(format!("{} more when the time was up", counts.left));
    }
    if let Some((why, commits)) = counts.unknown.iter().next() {
        return Some(format!("of {commits} the content is unknown: {why}"));
    }
    if history.is_shallow {
        return Some("the clone is shallow".to_owned());
    }
    history.is_cut.then(|| "older ones were not looked at".to_owned())
}
