use std::fmt;

/// Something that could not be done: what, where and what next, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    is_usage: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_usage: false }
    }

    /// The command line is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_usage: true }
    }

    /// The same, of the command line.
    pub(crate) fn into_usage(self) -> Self {
        Self { is_usage: true, ..self }
    }

    /// Whether the command line is wrong, and not what it names.
    pub(crate) fn is_usage(&self) -> bool {
        self.is_usage
    }

    /// The same with the message as `clean` makes it.
    pub(crate) fn cleaned(self, clean: impl Fn(&str) -> String) -> Self {
        Self { message: clean(&self.message), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<selfsame_source::SourceError> for Failure {
    fn from(error: selfsame_source::SourceError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<selfsame_core::tree::TreeError> for Failure {
    fn from(error: selfsame_core::tree::TreeError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<selfsame_image::ArtifactError> for Failure {
    fn from(error: selfsame_image::ArtifactError) -> Self {
        Self::new(error.to_string())
    }
}
