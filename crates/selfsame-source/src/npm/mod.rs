//! What a front end is built from beyond its own directory: the packages of its workspace, and what
//! lies at the workspace's root.

mod files;
mod imports;
mod patterns;

pub(crate) use self::files::is_checker;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

pub(super) use self::files::sources;
pub(super) use self::imports::imported;
use self::patterns::Patterns;
use super::files::Files;
use super::package::PACKAGE_JSON;
use super::path::normal;
use crate::error::SourceError;
use crate::package::Package;
use selfsame_core::tree::Kind;

/// The manifest of a pnpm workspace.
const PNPM_WORKSPACE: &str = "pnpm-workspace.yaml";

/// The tables of a manifest that name dependencies. A bundler may take any of them, so that none is
/// left out.
const TABLES: [&str; 4] =
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// The tables of the workspace's root that put packages in place of others.
const OVERRIDES: [&str; 3] = ["/overrides", "/resolutions", "/pnpm/overrides"];

/// What lies around a front end and goes into its build.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// The root of its workspace, unless it belongs to none.
    pub(super) root: Option<PathBuf>,
    /// The packages that it depends on and that are directories, sorted by directory.
    pub(super) packages: Vec<Package>,
    /// The packages that it depends on and that are files.
    pub(super) archives: BTreeSet<PathBuf>,
    /// Where members of the workspace lie, or could.
    pub(super) places: BTreeSet<PathBuf>,
    /// Why that is not all, if it is not.
    pub(super) unknown: Option<String>,
}

impl Surroundings {
    /// Finds the workspace of `package`, and the packages that it depends on. `top` is where the
    /// repository ends.
    ///
    /// # Errors
    ///
    /// If something cannot be read.
    pub(super) fn of(
        package: &Package,
        files: &dyn Files,
        top: Option<&Path>,
    ) -> Result<Self, SourceError> {
        let workspace = match Workspace::around(package.root(), files, top) {
            Ok(workspace) => workspace,
            Err(error) => return Ok(Self { unknown: Some(error.to_string()), ..Self::default() }),
        };
        let mut walk = Walk {
            files,
            members: workspace.as_ref().map(|workspace| &workspace.members),
            seen: BTreeSet::from([package.root().to_owned()]),
            found: Self::default(),
        };
        walk.all(package)?;
        if let Some(workspace) = &workspace {
            walk.overrides(&workspace.root)?;
        }
        let mut found = walk.found;
        if let Some(workspace) = workspace {
            found.places = workspace.places;
            found.root = Some(workspace.root);
        }
        found.packages.sort_by(|a, b| a.root().cmp(b.root()));
        Ok(found)
    }
}

/// A workspace of npm, yarn, bun or pnpm.
struct Workspace {
    root: PathBuf,
    /// The directory of each member by its name.
    members: BTreeMap<String, PathBuf>,
    places: BTreeSet<PathBuf>,
}

impl Workspace {
    /// The nearest workspace that the package in `package` is the root of, or a member.
    fn around(
        package: &Path,
        files: &dyn Files,
        top: Option<&Path>,
    ) -> Result<Option<Self>, SourceError> {
        for root in package.ancestors() {
            if top.is_some_and(|top| !root.starts_with(top)) {
                break;
            }
            let Some(patterns) = patterns_of(root, files)? else { continue };
            let directories = patterns.directories(files, root)?;
            if root != package && !directories.contains(package) {
                continue;
            }
            let mut members = BTreeMap::new();
            for directory in directories.into_iter().chain([root.to_owned()]) {
                let Some(manifest) = manifest(&directory, files)? else { continue };
                if let Some(name) = manifest.get("name").and_then(Value::as_str) {
                    members.entry(name.to_owned()).or_insert(directory);
                }
            }
            let places = patterns.places(root);
            return Ok(Some(Self { root: root.to_owned(), members, places }));
        }
        Ok(None)
    }
}

/// The patterns by which the directory `root` names the members of a workspace, if it is the root of
/// one.
fn patterns_of(root: &Path, files: &dyn Files) -> Result<Option<Patterns>, SourceError> {
    let path = root.join(PNPM_WORKSPACE);
    if let Some(text) = files.text(&path)? {
        let patterns = patterns::of_pnpm(&text).and_then(Patterns::new);
        return patterns
            .map(Some)
            .map_err(|why| SourceError::new(format!("`{}`: {why}", path.display())));
    }
    let Some(manifest) = manifest(root, files)? else { return Ok(None) };
    let Some(listed) = manifest.get("workspaces") else { return Ok(None) };
    let listed = listed.get("packages").unwrap_or(listed);
    let items = listed.as_array().into_iter().flatten();
    let patterns = items.filter_map(Value::as_str).map(str::to_owned).collect();
    Patterns::new(patterns).map(Some).map_err(|why| {
        SourceError::new(format!("`workspaces` in `{}`: {why}", root.join(PACKAGE_JSON).display()))
    })
}

/// The `package.json` in a directory. One that is not JSON is none: no package manager takes it.
fn manifest(directory: &Path, files: &dyn Files) -> Result<Option<Value>, SourceError> {
    let path = directory.join(PACKAGE_JSON);
    if !files.is_file(&path)? {
        return Ok(None);
    }
    Ok(files.text(&path)?.and_then(|text| serde_json::from_str(&text).ok()))
}

struct Walk<'a> {
    files: &'a dyn Files,
    members: Option<&'a BTreeMap<String, PathBuf>>,
    seen: BTreeSet<PathBuf>,
    found: Surroundings,
}

/// Where a dependency is taken from.
enum From {
    /// A member of the workspace, where one has this name.
    Name(String),
    /// A member of the workspace.
    Member(String),
    Path(PathBuf),
    Elsewhere,
}

impl Walk<'_> {
    fn all(&mut self, package: &Package) -> Result<(), SourceError> {
        let mut waiting = vec![package.root().to_owned()];
        while let Some(directory) = waiting.pop() {
            let Some(manifest) = manifest(&directory, self.files)? else { continue };
            for table in TABLES {
                waiting.extend(self.table(&directory, manifest.get(table))?);
            }
        }
        Ok(())
    }

    /// What the root puts in place of other packages counts, whoever depends on these.
    fn overrides(&mut self, root: &Path) -> Result<(), SourceError> {
        let Some(manifest) = manifest(root, self.files)? else { return Ok(()) };
        for table in OVERRIDES {
            for directory in self.table(root, manifest.pointer(table))? {
                if let Some(package) =
                    self.found.packages.iter().find(|found| found.root() == directory)
                {
                    self.all(&package.clone())?;
                }
            }
        }
        Ok(())
    }

    /// Adds the dependencies of one table, and returns the directories that are new.
    fn table(
        &mut self,
        directory: &Path,
        table: Option<&Value>,
    ) -> Result<Vec<PathBuf>, SourceError> {
        let mut new = Vec::new();
        for (name, said) in table.and_then(Value::as_object).into_iter().flatten() {
            let Some(said) = said.as_str() else { continue };
            let path = match source_of(directory, name, said) {
                From::Elsewhere => continue,
                From::Path(path) => path,
                From::Name(name) => {
                    let Some(path) = self.member(&name) else { continue };
                    path
                }
                From::Member(name) => {
                    let Some(path) = self.member(&name) else {
                        self.unknown(directory, &name, "no member of the workspace has this name");
                        continue;
                    };
                    path
                }
            };
            match self.files.kind(&path)? {
                Some(Kind::Directory) => {
                    if self.seen.insert(path.clone()) {
                        self.found.packages.push(Package::built_in(self.files, &path)?);
                        new.push(path);
                    }
                }
                Some(_) => {
                    self.found.archives.insert(path);
                }
                None => {
                    let why = format!("`{}` does not exist", path.display());
                    self.unknown(directory, name, &why);
                }
            }
        }
        Ok(new)
    }

    fn member(&self, name: &str) -> Option<PathBuf> {
        self.members?.get(name).cloned()
    }

    fn unknown(&mut self, directory: &Path, name: &str, why: &str) {
        self.found.unknown.get_or_insert_with(|| {
            let path = directory.join(PACKAGE_JSON);
            format!("the dependency `{name}` in `{}`: {why}", path.display())
        });
    }
}

/// Where the manifest in `directory` takes a dependency from.
fn source_of(directory: &Path, name: &str, said: &str) -> From {
    let at = |path: &str| From::Path(normal(&directory.join(path)));
    let is_path = |text: &str| {
        text == "." || text == ".." || ["./", "../", "/"].iter().any(|lead| text.starts_with(lead))
    };
    if let Some(said) = said.strip_prefix("workspace:") {
        if is_path(said) {
            return at(said);
        }
        // `workspace:name@range` is another name for a member.
        let alias = said.rsplit_once('@').map(|(alias, _)| alias).filter(|alias| !alias.is_empty());
        return From::Member(alias.unwrap_or(name).to_owned());
    }
    for protocol in ["file:", "link:", "portal:"] {
        if let Some(path) = said.strip_prefix(protocol) {
            return at(path);
        }
    }
    if is_path(said) {
        return at(said);
    }
    // A range, a tag or a catalog; all else has a protocol or names a repository.
    let is_elsewhere = (said.contains(':') && !said.starts_with("catalog:")) || said.contains('/');
    if is_elsewhere { From::Elsewhere } else { From::Name(name.to_owned()) }
}
