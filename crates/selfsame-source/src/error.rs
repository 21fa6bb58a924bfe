use std::fmt;
use std::path::Path;

use selfsame_core::tree::TreeError;

/// Source that could not be read, with what, where and what next.
#[derive(Debug)]
pub struct SourceError {
    message: String,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SourceError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: None }
    }

    pub(crate) fn io(verb: &str, path: &Path, cause: std::io::Error) -> Self {
        Self {
            message: format!("cannot {verb} `{}`: {cause}", path.display()),
            cause: Some(Box::new(cause)),
        }
    }
}

impl From<TreeError> for SourceError {
    fn from(cause: TreeError) -> Self {
        Self { message: cause.to_string(), cause: Some(Box::new(cause)) }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().and_then(std::error::Error::source)
    }
}
