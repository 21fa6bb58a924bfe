use vergen::{Emitter, RustcBuilder};

/// The compiler's version, or nothing when it does not tell.
pub(super) fn rustc() -> Option<String> {
    const VERSION: &str = "VERGEN_RUSTC_SEMVER=";

    let instructions = RustcBuilder::default().semver(true).build().ok()?;
    let mut told = Vec::new();
    Emitter::default().add_instructions(&instructions).ok()?.emit_to(&mut told).ok()?;
    let told = String::from_utf8(told).ok()?;
    let version = told.lines().find_map(|line| line.split_once(VERSION))?.1;
    // With VERGEN_IDEMPOTENT there stands a sentence.
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| version.to_owned())
}
