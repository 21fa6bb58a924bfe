//! What cargo builds of two lock files, where only it can tell.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use selfsame_core::child::{self, Limits};
use selfsame_core::environment::Environment;
use selfsame_core::findings::Claim;
use selfsame_core::stamp::CommitId;

use crate::source::Source;

/// The longest output that is read, in bytes.
const MAX_OUTPUT: u64 = 64 << 20;

/// Whether cargo builds the package from the same packages with the same features, in the expected
/// source and at `commit`. Each run of cargo may take as long as `time`.
///
/// # Errors
///
/// If cargo cannot tell: why.
pub(super) fn are_equal(
    source: &Source,
    commit: &CommitId,
    claim: &Claim,
    time: Duration,
) -> Result<bool, String> {
    let expected = match source.written()? {
        Some(written) => tree(&written.package, claim, time)?,
        None => tree(source.directory().ok_or("there is no source")?, claim, time)?,
    };
    let found = source.written_at(commit)?;
    Ok(expected == tree(&found.package, claim, time)?)
}

/// The packages that cargo builds, each with its features.
fn tree(package: &Path, claim: &Claim, time: Duration) -> Result<BTreeSet<String>, String> {
    let cargo = child::find("cargo", &Environment::of_process())
        .ok_or("cannot run `cargo tree`: there is no `cargo` program on PATH")?;
    let mut command = Command::new(cargo);
    command.current_dir(package).args([
        "tree",
        "--locked",
        "--offline",
        "--edges=normal,build",
        "--prefix=none",
        "--no-dedupe",
        "--format={p} {f}",
    ]);
    if let Some(build) = &claim.build {
        command.args(["--no-default-features", "--features", &build.features.join(",")]);
        if let Some(target) = &build.target {
            command.args(["--target", target]);
        }
    }
    // A checkout may name programs to run in place of the compiler, which is asked for its target.
    for (name, value) in
        [("RUSTC", "rustc"), ("RUSTC_WRAPPER", ""), ("RUSTC_WORKSPACE_WRAPPER", "")]
    {
        command.env(name, value);
    }
    let limits = Limits::new(time, MAX_OUTPUT);
    let ended = child::run("cargo tree", &mut command, Vec::new(), limits)
        .map_err(|error| error.to_string())?;
    if !ended.status.success() {
        return Err(format!("`cargo tree --locked --offline` failed: {}", ended.first_error()));
    }
    let output = String::from_utf8_lossy(&ended.output);
    // Where a local package lies is another directory on each side.
    let without_place = |line: &str| match (line.find(" (/"), line.find(") ")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to + 1..]),
        _ => line.to_owned(),
    };
    Ok(output.lines().map(without_place).collect())
}
