//! The ladder as a person reads it at three in the morning.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use selfsame::compare::Verdict;

use crate::ladder::{Ladder, Step};
use crate::output::plain;

/// Where the texts begin, below rung and verdict.
const INDENT: usize = 22;

pub(crate) fn ladder(ladder: &Ladder) -> String {
    let mut text = String::new();
    let bold = Style::new().bold();
    let _ = writeln!(text, "{bold}selfsame{bold:#} {}\n", plain(&ladder.subject));
    for step in &ladder.steps {
        self::step(&mut text, step);
    }
    let style = style(ladder.verdict);
    let _ = match (ladder.verdict, ladder.deciding()) {
        (Verdict::Same, _) => writeln!(text, "\n{style}same{style:#} on every rung asked"),
        (verdict, Some(step)) => {
            let _ = write!(
                text,
                "\n{style}{verdict}{style:#} at rung {}, {}: {}",
                step.rung as u8,
                step.rung,
                plain(&step.finding)
            );
            match &step.next {
                Some(next) => writeln!(text, "\n  → {}", plain(next)),
                None => writeln!(text),
            }
        }
        (verdict, None) => writeln!(text, "\n{style}{verdict}{style:#}: nothing was compared"),
    };
    text
}

fn step(text: &mut String, step: &Step) {
    let style = style(step.verdict);
    let verdict = match step.verdict {
        Verdict::Drift => "DRIFT".to_owned(),
        verdict => verdict.to_string(),
    };
    let _ = writeln!(
        text,
        "  {} {:<9} {style}{verdict:<8}{style:#} {}",
        step.rung as u8,
        step.rung,
        plain(&step.finding)
    );
    let sides = [
        ("expected", step.expected.as_deref()),
        ("found", step.found.as_deref()),
        ("next", step.next.as_deref()),
    ];
    for (name, value) in sides {
        if let Some(value) = value {
            let _ = writeln!(text, "{:INDENT$}{name:<9} {}", "", plain(value));
        }
    }
    for note in &step.notes {
        let _ = writeln!(text, "{:INDENT$}{:<9} {}", "", "note", plain(note));
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
