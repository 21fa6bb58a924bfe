//! What is asked: a URL, or a source of replicas that lists the addresses of many.

mod dns;
mod docker;
mod file;
mod kube;
mod program;
mod prometheus;
mod scraped;

use std::path::PathBuf;
use std::time::Duration;

use selfsame_core::findings::{Beside, Fleet};
use selfsame_core::report::Report;

use self::kube::{Proxy, Workload};
use crate::base::Base;
use crate::connect::Connect;
use crate::error::Failure;

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
    /// The containers of a service of Compose: the project, and the service with its port.
    Compose(String, Base),
    /// The tasks of a service of Swarm on this node.
    Swarm(Base),
    /// The pods of a workload of Kubernetes.
    Kube(Workload),
    /// The targets of a job of a Prometheus.
    Prometheus(Base, String),
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
    /// What was scraped of it, or why nothing was: then it is not asked.
    pub(crate) scraped: Option<Result<Box<Report>, String>>,
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
            scraped: None,
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
    /// What leads to the replicas, as long as they are asked.
    pub(crate) keep: Option<Proxy>,
}

/// The addresses that a target stands for.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) replicas: Vec<Replica>,
    /// What is known of all together, where they were listed.
    pub(crate) fleet: Option<Fleet>,
    /// What leads to the replicas: it ends when it is dropped.
    pub(crate) keep: Option<Proxy>,
}

/// How a list is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ways<'a> {
    /// The path of the report.
    pub(crate) at: &'a str,
    /// How long a request for the list may take.
    pub(crate) time: Duration,
    /// Whether what Prometheus scraped stands for the processes.
    pub(crate) as_scraped: bool,
    /// Whether pods are asked at their own addresses.
    pub(crate) direct: bool,
    /// How long a run of an engine's client may take.
    pub(crate) program_time: Duration,
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
        let refuse = |form: &str| {
            Err(Failure::new(format!("the target {text:?} is not of the form {form}")))
        };
        if let Some(rest) = text.strip_prefix("compose://") {
            return match rest.split_once('/') {
                Some((project, service)) if is_plain(project) && has_port(service) => {
                    let base = base(&format!("http://{service}"), ways.at)?;
                    Ok(Self::Compose(project.to_owned(), base))
                }
                _ => refuse("compose://PROJECT/SERVICE:PORT"),
            };
        }
        if let Some(rest) = text.strip_prefix("kube://") {
            let parts: Vec<&str> = rest.split('/').collect();
            let (context, parts) = match parts[..] {
                [namespace, kind, name] => (None, [namespace, kind, name]),
                [context, namespace, kind, name] => (Some(context), [namespace, kind, name]),
                _ => return refuse("kube://[CONTEXT/]NAMESPACE/KIND/NAME:PORT"),
            };
            let [namespace, kind, name] = parts;
            let are_plain = [namespace, kind].into_iter().chain(context).all(is_plain);
            if !are_plain || !has_port(name) {
                return refuse("kube://[CONTEXT/]NAMESPACE/KIND/NAME:PORT");
            }
            return Ok(Self::Kube(Workload {
                context: context.map(str::to_owned),
                namespace: namespace.to_owned(),
                kind: kind.to_owned(),
                base: base(&format!("http://{name}"), ways.at)?,
            }));
        }
        if let Some(rest) = text.strip_prefix("docker://") {
            if !has_port(rest) {
                return refuse("docker://SERVICE:PORT");
            }
            return base(&format!("http://{rest}"), ways.at).map(Self::Swarm);
        }
        if let Some(url) = text.strip_prefix("prometheus+") {
            return match url.split_once("?job=") {
                Some((url, job)) if !job.is_empty() && !job.contains('&') => {
                    let job = form_urlencoded::parse(format!("job={job}").as_bytes())
                        .map(|(_, value)| value.into_owned())
                        .next()
                        .unwrap_or_default();
                    Ok(Self::Prometheus(Base::parse(url)?, job))
                }
                _ => refuse("prometheus+http://HOST:PORT/?job=JOB"),
            };
        }
        base(text, ways.at).map(Self::Url)
    }

    /// The addresses that it stands for now, and what is known of all together.
    pub(crate) fn replicas(&self, number: usize, ways: Ways<'_>) -> Resolved {
        let listing = match self {
            Self::Url(base) => {
                let replicas = vec![Replica::at(base.clone())];
                return Resolved { replicas, ..Resolved::default() };
            }
            Self::Dns(base) => dns::list(base, ways),
            Self::Compose(project, base) => docker::compose(project, base, ways),
            Self::Swarm(base) => docker::swarm(base, ways),
            Self::Kube(workload) => kube::list(workload, ways),
            Self::Prometheus(server, job) if ways.as_scraped => scraped::list(server, job, ways),
            Self::Prometheus(server, job) => prometheus::list(server, job, ways),
            Self::File(path) => file::list(path, ways),
        };
        let mut fleet = Fleet::new(self.to_string());
        let mut unavailable = |why: String| {
            fleet.unavailable = Some(why);
            Resolved { fleet: Some(fleet.clone()), ..Resolved::default() }
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
            Ok(Listing { mut replicas, wanted, ending, keep }) => {
                for replica in &mut replicas {
                    replica.fleet = Some(number);
                }
                fleet.wanted = wanted;
                fleet.ending = ending;
                Resolved { replicas, fleet: Some(fleet), keep }
            }
        }
    }

    /// Whether its replicas are containers.
    pub(crate) fn is_of_containers(&self) -> bool {
        matches!(self, Self::Compose(..) | Self::Swarm(_) | Self::Kube(_))
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
            Self::Compose(project, base) => write!(f, "compose://{project}/{}", base.named()),
            Self::Swarm(base) => write!(f, "docker://{}", base.named()),
            Self::Kube(Workload { context, namespace, kind, base }) => {
                let context = context.as_ref().map_or(String::new(), |name| format!("{name}/"));
                write!(f, "kube://{context}{namespace}/{kind}/{}", base.named())
            }
            Self::Prometheus(server, job) => write!(f, "prometheus+{server}/?job={job}"),
            Self::File(path) => write!(f, "@{}", path.display()),
        }
    }
}

/// A name that no client takes for an option.
fn is_plain(name: &str) -> bool {
    let is_ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && !name.starts_with('-') && name.chars().all(is_ours)
}

/// Whether a service is named with its port.
fn has_port(service: &str) -> bool {
    let authority = service.split('/').next().unwrap_or_default();
    authority
        .split_once(':')
        .is_some_and(|(name, port)| is_plain(name) && port.parse::<u16>().is_ok())
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
            let ways = Ways { at: "/__build", ..Ways::default() };
            Target::File(path).replicas(3, ways)
        };
        let Resolved { replicas, fleet, .. } = list(2);
        assert!(replicas.iter().all(|one| one.fleet == Some(3)) && replicas.len() == 2);
        assert_eq!(fleet.unwrap().unavailable, None);
        let Resolved { replicas, fleet, .. } = list(MAX_REPLICAS + 1);
        assert!(replicas.is_empty());
        let why = fleet.unwrap().unavailable.unwrap();
        assert!(why.contains("100000 at most are asked"), "{why}");
    }
}
