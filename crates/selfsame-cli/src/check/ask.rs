//! Asks what answers: all addresses of a round, so many at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use selfsame_core::findings::{Gathered, Place, Sampling};
use selfsame_core::report::Report;

use super::expect::Expected;
use super::progress::Progress;
use super::routes::Route;
use crate::args::Check;
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::http_client::Client;
use crate::targets::Replica;

/// All replicas together may take so many times as long as one request.
const PATIENCE: u32 = 12;

/// What the threads of one round share.
pub(super) struct Asker<'a> {
    pub(super) arguments: &'a Check,
    pub(super) client: &'a Client,
    pub(super) token: &'a Credentials,
    pub(super) credentials: &'a Credentials,
    pub(super) routes: &'a [Route],
    /// What was gathered before: the artifact.
    pub(super) gathered: &'a Gathered,
    pub(super) expected: Mutex<&'a mut Expected>,
    pub(super) samplings: Mutex<&'a mut BTreeMap<String, Sampling>>,
}

/// One address, with the client that asks it.
pub(super) struct Peer<'a> {
    pub(super) replica: &'a Replica,
    pub(super) client: &'a Client,
    pub(super) token: &'a Credentials,
}

impl<'a> Asker<'a> {
    /// What source says, which one thread reads at a time.
    pub(super) fn expected(&self) -> MutexGuard<'_, &'a mut Expected> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with how an address was sampled so far.
    pub(super) fn sampling<T>(&self, peer: &Peer<'_>, on: impl FnOnce(&mut Sampling) -> T) -> T {
        let mut samplings = self.samplings.lock().unwrap_or_else(PoisonError::into_inner);
        on(samplings.entry(peer.replica.address.clone()).or_default())
    }

    /// Asks all replicas, so many at a time. The order is that of the replicas.
    ///
    /// # Errors
    ///
    /// If source cannot be read. What cannot be asked is a place with its reason.
    pub(super) fn places(&self, replicas: &[Replica]) -> Result<Vec<Place>, Failure> {
        let patience = self.arguments.request_time().saturating_mul(PATIENCE);
        let until = Instant::now() + patience;
        let progress = Progress::of_round(self.arguments, replicas.len());
        let places: Mutex<BTreeMap<usize, Result<Place, Failure>>> = Mutex::default();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(replica) = replicas.get(number) else { return };
                let place = self.place(replica, until, patience);
                progress.one();
                let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
                places.insert(number, place);
            }
        };
        let threads = self.arguments.parallel().min(replicas.len());
        if threads <= 1 {
            work();
        } else {
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    // With fewer threads than wished for, those that there are do the work.
                    let started = std::thread::Builder::new().spawn_scoped(scope, work);
                    if started.is_err() {
                        break;
                    }
                }
                work();
            });
        }
        drop(progress);
        let places = places.into_inner().unwrap_or_else(PoisonError::into_inner);
        places.into_values().collect()
    }

    fn place(
        &self,
        replica: &Replica,
        until: Instant,
        patience: Duration,
    ) -> Result<Place, Failure> {
        if let Some(scraped) = &replica.scraped {
            return self.scraped(replica, scraped);
        }
        let none = Credentials::default();
        let token = if replica.takes_token { self.token } else { &none };
        let is_one = replica.fleet.is_some() || self.arguments.direct;
        let session = is_one.then(|| self.client.session(&replica.connect, until, patience));
        let client = session.as_ref().unwrap_or(self.client);
        let peer = Peer { replica, client, token };
        let mut place = self.probe(&peer)?;
        self.ask_routes(&peer, &mut place)?;
        Ok(place)
    }

    /// A process by what was scraped of it.
    fn scraped(
        &self,
        replica: &Replica,
        scraped: &Result<Box<Report>, String>,
    ) -> Result<Place, Failure> {
        let address = Some(replica.address.clone());
        let mut place = match scraped {
            Ok(_) => Place::new(address),
            Err(why) => Place::unavailable(address, why.clone()),
        };
        if let Ok(report) = scraped {
            place.instances.push(self.instance((**report).clone(), false)?);
        }
        place.fleet = replica.fleet;
        place.beside = replica.beside.clone();
        Ok(place)
    }
}
