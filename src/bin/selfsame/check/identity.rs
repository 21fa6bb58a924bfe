//! Two identities side by side, in words: what differs, and by how much.

use selfsame::compare::{Against, Comparison, Found, Reading, Verdict, compare};
use selfsame::source::git::Distance;
use selfsame::stamp::{Module, Tree};

use crate::source::{Facts, Source};

/// So many names stand in one line.
const LISTED: usize = 8;

/// One side in a line: commit, content, tree.
pub(super) fn side(found: &Found, unknown: &dyn Fn(&str) -> Option<String>) -> String {
    let why = |fact| unknown(fact).map_or(String::new(), |why| format!(" ({why})"));
    let commit = match &found.commit {
        Some(commit) if found.origin.is_git() => format!("commit {}", commit.short()),
        Some(commit) => format!("commit {} claimed by {}", commit.short(), found.origin),
        None => format!("commit unknown{}", why("commit")),
    };
    let content = match &found.content {
        Some(content) => format!("content {}", &content.to_string()[..12]),
        None => format!("content unknown{}", why("content")),
    };
    let tree = match found.tree {
        Tree::Clean => ", tree clean",
        Tree::Dirty => ", tree dirty",
        Tree::Unknown => "",
    };
    format!("{commit}, {content}{tree}")
}

/// What source expects, in a line.
pub(super) fn expected(facts: &Facts) -> String {
    let commit = facts
        .expected
        .commit
        .as_ref()
        .map_or("commit unknown".to_owned(), |commit| format!("commit {}", commit.short()));
    let content = facts
        .expected
        .content
        .as_ref()
        .map_or("content unknown".to_owned(), |c| format!("content {}", &c.to_string()[..12]));
    format!("{commit}, {content}")
}

/// The names, as many as a line bears.
pub(super) fn listed(names: &[String]) -> String {
    let text = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// What no stamp speaks for, in words.
pub(super) fn not_covered(names: &[String]) -> String {
    format!("not covered: local dependencies without a stamp of their own: {}", listed(names))
}

/// How the modules of a stamp differ from those that source expects, in words. Empty when they do
/// not, or when nothing is known of them.
pub(super) fn modules(expected: &[Module], found: &[Module]) -> Vec<String> {
    let by_name = |list: &[Module], name: &str| -> Option<Module> {
        list.iter().find(|module| module.name == name).cloned()
    };
    let mut lacking = Vec::new();
    let mut changed = Vec::new();
    for module in expected {
        match by_name(found, &module.name) {
            None => lacking.push(format!("`{}`", module.name)),
            Some(other) if other.sha256 != module.sha256 => {
                changed.push(format!("`{}`", module.name));
            }
            Some(_) => {}
        }
    }
    let extra: Vec<String> = found
        .iter()
        .filter(|module| by_name(expected, &module.name).is_none())
        .map(|module| format!("`{}`", module.name))
        .collect();
    [("lacks module", lacking), ("differs in module", changed), ("still has module", extra)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| {
            let plural = if names.len() > 1 { "s" } else { "" };
            format!("{what}{plural} {}", listed(&names))
        })
        .collect()
}

/// Compares what was found with what source says. That its commit is the one that is checked out
/// says nothing of a working tree that differs from it, or may.
pub(super) fn compared(
    source: &Source,
    facts: &Facts,
    found: &Found,
    against: Against,
) -> Comparison {
    let mut comparison = compare(&facts.expected, found, against);
    if against == Against::Source && !found.whole {
        beside(&mut comparison, source, facts, found);
    }
    let none = |changes: &Result<Vec<String>, String>| changes.as_ref().is_ok_and(Vec::is_empty);
    let is_clean = none(&facts.changed) && (found.whole || none(&facts.changed_beside));
    if comparison.reading == Reading::CommitAlone && !is_clean {
        comparison.verdict = Verdict::Unknown;
        comparison.reading = Reading::CommitNotProven;
    }
    comparison
}

/// What the local dependencies that no stamp speaks for do to a comparison with source: where git
/// tells that they differ, equal content is no proof, and where it tells that they do not, it is.
fn beside(comparison: &mut Comparison, source: &Source, facts: &Facts, found: &Found) {
    let differ = !facts.changed_beside.as_ref().is_ok_and(Vec::is_empty);
    let (verdict, reading) = match comparison.reading {
        Reading::Equal | Reading::EqualClaimed | Reading::EqualChanged if differ => {
            (Verdict::Unknown, Reading::EqualSomeParts)
        }
        // The package has no changes, so those that it was built with lay beside it.
        Reading::EqualChanged if facts.changes().is_empty() => {
            (Verdict::Unknown, Reading::EqualSomeParts)
        }
        Reading::OtherCommitSomeParts
            if found.origin.is_git()
                && found.tree == Tree::Clean
                && found.commit.as_ref().is_some_and(|c| source.is_same_beside(facts, c)) =>
        {
            (Verdict::Same, Reading::OtherCommitSameContent)
        }
        _ => return,
    };
    comparison.verdict = verdict;
    comparison.reading = reading;
}

/// How far the commit found is from the expected one, in words.
fn apart(distance: Distance) -> String {
    let commits = |n: u64| if n == 1 { "1 commit".to_owned() } else { format!("{n} commits") };
    match distance {
        Distance::Equal => "the same commit".to_owned(),
        Distance::Behind(n) => format!("{} behind", commits(n)),
        Distance::Ahead(n) => format!("{} ahead", commits(n)),
        Distance::Diverged { behind, ahead } => {
            format!("diverged: {} behind and {ahead} ahead", commits(behind))
        }
        Distance::NotKnown { shallow: true } => {
            "how far apart is not known: this clone is shallow".to_owned()
        }
        _ => "one that this clone does not know".to_owned(),
    }
}

/// What to do where the clone, and not what was built, may be what is old.
pub(super) fn old_clone(source: &Source, found: &Found) -> Option<&'static str> {
    match source.distance(found.commit.as_ref()?)? {
        Distance::Ahead(_) => {
            Some("this clone is older than what was found: git pull, or check out what should run")
        }
        Distance::NotKnown { shallow: true } => {
            Some("git fetch --unshallow, and check again: this clone may be what is old")
        }
        Distance::NotKnown { shallow: false } => {
            Some("git fetch, and check again: this clone may be what is old")
        }
        _ => None,
    }
}

/// What to do where neither side is to blame: something is unknown. Where it is source's content,
/// its reason says so.
pub(super) fn to_know(facts: &Facts, found: &Found) -> Option<&'static str> {
    if facts.no_content.is_some() {
        None
    } else if !found.whole && facts.expected.content == found.content {
        Some(
            "let the local dependencies be parts (Stamper::part), or build and compare where they \
             are as the commit has them",
        )
    } else if found.content.is_none() {
        Some("mend what the build could not establish, for the reason beside it, and build again")
    } else {
        Some(
            "let the build know its commit (SELFSAME_COMMIT=$(git rev-parse HEAD)), or compare with \
             --source alone",
        )
    }
}

/// The comparison in words: what follows "the artifact" or "the running process".
pub(super) fn reading(
    comparison: Comparison,
    source: &Source,
    found: &Found,
    modules: &[String],
) -> String {
    let apart = found
        .commit
        .as_ref()
        .and_then(|commit| source.distance(commit))
        .map_or(String::new(), |distance| format!(", {}", apart(distance)));
    let what = match comparison.reading {
        Reading::Equal => "is what source says".to_owned(),
        Reading::EqualClaimed => {
            format!("is what source says; the commit is a claim ({})", found.origin)
        }
        Reading::EqualChanged => "is what source says, with the same changes".to_owned(),
        Reading::EqualSomeParts => "is what source says as far as stamps go, and local \
                                    dependencies without one differ from the commit"
            .to_owned(),
        Reading::ContentDiffers => "carries the same commit and different content".to_owned(),
        Reading::OtherCommitSameContent if comparison.verdict == Verdict::Drift => format!(
            "is of another commit{apart}, and nothing that goes into the build differs; but \
             --commit asks for exactly one"
        ),
        Reading::OtherCommitSameContent => {
            format!("is of another commit{apart}, and nothing that goes into the build differs")
        }
        Reading::OtherCommitSomeParts => format!(
            "is of another commit{apart}, and some local dependencies have no stamp, so equal \
             content is not all of the code"
        ),
        Reading::OtherCode => format!("is of another commit{apart}, with different content"),
        Reading::SameContentNoCommit if !found.whole => {
            "has the content that source says; a commit is unknown, and some local dependencies \
             have no stamp, so equal content is not all of the code"
                .to_owned()
        }
        Reading::SameContentNoCommit => {
            "has the content that source says; a commit is unknown".to_owned()
        }
        Reading::OtherContentNoCommit => "has different content; a commit is unknown".to_owned(),
        Reading::CommitAlone => "is of the same commit, built from a clean tree".to_owned(),
        Reading::CommitNotProven => {
            "names the same commit, which is no proof without a content to compare".to_owned()
        }
        Reading::OtherCommitNoContent => {
            format!("is of another commit{apart}; the content could not be compared")
        }
        _ => "cannot be compared: neither commit nor content is known on both sides".to_owned(),
    };
    if modules.is_empty() { what } else { format!("{}; it {what}", modules.join(", ")) }
}

/// What is behind a difference, as far as it is known.
pub(super) fn behind(
    source: &Source,
    facts: &Facts,
    found: &Found,
    changed: &[String],
) -> Vec<String> {
    let mut notes = Vec::new();
    if !changed.is_empty() {
        notes.push(format!("it was built from a dirty tree: {}", listed(changed)));
    }
    if !facts.changes().is_empty() {
        notes.push(format!("source has changes of its own: {}", listed(facts.changes())));
    }
    if let Ok(beside) = &facts.changed_beside
        && !beside.is_empty()
    {
        notes.push(format!("local dependencies differ from the commit: {}", listed(beside)));
    }
    if let Some(commit) = &found.commit {
        let between = source.changed_since(commit);
        if !between.is_empty() {
            notes.push(format!("files changed in between: {}", listed(&between)));
        }
    }
    if let (Err(why), None) = (&facts.modules, &facts.no_content) {
        notes.push(format!("the modules could not be compared: {why}"));
    }
    notes
}
