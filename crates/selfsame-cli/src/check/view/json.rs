//! One JSON document: `schema/check.schema.json`.

use selfsame_core::compare::Verdict;
use selfsame_core::findings::Rung;
use serde_json::{Value, json};

use super::super::answer::{Answer, Whole, next_of_all};
use super::Clean;
use crate::output::{Exit, plain_json};

/// The revision of the document's format. Within one, fields and codes are only added.
const FORMAT: u32 = 1;

pub(super) fn text(whole: &Whole, clean: &Clean<'_>) -> String {
    let services: Vec<Value> = whole
        .answers
        .iter()
        .filter_map(|answer| {
            let mut service = json!({
                "service": answer.service.as_ref()?,
                "verdict": answer.outcome.verdict,
                "targets": answer.targets,
                "rungs": rungs(|rung| answer.outcome.of_rung(rung)),
            });
            if let Some(begin) = answer.outcome.begin {
                service["begin"] = json!(begin);
            }
            Some(service)
        })
        .collect();
    let mut document = json!({
        "format": FORMAT,
        "verdict": whole.verdict(),
        "exit": whole.exit() as u8,
        "targets": whole.answers.iter().flat_map(|answer| &answer.targets).collect::<Vec<_>>(),
        "rungs": rungs(|rung| whole.of_rung(rung)),
        "replicas": whole.answers.iter().flat_map(replicas).collect::<Vec<_>>(),
        "findings": whole.answers.iter().flat_map(findings).collect::<Vec<_>>(),
    });
    if let Some(begin) = whole.begin() {
        document["begin"] = json!(begin);
    }
    if let Some(name) = &whole.name {
        document["environment"] = json!(name);
        document["services"] = json!(services);
        document["next"] = json!(next_of_all(&whole.answers));
    }
    if let Some(name) = whole.token {
        document["token"] = json!(name);
    }
    cleaned(&mut document, clean);
    plain_json(&document.to_string()) + "\n"
}

fn rungs(of: impl Fn(Rung) -> Verdict) -> Vec<Value> {
    let rung = |rung| json!({ "rung": rung, "verdict": of(rung) });
    Rung::ALL.into_iter().map(rung).collect()
}

/// Each address that was asked.
fn replicas(answer: &Answer) -> impl Iterator<Item = Value> {
    answer.rows.iter().map(|row| {
        let mut value = json!({ "address": row.address, "verdict": row.verdict });
        if let Some(name) = &row.name {
            value["name"] = json!(name);
        }
        if let Some(found) = &row.found {
            value["found"] = json!(found);
        }
        of_service(value, answer)
    })
}

fn findings(answer: &Answer) -> impl Iterator<Item = Value> {
    answer.outcome.findings.iter().map(|finding| {
        let mut value = json!(finding);
        value["title"] = json!(finding.title());
        value["reference"] = json!(finding.reference());
        if let Some(next) = finding.next() {
            value["next"] = json!(next);
        }
        of_service(value, answer)
    })
}

fn of_service(mut value: Value, answer: &Answer) -> Value {
    if let Some(service) = &answer.service {
        value["service"] = json!(service);
    }
    value
}

/// The document where the command itself failed.
pub(crate) fn of_failure(message: &str, exit: Exit) -> String {
    let document = json!({
        "format": FORMAT,
        "verdict": "unknown",
        "exit": exit as u8,
        "error": message,
        "targets": [],
        "rungs": [],
        "findings": [],
    });
    plain_json(&document.to_string()) + "\n"
}

fn cleaned(value: &mut Value, clean: &Clean<'_>) {
    match value {
        Value::String(text) => *text = clean.text(text),
        Value::Array(values) => values.iter_mut().for_each(|value| cleaned(value, clean)),
        Value::Object(map) => map.values_mut().for_each(|value| cleaned(value, clean)),
        _ => {}
    }
}
