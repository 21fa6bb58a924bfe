//! What a person reads at three in the morning: what is not same, at once.

use std::collections::HashSet;

use anstyle::{AnsiColor, Style};
use selfsame_core::compare::Verdict;
use selfsame_core::findings::{Finding, Outcome, Rung};

use super::super::Header;
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

pub(super) fn text(header: &Header, outcome: &Outcome, look: Look, clean: &Clean<'_>) -> String {
    let Look { verbose, width } = look;
    let has_several = header.targets.len() > 1;
    let text = String::new();
    let shown = HashSet::new();
    let mut page =
        Page { text, width, clean, verbose, has_several, stated_elsewhere: false, shown };
    let style = style(outcome.verdict);
    let verdict = shouted(outcome.verdict);
    let begin = match outcome.begin {
        Some(rung) => format!(", begin at rung {}, {rung}", rung.number()),
        None if outcome.verdict == Verdict::Same => " on every rung asked".to_owned(),
        None => String::new(),
    };
    let targets = page.line(&header.targets.join(" "));
    page.wrapped(&format!("{style}{verdict}{style:#} "), &format!("{targets}{begin}"), 2);
    page.text.push('\n');
    for (place, finding) in outcome.not_same().into_iter().enumerate() {
        // Why the whole is unknown is on standard error, and only there.
        page.stated_elsewhere = outcome.verdict == Verdict::Unknown && place == 0;
        page.finding(finding, true);
    }
    page.stated_elsewhere = false;
    let is_same = |finding: &&Finding| {
        finding.verdict == Verdict::Same
            || verbose && finding.verdict == Verdict::Skipped && !finding.is_not_compared()
    };
    for rung in Rung::ALL {
        for finding in outcome.findings.iter().filter(|one| one.rung == rung).filter(is_same) {
            page.finding(finding, verbose);
        }
        page.notes(outcome, rung);
    }
    page.left_out(outcome);
    if let Some(name) = header.token {
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
}

impl Page<'_> {
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

    fn finding(&mut self, finding: &Finding, with_details: bool) {
        let style = style(finding.verdict);
        let verdict = shouted(finding.verdict);
        let address = self.address(finding);
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
        if let Some(next) = finding.next().filter(|_| !self.stated_elsewhere) {
            let next = self.line(&next);
            self.detail("next", Style::new().bold(), &next);
        }
    }

    fn address(&self, finding: &Finding) -> String {
        let address = finding.address.as_ref().filter(|_| self.has_several);
        address.map_or(String::new(), |at| format!("{at}: "))
    }

    /// What is worth knowing, and decides nothing.
    fn notes(&mut self, outcome: &Outcome, rung: Rung) {
        use selfsame_core::findings::Code::{NoSource, SeveralInstances};

        if self.verbose {
            return;
        }
        for finding in &outcome.findings {
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
            let address = self.address(finding);
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
