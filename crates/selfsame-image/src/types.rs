//! What was found in an artifact, in the words that people use.

use std::fmt;

use selfsame_core::stamp::{Digest, Found};

/// What an artifact turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A single file.
    Binary,
    /// What `docker save` writes.
    DockerArchive,
    /// An OCI image layout in a tar archive.
    OciArchive,
    /// An OCI image layout.
    OciLayout,
    /// A tar archive, which is not an image: a root file system.
    Archive,
    /// A root file system in a directory.
    Directory,
    /// An image of a Docker daemon.
    Image,
    /// A container of a Docker daemon.
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
#[non_exhaustive]
pub struct LayerName {
    /// From 1, the lowest first.
    pub number: usize,
    /// The number of layers.
    pub of: usize,
    /// The instruction that the image's history states for it.
    pub made_by: Option<String>,
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
#[non_exhaustive]
pub struct Place {
    /// The path in the artifact.
    pub path: String,
    /// Absent where there are no layers.
    pub layer: Option<LayerName>,
}

/// What a layer did to something of a lower one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// The layer that did it.
    pub layer: LayerName,
    /// `deleted`, `emptied` or `replaced`.
    pub how: &'static str,
    /// What it did it to.
    pub path: String,
    /// The files that are gone by it.
    pub files: usize,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} `{}`", self.layer, self.how, self.path)
    }
}

/// A stamp in an artifact.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Stamped {
    /// Absent where the artifact is a single file.
    pub place: Option<Place>,
    /// The stamp.
    pub found: Found,
}

/// A stamp that a lower layer has and that is not in the image.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hidden {
    /// Where it lies in the lower layer.
    pub place: Place,
    /// The stamp.
    pub found: Found,
    /// What took it away.
    pub by: Taken,
}

/// A directory in an artifact.
#[derive(Debug)]
#[non_exhaustive]
pub struct Directory {
    /// Where it was looked for.
    pub path: String,
    /// Whether there is such a directory.
    pub is_there: bool,
    /// Its tree hash.
    pub sha256: Digest,
    /// The number of its files.
    pub files: u64,
    /// The bytes of all files together.
    pub bytes: u64,
    /// The lines that the hash is of.
    pub list: Vec<String>,
    /// What layers took away of it.
    pub taken: Vec<Taken>,
    /// The mount that hides it in the container.
    pub mount: Option<String>,
}
