//! A finding in words: its title, its remedy, and what else is known, line by line.

use std::fmt::Write as _;

use super::{Advice, Dated, Evidence, Finding, Identity, Side, Subject};
use crate::stamp::FileDifference;

/// So many names stand in one line.
const LISTED: usize = 8;

impl Finding {
    /// What was found, in a clause.
    #[must_use]
    pub fn title(&self) -> String {
        self.fill(self.code.english().title)
    }

    /// What to do about it. Only what is drift or unknown asks for something.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        use crate::compare::Verdict::{Drift, Unknown};

        if !matches!(self.verdict, Drift | Unknown) {
            return None;
        }
        match self.advice {
            Advice::Elsewhere => None,
            Advice::Filled(text) => Some(self.fill(text)),
            Advice::OfCode => self.code.english().remedy.map(|text| self.fill(text)),
        }
    }

    /// What else is known, each with its label.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let mut line = |label, text: String| {
            if !text.is_empty() {
                lines.push((label, text));
            }
        };
        let identity = |side: &Option<Side>| match side {
            Some(Side::Identity(identity)) => describe(identity),
            _ => String::new(),
        };
        line("expected", identity(&self.expected));
        line("found", identity(&self.found));
        let Evidence { modules, files, route, .. } = &self.evidence;
        let evidence = &self.evidence;
        if let Some(commit) = &evidence.commit {
            line(
                "commit",
                format!("{:?} by {}, {}", commit.subject, commit.author, commit.committed_at),
            );
        }
        line("reason", evidence.reason.clone().unwrap_or_default());
        if let Some(answered) = evidence.answered {
            line("answered", answered.to_string());
        }
        if let Some(modules) = modules {
            let kinds = [
                ("missing", &modules.missing),
                ("different", &modules.changed),
                ("no longer in source", &modules.extra),
            ];
            line("modules", kinds_of(&kinds));
        }
        for module in &evidence.not_compiled {
            line("module", format!("{}: {}", module.name, module.reason));
        }
        // That the service itself differs is what the finding says.
        let own = match &self.expected {
            Some(Side::Identity(identity)) => identity.name.as_ref(),
            _ => None,
        };
        if evidence.packages.iter().any(|name| Some(name) != own) {
            line("packages", listed(&evidence.packages));
        }
        line("changed", listed(&evidence.changed));
        if let (Some(matter), Some(super::Distance::Behind { commits })) =
            (evidence.matter, evidence.distance)
        {
            let others = commits.saturating_sub(matter);
            if others > 0 {
                line("commits", format!("{matter} of {commits} touch these, {others} do not"));
            }
        }
        line("dated", evidence.dated.as_ref().map_or(String::new(), dated));
        line("built with", listed(&evidence.built_with));
        line("local", listed(&evidence.local_changes));
        line("files", files.as_ref().map_or(String::new(), differing));
        if let Some(other) = &evidence.other {
            line("there is", describe(other));
        }
        if let Some(route) = route {
            let kinds = [("not mounted", &route.missing), ("not in the list", &route.unexpected)];
            line("routes", kinds_of(&kinds));
            line("pattern", route.pattern.clone().unwrap_or_default());
        }
        if let Some(Side::Answer { location: Some(location), .. }) = &self.found {
            line("leads to", location.clone());
        }
        if let Some(via) = &evidence.via {
            let between = [via.proxy.clone(), via.cached.clone()];
            line("via", between.into_iter().flatten().collect::<Vec<_>>().join(", "));
        }
        line("version", String::new());
        lines
    }

    /// The text with what stands between braces filled in.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, behind)) = behind.split_once('}') else {
                filled.push('{');
                rest = behind;
                continue;
            };
            filled.push_str(&self.value(name));
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }

    /// What stands for a name between braces.
    fn value(&self, name: &str) -> String {
        let evidence = &self.evidence;
        let route = evidence.route.as_ref();
        let name_of = |side: &Option<Side>| match side {
            Some(Side::Identity(identity)) => identity.name.clone(),
            _ => None,
        };
        let value = match name {
            "subject" => Some(match &self.subject {
                Subject::Source => "source".to_owned(),
                Subject::Artifact(name) => format!("`{name}`"),
                Subject::Process => "the running process".to_owned(),
                Subject::Files => "what is served".to_owned(),
                Subject::Route(route) => route.clone(),
            }),
            "route" => match &self.subject {
                Subject::Route(route) => Some(route.clone()),
                _ => None,
            },
            "name" => self.name(),
            "found_name" => name_of(&self.found),
            "path" => evidence.path.clone(),
            "variable" => evidence.name.as_deref().map(crate::stamp::shipped::variable),
            "apart" => Some(evidence.distance.map_or(String::new(), |far| format!(", {far}"))),
            "count" => evidence.instances.map(|instances| instances.seen.to_string()),
            "total" => evidence.instances.map(|instances| instances.of.to_string()),
            "modules" => Some(self.not_compiled()),
            "proxy" => {
                let proxy = evidence.via.as_ref().and_then(|via| via.proxy.clone());
                Some(proxy.unwrap_or_else(|| "a cache in front".to_owned()))
            }
            "address" => evidence.addresses.first().cloned(),
            "addresses" => Some(several(&evidence.addresses)),
            "pattern" => route
                .and_then(|route| route.pattern.clone())
                .map(|pattern| pattern.rsplit(' ').next().unwrap_or(&pattern).to_owned()),
            "status" => Some(
                route
                    .and_then(|route| route.status.clone())
                    .map_or(String::new(), |status| format!(", {status}")),
            ),
            _ => None,
        };
        value.unwrap_or_else(|| "…".to_owned())
    }

    fn name(&self) -> Option<String> {
        let identity = |side: &Option<Side>| match side {
            Some(Side::Identity(identity)) => Some(identity.clone()),
            _ => None,
        };
        match (&self.subject, self.code) {
            (Subject::Source, super::Code::SourceRead) => {
                identity(&self.found).map(|found| source(&found, self.evidence.name.as_deref()))
            }
            _ => self
                .evidence
                .name
                .clone()
                .or_else(|| identity(&self.expected).and_then(|expected| expected.name)),
        }
    }

    fn not_compiled(&self) -> String {
        match (&self.evidence.not_compiled[..], self.evidence.module_counts) {
            ([one], _) => format!("module `{}` is", one.name),
            ([], Some(counts)) => {
                let missing = counts.expected.saturating_sub(counts.compiled);
                format!("{missing} of {} modules are", counts.expected)
            }
            (several, _) => format!("{} modules are", several.len()),
        }
    }
}

/// Source in a line.
fn source(identity: &Identity, subject: Option<&str>) -> String {
    let name = identity.name.iter().chain(&identity.version).cloned().collect::<Vec<_>>();
    let mut text = name.join(" ");
    if !text.is_empty() {
        text.push(' ');
    }
    match (&identity.commit, subject) {
        (Some(commit), Some(subject)) => {
            let branch = identity.branch.as_deref().unwrap_or("detached");
            let _ = write!(text, "at {} ({branch}) {subject:?}", commit.short());
        }
        (Some(commit), None) => {
            let _ = write!(text, "at exactly {commit}");
        }
        (None, _) => text.push_str("by content only"),
    }
    text
}

/// An identity in a line.
fn describe(identity: &Identity) -> String {
    let why =
        |fact: &str| identity.unknown.get(fact).map_or(String::new(), |why| format!(" ({why})"));
    let mut parts = Vec::new();
    match (&identity.commit, &identity.origin) {
        (Some(commit), Some(origin)) if !origin.is_git() => {
            parts.push(format!("commit {} claimed by {origin}", commit.short()));
        }
        (Some(commit), _) => parts.push(format!("commit {}", commit.short())),
        (None, _) if identity.unknown.contains_key("commit") => {
            parts.push(format!("commit unknown{}", why("commit")));
        }
        (None, _) => {}
    }
    match &identity.content {
        Some(content) => parts.push(format!("content {}", &content.to_string()[..12])),
        None if identity.unknown.contains_key("content") => {
            parts.push(format!("content unknown{}", why("content")));
        }
        None => {}
    }
    parts.extend(identity.tree.map(|tree| format!("tree {tree}")));
    if let (Some(instance), Some(started_at)) = (&identity.instance, &identity.started_at)
        && instance != "files"
    {
        parts.push(format!("instance {instance} since {started_at}"));
    }
    parts.join(", ")
}

/// Addresses that are meant together, as many as a line bears.
fn several(addresses: &[String]) -> String {
    if addresses.len() <= LISTED { addresses.join(" and ") } else { listed(addresses) }
}

/// Which commits have a content, in one line.
fn dated(dated: &Dated) -> String {
    let mut text = match (&dated.newest, &dated.summary) {
        (Some(newest), summary) => {
            let mut text = match dated.commits {
                1 => format!("by its content it is commit {}", newest.short()),
                commits => format!(
                    "by its content it is one of {commits} commits up to {}",
                    newest.short()
                ),
            };
            if let Some(summary) = summary {
                let _ = write!(
                    text,
                    ", {:?} by {}, {}",
                    summary.subject, summary.author, summary.committed_at
                );
            }
            if let (Some(behind), Some(matter)) = (dated.behind, dated.matter) {
                let _ = write!(text, ", {behind} behind, {matter} of which matter");
            }
            text
        }
        (None, _) => {
            format!("by its content it is of no commit of the {} looked at", dated.looked_at)
        }
    };
    if let Some(open) = &dated.open {
        let _ = write!(text, " ({open})");
    }
    text
}

/// The names, as many as a line bears.
fn listed(names: &[String]) -> String {
    let text = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn kinds_of(kinds: &[(&str, &Vec<String>)]) -> String {
    let kinds = kinds.iter().filter(|(_, names)| !names.is_empty());
    kinds.map(|(what, names)| format!("{what}: {}", listed(names))).collect::<Vec<_>>().join("; ")
}

fn differing(files: &FileDifference) -> String {
    let kinds = [("missing", &files.missing), ("changed", &files.changed), ("added", &files.added)];
    let mut text = kinds_of(&kinds);
    if files.more > 0 {
        let _ = write!(text, "; and {} more", files.more);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Verdict;
    use crate::findings::{Code, Rung};

    /// The names that may stand between braces.
    const NAMES: [&str; 18] = [
        "subject",
        "route",
        "name",
        "found_name",
        "path",
        "variable",
        "apart",
        "count",
        "total",
        "modules",
        "proxy",
        "address",
        "addresses",
        "pattern",
        "status",
        "rebuild",
        "merge",
        "inventory",
    ];

    #[test]
    fn each_code_has_english_that_can_be_filled_in() {
        for code in Code::ALL {
            let entry = code.english();
            let texts = [Some(entry.title), Some(entry.explanation), entry.remedy];
            for text in texts.into_iter().flatten() {
                assert!(!text.is_empty(), "{code}");
                for part in text.split('{').skip(1) {
                    let name = part.split('}').next().unwrap_or_default();
                    assert!(NAMES.contains(&name), "{code}: {name:?}");
                }
            }
            assert!(!entry.title.ends_with('.'), "{code}");
            assert!(entry.explanation.ends_with('.'), "{code}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        let finding = Finding::new(
            Code::Equal,
            Rung::Route,
            Verdict::Same,
            Subject::Route("GET /{route}".into()),
        );
        assert_eq!(finding.fill("{route}: {status}{"), "GET /{route}: {");
    }
}
