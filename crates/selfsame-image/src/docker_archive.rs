//! The archive of `docker save` since Docker 1.10, and of the tools that write it too.
//!
//! `manifest.json` names configuration and layers, whatever lies beside it: the
//! legacy directories, or since Docker 25 an OCI layout, whose index has been seen without layers.

use std::collections::BTreeMap;

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

/// Each image has a configuration to read, which all may share.
fn too_many(images: usize) -> Result<(), ArtifactError> {
    if images > layout::MAX_IMAGES {
        let most = layout::MAX_IMAGES;
        return Err(ArtifactError::new(format!("it names {images} images, {most} at most")));
    }
    Ok(())
}
