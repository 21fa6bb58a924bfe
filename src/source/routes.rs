use std::fs::File;
use std::io::Read as _;

use super::{Package, SourceError};
use crate::routes::Inventory;
use crate::stamp::Scope;

/// The longest list of routes, in bytes.
const MAX_LIST: u64 = 8 << 20;

/// Reads the list of routes that `package` keeps in its source, if `scope` names one.
///
/// # Errors
///
/// If the list is absent, cannot be read, or is none: the error says in which line.
pub fn expected_routes(package: &Package, scope: &Scope) -> Result<Option<Inventory>, SourceError> {
    let Some(name) = &scope.routes else { return Ok(None) };
    let path = package.root().join(name);
    let failed = |error| SourceError::io("read the list of routes", &path, error);
    // A FIFO would block the build, and what a link leads to is not content.
    if !path.symlink_metadata().map_err(failed)?.is_file() {
        return Err(SourceError::new(format!("`{}` is no regular file", path.display())));
    }
    let mut text = String::new();
    let file = File::open(&path).map_err(failed)?;
    let read = file.take(MAX_LIST + 1).read_to_string(&mut text).map_err(failed)?;
    if read as u64 > MAX_LIST {
        return Err(SourceError::new(format!(
            "`{}` is longer than {MAX_LIST} bytes",
            path.display()
        )));
    }
    let list = text.parse().map_err(|error| {
        SourceError::new(format!("`{}` is no list of routes: {error}", path.display()))
    })?;
    Ok(Some(list))
}
