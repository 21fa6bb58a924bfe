//! What cargo did, and what came of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use selfsame::stamp::{Digest, Stamp};

use selfsame_testing::cargo::Built;
use selfsame_testing::clean_environment;

/// What a build did.
#[derive(Debug)]
pub(super) struct Measured {
    /// The crates that cargo compiled, without build scripts, sorted.
    pub(super) compiled: BTreeSet<String>,
    /// Whether it ran the build script that stamps.
    pub(super) script: bool,
}

impl Measured {
    pub(super) fn of(built: &Built) -> Self {
        let running = || {
            let lines = built.said.lines().map(str::trim_start);
            lines.filter_map(|line| line.strip_prefix("Running `"))
        };
        let compiled = running()
            .filter_map(|line| line.split_once("--crate-name ")?.1.split(' ').next())
            .map(readable);
        let script = running().any(|line| {
            line.ends_with("/build-script-build`") && line.contains("/build/shop-api-")
        });
        Self { compiled: compiled.collect(), script }
    }

    /// Whether the service's own crates were compiled.
    pub(super) fn service(&self) -> bool {
        self.compiled.iter().any(|name| is_of_service(name))
    }
}

/// Whether a crate is one of the service's package.
pub(super) fn is_of_service(name: &str) -> bool {
    matches!(name, "api" | "service" | "plain")
}

/// The name of a crate without the prefix that all share.
fn readable(name: &str) -> String {
    match name.trim_start_matches("shop_") {
        "build_script_build" => "a build script".to_owned(),
        name => name.replace('_', "-"),
    }
}

/// The digest of a binary's bytes.
pub(super) fn digest(binary: &Path) -> Digest {
    Digest::of(&std::fs::read(binary).expect("the binary can be read"))
}

/// What a binary prints, line by line.
pub(super) fn output(binary: &Path) -> Vec<String> {
    let output = Command::new(binary).env_clear().envs(clean_environment()).output();
    let output = output.expect("the program runs");
    assert!(output.status.success(), "`{}` fails", binary.display());
    let text = String::from_utf8(output.stdout).expect("it prints UTF-8");
    text.lines().map(str::to_owned).collect()
}

/// The stamp that a service prints as its last line.
pub(super) fn stamp(binary: &Path) -> Stamp {
    let lines = output(binary);
    Stamp::parse(lines.last().expect("it prints its stamp")).expect("it is a stamp")
}
