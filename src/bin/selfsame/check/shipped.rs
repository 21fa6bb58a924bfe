//! Whether the directories that a binary is shipped with lie in the image beside it.

use selfsame::compare::Verdict;
use selfsame::stamp::{FileDifference, Shipped, Stamp};

use super::observed::{found, listed};
use crate::artifact::{Artifact, Directory};
use crate::failure::Failure;
use crate::ladder::Step;
use crate::output::counted;

/// Adds what lies in the artifact to the step of its rung. A single file has no directories.
pub(super) fn judge(mut step: Step, artifact: &Artifact, stamp: &Stamp) -> Step {
    for shipped in &stamp.shipped {
        // The process looks where its environment says.
        let variable = shipped.variable();
        let at = match beside(artifact, stamp) {
            Some(directory) => directory,
            None => artifact.variable(&variable).unwrap_or(&shipped.at),
        };
        step = match artifact.shipped(at) {
            Ok(None) => step,
            Ok(Some(directory)) => one(step, artifact, shipped, &directory),
            Err(failure) => unreadable(step, shipped, &failure),
        };
    }
    step
}

/// Where the files lie whose stamp no binary carries: where `selfsame stamp` has put it.
fn beside<'a>(artifact: &'a Artifact, stamp: &Stamp) -> Option<&'a str> {
    if stamp.build.target.is_some() {
        return None;
    }
    let places = artifact.stamps.iter().filter(|stamped| stamped.found.stamp == *stamp);
    places.filter_map(|stamped| stamped.place.as_ref()).find_map(|place| {
        match place.path.strip_suffix("/__build") {
            Some("") => Some("/"),
            Some(directory) => Some(directory),
            None => place.path.strip_suffix(".selfsame.json"),
        }
    })
}

fn unreadable(step: Step, shipped: &Shipped, failure: &Failure) -> Step {
    let finding = format!("whether `{}` is in it is unknown: {failure}", shipped.name);
    found(step, Verdict::Unknown, &finding, "save or build the image again")
}

fn one(step: Step, artifact: &Artifact, shipped: &Shipped, directory: &Directory) -> Step {
    let Shipped { name, .. } = shipped;
    let at = &directory.path;
    let kind = artifact.kind;
    if let Some(mount) = &directory.mount {
        let next = "ask the process, with a token: --token-env NAME";
        let finding = format!("a mount at `{mount}` hides what the {kind} has of `{name}`");
        return found(step, Verdict::Unknown, &finding, next);
    }
    // As the process does it.
    let stamp_file = format!("{at}.selfsame.json");
    let beside = artifact
        .stamps
        .iter()
        .find(|stamped| stamped.place.as_ref().is_some_and(|place| place.path == stamp_file));
    let told = beside.and_then(|stamped| stamped.found.stamp.files_of(name));
    let shipped = match (&shipped.unknown, told) {
        (None, _) => shipped,
        (Some(_), Some(told)) => told,
        (Some(why), None) => {
            let finding =
                format!("whether the files of `{name}` at `{at}` are right is unknown: {why}");
            let next = format!("write what they should be to `{stamp_file}`: selfsame stamp");
            return found(step, Verdict::Unknown, &finding, &next);
        }
    };
    if shipped.sha256 == Some(directory.sha256) && directory.is_there {
        return step;
    }
    let finding = if directory.is_there {
        format!(
            "the files of `{name}` at `{at}` in the {kind} are not those that the build shipped"
        )
    } else {
        format!("`{name}` is not at `{at}` in the {kind}")
    };
    let mut step = found(
        step,
        Verdict::Drift,
        &finding,
        &format!("copy `{name}` into the image from the build that made the binary"),
    );
    let difference = FileDifference::of(&shipped.list, &directory.list);
    if let (Some(difference), true, false) =
        (difference, directory.is_there, shipped.list.is_empty())
    {
        step = listed(step, &difference);
    }
    for taken in &directory.taken {
        step = step.note(format!("{taken} ({})", counted(taken.files, "file")));
    }
    step
}
