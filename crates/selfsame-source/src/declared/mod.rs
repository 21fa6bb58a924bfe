//! Whether a `mod` line of the crate reaches an expected module, in the configuration that is built.
//!
//! The sources are read as tokens, from each root of a crate along plain `mod` lines, `#[path]` and
//! `#[cfg]`. A macro at item level may declare anything, so what is not reached is then unknown and
//! not absent. The exact answer is the compiler's own list of the files that it read, which exists
//! only after the build: see [`Compiled`](crate::dep_info::Compiled).

mod cfg;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use self::cfg::Configuration;
use self::cfg::Holds;
use super::reach::items::{self, Body, Item};
use crate::error::SourceError;
use crate::package::Package;
use selfsame_core::stamp::{Declared, Module};

/// The longest source file that is read, in bytes.
const MAX_SOURCE: u64 = 8 << 20;

/// The most levels of modules within modules.
const MAX_DEPTH: usize = 64;

/// The macros of the standard library that stand at item level and declare no module.
const HARMLESS: [&str; 3] = ["compile_error", "macro_rules", "thread_local"];

/// Tells for each module whether it is declared.
///
/// # Errors
///
/// If a root of a crate cannot be found. A source file that cannot be read or understood makes what
/// it could declare unknown.
pub fn declared(
    package: &Package,
    configuration: &Configuration,
    modules: &[Module],
) -> Result<Vec<Declared>, SourceError> {
    let mut search =
        Search { package: package.root(), configuration, reached: BTreeMap::new(), opaque: None };
    for root in package.crate_roots(&super::files::Disk)? {
        search.file(&root, &parent(&root), &Holds::Yes, 0);
    }
    Ok(modules.iter().map(|module| search.answer(module)).collect())
}

struct Search<'a> {
    package: &'a Path,
    configuration: &'a Configuration,
    /// The files that were reached, and whether for certain.
    reached: BTreeMap<PathBuf, Holds>,
    /// Why something that is not reached may be declared all the same.
    opaque: Option<String>,
}

impl Search<'_> {
    /// Reads a file whose modules lie in `directory`.
    fn file(&mut self, path: &Path, directory: &Path, holds: &Holds, depth: usize) {
        let known = self.reached.get(path);
        // Again only if it is more certain than before: `mod` lines can form a circle.
        if known.is_some_and(|known| known.rank() >= holds.rank()) {
            return;
        }
        let no = matches!(holds, Holds::No(_));
        self.reached.insert(path.to_owned(), holds.clone());
        // What stands in a file that is configured out is not declared.
        if no {
            return;
        }
        if depth == MAX_DEPTH {
            return self.hide(path, "its modules are nested too deeply");
        }
        let text = match super::files::read_limited(path, MAX_SOURCE) {
            Ok(Some(text)) => text,
            Ok(None) => return,
            Err(error) => return self.hide(path, &error.to_string()),
        };
        match items::tokens(&text) {
            Ok(tokens) => {
                let items = items::items(tokens);
                self.items(&items, path, directory, &parent(path), holds, depth);
            }
            Err(why) => self.hide(path, &why),
        }
    }

    /// Follows the items of a file, or of a module within it.
    fn items(
        &mut self,
        items: &[Item],
        file: &Path,
        directory: &Path,
        // Where `#[path]` leads from: within inline modules another directory than at the top.
        named_from: &Path,
        outer: &Holds,
        depth: usize,
    ) {
        for item in items {
            match item {
                Item::Inner(predicate) => {
                    let holds = self.configuration.holds(predicate);
                    if !matches!(holds, Holds::Yes) {
                        // The whole file hangs on it.
                        self.reached.insert(file.to_owned(), outer.clone().and(holds));
                        return;
                    }
                }
                Item::Opaque(what) => self.hide(file, what),
                Item::Call { name, .. } if HARMLESS.contains(&name.as_str()) => {}
                Item::Call { name, .. } => {
                    self.hide(file, &format!("the macro `{name}!` may declare modules"));
                }
                Item::Other(tokens) => {
                    if items::has_mod(tokens.clone()) {
                        let what = "a `mod` within a function or a macro may declare modules";
                        self.hide(file, what);
                    }
                }
                Item::Module { name, attributes, body } => {
                    let mut holds = outer.clone();
                    for predicate in &attributes.cfg {
                        holds = holds.and(self.configuration.holds(predicate));
                    }
                    let mut path = attributes.path.clone();
                    for (predicate, conditional) in &attributes.conditional_paths {
                        match self.configuration.holds(predicate) {
                            Holds::Yes => path = Some(conditional.clone()),
                            Holds::No(_) => {}
                            Holds::Unknown(why) => self.hide(file, &why),
                        }
                    }
                    match body {
                        Body::Inline(items) => {
                            let inner = match &path {
                                Some(path) => named_from.join(path),
                                None => directory.join(name),
                            };
                            self.items(items, file, &inner, &inner, &holds, depth);
                        }
                        Body::File => {
                            let candidates = match &path {
                                Some(path) => vec![named_from.join(path)],
                                None => vec![
                                    directory.join(format!("{name}.rs")),
                                    directory.join(name).join("mod.rs"),
                                ],
                            };
                            for candidate in candidates {
                                if candidate.is_file() {
                                    let candidate = super::path::normal(&candidate);
                                    let below = if path.is_some() {
                                        parent(&candidate)
                                    } else {
                                        directory_of(&candidate)
                                    };
                                    self.file(&candidate, &below, &holds, depth + 1);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn hide(&mut self, file: &Path, what: &str) {
        let file = file.strip_prefix(self.package).unwrap_or(file);
        self.opaque.get_or_insert_with(|| format!("`{}`: {what}", file.display()));
    }

    fn answer(&self, module: &Module) -> Declared {
        let directory = self.package.join(&module.path);
        let file = self.package.join(format!("{}.rs", module.path));
        let ours = self
            .reached
            .iter()
            .filter(|(path, _)| **path == file || path.starts_with(&directory))
            .map(|(_, holds)| holds);
        match (ours.max_by_key(|holds| holds.rank()), &self.opaque) {
            (Some(Holds::Yes), _) => Declared::Yes,
            (Some(Holds::Unknown(why)), _) | (Some(Holds::No(_)) | None, Some(why)) => {
                Declared::Unknown(why.clone())
            }
            (Some(Holds::No(why)), None) => Declared::No(why.clone()),
            (None, None) => Declared::No(format!("no `mod {};` reaches it", module.name)),
        }
    }
}

/// The directory in which the modules of a module's file lie: its own for `mod.rs`, else the one of
/// its name.
fn directory_of(file: &Path) -> PathBuf {
    if file.file_name().is_some_and(|name| name == "mod.rs") {
        parent(file)
    } else {
        file.with_extension("")
    }
}

fn parent(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}
