//! How an artifact is named on the command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A file or directory, an image of a Docker daemon, or a container of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// A file or directory.
    Path(PathBuf),
    /// An image of a Docker daemon, by name.
    Image(String),
    /// A container of a Docker daemon, by name or id.
    Container(String),
}

impl FromStr for Spec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |name: &str, what: &str| {
            // The client must not take it for an option.
            let is_plain = name.chars().all(|c| c.is_ascii_graphic());
            if name.is_empty() || name.starts_with('-') || !is_plain {
                return Err(format!("{name:?} is not a name of {what}"));
            }
            Ok(name.to_owned())
        };
        if let Some(name) = text.strip_prefix("docker://") {
            return named(name, "an image").map(Self::Image);
        }
        if let Some(name) = text.strip_prefix("container://") {
            return named(name, "a container").map(Self::Container);
        }
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        Ok(Self::Path(text.into()))
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Image(name) => write!(f, "docker://{name}"),
            Self::Container(name) => write!(f, "container://{name}"),
        }
    }
}
