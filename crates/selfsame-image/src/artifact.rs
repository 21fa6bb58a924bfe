//! An artifact that was read, and what can be asked of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

use selfsame_core::stamp::STAMP_FILE;

use super::directory::{Listing, Tree, What};
use super::image::{Claim, Image};
use super::limits::{Budget, LIMITS, Limits};
use super::name::{Name, absolute, is_below, linked, normalize};
use super::overlay::Act;
use super::read::Touched;
use super::types::{Directory, Hidden, Kind, LayerName, Stamped, Taken};
use super::{ArtifactError, rootfs};

/// An artifact that was read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Artifact {
    /// What it turned out to be.
    pub kind: Kind,
    /// Of an image, where it states one.
    pub platform: Option<String>,
    /// The stamps in it.
    pub stamps: Vec<Stamped>,
    /// The stamps of lower layers that are not in the image.
    pub hidden: Vec<Hidden>,
    /// The commits that an image names next to its stamps.
    pub claims: Vec<Claim>,
    pub(super) content: Content,
    /// Where its process starts.
    pub(super) directory: Name,
    pub(super) mounts: Vec<Name>,
    /// `NAME=VALUE`
    pub(super) variables: Vec<String>,
    /// What is started, word by word.
    pub(super) command: Vec<String>,
    pub(super) limits: Limits,
    /// What is left for reading it.
    pub(super) budget: Rc<Budget>,
    /// The directories that were read so far.
    pub(super) tree: RefCell<Option<Tree>>,
}

/// What can be read again.
#[derive(Debug)]
pub(super) enum Content {
    File,
    Layers(Image, Vec<Touched>),
    Directory(PathBuf),
}

impl Artifact {
    /// The number of layers, where it has some.
    pub fn layers(&self) -> Option<usize> {
        match &self.content {
            Content::Layers(image, _) if !matches!(self.kind, Kind::Archive | Kind::Container) => {
                Some(image.layers.len())
            }
            _ => None,
        }
    }

    /// Reads the directory that a process of this artifact finds at a path. `None` means that the
    /// artifact is a single file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn directory(&self, at: &str) -> Result<Option<Directory>, ArtifactError> {
        self.find(at, What::Tree)
    }

    /// The same for a directory that a binary was shipped with: without the stamp of its own.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn shipped(&self, at: &str) -> Result<Option<Directory>, ArtifactError> {
        self.find(at, What::Shipped)
    }

    /// The value that the image gives a variable of its process.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let of_name = |variable: &&String| {
            variable.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
        };
        let variable = self.variables.iter().rfind(of_name)?;
        Some(&variable[name.len() + 1..]).filter(|value| !value.is_empty())
    }

    /// The mount that hides one of these files from the process.
    pub fn mount_over(&self, files: &[&str]) -> Option<String> {
        let names = files.iter().filter_map(|file| normalize(file.as_bytes(), LIMITS.path).ok());
        let hides =
            |mount: &&Name| names.clone().any(|name| name == **mount || is_below(&name, mount));
        self.mounts.iter().find(hides).map(|mount| absolute(mount))
    }

    /// The executable that is started, if it is none of these files and nothing that is given their
    /// names, as a shell or an init is.
    pub fn other_entrypoint(&self, files: &[&str]) -> Option<String> {
        let first = self.command.first()?;
        let words = self.command.iter().flat_map(|word| word.split_ascii_whitespace());
        let is_one = |word: &str| {
            // A name without a slash is looked up on the PATH.
            let bare = files.iter().any(|file| file.rsplit('/').next() == Some(word));
            let place = linked(&self.directory, word.as_bytes(), LIMITS.path);
            let place = place.map(|place| absolute(&place));
            !word.contains('/') && bare || place.is_ok_and(|place| files.contains(&place.as_str()))
        };
        let is_other = !files.is_empty() && !words.into_iter().any(is_one);
        is_other.then(|| first.clone())
    }

    /// Finds a directory among those that were read, or reads it with all that may be asked for:
    /// each reading reads whole layers.
    fn in_tree(
        &self,
        image: &Image,
        touched: &[Touched],
        place: &Name,
        what: What,
    ) -> Result<Listing, ArtifactError> {
        let mut read = self.tree.borrow_mut();
        if !read.as_ref().is_some_and(|tree| tree.has(place)) {
            let mut asked = self.of_stamps();
            asked.extend(read.iter().flat_map(Tree::places).cloned());
            asked.insert(place.clone());
            *read = Some(Tree::read(image, touched, &asked, &self.budget, &self.limits)?);
        }
        let tree = read.as_ref().ok_or_else(|| ArtifactError::new("no directory was read"))?;
        tree.listing(place, what)
    }

    /// The directories that its stamps speak of: where the process looks for what it was shipped
    /// with, and where files lie next to their own stamp.
    fn of_stamps(&self) -> BTreeSet<Name> {
        let shipped = self.stamps.iter().flat_map(|stamped| &stamped.found.stamp.facts().shipped);
        let shipped = shipped.map(|shipped| match self.variable(&shipped.variable()) {
            Some(elsewhere) => elsewhere,
            None => &shipped.at,
        });
        let places = self.stamps.iter().filter_map(|stamped| stamped.place.as_ref());
        let beside = places.filter_map(|place| {
            let file = place.path.strip_suffix("/__build");
            file.or_else(|| place.path.strip_suffix(STAMP_FILE))
        });
        shipped
            .chain(beside)
            .filter_map(|at| linked(&self.directory, at.as_bytes(), self.limits.path).ok())
            .collect()
    }

    fn find(&self, at: &str, what: What) -> Result<Option<Directory>, ArtifactError> {
        let limits = &self.limits;
        let place = linked(&self.directory, at.as_bytes(), limits.path)?;
        let path = absolute(&place);
        let mount = self
            .mounts
            .iter()
            .find(|mount| **mount == place || is_below(&place, mount) || is_below(mount, &place));
        let listing = match &self.content {
            Content::File => return Ok(None),
            Content::Directory(root) => rootfs::directory(root, &place, what, limits)?,
            Content::Layers(image, touched) => self.in_tree(image, touched, &place, what)?,
        };
        let taken = |(act, files): (&Act, &usize)| match &self.content {
            Content::Layers(image, _) => Some(taken(image, act, *files)),
            _ => None,
        };
        Ok(Some(Directory {
            path,
            is_there: listing.is_there,
            sha256: listing.lines.digest(),
            files: listing.files,
            bytes: listing.bytes,
            taken: listing.taken.iter().filter_map(taken).collect(),
            list: listing.list,
            mount: mount.map(|mount| absolute(mount)),
        }))
    }
}

pub(super) fn layer_name(image: &Image, layer: usize) -> LayerName {
    LayerName {
        number: layer + 1,
        of: image.layers.len(),
        made_by: image.layers.get(layer).and_then(|layer| layer.made_by.clone()),
    }
}

pub(super) fn taken(image: &Image, act: &Act, files: usize) -> Taken {
    Taken {
        layer: layer_name(image, act.layer),
        how: act.how.word(),
        path: absolute(&act.name),
        files,
    }
}
