//! `selfsame inspect`: the stamps in an artifact.

use std::fmt::Write as _;

use selfsame_core::stamp::{CommitId, Found, Stamp};
use serde_json::json;

use crate::args::Inspect;
use crate::error::Failure;
use crate::output::{self, Exit, counted, plain, plain_json};
use selfsame_image::{Artifact, Hidden, LayerName, Place, SILENCE, Spec, Stamped, Taken};

pub(crate) fn run(arguments: &Inspect) -> Result<Exit, Failure> {
    let spec = &arguments.artifact;
    let artifact = selfsame_image::open(
        spec,
        &arguments.reading.options(),
        arguments.timeout.unwrap_or(SILENCE),
    )?;
    let text = match &arguments.tree {
        Some(at) => tree(spec, &artifact, at, arguments.json)?,
        None if artifact.stamps.is_empty() => return Err(no_stamp(spec, &artifact)),
        None if arguments.json => lines(&artifact),
        None => words(&artifact),
    };
    output::print(&text)?;
    Ok(Exit::Same)
}

pub(crate) fn no_stamp(spec: &Spec, artifact: &Artifact) -> Failure {
    if let Some(hidden) = artifact.hidden.last() {
        let place = &hidden.place;
        return Failure::new(format!(
            "`{spec}` has no stamp: there was one of `{}` at `{}`, and {}",
            hidden.found.stamp.facts().name,
            place.path,
            hidden.by
        ));
    }
    let is_it = if artifact.platform.is_some() { "image" } else { "file" };
    Failure::new(format!(
        "`{spec}` has no stamp: is it the right {is_it}? The build script has to call `selfsame_build::Stamper::new().emit()`, \
         and the code `selfsame_core::stamp!()`"
    ))
}

/// What contradicts every stamp in the artifact, with the commit that it names.
pub(crate) fn contradictions(artifact: &Artifact, stamps: &[&Stamp]) -> Vec<(String, String)> {
    let commits =
        stamps.iter().filter_map(|stamp| stamp.facts().commit.as_ref()).map(CommitId::as_str);
    let is_of_none =
        |claim: &&selfsame_image::Claim| !commits.clone().any(|commit| claim.is_of(commit));
    let claims = artifact.claims.iter().filter(is_of_none);
    claims.map(|claim| (claim.by.clone(), claim.value.clone())).collect()
}

/// The same in words.
fn conflicts(artifact: &Artifact, stamps: &[&Stamp]) -> Vec<String> {
    let commits: Vec<&str> = stamps
        .iter()
        .filter_map(|stamp| stamp.facts().commit.as_ref())
        .map(CommitId::as_str)
        .collect();
    let contradictions = contradictions(artifact, stamps).into_iter();
    let words = contradictions.map(|(by, value)| match &commits[..] {
        [] => format!("{by} says {value}, and no stamp knows its commit"),
        commits => format!("{by} says {value}, the stamp {}: the stamp counts", commits.join(", ")),
    });
    words.collect()
}

fn words(artifact: &Artifact) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<12} {}", plain(value));
    };
    if let Some(layers) = artifact.layers() {
        let platform = artifact.platform.as_deref().unwrap_or("unknown platform");
        line("artifact", &format!("{}, {platform}, {}", artifact.kind, counted(layers, "layer")));
    } else if artifact.stamps.iter().any(|stamped| stamped.place.is_some()) {
        line("artifact", &artifact.kind.to_string());
    }
    let stamps: Vec<&Stamp> = artifact.stamps.iter().map(|one| &one.found.stamp).collect();
    for claim in &artifact.claims {
        line("claim", &format!("{} ({})", claim.value, claim.by));
    }
    for conflict in conflicts(artifact, &stamps) {
        line("conflict", &conflict);
    }
    for Hidden { place, found, by, .. } in &artifact.hidden {
        let stamp = &found.stamp;
        let commit =
            stamp.facts().commit.as_ref().map_or("commit unknown", |commit| commit.short());
        let layer = place.layer.as_ref().map_or(0, |layer| layer.number);
        let path = &place.path;
        line(
            "hidden",
            &format!("{path} of layer {layer} ({}, {commit}): {by}", stamp.facts().name),
        );
    }
    if !text.is_empty() {
        text.push('\n');
    }
    for Stamped { place, found, .. } in &artifact.stamps {
        if let Some(Place { path, layer, .. }) = place {
            let layer = layer.as_ref().map_or(String::new(), |layer| format!(", {layer}"));
            let _ = writeln!(text, "{:<12} {}", "file", plain(&format!("{path}{layer}")));
        }
        describe(&mut text, found);
    }
    text
}

/// One line for each stamp: as it stands in a binary, or an object that says where it lies.
fn lines(artifact: &Artifact) -> String {
    let layer = |layer: &LayerName| json!({ "number": layer.number, "of": layer.of, "made_by": layer.made_by });
    let line = |place: &Place, found: &Found, by: Option<&Taken>| {
        let mut line = json!({
            "artifact": artifact.kind.to_string(),
            "platform": artifact.platform,
            "path": place.path,
            "layer": place.layer.as_ref().map(layer),
        });
        if let Some(by) = by {
            line["hidden"] = json!({ "layer": layer(&by.layer), "how": by.how, "path": by.path });
        }
        let commit = found.stamp.facts().commit.as_ref().map(CommitId::as_str);
        let claims = artifact.claims.iter().map(|claim| {
            let agrees = commit.map(|commit| claim.is_of(commit));
            json!({ "by": claim.by, "value": claim.value, "agrees": agrees })
        });
        line["claims"] = claims.collect();
        // The text of a stamp is canonical, and goes in as it is.
        let line = plain_json(&line.to_string());
        format!("{},\"stamp\":{}}}\n", line.strip_suffix('}').unwrap_or(&line), found.stamp.text())
    };
    let mut text = String::new();
    for Stamped { place, found, .. } in &artifact.stamps {
        if let Some(place) = place {
            text.push_str(&line(place, found, None));
        } else {
            text.push_str(found.stamp.text());
            text.push('\n');
        }
    }
    for Hidden { place, found, by, .. } in &artifact.hidden {
        text.push_str(&line(place, found, Some(by)));
    }
    text
}

fn tree(spec: &Spec, artifact: &Artifact, at: &str, json: bool) -> Result<String, Failure> {
    let directory = artifact.directory(at)?.ok_or_else(|| {
        Failure::new(format!("`{spec}` is a single file, and has no directory `{at}`"))
    })?;
    let taken: Vec<String> = directory
        .taken
        .iter()
        .map(|taken| format!("{taken} ({})", counted(taken.files, "file")))
        .collect();
    if let Some(mount) = &directory.mount {
        return Err(Failure::new(format!(
            "`{spec}` has a mount at `{mount}`: what the container sees in `{}` is not in it",
            directory.path
        )));
    }
    if !directory.is_there {
        let taken =
            if taken.is_empty() { String::new() } else { format!(": {}", taken.join("; ")) };
        return Err(Failure::new(format!(
            "`{}` is not a directory in `{spec}`{taken}",
            directory.path
        )));
    }
    if json {
        let json = json!({
            "path": directory.path,
            "sha256": directory.sha256,
            "files": directory.files,
            "bytes": directory.bytes,
            "list": directory.list,
            "taken": taken,
        });
        return Ok(plain_json(&json.to_string()) + "\n");
    }
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<12} {}", plain(value));
    };
    line("directory", &directory.path);
    line("sha256", &directory.sha256.to_string());
    line("files", &format!("{}, {} bytes", directory.files, directory.bytes));
    for taken in &taken {
        line("taken", taken);
    }
    Ok(text)
}

fn describe(text: &mut String, found: &Found) {
    let stamp: &Stamp = &found.stamp;
    let unknown = |fact: &str| {
        let reason = stamp.facts().unknown.get(fact).map_or("no reason", String::as_str);
        format!("unknown: {}", plain(reason))
    };
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(text, "{name:<12} {value}");
    };
    line("package", &plain(&format!("{} {}", stamp.facts().name, stamp.facts().version)));
    match &stamp.facts().commit {
        Some(commit) => {
            line("commit", &plain(&format!("{commit} ({})", stamp.facts().revision.origin)));
        }
        None => line("commit", &unknown("commit")),
    }
    match stamp.facts().revision.tree {
        selfsame_core::stamp::Tree::Unknown => line("tree", &unknown("tree")),
        tree => line("tree", &tree),
    }
    match &stamp.facts().content {
        Some(content) => line("content", content),
        None => line("content", &unknown("content")),
    }
    line("fingerprint", &stamp.fingerprint());
    let build = &stamp.facts().build;
    let or_unknown = |fact: &Option<String>| fact.as_deref().unwrap_or("unknown").to_owned();
    line(
        "build",
        &plain(&format!(
            "{}, {}, rustc {}",
            or_unknown(&build.profile),
            or_unknown(&build.target),
            or_unknown(&build.rustc)
        )),
    );
    for module in &stamp.facts().modules {
        line("module", &format!("{} {}", module.sha256, plain(&module.path)));
    }
    for package in &stamp.facts().packages {
        let state = if package.inactive { " (not in this build)" } else { "" };
        line("package", &plain(&format!("{} {}{state}", package.path, package.name)));
    }
    for change in &stamp.facts().info.changed {
        line("changed", &plain(change));
    }
    if found.copies > 1 {
        line("copies", &found.copies);
    }
    text.push('\n');
}
