//! The archive of `docker save`, of every vintage, and of the tools that write it too.
//!
//! Since Docker 1.10 `manifest.json` names configuration and layers, whatever lies beside it: the
//! legacy directories, or since Docker 25 an OCI layout, whose index has been seen without layers.
//! Before, `repositories` names the highest layer, and each layer the one below.

use std::collections::{BTreeMap, BTreeSet};

use selfsame_core::stamp::Digest;

use super::document::{self, Config, Platform, Saved, listed};
use super::image::{self, Candidate, Claims, Image, Layer, Stated};
use super::layout;
use super::limits::Limits;
use super::store::Store;
use crate::error::ArtifactError;

/// Reads an archive by its `manifest.json`.
pub(super) fn read(
    store: &Store,
    manifest: &[u8],
    asked: Option<&Platform>,
    limits: &Limits,
) -> Result<Image, ArtifactError> {
    let saved: Vec<Saved> = document::parse(manifest, "manifest.json")?;
    // One image may have several names, in one entry or in many.
    let mut images: BTreeMap<(String, Vec<String>), Vec<String>> = BTreeMap::new();
    for saved in saved {
        let key = (saved.config, listed(saved.layers));
        images.entry(key).or_default().extend(listed(saved.repo_tags));
    }
    too_many(images.len())?;
    let mut candidates = Vec::new();
    for ((path, layers), tags) in images {
        let text = image::checked_text(store, &path, digest_in(&path), limits)?;
        let config: Config = document::parse(&text, &path)?;
        candidates.push(Candidate {
            name: image::names(&tags),
            platform: config.platform(),
            image: (config, layers, tags),
        });
    }
    let (config, layers, tags) = image::choose(candidates, asked)?.image;
    let layers = layers
        .iter()
        .map(|path| {
            // The name of a legacy directory is an id, and no digest of what is in it.
            let in_layout = path.starts_with("blobs/sha256/");
            let stated = digest_in(path).filter(|_| in_layout).map(Stated::Packed);
            Layer::new(store.named(path, limits)?, stated)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut claims = Claims::default();
    claims.run(config.run.as_ref());
    claims.tags(&tags);
    image::assemble(&config, layers, claims, limits)
}

/// The digest that a path has in its last component.
fn digest_in(path: &str) -> Option<Digest> {
    let file = path.rsplit('/').next()?;
    let file = file.strip_suffix(".json").unwrap_or(file);
    file.strip_prefix("sha256:").unwrap_or(file).parse().ok()
}

/// Reads an archive from before Docker 1.10.
pub(super) fn read_oldest(
    store: &Store,
    repositories: &[u8],
    asked: Option<&Platform>,
    limits: &Limits,
) -> Result<Image, ArtifactError> {
    let named: BTreeMap<String, BTreeMap<String, String>> =
        document::parse(repositories, "repositories")?;
    let mut images: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, tags) in named {
        for (tag, id) in tags {
            images.entry(id).or_default().push(format!("{name}:{tag}"));
        }
    }
    too_many(images.len())?;
    let mut candidates = Vec::new();
    for (id, tags) in images {
        let config = config_of(store, &id, limits)?;
        candidates.push(Candidate {
            name: image::names(&tags),
            platform: config.platform(),
            image: (id, config, tags),
        });
    }
    let (id, config, tags) = image::choose(candidates, asked)?.image;
    let mut layers = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = Some(id);
    let mut parent = config.parent.clone();
    while let Some(id) = next {
        if !seen.insert(id.clone()) || seen.len() > limits.layers {
            return Err(ArtifactError::new(
                "its layers lie upon each other in a circle, or are too many",
            ));
        }
        layers.push(Layer::new(store.named(&format!("{id}/layer.tar"), limits)?, None)?);
        next = parent.filter(|id| !id.is_empty());
        parent = match &next {
            Some(id) => config_of(store, id, limits)?.parent,
            None => None,
        };
    }
    layers.reverse();
    let mut claims = Claims::default();
    claims.run(config.run.as_ref());
    claims.tags(&tags);
    image::assemble(&config, layers, claims, limits)
}

/// Each image has a configuration to read, which all may share.
fn too_many(images: usize) -> Result<(), ArtifactError> {
    if images > layout::MAX_IMAGES {
        let most = layout::MAX_IMAGES;
        return Err(ArtifactError::new(format!("it names {images} images, {most} at most")));
    }
    Ok(())
}

fn config_of(store: &Store, id: &str, limits: &Limits) -> Result<Config, ArtifactError> {
    if id.parse::<Digest>().is_err() {
        let id: String = id.chars().take(80).collect();
        return Err(ArtifactError::new(format!("{id:?} is no id of a layer")));
    }
    let path = format!("{id}/json");
    document::parse(&image::checked_text(store, &path, None, limits)?, &path)
}
