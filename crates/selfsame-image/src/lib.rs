//! Artifacts of every kind: an executable, an image in an archive or a layout, a root file system,
//! and what a Docker daemon has. Nothing of it is run or mounted, and nothing unpacked to a path that an
//! archive names.
//!
//! An image is read twice. The first time every file is searched for stamps, and lower layers count
//! as far as higher ones leave them; stamps say which directories are shipped, and for all of those
//! together the layers that may hold them are read again. Memory holds what is asked for and a few
//! bytes a name. Whatever is asked, one budget of bytes and of time is for each artifact.

mod artifact;
mod compression;
mod directory;
mod docker_archive;
mod docker_cli;
mod document;
mod entries;
mod error;
mod image;
mod input;
mod layer;
mod layout;
mod limits;
mod name;
mod open;
mod options;
mod overlay;
mod read;
mod rootfs;
mod spec;
mod store;
mod temp;
mod types;

pub use self::artifact::Artifact;
pub use self::document::Platform;
pub use self::error::ArtifactError;
pub use self::image::Claim;
pub use self::limits::DEFAULT_GIB;
pub use self::open::open;
pub use self::options::{Options, SILENCE};
pub use self::spec::Spec;
pub use self::types::{Directory, Hidden, Kind, LayerName, Place, Stamped, Taken};

#[cfg(test)]
mod tests;
