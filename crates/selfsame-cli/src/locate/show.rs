//! What history says, for people and for programs.

use std::fmt::Write as _;

use selfsame_core::stamp::CommitId;
use serde_json::{Value, json};

use super::{FILES, Located, Part};
use crate::error::Failure;
use crate::history::{Found, Named};
use crate::output::{self, counted, plain};

/// The revision of the document.
const FORMAT: u32 = 1;

pub(super) fn human(located: &Located) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<10} {}", plain(value));
    };
    let target = &located.target;
    line(target.kind.as_str(), &target.shown);
    match &target.content {
        // It is the target itself.
        Ok(content) if content.to_string() == target.shown => {}
        Ok(content) => line("content", &content.to_string()),
        Err(why) => line("content", &format!("unknown: {why}")),
    }
    for found in &located.ranges {
        line("is", &range(found));
        for (name, value) in details(found) {
            line(name, &value);
        }
    }
    if located.ranges.is_empty() {
        let sentence = if target.content.is_err() {
            "not looked for as a whole".to_owned()
        } else {
            format!("of no commit of the {} looked at", thousands(looked_at(located)))
        };
        line("is", &sentence);
        if located.is_tree {
            line("", "the working tree has it, with its local changes");
        }
    }
    for found in located.parts.iter().filter(|part| !part.is_module) {
        line("package", &part(found));
    }
    for found in located.parts.iter().filter(|part| part.is_module) {
        line("module", &part(found));
    }
    if let Some(nearest) = &located.nearest {
        let has = format!("has {} of {} parts", nearest.has, nearest.of);
        line("nearest", &format!("{}: {has}", commit(&nearest.commit)));
        for file in nearest.files.iter().take(FILES) {
            line("differs", file);
        }
        if nearest.files.len() > FILES {
            line("", &format!("and {} more", counted(nearest.files.len() - FILES, "file")));
        }
    }
    line("looked at", &looked(located));
    for (why, number) in &located.counts.unknown {
        line("unknown", &format!("{}: {why}", counted(*number, "commit")));
    }
    text
}

/// The commits of a range, from the oldest to the newest.
pub(crate) fn range(found: &Found) -> String {
    if found.commits == 1 {
        return format!("1 commit, {}", commit(&found.newest));
    }
    format!(
        "{} commits, {} ({}) to {} ({})",
        thousands(found.commits),
        found.oldest.id.short(),
        day(&found.oldest),
        found.newest.id.short(),
        day(&found.newest)
    )
}

fn details(found: &Found) -> Vec<(&'static str, String)> {
    let mut details = Vec::new();
    if found.commits > 1 {
        details.push(("newest", commit(&found.newest)));
    }
    if !found.refs.is_empty() {
        let more = if found.more_refs { ", and more" } else { "" };
        details.push(("in", format!("{}{more}", found.refs.join(", "))));
    }
    details.push(("", distance(found)));
    details
}

pub(crate) fn distance(found: &Found) -> String {
    match found.behind {
        Some((0, _)) => "what is checked out has it".to_owned(),
        Some((behind, matter)) => format!(
            "{} behind HEAD, {} of which {}",
            counted(behind, "commit"),
            thousands(matter),
            if matter == 1 { "matters" } else { "matter" }
        ),
        None => format!("HEAD does not descend from it ({})", counted(found.ahead, "commit")),
    }
}

fn part(part: &Part) -> String {
    let name = format!("{} ({})", part.name, part.path);
    match &part.found {
        None => format!("{name}: of no commit"),
        Some(found) => {
            let again = match part.ranges {
                0 | 1 => String::new(),
                ranges => format!(", and {} before", counted(ranges - 1, "range")),
            };
            format!("{name}: {}, {}{again}", range(found), distance(found))
        }
    }
}

/// A commit with its day, author and subject.
pub(crate) fn commit(named: &Named) -> String {
    let Named { id, author, subject, .. } = named;
    format!("{} {} {author}: {subject}", id.short(), day(named))
}

fn day(named: &Named) -> &str {
    named.committed_at.split('T').next().unwrap_or_default()
}

fn looked_at(located: &Located) -> usize {
    let counts = &located.counts;
    counts.known + counts.absent + counts.unknown.values().sum::<usize>()
}

fn looked(located: &Located) -> String {
    let counts = &located.counts;
    let number = looked_at(located);
    let mut text = format!(
        "{} commit{} of {}, {} of which change content",
        thousands(number),
        if number == 1 { "" } else { "s" },
        located.revisions.join(" ").replace("--all", "all refs"),
        thousands(counts.matter)
    );
    let mut also = |said: &str| {
        text.push_str(", ");
        text.push_str(said);
    };
    if let Some(since) = &located.since {
        also(&format!("since {since}"));
    }
    if counts.absent > 0 {
        also(&format!("{} without the package", thousands(counts.absent)));
    }
    if located.is_shallow {
        also("the clone is shallow: git fetch --unshallow");
    }
    if located.is_cut {
        also("older ones were not looked at");
    }
    if located.is_late {
        also(&format!("{} were left when the time was up", thousands(counts.left)));
    }
    text
}

/// A number as people read it.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn json(located: &Located) -> String {
    let target = &located.target;
    let answer = match (located.ranges.is_empty(), located.is_certain()) {
        (false, _) => "located",
        (true, true) => "of-no-commit",
        (true, false) => "unknown",
    };
    let counts = &located.counts;
    let mut document = json!({
        "format": FORMAT,
        "answer": answer,
        "exit": located.exit() as u8,
        "target": { "is": target.kind.as_str(), "name": target.shown },
        "ranges": located.ranges.iter().map(range_json).collect::<Vec<_>>(),
        "looked-at": {
            "commits": looked_at(located),
            "revisions": located.revisions,
            "absent": counts.absent,
            "matter": counts.matter,
            "left": counts.left,
            "shallow": located.is_shallow,
            "cut": located.is_cut,
            "unknown": counts.unknown,
        },
    });
    match &target.content {
        Ok(content) => document["target"]["content"] = json!(content),
        Err(why) => document["target"]["unknown"] = json!({ "content": why }),
    }
    if let Some(commit) = &target.commit {
        document["target"]["commit"] = json!(commit);
    }
    if let Some(since) = &located.since {
        document["looked-at"]["since"] = json!(since);
    }
    if located.is_tree {
        document["working-tree"] = json!(true);
    }
    if !located.parts.is_empty() {
        document["parts"] = located.parts.iter().map(part_json).collect();
    }
    if let Some(nearest) = &located.nearest {
        let differs = nearest.differs.iter().map(|index| name_json(&located.parts[*index]));
        document["nearest"] = json!({
            "commit": commit_json(&nearest.commit),
            "has": nearest.has,
            "of": nearest.of,
            "differs": differs.collect::<Vec<_>>(),
            "files": nearest.files,
        });
    }
    output::plain_json(&document.to_string()) + "\n"
}

pub(super) fn json_of_failure(failure: &Failure) -> String {
    let document = json!({
        "format": FORMAT,
        "answer": "unknown",
        "exit": if failure.is_usage() { 64 } else { 2 },
        "error": failure.to_string(),
    });
    output::plain_json(&document.to_string()) + "\n"
}

fn name_json(part: &Part) -> Value {
    let is = if part.is_module { "module" } else { "package" };
    json!({ "is": is, "name": part.name, "path": part.path })
}

fn part_json(part: &Part) -> Value {
    let mut value = name_json(part);
    value["ranges"] = json!(part.ranges);
    if let Some(found) = &part.found {
        value["newest-range"] = range_json(found);
    }
    value
}

pub(crate) fn commit_json(named: &Named) -> Value {
    let id: &CommitId = &named.id;
    json!({
        "commit": id,
        "author": named.author,
        "subject": named.subject,
        "committed-at": named.committed_at,
    })
}

fn range_json(found: &Found) -> Value {
    let mut value = json!({
        "commits": found.commits,
        "newest": commit_json(&found.newest),
        "oldest": commit_json(&found.oldest),
        "refs": found.refs,
    });
    match found.behind {
        Some((behind, matter)) => {
            value["behind"] = json!(behind);
            value["matter"] = json!(matter);
        }
        None => value["ahead"] = json!(found.ahead),
    }
    value
}
