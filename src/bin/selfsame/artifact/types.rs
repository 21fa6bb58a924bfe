//! What was found in an artifact, in the words that people use.

use std::fmt;

use selfsame::stamp::{Digest, Found};

/// What an artifact turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Binary,
    DockerArchive,
    OciArchive,
    OciLayout,
    /// A tar archive, which is no image: a root file system.
    Archive,
    Directory,
    Image,
    Container,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "binary",
            Self::DockerArchive => "docker archive",
            Self::OciArchive => "OCI archive",
            Self::OciLayout => "OCI layout",
            Self::Archive => "archive of a root file system",
            Self::Directory => "root file system",
            Self::Image => "image",
            Self::Container => "container",
        })
    }
}

/// A layer, as people count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerName {
    pub(crate) number: usize,
    pub(crate) of: usize,
    pub(crate) made_by: Option<String>,
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layer {} of {}", self.number, self.of)?;
        match &self.made_by {
            Some(instruction) => write!(f, " ({instruction})"),
            None => Ok(()),
        }
    }
}

/// Where in an artifact something lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    /// Absent where there are no layers.
    pub(crate) layer: Option<LayerName>,
}

/// What a layer did to something of a lower one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) layer: LayerName,
    /// `deleted`, `emptied` or `replaced`.
    pub(crate) how: &'static str,
    /// What it did it to.
    pub(crate) path: String,
    /// The files that are gone by it.
    pub(crate) files: usize,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} `{}`", self.layer, self.how, self.path)
    }
}

/// A stamp in an artifact.
#[derive(Debug, Clone)]
pub(crate) struct Stamped {
    /// Absent where the artifact is a single file.
    pub(crate) place: Option<Place>,
    pub(crate) found: Found,
}

/// A stamp that a lower layer has and that is not in the image.
#[derive(Debug, Clone)]
pub(crate) struct Hidden {
    pub(crate) place: Place,
    pub(crate) found: Found,
    pub(crate) by: Taken,
}

/// A directory in an artifact.
#[derive(Debug)]
pub(crate) struct Directory {
    /// Where it was looked for.
    pub(crate) path: String,
    pub(crate) is_there: bool,
    pub(crate) sha256: Digest,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// The lines that the hash is of.
    pub(crate) list: Vec<String>,
    /// What layers took away of it.
    pub(crate) taken: Vec<Taken>,
    /// The mount that hides it in the container.
    pub(crate) mount: Option<String>,
}
