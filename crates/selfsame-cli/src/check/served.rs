//! Files behind a web server: fetched, hashed, and compared with the list in their stamp.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use selfsame_core::findings::Served;
use selfsame_core::report::Report;
use selfsame_core::routes::Routes;
use selfsame_core::stamp::{Digest, Scanner, Stamp};

use super::ask::{Asker, Peer};
use crate::error::Failure;
use crate::http_client::File;

/// The most files that are asked for at the same time.
const CONNECTIONS: usize = 4;

/// All files together may take so many times as long as one request.
const PATIENCE: u32 = 6;

/// The longest file that is hashed, in bytes. Of a longer one it is unknown what it is.
const MAX_FILE: u64 = 256 << 20;

/// The page that a web server gives for a directory, and a single-page app for everything.
const INDEX: &str = "index.html";

/// Reads what was fetched as the stamp of files.
pub(crate) fn stamp(bytes: &[u8]) -> Option<Stamp> {
    let mut scanner = Scanner::new();
    scanner.push(bytes);
    scanner.finish().ok()?.pop().map(|found| found.stamp)
}

/// The stamp in the form of a report, without a process.
pub(super) fn report(stamp: &Stamp) -> Report {
    let routes = Routes::unavailable("files have no router");
    Report::new(stamp, &routes, "files", "unknown")
}

/// What one file came to.
enum Outcome {
    Same,
    Missing,
    /// A page came instead, the one that comes for every path.
    Fallback,
    Changed,
    Unknown(String),
}

impl Asker<'_> {
    /// Compares the files that are really served with those of the stamp.
    pub(super) fn fetch_served(&self, peer: &Peer<'_>, stamp: &Stamp) -> Result<Served, Failure> {
        let unknown = |why: String| Ok(Served::unknown(why));
        let [shipped] = stamp.facts().shipped.as_slice() else {
            return unknown("the stamp is not that of one directory of files".to_owned());
        };
        let expected = shipped.listed();
        if expected.is_empty() {
            return unknown(shipped.unknown.clone().unwrap_or_else(|| {
                let files = shipped.files;
                format!("the stamp lists none of its {files} files: a stamp lists 1,000 at most")
            }));
        }
        let outcomes = self.fetch(peer, &expected)?;
        Ok(compared(&expected, &outcomes))
    }

    /// Asks for each file, a few at a time, until all are there or the time has run out.
    fn fetch(
        &self,
        peer: &Peer<'_>,
        expected: &[(String, Digest)],
    ) -> Result<Vec<Outcome>, Failure> {
        let base = &peer.replica.base;
        let urls =
            expected.iter().map(|(name, _)| base.file(name)).collect::<Result<Vec<_>, _>>()?;
        let patience = self.arguments.request_time().saturating_mul(PATIENCE);
        let end = Instant::now() + patience;
        let ask = |url| peer.client.file(url, self.credentials, MAX_FILE);
        // What is served for a path that does not exist is not a file.
        let nothing = base.file(&format!("selfsame-{:016x}", std::process::id()))?;
        let fallback = ask(&nothing).ok().filter(|file| file.status.is_success());
        let answers: Mutex<BTreeMap<usize, Result<File, Failure>>> = Mutex::default();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS.min(urls.len()) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(url) = urls.get(index) else { return };
                        let answer =
                            if Instant::now() < end { ask(url) } else { Err(too_slow(patience)) };
                        answers
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .insert(index, answer);
                    }
                });
            }
        });
        let answers = answers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(answers
            .into_values()
            .zip(expected)
            .map(|(answer, (name, sha256))| outcome(name, *sha256, answer, fallback.as_ref()))
            .collect())
    }
}

fn too_slow(patience: Duration) -> Failure {
    let patience = humantime::format_duration(patience);
    Failure::new(format!("all files together took longer than {patience} (--timeout)"))
}

fn outcome(
    name: &str,
    expected: Digest,
    answer: Result<File, Failure>,
    fallback: Option<&File>,
) -> Outcome {
    let file = match answer {
        Ok(file) => file,
        Err(failure) => return Outcome::Unknown(failure.to_string()),
    };
    let extension = Path::new(name).extension();
    let is_page = extension
        .is_some_and(|end| ["html", "htm"].iter().any(|page| end.eq_ignore_ascii_case(page)));
    match file.status.as_u16() {
        200 if file.sha256 == expected => Outcome::Same,
        200 if name != INDEX && fallback.is_some_and(|page| page.sha256 == file.sha256) => {
            Outcome::Fallback
        }
        200 if file.is_html && !is_page => Outcome::Unknown(format!(
            "a page is served instead of `{name}`; help: check whether a login is required"
        )),
        200 => Outcome::Changed,
        404 | 410 => Outcome::Missing,
        _ => Outcome::Unknown(format!("the server answers {} to `{name}`", file.status)),
    }
}

fn compared(expected: &[(String, Digest)], outcomes: &[Outcome]) -> Served {
    let mut served = Served::default();
    served.total = expected.len();
    for ((name, _), outcome) in expected.iter().zip(outcomes) {
        let difference = &mut served.difference;
        match outcome {
            Outcome::Same => continue,
            Outcome::Unknown(why) => {
                served.unknown.push(why.clone());
                continue;
            }
            Outcome::Missing => difference.name(|it| &mut it.missing, name),
            Outcome::Fallback => {
                let words = format!("{name} (the page for unknown paths is served instead)");
                difference.name(|it| &mut it.missing, &words);
            }
            Outcome::Changed => difference.name(|it| &mut it.changed, name),
        }
        served.differ += 1;
    }
    served
}

/// What is known of files whose stamp alone is there.
pub(super) fn not_fetched() -> Served {
    Served::unknown("a stamp states what was built, not what is served; help: give the URL")
}
