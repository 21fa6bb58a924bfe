//! A report in a file or on standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use crate::http_client::MAX_REPORT;
use selfsame_core::findings::Place;
use selfsame_core::report::Report;
use selfsame_core::stamp::Stamp;

use super::ask::Asker;
use super::served;
use crate::error::Failure;

/// What was read.
pub(crate) enum Captured {
    Report(Box<Report>),
    /// The report of a start, in a log.
    Start(Box<Report>),
    /// The stamp of files.
    Stamp(Box<Stamp>),
}

/// Reads the report in a file.
pub(crate) fn read(path: &Path, timeout: Duration) -> Result<Captured, Failure> {
    let bytes = bytes(path, timeout)?;
    let origin = shown(path);
    match Report::parse(&bytes) {
        Ok(report) => Ok(Captured::Report(Box::new(report))),
        Err(_) if is_verify(&bytes) => Err(Failure::new(format!(
            "{origin} is of level verify, which has no facts; help: fetch it with a token"
        ))),
        Err(error) => match (served::stamp(&bytes), of_start(&bytes)) {
            (Some(stamp), _) => Ok(Captured::Stamp(Box::new(stamp))),
            (None, Some(report)) => Ok(Captured::Start(Box::new(report))),
            (None, None) => Err(Failure::new(format!("{origin} is {error}; help: fetch it again"))),
        },
    }
}

impl Asker<'_> {
    pub(super) fn captured_place(&self, captured: Captured) -> Result<Place, Failure> {
        // What a process found in itself later is in no report of its start.
        let (report, served, is_start) = match captured {
            Captured::Report(report) => (*report, None, false),
            Captured::Start(report) => (*report, None, true),
            Captured::Stamp(stamp) => (served::report(&stamp), Some(served::not_fetched()), false),
        };
        let instance = self.instance(report, is_start)?;
        let mut place = Place::new(None);
        place.instances.push(instance);
        place.served = served;
        place.list = self.route_list(None, &place)?;
        Ok(place)
    }
}

/// The report in the last event of a start that a log has. It stands there as a string, in the notation
/// of JSON, whatever the format of the log.
fn of_start(log: &[u8]) -> Option<Report> {
    let log = String::from_utf8_lossy(log);
    log.lines().rev().find_map(|line| {
        line.match_indices("\"{\\\"").find_map(|(at, _)| {
            let mut strings = serde_json::Deserializer::from_str(&line[at..]).into_iter::<String>();
            Report::parse(strings.next()?.ok()?.as_bytes()).ok()
        })
    })
}

/// Whether it is what a process answers at the level that has no facts.
pub(super) fn is_verify(bytes: &[u8]) -> bool {
    serde_json::from_slice(bytes)
        .is_ok_and(|value: serde_json::Value| value == serde_json::json!({ "level": "verify" }))
}

/// A captured report, as it is called in messages.
pub(super) fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        format!("`{}`", path.display())
    }
}

fn bytes(path: &Path, timeout: Duration) -> Result<Vec<u8>, Failure> {
    let fail = |error: &dyn std::fmt::Display| {
        Failure::new(format!("cannot read the report, {}: {error}", shown(path)))
    };
    if path == Path::new("-") {
        return read_limited(std::io::stdin().lock()).map_err(|error| fail(&error));
    }
    if path.metadata().map_err(|error| fail(&error))?.is_file() {
        return File::open(path).and_then(read_limited).map_err(|error| fail(&error));
    }
    // A pipe, as of `--report <(ssh …)`: nobody may ever write to it.
    let (send, receive) = mpsc::channel();
    let pipe = path.to_owned();
    std::thread::spawn(move || send.send(File::open(pipe).and_then(read_limited)));
    receive
        .recv_timeout(timeout)
        .map_err(|_| {
            fail(&format_args!(
                "nothing was written to it within {} (--timeout)",
                humantime::format_duration(timeout)
            ))
        })?
        .map_err(|error| fail(&error))
}

/// Reads one byte more than a report may have, so that a longer one shows.
fn read_limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_REPORT + 1).read_to_end(&mut bytes).map(|_| bytes)
}
