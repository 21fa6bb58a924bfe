//! Packs layers, images and archives, as the tools do and as they do not.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use selfsame::stamp::{Digest, Facts, Stamp, frame};
use serde_json::{Value, json};
use tar::{EntryType, Header};
use tempfile::TempDir;

use crate::project::seal;

/// A tar archive that is put together entry by entry.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Any header, its name as it stands, then the content as it stands.
    pub(crate) fn raw(mut self, header: &Header, content: &[u8]) -> Self {
        let mut header = header.clone();
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref();
        self.raw(&header(name, EntryType::Regular, content.len()), content)
    }

    pub(crate) fn directory(self, name: &str) -> Self {
        self.raw(&header(name, EntryType::Directory, 0), b"")
    }

    pub(crate) fn symlink(self, name: &str, target: &str) -> Self {
        self.raw(&linked(name, EntryType::Symlink, target), b"")
    }

    pub(crate) fn hardlink(self, name: &str, target: &str) -> Self {
        self.raw(&linked(name, EntryType::Link, target), b"")
    }

    /// The entries, without the blocks that end an archive.
    pub(crate) fn open(self) -> Vec<u8> {
        self.0
    }

    /// The whole archive.
    pub(crate) fn close(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

/// A header with the name as it stands, whatever it is.
pub(crate) fn header(name: &str, kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o755);
    header.set_size(size as u64);
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header
}

pub(crate) fn linked(name: &str, kind: EntryType, target: &str) -> Header {
    let mut header = header(name, kind, 0);
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("it can be packed");
    gzip.finish().expect("it can be packed")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("it can be packed")
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// The facts of a service `api` at a commit of this digit.
pub(crate) fn facts(digit: char) -> Facts {
    let mut facts = Facts::new("api", "1.0.0");
    facts.commit = Some(commit(digit).parse().expect("it is an id"));
    facts.revision.origin = selfsame::stamp::Origin::Git;
    facts.build.target = Some("x86_64-unknown-linux-gnu".to_owned());
    facts
}

pub(crate) fn commit(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// What stands for an executable with this stamp.
pub(crate) fn executable(facts: &Facts) -> Vec<u8> {
    stamped(&seal(facts.clone()))
}

fn stamped(stamp: &Stamp) -> Vec<u8> {
    // Longer than the buffer of any reader, the stamp across its bounds.
    let mut bytes = b"\x7fELF".to_vec();
    bytes.resize(256 * 1024 - 40, 7);
    bytes.extend(frame(stamp));
    bytes.resize(bytes.len() + 1000, 0);
    bytes
}

/// An image: its layers as they are packed, and its configuration.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) layers: Vec<Vec<u8>>,
    pub(crate) config: Value,
    pub(crate) tags: Vec<String>,
}

impl Image {
    /// Layers that are not packed, lowest first.
    pub(crate) fn new(layers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let layers: Vec<Vec<u8>> = layers.into_iter().collect();
        let ids: Vec<String> =
            layers.iter().map(|layer| format!("sha256:{}", sha256(layer))).collect();
        let config = json!({
            "os": "linux",
            "architecture": "amd64",
            "config": {},
            "rootfs": { "type": "layers", "diff_ids": ids },
        });
        Self { layers, config, tags: vec!["api:latest".to_owned()] }
    }

    /// The same with each layer packed.
    pub(crate) fn packed(mut self, pack: fn(&[u8]) -> Vec<u8>) -> Self {
        self.layers = self.layers.iter().map(|layer| pack(layer)).collect();
        self
    }

    pub(crate) fn on(mut self, architecture: &str) -> Self {
        self.config["architecture"] = architecture.into();
        self
    }

    fn config_text(&self) -> Vec<u8> {
        self.config.to_string().into_bytes()
    }

    /// As `docker save` writes it from 1.10 to 24.
    pub(crate) fn docker(&self) -> Vec<u8> {
        self.docker_with(|_| {}).close()
    }

    /// The same with another `manifest.json`.
    pub(crate) fn docker_with(&self, change: impl FnOnce(&mut Value)) -> Tar {
        let config = self.config_text();
        let config_name = format!("{}.json", sha256(&config));
        let mut tar = Tar::new();
        let mut layers = Vec::new();
        for layer in &self.layers {
            let id = sha256(&[b"id", layer.as_slice()].concat());
            layers.push(format!("{id}/layer.tar"));
            tar = tar
                .directory(&format!("{id}/"))
                .file(&format!("{id}/VERSION"), "1.0")
                .file(&format!("{id}/json"), "{}")
                .file(&format!("{id}/layer.tar"), layer);
        }
        let mut manifest =
            json!([{ "Config": config_name, "RepoTags": self.tags, "Layers": layers }]);
        change(&mut manifest);
        tar.file(&config_name, config).file("manifest.json", manifest.to_string())
    }

    /// As podman writes it: the layers by digest, and the legacy directories as links to them.
    pub(crate) fn docker_by_links(&self) -> Vec<u8> {
        let config = self.config_text();
        let config_name = format!("{}.json", sha256(&config));
        let mut tar = Tar::new().file(&config_name, config);
        let mut layers = Vec::new();
        for layer in &self.layers {
            let file = format!("{}.tar", sha256(layer));
            let id = sha256(&[b"id", layer.as_slice()].concat());
            tar = tar
                .file(&file, layer)
                .symlink(&format!("{id}/layer.tar"), &format!("../{file}"))
                .file(&format!("{id}/VERSION"), "1.0");
            layers.push(format!("{id}/layer.tar"));
        }
        let manifest = json!([{ "Config": config_name, "RepoTags": null, "Layers": layers }]);
        tar.file("manifest.json", manifest.to_string()).close()
    }

    /// As Docker 25 and later write it: a layout and `manifest.json`. The index is what it has been
    /// seen to be.
    pub(crate) fn docker_and_layout(&self, index: &Value) -> Vec<u8> {
        let config = self.config_text();
        let mut tar = Tar::new().file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
        let mut paths = Vec::new();
        for layer in self.layers.iter().chain([&config]) {
            let path = format!("blobs/sha256/{}", sha256(layer));
            tar = tar.file(&path, layer);
            paths.push(path);
        }
        let config = paths.pop();
        let manifest = json!([{ "Config": config, "RepoTags": self.tags, "Layers": paths }]);
        tar.file("index.json", index.to_string())
            .file("manifest.json", manifest.to_string())
            .close()
    }

    /// Its manifest, and every blob of it.
    pub(crate) fn blobs(&self) -> (Value, Vec<Vec<u8>>) {
        let config = self.config_text();
        let layers: Vec<Value> = self.layers.iter().map(|layer| descriptor(layer, LAYER)).collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(&config, "application/vnd.oci.image.config.v1+json"),
            "layers": layers,
        });
        let mut blobs = self.layers.clone();
        blobs.push(config);
        (manifest, blobs)
    }
}

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

pub(crate) fn descriptor(blob: &[u8], media_type: &str) -> Value {
    json!({
        "mediaType": media_type,
        "digest": format!("sha256:{}", sha256(blob)),
        "size": blob.len(),
    })
}

/// A layout: its index and its blobs.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) index: Value,
    pub(crate) blobs: Vec<(String, Vec<u8>)>,
}

impl Layout {
    pub(crate) fn new() -> Self {
        Self { index: json!({ "schemaVersion": 2, "manifests": [] }), blobs: Vec::new() }
    }

    pub(crate) fn of(image: &Image) -> Self {
        let mut layout = Self::new();
        let descriptor = layout.add(image);
        layout.name(descriptor);
        layout
    }

    /// Adds a blob.
    pub(crate) fn blob(&mut self, bytes: &[u8]) {
        self.blobs.push((format!("blobs/sha256/{}", sha256(bytes)), bytes.to_vec()));
    }

    /// Adds the blobs of an image, and returns the descriptor of its manifest.
    pub(crate) fn add(&mut self, image: &Image) -> Value {
        let (manifest, blobs) = image.blobs();
        let manifest = manifest.to_string().into_bytes();
        blobs.iter().chain([&manifest]).for_each(|blob| self.blob(blob));
        let mut descriptor = descriptor(&manifest, MANIFEST);
        descriptor["platform"] =
            json!({ "os": "linux", "architecture": image.config["architecture"] });
        descriptor
    }

    /// Adds a descriptor to the index.
    pub(crate) fn name(&mut self, descriptor: Value) {
        self.index["manifests"].as_array_mut().expect("it is a list").push(descriptor);
    }

    pub(crate) fn archive(&self) -> Vec<u8> {
        let mut tar = Tar::new()
            .file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#)
            .file("index.json", self.index.to_string());
        for (path, blob) in &self.blobs {
            tar = tar.file(path, blob);
        }
        tar.close()
    }

    pub(crate) fn write(&self, directory: &Path) {
        let write = |path: &str, bytes: &[u8]| {
            let path = directory.join(path);
            std::fs::create_dir_all(path.parent().expect("it has one")).expect("mkdir");
            std::fs::write(path, bytes).expect("it can be written");
        };
        write("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
        write("index.json", self.index.to_string().as_bytes());
        self.blobs.iter().for_each(|(path, blob)| write(path, blob));
    }
}

/// A place for files, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Shelf(TempDir);

impl Shelf {
    pub(crate) fn new() -> Self {
        Self(TempDir::with_prefix("selfsame-artifact-").expect("a temporary directory"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and returns its path as an argument.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("it can be written");
        path.to_str().expect("the path is UTF-8").to_owned()
    }
}
