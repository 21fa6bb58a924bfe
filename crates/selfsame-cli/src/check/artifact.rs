//! What was built, read and put into the hands of the judge.

use std::collections::BTreeMap;

use selfsame_core::findings::{self, ArtifactKind, LowerLayer};
use selfsame_core::stamp::Stamp;

use super::Checker;
use super::dep_info::List;
use super::shipped;
use crate::error::Failure;
use crate::inspect;
use selfsame_image::{Kind, Spec};

impl Checker<'_> {
    /// Reads the artifact that was asked for. That it cannot be read is evidence too.
    pub(super) fn read_artifact(
        &mut self,
    ) -> Result<Option<Result<findings::Artifact, String>>, Failure> {
        let Some(spec) = self.arguments.artifact.clone() else { return Ok(None) };
        let artifact = match selfsame_image::open(
            &spec,
            &self.arguments.reading.options(),
            self.arguments.silence(),
        ) {
            Ok(artifact) => artifact,
            Err(failure) => return Ok(Some(Err(failure.to_string()))),
        };
        if let [only] = &self.stamps(&artifact)[..] {
            let name = only.facts().name.clone();
            self.expected.named(&name)?;
        }
        let stamp = match self.one_stamp(&spec, &artifact) {
            Ok(stamp) => stamp,
            Err(failure) => return Ok(Some(Err(failure.to_string()))),
        };
        self.gather_artifact(&spec, &artifact, stamp).map(|artifact| Some(Ok(artifact)))
    }

    /// The distinct stamps. Copies of one binary carry one stamp.
    fn stamps(&self, artifact: &selfsame_image::Artifact) -> Vec<Stamp> {
        let mut stamps: Vec<Stamp> = Vec::new();
        for stamped in &artifact.stamps {
            let stamp = &stamped.found.stamp;
            if !stamps.contains(stamp) {
                stamps.push(stamp.clone());
            }
        }
        if let Some(name) = self.expected.name() {
            stamps.retain(|stamp| stamp.facts().name == name);
        }
        stamps
    }

    /// The stamp of the package that is asked for.
    fn one_stamp(
        &self,
        spec: &Spec,
        artifact: &selfsame_image::Artifact,
    ) -> Result<Stamp, Failure> {
        let name = |stamped: &selfsame_image::Stamped| match &stamped.place {
            Some(place) => format!("{} ({})", stamped.found.stamp.facts().name, place.path),
            None => stamped.found.stamp.facts().name.clone(),
        };
        match <[Stamp; 1]>::try_from(self.stamps(artifact)) {
            Ok([stamp]) => Ok(stamp),
            Err(_) if artifact.stamps.is_empty() => Err(inspect::no_stamp(spec, artifact)),
            Err(_) => {
                let mut names: Vec<String> = artifact.stamps.iter().map(name).collect();
                names.dedup();
                names.truncate(8);
                let carries = format!("`{spec}` carries stamps of {}", names.join(", "));
                Err(Failure::new(match self.expected.name() {
                    Some(name) => format!("{carries}, expected exactly one of `{name}`"),
                    None => format!("{carries}; help: say which one by --source DIR"),
                }))
            }
        }
    }

    fn gather_artifact(
        &mut self,
        spec: &Spec,
        artifact: &selfsame_image::Artifact,
        stamp: Stamp,
    ) -> Result<findings::Artifact, Failure> {
        let expectation =
            self.expected.of_claim(&stamp.facts().scope, &findings::Claim::from(&stamp))?;
        let list = match (spec, artifact.kind) {
            (Spec::Path(path), Kind::Binary) if stamp.facts().build.target.is_some() => {
                List::of(path, self.expected.directory())
            }
            _ => Err("the artifact is not next to the compiler's list".to_owned()),
        };
        let mut compiled = BTreeMap::new();
        let mut read_outside = Vec::new();
        let mut variables = Vec::new();
        if let Ok(list) = &list {
            compiled = list.modules(&stamp.facts().modules);
            variables = list.variables();
            let commit = stamp.facts().commit.as_ref();
            // What was read is held against the revision that it was read of.
            let content = commit
                .and_then(|commit| self.expected.content_at(commit))
                .filter(|content| content.digest().ok() == stamp.facts().content)
                .or_else(|| self.expected.content(&stamp.facts().scope));
            if let Some(content) = content {
                let top = self.expected.top();
                read_outside =
                    list.outside(&content, top, |path| self.expected.is_as_at(commit, path));
            }
        }
        let hidden = artifact.hidden.iter().filter(|hidden| {
            hidden.found.stamp.facts().name == stamp.facts().name && hidden.found.stamp != stamp
        });
        let lower_layers = hidden.take(3).map(|hidden| {
            let commit = hidden.found.stamp.facts().commit.clone();
            LowerLayer::new(hidden.place.path.clone(), commit, hidden.by.to_string())
        });
        let places: Vec<&str> = artifact
            .stamps
            .iter()
            .filter(|stamped| stamped.found.stamp == stamp)
            .filter_map(|stamped| stamped.place.as_ref().map(|place| place.path.as_str()))
            .collect();
        let is_executable = stamp.facts().build.target.is_some();
        let lower_layers = lower_layers.collect();
        let mut read = findings::Artifact::new(kind(artifact.kind, &stamp), stamp);
        read.expectation = expectation;
        read.compiled = compiled;
        read.no_list = list.err().filter(|_| is_executable);
        read.read_outside = read_outside;
        read.variables = variables;
        read.contradictions = inspect::contradictions(artifact, &[&read.stamp]);
        read.lower_layers = lower_layers;
        read.shipped = shipped::gather(artifact, &read.stamp);
        if is_executable {
            read.mounted = artifact.mount_over(&places);
            read.entrypoint = artifact.other_entrypoint(&places);
        }
        Ok(read)
    }
}

fn kind(kind: Kind, stamp: &Stamp) -> ArtifactKind {
    match kind {
        _ if stamp.facts().build.target.is_none() => ArtifactKind::Files,
        Kind::Binary => ArtifactKind::Binary,
        Kind::Container => ArtifactKind::Container,
        Kind::Archive | Kind::Directory => ArtifactKind::RootFileSystem,
        Kind::DockerArchive | Kind::OciArchive | Kind::OciLayout | Kind::Image => {
            ArtifactKind::Image
        }
    }
}
