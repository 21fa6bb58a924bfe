//! The packages of this workspace as a service gets them: from a registry. By a path they would be
//! local packages of the service, outside of its repository, and its content.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use selfsame_core::stamp::Digest;
use selfsame_core::tree::Lines;
use tempfile::TempDir;
use toml::{Table, Value};

use super::{package, profile_directory};

/// The name and the index of a registry that nobody asks, since a directory stands in for it.
const NAME: &str = "here";
const INDEX: &str = "file:///selfsame-here";

/// The packages that a service is built from, and where they lie.
const PACKAGES: [(&str, &str); 4] = [
    ("selfsame", ""),
    ("selfsame-build", "crates/selfsame-build"),
    ("selfsame-core", "crates/selfsame-core"),
    ("selfsame-source", "crates/selfsame-source"),
];

/// What goes into each of them.
const FILES: [&str; 2] = ["build.rs", "src"];

/// What a manifest says of one of these packages: the inside of `selfsame = { … }`.
pub fn dependency() -> String {
    format!("version = \"{}\", registry = \"{NAME}\"", env!("CARGO_PKG_VERSION"))
}

/// The text of a lock file of a package that took these packages by a path, as if it had taken them
/// from the registry.
pub fn locked(mut lock: String) -> String {
    let (checksum, _) = place();
    let version = env!("CARGO_PKG_VERSION");
    for (name, _) in PACKAGES {
        let local = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&local), "the lock file lacks `{name}`");
        let found = format!("{local}source = \"registry+{INDEX}\"\nchecksum = \"{checksum}\"\n");
        lock = lock.replace(&local, &found);
    }
    lock
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

/// The checksum of the packages, and the directory that stands in for the registry.
fn place() -> &'static (Digest, PathBuf) {
    static PLACE: OnceLock<(Digest, PathBuf)> = OnceLock::new();

    PLACE.get_or_init(|| {
        let workspace = table(&package().join("Cargo.toml"));
        let mut lines = Lines::new();
        let packages = PACKAGES.map(|(name, below)| {
            let root = package().join(below);
            let mut files = Vec::new();
            for name in FILES {
                collect(&root.join(name), &mut files);
            }
            for file in &files {
                let bytes = fs::read(file).expect("the file can be read");
                lines.push(Digest::of(&bytes), file.as_os_str().as_encoded_bytes());
            }
            let manifest = published(table(&root.join("Cargo.toml")), &workspace).to_string();
            lines.push(Digest::of(manifest.as_bytes()), name.as_bytes());
            (name, root, manifest, files)
        });
        let checksum = lines.digest();
        let target = profile_directory();
        let registries = target.parent().expect("target/debug lies in target").join("registry");
        let place = registries.join(&checksum.to_string()[..16]);
        if !place.is_dir() {
            fs::create_dir_all(&registries).expect("mkdir");
            // Other test programs may do the same at the same time.
            let made = TempDir::new_in(&registries).expect("a directory");
            for (name, root, manifest, files) in &packages {
                write(&made.path().join(name), root, manifest, files, checksum);
            }
            let _ = fs::rename(made.path(), &place);
        }
        (checksum, place)
    })
}

fn table(manifest: &Path) -> Table {
    let text = fs::read_to_string(manifest).expect("the manifest can be read");
    text.parse().expect("it is TOML")
}

/// The manifest as cargo publishes it: what is inherited stands in it, and other packages of the
/// workspace come from the registry.
fn published(mut manifest: Table, workspace: &Table) -> Table {
    let inherited = |section: &str| workspace["workspace"][section].as_table().expect("a table");
    manifest.remove("workspace");
    manifest.remove("lints");
    manifest.remove("dev-dependencies");
    manifest.retain(|key, _| !matches!(key, "bench" | "example" | "test"));
    let about = manifest["package"].as_table_mut().expect("a package");
    for (key, value) in about.iter_mut() {
        if value.get("workspace").is_some() {
            *value = inherited("package")[key].clone();
        }
    }
    let mut lists: Vec<&mut Table> = Vec::new();
    for (key, value) in &mut manifest {
        match (key.as_str(), value) {
            ("dependencies" | "build-dependencies", Value::Table(list)) => lists.push(list),
            ("target", Value::Table(targets)) => {
                for (_, target) in targets {
                    lists.extend(target.get_mut("dependencies").and_then(Value::as_table_mut));
                }
            }
            _ => {}
        }
    }
    for list in lists {
        for (name, dependency) in list {
            *dependency = resolved(name, dependency, inherited("dependencies"));
        }
    }
    manifest
}

/// A dependency with what it inherits, from the registry if it is one of ours.
fn resolved(name: &str, dependency: &Value, inherited: &Table) -> Value {
    let mut all = match dependency {
        Value::Table(own) if own.contains_key("workspace") => {
            let mut all = match &inherited[name] {
                Value::Table(table) => table.clone(),
                version => Table::from_iter([("version".to_owned(), version.clone())]),
            };
            all.extend(own.clone());
            all.remove("workspace");
            all
        }
        Value::Table(own) => own.clone(),
        version => Table::from_iter([("version".to_owned(), version.clone())]),
    };
    if all.remove("path").is_some() {
        all.insert("registry-index".to_owned(), INDEX.into());
    }
    Value::Table(all)
}

fn write(to: &Path, root: &Path, manifest: &str, files: &[PathBuf], checksum: Digest) {
    for file in files {
        let target = to.join(file.strip_prefix(root).expect("it lies in the package"));
        fs::create_dir_all(target.parent().expect("it has one")).expect("mkdir");
        fs::copy(file, target).expect("the file can be copied");
    }
    fs::write(to.join("Cargo.toml"), manifest).expect("write");
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
    } else if path.is_file() {
        files.push(path.to_owned());
    }
}
