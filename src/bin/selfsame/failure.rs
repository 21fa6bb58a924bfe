use std::fmt;

/// Something that could not be done: what, where and what next, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Says where it happened.
    pub(crate) fn at(&self, place: &str) -> Self {
        Self(format!("{place}: {self}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<selfsame::source::SourceError> for Failure {
    fn from(error: selfsame::source::SourceError) -> Self {
        Self(error.to_string())
    }
}

impl From<selfsame::tree::TreeError> for Failure {
    fn from(error: selfsame::tree::TreeError) -> Self {
        Self(error.to_string())
    }
}
