//! The source files of a package, each read once.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use proc_macro2::TokenStream;

use super::glance::Glance;
use super::items;
use crate::error::SourceError;
use crate::files::{Files, Made, made};
use selfsame_core::tree::Kind;

/// A source file.
#[derive(Debug)]
pub(super) struct Source<'a> {
    files: &'a dyn Files,
    path: PathBuf,
    glance: Option<Arc<Glance>>,
    text: OnceCell<Option<String>>,
    tokens: OnceCell<Option<TokenStream>>,
}

impl Source<'_> {
    /// What a glance at it says. `None` if it is not UTF-8 or cannot be read.
    pub(super) fn glance(&self) -> Option<&Glance> {
        self.glance.as_deref()
    }

    /// The text. `None` if it is not UTF-8 or cannot be read.
    pub(super) fn text(&self) -> Option<&str> {
        let read = || {
            let bytes = self.files.read(&self.path).ok().flatten()?;
            String::from_utf8(bytes).ok()
        };
        self.text.get_or_init(read).as_deref()
    }

    /// The tokens. `None` if it is not valid Rust.
    pub(super) fn tokens(&self) -> Option<TokenStream> {
        self.tokens
            .get_or_init(|| {
                self.files.counts(&self.path, false);
                items::tokens(self.text()?).ok()
            })
            .clone()
    }

    /// Notes that each string of it counts.
    pub(super) fn is_script(&self) {
        self.files.counts(&self.path, true);
    }
}

/// Source files by their paths.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    files: &'a dyn Files,
    read: BTreeMap<PathBuf, Rc<Source<'a>>>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(files: &'a dyn Files) -> Self {
        Self { files, read: BTreeMap::new() }
    }

    /// The file at that path. What cannot be read has no text: the compiler says why.
    pub(super) fn get(&mut self, path: &Path) -> Rc<Source<'a>> {
        if let Some(source) = self.read.get(path) {
            return Rc::clone(source);
        }
        let glance = made(self.files, path, Made::Glance, &Glance::of).ok().flatten();
        let glance = glance.and_then(|glance| (*glance).clone().map(Arc::new));
        let source = Rc::new(Source {
            files: self.files,
            path: path.to_owned(),
            glance,
            text: OnceCell::new(),
            tokens: OnceCell::new(),
        });
        self.read.insert(path.to_owned(), Rc::clone(&source));
        source
    }

    /// Whether a file, or a link that may lead to one, lies at `path`.
    pub(super) fn is_file(&self, path: &Path) -> Result<bool, SourceError> {
        Ok(matches!(self.files.kind(path)?, Some(Kind::File | Kind::Link)))
    }

    /// What lies at a path that source names. `None` if nothing does, or if it cannot be a path,
    /// as one that is too long.
    pub(super) fn named(&self, path: &Path) -> Option<Kind> {
        self.files.kind(path).ok().flatten()
    }

    /// What lies in a directory. Nothing if it cannot be read.
    pub(super) fn list(&self, directory: &Path) -> Vec<(PathBuf, Kind)> {
        let names = self.files.list(directory).unwrap_or_default();
        names.into_iter().map(|(name, kind)| (directory.join(name), kind)).collect()
    }
}
