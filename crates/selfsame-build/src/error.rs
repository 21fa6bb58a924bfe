use std::fmt;
use std::path::Path;

use selfsame_core::stamp::StampError;
use selfsame_source::SourceError;

/// A build that must not go on.
#[derive(Debug)]
pub struct BuildError(String);

impl BuildError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub(super) fn io(verb: &str, path: &Path, cause: &std::io::Error) -> Self {
        Self(format!("cannot {verb} `{}`: {cause}", path.display()))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "selfsame: {}", self.0)
    }
}

impl std::error::Error for BuildError {}

impl From<SourceError> for BuildError {
    fn from(error: SourceError) -> Self {
        Self(error.to_string())
    }
}

impl From<StampError> for BuildError {
    fn from(error: StampError) -> Self {
        Self(error.to_string())
    }
}
