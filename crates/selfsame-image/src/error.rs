use std::fmt;

/// An artifact that could not be read: what, where and what next, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactError {
    message: String,
}

impl ArtifactError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    /// Says where it happened.
    pub(crate) fn at(&self, place: &str) -> Self {
        Self { message: format!("{place}: {self}") }
    }
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ArtifactError {}

impl From<selfsame_core::tree::TreeError> for ArtifactError {
    fn from(error: selfsame_core::tree::TreeError) -> Self {
        Self::new(error.to_string())
    }
}
