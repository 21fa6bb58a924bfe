//! `prometheus+http://HOST/?job=JOB`: the targets of a Prometheus, each asked by us, or judged by
//! what was scraped of them.

use std::collections::BTreeMap;

use selfsame_core::findings::Beside;
use serde::Deserialize;
use ureq::http::Uri;

use super::{Listing, Replica, Ways, base};
use crate::base::Base;
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::http_client::Client;

#[derive(Debug, Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    #[serde(rename = "activeTargets", default)]
    active: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    #[serde(rename = "scrapeUrl")]
    url: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// The targets of a job, each at its own address.
pub(super) fn list(server: &Base, job: &str, ways: Ways<'_>) -> Result<Listing, Failure> {
    let url = server.join("/api/v1/targets?state=active")?;
    let bytes = fetch(&url, ways)?;
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(format!("{url} answers what Prometheus does not: {error}"))
    })?;
    let of_job = |target: &&Target| target.labels.get("job").is_some_and(|name| name == job);
    let jobs: std::collections::BTreeSet<&String> =
        answer.data.active.iter().filter_map(|target| target.labels.get("job")).collect();
    if !jobs.contains(&job.to_owned()) {
        let jobs: Vec<&str> = jobs.into_iter().map(|job| &**job).take(20).collect();
        return Err(Failure::new(format!(
            "{url} has no target of the job `{job}`; help: it has {}",
            if jobs.is_empty() { "none".to_owned() } else { jobs.join(", ") }
        )));
    }
    let mut replicas = Vec::new();
    for target in answer.data.active.iter().filter(of_job) {
        let uri: Uri = target.url.parse().map_err(|_| {
            Failure::new(format!("{url}: the target {:?} is not a URL", target.url))
        })?;
        let origin = format!(
            "{}://{}",
            uri.scheme_str().unwrap_or("http"),
            uri.authority().map_or("", |authority| authority.as_str())
        );
        let mut beside = Beside::default();
        beside.name = target.labels.get("instance").cloned();
        replicas.push(Replica { beside, ..Replica::at(base(&origin, ways.at)?) });
    }
    Ok(Listing { replicas, ..Listing::default() })
}

fn fetch(url: &Uri, ways: Ways<'_>) -> Result<Vec<u8>, Failure> {
    let client = Client::new(ways.time);
    client.list(url, &Credentials::default(), super::MAX_LIST)
}
