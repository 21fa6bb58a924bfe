//! What cargo builds of two lock files, where only it can tell.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use selfsame::findings::Claim;
use selfsame::stamp::CommitId;

use crate::source::Source;

/// The longest output that is read, in bytes.
const MAX_OUTPUT: u64 = 64 << 20;

/// How long cargo may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether cargo builds the package from the same packages with the same features, in the expected
/// source and at `commit`.
///
/// # Errors
///
/// If cargo cannot tell: why.
pub(super) fn are_equal(source: &Source, commit: &CommitId, claim: &Claim) -> Result<bool, String> {
    let expected = match source.written()? {
        Some(written) => tree(&written.package, claim)?,
        None => tree(source.directory().ok_or("there is no source")?, claim)?,
    };
    let found = source.written_at(commit)?;
    Ok(expected == tree(&found.package, claim)?)
}

/// The packages that cargo builds, each with its features.
fn tree(package: &Path, claim: &Claim) -> Result<BTreeSet<String>, String> {
    let mut command = Command::new("cargo");
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
    let cannot = |error: std::io::Error| format!("cannot run `cargo tree`: {error}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let (send, receive) = mpsc::channel();
    let pipes = (child.stdout.take(), child.stderr.take());
    std::thread::spawn(move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        std::thread::scope(|scope| {
            scope.spawn(|| pipes.1.map(|pipe| pipe.take(MAX_OUTPUT).read_to_end(&mut err)));
            pipes.0.map(|pipe| pipe.take(MAX_OUTPUT).read_to_end(&mut out))
        });
        send.send((out, err))
    });
    let Ok((out, err)) = receive.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("`cargo tree` takes longer than {PATIENCE:?}"));
    };
    let status = child.wait().map_err(cannot)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !status.success() {
        let said = text(&err);
        let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing said");
        return Err(format!("`cargo tree --locked --offline` failed: {said}"));
    }
    // Where a local package lies is another directory on each side.
    let without_place = |line: &str| match (line.find(" (/"), line.find(") ")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to + 1..]),
        _ => line.to_owned(),
    };
    Ok(text(&out).lines().map(without_place).collect())
}
