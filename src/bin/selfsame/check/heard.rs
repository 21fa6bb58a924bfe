//! What an address answers: as everybody gets it, and what a process behind a cache answers.

use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use selfsame::compare::Verdict;
use selfsame::report::{MAX_REPORT, Report};
use selfsame::stamp::Stamp;
use ureq::http::{StatusCode, Uri};

use super::{Checker, Place, files};
use crate::client::Base;
use crate::failure::Failure;
use crate::ladder::Step;
use crate::way::Way;

/// So often an address is asked again, where two processes seem to answer: half of the times as
/// everybody asks, half of the times past a cache.
const AGAIN: usize = 6;

/// What answers at an address.
pub(super) struct Heard {
    /// What everybody gets.
    pub(super) report: Report,
    /// The stamp, where files answer instead of a process: then the report is only what it says.
    pub(super) files: Option<Stamp>,
    /// The way on which it came.
    pub(super) way: Way,
    /// What answers past a cache, if there is one.
    pub(super) behind: Behind,
}

/// What answers under an address that no cache has seen.
#[derive(Default)]
pub(super) enum Behind {
    /// The same process.
    #[default]
    TheSame,
    /// Another one.
    Another(Box<Report>, Kind),
    /// It could not be told, and why.
    NotTold(String),
    /// What answers does not hear what it is asked, so that it is not the process, and why.
    Deaf(String),
}

/// Why two processes answer at one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What everybody gets is a stored answer.
    Stored,
    /// Several processes share the address.
    Several,
}

impl Checker<'_> {
    /// Asks as everybody does, and under an address that no cache has seen.
    pub(super) fn hear(&self, base: &Base) -> Result<Heard, Failure> {
        let (report, files, way) = self.ask(base, false)?;
        let behind = match self.ask(base, true) {
            Err(failure) => Behind::NotTold(failure.to_string()),
            Ok((_, _, Way { stored: Some(stored), .. })) => Behind::NotTold(format!(
                "an address that nobody has asked for yet is answered out of a store too ({stored})"
            )),
            // Files answer alike to every query.
            Ok((fresh, ..)) if is_one(&fresh, &report) && files.is_some() => Behind::TheSame,
            Ok((fresh, ..)) if is_one(&fresh, &report) => self
                .behind_a_query(base)
                .unwrap_or_else(|failure| Behind::NotTold(failure.to_string())),
            Ok((fresh, ..)) => {
                let stored = way.stored.is_some() || self.keeps(base, &report);
                let kind = if stored { Kind::Stored } else { Kind::Several };
                Behind::Another(Box::new(fresh), kind)
            }
        };
        Ok(Heard { report, files, way, behind })
    }

    /// Asks for a commit that nobody has made, which no process is of. A store that ignores queries
    /// answers with what it has.
    fn behind_a_query(&self, base: &Base) -> Result<Behind, Failure> {
        let nobody = format!("{}{}", nonce(), "0".repeat(24));
        let url = self.asking(base, &format!("commit={nobody}"))?;
        Ok(match self.client.status(&url, &self.token)? {
            StatusCode::CONFLICT => Behind::TheSame,
            StatusCode::OK => Behind::Deaf(format!(
                "{url} is answered 200, though nobody has made that commit: something in between \
                 drops the query, and answers `?commit=` of any"
            )),
            status => Behind::NotTold(format!("{url} is answered {status} instead of 409")),
        })
    }

    /// The address of the report with a question.
    fn asking(&self, base: &Base, question: &str) -> Result<Uri, Failure> {
        let at = &self.arguments.at;
        let join = if at.contains('?') { '&' } else { '?' };
        base.join(&format!("{at}{join}{question}"))
    }

    /// Whether the usual address always answers with this process, and one that no cache has seen
    /// never does. The order is one that taking turns does not come to.
    fn keeps(&self, base: &Base, usual: &Report) -> bool {
        (0..AGAIN).all(|turn| {
            let fresh = turn % 4 == 0 || turn % 4 == 3;
            let answer = self.ask_once(base, fresh);
            answer.is_ok_and(|(report, ..)| is_one(&report, usual) != fresh)
        })
    }

    /// The report of a process that has had the time to look at itself.
    fn ask(&self, base: &Base, fresh: bool) -> Result<Said, Failure> {
        const PAUSE: Duration = Duration::from_millis(100);

        let begun = Instant::now();
        loop {
            let (report, files, way) = self.ask_once(base, fresh)?;
            let done = !report.looking || way.stored.is_some();
            if done || begun.elapsed() > self.arguments.timeout {
                return Ok((report, files, way));
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn ask_once(&self, base: &Base, fresh: bool) -> Result<Said, Failure> {
        let url = if fresh {
            self.asking(base, &format!("nonce={}", nonce()))?
        } else {
            base.join(&self.arguments.at)?
        };
        let fetched = self.client.fetch(&url, &self.token, MAX_REPORT as u64)?;
        match Report::parse(&fetched.bytes) {
            Ok(report) => Ok((report, None, fetched.way)),
            Err(_) if is_verify(&fetched.bytes) => Err(Failure::new(format!(
                "{url} tells nothing to callers without a token (level verify): give \
                 --token-env, or ask `?commit=` with curl"
            ))),
            Err(error) => match files::stamp(&fetched.bytes) {
                Some(stamp) => Ok((files::report(&stamp), Some(stamp), fetched.way)),
                None => Err(Failure::new(format!(
                    "{url} is {error}; does another program or another version answer there?"
                ))),
            },
        }
    }
}

/// What was answered once: the report, the stamp where files answer, and the way.
type Said = (Report, Option<Stamp>, Way);

/// The report in a file.
pub(super) fn captured(path: &Path, timeout: Duration) -> Result<Heard, Failure> {
    let bytes = read(path, timeout)?;
    let origin = shown(path);
    let heard =
        |report, files| Heard { report, files, way: Way::default(), behind: Behind::TheSame };
    match Report::parse(&bytes) {
        Ok(report) => Ok(heard(report, None)),
        Err(_) if is_verify(&bytes) => Err(Failure::new(format!(
            "{origin} tells nothing to callers without a token (level verify): give --token-env, \
             or ask `?commit=` with curl"
        ))),
        Err(error) => match files::stamp(&bytes) {
            Some(stamp) => Ok(heard(files::report(&stamp), Some(stamp))),
            None => Err(Failure::new(format!("{origin} is {error}; fetch it again"))),
        },
    }
}

/// Two processes answered at one address: what everybody gets, judged, and the other, judged. It is
/// the same only if both are.
pub(super) fn two(step: Step, heard: &Heard, other: Step, report: &Report, kind: Kind) -> Step {
    let process =
        |report: &Report| format!("instance {} since {}", report.instance, report.started_at);
    let (usual, fresh) = (process(&heard.report), process(report));
    let (finding, next) = match kind {
        Kind::Stored => {
            let sign = heard
                .way
                .stored
                .as_ref()
                .map_or(format!("as far as {} answers tell", AGAIN + 2), Clone::clone);
            let hop = hop(&heard.way);
            (
                format!(
                    "{hop} answers with what it has stored ({sign}), of {usual}; behind it \
                     answers {fresh}"
                ),
                format!(
                    "let {hop} forget what it has stored, and keep the report out of its cache: \
                     whatever else it stores is as old"
                ),
            )
        }
        Kind::Several => (
            format!("several processes answer there: {usual}, and {fresh}"),
            "check each of them by an address of its own".to_owned(),
        ),
    };
    if step.verdict == other.verdict && step.verdict != Verdict::Drift {
        return step.note(finding);
    }
    let (first, second) = match kind {
        Kind::Stored => ("stored", "behind it"),
        Kind::Several => (&*heard.report.instance, &*report.instance),
    };
    let notes = [format!("{first}: {}", step.finding), format!("{second}: {}", other.finding)];
    // Whichever is worse decides; where that is what runs, what to do about it comes first.
    let (mut worse, what_runs) = match rank(step.verdict).cmp(&rank(other.verdict)) {
        std::cmp::Ordering::Greater => (step, false),
        _ => (other, kind == Kind::Stored),
    };
    if !what_runs || worse.next.is_none() {
        worse.next = Some(next);
    }
    worse.finding = finding;
    worse.notes.splice(0..0, notes);
    worse
}

/// Nobody could tell what answers past a cache, so that what everybody gets may be a stored answer,
/// with a sign of it or without: it is no proof that what runs is the same, and with a sign of it
/// none of drift either.
pub(super) fn unproven(mut step: Step, heard: &Heard, why: &str, is_deaf: bool) -> Step {
    let (words, next) = match &heard.way.stored {
        Some(stored) => (
            format!("{} answers with what it has stored ({stored}), and {why}", hop(&heard.way)),
            "ask the process past it, and keep the report out of its cache",
        ),
        None => (
            format!("whether a stored answer was given could not be told: {why}"),
            "ask again, or ask the process at an address of its own",
        ),
    };
    let is_live = heard.way.stored.is_none() && !is_deaf;
    let says = match step.verdict {
        Verdict::Same => "what was answered is what source says".to_owned(),
        // A live answer is one of something that runs; a stored one may be of what ran once.
        Verdict::Drift if !is_live => format!("what was answered: {}", step.finding),
        _ => return step.note(words),
    };
    step.verdict = Verdict::Unknown;
    step.finding = format!("{words}; {says}");
    step.next(next)
}

/// Where one address answers otherwise than another that is the same, says so, and names what
/// stands in between.
pub(super) fn disagreements(steps: &mut [Step], places: &[Place]) {
    let good = places.iter().find_map(|place| match (&place.report, &place.base) {
        (Some(report), Some(base)) if place.running == Some(Verdict::Same) => {
            Some((report, base, &place.way))
        }
        _ => None,
    });
    if let Some((good, base, way)) = good {
        for (step, place) in steps.iter_mut().zip(places) {
            let Some(report) = &place.report else { continue };
            if place.running == Some(Verdict::Same) {
                continue;
            }
            let between = place.way.hop.as_ref().filter(|hop| way.hop.as_ref() != Some(*hop));
            let words = format!("instance {} answers at {base}, and is the same", good.instance);
            match between {
                Some(hop) if !place.stored && report.instance != good.instance => {
                    step.notes.insert(0, format!("{words}: {hop} stands in between"));
                    step.next = Some(format!(
                        "look at where {hop} sends this address, and at what it keeps; or is it \
                         another process of the service that was missed?"
                    ));
                }
                Some(hop) => {
                    step.notes.insert(0, format!("{words}: {hop} stands in between"));
                }
                None => step.notes.insert(0, words),
            }
        }
    }
    if places.len() > 1 {
        for (step, place) in steps.iter_mut().zip(places) {
            step.at(place.base.as_ref());
        }
    }
}

/// Whether two reports are of one process. Instances are told apart by chance, so what was built
/// has to agree as well.
fn is_one(one: &Report, other: &Report) -> bool {
    (&one.instance, &one.started_at, one.fingerprint)
        == (&other.instance, &other.started_at, other.fingerprint)
}

fn hop(way: &Way) -> &str {
    way.hop.as_deref().unwrap_or("something in between")
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Drift => 3,
        Verdict::Unknown => 2,
        Verdict::Same => 1,
        Verdict::Skipped => 0,
    }
}

/// Digits that nobody has asked with before.
fn nonce() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// Whether it is what a process answers at the level that tells nothing.
fn is_verify(bytes: &[u8]) -> bool {
    serde_json::from_slice(bytes)
        .is_ok_and(|value: serde_json::Value| value == serde_json::json!({ "level": "verify" }))
}

/// A captured report, as it is called where it is told of.
pub(super) fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        format!("`{}`", path.display())
    }
}

fn read(path: &Path, timeout: Duration) -> Result<Vec<u8>, Failure> {
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
    reader.take(MAX_REPORT as u64 + 1).read_to_end(&mut bytes).map(|_| bytes)
}
