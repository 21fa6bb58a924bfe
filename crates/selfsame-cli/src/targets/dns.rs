//! `dns+http://NAME:PORT`: every address that a name stands for, as of a headless Service of
//! Kubernetes, `tasks.NAME` of Swarm, or Consul.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::mpsc;

use selfsame_core::findings::Beside;

use super::{Listing, Replica, Ways};
use crate::base::Base;
use crate::connect::Connect;
use crate::error::Failure;

pub(super) fn list(base: &Base, ways: Ways<'_>) -> Result<Listing, Failure> {
    let (host, port) = (base.host().to_owned(), base.port());
    let fail = |why: &str| {
        Failure::new(format!("the resolver of this machine was asked for `{}`: {why}", base.host()))
    };
    // The system's resolver has its own idea of time, which cannot be set.
    let (send, receive) = mpsc::channel();
    let asked = std::thread::Builder::new().spawn(move || {
        let found = (&*host, port).to_socket_addrs();
        let _ = send.send(found.map(Iterator::collect::<BTreeSet<SocketAddr>>));
    });
    asked.map_err(|error| fail(&error.to_string()))?;
    let found: io::Result<BTreeSet<SocketAddr>> =
        receive.recv_timeout(ways.time).map_err(|_| {
            let time = humantime::format_duration(ways.time);
            fail(&format!("it did not answer within {time} (--timeout)"))
        })?;
    let found = found.map_err(|error| fail(&error.to_string()))?;
    let replica = |address: SocketAddr| {
        let mut beside = Beside::default();
        beside.ip = Some(address.ip());
        Replica {
            address: base.shown_at(address),
            connect: Connect::At(address),
            beside,
            ..Replica::at(base.clone())
        }
    };
    Ok(Listing { replicas: found.into_iter().map(replica).collect(), ..Listing::default() })
}
