use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// A full git commit id: 40 (SHA-1) or 64 (SHA-256) lowercase hexadecimal digits.
///
/// ```
/// use selfsame_core::stamp::CommitId;
///
/// let commit: CommitId = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567".parse()?;
/// assert!(commit.begins_with("1f0c2d3e4b5a"));
/// assert_eq!(commit.short(), "1f0c2d3e4b5a");
/// assert!("HEAD".parse::<CommitId>().is_err());
/// # Ok::<(), selfsame_core::stamp::ParseCommitError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CommitId(Box<str>);

impl CommitId {
    /// The digits of a commit that is shown to people. A caller of `/__build` may ask with as few.
    pub const SHORT: usize = 12;

    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first [`SHORT`](Self::SHORT) digits.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..Self::SHORT]
    }

    /// Whether the id begins with these digits.
    #[must_use]
    pub fn begins_with(&self, digits: &str) -> bool {
        self.0.starts_with(digits)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a full commit id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseCommitError;

impl fmt::Display for ParseCommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a commit id is 40 or 64 lowercase hexadecimal digits")
    }
}

impl std::error::Error for ParseCommitError {}

impl FromStr for CommitId {
    type Err = ParseCommitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        // Git writes an id of zeros where it has none.
        let null = text.bytes().all(|b| b == b'0');
        if matches!(text.len(), 40 | 64) && hex && !null {
            Ok(Self(text.into()))
        } else {
            Err(ParseCommitError)
        }
    }
}

impl<'de> Deserialize<'de> for CommitId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_ids_are_commits() {
        let sha1 = "0123456789abcdef0123456789abcdef01234567";
        let sha256 = "0123456789abcdef".repeat(4);
        assert_eq!(sha1.parse::<CommitId>().unwrap().as_str(), sha1);
        assert_eq!(sha256.parse::<CommitId>().unwrap().as_str(), sha256);
        for bad in ["", "HEAD", "unknown", "0123456", &sha1[1..], &sha1.to_uppercase()] {
            assert!(bad.parse::<CommitId>().is_err(), "{bad:?}");
        }
        assert!("0".repeat(40).parse::<CommitId>().is_err());
    }
}
