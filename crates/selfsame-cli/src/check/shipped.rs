//! The directories that a binary is shipped with, as they are in the artifact.

use selfsame_core::findings::{ShippedFound, ShippedFoundState as State};
use selfsame_core::stamp::{FileDifference, STAMP_FILE, Shipped, Stamp};

use crate::output::counted;
use selfsame_image::{Artifact, Directory};

/// Looks for each shipped directory. A single file has none.
pub(super) fn gather(artifact: &Artifact, stamp: &Stamp) -> Vec<ShippedFound> {
    let of = |shipped: &Shipped| {
        // The process looks where its environment says.
        let variable = shipped.variable();
        let at = match next_to(artifact, stamp) {
            Some(directory) => directory,
            None => artifact.variable(&variable).unwrap_or(&shipped.at),
        };
        match artifact.shipped(at) {
            Ok(None) => None,
            Ok(Some(directory)) => Some(one(artifact, shipped, &directory)),
            Err(failure) => Some(found(shipped, at, State::Unknown(failure.to_string()))),
        }
    };
    stamp.facts().shipped.iter().filter_map(of).collect()
}

/// Where the files are whose stamp no binary carries: where `selfsame stamp` has put it.
fn next_to<'a>(artifact: &'a Artifact, stamp: &Stamp) -> Option<&'a str> {
    if stamp.facts().build.target.is_some() {
        return None;
    }
    let places = artifact.stamps.iter().filter(|stamped| stamped.found.stamp == *stamp);
    places.filter_map(|stamped| stamped.place.as_ref()).find_map(|place| {
        match place.path.strip_suffix("/__build") {
            Some("") => Some("/"),
            Some(directory) => Some(directory),
            None => place.path.strip_suffix(STAMP_FILE),
        }
    })
}

fn found(shipped: &Shipped, path: &str, state: State) -> ShippedFound {
    ShippedFound::new(&shipped.name, path, state)
}

fn one(artifact: &Artifact, shipped: &Shipped, directory: &Directory) -> ShippedFound {
    let at = &directory.path;
    if let Some(mount) = &directory.mount {
        return found(shipped, at, State::Unknown(format!("a mount at `{mount}` hides it")));
    }
    // As the process does it.
    let stamp_file = format!("{at}{STAMP_FILE}");
    let next_to = artifact
        .stamps
        .iter()
        .find(|stamped| stamped.place.as_ref().is_some_and(|place| place.path == stamp_file));
    let stated = next_to.and_then(|stamped| stamped.found.stamp.facts().files_of(&shipped.name));
    let shipped = match (&shipped.unknown, stated) {
        (None, _) => shipped,
        (Some(_), Some(stated)) => stated,
        (Some(why), None) => return found(shipped, at, State::Unknown(why.clone())),
    };
    if shipped.sha256 == Some(directory.sha256) && directory.is_there {
        return found(shipped, at, State::Same);
    }
    let state = if directory.is_there { State::Differs } else { State::Missing };
    let is_listed = directory.is_there && !shipped.list.is_empty();
    let mut found = found(shipped, at, state);
    found.difference = FileDifference::of(&shipped.list, &directory.list).filter(|_| is_listed);
    let taken = directory.taken.iter();
    found.taken =
        taken.map(|taken| format!("{taken} ({})", counted(taken.files, "file"))).collect();
    found
}
