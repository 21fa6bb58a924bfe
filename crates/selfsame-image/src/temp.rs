//! Temporary files for what has to be read in another order than it comes in. They have no name,
//! and are gone with the process.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::rc::Rc;

use super::compression::Compression;
use super::entries::too_large;
use super::input::Section;
use super::limits::Limits;
use crate::error::ArtifactError;

pub(super) fn file() -> Result<File, ArtifactError> {
    tempfile::tempfile().map_err(|error| failed(&error))
}

pub(super) fn failed(error: &std::io::Error) -> ArtifactError {
    ArtifactError::new(format!(
        "cannot write a temporary file: {error}; TMPDIR names another place"
    ))
}

/// Unpacks an archive that is packed as a whole.
///
/// # Errors
///
/// If it is damaged, or unpacks to too much.
pub(super) fn unpacked(
    section: Section,
    compression: Compression,
    limits: &Limits,
) -> Result<Section, ArtifactError> {
    let damaged = |error: std::io::Error| {
        ArtifactError::new(format!("it is packed, and cannot be unpacked: {error}"))
    };
    let budget = Rc::clone(section.budget());
    let mut input = compression.open(section, None).map_err(damaged)?;
    let mut file = file()?;
    let mut chunk = vec![0; 256 * 1024];
    let mut length = 0;
    loop {
        let read = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(damaged(error)),
        };
        length += read as u64;
        if length > limits.unpacked {
            return Err(too_large(limits));
        }
        file.write_all(&chunk[..read]).map_err(|error| failed(&error))?;
    }
    Section::whole(file, &budget).map_err(|error| failed(&error))
}
