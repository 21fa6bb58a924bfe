//! What was found, shown: for people, as JSON, as annotations, as `JUnit`. Each is a view of the same
//! findings.

mod github;
mod human;
mod json;
mod junit;

use selfsame_core::compare::Verdict;
use selfsame_core::environment::Environment;
use selfsame_core::findings::Finding;

use self::human::Look;
use super::answer::{Answer, Whole};
use super::fleet::Merged;
use crate::args::{Check, Format};
use crate::error::Failure;
use crate::output::{self, Exit};
use crate::redact::Secrets;

pub(crate) use self::json::of_failure as json_of_failure;

/// Makes a text safe to show: what a server sent may hold what it was sent, and any amount of it.
#[derive(Default)]
struct Clean<'a>(Option<&'a Secrets>);

impl Clean<'_> {
    fn text(&self, text: &str) -> String {
        output::clipped(&self.0.map_or_else(|| text.to_owned(), |secrets| secrets.hide(text)))
    }
}

/// Prints the findings, and returns what they come to.
pub(super) fn show(
    arguments: &Check,
    environment: &Environment,
    whole: &Whole,
    secrets: &Secrets,
) -> Result<Exit, Failure> {
    let exit = whole.exit();
    if arguments.quiet {
        return Ok(exit);
    }
    let clean = Clean(Some(secrets));
    match arguments.format {
        Format::Human => {
            let look = Look { verbose: arguments.verbose, width: output::width(environment) };
            output::print(&human::text(whole, look, &clean))?;
        }
        Format::Json => output::print(&json::text(whole, &clean))?,
        Format::Junit => output::print(&junit::text(whole, &clean))?,
        Format::Github => {
            output::print(&github::annotations(whole, &clean))?;
            github::append(environment, &github::summary(whole, &clean))?;
        }
    }
    if whole.verdict() == Verdict::Unknown {
        output::complain(&clean.text(&reason(whole)));
    }
    Ok(exit)
}

/// Says that the command itself failed.
pub(super) fn show_failure(arguments: &Check, failure: &Failure, exit: Exit) {
    let message = failure.to_string();
    let text = match arguments.format {
        Format::Human => String::new(),
        Format::Json => json::of_failure(&message, exit),
        Format::Junit => junit::of_failure(&message),
        Format::Github => github::of_failure(&message),
    };
    let _ = output::print(&text);
    output::complain(&message);
}

/// Why the answer is unknown, in one line.
fn reason(whole: &Whole) -> String {
    let unknown = |answer: &&Answer| answer.outcome.verdict == Verdict::Unknown;
    let answer = whole.answers.iter().find(unknown);
    let first = answer.and_then(|answer| answer.merged().into_iter().find(is_not_same));
    let (Some(answer), Some(merged)) = (answer, first) else {
        return "nothing was compared; help: give --source, --commit or --artifact".to_owned();
    };
    let (service, first) = (answer.prefix(), merged.finding);
    format!(
        "{service}{} (rung {}, {}, {})",
        sentence(first),
        first.rung.number(),
        first.rung,
        first.code
    )
}

fn is_not_same(merged: &Merged<'_>) -> bool {
    matches!(merged.finding.verdict, Verdict::Drift | Verdict::Unknown)
}

/// A finding in one line: where, what, why, and what next.
fn sentence(finding: &Finding) -> String {
    let address = finding.address.as_ref().map_or(String::new(), |at| format!("{at}: "));
    let reason = finding.evidence.reason.as_ref().map_or(String::new(), |why| format!(": {why}"));
    let cached = finding.evidence.via.as_ref().and_then(|via| via.cached.as_ref());
    let cached = cached.map_or(String::new(), |header| format!(" ({header})"));
    let next = finding.next().map_or(String::new(), |next| format!("; help: {next}"));
    format!("{address}{}{cached}{reason}{next}", finding.title())
}

/// A verdict as people read it at once.
fn shouted(verdict: Verdict) -> String {
    match verdict {
        Verdict::Drift => "DRIFT".to_owned(),
        verdict => verdict.to_string(),
    }
}
