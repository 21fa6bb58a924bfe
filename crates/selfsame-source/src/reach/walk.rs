//! The walk along `mod` lines, from each root of a crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;

use super::cfg::{never_in_tests, only_in_tests};
use super::items::{self, Attributes, Body, Item};
use super::sources::Sources;
use super::visit::{How, Opaque, Origin, Visit, parent};
use crate::error::SourceError;
use crate::path::normal;

/// The macros that declare no module beyond those in their arguments.
///
/// A file that `include!` names is followed by itself.
const HARMLESS: [&str; 9] = [
    "assert_impl_all",
    "bitflags",
    "cfg_if",
    "compile_error",
    "const_assert",
    "include",
    "lazy_static",
    "macro_rules",
    "thread_local",
];

/// What was reached.
#[derive(Debug)]
pub(super) struct Walk {
    /// The directories in `src/` that have sources. A module without one has no modules in files.
    directories: BTreeSet<PathBuf>,
    source_root: PathBuf,
    pub(super) reached: BTreeMap<PathBuf, How>,
    /// The files that the build script reaches.
    pub(super) of_script: BTreeSet<PathBuf>,
    pub(super) opaque: Vec<Opaque>,
    visited: BTreeMap<Visit, How>,
    /// Files that were not read as tokens, so that it is not known whether a macro in them hides
    /// more than the modules of these names.
    pending: Vec<(Visit, How, BTreeSet<String>)>,
    queue: Vec<(Visit, How)>,
}

/// Where an item stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    visit: &'a Visit,
    /// Where the modules lie.
    directory: &'a Path,
    /// From where `#[path]` leads: within inline modules another directory than at the top.
    named_from: &'a Path,
}

impl Walk {
    pub(super) fn new(source_root: &Path, sources: &[PathBuf]) -> Self {
        let mut directories = BTreeSet::new();
        for source in sources {
            let mut directory = parent(source);
            while directory.starts_with(source_root) && directories.insert(directory.to_owned()) {
                directory = parent(directory);
            }
        }
        Self {
            directories,
            source_root: source_root.to_owned(),
            reached: BTreeMap::new(),
            of_script: BTreeSet::new(),
            opaque: Vec::new(),
            visited: BTreeMap::new(),
            pending: Vec::new(),
            queue: Vec::new(),
        }
    }

    /// Follows the modules of a file, and all that they lead to.
    ///
    /// # Errors
    ///
    /// If the path of a module cannot be looked at.
    pub(super) fn follow(
        &mut self,
        sources: &mut Sources<'_>,
        visit: Visit,
        how: How,
    ) -> Result<(), SourceError> {
        self.queue.push((visit, how));
        self.run(sources)
    }

    fn run(&mut self, sources: &mut Sources<'_>) -> Result<(), SourceError> {
        while let Some((visit, how)) = self.queue.pop() {
            // Again only if it counts more than before: `mod` lines can form a circle.
            if self.visited.get(&visit).is_some_and(|&before| before >= how) {
                continue;
            }
            let reached = self.reached.entry(visit.file.clone()).or_insert(how);
            *reached = how.max(*reached);
            if visit.origin == Origin::Script {
                self.of_script.insert(visit.file.clone());
            }
            self.visited.insert(visit.clone(), how);
            let is_leaf = visit.directory.starts_with(&self.source_root)
                && !self.directories.contains(&visit.directory);
            // Only `#[path]` leads on from a leaf.
            if !is_leaf || sources.get(&visit.file).glance().is_some_and(|glance| glance.may_name) {
                self.file(sources, &visit, how)?;
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        sources: &mut Sources<'_>,
        visit: &Visit,
        how: How,
    ) -> Result<(), SourceError> {
        let source = sources.get(&visit.file);
        let Some(names) = source.glance().and_then(|glance| glance.declares.as_ref()) else {
            return self.tokens(sources, visit, how);
        };
        if !names.is_empty() && how == How::Test {
            return self.tokens(sources, visit, how);
        }
        let place = Place { visit, directory: &visit.directory, named_from: parent(&visit.file) };
        let mut declared = BTreeSet::new();
        for name in names {
            self.candidates(sources, name, None, place, how)?;
            declared.insert(name.clone());
        }
        if how != How::Test {
            self.pending.push((visit.clone(), how, declared));
        }
        Ok(())
    }

    /// Reads a file as tokens.
    fn tokens(
        &mut self,
        sources: &mut Sources<'_>,
        visit: &Visit,
        how: How,
    ) -> Result<(), SourceError> {
        let place = Place { visit, directory: &visit.directory, named_from: parent(&visit.file) };
        let Some(tokens) = sources.get(&visit.file).tokens() else {
            self.hide(place, how);
            return Ok(());
        };
        self.items(sources, &items::items(tokens), place, how)
    }

    /// Takes note of something that may declare anything.
    fn hide(&mut self, place: Place<'_>, how: How) {
        if how != How::Test {
            self.opaque.push(Opaque {
                directory: place.directory.to_owned(),
                names: BTreeSet::new(),
                origin: place.visit.origin,
            });
        }
    }

    fn items(
        &mut self,
        sources: &Sources<'_>,
        items: &[Item],
        place: Place<'_>,
        mut how: How,
    ) -> Result<(), SourceError> {
        let mut is_opaque = false;
        let mut names = BTreeSet::new();
        for item in items {
            match item {
                Item::Inner(predicate) if only_in_tests(predicate.clone()) => how = How::Test,
                Item::Inner(_) | Item::Other(_) => {}
                Item::Opaque(_) => is_opaque |= how != How::Test,
                Item::Call { name, .. } if name == "macro_rules" => {}
                Item::Call { name, cfg, arguments } => {
                    let how = within_cfg(cfg, how);
                    if how != How::Test && !HARMLESS.contains(&name.as_str()) {
                        // Where no test is built, it may declare what tests declare as well.
                        if cfg.iter().any(|predicate| never_in_tests(predicate.clone())) {
                            self.hide(place, how);
                        }
                        is_opaque = true;
                    }
                    for item in items::within(arguments.clone()) {
                        self.module(sources, &item, place, how, &mut names)?;
                    }
                }
                Item::Module { .. } => self.module(sources, item, place, how, &mut names)?,
            }
        }
        if is_opaque {
            let directory = place.directory.to_owned();
            self.opaque.push(Opaque { directory, names, origin: place.visit.origin });
        }
        Ok(())
    }

    fn module(
        &mut self,
        sources: &Sources<'_>,
        item: &Item,
        place: Place<'_>,
        how: How,
        names: &mut BTreeSet<String>,
    ) -> Result<(), SourceError> {
        let Item::Module { name, attributes, body } = item else { return Ok(()) };
        names.insert(name.clone());
        for (path, how) in paths(attributes, within_cfg(&attributes.cfg, how)) {
            match body {
                Body::Inline(items) => {
                    let inner = match path {
                        Some(path) => normal(&place.named_from.join(path)),
                        None => place.directory.join(name),
                    };
                    let place = Place { directory: &inner, named_from: &inner, ..place };
                    self.items(sources, items, place, how)?;
                }
                Body::File => self.candidates(sources, name, path, place, how)?,
            }
        }
        Ok(())
    }

    /// The files in which a module may be.
    fn candidates(
        &mut self,
        sources: &Sources<'_>,
        name: &str,
        path: Option<&str>,
        place: Place<'_>,
        how: How,
    ) -> Result<(), SourceError> {
        let origin = place.visit.origin;
        let visits = match path {
            Some(path) => {
                vec![Visit::among_its_modules(&normal(&place.named_from.join(path)), origin)]
            }
            None => vec![
                Visit::by_name(&place.directory.join(format!("{name}.rs")), origin),
                Visit::by_name(&place.directory.join(name).join("mod.rs"), origin),
            ],
        };
        for visit in visits {
            if sources.is_file(&visit.file)? {
                self.queue.push((visit, how));
            }
        }
        Ok(())
    }

    /// Reads as tokens what was not, where `asked` wants to know what a macro may declare. It is
    /// given where the modules lie, and the names of those that are known.
    ///
    /// # Errors
    ///
    /// If the path of a module cannot be looked at.
    pub(super) fn settle(
        &mut self,
        sources: &mut Sources<'_>,
        asked: &dyn Fn(&Path, &BTreeSet<String>) -> bool,
    ) -> Result<(), SourceError> {
        for (visit, how, names) in std::mem::take(&mut self.pending) {
            if asked(&visit.directory, &names) {
                self.tokens(sources, &visit, how)?;
            } else {
                self.pending.push((visit, how, names));
            }
        }
        self.run(sources)
    }
}

/// How something is reached that these predicates of `#[cfg]` stand before.
fn within_cfg(predicates: &[TokenStream], how: How) -> How {
    let is_test = predicates.iter().any(|predicate| only_in_tests(predicate.clone()));
    if is_test { How::Test } else { how }
}

/// The paths that a module may have, with how each is reached. `None` is the one by its name.
fn paths(attributes: &Attributes, how: How) -> Vec<(Option<&str>, How)> {
    let mut paths = vec![(attributes.path.as_deref(), how)];
    for (predicate, path) in &attributes.conditional_paths {
        let how = if only_in_tests(predicate.clone()) { How::Test } else { how };
        paths.push((Some(path), how));
    }
    paths
}
