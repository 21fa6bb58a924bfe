//! The compiler that source pins, in a toolchain file
//! (<https://rust-lang.github.io/rustup/overrides.html#the-toolchain-file>).

use std::path::Path;

use toml::Value;

use super::files::Files;
use crate::error::SourceError;
use crate::package::Package;

/// The version that the nearest toolchain file pins, from the package up to `top`. `None` if there is
/// no such file, or if it names a channel that moves.
///
/// # Errors
///
/// If a file cannot be read.
pub fn pinned_toolchain(
    files: &dyn Files,
    package: &Package,
    top: Option<&Path>,
) -> Result<Option<String>, SourceError> {
    let last = top.unwrap_or_else(|| package.workspace_root());
    for directory in package.root().ancestors().take_while(|above| above.starts_with(last)) {
        for name in ["rust-toolchain", "rust-toolchain.toml"] {
            let Some(text) = files.text(&directory.join(name))? else { continue };
            return Ok(channel(&text).filter(|channel| is_version(channel)));
        }
    }
    Ok(None)
}

/// The channel of a toolchain file: of a table in TOML, or the one line of the old form.
fn channel(text: &str) -> Option<String> {
    let table: Result<toml::Table, _> = text.parse();
    let channel = match &table {
        Ok(table) => table.get("toolchain")?.get("channel").and_then(Value::as_str)?,
        Err(_) => text.trim(),
    };
    // A host may stand behind the version.
    Some(channel.split('-').next().unwrap_or(channel).to_owned())
}

fn is_version(channel: &str) -> bool {
    channel.starts_with(|first: char| first.is_ascii_digit())
        && channel.split('.').all(|part| part.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_pinned_and_a_channel_is_not() {
        let pinned = |text: &str| channel(text).filter(|channel| is_version(channel));
        assert_eq!(pinned("1.88.0\n").as_deref(), Some("1.88.0"));
        assert_eq!(pinned("[toolchain]\nchannel = \"1.88\"\n").as_deref(), Some("1.88"));
        assert_eq!(pinned("1.88.0-x86_64-unknown-linux-gnu").as_deref(), Some("1.88.0"));
        for text in ["stable", "nightly-2026-01-01", "[toolchain]\nchannel = \"beta\"\n", ""] {
            assert_eq!(pinned(text), None, "{text}");
        }
    }
}
