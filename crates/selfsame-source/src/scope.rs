//! What source itself says of its build: `[package.metadata.selfsame]`.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use toml::Value;

use crate::error::SourceError;
use crate::package::Package;
use selfsame_core::stamp;

/// The keys of `[package.metadata.selfsame]`.
const KEYS: [&str; 5] = ["also", "module", "modules", "routes", "shipped"];

/// What cannot be known from paths alone, as source says it.
///
/// ```toml
/// [package.metadata.selfsame]
/// modules = ["src/modules"]       # every child is one expected module
/// module = ["src/workflow"]       # this is one
/// also = ["../proto"]             # goes into the build and lies elsewhere
/// shipped = [{ path = "dashboard/dist", at = "/app/dist" }]
/// routes = "src/routes.txt"       # the list of routes kept in source
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// The expected modules: `src/workflow` for one, `src/modules/*` for every child.
    pub modules: BTreeSet<String>,
    /// Further files and directories that go into the build, relative to the package, with `/`.
    pub also: BTreeSet<String>,
    /// The directories that lie next to the running process.
    pub shipped: Vec<ShippedDirectory>,
    /// The list of routes, a file of the package.
    pub routes: Option<String>,
}

/// A directory that lies next to the running process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShippedDirectory {
    /// Its name, the last component of the path unless said otherwise.
    pub name: String,
    /// Where it lies in source, relative to the package.
    pub path: String,
    /// Where the running process finds it: absolute, or relative to its working directory.
    pub at: String,
}

impl Scope {
    /// Reads the scope of a package.
    ///
    /// # Errors
    ///
    /// If a key is unknown, a value has another type than its key takes, or a path is absolute,
    /// names nothing, or leaves the package where it may not.
    pub fn of(package: &Package) -> Result<Self, SourceError> {
        let mut scope = Self::default();
        let Some(metadata) = package.metadata() else { return Ok(scope) };
        let place = if package.is_cargo() { "Cargo.toml" } else { "package.json" };
        let place = package.root().join(place);
        let fault = |what: String| {
            SourceError::new(format!("`selfsame` metadata in `{}`: {what}", place.display()))
        };
        let table = metadata.as_table().ok_or_else(|| fault("expected a table".to_owned()))?;
        for (key, value) in table {
            match key.as_str() {
                "modules" => {
                    for path in texts(key, value).map_err(fault)? {
                        scope.modules.insert(normalize(Path::new(path), false)? + "/*");
                    }
                }
                "module" => {
                    for path in texts(key, value).map_err(fault)? {
                        scope.modules.insert(normalize(Path::new(path), false)?);
                    }
                }
                "also" => {
                    for path in texts(key, value).map_err(fault)? {
                        scope.also.insert(normalize(Path::new(path), true)?);
                    }
                }
                "routes" => {
                    let path =
                        value.as_str().ok_or_else(|| expected(key, "a path")).map_err(fault)?;
                    scope.routes = Some(normalize(Path::new(path), false)?);
                }
                "shipped" => {
                    let items = value.as_array().ok_or_else(|| expected(key, "a list"));
                    for item in items.map_err(fault)? {
                        let text = |name: &str| item.get(name).and_then(Value::as_str);
                        let path = item.as_str().or_else(|| text("path")).ok_or_else(|| {
                            fault(expected(key, "a list of `{ path = \"…\", at = \"…\" }`"))
                        })?;
                        let unknown = item
                            .as_table()
                            .into_iter()
                            .flatten()
                            .find(|(name, _)| !matches!(name.as_str(), "path" | "at" | "name"));
                        if let Some((name, _)) = unknown {
                            return Err(fault(format!(
                                "unknown key `{name}` in `shipped`, expected `path`, `at` or `name`"
                            )));
                        }
                        scope.ship(Path::new(path), text("at"), text("name"))?;
                    }
                }
                _ => {
                    return Err(fault(format!(
                        "unknown key `{key}`, expected one of {}",
                        KEYS.map(|key| format!("`{key}`")).join(", ")
                    )));
                }
            }
        }
        Ok(scope)
    }

    /// Adds a shipped directory.
    ///
    /// # Errors
    ///
    /// If the path is absolute or names nothing, or if two directories have one name.
    pub fn ship(
        &mut self,
        path: &Path,
        at: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), SourceError> {
        let path = normalize(path, true)?;
        let last = path.rsplit('/').next().unwrap_or(&path);
        let name = name.unwrap_or(last).to_owned();
        if self.shipped.iter().any(|shipped| shipped.name == name) {
            return Err(SourceError::new(format!(
                "two shipped directories are named `{name}`: give one another `name`"
            )));
        }
        let at = at.unwrap_or(&path).to_owned();
        self.shipped.push(ShippedDirectory { name, path, at });
        Ok(())
    }

    /// Adds what a build script says in code, as its stamp carries it.
    pub fn extend(&mut self, code: &stamp::Scope) {
        self.modules.extend(code.modules.iter().cloned());
        if let Some(routes) = &code.routes {
            self.routes = Some(routes.clone());
        }
    }
}

fn expected(key: &str, what: &str) -> String {
    format!("expected {what} for `{key}`")
}

fn texts<'a>(key: &str, value: &'a Value) -> Result<Vec<&'a str>, String> {
    let items = value.as_array().map(|items| items.iter().map(Value::as_str).collect());
    items.flatten().ok_or_else(|| expected(key, "a list of paths"))
}

/// The path in the one spelling that a scope holds: relative, with `/`, without `.` and a trailing
/// slash. It may begin with `..` if `outside` allows that.
///
/// # Errors
///
/// If the path is absolute, names nothing, or leaves the package where it may not.
pub fn normalize(path: &Path, outside: bool) -> Result<String, SourceError> {
    let refuse = |why: &str| Err(SourceError::new(format!("the path `{}` {why}", path.display())));
    let mut names: Vec<&str> = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match names.last() {
                Some(last) if *last != ".." => {
                    names.pop();
                }
                _ => names.push(".."),
            },
            Component::Normal(name) => match name.to_str() {
                Some(name) => names.push(name),
                None => return refuse("is not UTF-8"),
            },
            Component::RootDir | Component::Prefix(_) => {
                return refuse("is absolute: it would differ from checkout to checkout");
            }
        }
    }
    match names.first() {
        None => refuse("names the package itself"),
        Some(&"..") if !outside => refuse("is outside the package"),
        _ => Ok(names.join("/")),
    }
}
