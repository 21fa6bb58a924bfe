//! The packages that go into a binary: those that the stamping package reaches by normal and build
//! dependencies.
//!
//! The walk goes through `Cargo.lock`, packages of registries included, since a patch may lead from
//! them to local ones. The manifests cut the edges of dev-dependencies, which the lock file does not
//! mark, and say where local packages lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::{Version, VersionReq};

use super::SourceError;
use super::activation::Activation;
use super::cargo_config::{self, CargoConfig};
use super::files::Files;
use super::lock::{Lock, Locked};
use super::manifest::Dependency;
use super::package::Package;

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
        };
        walk.all(start)?;
        let active = walk.active(start);
        let reached: BTreeSet<usize> = walk.edges.keys().copied().collect();
        let names = reached.iter().map(|index| lock.get(*index).name.clone()).collect();
        let lines = lock.lines(&reached, &|from, to| {
            walk.edges.get(&from).is_some_and(|edges| edges.iter().any(|edge| edge.to == to))
        });
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
        let dev = package.dev_dependencies();
        let mut edges = Vec::new();
        for &to in &lock.get(from).edges {
            let target = lock.get(to);
            let rivals = lock.get(from).edges.iter();
            let is_only = rivals.filter(|edge| lock.get(**edge).name == target.name).count() == 1;
            let meant: Vec<&Dependency> = dependencies
                .iter()
                .filter(|found| found.package == target.name && (is_only || allows(found, target)))
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
        for directory in &candidates {
            if !self.around.files.is_file(&directory.join("Cargo.toml"))? {
                continue;
            }
            let package = Package::open_in(self.around.files, directory)?;
            if package.name() == locked.name && package.version() == locked.version {
                self.local.insert(index, package);
                return Ok(());
            }
        }
        // The lock file of a moment before: a version that was changed since.
        for directory in &candidates {
            if self.around.files.is_file(&directory.join("Cargo.toml"))? {
                let package = Package::open_in(self.around.files, directory)?;
                if package.name() == locked.name {
                    self.local.insert(index, package);
                    return Ok(());
                }
            }
        }
        Err(SourceError::new(format!(
            "the local package `{}` {} goes into the build, and neither a dependency by path nor a \
             patch in `{}` says where it lies",
            locked.name,
            locked.version,
            self.root.workspace_root().join("Cargo.toml").display()
        )))
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

/// Whether a dependency may be met by this version. What cannot be read as a version may.
fn allows(dependency: &Dependency, locked: &Locked) -> bool {
    let Some(requirement) = &dependency.requirement else { return true };
    match (VersionReq::parse(requirement), Version::parse(&locked.version)) {
        (Ok(requirement), Ok(version)) => requirement.matches(&version),
        _ => true,
    }
}
