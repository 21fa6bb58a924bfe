//! Opens an artifact of whatever kind lies there.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use selfsame_core::stamp::Scanner;
use selfsame_core::tree;

use super::artifact::{Artifact, Content, layer_name, taken};
use super::compression::Compression;
use super::document::Container;
use super::image::{Claims, Image, Layer};
use super::input::{Section, scan};
use super::limits::{Budget, LIMITS};
use super::name::{Name, absolute, normalize};
use super::options::{Options, Reading};
use super::read::{Carried, Stamps};
use super::store::{Members, Store};
use super::types::{Hidden, Kind, Place, Stamped};
use super::{
    ArtifactError, Spec, docker_archive, docker_cli, document, entries, layout, read, rootfs, temp,
};

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
