use super::files::Files;
use crate::error::SourceError;
use crate::package::Package;
use crate::scope::Scope;
use selfsame_core::routes::Inventory;

/// Reads the list of routes that `package` keeps in its source, if `scope` names one.
///
/// # Errors
///
/// If the list is missing, cannot be read, or is not a list: the error says in which line.
pub fn expected_routes(
    files: &dyn Files,
    package: &Package,
    scope: &Scope,
) -> Result<Option<Inventory>, SourceError> {
    let Some(name) = &scope.routes else { return Ok(None) };
    let path = super::normal(&package.root().join(name));
    if !files.is_file(&path)? {
        return Err(SourceError::new(format!(
            "the list of routes `{}` is missing, or is not a regular file",
            path.display()
        )));
    }
    let text = files.text(&path)?.unwrap_or_default();
    let list = text.parse().map_err(|error| {
        SourceError::new(format!("`{}` is not a list of routes: {error}", path.display()))
    })?;
    Ok(Some(list))
}
