//! A second look at source while rustc compiles it.
//!
//! Cargo goes by file times, and one run of the build script serves all units of a package: a file
//! replaced under an older time, or saved between the script and rustc, would be compiled and not
//! hashed. So the code that [`stamp!`](selfsame_core::stamp!) expands to asserts the length of each hashed
//! source file. A length costs nothing; a checksum in a const costs seconds a megabyte. What keeps
//! its length goes unnoticed here, and is found in the compiler's list of files at the artifact
//! rung.
//!
//! The files are read through a link, so that the compiler's list tells those that were compiled
//! from those that were merely looked at.

use std::fmt::Write as _;
use std::path::Path;

use super::BuildError;
use selfsame_source::{Content, Package};

/// The link to what is looked at, in the directory of the stamp.
pub(crate) const LINK: &str = "source";

/// The most files that are looked at again, and the most bytes in all: what is beyond is generated,
/// or data.
const MAX_FILES: usize = 10_000;
const MAX_BYTES: u64 = 32 << 20;

/// Returns the assertions, as items to stand in a block, and makes the link that they need in
/// `directory`.
pub(super) fn assertions(
    directory: &Path,
    package: &Package,
    content: &Content,
) -> Result<String, BuildError> {
    let mut source = String::new();
    // Also siblings, which lie elsewhere, are seen through the one link.
    let common = looked_at(package, content)
        .fold(package.root(), |common, (path, _, _)| shared(common, path));
    if !link(directory, common)? {
        return Ok(source);
    }
    let mut left = MAX_BYTES;
    for (path, name, length) in looked_at(package, content).take(MAX_FILES) {
        let Some(rest) = left.checked_sub(length) else { continue };
        left = rest;
        let Some(below) = path.strip_prefix(common).ok().and_then(Path::to_str) else { continue };
        let path = format!("{LINK}/{below}");
        let message = format!(
            "selfsame: `{name}` is not the file that the build script has hashed: it was replaced \
             under an older time, or saved in mid-build. Touch it and build again."
        );
        // A message is a format string.
        let message = message.replace('{', "{{").replace('}', "}}");
        let _ = writeln!(
            source,
            "    const _: () = ::core::assert!(::core::include_bytes!({path:?}).len() == {length}, \
             {message:?});"
        );
    }
    Ok(source)
}

/// The source files of the packages that are built: path, name and length of each. A build script
/// has run before.
fn looked_at<'a>(
    package: &'a Package,
    content: &'a Content,
) -> impl Iterator<Item = (&'a Path, &'a str, u64)> {
    content.entries().filter_map(|(name, line)| {
        let path = line.path.as_deref()?;
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        let is_script = path.file_name().is_some_and(|name| name == "build.rs");
        let is_own = path.starts_with(package.root().join("src"));
        let is_active = content.owner(line).is_some_and(|covered| covered.active);
        let counts = is_active && !is_script && (is_rust || is_own);
        counts.then_some(())?;
        let name = str::from_utf8(name).ok()?;
        Some((path, name.strip_prefix("./").unwrap_or(name), line.length))
    })
}

/// The deepest directory that both paths lie below.
fn shared<'a>(one: &'a Path, other: &Path) -> &'a Path {
    one.ancestors().find(|above| other.starts_with(above)).unwrap_or(one)
}

/// Makes the link, if the system has links that anyone may make.
#[cfg(unix)]
fn link(directory: &Path, target: &Path) -> Result<bool, BuildError> {
    let link = directory.join(LINK);
    if link.read_link().is_ok_and(|found| found == target) {
        return Ok(true);
    }
    match std::fs::remove_file(&link) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(BuildError::io("replace", &link, &error));
        }
        _ => {}
    }
    std::os::unix::fs::symlink(target, &link)
        .map(|()| true)
        .map_err(|error| BuildError::io("write the link", &link, &error))
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<bool, BuildError> {
    Ok(false)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use selfsame_source::{Context, Disk};

    #[test]
    fn a_second_look_has_a_number_of_files_and_of_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[workspace]\n");
        write("Cargo.lock", "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n");
        write("src/main.rs", "");
        let looks = || {
            let package = Package::open(directory.path()).unwrap();
            let within = Context { files: &Disk, top: None, cargo_home: None, activation: None };
            let content = Content::of(&package, &within).unwrap();
            let text = assertions(directory.path(), &package, &content).unwrap();
            text.matches("include_bytes!").count()
        };
        assert_eq!(looks(), 1);
        // What is too long is passed over, and the rest is looked at.
        let long = std::fs::File::create(directory.path().join("src/data.bin")).unwrap();
        long.set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(looks(), 1);
        for file in 0..MAX_FILES {
            write(&format!("src/data/{file}"), "");
        }
        assert_eq!(looks(), MAX_FILES - 1);
    }
}
