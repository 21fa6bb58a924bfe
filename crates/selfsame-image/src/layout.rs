//! OCI image layouts, in a directory or an archive: specification 1.1, `image-layout.md`.

use std::collections::BTreeSet;

use super::document::{self, Config, Descriptor, Node, Platform, listed};
use super::image::{self, Candidate, Claims, Image, Layer, Stated};
use super::limits::Limits;
use super::store::Store;
use crate::error::ArtifactError;

/// The most images in one layout or archive.
pub(super) const MAX_IMAGES: usize = 256;

/// A manifest that was found, and what leads to it.
struct Found {
    manifest: Node,
    config: Config,
    descriptor: Descriptor,
}

struct Search<'a> {
    store: &'a Store,
    limits: &'a Limits,
    seen: BTreeSet<String>,
    found: Vec<Candidate<Found>>,
    /// What an index names and the layout does not hold: other platforms, as a rule.
    lost: Vec<String>,
}

/// Reads a layout.
pub(super) fn read(
    store: &Store,
    asked: Option<&Platform>,
    limits: &Limits,
) -> Result<Image, ArtifactError> {
    let index = image::checked_text(store, "index.json", None, limits)?;
    let index: Node = document::parse(&index, "index.json")?;
    let mut search =
        Search { store, limits, seen: BTreeSet::new(), found: Vec::new(), lost: Vec::new() };
    search.index(index, 1)?;
    if search.found.is_empty() && !search.lost.is_empty() {
        return Err(ArtifactError::new(format!(
            "its index names {} and holds none of them: save the image again",
            search.lost.join(", ")
        )));
    }
    let Found { manifest, config, descriptor } = image::choose(search.found, asked)?.image;
    let mut layers = Vec::new();
    for layer in listed(manifest.layers) {
        let (digest, path) = layer.blob()?;
        let section = store.named(&path, limits)?;
        if layer.size.is_some_and(|size| size != section.len()) {
            return Err(ArtifactError::new(format!(
                "`{path}` has {} bytes, and the manifest says {}: it is cut off or damaged",
                section.len(),
                layer.size.unwrap_or_default()
            )));
        }
        layers.push(Layer::new(section, Some(Stated::Packed(digest)))?);
    }
    let mut claims = Claims::default();
    claims.run(config.run.as_ref());
    claims.annotations(manifest.annotations.as_ref());
    claims.annotations(descriptor.annotations.as_ref());
    for key in ["io.containerd.image.name", "org.opencontainers.image.ref.name"] {
        if let Some(name) = descriptor.annotation(key) {
            // The reference name alone is a tag.
            let tag = if name.contains(':') { name.to_owned() } else { format!(":{name}") };
            claims.tag(&tag);
        }
    }
    image::assemble(&config, layers, claims, limits)
}

impl Search<'_> {
    fn index(&mut self, index: Node, depth: usize) -> Result<(), ArtifactError> {
        if depth > self.limits.nesting {
            let most = self.limits.nesting;
            return Err(ArtifactError::new(format!("its indexes are nested deeper than {most}")));
        }
        if index.config.is_some() || index.layers.is_some() {
            return Err(ArtifactError::new("a document is an index and a manifest at once"));
        }
        for descriptor in listed(index.manifests) {
            self.descriptor(descriptor, depth)?;
        }
        Ok(())
    }

    fn descriptor(&mut self, descriptor: Descriptor, depth: usize) -> Result<(), ArtifactError> {
        // Buildkit puts attestations beside images, for a platform that does not exist.
        let is_attestation =
            descriptor.annotation("vnd.docker.reference.type") == Some("attestation-manifest");
        let is_unknown =
            descriptor.platform.as_ref().is_some_and(|platform| platform.os == "unknown");
        if is_attestation || is_unknown || !self.seen.insert(descriptor.digest.clone()) {
            return Ok(());
        }
        if self.seen.len() > MAX_IMAGES {
            return Err(ArtifactError::new(format!("it names more than {MAX_IMAGES} images")));
        }
        let (digest, path) = descriptor.blob()?;
        if self.store.get(&path, self.limits)?.is_none() {
            self.lost.push(match &descriptor.platform {
                Some(platform) => platform.to_string(),
                None => descriptor.digest,
            });
            return Ok(());
        }
        let text = image::checked_text(self.store, &path, Some(digest), self.limits)?;
        let node: Node = document::parse(&text, &path)?;
        if node.manifests.is_some() {
            return self.index(node, depth + 1);
        }
        let Some(config) = &node.config else {
            return Err(ArtifactError::new(format!("`{path}` is neither an index nor a manifest")));
        };
        // A signature or another artifact has a manifest too.
        let media_type = config.media_type.as_deref().unwrap_or_default();
        if !media_type.is_empty() && !media_type.contains(".image.") {
            return Ok(());
        }
        let (digest, path) = config.blob()?;
        let text = image::checked_text(self.store, &path, Some(digest), self.limits)?;
        let config: Config = document::parse(&text, &path)?;
        let name = descriptor
            .annotation("io.containerd.image.name")
            .or_else(|| descriptor.annotation("org.opencontainers.image.ref.name"));
        self.found.push(Candidate {
            name: name.unwrap_or_default().chars().take(200).collect(),
            platform: descriptor.platform.clone().or_else(|| config.platform()),
            image: Found { manifest: node, config, descriptor },
        });
        Ok(())
    }
}
