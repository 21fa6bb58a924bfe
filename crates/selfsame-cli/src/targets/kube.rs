//! `kube://[CONTEXT/]NAMESPACE/KIND/NAME:PORT`: the pods of a workload, through the user's own
//! `kubectl`. Unless they are asked directly, one `kubectl proxy` on a socket of ours leads to them.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use selfsame_core::child::{self, Child};
use selfsame_core::environment::Environment;
use selfsame_core::findings::Beside;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::{Listing, Replica, Ways, program};
use crate::base::Base;
use crate::connect::Connect;
use crate::error::Failure;

/// A workload, as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workload {
    pub(super) context: Option<String>,
    pub(super) namespace: String,
    pub(super) kind: String,
    /// Its name, port and path, as of a URL.
    pub(super) base: Base,
}

/// A `kubectl proxy` that runs as long as somebody needs it.
#[derive(Debug)]
pub(crate) struct Proxy {
    _child: Child,
    directory: TempDir,
}

#[derive(Debug, Deserialize)]
struct Pods {
    items: Vec<Pod>,
}

#[derive(Debug, Deserialize)]
struct Pod {
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    deletion_timestamp: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    phase: Option<String>,
    #[serde(rename = "podIP")]
    ip: Option<IpAddr>,
    #[serde(default)]
    container_statuses: Vec<Container>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(rename = "imageID", default)]
    image: String,
    #[serde(default)]
    restart_count: u64,
}

impl Workload {
    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let mut arguments = Vec::new();
        if let Some(context) = &self.context {
            arguments.extend(["--context", context]);
        }
        arguments.extend(["--namespace", &self.namespace]);
        arguments.extend(more);
        arguments
    }
}

/// The pods of a workload.
pub(super) fn list(workload: &Workload, ways: Ways<'_>) -> Result<Listing, Failure> {
    let named = format!("{}/{}", workload.kind, workload.base.host());
    let get = workload.arguments(&["get", &named, "--output", "json"]);
    let object: Value = program::json("kubectl", &get, ways.program_time)?;
    let selector = selector(&object).ok_or_else(|| {
        Failure::new(format!(
            "{named} selects no pods by labels; help: name a deployment, a \
                              statefulset, a daemonset, a replicaset or a service"
        ))
    })?;
    let get = workload.arguments(&["get", "pods", "--selector", &selector, "--output", "json"]);
    let pods: Pods = program::json("kubectl", &get, ways.program_time)?;
    let mut listing = Listing { wanted: wanted(&object), ..Listing::default() };
    let mut running = Vec::new();
    for pod in pods.items {
        if pod.metadata.deletion_timestamp.is_some() {
            listing.ending.push(pod.metadata.name);
        } else if !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) {
            running.push(pod);
        }
    }
    let proxy = if ways.direct || running.is_empty() {
        None
    } else {
        Some(Proxy::start(workload, ways.program_time)?)
    };
    for pod in &running {
        listing.replicas.extend(replica(workload, pod, proxy.as_ref())?);
    }
    // Of a service nobody says how many there should be; each pod that it selects has to answer.
    let wanted = listing.wanted.unwrap_or(0).max(running.len());
    listing.wanted = Some(wanted);
    listing.keep = proxy;
    Ok(listing)
}

fn replica(
    workload: &Workload,
    pod: &Pod,
    proxy: Option<&Proxy>,
) -> Result<Option<Replica>, Failure> {
    let name = &pod.metadata.name;
    let mut beside = Beside::default();
    beside.name = Some(name.clone());
    beside.image = pod.status.container_statuses.first().map(|one| one.image.clone());
    let restarts = pod.status.container_statuses.iter().map(|one| one.restart_count);
    beside.restarts = restarts.max();
    let base = &workload.base;
    Ok(match (proxy, pod.status.ip) {
        #[cfg(unix)]
        (Some(proxy), _) => {
            let (namespace, port) = (&workload.namespace, base.port());
            let path = format!("/api/v1/namespaces/{namespace}/pods/http:{name}:{port}/proxy");
            Some(Replica {
                address: format!("kube://{namespace}/pod/{name}:{port}"),
                connect: Connect::Socket(proxy.directory.path().join("socket")),
                beside,
                // The API server would take it for a credential of its own.
                takes_token: false,
                ..Replica::at(Base::parse(&format!("http://localhost{path}{}", base.path()))?)
            })
        }
        #[cfg(not(unix))]
        (Some(_), _) => None,
        (None, Some(ip)) => {
            let address = SocketAddr::new(ip, base.port());
            Some(Replica {
                address: base.shown_at(address),
                connect: Connect::At(address),
                beside,
                ..Replica::at(base.clone())
            })
        }
        // A pod without an address is wanted and missing.
        (None, None) => None,
    })
}

/// The labels by which a workload selects its pods.
fn selector(object: &Value) -> Option<String> {
    let selector = &object["spec"]["selector"];
    let labels = selector.get("matchLabels").unwrap_or(selector).as_object()?;
    let labels: BTreeMap<&String, &str> =
        labels.iter().filter_map(|(name, value)| Some((name, value.as_str()?))).collect();
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!pairs.is_empty()).then(|| pairs.join(","))
}

/// How many pods should run.
fn wanted(object: &Value) -> Option<usize> {
    let number = object["spec"]["replicas"]
        .as_u64()
        .or_else(|| object["status"]["desiredNumberScheduled"].as_u64())?;
    usize::try_from(number).ok()
}

impl Proxy {
    /// Starts it, and waits until it serves.
    fn start(workload: &Workload, time: Duration) -> Result<Self, Failure> {
        let directory = TempDir::with_prefix("selfsame-")
            .map_err(|error| Failure::new(format!("cannot make a temporary directory: {error}")))?;
        let socket = directory.path().join("socket");
        let socket = format!("--unix-socket={}", socket.display());
        let arguments = workload.arguments(&["proxy", &socket]);
        let words = format!("kubectl {}", arguments.join(" "));
        let path = child::find("kubectl", &Environment::of_process())
            .ok_or_else(|| Failure::new("there is no `kubectl` program on PATH"))?;
        let fail = |why: String| Failure::new(format!("`{words}` does not serve: {why}"));
        let mut child = Child::start(&words, Command::new(path).args(&arguments), time)
            .map_err(|error| fail(error.to_string()))?;
        child.close_input();
        // It prints a line as soon as it listens.
        match child.read().map_err(|error| fail(error.to_string()))? {
            Some(_) => Ok(Self { _child: child, directory }),
            None => Err(fail("it ended at once".to_owned())),
        }
    }
}
