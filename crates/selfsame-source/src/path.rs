//! Paths by their text alone.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// The path without `.` and `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

/// The way from the directory `from` to `to`, both absolute and normal, with `/`: `src/main.rs`,
/// `../kit/src`. Empty if they are one.
pub(crate) fn relative(from: &Path, to: &Path) -> Vec<u8> {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().count() - shared;
    let mut way = Vec::new();
    let names = (0..up).map(|_| &b".."[..]);
    let below = to.components().skip(shared).map(|name| name.as_os_str().as_encoded_bytes());
    for name in names.chain(below) {
        if !way.is_empty() {
            way.push(b'/');
        }
        way.extend_from_slice(name);
    }
    way
}

/// The same as a path.
#[must_use]
pub fn relative_path(from: &Path, to: &Path) -> PathBuf {
    os(&relative(from, to)).into()
}

/// A name as the system has it.
#[cfg(unix)]
pub(crate) fn os(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;

    OsString::from_vec(bytes.to_owned())
}

#[cfg(not(unix))]
pub(crate) fn os(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_from_one_directory_to_another() {
        let way = |from: &str, to: &str| {
            String::from_utf8(relative(Path::new(from), Path::new(to))).unwrap()
        };
        assert_eq!(way("/w/services/api", "/w/kit"), "../../kit");
        assert_eq!(way("/w", "/w/crates/kit"), "crates/kit");
        assert_eq!(way("/w/api", "/w/api-kit"), "../api-kit");
        assert_eq!(way("/w", "/w"), "");
    }

    #[test]
    fn a_path_without_detours() {
        for (path, expected) in
            [("/w/./a/../b", "/w/b"), ("/w/a/../../x", "/x"), ("/../x", "/../x"), ("/w/", "/w")]
        {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
    }
}
