//! The strict reader of what an axum `Router` prints with `{:?}`.
//!
//! The text is taken apart from the first byte to the last by [`grammar`], which knows the forms of
//! axum 0.8 and of axum's main branch and nothing else, and [`lower`] makes routes of it. Whatever
//! is not expected is an error, so a text that was understood in part never becomes a list.
//!
//! The grammar has a fixed depth: there is no place where a value may hold another of its kind, so
//! no text makes the reader recurse. Nor can a service write into the text other than through its
//! path patterns, which stand in it as string literals with escapes: axum prints no handler, state,
//! service or layer, whatever `Debug` they have.

mod cursor;
mod grammar;
mod lower;
#[cfg(test)]
mod tests;

use std::{error, fmt};

use self::cursor::Cursor;
use selfsame_core::routes::{Inventory, InventoryError};

/// The longest text that is read, in bytes. 10,000 routes take about 3 MB.
pub(super) const MAX_TEXT: usize = 16 << 20;

/// Reads the routes from the `Debug` text of an axum `Router` (`format!("{router:?}")`).
///
/// Reading alone does not tell whether the text came from a router: whoever has one calls `of`,
/// which also checks that this axum prints what is known here.
///
/// # Errors
///
/// The text is not, to the last byte, what axum 0.8 or its main branch prints, is longer than
/// 16 MiB, or its routes do not make an [`Inventory`]. No error repeats a path of the text.
///
/// # Examples
///
/// ```
/// let error = selfsame::routes::read("Router { inner: RouterInner { … } }").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "router not understood at byte 9: expected `path_router: `, \
///      found `inner: RouterInner { … }`",
/// );
/// ```
pub fn read(text: &str) -> Result<Inventory, ReadError> {
    if text.len() > MAX_TEXT {
        return Err(ReadError::new(format!("more than {MAX_TEXT} bytes of text")));
    }
    let mut cursor = Cursor::new(text);
    let router = grammar::router(&mut cursor)?;
    cursor.end()?;
    Ok(Inventory::new(lower::routes(router)?)?)
}

/// Why a text was not understood as a router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    what: String,
    offset: Option<usize>,
}

impl ReadError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        let what = what.into();
        Self { what, offset: None }
    }

    fn at(offset: usize, what: impl Into<String>) -> Self {
        let what = what.into();
        let offset = Some(offset);
        Self { what, offset }
    }

    /// The byte of the text where it ceased to be understood, if it was there that it failed.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("router not understood")?;
        if let Some(offset) = self.offset {
            write!(f, " at byte {offset}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl error::Error for ReadError {}

impl From<InventoryError> for ReadError {
    fn from(error: InventoryError) -> Self {
        // The reason is shown to callers who may not know the routes.
        Self::new(match error.path() {
            Some(_) => format!("a route {}", error.what()),
            None => error.what().to_owned(),
        })
    }
}
