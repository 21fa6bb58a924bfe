//! What `.cargo/config.toml` says of a build.
//!
//! Those count that lie between the workspace and the root of the repository: nearer ones depend on
//! where cargo was called, farther ones and that of `CARGO_HOME` on the machine
//! (<https://doc.rust-lang.org/cargo/reference/config.html>).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::{Table, Value};

use super::files::Files;
use super::manifest::{as_table, json, package_of, patches_of, profiles_of};
use super::path::normal;
use crate::error::SourceError;
use crate::manifest;

/// How many replacements of a source by another are followed.
const MAX_REPLACED: usize = 16;

/// The configuration of cargo, the nearest file first.
#[derive(Debug, Clone, Default)]
pub(super) struct CargoConfig {
    files: Vec<(PathBuf, Arc<Table>)>,
    /// The names of sources by their addresses.
    names: BTreeMap<String, String>,
}

impl CargoConfig {
    /// Reads the files from the directory `workspace` up to `top`, or to the root of the disk where
    /// no repository ends the search. `home` is `CARGO_HOME`, whose file is never one of them.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or is not TOML.
    pub(super) fn read(
        files: &dyn Files,
        workspace: &Path,
        top: Option<&Path>,
        home: Option<&Path>,
    ) -> Result<Self, SourceError> {
        let mut found = Vec::new();
        let is_inside = |directory: &Path| top.is_none_or(|top| directory.starts_with(top));
        for directory in workspace.ancestors().take_while(|directory| is_inside(directory)) {
            let own = directory.join(".cargo");
            if home == Some(own.as_path()) {
                continue;
            }
            for path in Self::candidates(directory) {
                if let Some(table) = super::package::table(files, &path)? {
                    found.push((path.clone(), table?));
                    break;
                }
            }
        }
        Ok(Self { names: names(&found), files: found })
    }

    /// The files that cargo reads in a directory, the one that it prefers first.
    pub(super) fn candidates(directory: &Path) -> [PathBuf; 2] {
        ["config", "config.toml"].map(|name| directory.join(".cargo").join(name))
    }

    /// Each file with what of it goes into a binary, in canonical JSON. Files that say nothing of
    /// that are left out.
    pub(super) fn projections(
        &self,
        is_reached: &dyn Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&Path, String)> {
        self.files.iter().filter_map(move |(path, table)| {
            let kept = projection(table, is_reached);
            (!kept.is_empty()).then(|| (path.as_path(), json(kept)))
        })
    }

    /// The directories of `paths`, whose packages stand in for those of the lock file.
    pub(super) fn overrides(&self) -> Vec<PathBuf> {
        let of = |(path, table): &(PathBuf, Arc<Table>)| -> Vec<PathBuf> {
            let paths = table.get("paths").and_then(Value::as_array).into_iter().flatten();
            paths.filter_map(Value::as_str).map(|below| resolved(path, below)).collect()
        };
        self.files.iter().flat_map(of).collect()
    }

    /// The directory that a patch by path gives a package, where the configuration has one.
    pub(super) fn patched(&self, name: &str) -> Option<PathBuf> {
        self.files.iter().find_map(|(path, table)| {
            let patched = patch_of(table, name)?;
            Some(resolved(path, &patched))
        })
    }

    /// The directory that stands in for a source of the lock file, if one does.
    pub(super) fn directory_source(&self, source: &str) -> Option<PathBuf> {
        let mut name = self.name_of(source)?;
        for _ in 0..MAX_REPLACED {
            let (path, replaced) = self.source(&name)?;
            if let Some(directory) = replaced.get("directory").and_then(Value::as_str) {
                return Some(resolved(path, directory));
            }
            replaced.get("replace-with")?.as_str()?.clone_into(&mut name);
        }
        None
    }

    /// The name that the configuration has for a source of the lock file.
    fn name_of(&self, source: &str) -> Option<String> {
        const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

        if source == CRATES_IO {
            return Some("crates-io".to_owned());
        }
        let url = source.split_once('+').map_or(source, |(_, url)| url);
        let url = url.split(['?', '#']).next().unwrap_or(url);
        self.names.get(url).cloned()
    }

    fn source(&self, name: &str) -> Option<(&Path, &Value)> {
        self.files.iter().find_map(|(path, table)| {
            Some((path.as_path(), table.get("source")?.as_table()?.get(name)?))
        })
    }
}

/// The names of sources by their addresses, as the nearest file has them.
fn names(files: &[(PathBuf, Arc<Table>)]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let tables = files.iter().filter_map(|(_, table)| table.get("source")?.as_table());
    for (name, value) in tables.flatten() {
        let said = value.get("registry").or_else(|| value.get("git")).and_then(Value::as_str);
        if let Some(said) = said {
            let said = said.strip_prefix("sparse+").unwrap_or(said);
            names.entry(said.to_owned()).or_insert_with(|| name.clone());
        }
    }
    names
}

/// The path that a table of patches (`[patch.crates-io]` in a manifest or a configuration) gives a
/// package.
pub(super) fn patch_of(table: &Table, name: &str) -> Option<String> {
    let registries = table.get("patch")?.as_table()?;
    registries.values().filter_map(Value::as_table).flatten().find_map(|(key, value)| {
        let value = as_table(value);
        if package_of(key, &value) != name {
            return None;
        }
        value.get("path")?.as_str().map(str::to_owned)
    })
}

/// A path in a configuration file leads from the directory that holds `.cargo`.
fn resolved(config: &Path, path: &str) -> PathBuf {
    let base = config.ancestors().nth(2).unwrap_or(Path::new("/"));
    normal(&base.join(path))
}

fn projection(table: &Table, is_reached: &dyn Fn(&str) -> bool) -> Table {
    let mut kept = Table::new();
    let mut keep = |key: &str, value: Table| {
        if !value.is_empty() {
            kept.insert(key.to_owned(), Value::Table(value));
        }
    };
    let own = |key: &str| table.get(key).map(as_table).unwrap_or_default();

    let mut variables = own("env");
    // What this project reads says nothing of the code.
    variables.retain(|name, _| !name.starts_with("SELFSAME_"));
    keep("env", variables);
    let mut build = own("build");
    build.retain(|key, _| key == "rustflags");
    keep("build", build);
    let targets = own("target").into_iter().map(|(name, value)| {
        let mut target = as_table(&value);
        // It runs what was built.
        target.remove("runner");
        (name, Value::Table(target))
    });
    keep("target", targets.filter(|(_, value)| *value != Value::Table(Table::new())).collect());
    keep("profile", profiles_of(&own("profile"), is_reached));
    keep("patch", patches_of(&own("patch"), is_reached));
    keep("source", own("source"));
    if let Some(paths) = table.get("paths") {
        kept.insert("paths".to_owned(), paths.clone());
    }
    kept
}

/// The path that `[replace]` of the root manifest gives a package of this name and version.
pub(super) fn replaced(root: &Table, name: &str, version: &str) -> Option<String> {
    root.get("replace")?.as_table()?.iter().find_map(|(spec, value)| {
        let is_it = manifest::name_of_spec(spec) == name && spec.ends_with(version);
        if is_it { value.get("path")?.as_str().map(str::to_owned) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::files::Disk;

    #[test]
    fn replacements_of_sources_end() {
        const URL: &str = "https://example.org/index";

        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".cargo")).unwrap();
        let found = |number: usize, last: &str| {
            let mut text = format!("[source.s0]\nregistry = {URL:?}\nreplace-with = \"s1\"\n");
            for at in 1..number {
                let next = at + 1;
                writeln!(text, "[source.s{at}]\nreplace-with = \"s{next}\"").unwrap();
            }
            writeln!(text, "[source.s{number}]\n{last}").unwrap();
            std::fs::write(directory.path().join(".cargo/config.toml"), text).unwrap();
            let config = CargoConfig::read(&Disk, directory.path(), Some(directory.path()), None);
            config.unwrap().directory_source(&format!("registry+{URL}"))
        };
        let vendored = Some(directory.path().join("vendor"));
        assert_eq!(found(15, "directory = \"vendor\""), vendored);
        assert_eq!(found(16, "directory = \"vendor\""), None);
        assert_eq!(found(3, "replace-with = \"s0\""), None);
    }
}
