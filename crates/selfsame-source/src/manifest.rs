//! What a `Cargo.toml` says of a build, with what it inherits from its workspace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::path::{normal, relative};
use selfsame_core::stamp::canonical;

/// The keys of `[package]` that go into no binary. What `env!("CARGO_PKG_…")` can read stays.
const NOT_BUILT_PACKAGE: [&str; 11] = [
    "autobenches",
    "autoexamples",
    "autotests",
    "categories",
    "default-run",
    "documentation",
    "exclude",
    "include",
    "keywords",
    "metadata",
    "publish",
];

/// The tables of a manifest that go into no binary, or take effect in the workspace's root only.
const NOT_BUILT: [&str; 11] = [
    "badges",
    "bench",
    "dev-dependencies",
    "dev_dependencies",
    "example",
    "lints",
    "patch",
    "profile",
    "replace",
    "test",
    "workspace",
];

/// The keys of a library or binary target that say how it is tested and documented.
const NOT_BUILT_TARGET: [&str; 6] =
    ["bench", "doc", "doc-scrape-examples", "doctest", "harness", "test"];

/// A dependency that goes into a build: of `[dependencies]` or `[build-dependencies]`, also those of
/// a target. Dev-dependencies are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The name under which the package knows it.
    pub(super) key: String,
    /// The name of the package that it is.
    pub(super) package: String,
    /// The required version, unless any will do.
    pub(super) requirement: Option<String>,
    /// The directory of a path dependency.
    pub(super) path: Option<PathBuf>,
    pub(super) optional: bool,
    /// For the build script, so that it is compiled for the machine that builds.
    pub(super) build: bool,
    /// `cfg(…)` or a target triple.
    pub(super) target: Option<String>,
    /// The features that it turns on by name.
    pub(super) features: Vec<String>,
}

/// A manifest, seen together with that of its workspace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manifest<'a> {
    /// The directory of the package.
    pub(super) root: &'a Path,
    pub(super) table: &'a Table,
    /// The directory of the workspace's root, and its manifest, unless that is the package's own.
    pub(super) workspace: Option<(&'a Path, &'a Table)>,
}

impl Manifest<'_> {
    /// Where the workspace's settings stand.
    fn shared(&self) -> (&Path, &Table) {
        self.workspace.unwrap_or((self.root, self.table))
    }

    /// A field of `[package]`, its own or the workspace's.
    pub(super) fn field(&self, key: &str) -> Option<&Value> {
        let own = self.table.get("package")?.get(key)?;
        if is_inherited(own) {
            return self.shared().1.get("workspace")?.get("package")?.get(key);
        }
        Some(own)
    }

    /// The dependencies that go into a build.
    pub(super) fn dependencies(&self) -> Vec<Dependency> {
        let mut found = Vec::new();
        self.dependencies_of(self.table, None, &mut found);
        for (target, table) in self.targets() {
            self.dependencies_of(table, Some(target), &mut found);
        }
        found
    }

    /// The names of the packages that tests, benches and examples alone are built from.
    pub(super) fn dev_dependencies(&self) -> BTreeSet<String> {
        let tables = [self.table].into_iter().chain(self.targets().map(|(_, table)| table));
        tables
            .flat_map(|table| [table.get("dev-dependencies"), table.get("dev_dependencies")])
            .flatten()
            .filter_map(Value::as_table)
            .flatten()
            .map(|(key, value)| package_of(key, &self.resolved(key, value)))
            .collect()
    }

    fn targets(&self) -> impl Iterator<Item = (&str, &Table)> {
        let targets = self.table.get("target").and_then(Value::as_table).into_iter().flatten();
        targets.filter_map(|(target, table)| Some((target.as_str(), table.as_table()?)))
    }

    fn dependencies_of(&self, table: &Table, target: Option<&str>, found: &mut Vec<Dependency>) {
        for (kind, build) in
            [("dependencies", false), ("build-dependencies", true), ("build_dependencies", true)]
        {
            let Some(dependencies) = table.get(kind).and_then(Value::as_table) else { continue };
            for (key, value) in dependencies {
                let resolved = self.resolved(key, value);
                let text = |name: &str| resolved.get(name).and_then(Value::as_str);
                found.push(Dependency {
                    key: key.clone(),
                    package: package_of(key, &resolved),
                    requirement: text("version").map(str::to_owned),
                    path: text("path").map(|path| normal(&self.root.join(path))),
                    optional: resolved.get("optional").and_then(Value::as_bool) == Some(true),
                    build,
                    target: target.map(str::to_owned),
                    features: strings(resolved.get("features")),
                });
            }
        }
    }

    /// A dependency as a table, with what it inherits, its path relative to the package.
    fn resolved(&self, key: &str, value: &Value) -> Table {
        let own = as_table(value);
        if own.get("workspace").and_then(Value::as_bool) != Some(true) {
            return own;
        }
        let (root, shared) = self.shared();
        let offered = shared
            .get("workspace")
            .and_then(|workspace| workspace.get("dependencies")?.get(key))
            .map_or_else(Table::new, as_table);
        let mut resolved = offered;
        if let Some(path) = resolved.get("path").and_then(Value::as_str) {
            let path = relative(self.root, &normal(&root.join(path)));
            let path = String::from_utf8_lossy(&path).into_owned();
            resolved.insert("path".to_owned(), Value::String(path));
        }
        for (name, value) in own {
            match name.as_str() {
                "workspace" => {}
                "features" => {
                    let mut features = strings(resolved.get("features"));
                    features.extend(strings(Some(&value)));
                    let features = features.into_iter().map(Value::String).collect();
                    resolved.insert(name, Value::Array(features));
                }
                _ => {
                    resolved.insert(name, value);
                }
            }
        }
        resolved
    }

    /// What of the manifest goes into a binary, in canonical JSON: neither comments nor the order of
    /// keys nor where a value is inherited from changes it.
    pub(super) fn projection(&self) -> String {
        let mut kept = Table::new();
        for (key, value) in self.table {
            let value = match key.as_str() {
                name if NOT_BUILT.contains(&name) => continue,
                "package" => Value::Table(self.package_table()),
                "dependencies" | "build-dependencies" | "build_dependencies" => {
                    match self.dependency_table(value) {
                        Some(table) => Value::Table(table),
                        None => continue,
                    }
                }
                "target" => {
                    let targets = self.target_tables();
                    if targets.is_empty() {
                        continue;
                    }
                    Value::Table(targets)
                }
                "lib" => without(value, &NOT_BUILT_TARGET),
                "bin" => Value::Array(
                    value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|bin| without(bin, &NOT_BUILT_TARGET))
                        .collect(),
                ),
                _ => value.clone(),
            };
            kept.insert(key.replace('_', "-"), value);
        }
        json(kept)
    }

    fn package_table(&self) -> Table {
        let own = self.table.get("package").and_then(Value::as_table).into_iter().flatten();
        own.filter(|(key, _)| {
            // Where the workspace lies and which resolver it takes stands with the workspace.
            !NOT_BUILT_PACKAGE.contains(&key.as_str())
                && !matches!(key.as_str(), "workspace" | "resolver")
        })
        .filter_map(|(key, _)| Some((key.clone(), self.field(key)?.clone())))
        .collect()
    }

    fn dependency_table(&self, value: &Value) -> Option<Table> {
        let table: Table = value
            .as_table()?
            .iter()
            .map(|(key, value)| {
                let mut resolved = self.resolved(key, value);
                let features: BTreeSet<String> =
                    strings(resolved.get("features")).into_iter().collect();
                resolved.remove("features");
                if !features.is_empty() {
                    let features = features.into_iter().map(Value::String).collect();
                    resolved.insert("features".to_owned(), Value::Array(features));
                }
                if let Some(defaults) = resolved.remove("default_features") {
                    resolved.entry("default-features").or_insert(defaults);
                }
                (key.clone(), Value::Table(resolved))
            })
            .collect();
        (!table.is_empty()).then_some(table)
    }

    fn target_tables(&self) -> Table {
        let mut kept = Table::new();
        for (target, table) in self.targets() {
            let mut of_target = Table::new();
            for key in ["dependencies", "build-dependencies", "build_dependencies"] {
                let dependencies = table.get(key).and_then(|value| self.dependency_table(value));
                if let Some(dependencies) = dependencies {
                    of_target.insert(key.replace('_', "-"), Value::Table(dependencies));
                }
            }
            if !of_target.is_empty() {
                kept.insert(target.to_owned(), Value::Table(of_target));
            }
        }
        kept
    }

    /// What takes effect of the workspace's root, as far as it bears on the packages that
    /// `is_reached` names, in canonical JSON: the resolver, profiles, patches.
    pub(super) fn workspace_projection(&self, is_reached: &dyn Fn(&str) -> bool) -> String {
        let (_, root) = self.shared();
        let mut kept = Table::new();
        kept.insert("resolver".to_owned(), Value::String(self.resolver()));
        if let Some(profiles) = root.get("profile").and_then(Value::as_table) {
            let profiles = profiles_of(profiles, is_reached);
            if !profiles.is_empty() {
                kept.insert("profile".to_owned(), Value::Table(profiles));
            }
        }
        if let Some(patches) = root.get("patch").and_then(Value::as_table) {
            let patches = patches_of(patches, is_reached);
            if !patches.is_empty() {
                kept.insert("patch".to_owned(), Value::Table(patches));
            }
        }
        if let Some(replaced) = root.get("replace").and_then(Value::as_table) {
            let replaced: Table = replaced
                .iter()
                .filter(|(spec, _)| is_reached(name_of_spec(spec)))
                .map(|(spec, value)| (spec.clone(), value.clone()))
                .collect();
            if !replaced.is_empty() {
                kept.insert("replace".to_owned(), Value::Table(replaced));
            }
        }
        json(kept)
    }

    /// The version of cargo's resolver of features: what the root says, or what follows from the
    /// edition of its package (<https://doc.rust-lang.org/cargo/reference/resolver.html>).
    fn resolver(&self) -> String {
        let (_, root) = self.shared();
        let said = |table: &str| root.get(table)?.get("resolver")?.as_str().map(str::to_owned);
        said("workspace").or_else(|| said("package")).unwrap_or_else(|| {
            let package = root.get("package").and_then(|package| package.get("edition"));
            let shared = || root.get("workspace")?.get("package")?.get("edition");
            let edition = match package {
                Some(edition) if is_inherited(edition) => shared(),
                edition => edition,
            };
            match edition.and_then(Value::as_str) {
                None | Some("2015" | "2018") => "1",
                Some("2021") => "2",
                Some(_) => "3",
            }
            .to_owned()
        })
    }
}

/// What a profile says of the packages that are reached. Those of tests and benches build no service.
pub(super) fn profiles_of(profiles: &Table, is_reached: &dyn Fn(&str) -> bool) -> Table {
    let built = profiles.iter().filter(|(name, _)| !matches!(name.as_str(), "bench" | "test"));
    built
        .map(|(name, profile)| {
            let mut profile = as_table(profile);
            if let Some(Value::Table(packages)) = profile.get_mut("package") {
                packages.retain(|spec, _| spec == "*" || is_reached(name_of_spec(spec)));
            }
            (name.clone(), Value::Table(profile))
        })
        .collect()
}

/// The patches of the packages that are reached.
pub(super) fn patches_of(patches: &Table, is_reached: &dyn Fn(&str) -> bool) -> Table {
    let mut kept = Table::new();
    for (registry, patched) in patches {
        let kept_of_it: Table = as_table(patched)
            .into_iter()
            .filter(|(key, value)| is_reached(&package_of(key, &as_table(value))))
            .collect();
        if !kept_of_it.is_empty() {
            kept.insert(registry.clone(), Value::Table(kept_of_it));
        }
    }
    kept
}

/// The name in a package id specification such as `serde:1.0.1`, `serde@1.0.1` or
/// `https://example.org#serde@1.0.1`.
pub(super) fn name_of_spec(spec: &str) -> &str {
    let spec = spec.rsplit_once('#').map_or(spec, |(_, name)| name);
    spec.split(['@', ':']).next().unwrap_or(spec)
}

/// The name of the package that a dependency is, which `package` may say.
pub(super) fn package_of(key: &str, dependency: &Table) -> String {
    dependency.get("package").and_then(Value::as_str).unwrap_or(key).to_owned()
}

/// A dependency as a table: a text is its version.
pub(super) fn as_table(value: &Value) -> Table {
    match value {
        Value::Table(table) => table.clone(),
        Value::String(version) => {
            Table::from_iter([("version".to_owned(), Value::String(version.clone()))])
        }
        _ => Table::new(),
    }
}

fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn without(value: &Value, keys: &[&str]) -> Value {
    let kept = as_table(value).into_iter().filter(|(key, _)| !keys.contains(&key.as_str()));
    Value::Table(kept.collect())
}

pub(super) fn json(table: Table) -> String {
    let value = serde_json::to_value(table).expect("TOML has no value that JSON cannot hold");
    canonical::text(&value)
}
