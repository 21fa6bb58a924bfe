use std::fmt;

/// Facts that cannot be sealed, or a text that is not a stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampError(Box<str>);

impl StampError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into().into())
    }
}

impl fmt::Display for StampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a valid stamp: {}", self.0)
    }
}

impl std::error::Error for StampError {}
