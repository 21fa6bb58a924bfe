use std::{error, fmt};

/// Why routes do not make an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryError {
    what: String,
    path: Option<Box<str>>,
}

impl InventoryError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        let what = what.into();
        Self { what, path: None }
    }

    pub(super) fn at(path: &str, what: impl Into<String>) -> Self {
        let what = what.into();
        let path = Some(path.into());
        Self { what, path }
    }

    /// What is wrong, without the path: for places where no route may be named.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The path that it is about, if it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

impl fmt::Display for InventoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// As much of a path as one line bears, in characters.
        const SHOWN: usize = 120;

        let Some(path) = &self.path else {
            return f.write_str(&self.what);
        };
        let end = path.char_indices().nth(SHOWN).map_or(path.len(), |(at, _)| at);
        let more = if end < path.len() { "…" } else { "" };
        write!(f, "route {:?}{more} {}", &path[..end], self.what)
    }
}

impl error::Error for InventoryError {}
