//! The documents of images: those of the OCI image specification 1.1 and of `docker save`.
//!
//! The types are our own: an index with `"manifests": null` has to be read, since `docker save` has
//! written it, and a type that is true to the specification has a list there.

use std::collections::BTreeMap;
use std::io::Read as _;

use selfsame_core::stamp::Digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::input::Section;
use super::limits::Limits;
use crate::error::ArtifactError;

pub(super) type Annotations = BTreeMap<String, String>;

/// An index or a manifest: which of the two, its fields tell.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    pub(super) manifests: Option<Vec<Descriptor>>,
    pub(super) config: Option<Descriptor>,
    pub(super) layers: Option<Vec<Descriptor>>,
    pub(super) annotations: Option<Annotations>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: Option<String>,
    pub(super) digest: String,
    pub(super) size: Option<u64>,
    pub(super) platform: Option<Platform>,
    pub(super) annotations: Option<Annotations>,
}

impl Descriptor {
    /// The digest, and the path of the blob in a layout.
    ///
    /// # Errors
    ///
    /// If it is not a SHA-256: then it could not be verified, and its text would be a path.
    pub(super) fn blob(&self) -> Result<(Digest, String), ArtifactError> {
        let digits = self.digest.strip_prefix("sha256:").and_then(|hex| hex.parse().ok());
        let digest: Digest = digits.ok_or_else(|| {
            let text: String = self.digest.chars().take(80).collect();
            ArtifactError::new(format!(
                "the digest {text:?} is not sha256:…, and cannot be verified"
            ))
        })?;
        Ok((digest, format!("blobs/sha256/{digest}")))
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }
}

/// What an image runs on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Platform {
    pub(super) os: String,
    pub(super) architecture: String,
    pub(super) variant: Option<String>,
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) if !variant.is_empty() => write!(f, "/{variant}"),
            _ => Ok(()),
        }
    }
}

impl Platform {
    /// Whether this is what was asked for. Without a variant any is.
    pub(super) fn is(&self, asked: &Self) -> bool {
        self.os == asked.os
            && self.architecture == asked.architecture
            && (asked.variant.is_none() || self.variant == asked.variant)
    }
}

impl std::str::FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts[..] {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some(variant.to_owned())),
            _ => ("", "", None),
        };
        if os.is_empty() || architecture.is_empty() || variant.as_deref() == Some("") {
            return Err("a platform is OS/ARCHITECTURE, as in linux/amd64".to_owned());
        }
        Ok(Self { os: os.to_owned(), architecture: architecture.to_owned(), variant })
    }
}

/// One image of `manifest.json` in the archive of `docker save`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Saved {
    pub(super) config: String,
    pub(super) repo_tags: Option<Vec<String>>,
    pub(super) layers: Option<Vec<String>>,
}

/// The configuration of an image.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Config {
    pub(super) os: Option<String>,
    pub(super) architecture: Option<String>,
    pub(super) variant: Option<String>,
    #[serde(rename = "config")]
    pub(super) run: Option<Run>,
    pub(super) rootfs: Option<RootFs>,
    pub(super) history: Option<Vec<Step>>,
}

impl Config {
    pub(super) fn platform(&self) -> Option<Platform> {
        Some(Platform {
            os: self.os.clone().filter(|os| !os.is_empty())?,
            architecture: self.architecture.clone().filter(|name| !name.is_empty())?,
            variant: self.variant.clone(),
        })
    }
}

/// How a container of an image is run.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Run {
    pub(super) labels: Option<BTreeMap<String, Option<String>>>,
    pub(super) env: Option<Vec<String>>,
    pub(super) working_dir: Option<String>,
    #[serde(default, deserialize_with = "words")]
    pub(super) entrypoint: Vec<String>,
    #[serde(default, deserialize_with = "words")]
    pub(super) cmd: Vec<String>,
}

/// Words, which docker lists and podman writes in one string.
fn words<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    use serde_json::Value;

    let word = |value: Value| value.as_str().map(str::to_owned);
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(values) => values.into_iter().filter_map(word).collect(),
        _ => Vec::new(),
    })
}

impl Run {
    /// What is started, word by word.
    pub(super) fn command(&self) -> Vec<String> {
        self.entrypoint.iter().chain(&self.cmd).cloned().collect()
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct RootFs {
    pub(super) diff_ids: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) created_by: Option<String>,
    #[serde(default)]
    pub(super) empty_layer: bool,
}

/// What `docker container inspect` says of a container.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Container {
    pub(super) config: Option<Run>,
    pub(super) mounts: Option<Vec<Mount>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Mount {
    pub(super) destination: Option<String>,
}

/// Reads a whole document.
pub(super) fn text(
    section: Section,
    what: &str,
    limits: &Limits,
) -> Result<Vec<u8>, ArtifactError> {
    if section.len() > limits.document {
        let (length, most) = (section.len(), limits.document);
        return Err(ArtifactError::new(format!("`{what}` has {length} bytes, {most} at most")));
    }
    let length = section.len();
    let mut text = Vec::new();
    section
        .take(limits.document)
        .read_to_end(&mut text)
        .map_err(|error| ArtifactError::new(format!("cannot read `{what}`: {error}")))?;
    if text.len() as u64 != length {
        return Err(ArtifactError::new(format!("`{what}` is cut off")));
    }
    Ok(text)
}

pub(super) fn parse<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, ArtifactError> {
    serde_json::from_slice(text)
        .map_err(|error| ArtifactError::new(format!("`{what}` is not what it should be: {error}")))
}

/// A list that may be `null` or missing.
pub(super) fn listed<T>(list: Option<Vec<T>>) -> Vec<T> {
    list.unwrap_or_default()
}
