//! A second look at source while rustc compiles it.
//!
//! Cargo goes by file times, and one run of the build script serves all units of a package: a file
//! replaced under an older time, or saved between the script and rustc, would be compiled and not
//! hashed. So the code that [`stamp!`](crate::stamp!) expands to asserts the length of each hashed
//! source file. A length costs nothing; a checksum in a const costs seconds a megabyte. What keeps
//! its length goes unnoticed here, and is found in the compiler's list of files at the artifact
//! rung.
//!
//! The files are read through a link, so that the compiler's list tells those that were compiled
//! from those that were merely looked at.

use std::fmt::Write as _;
use std::path::Path;

use super::BuildError;
use crate::source::{Content, Package};

/// The link to the package, in the directory of the stamp.
const LINK: &str = "source";

/// The most files that are looked at again, and the most bytes in all: what is beyond is generated,
/// or data.
const MAX_FILES: usize = 10_000;
const MAX_BYTES: u64 = 32 << 20;

/// Returns the assertions, as items to stand in a block, and makes the link that they need in
/// `directory`.
pub(super) fn assertions(
    directory: &Path,
    package: &Package,
    content: &Content,
) -> Result<String, BuildError> {
    let mut source = String::new();
    if !link(directory, package.root())? {
        return Ok(source);
    }
    let mut left = MAX_BYTES;
    let is_rust = |name: &str| Path::new(name).extension().is_some_and(|found| found == "rs");
    let compiled = |name: &str| name.starts_with("src/") || is_rust(name);
    for (name, length) in
        content.files().filter(|(name, _)| compiled(name) && *name != "build.rs").take(MAX_FILES)
    {
        let Some(rest) = left.checked_sub(length) else { continue };
        left = rest;
        let path = format!("{LINK}/{name}");
        let message = format!(
            "selfsame: `{name}` is not the file that the build script has hashed: it was replaced \
             under an older time, or saved in mid-build. Touch it and build again."
        );
        // A message is a format string.
        let message = message.replace('{', "{{").replace('}', "}}");
        let _ = writeln!(
            source,
            "    const _: () = ::core::assert!(::core::include_bytes!({path:?}).len() == {length}, \
             {message:?});"
        );
    }
    Ok(source)
}

/// Makes the link, if the system has links that anyone may make.
#[cfg(unix)]
fn link(directory: &Path, package: &Path) -> Result<bool, BuildError> {
    let link = directory.join(LINK);
    if link.read_link().is_ok_and(|target| target == package) {
        return Ok(true);
    }
    match std::fs::remove_file(&link) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(BuildError::io("replace", &link, &error));
        }
        _ => {}
    }
    std::os::unix::fs::symlink(package, &link)
        .map(|()| true)
        .map_err(|error| BuildError::io("write the link", &link, &error))
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<bool, BuildError> {
    Ok(false)
}
