use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::{Table, Value};

use super::files::{Disk, Files, Made, made};
use super::manifest::{Dependency, Manifest};
use super::path::normal;
use crate::error::SourceError;

/// The manifest of what npm and its kind build.
pub(crate) const PACKAGE_JSON: &str = "package.json";

/// A package: of cargo, with the workspace that it belongs to, or a directory that something else
/// than cargo builds from, such as a front end.
#[derive(Debug, Clone)]
pub struct Package {
    root: PathBuf,
    builder: Builder,
    manifest: Arc<Table>,
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
    manifest: Arc<Table>,
}

impl Package {
    /// Reads the package in `root` on disk: that of its `Cargo.toml`, or else of its `package.json`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and if a `package.json` is not JSON.
    pub fn find(root: &Path) -> Result<Self, SourceError> {
        Self::find_in(&Disk, root)
    }

    /// The same from anywhere.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn find_in(files: &dyn Files, root: &Path) -> Result<Self, SourceError> {
        let root = absolute(root)?;
        if files.kind(&root.join("Cargo.toml"))?.is_none()
            && files.kind(&root.join(PACKAGE_JSON))?.is_some()
        {
            return Self::built_in(files, &root);
        }
        Self::open_in(files, &root)
    }

    /// Reads the directory `root`, which something else than cargo builds from. Its `package.json`
    /// gives name and version; without one it has the name of the directory and the version
    /// `unknown`.
    ///
    /// # Errors
    ///
    /// If `root` is not a directory, or its `package.json` is not JSON.
    pub fn built(root: &Path) -> Result<Self, SourceError> {
        let resolved = root.canonicalize().map_err(|error| SourceError::io("read", root, error))?;
        if !resolved.is_dir() {
            let cause = std::io::ErrorKind::NotADirectory.into();
            return Err(SourceError::io("read", root, cause));
        }
        Self::built_in(&Disk, &resolved)
    }

    pub(super) fn built_in(files: &dyn Files, root: &Path) -> Result<Self, SourceError> {
        let root = absolute(root)?;
        let path = root.join(PACKAGE_JSON);
        let manifest = match files.text(&path)? {
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                SourceError::new(format!("`{}` is not JSON: {error}", path.display()))
            })?,
            None => serde_json::Value::Null,
        };
        let text = |field: &str| manifest.get(field)?.as_str().map(str::to_owned);
        let directory = || root.file_name().map(|name| name.to_string_lossy().into_owned());
        let also = manifest.get("selfsame").and_then(|scope| Table::try_from(scope).ok());
        Ok(Self {
            builder: Builder::Other,
            manifest: Arc::new(
                also.into_iter().map(|scope| ("selfsame".to_owned(), scope.into())).collect(),
            ),
            name: text("name").or_else(directory).unwrap_or_else(|| "unnamed".to_owned()),
            version: text("version").unwrap_or_else(|| "unknown".to_owned()),
            workspace: None,
            root,
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

    /// Reads the package whose `Cargo.toml` lies in `root` on disk.
    ///
    /// # Errors
    ///
    /// If there is no manifest, if it cannot be read, or if it is that of a workspace without a
    /// package of its own.
    pub fn open(root: &Path) -> Result<Self, SourceError> {
        Self::open_in(&Disk, root)
    }

    /// The same from anywhere.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_in(files: &dyn Files, root: &Path) -> Result<Self, SourceError> {
        let root = absolute(root)?;
        let path = root.join("Cargo.toml");
        let Some(manifest) = table(files, &path)? else {
            return Err(SourceError::new(format!(
                "there is no Cargo.toml in `{}`: name the directory of a package",
                root.display()
            )));
        };
        let manifest = manifest?;
        if !manifest.contains_key("package") {
            return Err(SourceError::new(format!(
                "`{}` is the manifest of a workspace: name the directory of one of its packages",
                path.display()
            )));
        }
        let workspace = find_workspace(files, &root, &manifest)?;
        let mut package = Self {
            root,
            builder: Builder::Cargo,
            manifest,
            name: String::new(),
            version: "0.0.0".to_owned(),
            workspace,
        };
        let text = |key: &str| package.view().field(key)?.as_str().map(str::to_owned);
        let name = text("name")
            .ok_or_else(|| SourceError::new(format!("`{}` has no package.name", path.display())))?;
        let version = text("version");
        let inherits = package.manifest["package"].get("version").is_some_and(Value::is_table);
        if inherits && version.is_none() {
            return Err(SourceError::new(format!(
                "`{}` takes its version from a workspace that has none",
                path.display()
            )));
        }
        package.name = name;
        package.version = version.unwrap_or(package.version);
        Ok(package)
    }

    fn view(&self) -> Manifest<'_> {
        Manifest {
            root: &self.root,
            table: &self.manifest,
            workspace: self
                .workspace
                .as_ref()
                .map(|workspace| (workspace.root.as_path(), &*workspace.manifest)),
        }
    }

    /// The directory of the package, absolute.
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

    /// The directory with `Cargo.lock`: that of the workspace, or the package's own.
    #[must_use]
    pub fn workspace_root(&self) -> &Path {
        self.workspace.as_ref().map_or(&self.root, |workspace| &workspace.root)
    }

    /// The manifest in that directory.
    pub(super) fn workspace_table(&self) -> &Table {
        self.workspace.as_ref().map_or(&self.manifest, |workspace| &workspace.manifest)
    }

    pub(super) fn lock_path(&self) -> PathBuf {
        self.workspace_root().join("Cargo.lock")
    }

    /// `[package.metadata.selfsame]`, or `selfsame` of a `package.json`.
    pub(super) fn metadata(&self) -> Option<&Value> {
        match self.builder {
            Builder::Cargo => self.manifest.get("package")?.get("metadata")?.get("selfsame"),
            Builder::Other => self.manifest.get("selfsame"),
        }
    }

    /// What a feature of the manifest turns on.
    pub(super) fn feature(&self, name: &str) -> impl Iterator<Item = &str> {
        let listed = self.manifest.get("features").and_then(|features| features.get(name));
        listed.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The dependencies that go into a build of it.
    pub(super) fn dependencies(&self) -> Vec<Dependency> {
        self.view().dependencies()
    }

    /// The names of the packages that only its tests, benches and examples are built from.
    pub(super) fn dev_dependencies(&self) -> BTreeSet<String> {
        self.view().dev_dependencies()
    }

    /// What of its manifest goes into a binary, in canonical JSON.
    pub(super) fn projection(&self) -> String {
        self.view().projection()
    }

    /// What of its workspace's manifest takes effect, in canonical JSON.
    pub(super) fn workspace_projection(&self, is_reached: &dyn Fn(&str) -> bool) -> String {
        self.view().workspace_projection(is_reached)
    }

    /// The build script, where there is one.
    pub(super) fn script(&self, files: &dyn Files) -> Result<Option<PathBuf>, SourceError> {
        let said = self.manifest.get("package").and_then(|package| package.get("build"));
        let path = match said {
            Some(Value::String(path)) => self.root.join(path),
            Some(Value::Boolean(false)) => return Ok(None),
            _ => self.root.join("build.rs"),
        };
        let path = normal(&path);
        Ok(files.is_file(&path)?.then_some(path))
    }

    /// The root files of the package's library and binaries that exist.
    pub(super) fn crate_roots(&self, files: &dyn Files) -> Result<BTreeSet<PathBuf>, SourceError> {
        let path = |target: &Value| target.get("path")?.as_str().map(str::to_owned);
        let bins = self.manifest.get("bin").and_then(Value::as_array).into_iter().flatten();
        let named =
            self.manifest.get("lib").and_then(path).into_iter().chain(bins.filter_map(path));
        let mut roots: BTreeSet<PathBuf> = ["src/main.rs", "src/lib.rs"]
            .map(str::to_owned)
            .into_iter()
            .chain(named)
            .map(|path| normal(&self.root.join(path)))
            .collect();
        let binaries = self.root.join("src/bin");
        for (name, kind) in files.list(&binaries)? {
            let path = binaries.join(name);
            let is_directory = kind == selfsame_core::tree::Kind::Directory;
            roots.insert(if is_directory { path.join("main.rs") } else { path });
        }
        let mut found = BTreeSet::new();
        for path in roots {
            let is_rust = path.extension().is_some_and(|extension| extension == "rs");
            if is_rust && files.is_file(&path)? {
                found.insert(path);
            }
        }
        Ok(found)
    }

    /// The root files of its tests, benches and examples that the manifest names.
    pub(super) fn test_roots(&self) -> BTreeSet<PathBuf> {
        ["test", "bench", "example"]
            .iter()
            .filter_map(|kind| self.manifest.get(*kind)?.as_array())
            .flatten()
            .filter_map(|target| target.get("path")?.as_str())
            .map(|path| normal(&self.root.join(path)))
            .collect()
    }
}

fn absolute(path: &Path) -> Result<PathBuf, SourceError> {
    let absolute =
        std::path::absolute(path).map_err(|error| SourceError::io("resolve", path, error))?;
    Ok(normal(&absolute))
}

/// Reads a TOML file. `None` means that there is none.
///
/// # Errors
///
/// If it cannot be read, or is not UTF-8. One that is not TOML is the error within.
pub(super) fn table(
    files: &dyn Files,
    path: &Path,
) -> Result<Option<Result<Arc<Table>, SourceError>>, SourceError> {
    type Parsed = Result<Result<Arc<Table>, String>, std::string::FromUtf8Error>;

    let parse = |bytes: Vec<u8>| -> Parsed {
        let text = String::from_utf8(bytes)?;
        let table = text.parse().map(Arc::new);
        Ok(table.map_err(|error: toml::de::Error| error.message().to_owned()))
    };
    let Some(parsed) = made(files, path, Made::Table, &parse)? else { return Ok(None) };
    match &*parsed {
        Ok(Ok(table)) => Ok(Some(Ok(Arc::clone(table)))),
        Ok(Err(why)) => {
            let why = format!("`{}` is not TOML: {why}", path.display());
            Ok(Some(Err(SourceError::new(why))))
        }
        Err(_) => Err(SourceError::new(format!("`{}` is not UTF-8", path.display()))),
    }
}

/// Finds the workspace as cargo does: the manifest itself, the one that `package.workspace` names,
/// or the nearest one above with a `[workspace]` that does not exclude the package.
fn find_workspace(
    files: &dyn Files,
    root: &Path,
    manifest: &Table,
) -> Result<Option<Workspace>, SourceError> {
    if manifest.contains_key("workspace") {
        return Ok(None);
    }
    let open = |root: PathBuf| -> Result<Option<Workspace>, SourceError> {
        let path = root.join("Cargo.toml");
        let Some(manifest) = table(files, &path)? else { return Ok(None) };
        // A manifest above that does not parse is not cargo's to use either.
        let Ok(manifest) = manifest else { return Ok(None) };
        Ok(manifest.contains_key("workspace").then_some(Workspace { root, manifest }))
    };
    let named = manifest.get("package").and_then(|package| package.get("workspace"));
    if let Some(named) = named.and_then(Value::as_str) {
        return open(normal(&root.join(named)));
    }
    for above in root.ancestors().skip(1) {
        if let Some(workspace) = open(above.to_owned())? {
            let lists = |key: &str| {
                let table = workspace.manifest.get("workspace");
                let listed = table.and_then(|table| table.get(key)).and_then(Value::as_array);
                let mut paths = listed.into_iter().flatten().filter_map(Value::as_str);
                paths.any(|path| root.starts_with(normal(&above.join(path))))
            };
            // A member that is named in full is one, whatever is excluded.
            let is_excluded = lists("exclude") && !lists("members");
            return Ok((!is_excluded).then_some(workspace));
        }
    }
    Ok(None)
}
