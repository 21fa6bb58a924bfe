//! What a process sees wrong with itself, and what it cannot tell, in words.

use crate::report::{Executable, ExecutableState, Level, Report, ShippedIs, ShippedState};
use crate::routes::{Routes, Standing};
use crate::stamp::{Declared, FileDifference, Tree};

const DECLARE: &str = "Declare it in source, build and deploy.";
const MOUNT: &str = "Look whether its module is compiled in and merged into the router.";

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    /// Nothing is wrong, as far as the process can see.
    Well,
    /// It is as meant, and may surprise.
    Note,
    /// It could not be told.
    Unknown,
    /// It is wrong.
    Wrong,
}

/// One thing to know. In its sentences, names stand between backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) mood: Mood,
    pub(super) title: String,
    pub(super) detail: String,
    /// What to do.
    pub(super) remedy: Option<String>,
}

impl Finding {
    fn new(mood: Mood, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { mood, title: title.into(), detail: detail.into(), remedy: None }
    }

    fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

/// What is to be said of a report, the worst first.
pub(super) fn of(report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &report.observed {
        Some(observed) => {
            findings.extend(executable(&observed.executable));
            findings.extend(observed.shipped.iter().filter_map(shipped));
        }
        None if report.intact == Some(false) => findings.push(Finding::new(
            Mood::Wrong,
            "It is not as the build left it",
            "The executable or a shipped directory differs. The full report says which.",
        )),
        None => {}
    }
    findings.extend(modules(report));
    findings.extend(routes(report));
    findings.extend(unknown(report));
    findings.extend(source(report));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.mood));
    findings
}

fn executable(executable: &Executable) -> Option<Finding> {
    let at = executable.path.as_ref().map_or_else(String::new, |path| format!(" at `{path}`"));
    match executable.state {
        ExecutableState::Replaced => {
            let of = executable.commit.as_ref();
            let of = of.map_or_else(String::new, |commit| format!(", of commit `{commit}`"));
            let detail = format!("The file{at} is another one than the one that runs{of}.");
            Some(
                Finding::new(Mood::Wrong, "The executable was replaced", detail)
                    .remedy("Restart the process: a restart would run the new file."),
            )
        }
        ExecutableState::Missing => {
            let detail = format!("There is no file{at} any more: it was deleted or renamed.");
            Some(
                Finding::new(Mood::Wrong, "The executable is gone", detail)
                    .remedy("Put it back before the next restart, which would not find it."),
            )
        }
        ExecutableState::Same | ExecutableState::Unknown => None,
    }
}

fn shipped(shipped: &ShippedState) -> Option<Finding> {
    let ShippedState { name, at, .. } = shipped;
    match shipped.state {
        ShippedIs::Different => {
            let how = shipped
                .difference
                .as_ref()
                .map_or_else(|| "its hash is another one than the build's".to_owned(), count);
            let detail = format!("In `{at}`: {how}.");
            Some(
                Finding::new(Mood::Wrong, format!("`{name}` is not what was built"), detail)
                    .remedy("Ship it again. If it was shipped, look for a mount on that path."),
            )
        }
        ShippedIs::Missing => {
            let detail = format!("There is no directory `{at}`.");
            Some(
                Finding::new(Mood::Wrong, format!("`{name}` is missing"), detail)
                    .remedy(format!("Ship it, or set `{}` to where it is.", shipped.variable())),
            )
        }
        ShippedIs::Same | ShippedIs::Unknown => None,
    }
}

/// How many files differ, and in what.
fn count(difference: &FileDifference) -> String {
    let kinds = [
        (difference.missing.len() as u64, "missing"),
        (difference.changed.len() as u64, "changed"),
        (difference.added.len() as u64, "added"),
        (difference.more, "more"),
    ];
    let kinds = kinds.into_iter().filter(|(number, _)| *number > 0);
    let kinds: Vec<_> = kinds.map(|(number, what)| format!("{number} {what}")).collect();
    format!("files {}", kinds.join(", "))
}

fn modules(report: &Report) -> Vec<Finding> {
    let (mut not, mut unknown) = (Vec::new(), Vec::new());
    for module in report.modules.iter().flatten() {
        match &module.declared {
            Some(Declared::No(why)) => not.push((&module.name, why)),
            Some(Declared::Unknown(why)) => unknown.push((&module.name, why)),
            Some(Declared::Yes) | None => {}
        }
    }
    let mut findings = Vec::new();
    match &not[..] {
        [] => {}
        [(name, why)] => findings.push(
            Finding::new(
                Mood::Wrong,
                format!("The module `{name}` is not compiled in"),
                why.as_str(),
            )
            .remedy(DECLARE),
        ),
        several => findings.push(
            Finding::new(
                Mood::Wrong,
                format!("{} modules are not compiled in", several.len()),
                "The list of modules says why.",
            )
            .remedy(DECLARE),
        ),
    }
    match &unknown[..] {
        [] => {}
        [(name, why)] => findings.push(Finding::new(
            Mood::Unknown,
            format!("Whether the module `{name}` is compiled in is not known"),
            why.as_str(),
        )),
        several => findings.push(Finding::new(
            Mood::Unknown,
            format!("Whether {} modules are compiled in is not known", several.len()),
            "The list of modules says why.",
        )),
    }
    findings
}

fn routes(report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(Routes::Unavailable(why)) = &report.routes {
        findings.push(Finding::new(Mood::Unknown, "The routes are not known", why));
    }
    let Some(difference) = report.route_list.as_ref().and_then(Standing::difference) else {
        return findings;
    };
    match difference.missing() {
        [] => {}
        [line] => findings.push(
            Finding::new(
                Mood::Wrong,
                format!("The route `{line}` is not mounted"),
                "It stands in the list kept in source.",
            )
            .remedy(MOUNT),
        ),
        several => findings.push(
            Finding::new(
                Mood::Wrong,
                format!("{} routes are not mounted", several.len()),
                "They stand in the list kept in source, and below.",
            )
            .remedy(MOUNT),
        ),
    }
    match difference.unexpected() {
        [] => {}
        [line] => findings.push(Finding::new(
            Mood::Note,
            format!("The route `{line}` is beyond the list"),
            "It is mounted, and the list kept in source does not have it.",
        )),
        several => findings.push(Finding::new(
            Mood::Note,
            format!("{} routes are beyond the list", several.len()),
            "They are mounted, and the list kept in source does not have them.",
        )),
    }
    findings
}

fn unknown(report: &Report) -> Vec<Finding> {
    let parts = ["executable", "shipped"].iter().any(|fact| report.unknown.contains_key(*fact));
    let facts = report.unknown.iter().filter(|(fact, _)| *fact != "intact" || !parts);
    facts
        .map(|(fact, why)| {
            let title = match fact.as_str() {
                "intact" if report.looking => "It has not looked at itself yet".to_owned(),
                "intact" => "Whether it is intact is not known".to_owned(),
                "commit" => "The commit is not known".to_owned(),
                "content" => "The content is not known".to_owned(),
                "tree" => "Whether source was as committed is not known".to_owned(),
                "executable" => "Whether the executable was replaced is not known".to_owned(),
                "shipped" => {
                    "Whether the shipped files are those of the build is not known".to_owned()
                }
                other => format!("`{other}` is not known"),
            };
            let finding = Finding::new(Mood::Unknown, title, why);
            if fact == "intact" && report.looking {
                finding.remedy("Load this page again in a moment.")
            } else {
                finding
            }
        })
        .collect()
}

/// What was built from other source than a commit's.
fn source(report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    if report.tree == Some(Tree::Dirty) {
        let changed = report.info.as_ref().map_or(&[][..], |info| &info.changed);
        let detail = if changed.is_empty() {
            "What was built is not what the commit holds.".to_owned()
        } else {
            let changed: Vec<_> = changed.iter().map(|line| format!("`{line}`")).collect();
            format!("Beside the commit: {}.", changed.join(", "))
        };
        findings.push(Finding::new(Mood::Note, "It was built from changed source", detail));
    }
    if report.unstamped_parts > 0 {
        let title = match report.unstamped_parts {
            1 => "No stamp speaks for a local dependency".to_owned(),
            several => format!("No stamp speaks for {several} local dependencies"),
        };
        let names: Vec<_> =
            report.unstamped.iter().flatten().map(|name| format!("`{name}`")).collect();
        let detail = if report.level >= Level::Full {
            format!("The content does not cover {}.", names.join(", "))
        } else {
            "The content does not cover them.".to_owned()
        };
        findings.push(Finding::new(Mood::Note, title, detail));
    }
    findings
}
