//! What the tokens of a package's source say about files.
//!
//! A search through bytes decides which files are read as tokens: only those that may name a file
//! or declare a module in one. What a macro expands to is not known here. It can hide a file from
//! this reader, and never turns a file of a build into one of tests.

mod argument;
mod calls;
mod certain;
mod cfg;
mod glance;
pub(super) mod items;
mod lines;
mod literal;
mod mentions;
mod resolve;
mod scan;
mod script;
mod skip;
mod sources;
mod uncertain;
mod visit;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use self::calls::{Base, INCLUDE};
pub(crate) use self::glance::{Glance, outline};
pub(super) use self::literal::{split, text};
use self::mentions::{Mention, PATH};
use self::sources::Sources;
use self::visit::{How, Origin, Visit};
use self::walk::Walk;
use super::files::Files;
use crate::error::SourceError;
use selfsame_core::tree::Kind;

/// What the source of one package says about files. All paths are absolute and normal.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// The files that `mod` lines, `#[path]` and `include!` reach in a build that is not a test,
    /// in whatever configuration, with the roots and the build script.
    pub(crate) modules: BTreeSet<PathBuf>,
    /// The files that only `#[cfg(test)] mod` lines reach, for certain.
    pub(crate) test_only: BTreeSet<PathBuf>,
    /// The files and directories that source names and that exist, each once for each of its names.
    pub(crate) named: Vec<Named>,
    /// The files that documentation includes, which go into no binary.
    pub(crate) documented: BTreeSet<PathBuf>,
    /// Directories outside of `src/` in which a macro may declare any file as a module.
    pub(crate) uncertain: Vec<PathBuf>,
}

/// A file or a directory that source names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    /// What names it, such as `` `include_str!` ``.
    pub(crate) by: &'static str,
    /// The source file that names it.
    pub(crate) file: PathBuf,
    /// The line in it, from 1.
    pub(crate) line: usize,
    /// Whether all that is in the directory goes into the binary, hidden names too.
    pub(crate) whole: bool,
    /// Whether it is a string of a build script, which may mean something else.
    pub(crate) guessed: bool,
}

/// Reads what the source of a package says about files.
///
/// `roots` are the root files of its library and its binaries, `script` is its build script, and
/// `sources` are all `.rs` files in its `src/`. A file that is not valid Rust says nothing, and
/// makes what it could reach uncertain.
///
/// # Errors
///
/// If the path of a module cannot be looked at.
pub(crate) fn of_package(
    files: &dyn Files,
    package: &Path,
    roots: &[PathBuf],
    script: Option<&Path>,
    sources: &[PathBuf],
) -> Result<Reach, SourceError> {
    let mut search = Search {
        package,
        sources: Sources::new(files),
        walk: Walk::new(&package.join("src"), sources),
        named: Vec::new(),
        documented: BTreeSet::new(),
        paths_in_macros: Vec::new(),
        read: BTreeSet::new(),
        test_only: BTreeSet::new(),
    };
    for root in roots {
        search.follow(Visit::among_its_modules(root, Origin::Crate), How::Build)?;
    }
    if let Some(script) = script {
        search.follow(Visit::among_its_modules(script, Origin::Script), How::Build)?;
    }
    for source in sources {
        if !search.walk.reached.contains_key(source) {
            search.follow(Visit::by_name(source, Origin::Crate), How::Orphan)?;
        }
    }
    search.read_files()?;
    search.finish()
}

struct Search<'a> {
    package: &'a Path,
    sources: Sources<'a>,
    walk: Walk,
    named: Vec<Named>,
    documented: BTreeSet<PathBuf>,
    /// Each `#[path]` within a macro. `None` if it may be any path.
    paths_in_macros: Vec<Option<String>>,
    /// The files that were searched for names of others.
    read: BTreeSet<PathBuf>,
    test_only: BTreeSet<PathBuf>,
}

impl Search<'_> {
    fn follow(&mut self, visit: Visit, how: How) -> Result<(), SourceError> {
        self.walk.follow(&mut self.sources, visit, how)
    }

    /// Reads the files that are or may be part of a build. Each may lead to more files, and take
    /// some out of those that only tests reach.
    fn read_files(&mut self) -> Result<(), SourceError> {
        loop {
            let tests =
                certain::test_only(&mut self.walk, &mut self.sources, &self.paths_in_macros)?;
            let reached = self.walk.reached.keys();
            let files: Vec<PathBuf> = reached
                .filter(|path| !tests.contains(*path) && !self.read.contains(*path))
                .cloned()
                .collect();
            if files.is_empty() {
                self.test_only = tests;
                return Ok(());
            }
            for file in files {
                self.read_file(&file)?;
                self.read.insert(file);
            }
        }
    }

    fn read_file(&mut self, file: &Path) -> Result<(), SourceError> {
        let source = self.sources.get(file);
        let of_script = self.walk.of_script.contains(file);
        let origin = if of_script { Origin::Script } else { Origin::Crate };
        if !of_script && source.glance().is_some_and(|glance| !glance.may_name) {
            return Ok(());
        }
        if of_script {
            source.is_script();
        }
        let (Some(text), Some(tokens)) = (source.text(), source.tokens()) else {
            // It may have any `#[path]`.
            self.paths_in_macros.push(None);
            return Ok(());
        };
        let mentions = mentions::read(tokens.clone(), self.package);
        self.paths_in_macros.extend(mentions.paths_in_macros);
        for mention in mentions.documented {
            self.documented.extend(resolve::candidates(&mention, file, self.package));
        }
        for mention in mentions.found {
            for path in resolve::candidates(&mention, file, self.package) {
                let exists = self.name(&mention, &path, file, text, origin)?;
                if exists && mention.base == Base::Ancestors {
                    break;
                }
            }
        }
        if of_script {
            self.read_literals(file, text, script::literals(tokens));
        }
        Ok(())
    }

    /// Takes a path as named. Whether something lies there.
    fn name(
        &mut self,
        mention: &Mention,
        path: &Path,
        file: &Path,
        text: &str,
        origin: Origin,
    ) -> Result<bool, SourceError> {
        let Some(kind) = self.sources.named(path) else { return Ok(false) };
        let is_source = mention.name == INCLUDE || mention.by == PATH;
        if is_source && matches!(kind, Kind::File | Kind::Link) {
            self.follow(Visit::among_its_modules(path, origin), How::Build)?;
        }
        self.push(Named {
            path: path.to_owned(),
            by: mention.by,
            file: file.to_owned(),
            line: scan::line_of(text, mention.name, &mention.needle),
            whole: mention.whole,
            guessed: false,
        });
        Ok(true)
    }

    /// Takes those string literals of a build script as names that lead to something.
    fn read_literals(&mut self, file: &Path, text: &str, literals: Vec<script::Literal>) {
        for (literal, needle) in literals {
            let Some(path) = resolve::literal(&literal, self.package) else { continue };
            if self.sources.named(&path).is_some() {
                self.push(Named {
                    path,
                    by: "a string literal",
                    file: file.to_owned(),
                    line: scan::line_of(text, "", &needle),
                    whole: false,
                    guessed: true,
                });
            }
        }
    }

    fn push(&mut self, named: Named) {
        let is_known = self.named.iter().any(|known| {
            known.path == named.path && known.by == named.by && known.whole == named.whole
        });
        if !is_known {
            self.named.push(named);
        }
    }

    fn finish(mut self) -> Result<Reach, SourceError> {
        let uncertain = uncertain::directories(&mut self.walk, &mut self.sources, self.package)?;
        let built = self.walk.reached.into_iter().filter(|(_, how)| *how == How::Build);
        Ok(Reach {
            modules: built.map(|(path, _)| path).collect(),
            test_only: self.test_only,
            named: self.named,
            documented: self.documented,
            uncertain,
        })
    }
}
