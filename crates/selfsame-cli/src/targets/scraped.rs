//! `--as-scraped`: what Prometheus has scraped of a job's processes, in one query for all of them.

use std::collections::BTreeMap;

use form_urlencoded::Serializer;
use selfsame_core::findings::Beside;
use selfsame_core::report::Report;
use serde::Deserialize;
use serde_json::json;

use super::{Listing, Replica, Ways};
use crate::base::Base;
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::http_client::Client;

/// The label by which parts of the query are told apart.
const PART: &str = "selfsame_part";

#[derive(Debug, Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    #[serde(default)]
    result: Vec<Sample>,
}

#[derive(Debug, Deserialize)]
struct Sample {
    metric: BTreeMap<String, String>,
    value: (f64, String),
}

/// What is known of one target.
#[derive(Debug, Default)]
struct Scraped {
    /// Whether the last scrape went well.
    up: Option<bool>,
    build: Option<BTreeMap<String, String>>,
    age: f64,
    content: Option<String>,
    started: Option<f64>,
    intact: Option<bool>,
    /// What the process finds in itself that is drift, by code.
    drift: Vec<String>,
    /// Whether the samples are of several processes.
    several: bool,
}

/// The query. A metric's own time is not in an answer, so that its age is computed there.
fn query(job: &str) -> String {
    let job = job.replace('\\', "\\\\").replace('"', "\\\"");
    let part = |name: &str, query: &str| {
        format!("label_replace({query}, \"{PART}\", \"{name}\", \"\", \"\")")
    };
    let of = |metric: &str| format!("{metric}{{job=\"{job}\"}}");
    [
        part("up", &of("up")),
        part("build", &format!("time() - timestamp({})", of("selfsame_build_info"))),
        part("content", &of("selfsame_content_info")),
        part("started", &of("selfsame_start_time_seconds")),
        part("intact", &of("selfsame_intact")),
        part("drift", &format!("selfsame_findings{{job=\"{job}\", verdict=\"drift\"}} > 0")),
    ]
    .join(" or ")
}

/// The targets of a job, each with what was scraped of it.
pub(super) fn list(server: &Base, job: &str, ways: Ways<'_>) -> Result<Listing, Failure> {
    let query = Serializer::new(String::new()).append_pair("query", &query(job)).finish();
    let url = server.join(&format!("/api/v1/query?{query}"))?;
    let shown = server.join("/api/v1/query")?;
    let client = Client::new(ways.time);
    let bytes = client.list(&url, &Credentials::default(), super::MAX_LIST)?;
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(format!("{shown} answers what Prometheus does not: {error}"))
    })?;
    let targets = by_instance(answer.data.result);
    if targets.is_empty() {
        return Err(Failure::new(format!("{shown} knows nothing of the job `{job}`")));
    }
    let mut replicas = Vec::new();
    for (instance, target) in targets {
        let mut beside = Beside::default();
        beside.name = Some(instance.clone());
        // The age of what is no number is beyond any limit.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is bounded"
        )]
        let age =
            if target.age.is_finite() { target.age.clamp(0.0, 1e12) as u64 } else { u64::MAX };
        let report = target.report(&instance);
        beside.scraped = report.is_ok().then_some(age);
        replicas.push(Replica {
            address: format!("{server}#{instance}"),
            beside,
            scraped: Some(report.map(Box::new)),
            takes_token: false,
            ..Replica::at(server.clone())
        });
    }
    Ok(Listing { replicas, ..Listing::default() })
}

/// What is known of each instance. Two samples of one part are of two processes that share the
/// label, so that neither can be judged.
fn by_instance(samples: Vec<Sample>) -> BTreeMap<String, Scraped> {
    let mut targets: BTreeMap<String, Scraped> = BTreeMap::new();
    for Sample { metric, value } in samples {
        let Some(instance) = metric.get("instance").cloned() else { continue };
        let number = value.1.parse::<f64>().unwrap_or(f64::NAN);
        let target = targets.entry(instance).or_default();
        // Exactly one and zero mean something.
        let is_one = (number - 1.0).abs() < f64::EPSILON;
        let is_second = match metric.get(PART).map(String::as_str) {
            Some("up") => target.up.replace(is_one).is_some(),
            Some("build") => {
                target.age = number;
                target.build.replace(metric).is_some()
            }
            Some("content") => match metric.get("content").cloned() {
                Some(content) => target.content.replace(content).is_some(),
                None => false,
            },
            Some("started") => target.started.replace(number).is_some(),
            Some("intact") => target.intact.replace(is_one).is_some(),
            Some("drift") => {
                target.drift.extend(metric.get("code").cloned());
                false
            }
            _ => false,
        };
        target.several |= is_second;
    }
    targets
}

impl Scraped {
    /// It as the report that the process would have given.
    fn report(&self, instance: &str) -> Result<Report, String> {
        if self.several {
            return Err("several processes share this `instance`: check without --as-scraped, or \
                        give each target a label `instance` of its own"
                .to_owned());
        }
        if self.up == Some(false) {
            return Err("the last scrape failed: is the process up?".to_owned());
        }
        let Some(build) = &self.build else {
            return Err("there are no metrics of selfsame: is /__build/metrics scraped?".to_owned());
        };
        let why = "the metrics lack it";
        let mut report = json!({ "instance": instance, "level": "summary", "unknown": {} });
        for label in ["name", "version", "commit", "tree", "origin", "fingerprint"] {
            if let Some(value) = build.get(label) {
                report[label] = json!(value);
            } else if matches!(label, "commit" | "tree") {
                report["unknown"][label] = json!(why);
            }
        }
        match &self.content {
            Some(content) => report["content"] = json!(content),
            None => report["unknown"]["content"] = json!(why),
        }
        // What the process itself finds wrong is no less wrong for being a number here.
        match self.intact {
            _ if !self.drift.is_empty() => report["intact"] = json!(false),
            Some(intact) => report["intact"] = json!(intact),
            None => report["unknown"]["intact"] = json!(why),
        }
        let started = self.started.filter(|started| (0.0..4e9).contains(started));
        let started = started.map_or_else(
            || "unknown".to_owned(),
            |started| {
                let since = std::time::Duration::from_secs_f64(started);
                humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + since).to_string()
            },
        );
        report["started_at"] = json!(started);
        Report::parse(report.to_string().as_bytes())
            .map_err(|error| format!("the metrics are not those of a report: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_cannot_leave_its_string() {
        let query = query("a\"} or up{job=\"b\\");
        assert!(query.contains(r#"up{job="a\"} or up{job=\"b\\"}"#), "{query}");
    }

    #[test]
    fn processes_that_share_an_instance_are_no_report() {
        let sample = |part: &str, pod: &str| Sample {
            metric: [("instance", "api"), (PART, part), ("content", pod), ("pod", pod)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            value: (0.0, "1".to_owned()),
        };
        for part in ["up", "build", "content", "started", "intact"] {
            let targets = by_instance(vec![sample(part, "a"), sample(part, "b")]);
            let error = targets["api"].report("api").unwrap_err();
            assert!(error.contains("several processes share"), "{part}: {error}");
        }
        let targets = by_instance(vec![sample("up", "a"), sample("build", "a")]);
        assert!(!targets["api"].several);
    }

    #[test]
    fn what_was_not_scraped_is_no_report() {
        let down = Scraped { up: Some(false), ..Scraped::default() };
        assert!(down.report("a").unwrap_err().contains("last scrape failed"));
        let without = Scraped { up: Some(true), ..Scraped::default() };
        assert!(without.report("a").unwrap_err().contains("no metrics"));
    }
}
