//! The root of a workspace, and its packages by name.

use std::path::{Path, PathBuf};

use selfsame_source::{Disk, Files as _, Package};
use walkdir::WalkDir;

/// How deep packages are looked for.
const MAX_DEPTH: usize = 6;

/// Whether a directory is the root of a workspace.
pub(crate) fn is_root(directory: &Path) -> bool {
    let text = Disk.text(&directory.join("Cargo.toml")).ok().flatten().unwrap_or_default();
    text.lines().any(|line| line.trim_start().starts_with("[workspace"))
}

/// The directory of the one package of this name below the root. `None` if there is none, or more
/// than one.
pub(crate) fn member(root: &Path, name: &str) -> Option<PathBuf> {
    let is_source = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !(name.starts_with('.') || name == "target" || name == "node_modules")
    };
    let walk = WalkDir::new(root).max_depth(MAX_DEPTH).sort_by_file_name().into_iter();
    let mut found = walk
        .filter_entry(is_source)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && entry.file_name() == "Cargo.toml")
        .filter_map(|entry| entry.path().parent().map(Path::to_owned))
        .filter(|directory| Package::find(directory).is_ok_and(|package| package.name() == name));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_looked_for_so_deep() {
        let root = tempfile::tempdir().unwrap();
        let put = |name: &str, directory: &str| {
            let directory = root.path().join(directory);
            std::fs::create_dir_all(&directory).unwrap();
            let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
            std::fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        };
        put("near", "1/2/3/4/5");
        put("far", "1/2/3/4/6/6");
        assert_eq!(member(root.path(), "near"), Some(root.path().join("1/2/3/4/5")));
        assert_eq!(member(root.path(), "far"), None);
    }
}
