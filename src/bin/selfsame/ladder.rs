//! The ladder: five questions in their order, each with its answer and the evidence.

use std::fmt;

use selfsame::compare::Verdict;
use serde::Serialize;

/// A question, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rung {
    Source = 1,
    Artifact,
    Running,
    Route,
    Auth,
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Source => "source",
            Self::Artifact => "artifact",
            Self::Running => "running",
            Self::Route => "route",
            Self::Auth => "auth",
        })
    }
}

/// One answer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    pub(crate) rung: Rung,
    pub(crate) verdict: Verdict,
    /// What was found out, in a sentence without a full stop.
    pub(crate) finding: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) found: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// What else is worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

impl Step {
    pub(crate) fn new(rung: Rung, verdict: Verdict, finding: impl Into<String>) -> Self {
        Self {
            rung,
            verdict,
            finding: finding.into(),
            expected: None,
            found: None,
            next: None,
            notes: Vec::new(),
        }
    }

    pub(crate) fn skipped(rung: Rung, why: &str) -> Self {
        Self::new(rung, Verdict::Skipped, why)
    }

    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says at which of several addresses it was found.
    pub(crate) fn at(&mut self, address: Option<&impl fmt::Display>) {
        if let Some(address) = address.filter(|_| self.verdict != Verdict::Skipped) {
            self.finding = format!("{address}: {}", self.finding);
        }
    }

    pub(crate) fn sides(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.found = Some(found.into());
        self
    }
}

/// All answers and what they come to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Ladder {
    pub(crate) verdict: Verdict,
    /// The rung that decides: the first that is not same among those asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rung: Option<Rung>,
    /// What the verdict is about.
    pub(crate) subject: String,
    pub(crate) steps: Vec<Step>,
}

impl Ladder {
    /// Draws the verdict from the steps, which come in the order of the rungs.
    pub(crate) fn new(subject: String, steps: Vec<Step>) -> Self {
        let asked = || steps.iter().filter(|step| step.verdict != Verdict::Skipped);
        let (verdict, rung) = match asked().find(|step| step.verdict != Verdict::Same) {
            // Of several on one rung, one that has drifted is certain whatever the others are.
            Some(first) => {
                let drift =
                    asked().any(|step| step.rung == first.rung && step.verdict == Verdict::Drift);
                (if drift { Verdict::Drift } else { first.verdict }, Some(first.rung))
            }
            // Source alone is an expectation without anything to meet it.
            None if asked().any(|step| step.rung > Rung::Source) => (Verdict::Same, None),
            None => (Verdict::Unknown, None),
        };
        Self { verdict, rung, subject, steps }
    }

    /// The same with each text as `clean` makes it.
    pub(crate) fn cleaned(mut self, clean: impl Fn(&str) -> String) -> Self {
        self.subject = clean(&self.subject);
        for step in &mut self.steps {
            step.finding = clean(&step.finding);
            for text in [&mut step.expected, &mut step.found, &mut step.next].into_iter().flatten()
            {
                *text = clean(text);
            }
            for note in &mut step.notes {
                *note = clean(note);
            }
        }
        self
    }

    /// The step that decides.
    pub(crate) fn deciding(&self) -> Option<&Step> {
        let decides = |step: &&Step| {
            Some(step.rung) == self.rung
                && step.verdict == self.verdict
                && !matches!(step.verdict, Verdict::Same | Verdict::Skipped)
        };
        self.steps.iter().find(decides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rung_that_is_not_same_decides() {
        use Rung::{Artifact, Route, Running, Source};
        use Verdict::{Drift, Same, Skipped, Unknown};

        let verdict = |steps: &[(Rung, Verdict)]| {
            let steps = steps.iter().map(|(rung, verdict)| Step::new(*rung, *verdict, ""));
            let ladder = Ladder::new(String::new(), steps.collect());
            (ladder.verdict, ladder.rung)
        };
        assert_eq!(verdict(&[(Source, Same), (Artifact, Skipped), (Running, Same)]), (Same, None));
        assert_eq!(
            verdict(&[(Source, Same), (Artifact, Unknown), (Running, Drift)]),
            (Unknown, Some(Artifact))
        );
        assert_eq!(
            verdict(&[(Source, Same), (Running, Same), (Route, Same), (Route, Drift)]),
            (Drift, Some(Route))
        );
        assert_eq!(
            verdict(&[(Running, Same), (Running, Unknown), (Running, Drift), (Route, Unknown)]),
            (Drift, Some(Running))
        );
        assert_eq!(verdict(&[(Source, Same), (Running, Skipped)]), (Unknown, None));
        assert_eq!(verdict(&[]), (Unknown, None));
    }
}
