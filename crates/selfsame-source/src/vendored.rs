//! The packages of a directory source, as `cargo vendor` makes one.
//!
//! Cargo holds each file that `.cargo-checksum.json` lists against its checksum before it compiles
//! the package, so the list is content, and so is each file that it does not list
//! (<https://doc.rust-lang.org/cargo/reference/source-replacement.html#directory-sources>).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::Files;
use super::path::relative;
use crate::error::SourceError;

/// The list of a vendored package.
pub(super) const CHECKSUMS: &str = ".cargo-checksum.json";

/// The files of the vendored package in `directory` that are content.
///
/// # Errors
///
/// If the list cannot be read, or is not one.
pub(super) fn content(files: &dyn Files, directory: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let path = directory.join(CHECKSUMS);
    let text = files.text(&path)?.unwrap_or_default();
    let list: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        SourceError::new(format!("`{}` is not a list of checksums: {error}", path.display()))
    })?;
    let listed: BTreeSet<&str> = list
        .get("files")
        .and_then(serde_json::Value::as_object)
        .map(|files| files.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let mut found = super::walk::below(files, directory, super::walk::Hidden::Counts)?;
    found.retain(|file| {
        let name = relative(directory, file);
        *file == path || !str::from_utf8(&name).is_ok_and(|name| listed.contains(name))
    });
    Ok(found)
}
