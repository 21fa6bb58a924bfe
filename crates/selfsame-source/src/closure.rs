//! The packages that go into a binary: those that the stamping package reaches by normal and build
//! dependencies.
//!
//! The walk goes through `Cargo.lock`, packages of registries included, since a patch may lead from
//! them to local ones. The manifests cut the edges of dev-dependencies, which the lock file does not
//! mark, and say where local packages lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::{Version, VersionReq};

use super::activation::Activation;
use super::cargo_config::{self, CargoConfig};
use super::files::Files;
use super::lock::{Lock, Locked};
use super::manifest::Dependency;
use super::package::Package;
use crate::error::SourceError;

/// How many times a dependency may be held against a package of its name, in all manifests: many
/// dependencies on many versions of one name are that many pairs.
const MAX_PAIRS: usize = 1_000_000;

/// The packages that go into a binary.
#[derive(Debug)]
pub(super) struct Closure {
    /// The local packages, the stamping one first, the others sorted by directory.
    pub(super) packages: Vec<Reached>,
    /// The lines of `Cargo.lock` that say what all of them are.
    pub(super) lock: BTreeSet<String>,
    /// The directories of packages from a directory source, such as `vendor/`.
    pub(super) vendored: Vec<PathBuf>,
    /// The names of all packages.
    pub(super) names: BTreeSet<String>,
}

/// A local package that goes into a binary.
#[derive(Debug, Clone)]
pub(super) struct Reached {
    pub(super) package: Package,
    /// Whether the configuration that is built reaches it. Where that is not known, it does.
    pub(super) active: bool,
}

/// What the walk reads.
pub(super) struct Surroundings<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) config: &'a CargoConfig,
    /// What is turned on, in a build.
    pub(super) activation: Option<&'a Activation>,
}

impl Closure {
    /// Walks from `package` through `lock`.
    ///
    /// # Errors
    ///
    /// If the lock file does not hold the package, or if a local package cannot be found or read.
    pub(super) fn walk(
        package: &Package,
        lock: &Lock,
        around: &Surroundings<'_>,
    ) -> Result<Self, SourceError> {
        let start = lock.local(package.name(), package.version()).ok_or_else(|| {
            SourceError::new(format!(
                "`{}` has no package `{}` {}: run `cargo update --workspace`",
                package.lock_path().display(),
                package.name(),
                package.version()
            ))
        })?;
        let mut walk = Walk {
            lock,
            around,
            root: package,
            local: BTreeMap::from([(start, package.clone())]),
            overrides: overrides(around)?,
            edges: BTreeMap::new(),
            opened: BTreeMap::new(),
            left: MAX_PAIRS,
        };
        walk.all(start)?;
        let active = walk.active(start);
        let reached: BTreeSet<usize> = walk.edges.keys().copied().collect();
        let names = reached.iter().map(|index| lock.get(*index).name.clone()).collect();
        let edges: BTreeSet<(usize, usize)> = walk
            .edges
            .iter()
            .flat_map(|(from, edges)| edges.iter().map(|edge| (*from, edge.to)))
            .collect();
        let lines = lock.lines(&reached, &|from, to| edges.contains(&(from, to)))?;
        let vendored = walk.vendored(&reached)?;
        let mut packages: Vec<Reached> = Vec::new();
        for (index, package) in &walk.local {
            let reached = Reached { package: package.clone(), active: active.contains(index) };
            if *index == start {
                packages.insert(0, reached);
            } else {
                packages.push(reached);
            }
        }
        packages[1..].sort_by(|a, b| a.package.root().cmp(b.package.root()));
        Ok(Self { packages, lock: lines, vendored, names })
    }

    /// The stamping package and those that it names by path, where there is no lock file.
    ///
    /// # Errors
    ///
    /// If a package cannot be read.
    pub(super) fn by_path(package: &Package, files: &dyn Files) -> Result<Self, SourceError> {
        let mut seen = BTreeSet::from([package.root().to_owned()]);
        let mut packages = vec![Reached { package: package.clone(), active: true }];
        let mut at = 0;
        while let Some(reached) = packages.get(at) {
            at += 1;
            for path in reached.package.dependencies().into_iter().filter_map(|found| found.path) {
                if seen.insert(path.clone()) && files.is_file(&path.join("Cargo.toml"))? {
                    let package = Package::open_in(files, &path)?;
                    packages.push(Reached { package, active: true });
                }
            }
        }
        packages[1..].sort_by(|a, b| a.package.root().cmp(b.package.root()));
        let names = packages.iter().map(|reached| reached.package.name().to_owned()).collect();
        Ok(Self { packages, lock: BTreeSet::new(), vendored: Vec::new(), names })
    }
}

/// An edge that goes into a build.
struct Edge {
    to: usize,
    /// Whether the stamping package turns it off in the configuration that is built.
    off: bool,
}

struct Walk<'a> {
    lock: &'a Lock,
    around: &'a Surroundings<'a>,
    root: &'a Package,
    /// The local packages by their place in the lock file.
    local: BTreeMap<usize, Package>,
    /// The packages that `paths` of a configuration file puts in place of others.
    overrides: Vec<Package>,
    edges: BTreeMap<usize, Vec<Edge>>,
    /// The packages in the directories that were looked at.
    opened: BTreeMap<PathBuf, Option<Package>>,
    /// How many more times a dependency may be held against a package of its name.
    left: usize,
}

impl Walk<'_> {
    fn all(&mut self, start: usize) -> Result<(), SourceError> {
        let mut waiting = vec![start];
        while let Some(index) = waiting.pop() {
            if self.edges.contains_key(&index) {
                continue;
            }
            let edges = self.edges_of(index, index == start)?;
            waiting.extend(edges.iter().map(|edge| edge.to));
            self.edges.insert(index, edges);
        }
        Ok(())
    }

    fn active(&self, start: usize) -> BTreeSet<usize> {
        let mut active = BTreeSet::new();
        let mut waiting = vec![start];
        while let Some(index) = waiting.pop() {
            if active.insert(index) {
                let edges = self.edges.get(&index).into_iter().flatten();
                waiting.extend(edges.filter(|edge| !edge.off).map(|edge| edge.to));
            }
        }
        active
    }

    fn edges_of(&mut self, from: usize, stamps: bool) -> Result<Vec<Edge>, SourceError> {
        let lock = self.lock;
        let Some(package) = self.local.get(&from).cloned() else {
            // A registry does not resolve dev-dependencies.
            let mut edges = Vec::new();
            for &to in &lock.get(from).edges {
                self.place(to, None)?;
                edges.push(Edge { to, off: false });
            }
            return Ok(edges);
        };
        let dependencies = package.dependencies();
        let mut by_name: BTreeMap<&str, Vec<Wanted<'_>>> = BTreeMap::new();
        for dependency in &dependencies {
            by_name.entry(&dependency.package).or_default().push(Wanted::of(dependency));
        }
        let mut rivals: BTreeMap<&str, usize> = BTreeMap::new();
        for &to in &lock.get(from).edges {
            *rivals.entry(&lock.get(to).name).or_default() += 1;
        }
        let dev = package.dev_dependencies();
        let mut edges = Vec::new();
        for &to in &lock.get(from).edges {
            let target = lock.get(to);
            let is_only = rivals.get(&*target.name) == Some(&1);
            let wanted = by_name.get(&*target.name).map_or(&[][..], Vec::as_slice);
            self.left = self.left.checked_sub(wanted.len()).ok_or_else(|| {
                SourceError::new(format!(
                    "more than {MAX_PAIRS} pairs of a dependency and a package of `Cargo.lock` have \
                     one name, as `{}`",
                    target.name
                ))
            })?;
            let version = Version::parse(&target.version).ok();
            let meant: Vec<&Dependency> = wanted
                .iter()
                .filter(|wanted| is_only || wanted.allows(version.as_ref()))
                .map(|wanted| wanted.dependency)
                .collect();
            // What no table names is in a lock file that is older than the manifest.
            if meant.is_empty() && dev.contains(&target.name) {
                continue;
            }
            self.place(to, Some(&meant))?;
            let off = |dependency: &&Dependency| {
                let activation = self.around.activation.filter(|_| stamps);
                activation.is_some_and(|activation| !activation.turns_on(&package, dependency))
            };
            edges.push(Edge { to, off: !meant.is_empty() && meant.iter().all(off) });
        }
        Ok(edges)
    }

    /// Finds where a package lies, if it is local.
    fn place(&mut self, index: usize, by: Option<&[&Dependency]>) -> Result<(), SourceError> {
        if self.local.contains_key(&index) {
            return Ok(());
        }
        let locked = self.lock.get(index);
        let overriding = self.overrides.iter().find(|package| {
            package.name() == locked.name
                && (locked.source.is_none() || package.version() == locked.version)
        });
        if let Some(package) = overriding {
            self.local.insert(index, package.clone());
            return Ok(());
        }
        if locked.source.is_some() {
            return Ok(());
        }
        let named = by.into_iter().flatten().filter_map(|dependency| dependency.path.clone());
        let candidates: Vec<PathBuf> = named.chain(self.patched(locked)).collect();
        // The lock file of a moment before has a version that was changed since.
        let mut of_other_version = None;
        for directory in &candidates {
            let Some(package) = self.opened(directory)? else { continue };
            if package.name() != locked.name {
                continue;
            }
            if package.version() == locked.version {
                let package = package.clone();
                self.local.insert(index, package);
                return Ok(());
            }
            of_other_version.get_or_insert(directory);
        }
        if let Some(directory) = of_other_version
            && let Some(package) = self.opened(directory)?.cloned()
        {
            self.local.insert(index, package);
            return Ok(());
        }
        Err(SourceError::new(format!(
            "the local package `{}` {} goes into the build, and neither a dependency by path nor a \
             patch in `{}` says where it lies",
            locked.name,
            locked.version,
            self.root.workspace_root().join("Cargo.toml").display()
        )))
    }

    /// The package in a directory, if there is one. Each is read once.
    fn opened(&mut self, directory: &Path) -> Result<Option<&Package>, SourceError> {
        if !self.opened.contains_key(directory) {
            let files = self.around.files;
            let is_there = files.is_file(&directory.join("Cargo.toml"))?;
            let package = is_there.then(|| Package::open_in(files, directory)).transpose()?;
            self.opened.insert(directory.to_owned(), package);
        }
        Ok(self.opened.get(directory).and_then(Option::as_ref))
    }

    /// Where a patch or a replacement by path puts a package.
    fn patched(&self, locked: &Locked) -> Vec<PathBuf> {
        let root = self.root.workspace_root();
        let table = self.root.workspace_table();
        let in_root = cargo_config::patch_of(table, &locked.name)
            .into_iter()
            .chain(cargo_config::replaced(table, &locked.name, &locked.version))
            .map(|path| super::path::normal(&root.join(path)));
        in_root.chain(self.around.config.patched(&locked.name)).collect()
    }

    /// The directories of those packages whose source is a directory.
    fn vendored(&self, reached: &BTreeSet<usize>) -> Result<Vec<PathBuf>, SourceError> {
        let mut found = Vec::new();
        for index in reached.iter().filter(|index| !self.local.contains_key(index)) {
            let locked = self.lock.get(*index);
            if locked.is_replaced {
                continue;
            }
            let source = locked.source.as_deref().unwrap_or_default();
            let Some(directory) = self.around.config.directory_source(source) else { continue };
            found.push(self.vendored_in(&directory, locked)?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn vendored_in(&self, directory: &Path, locked: &Locked) -> Result<PathBuf, SourceError> {
        let files = self.around.files;
        let exact = directory.join(format!("{}-{}", locked.name, locked.version));
        for candidate in [exact, directory.join(&locked.name)] {
            if files.is_file(&candidate.join(super::vendored::CHECKSUMS))? {
                return Ok(candidate);
            }
        }
        Err(SourceError::new(format!(
            "`{}` stands in for a registry and does not hold `{}` {}: run `cargo vendor`",
            directory.display(),
            locked.name,
            locked.version
        )))
    }
}

/// The packages in the directories of `paths`.
fn overrides(around: &Surroundings<'_>) -> Result<Vec<Package>, SourceError> {
    let mut found = Vec::new();
    for directory in around.config.overrides() {
        if around.files.is_file(&directory.join("Cargo.toml"))? {
            found.push(Package::open_in(around.files, &directory)?);
        }
    }
    Ok(found)
}

/// A dependency with the versions that it may be met by.
struct Wanted<'a> {
    dependency: &'a Dependency,
    requirement: Option<VersionReq>,
}

impl<'a> Wanted<'a> {
    fn of(dependency: &'a Dependency) -> Self {
        let requirement = dependency.requirement.as_deref();
        Self { dependency, requirement: requirement.and_then(|text| VersionReq::parse(text).ok()) }
    }

    /// Whether the dependency may be met by this version. What cannot be read as a version may.
    fn allows(&self, version: Option<&Version>) -> bool {
        super::lock::step();
        match (&self.requirement, version) {
            (Some(requirement), Some(version)) => requirement.matches(version),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::files::Disk;
    use super::super::lock::steps;
    use super::*;

    /// Walks from the package of a manifest and a lock file, and counts the steps.
    fn walk(dependencies: &str, lock: &str) -> (Result<Closure, SourceError>, u64) {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let manifest = format!("[package]\nname = \"api\"\nversion = \"1.0.0\"\n{dependencies}");
        std::fs::write(at("Cargo.toml"), manifest).unwrap();
        std::fs::create_dir(at("src")).unwrap();
        std::fs::write(at("src/main.rs"), "fn main() {}").unwrap();
        let package = Package::open(directory.path()).unwrap();
        let config = CargoConfig::default();
        let around = Surroundings { files: &Disk, config: &config, activation: None };
        steps::COUNT.with(|count| count.set(0));
        let lock = Lock::parse(Path::new("Cargo.lock"), lock).unwrap();
        let closure = Closure::walk(&package, &lock, &around);
        (closure, steps::COUNT.with(std::cell::Cell::get))
    }

    /// A lock file whose package `api` depends on each of these, which are all called `many`.
    fn lock(many: impl Iterator<Item = (String, String)> + Clone) -> String {
        let mut text = "version = 4\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n".to_owned();
        text.push_str("dependencies = [\n");
        for (version, source) in many.clone() {
            writeln!(text, "\"many {version} ({source})\",").unwrap();
        }
        text.push_str("]\n");
        for (version, source) in many {
            write!(
                text,
                "[[package]]\nname = \"many\"\nversion = \"{version}\"\nsource = \"{source}\"\n"
            )
            .unwrap();
        }
        text
    }

    #[test]
    fn many_versions_of_one_name_take_steps_in_proportion() {
        const MANY: u64 = 20_000;

        let registry = "registry+https://example.org/index".to_owned();
        let versions = (0..MANY).map(|patch| (format!("1.0.{patch}"), registry.clone()));
        let sources = (0..MANY).map(|n| ("1.0.0".to_owned(), format!("git+https://x.org/{n}#0")));
        for text in [lock(versions), lock(sources)] {
            let (closure, steps) = walk("[dependencies]\nmany = \"1\"\n", &text);
            // A line for each package, and one for each edge.
            assert_eq!(closure.unwrap().lock.len() as u64, 2 * MANY + 1);
            assert!((MANY..20 * MANY).contains(&steps), "{steps} steps");
        }
    }

    #[test]
    fn dependencies_that_versions_multiply_have_a_limit() {
        let registry = "registry+https://example.org/index".to_owned();
        let many = |number: usize| {
            let mut dependencies = "[dependencies]\n".to_owned();
            for n in 0..number {
                writeln!(dependencies, "d{n} = {{ package = \"many\", version = \"1\" }}").unwrap();
            }
            let versions = (0..number).map(|patch| (format!("1.0.{patch}"), registry.clone()));
            walk(&dependencies, &lock(versions)).0
        };
        assert!(many(100).is_ok());
        let error = many(1_001).unwrap_err().to_string();
        assert!(error.contains("more than 1000000 pairs"), "{error}");
    }
}
