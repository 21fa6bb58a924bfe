use std::collections::BTreeSet;

use crate::compare::Verdict;

/// The most instances behind one address that can be sampled.
const MAX_INSTANCES: usize = 100;

/// How sure one can be of having seen every process behind an address.
///
/// It holds the latest run of answers that were all judged same. Anything else empties it. It is
/// complete if so many answers came after the last new instance that, under independent routing, a
/// process that gets one of `k + 1` shares of the connections would have been missed with a chance
/// below 1 in 1,000.
///
/// ```
/// use selfsame_core::compare::Verdict;
/// use selfsame_core::findings::Sampling;
///
/// let mut sampling = Sampling::default();
/// for _ in 0..11 {
///     sampling.record("a", Verdict::Same);
/// }
/// assert_eq!((sampling.seen(), sampling.needed()), (1, 0));
/// sampling.record("b", Verdict::Same);
/// assert_eq!((sampling.seen(), sampling.needed()), (2, 18));
/// sampling.record("c", Verdict::Drift);
/// assert_eq!(sampling.seen(), 0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sampling {
    instances: BTreeSet<String>,
    /// The answers since the last new instance.
    since: usize,
    /// All answers of the run.
    answers: usize,
}

impl Sampling {
    /// The most instances behind one address that can be sampled.
    pub(super) const MOST: usize = MAX_INSTANCES;

    /// Adds an answer.
    pub fn record(&mut self, instance: &str, verdict: Verdict) {
        if !matches!(verdict, Verdict::Same | Verdict::Skipped) {
            *self = Self::default();
            return;
        }
        self.answers += 1;
        if self.instances.insert(instance.to_owned()) {
            self.since = 0;
        } else {
            self.since += 1;
        }
    }

    /// A question failed: the run is over.
    pub fn fail(&mut self) {
        *self = Self::default();
    }

    /// The distinct instances of the run.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.instances.len()
    }

    /// Their names.
    pub fn instances(&self) -> impl Iterator<Item = &str> {
        self.instances.iter().map(String::as_str)
    }

    /// The answers of the run.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.answers
    }

    /// So many further answers are needed, if no new instance is among them. 0 means that the run
    /// is complete.
    #[must_use]
    pub fn needed(&self) -> usize {
        further(self.seen()).saturating_sub(self.since)
    }

    /// Whether there are more instances than can be sampled.
    #[must_use]
    pub fn is_beyond(&self) -> bool {
        Self::cannot_hold(self.seen())
    }

    /// Whether so many instances behind one address are more than can be sampled.
    #[must_use]
    pub const fn cannot_hold(instances: usize) -> bool {
        instances > MAX_INSTANCES
    }
}

/// The answers that are needed after `k` instances were seen: one more than what makes
/// `(k / (k + 1))^n` a thousandth.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the number is positive and small, and so is k"
)]
fn further(k: usize) -> usize {
    let k = k.clamp(1, MAX_INSTANCES + 1) as f64;
    (1000_f64.ln() / ((k + 1.0) / k).ln()).floor() as usize + 1
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};

    use super::*;

    #[test]
    fn so_many_answers_are_needed() {
        assert_eq!([1, 2, 3, 8].map(further), [10, 18, 25, 59]);
    }

    /// Replicas that answer at random, one of them stale: whether the run is complete before the
    /// stale one answers.
    fn is_missed(replicas: u64, seed: u64) -> bool {
        let mut sampling = Sampling::default();
        for turn in 0_u64.. {
            let mut hasher = DefaultHasher::new();
            (seed, turn).hash(&mut hasher);
            let instance = hasher.finish() % replicas;
            if instance == 0 {
                return false;
            }
            sampling.record(&instance.to_string(), Verdict::Same);
            if sampling.needed() == 0 {
                return true;
            }
        }
        unreachable!("it ends");
    }

    #[test]
    fn one_stale_replica_is_missed_less_than_once_in_a_thousand() {
        for replicas in [2, 3, 8] {
            let missed = (0..20_000).filter(|seed| is_missed(replicas, *seed)).count();
            assert!(missed <= 40, "of {replicas}: {missed} of 20,000");
        }
    }

    #[test]
    fn anything_but_same_empties_the_run() {
        for verdict in [Verdict::Drift, Verdict::Unknown] {
            let mut sampling = Sampling::default();
            for _ in 0..20 {
                sampling.record("a", Verdict::Same);
            }
            sampling.record("b", verdict);
            assert_eq!((sampling.seen(), sampling.answers()), (0, 0));
            assert_ne!(sampling.needed(), 0);
        }
    }
}
