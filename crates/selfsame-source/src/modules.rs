//! The expected modules of a package.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Files;
use super::path::relative;
use super::walk::{self, Hidden};
use crate::error::SourceError;
use crate::package::Package;
use selfsame_core::stamp::Module;
use selfsame_core::tree::{Kind, Lines, TreeError};

/// Hashes the modules that `patterns` expect in `package`, sorted by name: `src/workflow` is one,
/// `src/modules/*` each child of a directory.
///
/// # Errors
///
/// If an expected module is missing or empty, if two have one name, or if something cannot be read.
pub fn expected_modules(
    files: &dyn Files,
    package: &Package,
    patterns: &BTreeSet<String>,
) -> Result<Vec<Module>, SourceError> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for pattern in patterns {
        let module = |path: &str| expected_module(files, package, path);
        let found = match pattern.strip_suffix("/*") {
            Some(parent) => children(files, package, parent)?
                .iter()
                .map(|name| module(&format!("{parent}/{name}")))
                .collect::<Result<Vec<_>, _>>()?,
            None => vec![module(pattern)?],
        };
        for module in found {
            if let Some(other) = modules.get(&module.name).filter(|o| o.path != module.path) {
                return Err(SourceError::new(format!(
                    "two modules are named `{}`: `{}` and `{}`",
                    module.name, other.path, module.path
                )));
            }
            modules.insert(module.name.clone(), module);
        }
    }
    Ok(modules.into_values().collect())
}

fn expected_module(
    files: &dyn Files,
    package: &Package,
    path: &str,
) -> Result<Module, SourceError> {
    let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
    let parent = super::path::normal(&package.root().join(parent));
    let directory = parent.join(name);
    let file = parent.join(format!("{name}.rs"));
    let is = |path, kind| -> Result<bool, SourceError> {
        match files.kind(path)? {
            // What a link leads to would go unhashed.
            Some(Kind::Link) => Err(TreeError::link(path).into()),
            Some(Kind::Special) => Err(TreeError::special(path).into()),
            found => Ok(found == Some(kind)),
        }
    };
    let (has_directory, has_file) = (is(&directory, Kind::Directory)?, is(&file, Kind::File)?);
    if !has_directory && !has_file {
        return Err(SourceError::new(format!(
            "the expected module `{path}` is missing: there is neither `{path}/` nor `{path}.rs` in \
             `{}`",
            package.root().display()
        )));
    }
    let mut listed =
        if has_directory { walk::below(files, &directory, Hidden::Out)? } else { Vec::new() };
    // With the directory alone the names are relative to it.
    let base = if has_file { &parent } else { &directory };
    if has_file {
        listed.push(file);
    }
    let mut lines = BTreeMap::new();
    for path in listed {
        if files.kind(&path)? == Some(Kind::File) {
            let name = [b"./", &*relative(base, &path)].concat();
            lines.insert(name, files.digest(&path)?);
        }
    }
    if lines.is_empty() {
        return Err(SourceError::new(format!(
            "the expected module `{path}` is empty: `{}` holds no file",
            directory.display()
        )));
    }
    let mut text = Lines::new();
    for (name, (digest, _)) in &lines {
        text.push(*digest, name);
    }
    let mut module = Module::new(name, path, text.digest());
    module.files = lines.len() as u64;
    module.bytes = lines.values().map(|(_, length)| length).sum();
    Ok(module)
}

/// The names of the modules in the directory `parent`: each directory, and each `.rs` file but
/// `mod.rs`.
fn children(
    files: &dyn Files,
    package: &Package,
    parent: &str,
) -> Result<Vec<String>, SourceError> {
    let directory = super::path::normal(&package.root().join(parent));
    let mut names = Vec::new();
    for (name, kind) in files.list(&directory)? {
        let name = name.into_string().map_err(|name| {
            SourceError::new(format!(
                "`{}` is not the name of a module",
                directory.join(name).display()
            ))
        })?;
        if name.starts_with('.') {
            continue;
        }
        match kind {
            Kind::Directory => names.push(name),
            Kind::File => match name.strip_suffix(".rs") {
                Some("mod") | None => {}
                Some(stem) => names.push(stem.to_owned()),
            },
            Kind::Link => return Err(TreeError::link(&directory.join(name)).into()),
            Kind::Special => {}
        }
    }
    if names.is_empty() {
        return Err(SourceError::new(format!(
            "`{}` holds no module: expect another directory, or none",
            directory.display()
        )));
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
