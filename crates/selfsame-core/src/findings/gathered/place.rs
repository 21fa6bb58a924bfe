//! What was seen at an address, and who listed it.

use std::net::IpAddr;

use super::{Expectation, RouteList, RouteProbe};
use crate::findings::{Sampling, Via};
use crate::report::Report;
use crate::stamp::FileDifference;

/// An address of the service, or a captured report, and what was seen there.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Place {
    /// The address. `None` for a captured report.
    pub address: Option<String>,
    /// Why the report is missing, if it is.
    pub unavailable: Option<String>,
    /// The distinct instances, in the order in which they were seen: the first is what everybody
    /// gets.
    pub instances: Vec<Instance>,
    /// The way that the first response came.
    pub via: Via,
    /// What answers past a cache.
    pub bypass: Bypass,
    /// How the instances behind the address were sampled.
    pub sampling: Sampling,
    /// Questions that failed after the first, with their reasons.
    pub failures: Vec<String>,
    /// The files that are served, where they are what answers.
    pub served: Option<Served>,
    /// The routes that were asked for.
    pub routes: Vec<RouteProbe>,
    /// The list of routes that is kept in source.
    pub list: Option<RouteList>,
    /// The source that listed it as one replica, by its place in [`Gathered::fleets`](super::Gathered::fleets).
    pub fleet: Option<usize>,
    /// What that source knows of it.
    pub beside: Beside,
}

/// A source of replicas, and what it says of all of them together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fleet {
    /// The source, as it was named.
    pub target: String,
    /// So many replicas should run.
    pub wanted: Option<usize>,
    /// Why there is no list of replicas, if there is none.
    pub unavailable: Option<String>,
    /// The replicas that are about to end, which were not asked.
    pub ending: Vec<String>,
}

impl Fleet {
    /// The source of this name, of which nothing else is known.
    #[must_use]
    pub fn new(target: String) -> Self {
        Self { target, ..Self::default() }
    }
}

/// What a source of replicas knows of one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Beside {
    /// What the engine calls it.
    pub name: Option<String>,
    /// The address that was asked, where a name stands for several.
    pub ip: Option<IpAddr>,
    /// The image that it runs.
    pub image: Option<String>,
    /// The name of that image, and the image that the name stands for now.
    pub tagged: Option<(String, String)>,
    /// The configuration that it was created from and that of the file, by their hashes.
    pub config: Option<(String, String)>,
    /// So many times it was restarted.
    pub restarts: Option<u64>,
    /// How many seconds ago its metrics were scraped, if that is all that is known of it.
    pub scraped: Option<u64>,
}

impl Place {
    /// An address, or a captured report, of which nothing past a cache was asked.
    #[must_use]
    pub fn new(address: Option<String>) -> Self {
        Self { address, bypass: Bypass::NotAsked, ..Self::default() }
    }

    /// An address, or a captured report, that does not answer, and why.
    #[must_use]
    pub fn unavailable(address: Option<String>, why: String) -> Self {
        Self { address, unavailable: Some(why), ..Self::default() }
    }
}

/// One process, as far as it was seen at an address.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Instance {
    /// What it says of itself.
    pub report: Report,
    /// What source expects of it, if there is source.
    pub expectation: Option<Expectation>,
    /// Whether it was seen in stored responses only.
    pub stored: bool,
}

impl Instance {
    /// A process that answered itself.
    #[must_use]
    pub const fn new(report: Report) -> Self {
        Self { report, expectation: None, stored: false }
    }
}

/// What answers past a cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Bypass {
    /// The process that everybody gets.
    #[default]
    Same,
    /// Nobody asked: the report was captured, or files answer.
    NotAsked,
    /// That is unknown, and why.
    Failed(String),
    /// The responder ignores the query string, and why that is known.
    IgnoresQuery(String),
    /// The responder denies what the report states, and how.
    Contradicted(String),
}

/// The files that a web server serves, compared with the stamp.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Served {
    /// So many files were compared.
    pub total: usize,
    /// Those that differ.
    pub difference: FileDifference,
    /// So many differ.
    pub differ: usize,
    /// Why files could not be compared, one reason a file.
    pub unknown: Vec<String>,
}

impl Served {
    /// No file could be compared, and why.
    #[must_use]
    pub fn unknown(why: impl Into<String>) -> Self {
        Self { unknown: vec![why.into()], ..Self::default() }
    }
}
