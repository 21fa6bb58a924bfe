//! What build scripts say that they read: the lines that cargo keeps of their output.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::files::{Disk, read_limited};
use crate::walk::{self, Hidden};

/// The longest output that is read, in bytes.
const MAX_OUTPUT: u64 = 8 << 20;

/// The most files of one directory that are named.
const MAX_FILES: usize = 10_000;

/// The files that build scripts named in `target/<profile>/build/*/output`, by the directory of the
/// package whose script it is. The output of a script whose package is unknown does not count:
/// several checkouts may build into one directory.
pub(super) fn inputs(artifact: &Path) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let mut inputs: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    let builds = artifact.parent().into_iter().flat_map(|beside| {
        [beside.join("build"), beside.join("../build")].map(|path| crate::normal(&path))
    });
    for output in builds.filter_map(|builds| builds.read_dir().ok()).flatten().flatten() {
        let directory = output.path();
        let Ok(Some(text)) = read_limited(&directory.join("output"), MAX_OUTPUT) else { continue };
        let Some(base) = package_of(&directory) else { continue };
        for line in text.lines() {
            let path = ["cargo:rerun-if-changed=", "cargo::rerun-if-changed="]
                .iter()
                .find_map(|directive| line.strip_prefix(directive));
            let Some(path) = path else { continue };
            let path = crate::normal(&base.join(path));
            // The whole of a package says nothing of what was read.
            if !path.is_absolute() || path.join("Cargo.toml").is_file() || is_own(&path) {
                continue;
            }
            let files = walk::below(&Disk, &path, Hidden::But).unwrap_or_default();
            let of_package = inputs.entry(base.clone()).or_default();
            of_package.extend(files.into_iter().take(MAX_FILES));
        }
    }
    inputs
}

/// Whether a path is one that this project watches for its own sake.
fn is_own(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("/out/selfsame") || text.contains("/.git/") || text.ends_with("/.git")
}

/// The directory of the package whose script wrote to `build/<package>-<hash>`: the list of
/// files of the compiled script, which cargo names the same way, has its source.
fn package_of(output: &Path) -> Option<PathBuf> {
    let name = output.file_name()?.to_str()?.rsplit_once('-')?.0.to_owned();
    let entries = output.parent()?.read_dir().ok()?;
    entries.flatten().map(|entry| entry.path()).find_map(|directory| {
        let other = directory.file_name()?.to_str()?.rsplit_once('-')?.0.to_owned();
        if other != name {
            return None;
        }
        let list = directory.read_dir().ok()?.flatten().map(|entry| entry.path()).find(|path| {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            stem.starts_with("build_script_") && path.extension().is_some_and(|e| e == "d")
        })?;
        let text = read_limited(&list, MAX_OUTPUT).ok()??;
        let (_, files) = super::parse(&text)?;
        let script = files.into_iter().find(|file| file.is_absolute())?;
        script
            .ancestors()
            .skip(1)
            .find(|above| above.join("Cargo.toml").is_file())
            .map(Path::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_and_directories_have_limits() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("api/Cargo.toml", "");
        write("api/build.rs", "");
        for file in 0..=MAX_FILES {
            write(&format!("api/data/{file}"), "");
        }
        let script = root.join("api/build.rs");
        let list = format!("/t: {}\n", script.display());
        write("target/build/api-0123456789abcdef/build_script_build-0123456789abcdef.d", &list);
        let line = "cargo:rerun-if-changed=data\n";
        let output = "target/build/api-fedcba9876543210/output";
        write(output, line);
        let named =
            || inputs(&root.join("target/api")).remove(&root.join("api")).unwrap_or_default();
        assert_eq!(named().len(), MAX_FILES);
        write(output, &format!("{line}{}", " ".repeat(8 << 20)));
        assert_eq!(named().len(), 0);
    }
}
