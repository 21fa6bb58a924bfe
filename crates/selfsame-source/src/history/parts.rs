//! The parts of a content, packages and modules, each of which may be of another commit.

use std::collections::BTreeSet;

use super::structure::{Answer, Covers, LinesOf, Structure};
use super::view::{State, Trace, View};
use super::{At, Subject};
use crate::modules::expected_modules;
use crate::package::Package;
use crate::scope::Scope;
use selfsame_core::stamp::{self, Digest, Module, PackageContent};

/// The parts that are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    packages: Vec<(Covers, Digest)>,
    modules: Vec<(String, Digest)>,
    scope: stamp::Scope,
}

impl Parts {
    /// Those that a stamp or a report states.
    #[must_use]
    pub fn new(packages: &[PackageContent], modules: &[Module], scope: stamp::Scope) -> Self {
        let packages = packages
            .iter()
            .map(|one| (Covers { name: one.name.clone(), path: one.path.clone() }, one.sha256));
        let modules = modules.iter().map(|module| (module.path.clone(), module.sha256));
        Self { packages: packages.collect(), modules: modules.collect(), scope }
    }

    /// How many there are: the packages, then the modules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packages.len() + self.modules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn none(&self) -> Vec<u64> {
        vec![0; self.len().div_ceil(64)]
    }

    pub(super) fn has_modules(&self) -> bool {
        !self.modules.is_empty()
    }

    pub(super) fn packages_in(&self, lines: &LinesOf, text: &[u8], found: &mut [u64]) {
        use sha2::Digest as _;

        for (index, (covers, wanted)) in self.packages.iter().enumerate() {
            let Some((_, ranges)) = lines.packages.iter().find(|(other, _)| other == covers) else {
                continue;
            };
            let mut hasher = sha2::Sha256::new();
            ranges.iter().filter_map(|(start, end)| text.get(*start..*end)).for_each(|line| {
                hasher.update(line);
            });
            if Digest::new(hasher.finalize().into()) == *wanted {
                mark(found, index);
            }
        }
    }

    pub(super) fn modules_in(&self, modules: &[Module], found: &mut [u64]) {
        for (index, (path, wanted)) in self.modules.iter().enumerate() {
            if modules.iter().any(|module| module.path == *path && module.sha256 == *wanted) {
                mark(found, self.packages.len() + index);
            }
        }
    }
}

fn mark(found: &mut [u64], index: usize) {
    if let Some(word) = found.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

/// Whether a part is marked as found.
pub(super) fn has(found: &[u64], index: usize) -> bool {
    found.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
}

/// The modules of a commit, and what they depend on.
#[derive(Debug)]
pub(super) struct Modules {
    pub(super) found: Vec<Module>,
    pub(super) structure: Structure,
}

impl Modules {
    pub(super) fn of(
        subject: &Subject<'_>,
        state: &mut State,
        wanted: &Parts,
        package: &Package,
    ) -> Self {
        state.trace = Trace::default();
        let patterns: BTreeSet<String> = Scope::of(package)
            .map(|mut scope| {
                scope.extend(&wanted.scope);
                scope.modules
            })
            .unwrap_or_default();
        let view = View::new(subject.top, state, true, None);
        let found = expected_modules(&view, package, &patterns).unwrap_or_default();
        let flags = std::mem::take(&mut state.trace).into_flags();
        Self { found, structure: Structure::bare(Answer::Fixed(At::Absent), flags) }
    }
}
