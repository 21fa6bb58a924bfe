//! Artifacts of every kind: an executable, an image in an archive or a layout, a root file system,
//! and what a Docker daemon has. Nothing of it is run or mounted, and nothing unpacked to a path that an
//! archive names.
//!
//! An image is read twice. The first time every file is searched for stamps, and lower layers count
//! as far as higher ones leave them; stamps say which directories are shipped, and for all of those
//! together the layers that may hold them are read again. Memory holds what is asked for and a few
//! bytes a name. Whatever is asked, one budget of bytes and of time is for each artifact.

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
mod overlay;
mod read;
mod rootfs;
mod spec;
mod store;
mod temp;
mod types;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use selfsame_core::stamp::{STAMP_FILE, Scanner};
use selfsame_core::tree;

use self::compression::Compression;
use self::directory::{Listing, Tree, What};
use self::document::Container;
use self::image::{Claims, Image, Layer};
use self::input::Section;
use self::limits::{Budget, LIMITS, Limits};
use self::name::{Name, absolute, is_below, linked, normalize};
use self::overlay::Act;
use self::read::{Carried, Stamps, Touched};
use self::store::{Members, Store};

pub use self::document::Platform;
pub use self::error::ArtifactError;
pub use self::image::Claim;
pub use self::limits::DEFAULT_GIB;
pub use self::spec::Spec;
pub use self::types::{Directory, Hidden, Kind, LayerName, Place, Stamped, Taken};

/// How long the client of a Docker daemon may print nothing, unless it is said. Some daemons write an image to their own
/// disk before they send the first byte.
pub const SILENCE: Duration = Duration::from_secs(120);

/// How an artifact is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Which image is meant, where the artifact holds several.
    pub platform: Option<Platform>,
    /// Whether layers that are not compressed are hashed too, and compared with what the image
    /// states.
    pub verify_layers: bool,
    /// How much an artifact may unpack to, in GiB. The time that reading it may take grows with it.
    pub max_size: u64,
}

impl Default for Options {
    /// No platform, no layers verified, and 4 GiB at most.
    fn default() -> Self {
        Self { platform: None, verify_layers: false, max_size: DEFAULT_GIB }
    }
}

impl Options {
    fn limits(&self) -> Limits {
        Limits { unpacked: self.max_size << 30, ..LIMITS }
    }
}

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
    content: Content,
    /// Where its process starts.
    directory: Name,
    mounts: Vec<Name>,
    /// `NAME=VALUE`
    variables: Vec<String>,
    /// What is started, word by word.
    command: Vec<String>,
    limits: Limits,
    /// What is left for reading it.
    budget: Rc<Budget>,
    /// The directories that were read so far.
    tree: RefCell<Option<Tree>>,
}

/// What can be read again.
#[derive(Debug)]
enum Content {
    File,
    Layers(Image, Vec<Touched>),
    Directory(PathBuf),
}

/// Reads an artifact. The client of a Docker daemon may print nothing for as long as `silence`.
///
/// # Errors
///
/// If it cannot be read, is damaged, cut off or hostile, or holds more than one image. A stamp that
/// is in it and damaged is an error too; that there is none is not.
pub fn open(spec: &Spec, options: &Options, silence: Duration) -> Result<Artifact, ArtifactError> {
    let in_it = |failure: ArtifactError| failure.at(&format!("`{spec}`"));
    let limits = options.limits();
    let reading = Reading { options, limits, budget: Budget::new(&limits), silence };
    match spec {
        Spec::Path(path) => open_path(path, &reading),
        Spec::Image(name) => open_image(name, &reading).map_err(in_it),
        Spec::Container(name) => open_container(name, &reading).map_err(in_it),
    }
}

/// How one artifact is read, and what is left for it.
struct Reading<'a> {
    options: &'a Options,
    limits: Limits,
    budget: Rc<Budget>,
    /// How long the client of a Docker daemon may print nothing.
    silence: Duration,
}

fn open_path(path: &Path, reading: &Reading<'_>) -> Result<Artifact, ArtifactError> {
    let fail = |verb: &str, error: &dyn fmt::Display| {
        ArtifactError::new(format!("cannot {verb} `{}`: {error}", path.display()))
    };
    let in_it = |failure: ArtifactError| failure.at(&format!("`{}`", path.display()));
    // A FIFO would block.
    let metadata = path.metadata().map_err(|error| fail("open", &error))?;
    if metadata.is_dir() {
        let root = path.canonicalize().map_err(|error| fail("open", &error))?;
        return open_directory(root, reading).map_err(in_it);
    }
    if !metadata.is_file() {
        return Err(fail(
            "inspect",
            &"it is neither a regular file nor a directory; name a binary, an archive or a root \
              file system",
        ));
    }
    let section = tree::open(path)
        .and_then(|file| Section::whole(file, &reading.budget))
        .map_err(|error| fail("open", &error))?;
    let compression = Compression::of(&section).map_err(|error| fail("read", &error))?;
    let open = || compression.open(section.clone(), None).map_err(|error| fail("read", &error));
    if entries::is_archive(open()?).map_err(|error| fail("read", &error))? {
        // Only what is read in another order than it comes in has to be unpacked to a file.
        let section = match compression {
            Compression::None => section,
            compression => temp::unpacked(section, compression, &reading.limits).map_err(in_it)?,
        };
        return open_archive(&section, reading).map_err(in_it);
    }
    let mut scanner = Scanner::new();
    let most = reading.limits.unpacked;
    scan(&mut open()?, most, &mut scanner).map_err(|error| fail("read", &error))?;
    let found = scanner.finish().map_err(|error| {
        ArtifactError::new(format!(
            "a stamp in `{}` is damaged: {error}; build it again",
            path.display()
        ))
    })?;
    Ok(Artifact {
        kind: Kind::Binary,
        platform: None,
        stamps: found.into_iter().map(|found| Stamped { place: None, found }).collect(),
        hidden: Vec::new(),
        claims: Vec::new(),
        content: Content::File,
        directory: Name::new(),
        mounts: Vec::new(),
        variables: Vec::new(),
        command: Vec::new(),
        limits: reading.limits,
        budget: Rc::clone(&reading.budget),
        tree: RefCell::default(),
    })
}

/// Searches all that can be read, `most` bytes at most.
fn scan(input: &mut (impl BufRead + ?Sized), most: u64, scanner: &mut Scanner) -> io::Result<()> {
    let mut left = most;
    loop {
        let length = match input.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(bytes) => {
                left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
                    let why = format!("it has more than {most} bytes; --max-size raises that");
                    io::Error::other(why)
                })?;
                scanner.push(bytes);
                bytes.len()
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        input.consume(length);
    }
}

fn open_directory(root: PathBuf, reading: &Reading<'_>) -> Result<Artifact, ArtifactError> {
    let Reading { options, limits, budget, .. } = reading;
    if root.join("oci-layout").is_file() {
        let store = Store::Directory(root, Rc::clone(budget));
        let image = layout::read(&store, options.platform.as_ref(), limits)?;
        return in_layers(Kind::OciLayout, image, reading);
    }
    let carried = rootfs::stamps(&root, budget, limits)?;
    let mut stamps = Vec::new();
    for (name, carried) in carried {
        let place = Place { path: absolute(&name), layer: None };
        stamps.extend(stamped(&place, &carried)?);
    }
    Ok(Artifact {
        kind: Kind::Directory,
        platform: None,
        stamps,
        hidden: Vec::new(),
        claims: Vec::new(),
        content: Content::Directory(root),
        directory: Name::new(),
        mounts: Vec::new(),
        variables: Vec::new(),
        command: Vec::new(),
        limits: *limits,
        budget: Rc::clone(budget),
        tree: RefCell::default(),
    })
}

fn open_archive(section: &Section, reading: &Reading<'_>) -> Result<Artifact, ArtifactError> {
    let limits = &reading.limits;
    let asked = reading.options.platform.as_ref();
    let store = Store::Archive(Members::of(section, limits)?);
    let text = |path: &str| {
        store.get(path, limits)?.map(|file| document::text(file, path, limits)).transpose()
    };
    if let Some(manifest) = text("manifest.json")?
        && manifest.trim_ascii_start().starts_with(b"[")
    {
        let image = docker_archive::read(&store, &manifest, asked, limits)?;
        return in_layers(Kind::DockerArchive, image, reading);
    }
    if text("oci-layout")?.is_some() {
        let image = layout::read(&store, asked, limits)?;
        return in_layers(Kind::OciArchive, image, reading);
    }
    if text("repositories")?.is_some() {
        return Err(ArtifactError::new(
            "unsupported archive, as Docker wrote it before 1.10: save the image again with a newer one",
        ));
    }
    let image = Image {
        platform: None,
        layers: vec![whole(section)?],
        claims: Vec::new(),
        directory: Name::new(),
        variables: Vec::new(),
        command: Vec::new(),
    };
    in_layers(Kind::Archive, image, reading)
}

/// An archive that is a root file system by itself.
fn whole(section: &Section) -> Result<Layer, ArtifactError> {
    Ok(Layer { must_close: true, ..Layer::new(section.clone(), None)? })
}

fn open_image(name: &str, reading: &Reading<'_>) -> Result<Artifact, ArtifactError> {
    let file = docker_cli::spooled(&["save", name], reading)?;
    let section = Section::whole(file, &reading.budget).map_err(|error| temp::failed(&error))?;
    let artifact = open_archive(&section, reading)?;
    Ok(Artifact { kind: Kind::Image, ..artifact })
}

fn open_container(name: &str, reading: &Reading<'_>) -> Result<Artifact, ArtifactError> {
    let inspect = ["container", "inspect", name];
    let text = docker_cli::text(&inspect, reading)?;
    let containers: Vec<Container> = document::parse(&text, &inspect.join(" "))?;
    let Some(container) = containers.into_iter().next() else {
        return Err(ArtifactError::new("there is no such container"));
    };
    let file = docker_cli::spooled(&["export", name], reading)?;
    let section = Section::whole(file, &reading.budget).map_err(|error| temp::failed(&error))?;
    let mut claims = Claims::default();
    claims.run(container.config.as_ref());
    let run = container.config.unwrap_or_default();
    let image = Image {
        platform: None,
        layers: vec![whole(&section)?],
        claims: claims.finish(),
        command: run.command(),
        directory: normalize(run.working_dir.unwrap_or_default().as_bytes(), LIMITS.path)?,
        variables: run.env.unwrap_or_default(),
    };
    let mounts = container
        .mounts
        .unwrap_or_default()
        .into_iter()
        .filter_map(|mount| normalize(mount.destination?.as_bytes(), LIMITS.path).ok());
    let mounts = mounts.collect();
    Ok(Artifact { mounts, ..in_layers(Kind::Container, image, reading)? })
}

/// Reads the stamps of an image.
fn in_layers(
    kind: Kind,
    mut image: Image,
    reading: &Reading<'_>,
) -> Result<Artifact, ArtifactError> {
    let Reading { options, limits, budget, .. } = reading;
    let mut visitor = Stamps::new(limits);
    let overlay =
        read::layers(&image.layers, |_| true, options.verify_layers, limits, &mut visitor)?;
    let has_layers = !matches!(kind, Kind::Archive | Kind::Container);
    let mut stamps = Vec::new();
    for (name, item) in &overlay.items {
        let layer = has_layers.then(|| layer_name(&image, item.layer));
        stamps.extend(stamped(&Place { path: absolute(name), layer }, &item.value)?);
    }
    let mut hidden = Vec::new();
    for gone in &overlay.gone {
        let layer = Some(layer_name(&image, gone.item.layer));
        let place = Place { path: absolute(&gone.name), layer };
        // What is not in the image may be damaged.
        for found in gone.item.value.iter().flatten() {
            hidden.push(Hidden {
                place: place.clone(),
                found: found.clone(),
                by: taken(&image, &gone.act, 1),
            });
        }
    }
    Ok(Artifact {
        kind,
        platform: image.platform.as_ref().map(ToString::to_string),
        stamps,
        hidden,
        claims: std::mem::take(&mut image.claims),
        directory: std::mem::take(&mut image.directory),
        variables: std::mem::take(&mut image.variables),
        command: std::mem::take(&mut image.command),
        content: Content::Layers(image, visitor.touched),
        mounts: Vec::new(),
        limits: *limits,
        budget: Rc::clone(budget),
        tree: RefCell::default(),
    })
}

fn stamped(place: &Place, carried: &Carried) -> Result<Vec<Stamped>, ArtifactError> {
    match &**carried {
        Ok(found) => Ok(found
            .iter()
            .map(|found| Stamped { place: Some(place.clone()), found: found.clone() })
            .collect()),
        Err(error) => Err(ArtifactError::new(format!(
            "a stamp in `{}` is damaged: {error}; build it again",
            place.path
        ))),
    }
}

fn layer_name(image: &Image, layer: usize) -> LayerName {
    LayerName {
        number: layer + 1,
        of: image.layers.len(),
        made_by: image.layers.get(layer).and_then(|layer| layer.made_by.clone()),
    }
}

fn taken(image: &Image, act: &Act, files: usize) -> Taken {
    Taken {
        layer: layer_name(image, act.layer),
        how: act.how.word(),
        path: absolute(&act.name),
        files,
    }
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

#[cfg(test)]
mod tests;
