use serde::{Deserialize, Serialize};

use super::Report;
use crate::routes::{ListComparison, Routes};
use crate::stamp::Declared;

/// How many modules, routes and configurations a process has. Counts are not names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// The modules, if any are expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<ModuleCounts>,
    /// The routes, if they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<RouteCounts>,
    /// The configuration, if the process names any and has looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<ConfigCounts>,
}

/// The configuration that the process names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfigCounts {
    /// So many are named.
    pub named: u64,
    /// So many of them are what was loaded.
    pub loaded: u64,
    /// Of so many that is unknown.
    pub unknown: u64,
}

/// The modules that source expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModuleCounts {
    /// So many are expected.
    pub expected: u64,
    /// So many of them may be compiled in: all that are not known to be left out.
    pub compiled: u64,
}

/// The routes of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RouteCounts {
    /// So many are mounted.
    pub listed: u64,
    /// So many lines of the list in source are not.
    pub missing: u64,
}

impl Counts {
    /// Counts what a full report names. `None` if there is nothing to count.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let Some(modules) = &report.modules else { return report.counts };
        let left_out =
            modules.iter().filter(|module| matches!(module.declared, Some(Declared::No(_))));
        let modules = (!modules.is_empty()).then(|| ModuleCounts {
            expected: modules.len() as u64,
            compiled: (modules.len() - left_out.count()) as u64,
        });
        let missing = report.route_list.as_ref().and_then(ListComparison::difference);
        let missing = missing.map_or(0, |difference| difference.missing().len() as u64);
        let routes = match &report.routes {
            Some(Routes::Listed(list)) => Some(RouteCounts { listed: list.len() as u64, missing }),
            _ => None,
        };
        let counts = Self { modules, routes, config: ConfigCounts::of(report) };
        (counts != Self::default()).then_some(counts)
    }

    /// Whether no part is larger than its whole.
    pub(super) fn is_sound(&self) -> bool {
        self.modules.is_none_or(|modules| modules.compiled <= modules.expected)
            && self.config.is_none_or(|config| {
                config.loaded.checked_add(config.unknown).is_some_and(|some| some <= config.named)
            })
    }
}

impl ConfigCounts {
    fn of(report: &Report) -> Option<Self> {
        let config = &report.observed.as_ref()?.config;
        let count = |loaded| config.iter().filter(|one| one.loaded() == loaded).count() as u64;
        let counts =
            Self { named: config.len() as u64, loaded: count(Some(true)), unknown: count(None) };
        (counts.named > 0).then_some(counts)
    }

    /// So many are known to be other than what was loaded.
    #[must_use]
    pub fn not_loaded(&self) -> u64 {
        self.named.saturating_sub(self.loaded).saturating_sub(self.unknown)
    }
}
