use std::collections::BTreeMap;
use std::path::{Component, Path};

use super::{Package, SourceError};
use crate::stamp::{Module, Scope};
use crate::tree::{self, Kind, TreeError};

/// What content covers of every package, where it exists: `Cargo.toml`, the build script, the
/// sources, and the directories that builds read by convention (templates, migrations, schemas,
/// prepared queries, translations, embedded assets).
pub const CONVENTIONAL: [&str; 16] = [
    "Cargo.toml",
    "build.rs",
    "src",
    ".sqlx",
    "assets",
    "graphql",
    "i18n",
    "locales",
    "migrations",
    "proto",
    "protos",
    "queries",
    "schema",
    "sql",
    "static",
    "templates",
];

/// What content covers of what is built by something else than cargo, where it exists: manifests and
/// lock files of JavaScript's package managers, the entry page, sources, public files, and the
/// configuration of common bundlers.
pub const CONVENTIONAL_ELSEWHERE: [&str; 36] = [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "deno.json",
    "deno.lock",
    "index.html",
    "angular.json",
    "astro.config.mjs",
    "next.config.js",
    "next.config.mjs",
    "next.config.ts",
    "nuxt.config.ts",
    "rollup.config.js",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.js",
    "vite.config.mjs",
    "vite.config.ts",
    "vue.config.js",
    "webpack.config.js",
    "app",
    "assets",
    "components",
    "content",
    "lib",
    "locales",
    "pages",
    "public",
    "src",
    "static",
    "styles",
    "templates",
    "views",
];

/// Hashes the modules that `scope` expects in `package`, sorted by name.
///
/// # Errors
///
/// If an expected module is absent or empty, if two have one name, if a path leaves the package, or
/// if something cannot be read.
pub fn expected_modules(package: &Package, scope: &Scope) -> Result<Vec<Module>, SourceError> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for pattern in &scope.modules {
        let module = |path: &str| expected_module(package, path);
        let found = match pattern.strip_suffix("/*") {
            Some(parent) => children(package, parent)?
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

fn expected_module(package: &Package, path: &str) -> Result<Module, SourceError> {
    let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
    let directory = package.root().join(parent);
    let hash = tree::hash_module(&directory, name)?.ok_or_else(|| {
        SourceError::new(format!(
            "the expected module `{path}` is absent: there is neither `{path}/` nor `{path}.rs` in \
             `{}`",
            package.root().display()
        ))
    })?;
    if hash.files == 0 {
        return Err(SourceError::new(format!(
            "the expected module `{path}` is empty: `{}` holds no file",
            directory.join(name).display()
        )));
    }
    Ok(Module {
        name: name.to_owned(),
        path: path.to_owned(),
        sha256: hash.sha256,
        files: hash.files,
        bytes: hash.bytes,
        declared: None,
    })
}

/// The names of the modules in the directory `parent`: each directory, and each `.rs` file but
/// `mod.rs`.
fn children(package: &Package, parent: &str) -> Result<Vec<String>, SourceError> {
    let directory = package.root().join(parent);
    let unreadable = |error| SourceError::io("read the modules in", &directory, error);
    let mut names = Vec::new();
    for entry in directory.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = Kind::from(entry.file_type().map_err(unreadable)?);
        let name = entry.file_name().into_string().map_err(|name| {
            SourceError::new(format!("`{}` is no name of a module", directory.join(name).display()))
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
            Kind::Link => return Err(TreeError::link(&entry.path()).into()),
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

/// The path in the one spelling that a scope holds: relative, with `/`, without `.` and a trailing
/// slash. It may begin with `..` if `outside` allows that.
///
/// # Errors
///
/// If the path is absolute, names nothing, or leaves the package where it may not.
pub fn spelled(path: &Path, outside: bool) -> Result<String, SourceError> {
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

/// The way from the directory `from` to `to`, both absolute and without links, with `/`. `None` if
/// there is none, or if they are one.
#[must_use]
pub fn way(from: &Path, to: &Path) -> Option<String> {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().count() - shared;
    let mut names = vec![".."; up];
    for component in to.components().skip(shared) {
        match component {
            Component::Normal(name) => names.push(name.to_str()?),
            _ => return None,
        }
    }
    (!names.is_empty()).then(|| names.join("/"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_way_from_one_directory_to_another() {
        let way = |from: &str, to: &str| super::way(Path::new(from), Path::new(to));
        assert_eq!(way("/w/services/api", "/w/kit").as_deref(), Some("../../kit"));
        assert_eq!(way("/w", "/w/crates/kit").as_deref(), Some("crates/kit"));
        assert_eq!(way("/w/api", "/w/api-kit").as_deref(), Some("../api-kit"));
        assert_eq!(way("/w", "/w"), None);
    }
}
