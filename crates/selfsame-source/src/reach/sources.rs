//! The source files of a package, each read once.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proc_macro2::TokenStream;

use super::items;
use crate::error::SourceError;
use crate::files::Files;
use selfsame_core::tree::Kind;

/// A source file.
#[derive(Debug)]
pub(super) struct Source {
    /// `None` if it cannot be read as text.
    text: Option<String>,
    tokens: OnceCell<Option<TokenStream>>,
}

impl Source {
    /// The text. `None` if it is not UTF-8 or cannot be read.
    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The tokens. `None` if it is not valid Rust.
    pub(super) fn tokens(&self) -> Option<TokenStream> {
        self.tokens.get_or_init(|| items::tokens(self.text()?).ok()).clone()
    }
}

/// Source files by their paths.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    files: &'a dyn Files,
    read: BTreeMap<PathBuf, Rc<Source>>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(files: &'a dyn Files) -> Self {
        Self { files, read: BTreeMap::new() }
    }

    /// The file at that path. What cannot be read has no text: the compiler says why.
    pub(super) fn get(&mut self, path: &Path) -> Rc<Source> {
        if let Some(source) = self.read.get(path) {
            return Rc::clone(source);
        }
        let bytes = self.files.read(path).ok().flatten();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let source = Rc::new(Source { text, tokens: OnceCell::new() });
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
