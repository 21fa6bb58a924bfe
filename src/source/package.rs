use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

use super::{CONVENTIONAL, CONVENTIONAL_ELSEWHERE, SourceError};
use crate::stamp::canonical;

/// The manifest of what npm and its kind build.
pub(super) const PACKAGE_JSON: &str = "package.json";

/// The longest manifest or lock file that is read, in bytes.
const MAX_MANIFEST: u64 = 32 << 20;

/// A package on disk: of cargo, with the workspace that it belongs to, or a directory that something
/// else than cargo builds from, such as a front end.
#[derive(Debug, Clone)]
pub struct Package {
    root: PathBuf,
    builder: Builder,
    manifest: Table,
    name: String,
    version: String,
    workspace: Option<Workspace>,
}

/// What builds a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Builder {
    Cargo,
    /// Anything else.
    Other,
}

#[derive(Debug, Clone)]
struct Workspace {
    root: PathBuf,
    manifest: Table,
}

impl Package {
    /// Reads the package in `root`: that of its `Cargo.toml`, or else of its `package.json`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and if a `package.json` is no JSON.
    pub fn find(root: &Path) -> Result<Self, SourceError> {
        if root.join("Cargo.toml").symlink_metadata().is_err()
            && root.join(PACKAGE_JSON).symlink_metadata().is_ok()
        {
            return Self::built(root);
        }
        Self::open(root)
    }

    /// Reads the directory `root`, which something else than cargo builds from. Its `package.json`
    /// gives name and version; without one it has the name of the directory and the version
    /// `unknown`.
    ///
    /// # Errors
    ///
    /// If `root` is no directory, or its `package.json` is no JSON.
    pub fn built(root: &Path) -> Result<Self, SourceError> {
        let resolved = root.canonicalize().map_err(|error| SourceError::io("read", root, error))?;
        if !resolved.is_dir() {
            let cause = std::io::ErrorKind::NotADirectory.into();
            return Err(SourceError::io("read", root, cause));
        }
        let path = root.join(PACKAGE_JSON);
        let manifest = match read(&path)? {
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                SourceError::new(format!("`{}` is no JSON: {error}", path.display()))
            })?,
            None => serde_json::Value::Null,
        };
        let text = |field: &str| manifest.get(field)?.as_str().map(str::to_owned);
        let directory = || resolved.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Self {
            root: root.to_owned(),
            builder: Builder::Other,
            manifest: Table::new(),
            name: text("name").or_else(directory).unwrap_or_else(|| "unnamed".to_owned()),
            version: text("version").unwrap_or_else(|| "unknown".to_owned()),
            workspace: None,
        })
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Whether cargo builds it.
    #[must_use]
    pub fn is_cargo(&self) -> bool {
        self.builder == Builder::Cargo
    }

    /// What its content covers by convention, where it exists.
    #[must_use]
    pub fn conventional(&self) -> &'static [&'static str] {
        if self.is_cargo() { &CONVENTIONAL } else { &CONVENTIONAL_ELSEWHERE }
    }

    /// The file whose presence in a commit says that the commit tracks the package; `.` where that
    /// is any file.
    pub(super) fn marker(&self) -> &'static str {
        if self.is_cargo() {
            "Cargo.toml"
        } else if self.root.join(PACKAGE_JSON).is_file() {
            PACKAGE_JSON
        } else {
            "."
        }
    }

    /// Reads the package whose `Cargo.toml` lies in `root`.
    ///
    /// # Errors
    ///
    /// If there is no manifest, if it cannot be read, or if it is that of a workspace without a
    /// package of its own.
    pub fn open(root: &Path) -> Result<Self, SourceError> {
        let path = root.join("Cargo.toml");
        let Some(text) = read(&path)? else {
            return Err(SourceError::new(format!(
                "there is no Cargo.toml in `{}`: name the directory of a package",
                root.display()
            )));
        };
        let manifest = parse(&path, &text)?;
        let Some(package) = manifest.get("package").and_then(Value::as_table) else {
            return Err(SourceError::new(format!(
                "`{}` is the manifest of a workspace: name the directory of one of its packages",
                path.display()
            )));
        };
        let name =
            package.get("name").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
                SourceError::new(format!("`{}` has no package.name", path.display()))
            })?;
        let workspace = find_workspace(root, &manifest)?;
        let version = match package.get("version") {
            Some(Value::String(version)) => version.clone(),
            Some(Value::Table(_)) => workspace
                .as_ref()
                .and_then(|workspace| shared_fields(&workspace.manifest)?.get("version")?.as_str())
                .map(str::to_owned)
                .ok_or_else(|| {
                    SourceError::new(format!(
                        "`{}` takes its version from a workspace that has none",
                        path.display()
                    ))
                })?,
            _ => "0.0.0".to_owned(),
        };
        let root = root.to_owned();
        Ok(Self { root, builder: Builder::Cargo, manifest, name, version, workspace })
    }

    /// The directory of the package.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The package's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The package's version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The manifest's `package.links`, without which cargo tells dependents nothing.
    #[must_use]
    pub fn links(&self) -> Option<&str> {
        self.manifest.get("package")?.get("links")?.as_str()
    }

    /// The directory with `Cargo.lock`: that of the workspace, or the package's own.
    #[must_use]
    pub fn workspace_root(&self) -> &Path {
        self.workspace.as_ref().map_or(&self.root, |workspace| &workspace.root)
    }

    /// The text of `Cargo.lock`, or `None` where there is none.
    pub(super) fn lock(&self) -> Result<Option<String>, SourceError> {
        read(&self.lock_path())
    }

    pub(super) fn lock_path(&self) -> PathBuf {
        self.workspace_root().join("Cargo.lock")
    }

    /// The files outside the conventional directories that the manifest names as roots of crates,
    /// relative to the package.
    pub(super) fn named_targets(&self) -> impl Iterator<Item = &str> {
        let build = self.manifest.get("package").and_then(|package| package.get("build"));
        let lib = self.manifest.get("lib").and_then(|lib| lib.get("path"));
        let bins = self.manifest.get("bin").and_then(Value::as_array).into_iter().flatten();
        build
            .into_iter()
            .chain(lib)
            .chain(bins.filter_map(|bin| bin.get("path")))
            .filter_map(Value::as_str)
    }

    /// The root files of the package's library and binaries that exist.
    pub(super) fn crate_roots(&self) -> Result<BTreeSet<PathBuf>, SourceError> {
        let script = self.manifest.get("package").and_then(|package| package.get("build"));
        let mut roots: BTreeSet<PathBuf> = ["src/main.rs", "src/lib.rs"]
            .into_iter()
            .chain(self.named_targets().filter(|path| script.and_then(Value::as_str) != Some(path)))
            .map(|path| self.root.join(path))
            .collect();
        let binaries = self.root.join("src/bin");
        if binaries.is_dir() {
            let unreadable = |error| SourceError::io("read", &binaries, error);
            for entry in binaries.read_dir().map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                roots.insert(if path.is_dir() { path.join("main.rs") } else { path });
            }
        }
        roots.retain(|path| path.extension().is_some_and(|e| e == "rs") && path.is_file());
        Ok(roots)
    }

    /// The directories of the packages that this one is built from by path.
    pub(super) fn path_dependencies(&self) -> Vec<PathBuf> {
        let shared = self.workspace.as_ref().and_then(|workspace| {
            let offered = workspace.manifest.get("workspace")?.get("dependencies")?.as_table()?;
            Some((&workspace.root, offered))
        });
        let mut found = Vec::new();
        collect_paths(&self.manifest, &self.root, shared, &mut found);
        found
    }

    /// What the package inherits from the workspace's manifest, as text: the dependencies that it
    /// takes from there, the shared package fields, profiles and patches, in canonical JSON. `None`
    /// where the package is its own workspace, so that its own manifest says it all.
    pub(super) fn inherited(&self) -> Option<String> {
        self.workspace.as_ref().map(|workspace| self.taken_from(&workspace.manifest))
    }

    /// What it would inherit if the workspace's manifest had this text.
    pub(super) fn inherited_from(&self, text: &str) -> Result<Option<String>, SourceError> {
        let Some(workspace) = &self.workspace else { return Ok(None) };
        let manifest = parse(&workspace.root.join("Cargo.toml"), text)?;
        Ok(Some(self.taken_from(&manifest)))
    }

    fn taken_from(&self, manifest: &Table) -> String {
        let mut kept = Table::new();
        for key in ["profile", "patch", "replace"] {
            if let Some(value) = manifest.get(key) {
                kept.insert(key.to_owned(), value.clone());
            }
        }
        if let Some(package) = shared_fields(manifest) {
            kept.insert("package".to_owned(), Value::Table(package.clone()));
        }
        let offered = manifest.get("workspace").and_then(|w| w.get("dependencies"));
        if let Some(Value::Table(offered)) = offered {
            let mut taken = Vec::new();
            taken_from_workspace(&self.manifest, &mut taken);
            let dependencies = offered
                .iter()
                .filter(|(name, _)| taken.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            kept.insert("dependencies".to_owned(), Value::Table(dependencies));
        }
        let value = serde_json::to_value(kept).expect("TOML has no value that JSON cannot hold");
        canonical::text(&value)
    }
}

/// Reads a manifest or a lock file, or nothing where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, SourceError> {
    read_limited(path, MAX_MANIFEST)
}

/// Reads a text of at most `limit` bytes, or nothing where there is no file.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Option<String>, SourceError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SourceError::io("open", path, error)),
    };
    let mut text = String::new();
    let read = file
        .take(limit + 1)
        .read_to_string(&mut text)
        .map_err(|error| SourceError::io("read", path, error))?;
    if read as u64 > limit {
        return Err(SourceError::new(format!("`{}` is longer than {limit} bytes", path.display())));
    }
    Ok(Some(text))
}

pub(super) fn parse(path: &Path, text: &str) -> Result<Table, SourceError> {
    text.parse().map_err(|error: toml::de::Error| {
        SourceError::new(format!("`{}` is no TOML: {}", path.display(), error.message()))
    })
}

fn shared_fields(workspace: &Table) -> Option<&Table> {
    workspace.get("workspace")?.get("package")?.as_table()
}

/// Finds the workspace as cargo does: the manifest itself, the one that `package.workspace` names,
/// or the nearest one above with a `[workspace]` that does not exclude the package.
fn find_workspace(root: &Path, manifest: &Table) -> Result<Option<Workspace>, SourceError> {
    if manifest.contains_key("workspace") {
        return Ok(None);
    }
    let open = |root: PathBuf| -> Result<Option<Workspace>, SourceError> {
        let path = root.join("Cargo.toml");
        let Some(text) = read(&path)? else { return Ok(None) };
        // A manifest above that does not parse is not cargo's to use either.
        let Ok(manifest) = parse(&path, &text) else { return Ok(None) };
        Ok(manifest.contains_key("workspace").then_some(Workspace { root, manifest }))
    };
    let named = manifest.get("package").and_then(|package| package.get("workspace"));
    if let Some(named) = named.and_then(Value::as_str) {
        return open(normal(&root.join(named)));
    }
    let absolute =
        std::path::absolute(root).map_err(|error| SourceError::io("resolve", root, error))?;
    for above in absolute.ancestors().skip(1) {
        if let Some(workspace) = open(above.to_owned())? {
            let excluded = workspace
                .manifest
                .get("workspace")
                .and_then(|w| w.get("exclude"))
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .any(|excluded| absolute.starts_with(normal(&above.join(excluded))));
            return Ok((!excluded).then_some(workspace));
        }
    }
    Ok(None)
}

/// The path without `.` and `..`, by its text alone.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

/// Collects the names of the dependencies with `workspace = true`, in every table of dependencies.
fn taken_from_workspace<'a>(table: &'a Table, taken: &mut Vec<&'a str>) {
    for (key, value) in table {
        let Value::Table(value) = value else { continue };
        if key.ends_with("dependencies") {
            taken.extend(
                value
                    .iter()
                    .filter(|(_, dependency)| dependency.get("workspace").is_some())
                    .map(|(name, _)| name.as_str()),
            );
        } else {
            taken_from_workspace(value, taken);
        }
    }
}

/// Collects the directories of path dependencies in every table of dependencies that a build of the
/// package reads.
fn collect_paths(
    table: &Table,
    root: &Path,
    shared: Option<(&PathBuf, &Table)>,
    found: &mut Vec<PathBuf>,
) {
    for (key, value) in table {
        let Value::Table(value) = value else { continue };
        if matches!(key.as_str(), "dependencies" | "build-dependencies") {
            for (name, dependency) in value {
                let path = |value: &Value| Some(value.get("path")?.as_str()?.to_owned());
                let inherited = dependency.get("workspace").and(shared);
                let directory = match (path(dependency), inherited) {
                    (Some(path), _) => Some(root.join(path)),
                    (None, Some((root, offered))) => {
                        offered.get(name).and_then(path).map(|path| root.join(path))
                    }
                    (None, None) => None,
                };
                found.extend(directory.map(|directory| normal(&directory)));
            }
        } else if key != "dev-dependencies" && key != "workspace" {
            collect_paths(value, root, shared, found);
        }
    }
}
