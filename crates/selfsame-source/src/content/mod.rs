//! Everything that goes into a binary: the content of a package and of the local packages that it is
//! built from.
//!
//! Content answers one question: could the binary differ? It is defined by source alone, so that it
//! is the same with git and without, in a checkout and in a Docker within, at any revision.

mod conventions;
mod files;
mod front_end;
mod rule;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use self::conventions::{CONVENTIONAL, CONVENTIONAL_ELSEWHERE, OF_NPM_ROOT};
pub use self::rule::{Excluded, Rule};

use super::activation::Activation;
use super::cargo_config::CargoConfig;
use super::closure::{self, Closure, Reached};
use super::files::Files;
use super::lock::Lock;
use super::npm::Surroundings;
use super::path::relative;
use crate::error::SourceError;
use crate::package::Package;
use crate::path::{normal, os};
use crate::{members, vendored};
use selfsame_core::stamp::{Digest, Outside, PackageContent};
use selfsame_core::tree::Lines;

/// The name of the line of what the packages are in `Cargo.lock`.
pub(crate) const LOCK: &str = "lock";

/// The name of the line of what takes effect of the workspace's manifest.
pub(crate) const WORKSPACE: &str = "workspace";

/// Where content is read from.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The files.
    pub files: &'a dyn Files,
    /// The root of the repository, where there is one that tracks the package.
    pub top: Option<&'a Path>,
    /// `CARGO_HOME`, whose configuration is the machine's.
    pub cargo_home: Option<&'a Path>,
    /// What is turned on, in a build.
    pub activation: Option<&'a Activation>,
}

/// Everything of a package, and of the local packages that it is built from, that goes into a binary.
///
/// Its digest is the SHA-256 of lines as `sha256sum` prints them: one for each file, under its path
/// from the package (`./src/main.rs`, `../kit/src/lib.rs`), and one for each text that is made from a
/// manifest or a lock file (`manifest ./Cargo.toml`, `lock`, `workspace`,
/// `config ../.cargo/config.toml`).
#[derive(Debug)]
pub struct Content {
    lines: BTreeMap<Vec<u8>, Line>,
    packages: Vec<Covered>,
    /// The files that were looked at and go into no binary, each with the reason.
    excluded: BTreeMap<PathBuf, Excluded>,
    /// The directories that were listed.
    directories: BTreeSet<PathBuf>,
    /// Paths that would be content if they existed.
    absent: BTreeSet<PathBuf>,
    /// The directories whose files may count by their names.
    listed: BTreeSet<PathBuf>,
    /// The packages of `Cargo.lock` with their edges, a line each.
    lock: BTreeSet<String>,
    foreign: Vec<String>,
    /// The files that documentation includes.
    documented: BTreeSet<PathBuf>,
    unknown: Option<String>,
}

/// One line of a content.
#[derive(Debug, Clone)]
pub struct Line {
    /// The SHA-256 of the file, or of the text.
    pub digest: Digest,
    /// The file, unless the line is that of a text.
    pub path: Option<PathBuf>,
    /// Where its bytes lie, if a link leads there.
    pub target: Option<PathBuf>,
    /// The length of the file or text in bytes.
    pub length: u64,
    /// Why it is content.
    pub rule: Rule,
    /// The text, unless the line is that of a file.
    pub text: Option<String>,
    /// The packages that it belongs to, by their place in [`Content::packages`].
    pub(crate) owners: BTreeSet<usize>,
}

/// A package that content covers.
#[derive(Debug, Clone)]
pub struct Covered {
    /// The package.
    pub package: Package,
    /// Whether the configuration that is built reaches it. Where that is not known, it does.
    pub active: bool,
    /// Whether it lies outside the repository.
    pub outside: bool,
}

impl Content {
    /// Hashes the content of `package`.
    ///
    /// A part that cannot be established, such as that of a missing `Cargo.lock`, makes the digest
    /// unknown and is not an error.
    ///
    /// # Errors
    ///
    /// If something cannot be read, or if a path that source names does not exist.
    pub fn of(package: &Package, within: &Context<'_>) -> Result<Self, SourceError> {
        let mut content = Self {
            lines: BTreeMap::new(),
            packages: Vec::new(),
            excluded: BTreeMap::new(),
            directories: BTreeSet::new(),
            absent: BTreeSet::new(),
            listed: BTreeSet::new(),
            lock: BTreeSet::new(),
            foreign: Vec::new(),
            documented: BTreeSet::new(),
            unknown: None,
        };
        if package.is_cargo() {
            content.of_cargo(package, within)?;
        } else {
            content.of_front_end(package, within)?;
            if content.lines.is_empty() {
                // The hash of nothing would equal that of any other directory.
                content.unknown = Some(format!(
                    "nothing that `{}` is built from is known: name it in `selfsame.also` of its \
                     package.json",
                    package.root().display()
                ));
            }
        }
        Ok(content)
    }

    fn of_front_end(&mut self, package: &Package, within: &Context<'_>) -> Result<(), SourceError> {
        let around = Surroundings::of(package, within.files, within.top)?;
        self.unknown.clone_from(&around.unknown);
        self.absent.extend(around.places.iter().cloned());
        for package in [package].into_iter().chain(&around.packages) {
            let outside = within.top.is_some_and(|top| !package.root().starts_with(top));
            self.packages.push(Covered { package: package.clone(), active: true, outside });
        }
        self.add_files(package, within, Some(&around))
    }

    fn of_cargo(&mut self, package: &Package, within: &Context<'_>) -> Result<(), SourceError> {
        let files = within.files;
        let root = package.workspace_root();
        let config = CargoConfig::read(files, root, within.top, within.cargo_home)?;
        let around =
            closure::Surroundings { files, config: &config, activation: within.activation };
        let lock_path = package.lock_path();
        let closure = match Lock::read(files, &lock_path)? {
            Some(lock) => lock.and_then(|lock| {
                Closure::walk(package, &lock, &around).map_err(|error| error.to_string())
            }),
            None => Err(format!(
                "there is no `{}`, so it is open what would be built: commit it",
                lock_path.display()
            )),
        };
        let closure = closure.or_else(|why| {
            self.unknown = Some(why);
            Closure::by_path(package, files)
        })?;
        if files.is_file(&package.root().join(super::exported::CARGO_VCS_INFO))? {
            self.unknown = Some(
                "cargo has rewritten the manifest of this package and cut off its siblings when it \
                 packaged it"
                    .to_owned(),
            );
        }
        for Reached { package, active } in &closure.packages {
            let outside = within.top.is_some_and(|top| !package.root().starts_with(top));
            self.packages.push(Covered { package: package.clone(), active: *active, outside });
        }
        self.add_files(package, within, None)?;
        for index in 0..self.packages.len() {
            let covered = self.packages[index].package.clone();
            let manifest = covered.root().join("Cargo.toml");
            let name = text_name(package, "manifest", &manifest);
            self.add_text(name, covered.projection(), Rule::Manifest, Some(index));
        }
        let is_reached = |name: &str| closure.names.contains(name);
        let inside = self.packages.iter().map(|covered| covered.package.root()).collect();
        self.foreign = members::foreign_features(files, package, &inside, &is_reached)?;
        let workspace = package.workspace_projection(&is_reached);
        self.add_text(WORKSPACE.into(), workspace, Rule::Workspace, None);
        for (path, text) in config.projections(&is_reached) {
            let name = text_name(package, "config", path);
            self.add_text(name, text, Rule::Config, None);
        }
        if !closure.lock.is_empty() {
            let text = closure.lock.iter().map(|line| line.clone() + "\n").collect();
            self.add_text(LOCK.into(), text, Rule::Lock, None);
        }
        for directory in &closure.vendored {
            self.directories.insert(directory.clone());
            for path in vendored::content(files, directory)? {
                let (digest, length) = files.digest(&path)?;
                let name = name_of(package, &path);
                let line = Line {
                    digest,
                    path: Some(path),
                    target: None,
                    length,
                    rule: Rule::Vendored,
                    text: None,
                    owners: BTreeSet::new(),
                };
                self.lines.insert(name, line);
            }
        }
        self.lock = closure.lock;
        for directory in root.ancestors().take_while(|above| {
            within.top.is_some_and(|top| above.starts_with(top)) || *above == root
        }) {
            self.absent.extend(CargoConfig::candidates(directory));
        }
        Ok(())
    }

    fn add_text(&mut self, name: Vec<u8>, text: String, rule: Rule, owner: Option<usize>) {
        let line = Line {
            digest: Digest::of(text.as_bytes()),
            path: None,
            target: None,
            length: text.len() as u64,
            rule,
            text: Some(text),
            owners: owner.into_iter().collect(),
        };
        self.lines.insert(name, line);
    }

    /// The digest, or why it is unknown.
    ///
    /// # Errors
    ///
    /// If content is not all that goes into the binary.
    pub fn digest(&self) -> Result<Digest, &str> {
        match &self.unknown {
            Some(why) => Err(why),
            None => Ok(self.lines().digest()),
        }
    }

    /// The lines under the digest, sorted by the bytes of the names.
    #[must_use]
    pub fn lines(&self) -> Lines {
        self.lines_of(|_| true)
    }

    fn lines_of(&self, counts: impl Fn(&Line) -> bool) -> Lines {
        let mut lines = Lines::new();
        for (name, line) in self.lines.iter().filter(|(_, line)| counts(line)) {
            lines.push(line.digest, name);
        }
        lines
    }

    /// Each line by its name, sorted by the bytes of the names.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &Line)> {
        self.lines.iter().map(|(name, line)| (name.as_slice(), line))
    }

    /// The line of this name.
    #[must_use]
    pub fn entry(&self, name: &[u8]) -> Option<&Line> {
        self.lines.get(name)
    }

    /// The packages that a line belongs to.
    pub fn owners(&self, line: &Line) -> impl Iterator<Item = &Covered> {
        line.owners.iter().map(|index| &self.packages[*index])
    }

    /// The file that a line of this name is of, or is made from.
    #[must_use]
    pub fn file_of(&self, name: &[u8]) -> PathBuf {
        let package = &self.packages[0].package;
        if name == LOCK.as_bytes() {
            return package.lock_path();
        }
        if name == WORKSPACE.as_bytes() {
            return package.workspace_root().join("Cargo.toml");
        }
        let text = [&b"manifest "[..], b"config "].iter().find_map(|text| name.strip_prefix(*text));
        normal(&package.root().join(os(text.unwrap_or(name))))
    }

    /// The features that members of the workspace outside of the closure turn on in packages that
    /// are in it, which cargo unites where both are built at once.
    #[must_use]
    pub fn foreign_features(&self) -> &[String] {
        &self.foreign
    }

    /// The packages, the stamping one first.
    #[must_use]
    pub fn packages(&self) -> &[Covered] {
        &self.packages
    }

    /// The package that a line belongs to: the stamping one where it is one of several.
    #[must_use]
    pub fn owner(&self, line: &Line) -> Option<&Covered> {
        line.owners.first().map(|index| &self.packages[*index])
    }

    /// The packages as a stamp names them, each with the digest of its own lines.
    #[must_use]
    pub fn package_contents(&self) -> Vec<PackageContent> {
        let root = self.packages[0].package.root();
        let mut contents: Vec<PackageContent> = Vec::with_capacity(self.packages.len());
        for (index, covered) in self.packages.iter().enumerate() {
            let path = relative(root, covered.package.root());
            let path = String::from_utf8_lossy(&path);
            let path = if path.is_empty() { "." } else { &path };
            let sha256 = self.lines_of(|line| line.owners.contains(&index)).digest();
            let mut content = PackageContent::new(covered.package.name(), path, sha256);
            content.inactive = !covered.active;
            contents.push(content);
        }
        contents.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
        contents
    }

    /// The packages that lie outside the repository, as a stamp names them.
    #[must_use]
    pub fn outside(&self) -> Vec<Outside> {
        let root = self.packages[0].package.root();
        let outside = self.packages.iter().filter(|covered| covered.outside);
        let mut named: Vec<Outside> = outside
            .map(|covered| {
                let path = relative(root, covered.package.root());
                Outside::new(covered.package.name(), String::from_utf8_lossy(&path))
            })
            .collect();
        named.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
        named
    }

    /// The lines that say what the packages are in `Cargo.lock`.
    #[must_use]
    pub fn locked(&self) -> &BTreeSet<String> {
        &self.lock
    }

    /// Why a file that was looked at is not content.
    #[must_use]
    pub fn excluded(&self, path: &Path) -> Option<Excluded> {
        self.excluded.get(path).copied()
    }

    /// The files that were looked at and are not content.
    pub fn exclusions(&self) -> impl Iterator<Item = (&Path, Excluded)> {
        self.excluded.iter().map(|(path, why)| (path.as_path(), *why))
    }

    /// The line of the file at an absolute path.
    #[must_use]
    pub fn line_of(&self, path: &Path) -> Option<&Line> {
        self.lines.get(&name_of(&self.packages[0].package, path))
    }

    /// Whether documentation alone includes the file at an absolute path.
    #[must_use]
    pub fn is_documentation(&self, path: &Path) -> bool {
        self.documented.contains(path) && !self.covers(path)
    }

    /// Whether content holds the file at an absolute path, or the text that is made from it.
    #[must_use]
    pub fn covers(&self, path: &Path) -> bool {
        let name = name_of(&self.packages[0].package, path);
        self.lines.contains_key(&name)
            || ["manifest ", "config "]
                .iter()
                .any(|text| self.lines.contains_key(&[text.as_bytes(), &*name].concat()))
            || *path == self.packages[0].package.lock_path()
            || *path == self.packages[0].package.workspace_root().join("Cargo.toml")
    }

    /// Whether something at `path`, or below it, is content, or could be.
    pub(crate) fn concerns(&self, path: &Path) -> bool {
        let near = |known: &Path| known.starts_with(path) || path.starts_with(known);
        self.covers(path)
            || self.directories.iter().any(|directory| near(directory))
            || self.absent.iter().any(|absent| near(absent))
            || self.counts_by_name(path)
            || self.packages.iter().any(|covered| covered.package.root().starts_with(path))
            || self.paths().any(near)
    }

    fn counts_by_name(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        path.parent().is_some_and(|parent| self.listed.contains(parent))
            && name.is_some_and(conventions::counts_by_name)
    }

    /// The files, and what links lead to.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.lines
            .values()
            .flat_map(|line| [&line.path, &line.target])
            .flatten()
            .map(PathBuf::as_path)
    }

    /// The places that content lies in, or could: the packages, and what they read elsewhere.
    pub(crate) fn places(&self) -> BTreeSet<PathBuf> {
        let mut places: BTreeSet<PathBuf> =
            self.packages.iter().map(|covered| covered.package.root().to_owned()).collect();
        let package = &self.packages[0].package;
        if package.is_cargo() {
            places.insert(package.lock_path());
            places.insert(package.workspace_root().join("Cargo.toml"));
        }
        // Of a directory that lies elsewhere, a file that was removed is a change as well.
        let listed = self.directories.iter().chain(&self.absent).chain(&self.listed);
        let listed = listed.map(PathBuf::as_path);
        let further: BTreeSet<&Path> = self.paths().chain(listed).collect();
        for path in further {
            if !path.ancestors().any(|above| places.contains(above)) {
                places.insert(path.to_owned());
            }
        }
        places
    }

    /// The names of the lines in which two contents differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> BTreeSet<Vec<u8>> {
        let differs = |of: &Self, name: &Vec<u8>, line: &Line| {
            of.lines.get(name).is_none_or(|found| found.digest != line.digest)
        };
        let ours = self.lines.iter().filter(|(name, line)| differs(other, name, line));
        let theirs = other.lines.iter().filter(|(name, line)| differs(self, name, line));
        ours.chain(theirs).map(|(name, _)| name.clone()).collect()
    }
}

/// The name of the line of a text that is made from a file.
fn text_name(package: &Package, what: &str, path: &Path) -> Vec<u8> {
    [what.as_bytes(), b" ", &*name_of(package, path)].concat()
}

/// The name of a file in the lines.
fn name_of(package: &Package, path: &Path) -> Vec<u8> {
    let name = relative(package.root(), path);
    if name.starts_with(b"../") || name == b".." { name } else { [b"./", &*name].concat() }
}
