//! Many addresses in few lines: what was found at each, and equal findings together. Nothing here
//! does I/O.

use std::collections::HashMap;
use std::fmt::Write as _;

use selfsame_core::compare::Verdict;
use selfsame_core::findings::{Claim, Code, Finding, Gathered, Identity, Outcome, Side};

/// What was found at one address.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) address: String,
    /// What its engine calls it.
    pub(super) name: Option<String>,
    pub(super) verdict: Verdict,
    /// What runs there, if it answered.
    pub(super) found: Option<Identity>,
}

/// A row for each address that was asked.
pub(super) fn rows(gathered: &Gathered, outcome: &Outcome) -> Vec<Row> {
    let mut verdicts: HashMap<&str, Verdict> = HashMap::new();
    for finding in &outcome.findings {
        if let Some(address) = &finding.address {
            let verdict = verdicts.entry(address).or_insert(Verdict::Skipped);
            if rank(finding.verdict) < rank(*verdict) {
                *verdict = finding.verdict;
            }
        }
    }
    let places = gathered.places.iter();
    places
        .filter_map(|place| {
            let address = place.address.clone()?;
            let live = place.instances.iter().find(|one| !one.stored).or(place.instances.first());
            Some(Row {
                verdict: verdicts.get(&*address).copied().unwrap_or(Verdict::Skipped),
                address,
                name: place.beside.name.clone(),
                found: live.map(|one| Claim::from(&one.report).identity()),
            })
        })
        .collect()
}

/// The worst first.
pub(super) fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Drift => 0,
        Verdict::Unknown => 1,
        Verdict::Same => 2,
        Verdict::Skipped => 3,
    }
}

/// A finding, with all addresses where it was found.
#[derive(Debug, Clone)]
pub(super) struct Merged<'a> {
    pub(super) finding: &'a Finding,
    pub(super) addresses: Vec<&'a str>,
    /// When the first and the last of the processes started.
    pub(super) started: Option<(&'a str, &'a str)>,
}

impl<'a> Merged<'a> {
    /// A finding that stands for itself.
    pub(super) fn alone(finding: &'a Finding) -> Self {
        let started = started(finding).map(|at| (at, at));
        Self { finding, addresses: finding.address.as_deref().into_iter().collect(), started }
    }

    /// Whether it stands for several addresses.
    pub(super) fn is_several(&self) -> bool {
        self.addresses.len() > 1
    }

    /// The finding without what is of one of its processes alone.
    pub(super) fn common(&self) -> Finding {
        if self.is_several() { without_process(self.finding) } else { self.finding.clone() }
    }
}

/// Puts findings together that differ by their address and process alone, in the order in which the
/// first of each was found.
pub(super) fn merged(findings: &[Finding]) -> Vec<Merged<'_>> {
    let mut merged: Vec<Merged<'_>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        let alone = Merged::alone(finding);
        if finding.address.is_none() {
            merged.push(alone);
            continue;
        }
        let key = key(finding);
        match known.get(&key) {
            None => {
                known.insert(key, merged.len());
                merged.push(alone);
            }
            Some(place) => {
                let group = &mut merged[*place];
                group.addresses.extend(alone.addresses);
                group.started = match (group.started, alone.started) {
                    (Some((first, last)), Some((at, _))) => Some((first.min(at), last.max(at))),
                    (known, other) => known.or(other),
                };
            }
        }
    }
    merged
}

fn started(finding: &Finding) -> Option<&str> {
    match &finding.found {
        Some(Side::Identity(identity)) => identity.started_at.as_deref(),
        _ => None,
    }
}

fn without_process(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    if let Some(Side::Identity(identity)) = &mut finding.found {
        identity.instance = None;
        identity.started_at = None;
    }
    finding.address = None;
    finding
}

/// What two findings have in common that are put together.
fn key(finding: &Finding) -> String {
    let mut alike = without_process(finding);
    alike.evidence.via = None;
    if let (Some(reason), Some(address)) = (&mut alike.evidence.reason, &finding.address) {
        *reason = without_nonce(&reason.replace(&**address, ""));
    }
    if matches!(finding.code, Code::AsScraped | Code::ScrapeTooOld) {
        alike.evidence.name = None;
    }
    format!("{alike:?}")
}

/// The text without the digits that a question past a cache was asked with.
fn without_nonce(text: &str) -> String {
    let mut parts = text.split("nonce=");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str("nonce=");
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    kept
}

/// So many are what source says, in words.
pub(super) fn so_many(rows: &[Row]) -> String {
    let same = rows.iter().filter(|row| row.verdict == Verdict::Same).count();
    format!("{} of {} are what source says", grouped(same), grouped(rows.len()))
}

/// How far a rollout is: what is new, what is old, and what does not answer.
pub(super) fn so_far(rows: &[Row], wanted: usize) -> String {
    let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let new = count(&|row| row.verdict == Verdict::Same);
    let total = rows.len().max(wanted);
    let mut text = format!("{} of {} new", grouped(new), grouped(total));
    for (number, what) in [
        (count(&|row| row.verdict == Verdict::Drift), "old"),
        (count(&|row| row.found.is_some() && row.verdict == Verdict::Unknown), "unknown"),
        (total - rows.len(), "missing"),
    ] {
        if number > 0 {
            let _ = write!(text, ", {} {what}", grouped(number));
        }
    }
    match count(&|row| row.found.is_none()) {
        0 => {}
        1 => text.push_str(", 1 does not answer"),
        several => {
            let _ = write!(text, ", {} do not answer", grouped(several));
        }
    }
    text
}

/// A number as people read it: 1,000.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345, "12,345"),
            (1_000_000, "1,000,000"),
        ];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn what_a_question_was_asked_with_tells_no_replicas_apart() {
        let reason = "/__build?nonce=0123abcd refuses the connection";
        assert_eq!(without_nonce(reason), "/__build?nonce= refuses the connection");
        assert_eq!(without_nonce("nothing"), "nothing");
    }
}
