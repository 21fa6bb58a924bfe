//! This package as a service gets it: from a registry. By a path it would be a local package of the
//! service, outside of its repository, and its content.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use selfsame::stamp::Digest;
use selfsame::tree::Lines;
use tempfile::TempDir;

use super::{package, profile_directory};

/// The name and the index of a registry that nobody asks, since a directory stands in for it.
const NAME: &str = "here";
const INDEX: &str = "file:///selfsame-here";

/// What goes into the package.
const FILES: [&str; 3] = ["Cargo.toml", "build.rs", "src"];

/// What a manifest says of this package: the inside of `selfsame = { … }`.
pub fn dependency() -> String {
    format!("version = \"{}\", registry = \"{NAME}\"", env!("CARGO_PKG_VERSION"))
}

/// What a lock file says of this package.
pub fn locked() -> String {
    let (checksum, _) = place();
    format!(
        "name = \"selfsame\"\nversion = \"{}\"\nsource = \"registry+{INDEX}\"\nchecksum = \
         \"{checksum}\"\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// The arguments with which cargo finds the registry.
pub fn arguments() -> Vec<String> {
    let (_, directory) = place();
    let directory = directory.to_str().expect("the path is UTF-8");
    [
        format!("registries.{NAME}.index = \"{INDEX}\""),
        format!("source.{NAME}.registry = \"{INDEX}\""),
        format!("source.{NAME}.replace-with = \"{NAME}-directory\""),
        format!("source.{NAME}-directory.directory = {directory:?}"),
    ]
    .into_iter()
    .flat_map(|setting| ["--config".to_owned(), setting])
    .collect()
}

/// The checksum of the package, and the directory that stands in for the registry.
fn place() -> &'static (Digest, PathBuf) {
    static PLACE: OnceLock<(Digest, PathBuf)> = OnceLock::new();

    PLACE.get_or_init(|| {
        let mut files = Vec::new();
        for name in FILES {
            collect(&package().join(name), &mut files);
        }
        let mut lines = Lines::new();
        for file in &files {
            let bytes = fs::read(file).expect("the file can be read");
            lines.push(Digest::of(&bytes), file.as_os_str().as_encoded_bytes());
        }
        let checksum = lines.digest();
        let target = profile_directory();
        let registries = target.parent().expect("target/debug lies in target").join("registry");
        let place = registries.join(&checksum.to_string()[..16]);
        if !place.is_dir() {
            fs::create_dir_all(&registries).expect("mkdir");
            // Other test programs may do the same at the same time.
            let made = TempDir::new_in(&registries).expect("a directory");
            write(&made.path().join("selfsame"), &files, checksum);
            let _ = fs::rename(made.path(), &place);
        }
        (checksum, place)
    })
}

fn write(to: &Path, files: &[PathBuf], checksum: Digest) {
    for file in files {
        let target = to.join(file.strip_prefix(package()).expect("it lies in the package"));
        fs::create_dir_all(target.parent().expect("it has one")).expect("mkdir");
        fs::copy(file, target).expect("the file can be copied");
    }
    let list = format!("{{\"files\":{{}},\"package\":\"{checksum}\"}}");
    fs::write(to.join(".cargo-checksum.json"), list).expect("write");
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut entries: Vec<_> = path
            .read_dir()
            .expect("it can be read")
            .map(|e| e.expect("it can be read").path())
            .collect();
        entries.sort_unstable();
        for entry in &entries {
            collect(entry, files);
        }
    } else {
        files.push(path.to_owned());
    }
}
