//! Whether the expected modules are compiled in: by the compiler's own list of files where it lies
//! beside the artifact, else by what the build script could tell from the `mod` lines.

use std::path::{Path, PathBuf};

use selfsame::compare::Verdict;
use selfsame::source::Compiled;
use selfsame::stamp::{Declared, Module};

use super::identity::listed;
use crate::ladder::Step;
use crate::source::Facts;

/// The list of the files that went into an artifact, if it speaks of the checkout in `directory`.
pub(super) struct Evidence {
    compiled: Compiled,
    directory: PathBuf,
}

impl Evidence {
    /// Finds the list beside `artifact`. Says why it cannot be used, if there is one that cannot.
    pub(super) fn beside(
        artifact: &Path,
        directory: Option<&Path>,
    ) -> Result<Option<Self>, String> {
        let Some(compiled) = Compiled::beside(artifact).map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        // Cargo writes the paths as it saw them, which may be through a link.
        let directory = directory.into_iter().flat_map(|directory| {
            [std::path::absolute(directory), directory.canonicalize()].into_iter().flatten()
        });
        let found = directory.into_iter().find(|directory| compiled.speaks_of(directory));
        Ok(found.map(|directory| Self { compiled, directory }))
    }

    /// The files that the compiler read and content does not cover.
    fn uncovered(&self, facts: &Facts) -> Vec<String> {
        let Some(content) = &facts.content else { return Vec::new() };
        self.compiled
            .of_package(&self.directory)
            .filter(|file| file != "Cargo.lock" && !content.covers(file))
            .collect()
    }
}

/// Adds to a rung what is known of the modules. A module that is not compiled in is drift, however
/// equal the rest may be.
pub(super) fn judge(
    mut step: Step,
    subject: &str,
    modules: &[Module],
    evidence: Option<&Evidence>,
    facts: Option<&Facts>,
) -> Step {
    let mut missing = Vec::new();
    let mut unknown = Vec::new();
    for module in modules {
        let name = &module.name;
        let in_it = evidence
            .and_then(|evidence| evidence.compiled.holds_module(&evidence.directory, &module.path));
        match (in_it, &module.declared) {
            (Some(true), _) | (None, Some(Declared::Yes) | None) => {}
            (Some(false) | None, Some(Declared::No(why))) => {
                missing.push(format!("`{name}` ({why})"));
            }
            (Some(false), _) => missing.push(format!("`{name}` (the compiler read none of it)")),
            (None, Some(Declared::Unknown(why))) => unknown.push(format!("`{name}` ({why})")),
        }
    }
    if !missing.is_empty() {
        let plural = if missing.len() > 1 { "s are" } else { " is" };
        let what =
            format!("the module{plural} in source and not compiled in: {}", listed(&missing));
        if step.verdict == Verdict::Drift {
            step = step.note(what);
        } else {
            step.verdict = Verdict::Drift;
            step.finding = format!("{subject} is built from it, but {what}");
            step = step.next("add the `mod` line or switch the feature on, and rebuild");
        }
    }
    if !unknown.is_empty() {
        step = step.note(format!("whether these are compiled in is open: {}", listed(&unknown)));
    }
    match (evidence, facts) {
        (Some(evidence), Some(facts)) => evidence
            .uncovered(facts)
            .iter()
            .take(8)
            .map(|file| format!("compiled in and no content: {file}; name it: .also({file:?})"))
            .fold(step, Step::note),
        _ => step,
    }
}
