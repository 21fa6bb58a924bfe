//! One JSON document: `schema/check.schema.json`.

use selfsame_core::findings::{Outcome, Rung};
use serde_json::{Value, json};

use super::super::Header;
use super::Clean;
use crate::output::{Exit, plain_json};

/// The revision of the document's format. Within one, fields and codes are only added.
const FORMAT: u32 = 1;

pub(super) fn text(header: &Header, outcome: &Outcome, exit: Exit, clean: &Clean<'_>) -> String {
    let rungs: Vec<Value> = Rung::ALL
        .into_iter()
        .map(|rung| json!({ "rung": rung, "verdict": outcome.of_rung(rung) }))
        .collect();
    let findings: Vec<Value> = outcome
        .findings
        .iter()
        .map(|finding| {
            let mut value = json!(finding);
            value["title"] = json!(finding.title());
            value["reference"] = json!(finding.reference());
            if let Some(next) = finding.next() {
                value["next"] = json!(next);
            }
            value
        })
        .collect();
    let mut document = json!({
        "format": FORMAT,
        "verdict": outcome.verdict,
        "exit": exit as u8,
        "targets": header.targets,
        "rungs": rungs,
        "findings": findings,
    });
    if let Some(begin) = outcome.begin {
        document["begin"] = json!(begin);
    }
    if let Some(name) = header.token {
        document["token"] = json!(name);
    }
    cleaned(&mut document, clean);
    plain_json(&document.to_string()) + "\n"
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
