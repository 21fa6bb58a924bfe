//! `compose://PROJECT/SERVICE:PORT` and `docker://SERVICE:PORT`: the containers of this machine's
//! Docker daemon, by the labels of Compose and of Swarm.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use selfsame_core::findings::Beside;
use serde::Deserialize;

use super::{Listing, Replica, Ways, program};
use crate::base::Base;
use crate::connect::Connect;
use crate::error::Failure;

const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
const ONE_OFF: &str = "com.docker.compose.oneoff";
const HASH: &str = "com.docker.compose.config-hash";
const FILES: &str = "com.docker.compose.project.config_files";
const DIRECTORY: &str = "com.docker.compose.project.working_dir";
const SWARM: &str = "com.docker.swarm.service.name";

/// The network by which a node reaches the tasks of its overlay networks.
const GATEWAY: &str = "docker_gwbridge";

/// A container, as `docker inspect` prints it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    id: String,
    name: String,
    image: String,
    #[serde(default)]
    restart_count: u64,
    state: State,
    config: Config,
    network_settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    running: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    image: String,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    networks: Option<BTreeMap<String, Endpoint>>,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    #[serde(rename = "IPAddress", default)]
    address: String,
}

/// A network, as `docker network inspect` prints it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Network {
    #[serde(default)]
    containers: BTreeMap<String, Member>,
}

#[derive(Debug, Deserialize)]
struct Member {
    #[serde(rename = "IPv4Address", default)]
    address: String,
}

impl Container {
    fn label(&self, name: &str) -> Option<&str> {
        self.config.labels.as_ref()?.get(name).map(String::as_str)
    }

    /// Its name, which docker prints with a slash before it.
    fn shown(&self) -> &str {
        self.name.trim_start_matches('/')
    }

    /// Its address in one of its networks.
    fn ip(&self) -> Option<IpAddr> {
        let networks = self.network_settings.networks.as_ref()?;
        networks.values().find_map(|endpoint| endpoint.address.parse().ok())
    }
}

/// The containers of a service of Compose.
pub(super) fn compose(project: &str, base: &Base, ways: Ways<'_>) -> Result<Listing, Failure> {
    let labels = [(PROJECT, project), (SERVICE, base.host())];
    let mut containers = containers(&labels, ways.program_time)?;
    // What was run once by hand is no replica.
    containers.retain(|one| one.label(ONE_OFF).is_none_or(|is| !is.eq_ignore_ascii_case("true")));
    let hash = containers
        .first()
        .and_then(|first| config_hash(project, base.host(), first, ways.program_time));
    let mut listing = listing(&containers, base, &HashMap::new(), ways.program_time);
    for replica in &mut listing.replicas {
        let is_it = |one: &&Container| Some(one.shown()) == replica.beside.name.as_deref();
        let created = containers.iter().find(is_it).and_then(|one| one.label(HASH));
        if let (Some(created), Some(file)) = (created, &hash) {
            replica.beside.config = Some((created.to_owned(), file.clone()));
        }
    }
    // One that ended is one that should run.
    listing.wanted = Some(containers.len());
    Ok(listing)
}

/// The tasks of a service of Swarm on this node.
pub(super) fn swarm(base: &Base, ways: Ways<'_>) -> Result<Listing, Failure> {
    let name = base.host();
    let mut containers = containers(&[(SWARM, name)], ways.program_time)?;
    containers.retain(|one| one.state.running);
    // Only a manager knows how many should run.
    let filters = ["--filter", "desired-state=running", "--filter", "node=self"];
    let ps = [&["service", "ps", "--quiet", "--no-trunc"], &filters[..], &[name]].concat();
    let wanted = program::words("docker", &ps, ways.program_time);
    if containers.is_empty()
        && let Err(failure) = &wanted
    {
        return Err(failure.clone());
    }
    // The addresses in an overlay network are not reached from the node itself.
    let inspect = ["network", "inspect", GATEWAY];
    let networks: Vec<Network> =
        program::json("docker", &inspect, ways.program_time).unwrap_or_default();
    let members = networks.into_iter().flat_map(|network| network.containers);
    let gateway = members
        .filter_map(|(id, member)| Some((id, member.address.split('/').next()?.parse().ok()?)));
    let mut listing = listing(&containers, base, &gateway.collect(), ways.program_time);
    listing.wanted = wanted.ok().map(|tasks| tasks.len());
    Ok(listing)
}

/// The containers with these labels.
fn containers(labels: &[(&str, &str)], time: Duration) -> Result<Vec<Container>, Failure> {
    let filters: Vec<String> =
        labels.iter().map(|(name, value)| format!("label={name}={value}")).collect();
    let mut ps = vec!["ps", "--all", "--quiet", "--no-trunc"];
    for filter in &filters {
        ps.extend(["--filter", filter]);
    }
    let ids = program::words("docker", &ps, time)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut inspect = vec!["inspect", "--type", "container"];
    inspect.extend(ids.iter().map(String::as_str));
    let mut containers: Vec<Container> = program::json("docker", &inspect, time)?;
    containers.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(containers)
}

fn listing(
    containers: &[Container],
    base: &Base,
    gateway: &HashMap<String, IpAddr>,
    time: Duration,
) -> Listing {
    let mut tags: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut replicas = Vec::new();
    for container in containers.iter().filter(|one| one.state.running) {
        let ip = gateway.get(&container.id).copied().or_else(|| container.ip());
        let tag = &*container.config.image;
        let tagged = tags.entry(tag).or_insert_with(|| {
            let inspect = ["image", "inspect", "--format", "{{.Id}}", tag];
            program::words("docker", &inspect, time).ok()?.pop()
        });
        let mut beside = Beside::default();
        beside.name = Some(container.shown().to_owned());
        beside.ip = ip;
        beside.image = Some(container.image.clone());
        beside.tagged = tagged.clone().map(|tagged| (tag.to_owned(), tagged));
        beside.restarts = Some(container.restart_count);
        // Without an address of its own it is one that is wanted and missing.
        let Some(ip) = ip else { continue };
        let address = SocketAddr::new(ip, base.port());
        replicas.push(Replica {
            address: base.shown_at(address),
            connect: Connect::At(address),
            beside,
            ..Replica::at(base.clone())
        });
    }
    Listing { replicas, ..Listing::default() }
}

/// The hash of the configuration that the Compose file states now. `None` if that is unknown: then
/// it is not compared.
fn config_hash(
    project: &str,
    service: &str,
    container: &Container,
    time: Duration,
) -> Option<String> {
    let directory = Path::new(container.label(DIRECTORY)?);
    let mut arguments = vec!["--project-name", project];
    for file in container.label(FILES)?.split(',') {
        arguments.extend(["--file", file]);
    }
    let hash = format!("--hash={service}");
    arguments.extend(["config", &hash]);
    let output = program::output("docker-compose", &arguments, Some(directory), time).ok()?;
    let text = String::from_utf8_lossy(&output);
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(service))?;
    line.split_whitespace().nth(1).map(str::to_owned)
}
