//! Which of its optional and target-specific dependencies the stamping package turns on.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;

use super::declared::Configuration;
use super::manifest::Dependency;
use super::package::Package;
use selfsame_core::environment::Environment;

/// The features and the target of a build, as cargo passes them to a build script.
#[derive(Debug, Clone)]
pub struct Activation {
    features: BTreeSet<String>,
    target: String,
    configuration: Configuration,
}

impl Activation {
    /// Reads what cargo passes to a build script.
    #[must_use]
    pub fn of_build(environment: &Environment) -> Self {
        let text = |name: &str| environment.get(name).unwrap_or_default().to_string_lossy();
        Self {
            features: text("CARGO_CFG_FEATURE").split(',').map(str::to_owned).collect(),
            target: text("TARGET").into_owned(),
            configuration: Configuration::of_build(environment),
        }
    }

    /// Whether the package is built with the dependency. What cannot be decided is on.
    pub(super) fn turns_on(&self, package: &Package, dependency: &Dependency) -> bool {
        (!dependency.optional || self.has(package, &dependency.key))
            && dependency.target.as_deref().is_none_or(|target| self.is_target(target, dependency))
    }

    /// Whether a feature that is on turns on the optional dependency `key`: that of its own name,
    /// or one that lists `dep:key`, `key` or `key/feature`.
    fn has(&self, package: &Package, key: &str) -> bool {
        let lists = |feature: &String| {
            package.feature(feature).any(|listed| {
                let listed = listed.strip_prefix("dep:").unwrap_or(listed);
                listed.split('/').next() == Some(key)
            })
        };
        self.features.contains(key) || self.features.iter().any(lists)
    }

    fn is_target(&self, target: &str, dependency: &Dependency) -> bool {
        // A build script's dependencies are those of the machine that builds.
        if dependency.build {
            return true;
        }
        let predicate = target.trim().strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')'));
        match predicate {
            None => target == self.target,
            Some(predicate) => predicate
                .parse::<TokenStream>()
                .map_or(true, |predicate| !self.configuration.is_off(&predicate)),
        }
    }
}
