//! What a person reads at three in the morning: what is not same, at once.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use selfsame_core::compare::Verdict;
use selfsame_core::findings::{Outcome, Rung};

use super::super::answer::{Answer, Whole, next_of_all};
use super::super::fleet::{Merged, grouped, rank, so_many};
use super::{Clean, shouted};
use crate::output::plain;

/// Where details begin.
const INDENT: usize = 22;

/// The least that is left of a line to the right of an indent.
const LEAST: usize = 24;

/// How it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Whether everything is shown.
    pub(super) verbose: bool,
    /// So many columns fit into a line. `None` if lines have no end.
    pub(super) width: Option<usize>,
}

/// So many addresses are named for one finding.
const NAMED: usize = 12;

/// So many findings of one fleet are shown with their details.
const GROUPS: usize = 10;

pub(super) fn text(whole: &Whole, look: Look, clean: &Clean<'_>) -> String {
    let mut page = Page {
        text: String::new(),
        width: look.width,
        clean,
        verbose: look.verbose,
        has_several: false,
        stated_elsewhere: false,
        shown: HashSet::new(),
        names: HashMap::new(),
    };
    match (&whole.name, &whole.answers[..]) {
        (None, [answer]) => page.answer(answer, answer.outcome.verdict == Verdict::Unknown),
        (name, answers) => page.services(name.as_deref().unwrap_or_default(), whole, answers),
    }
    if let Some(name) = whole.token {
        page.text.push('\n');
        let sent = format!("the token in {name} was sent with the request for the report");
        page.wrapped("", &sent, 2);
    }
    page.text
}

struct Page<'a> {
    text: String,
    width: Option<usize>,
    clean: &'a Clean<'a>,
    verbose: bool,
    /// Whether several addresses were checked, so that each finding says which it is about.
    has_several: bool,
    /// Whether reason and advice of the next finding are printed elsewhere.
    stated_elsewhere: bool,
    /// What was shown of earlier findings, and is not shown twice.
    shown: HashSet<(&'static str, String)>,
    /// What engines call addresses.
    names: HashMap<&'a str, &'a str>,
}

impl<'a> Page<'a> {
    /// What was found of one service. `stated` says whether why it is unknown stands elsewhere.
    fn answer(&mut self, answer: &'a Answer, stated: bool) {
        let outcome = &answer.outcome;
        let style = style(outcome.verdict);
        let verdict = shouted(outcome.verdict);
        let begin = match outcome.begin {
            Some(rung) => format!(", begin at rung {}, {rung}", rung.number()),
            None if outcome.verdict == Verdict::Same => " on every rung asked".to_owned(),
            None => String::new(),
        };
        let counted = match answer.rows.len() {
            0 => String::new(),
            _ if !answer.is_fleet => String::new(),
            _ => format!(": {}", so_many(&answer.rows)),
        };
        let name = answer.service.as_ref().map_or(String::new(), |name| format!("{name} "));
        let targets = match answer.targets.len() {
            more if more > NAMED => format!("{} addresses", grouped(more)),
            _ => self.line(&answer.targets.join(" ")),
        };
        let line = format!("{name}{targets}{counted}{begin}");
        self.wrapped(&format!("{style}{verdict}{style:#} "), &line, 2);
        self.text.push('\n');
        self.has_several = answer.rows.len() > 1;
        let named =
            answer.rows.iter().filter_map(|row| Some((&*row.address, row.name.as_deref()?)));
        self.names = named.collect();
        self.shown.clear();

        let findings = answer.merged();
        let mut not_same: Vec<&Merged<'_>> = findings
            .iter()
            .filter(|one| matches!(one.finding.verdict, Verdict::Drift | Verdict::Unknown))
            .collect();
        if answer.is_fleet {
            // Of one rung, the worst first.
            not_same.sort_by_key(|one| (one.finding.rung, rank(one.finding.verdict)));
        }
        let most = if answer.is_fleet && !self.verbose { GROUPS } else { usize::MAX };
        for (place, merged) in not_same.iter().take(most).enumerate() {
            // Why the whole is unknown is on standard error, and only there.
            self.stated_elsewhere = stated && place == 0;
            self.finding(merged, true);
        }
        self.stated_elsewhere = false;
        if not_same.len() > most {
            let more = grouped(not_same.len() - most);
            self.wrapped("  ", &format!("and {more} more findings; --format json lists all"), 4);
        }
        for rung in Rung::ALL {
            for merged in findings.iter().filter(|one| one.finding.rung == rung) {
                let finding = merged.finding;
                let is_shown = finding.verdict == Verdict::Same
                    || self.verbose
                        && finding.verdict == Verdict::Skipped
                        && !finding.is_not_compared();
                if is_shown {
                    self.finding(merged, self.verbose);
                }
            }
            self.notes(outcome, &findings, rung);
        }
        self.left_out(outcome);
    }

    /// A table, a row a service; the details of what is not same; what to do for all.
    fn services(&mut self, name: &str, whole: &Whole, answers: &'a [Answer]) {
        let style_of = style(whole.verdict());
        let verdict = shouted(whole.verdict());
        let same = answers.iter().filter(|one| one.outcome.verdict == Verdict::Same).count();
        let line = format!("{name}: {same} of {} services are what source says", answers.len());
        self.wrapped(&format!("{style_of}{verdict}{style_of:#} "), &line, 2);
        self.text.push('\n');
        let named = |one: &Answer| one.service.clone().unwrap_or_default();
        let longest = answers.iter().map(|one| named(one).len()).max().unwrap_or(0).max(7);
        let mut head = format!("{:<longest$}", "service");
        for rung in Rung::ALL {
            let _ = write!(head, "  {rung:<8}");
        }
        let _ = writeln!(self.text, "  {head}  replicas");
        for answer in answers {
            let mut row = format!("{:<longest$}", self.line(&named(answer)));
            for rung in Rung::ALL {
                let verdict = answer.outcome.of_rung(rung);
                let style = style(verdict);
                let _ = write!(row, "  {style}{:<8}{style:#}", shouted(verdict));
            }
            let rows = &answer.rows;
            let same = rows.iter().filter(|row| row.verdict == Verdict::Same).count();
            let same = format!("{} of {}", grouped(same), grouped(rows.len()));
            let _ = writeln!(self.text, "  {row}  {same}");
        }
        let first = answers.iter().position(|one| one.outcome.verdict == Verdict::Unknown);
        for (place, answer) in answers.iter().enumerate() {
            if answer.outcome.verdict != Verdict::Same || self.verbose {
                self.text.push('\n');
                let stated = whole.verdict() == Verdict::Unknown && first == Some(place);
                self.answer(answer, stated);
            }
        }
        let next = next_of_all(answers);
        if !next.is_empty() {
            self.text.push('\n');
        }
        for line in next {
            let bold = Style::new().bold();
            let line = self.line(&line);
            self.wrapped(&format!("{bold}next{bold:#}  "), &line, 6);
        }
    }

    fn line(&self, text: &str) -> String {
        plain(&self.clean.text(text))
    }

    /// Writes a line that begins with `lead`. Where it is longer than the terminal is wide, the rest
    /// follows below `hang` spaces. Words are never cut: an id or an address can be copied whole.
    fn wrapped(&mut self, lead: &str, text: &str, hang: usize) {
        let line = match self.width {
            None => format!("{lead}{text}"),
            Some(width) => {
                let hang = if hang + LEAST > width { 4.min(width / 4) } else { hang };
                let hang = " ".repeat(hang);
                let options = textwrap::Options::new(width)
                    .initial_indent(lead)
                    .subsequent_indent(&hang)
                    .word_separator(textwrap::WordSeparator::AsciiSpace)
                    .word_splitter(textwrap::WordSplitter::NoHyphenation)
                    .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
                    .break_words(false);
                textwrap::fill(text, options)
            }
        };
        self.text.push_str(&line);
        self.text.push('\n');
    }

    /// Writes a detail of a finding.
    fn detail(&mut self, label: &str, style: Style, value: &str) {
        let lead = format!("{:INDENT$}{style}{label:<10}{style:#} ", "");
        self.wrapped(&lead, value, INDENT + 11);
    }

    fn finding(&mut self, merged: &Merged<'_>, with_details: bool) {
        let finding = &merged.common();
        let style = style(finding.verdict);
        let verdict = shouted(finding.verdict);
        let address = self.address(merged);
        let title = self.line(&format!("{address}{}", finding.title()));
        let rung = finding.rung;
        let lead = format!("  {} {rung:<9} {style}{verdict:<8}{style:#} ", rung.number());
        self.wrapped(&lead, &format!("{title} [{}]", finding.code), INDENT + 1);
        let is_claim = finding.code == selfsame_core::findings::Code::SourceRead;
        if !with_details || is_claim {
            return;
        }
        for (label, value) in finding.details() {
            let value = self.line(&value);
            let is_stated = match label {
                "reason" => self.stated_elsewhere,
                "expected" | "found" | "commit" | "modules" | "changed" | "built with"
                | "local" => !self.shown.insert((label, value.clone())),
                _ => false,
            };
            if is_stated {
                continue;
            }
            self.detail(label, Style::new(), &value);
        }
        if merged.is_several() {
            if let Some((first, last)) = merged.started {
                let since =
                    if first == last { first.to_owned() } else { format!("{first} to {last}") };
                let since = self.line(&since);
                self.detail("since", Style::new(), &since);
            }
            let known = &self.names;
            let shown: Vec<&str> = merged
                .addresses
                .iter()
                .take(NAMED)
                .map(|address| known.get(address).copied().unwrap_or(address))
                .collect();
            let more = merged.addresses.len().saturating_sub(NAMED);
            let more =
                if more > 0 { format!(" and {} more", grouped(more)) } else { String::new() };
            let shown = self.line(&format!("{}{more}", shown.join(" ")));
            self.detail("replicas", Style::new(), &shown);
        }
        if let Some(next) = finding.next().filter(|_| !self.stated_elsewhere) {
            let next = self.line(&next);
            self.detail("next", Style::new().bold(), &next);
        }
    }

    fn address(&self, merged: &Merged<'_>) -> String {
        match merged.addresses[..] {
            [one] if self.has_several => {
                format!("{}: ", self.names.get(one).map_or(one, |name| *name))
            }
            [] | [_] => String::new(),
            _ => format!("{} replicas: ", grouped(merged.addresses.len())),
        }
    }

    /// What is worth knowing, and decides nothing.
    fn notes(&mut self, outcome: &Outcome, findings: &[Merged<'_>], rung: Rung) {
        use selfsame_core::findings::Code::{NoSource, SeveralInstances};

        if self.verbose {
            return;
        }
        for merged in findings {
            let finding = merged.finding;
            // One process of one is what everybody expects.
            let is_one = finding.evidence.instances.is_some_and(|instances| instances.seen == 1);
            let is_note = finding.rung == rung
                && !(is_one && finding.code == SeveralInstances)
                && finding.verdict == Verdict::Skipped
                && !finding.is_not_compared()
                && finding.code != NoSource;
            if !is_note {
                continue;
            }
            let address = self.address(merged);
            let reason = finding.evidence.reason.as_ref();
            let reason = reason.map_or(String::new(), |why| format!(": {why}"));
            let title = self.line(&format!("{address}{}{reason}", finding.title()));
            let dim = Style::new().dimmed();
            self.detail("note", dim, &format!("{title} [{}]", finding.code));
            // Local changes are named once, where they decide something.
            let is_named =
                outcome.not_same().iter().any(|other| !other.evidence.local_changes.is_empty());
            for (label, value) in finding.details() {
                if label == "via" || label == "local" && !is_named {
                    let value = self.line(&value);
                    self.detail(label, Style::new(), &value);
                }
            }
        }
    }

    /// What no `same` covers, in one line a reason.
    fn left_out(&mut self, outcome: &Outcome) {
        let mut lines: Vec<String> = Vec::new();
        for finding in outcome.findings.iter().filter(|finding| finding.is_not_compared()) {
            let what = finding.evidence.name.clone().unwrap_or_default();
            let why = finding.evidence.reason.clone().unwrap_or_default();
            let line = format!("not compared: {what} ({why})");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        for line in lines {
            let line = self.line(&line);
            self.wrapped("  ", &line, 4);
        }
    }
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Same => AnsiColor::Green.on_default(),
        Verdict::Drift => AnsiColor::Red.on_default().bold(),
        Verdict::Unknown => AnsiColor::Yellow.on_default(),
        Verdict::Skipped => Style::new().dimmed(),
    }
}
