//! An image: its layers in their order, and what its documents claim.

use std::collections::BTreeSet;

use selfsame_core::environment::PLATFORM_VARIABLES;
use selfsame_core::stamp::Digest;

use super::compression::Compression;
use super::document::{Annotations, Config, Platform, Run};
use super::input::Section;
use super::limits::Limits;
use super::name::{Name, normalize};
use super::store::Store;
use crate::error::ArtifactError;

/// The label and annotation of the commit, in the OCI image specification, `annotations.md`.
const REVISION: &str = "org.opencontainers.image.revision";

/// An image, chosen from what an archive or a layout holds.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) platform: Option<Platform>,
    /// From the lowest to the highest.
    pub(super) layers: Vec<Layer>,
    pub(super) claims: Vec<Claim>,
    /// Where its process starts.
    pub(super) directory: Name,
    /// The variables of its process, `NAME=VALUE`.
    pub(super) variables: Vec<String>,
    /// What is started, word by word.
    pub(super) command: Vec<String>,
}

/// A layer, packed or not.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) section: Section,
    pub(super) compression: Compression,
    /// What the image says that its digest is.
    pub(super) stated: Option<Stated>,
    /// The instruction that made it.
    pub(super) made_by: Option<String>,
    /// Whether it has to end as an archive ends, since nothing else tells that it is whole.
    pub(super) must_close: bool,
}

/// A digest, and of what.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stated {
    /// Of the bytes as they lie there.
    Packed(Digest),
    /// Of what they unpack to.
    Unpacked(Digest),
}

impl Stated {
    pub(super) const fn digest(&self) -> Digest {
        let (Self::Packed(digest) | Self::Unpacked(digest)) = self;
        *digest
    }
}

impl Layer {
    pub(super) fn new(section: Section, stated: Option<Stated>) -> Result<Self, ArtifactError> {
        let compression = Compression::of(&section)
            .map_err(|error| ArtifactError::new(format!("a layer: {error}")))?;
        Ok(Self { section, compression, stated, made_by: None, must_close: false })
    }
}

/// A commit that something beside the binary names: a label, a tag, a variable. It may be old, or
/// copied from elsewhere, and a stamp outranks it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// What names it, as in "the label `…`".
    pub by: String,
    /// What it says.
    pub value: String,
}

impl Claim {
    /// Whether the claim is about this commit. Short ids are.
    #[must_use]
    pub fn is_of(&self, commit: &str) -> bool {
        let value = self.value.trim().to_ascii_lowercase();
        let value = value.strip_suffix("-dirty").unwrap_or(&value);
        value.len() >= 7 && commit.starts_with(value)
    }
}

/// Collects the claims of one image, each once.
#[derive(Debug, Default)]
pub(super) struct Claims(Vec<Claim>);

impl Claims {
    fn add(&mut self, by: String, value: &str) {
        let value: String = value.chars().take(200).collect();
        let claim = Claim { by, value };
        if !claim.value.is_empty() && !self.0.contains(&claim) {
            self.0.push(claim);
        }
    }

    pub(super) fn run(&mut self, run: Option<&Run>) {
        let Some(run) = run else { return };
        if let Some(Some(value)) = run.labels.as_ref().and_then(|labels| labels.get(REVISION)) {
            self.add(format!("the label `{REVISION}`"), value);
        }
        let of_ours = ["SELFSAME_COMMIT", "VERGEN_GIT_SHA", "GIT_SHA", "COMMIT", "GIT_REVISION"];
        for variable in run.env.iter().flatten() {
            let Some((name, value)) = variable.split_once('=') else { continue };
            let is_platform = PLATFORM_VARIABLES.iter().any(|(platform, _)| *platform == name);
            if (is_platform || of_ours.contains(&name)) && is_id(value) {
                self.add(format!("the variable `{name}`"), value);
            }
        }
    }

    pub(super) fn annotations(&mut self, annotations: Option<&Annotations>) {
        if let Some(value) = annotations.and_then(|annotations| annotations.get(REVISION)) {
            self.add(format!("the annotation `{REVISION}`"), value);
        }
    }

    pub(super) fn tags(&mut self, tags: &[String]) {
        for tag in tags {
            self.tag(tag);
        }
    }

    pub(super) fn tag(&mut self, tag: &str) {
        let version = tag.rsplit_once(':').map_or("", |(_, version)| version);
        // A date has digits too.
        let is_date = version.bytes().all(|byte| byte.is_ascii_digit());
        if is_id(version) && !is_date {
            self.add(format!("the tag `{tag}`"), version);
        }
    }

    pub(super) fn finish(self) -> Vec<Claim> {
        self.0
    }
}

fn is_id(text: &str) -> bool {
    let text = text.strip_suffix("-dirty").unwrap_or(text);
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One of the images that lie in one place.
#[derive(Debug)]
pub(super) struct Candidate<T> {
    pub(super) name: String,
    pub(super) platform: Option<Platform>,
    pub(super) image: T,
}

/// Chooses the image for the platform that was asked for, or the only one.
///
/// # Errors
///
/// If there is none, or more than one.
pub(super) fn choose<T>(
    candidates: Vec<Candidate<T>>,
    asked: Option<&Platform>,
) -> Result<Candidate<T>, ArtifactError> {
    let words = |candidate: &Candidate<T>| match &candidate.platform {
        Some(platform) if candidate.name.is_empty() => platform.to_string(),
        Some(platform) => format!("{} ({platform})", candidate.name),
        None if candidate.name.is_empty() => "one for an unknown platform".to_owned(),
        None => candidate.name.clone(),
    };
    let all: Vec<String> = candidates.iter().take(20).map(words).collect();
    let all = all.join(", ");
    let mut fitting: Vec<_> = candidates
        .into_iter()
        .filter(|candidate| match (asked, &candidate.platform) {
            (None, _) => true,
            (Some(asked), Some(platform)) => platform.is(asked),
            (Some(_), None) => false,
        })
        .collect();
    match (fitting.len(), asked) {
        (1, _) => Ok(fitting.swap_remove(0)),
        (0, None) => Err(ArtifactError::new("it holds no image: save it again")),
        (0, Some(asked)) if all.is_empty() => {
            Err(ArtifactError::new(format!("it holds no image, and so none for {asked}")))
        }
        (0, Some(asked)) => {
            Err(ArtifactError::new(format!("it holds no image for {asked}: there is {all}")))
        }
        (_, None) if fitting.iter().any(|one| one.platform != fitting[0].platform) => {
            Err(ArtifactError::new(format!("it holds several images: {all}; choose by --platform")))
        }
        _ => Err(ArtifactError::new(format!(
            "it holds several images: {all}; save one of them alone"
        ))),
    }
}

/// Reads the configuration of an image.
///
/// # Errors
///
/// If a document of this digest does not have it, or is none.
pub(super) fn checked_text(
    store: &Store,
    path: &str,
    digest: Option<Digest>,
    limits: &Limits,
) -> Result<Vec<u8>, ArtifactError> {
    let text = super::document::text(store.named(path, limits)?, path, limits)?;
    match digest {
        Some(digest) if Digest::of(&text) != digest => Err(ArtifactError::new(format!(
            "`{path}` is not the document that its digest names: the archive is damaged"
        ))),
        _ => Ok(text),
    }
}

/// Puts an image together.
///
/// # Errors
///
/// If the configuration and the layers contradict each other, or if there are too many.
pub(super) fn assemble(
    config: &Config,
    mut layers: Vec<Layer>,
    claims: Claims,
    limits: &Limits,
) -> Result<Image, ArtifactError> {
    if layers.len() > limits.layers {
        let most = limits.layers;
        return Err(ArtifactError::new(format!("it has {} layers, {most} at most", layers.len())));
    }
    let stated = config.rootfs.as_ref().and_then(|rootfs| rootfs.diff_ids.as_ref());
    if let Some(stated) = stated
        && stated.len() != layers.len()
    {
        return Err(ArtifactError::new(format!(
            "its configuration speaks of {} layers, and {} are listed: save it again",
            stated.len(),
            layers.len()
        )));
    }
    for (layer, id) in layers.iter_mut().zip(stated.into_iter().flatten()) {
        if layer.stated.is_none() {
            let digest = id.strip_prefix("sha256:").and_then(|hex| hex.parse().ok());
            layer.stated = digest.map(Stated::Unpacked);
        }
    }
    let steps: Vec<_> = config.history.iter().flatten().filter(|step| !step.empty_layer).collect();
    if steps.len() == layers.len() {
        for (layer, step) in layers.iter_mut().zip(steps) {
            layer.made_by = step.created_by.as_deref().map(instruction);
        }
    }
    let run = config.run.as_ref();
    let directory = run.and_then(|run| run.working_dir.as_deref());
    Ok(Image {
        platform: config.platform(),
        layers,
        claims: claims.finish(),
        directory: normalize(directory.unwrap_or_default().as_bytes(), limits.path)?,
        variables: run.and_then(|run| run.env.clone()).unwrap_or_default(),
        command: run.map(Run::command).unwrap_or_default(),
    })
}

/// The instruction of a Dockerfile as people know it.
fn instruction(created_by: &str) -> String {
    let text = created_by.trim();
    let text = match text.strip_prefix("/bin/sh -c ") {
        Some(rest) => match rest.trim_start().strip_prefix("#(nop) ") {
            Some(instruction) => instruction.trim().to_owned(),
            None => format!("RUN {}", rest.trim()),
        },
        None => text.strip_suffix("# buildkit").unwrap_or(text).trim().to_owned(),
    };
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Joins the tags of images that are one.
pub(super) fn names(names: &[String]) -> String {
    let shown: BTreeSet<&String> = names.iter().collect();
    shown.into_iter().take(5).cloned().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_a_commit_or_the_beginning_of_one() {
        let claim = |value: &str| Claim { by: String::new(), value: value.to_owned() };
        let commit = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
        for same in [commit, "1f0c2d3", "1F0C2D3E4B5A-dirty", " 1f0c2d3e4b5a\n"] {
            assert!(claim(same).is_of(commit), "{same}");
        }
        for other in ["", "1f0c2d", "v1.2.3", "2f0c2d3e4b5a", &format!("{commit}00")] {
            assert!(!claim(other).is_of(commit), "{other}");
        }
    }

    #[test]
    fn tags_and_variables_name_commits_only_if_they_look_so() {
        let mut claims = Claims::default();
        for tag in ["api:latest", "api:20260101", "api", "r:5000/api", "api:1f0c2d3", "api:1.2.3"] {
            claims.tag(tag);
        }
        let env = ["GIT_SHA=abcdef0", "GITHUB_SHA=main", "PATH=abcdef0", "COMMIT_SHA"];
        claims.run(Some(&Run { env: Some(env.map(str::to_owned).into()), ..Run::default() }));
        let by: Vec<String> = claims.finish().into_iter().map(|claim| claim.by).collect();
        assert_eq!(by, ["the tag `api:1f0c2d3`", "the variable `GIT_SHA`"]);
    }

    #[test]
    fn instructions_are_told_as_they_were_written() {
        assert_eq!(instruction("/bin/sh -c #(nop) COPY dir:1 in /app "), "COPY dir:1 in /app");
        assert_eq!(instruction("/bin/sh -c rm -rf  /app/dist"), "RUN rm -rf /app/dist");
        assert_eq!(instruction("COPY /api /app # buildkit"), "COPY /api /app");
        assert_eq!(instruction(&"x".repeat(200)).chars().count(), 101);
    }
}
