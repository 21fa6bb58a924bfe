//! What answers at an address: as everybody asks, past a cache, and to conditions whose answer is
//! known. Where several processes may share the address, it is asked until none can be missed.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

use selfsame_core::compare::Verdict;
use selfsame_core::findings::{Bypass, Claim, Instance, Place, Sampling, Via, instance_verdict};
use selfsame_core::report::{Level, Report};
use selfsame_core::stamp::{Scope, Stamp};
use ureq::http::{StatusCode, Uri};

use super::ask::{Asker, Peer};
use super::{captured, served};
use crate::error::Failure;

/// So often an address is asked again, where a stored answer is suspected: half of the times as
/// everybody asks, half of the times past a cache.
const AGAIN: usize = 6;

/// The most questions that are asked at the same time.
const AT_ONCE: usize = 8;

/// The most answers of one address that are looked at.
const MOST: usize = 1_000;

/// What was answered once: the report, the stamp where files answer, and how it came.
type Said = (Report, Option<Stamp>, Via);

impl Asker<'_> {
    /// Asks an address.
    pub(super) fn probe(&self, peer: &Peer<'_>) -> Result<Place, Failure> {
        let address = Some(peer.replica.address.clone());
        let (report, files, via) = match self.ask(peer, false) {
            Ok(said) => said,
            Err(failure) => {
                self.sampling(peer, Sampling::fail);
                let mut place = Place::unavailable(address, failure.to_string());
                place.fleet = peer.replica.fleet;
                place.beside = peer.replica.beside.clone();
                return Ok(place);
            }
        };
        let mut place = Place::new(address);
        place.fleet = peer.replica.fleet;
        place.beside = peer.replica.beside.clone();
        place.via = via.clone();
        place.instances.push(self.instance(report, via.cached.is_some())?);
        self.ask_past_a_cache(peer, &mut place, files.is_some())?;
        match &files {
            Some(stamp) => place.served = Some(self.fetch_served(peer, stamp)?),
            None => self.sample(peer, &mut place)?,
        }
        Ok(place)
    }

    /// A process that was seen, with what source expects of it.
    pub(super) fn instance(&self, report: Report, stored: bool) -> Result<Instance, Failure> {
        let claim = Claim::from(&report);
        let scope = self.scope(&report);
        let expectation = self.expected().of_claim(&scope, &claim)?;
        let mut instance = Instance::new(report);
        instance.expectation = expectation;
        instance.stored = stored;
        Ok(instance)
    }

    /// The scope that a process was built with, as far as that is known.
    fn scope(&self, report: &Report) -> Scope {
        let artifact = self.gathered.artifact.as_ref().and_then(|artifact| artifact.as_ref().ok());
        match (&report.scope, artifact) {
            (Some(scope), _) => scope.clone(),
            // The same content comes from the same build script, which is content itself.
            (None, Some(artifact))
                if report.content.is_some() && artifact.stamp.facts().content == report.content =>
            {
                artifact.stamp.facts().scope.clone()
            }
            (None, _) => Scope::default(),
        }
    }

    /// Asks under an address that no cache has seen, and with conditions whose answers are known.
    fn ask_past_a_cache(
        &self,
        peer: &Peer<'_>,
        place: &mut Place,
        are_files: bool,
    ) -> Result<(), Failure> {
        let usual = place.instances[0].report.clone();
        place.bypass = match self.ask(peer, true) {
            Err(failure) => Bypass::Failed(failure.to_string()),
            Ok((_, _, Via { cached: Some(cached), .. })) => Bypass::Failed(format!(
                "a request that nobody has sent before was answered from a cache too ({cached})"
            )),
            Ok((fresh, ..)) if is_one(&fresh, &usual) => {
                place.instances[0].stored = false;
                if are_files { Bypass::NotAsked } else { self.conditions(peer, &usual) }
            }
            Ok((fresh, ..)) => {
                let is_stored = place.instances[0].stored || self.keeps(peer, &usual);
                place.instances[0].stored = is_stored;
                let fresh = self.instance(fresh, false)?;
                let bypass = self.conditions(peer, &fresh.report);
                place.instances.push(fresh);
                bypass
            }
        };
        Ok(())
    }

    /// Asks for a commit that nobody has made, which holds of no process, and for the fingerprint
    /// that was reported, which must hold.
    fn conditions(&self, peer: &Peer<'_>, report: &Report) -> Bypass {
        let nobody = format!("{}{}", nonce(), "0".repeat(24));
        let ask = |condition: &str| {
            let url = self.asking(peer, condition)?;
            let status = peer.client.status(&url, peer.token)?;
            Ok::<_, Failure>((url, status))
        };
        match ask(&format!("commit={nobody}")) {
            Err(failure) => return Bypass::Failed(failure.to_string()),
            Ok((_, StatusCode::CONFLICT)) => {}
            Ok((url, StatusCode::OK)) => {
                return Bypass::IgnoresQuery(format!(
                    "{url} returned 200 for a commit that does not exist"
                ));
            }
            Ok((url, status)) => {
                return Bypass::Failed(format!("{url} returned {status}, expected 409"));
            }
        }
        match ask(&format!("fingerprint={}&nonce={}", report.fingerprint, nonce())) {
            Err(failure) => Bypass::Failed(failure.to_string()),
            Ok((_, StatusCode::OK)) => Bypass::Same,
            Ok((url, StatusCode::CONFLICT)) => {
                Bypass::Contradicted(format!("{url} returned 409 for the reported fingerprint"))
            }
            Ok((url, status)) => Bypass::Failed(format!("{url} returned {status}, expected 200")),
        }
    }

    /// Asks until no process can be missed that gets its share of the connections.
    fn sample(&self, peer: &Peer<'_>, place: &mut Place) -> Result<(), Failure> {
        let mut verdicts = Vec::new();
        for at in 0..place.instances.len() {
            let one = &place.instances[at];
            if !one.stored {
                verdicts.push((one.report.instance.clone(), self.verdict(one)));
            }
        }
        for (instance, verdict) in &verdicts {
            self.sampling(peer, |sampling| sampling.record(instance, *verdict));
        }
        let shares = verdicts.len() > 1 || matches!(place.bypass, Bypass::Contradicted(_));
        let is_proven = matches!(place.bypass, Bypass::Same | Bypass::Contradicted(_));
        if is_proven && peer.replica.fleet.is_none() && (!self.arguments.direct || shares) {
            self.ask_for_others(peer, place)?;
        }
        // What denied the fingerprint was another process, which was seen meanwhile.
        if matches!(place.bypass, Bypass::Contradicted(_)) {
            let live = || place.instances.iter().filter(|one| !one.stored);
            let first = live().next().map(|one| one.report.fingerprint);
            if live().any(|one| Some(one.report.fingerprint) != first) {
                place.bypass = Bypass::Same;
            }
        }
        place.sampling = self.sampling(peer, |sampling| sampling.clone());
        Ok(())
    }

    fn ask_for_others(&self, peer: &Peer<'_>, place: &mut Place) -> Result<(), Failure> {
        let end = Instant::now() + self.arguments.request_time().saturating_mul(4);
        let mut asked = 0;
        loop {
            let sampling = self.sampling(peer, |sampling| sampling.clone());
            let needed = sampling.needed();
            if needed == 0
                || sampling.seen() == 0
                || sampling.is_beyond()
                || Sampling::cannot_hold(place.instances.len())
                || asked >= MOST
                || Instant::now() >= end
            {
                return Ok(());
            }
            let batch = needed.min(AT_ONCE);
            asked += batch;
            let answers: Vec<Result<Said, Failure>> = std::thread::scope(|scope| {
                let ask = || self.ask(peer, true);
                let threads: Vec<_> = (0..batch).map(|_| scope.spawn(ask)).collect();
                let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
                joined.filter_map(Result::ok).collect()
            });
            for answer in answers {
                match answer {
                    Ok((_, _, Via { cached: Some(_), .. })) => {}
                    Ok((report, ..)) => self.seen(peer, place, report)?,
                    Err(failure) => {
                        place.failures.push(failure.to_string());
                        self.sampling(peer, Sampling::fail);
                        return Ok(());
                    }
                }
            }
        }
    }

    /// One more answer, of a process that was seen before or of another one.
    fn seen(&self, peer: &Peer<'_>, place: &mut Place, report: Report) -> Result<(), Failure> {
        let known = place.instances.iter().position(|one| is_one(&one.report, &report));
        let at = known.unwrap_or(place.instances.len());
        if known.is_none() {
            let instance = self.instance(report, false)?;
            place.instances.push(instance);
        }
        place.instances[at].stored = false;
        let verdict = self.verdict(&place.instances[at]);
        let instance = place.instances[at].report.instance.clone();
        self.sampling(peer, |sampling| sampling.record(&instance, verdict));
        Ok(())
    }

    fn verdict(&self, instance: &Instance) -> Verdict {
        instance_verdict(self.gathered, instance)
    }

    /// The address of the report with a question.
    fn asking(&self, peer: &Peer<'_>, question: &str) -> Result<Uri, Failure> {
        let at = &self.arguments.at;
        let join = if at.contains('?') { '&' } else { '?' };
        peer.replica.base.join(&format!("{at}{join}{question}"))
    }

    /// Whether the usual address always answers with this process, and one that no cache has seen
    /// never does. The order is one that taking turns does not come to.
    fn keeps(&self, peer: &Peer<'_>, usual: &Report) -> bool {
        (0..AGAIN).all(|turn| {
            let fresh = turn % 4 == 0 || turn % 4 == 3;
            let answer = self.ask_once(peer, fresh);
            answer.is_ok_and(|(report, ..)| is_one(&report, usual) != fresh)
        })
    }

    /// The report of a process that has had the time to look at itself.
    fn ask(&self, peer: &Peer<'_>, fresh: bool) -> Result<Said, Failure> {
        const PAUSE: Duration = Duration::from_millis(100);

        let begun = Instant::now();
        loop {
            let (report, files, via) = self.ask_once(peer, fresh)?;
            let done = !report.looking || via.cached.is_some();
            if done || begun.elapsed() > self.arguments.request_time() {
                return Ok((report, files, via));
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn ask_once(&self, peer: &Peer<'_>, fresh: bool) -> Result<Said, Failure> {
        let url = if fresh {
            self.asking(peer, &format!("nonce={}", nonce()))?
        } else {
            peer.replica.base.join(&self.arguments.at)?
        };
        let fetched = peer.client.fetch(&url, peer.token)?;
        match Report::parse(&fetched.bytes) {
            Ok(report) => Ok((report, None, fetched.via)),
            Err(_) if captured::is_verify(&fetched.bytes) => Err(Failure::new(format!(
                "{url} answers callers without a token at level {}, which has no facts; help: \
                 give --token-env",
                Level::Verify
            ))),
            Err(error) => match served::stamp(&fetched.bytes) {
                Some(stamp) => Ok((served::report(&stamp), Some(stamp), fetched.via)),
                None => Err(Failure::new(format!(
                    "{url} is {error}; help: check that this program in this version answers there"
                ))),
            },
        }
    }
}

/// Whether two reports are of one process. Instances are random, so what was built has to agree as
/// well.
fn is_one(one: &Report, other: &Report) -> bool {
    (&one.instance, &one.started_at, one.fingerprint)
        == (&other.instance, &other.started_at, other.fingerprint)
}

/// Digits that nobody has asked with before.
pub(super) fn nonce() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
