//! What is asked: a URL, or a source of replicas that lists the addresses of many.

mod dns;
mod file;

use std::path::PathBuf;
use std::time::Duration;

use selfsame_core::findings::{Beside, Fleet};

use crate::connect::Connect;
use crate::error::Failure;
use crate::http_client::Base;

/// The most replicas of one source that are asked.
pub(crate) const MAX_REPLICAS: usize = 100_000;

/// The most bytes of a list of replicas.
const MAX_LIST: u64 = 64 << 20;

/// What the caller names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A service at its address.
    Url(Base),
    /// Every address that its name stands for.
    Dns(Base),
    /// A list of addresses in a file, or on standard input.
    File(PathBuf),
}

/// One address to ask.
#[derive(Debug, Clone)]
pub(crate) struct Replica {
    pub(crate) base: Base,
    /// How it is reached.
    pub(crate) connect: Connect,
    /// What it is called in what is printed.
    pub(crate) address: String,
    /// The source that listed it as one process, by its number.
    pub(crate) fleet: Option<usize>,
    /// What its engine knows of it.
    pub(crate) beside: Beside,
    /// Whether a token for the report may go there.
    pub(crate) takes_token: bool,
}

impl Replica {
    /// What answers at a URL, a process or many.
    pub(crate) fn at(base: Base) -> Self {
        Self {
            address: base.to_string(),
            base,
            connect: Connect::ByName,
            fleet: None,
            beside: Beside::default(),
            takes_token: true,
        }
    }
}

/// What a source of replicas lists.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) replicas: Vec<Replica>,
    /// So many should run.
    pub(crate) wanted: Option<usize>,
    /// What is about to end, and is not asked.
    pub(crate) ending: Vec<String>,
}

/// How a list is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ways<'a> {
    /// The path of the report.
    pub(crate) at: &'a str,
    /// How long asking for the list may take.
    pub(crate) time: Duration,
}

impl Target {
    /// Reads what a caller names.
    ///
    /// # Errors
    ///
    /// If it names no target.
    pub(crate) fn parse(text: &str, ways: Ways<'_>) -> Result<Self, Failure> {
        if let Some(path) = text.strip_prefix('@') {
            if path.is_empty() {
                return Err(Failure::new(
                    "the target @ needs the name of a file, or @- for standard input",
                ));
            }
            return Ok(Self::File(PathBuf::from(path)));
        }
        if let Some(url) = text.strip_prefix("dns+") {
            return base(url, ways.at).map(Self::Dns);
        }
        base(text, ways.at).map(Self::Url)
    }

    /// The addresses that it stands for now, and what is known of all together.
    pub(crate) fn replicas(&self, number: usize, ways: Ways<'_>) -> (Vec<Replica>, Option<Fleet>) {
        let listing = match self {
            Self::Url(base) => return (vec![Replica::at(base.clone())], None),
            Self::Dns(base) => dns::list(base, ways),
            Self::File(path) => file::list(path, ways),
        };
        let mut fleet = Fleet::new(self.to_string());
        let mut unavailable = |why: String| {
            fleet.unavailable = Some(why);
            (Vec::new(), Some(fleet.clone()))
        };
        match listing {
            Err(failure) => unavailable(failure.to_string()),
            Ok(Listing { replicas, .. }) if replicas.len() > MAX_REPLICAS => unavailable(format!(
                "it lists {} replicas, and {MAX_REPLICAS} at most are asked; help: split it",
                replicas.len()
            )),
            Ok(Listing { replicas, ending, .. }) if replicas.is_empty() && ending.is_empty() => {
                unavailable("the list is empty".to_owned())
            }
            Ok(Listing { mut replicas, wanted, ending }) => {
                for replica in &mut replicas {
                    replica.fleet = Some(number);
                }
                fleet.wanted = wanted;
                fleet.ending = ending;
                (replicas, Some(fleet))
            }
        }
    }

    /// Whether it stands for replicas that are listed.
    pub(crate) fn is_source(&self) -> bool {
        !matches!(self, Self::Url(_))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(base) => base.fmt(f),
            Self::Dns(base) => write!(f, "dns+{base}"),
            Self::File(path) => write!(f, "@{}", path.display()),
        }
    }
}

/// A service by its URL. The address of the report itself works as well.
fn base(url: &str, at: &str) -> Result<Base, Failure> {
    let at = at.trim_end_matches('/');
    let short = url.trim_end_matches('/').strip_suffix(at).filter(|_| !at.is_empty());
    Base::parse(short.unwrap_or(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_lists_so_many_replicas_and_no_more() {
        let directory = tempfile::tempdir().unwrap();
        let list = |length: usize| {
            let path = directory.path().join("list");
            let lines: Vec<String> = (0..length).map(|at| format!("a{at}:80")).collect();
            std::fs::write(&path, lines.join("\n")).unwrap();
            let ways = Ways { at: "/__build", time: Duration::from_secs(1) };
            Target::File(path).replicas(3, ways)
        };
        let (replicas, fleet) = list(2);
        assert!(replicas.iter().all(|one| one.fleet == Some(3)) && replicas.len() == 2);
        assert_eq!(fleet.unwrap().unavailable, None);
        let (replicas, fleet) = list(MAX_REPLICAS + 1);
        assert!(replicas.is_empty());
        let why = fleet.unwrap().unavailable.unwrap();
        assert!(why.contains("100000 at most are asked"), "{why}");
    }
}
