//! Files behind a web server: fetched, hashed, and held against the list in their stamp.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use selfsame::compare::Verdict;
use selfsame::report::Report;
use selfsame::routes::Routes;
use selfsame::stamp::{Digest, FileDifference, Scanner, Shipped, Stamp};

use super::observed::{found, listed};
use super::{Checker, identity};
use crate::client::{Base, File};
use crate::failure::Failure;
use crate::ladder::Step;

/// The most files that are asked for at the same time.
const CONNECTIONS: usize = 4;

/// All files together may take so many times as long as one request.
const PATIENCE: u32 = 6;

/// The longest file that is hashed, in bytes. Of a longer one it is unknown what it is.
const MAX_FILE: u64 = 256 << 20;

/// The page that a web server gives for a directory, and a single-page app for everything.
const INDEX: &str = "index.html";

/// Reads what was fetched as the stamp of files.
pub(super) fn stamp(bytes: &[u8]) -> Option<Stamp> {
    let mut scanner = Scanner::new();
    scanner.push(bytes);
    scanner.finish().ok()?.pop().map(|found| found.stamp)
}

/// What the stamp alone says, in the form of a report. There is no process that could say more.
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

impl Checker<'_> {
    /// Adds to the running rung whether the files that are really served are those of the stamp.
    pub(super) fn judge_files(
        &self,
        step: Step,
        base: Option<&Base>,
        stamp: &Stamp,
    ) -> Result<Step, Failure> {
        let unknown = |step, why: &str, next: &str| found(step, Verdict::Unknown, why, next);
        let Some(base) = base else {
            return Ok(unknown(
                step,
                "a stamp says what was built, and not what is served",
                "give the URL in place of --report",
            ));
        };
        let [shipped] = stamp.shipped.as_slice() else {
            return Ok(unknown(
                step,
                "the stamp that is served is not that of one directory of files",
                "write it by selfsame stamp",
            ));
        };
        let expected = shipped.listed();
        if expected.is_empty() {
            let why = shipped.unknown.clone().unwrap_or_else(|| {
                format!(
                    "the stamp lists none of its {} files: {} at most are listed",
                    shipped.files,
                    Shipped::MAX_LISTED
                )
            });
            return Ok(unknown(step, &why, "stamp smaller directories, each with its own address"));
        }
        let outcomes = self.fetch(base, &expected)?;
        Ok(told(step, &expected, &outcomes))
    }

    /// Asks for each file, a few at a time, until all are there or the time has run out.
    fn fetch(&self, base: &Base, expected: &[(String, Digest)]) -> Result<Vec<Outcome>, Failure> {
        let urls =
            expected.iter().map(|(name, _)| base.file(name)).collect::<Result<Vec<_>, _>>()?;
        let patience = self.arguments.timeout.saturating_mul(PATIENCE);
        let end = Instant::now() + patience;
        let ask = |url| self.client.file(url, &self.credentials, MAX_FILE);
        // What comes for a path that nobody has is no file.
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
            "a page comes instead of `{name}`: does something in front want a login?"
        )),
        200 => Outcome::Changed,
        404 | 410 => Outcome::Missing,
        _ => Outcome::Unknown(format!("the server answers {} to `{name}`", file.status)),
    }
}

fn told(step: Step, expected: &[(String, Digest)], outcomes: &[Outcome]) -> Step {
    let mut difference = FileDifference::default();
    let mut unknown = Vec::new();
    let mut named = 0;
    for ((name, _), outcome) in expected.iter().zip(outcomes) {
        let (list, words) = match outcome {
            Outcome::Same => continue,
            Outcome::Unknown(why) => {
                unknown.push(why.clone());
                continue;
            }
            Outcome::Missing => (&mut difference.missing, name.clone()),
            Outcome::Fallback => {
                let words = format!("{name} (the page for unknown paths comes instead)");
                (&mut difference.missing, words)
            }
            Outcome::Changed => (&mut difference.changed, name.clone()),
        };
        named += 1;
        if named > FileDifference::MAX_NAMED {
            difference.more += 1;
        } else {
            list.push(words);
        }
    }
    let files = |n: usize| if n == 1 { "1 file".to_owned() } else { format!("{n} files") };
    let mut step = step;
    if !difference.is_empty() {
        let finding = format!(
            "{} of {} that are served are not those of the stamp",
            named,
            files(expected.len())
        );
        step = listed(found(step, Verdict::Drift, &finding, DEPLOY), &difference);
    }
    if !unknown.is_empty() {
        let finding = format!(
            "{} of {} could not be compared: {}",
            unknown.len(),
            files(expected.len()),
            identity::listed(&unknown[..1])
        );
        step = found(step, Verdict::Unknown, &finding, "make each file answer, and check again");
    }
    if difference.is_empty() && unknown.is_empty() {
        step = step.note(format!("{} as the stamp lists them", fetched(expected.len())));
    }
    step
}

fn fetched(files: usize) -> String {
    if files == 1 {
        "1 file was fetched and is".to_owned()
    } else {
        format!("{files} files were fetched and are")
    }
}

const DEPLOY: &str = "deploy the built directory as a whole; look for a mount or a volume over it, \
                      or a cache in front";
