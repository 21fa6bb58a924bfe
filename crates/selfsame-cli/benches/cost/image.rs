//! An image of 1 GiB: its stamps, beside the time in which tar lists the same bytes.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use selfsame::stamp::{Digest, Facts, Stamp, frame};
use serde_json::json;
use tar::{Builder, Header};

use crate::{ROUNDS, directory, median, timed};
use selfsame_testing::requirements::have;

/// The bytes of all files of the image.
const SIZE: usize = 1 << 30;

/// How a layer is packed.
type Pack = fn(&[u8]) -> Vec<u8>;

/// What the aims are: 1.5 times the time of tar, and 64 MiB.
pub(crate) fn image() {
    let directory = directory();
    let layers = [base(SIZE * 7 / 10), application(SIZE * 3 / 10)];
    let ids = layers.each_ref().map(|layer| format!("sha256:{}", Digest::of(layer)));
    println!("\n## The stamps in an image of 1 GiB, in cache\n");
    println!(
        "| image | tar lists it in | selfsame takes | ratio | peak memory |\n|---|---|---|---|---|"
    );
    let docker = directory.path().join("docker.tar");
    write(&docker, &docker_archive(&layers, &ids));
    let cat = format!("cat {} | tar -tf -", docker.display());
    row("`docker save`; tar reads all of it, from a pipe", &cat, &docker, &[]);
    row("the same; every layer hashed too", &cat, &docker, &["--verify-layers"]);
    let seek = format!("tar -tf {}", docker.display());
    row("the same; tar skips from header to header", &seek, &docker, &[]);
    let gz = directory.path().join("docker.tar.gz");
    write(&gz, &gzip(&std::fs::read(&docker).expect("it was written")));
    std::fs::remove_file(&docker).expect("it was written");
    row("`docker save | gzip`", &format!("tar -tzf {}", gz.display()), &gz, &[]);
    std::fs::remove_file(&gz).expect("it was written");
    let packings: [(&str, &str, Pack); 2] = [("gzip", "-tzf", gzip), ("zstd", "--zstd -tf", zstd)];
    for (name, option, pack) in packings {
        if name == "zstd" && !have("zstd") {
            continue;
        }
        let packed: Vec<Vec<u8>> = layers.iter().map(|layer| pack(layer)).collect();
        let mut list = Vec::new();
        for (number, layer) in packed.iter().enumerate() {
            let path = directory.path().join(format!("layer{number}"));
            write(&path, layer);
            list.push(format!("tar {option} {}", path.display()));
        }
        let oci = directory.path().join("oci.tar");
        write(&oci, &docker_archive(&packed, &ids));
        row(&format!("{name} layers; tar lists each"), &list.join(" && "), &oci, &[]);
        let oci_layout = directory.path().join("layout");
        layout(&oci_layout, &packed);
        row(&format!("OCI layout, {name} layers"), &list.join(" && "), &oci_layout, &[]);
    }
}

/// Times both in turn, and prints the medians.
fn row(name: &str, list: &str, artifact: &Path, options: &[&str]) {
    let mut times = (Vec::new(), Vec::new());
    let mut peak = 0;
    for _ in 0..ROUNDS {
        times.0.push(timed(|| {
            let status = Command::new("sh").args(["-c", list]).stdout(Stdio::null()).status();
            assert!(status.expect("sh runs").success(), "{list}");
        }));
        let (time, memory) = inspect(artifact, options);
        times.1.push(time);
        peak = peak.max(memory);
    }
    let (theirs, ours) = (median(times.0), median(times.1));
    let ratio = ours / theirs;
    println!("| {name} | {theirs:.2} s | {ours:.2} s | {ratio:.2} | {} MiB |", peak / 1024);
}

/// Runs the command, and looks at its memory as long as it lives. In KiB.
fn inspect(artifact: &Path, options: &[&str]) -> (Duration, u64) {
    const PAUSE: Duration = Duration::from_millis(2);

    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_selfsame"))
        .arg("inspect")
        .arg(artifact)
        .args(options)
        .stdout(Stdio::null())
        .spawn()
        .expect("the command runs");
    let path = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(memory.unwrap_or_default());
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            assert!(status.success(), "`{}` has its stamp", artifact.display());
            return (started.elapsed(), peak);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Machine code as it is, so that it compresses as images do; without the stamp in it.
fn code() -> Vec<u8> {
    let mut code = std::fs::read(env!("CARGO_BIN_EXE_selfsame")).expect("it was built");
    let stamp = selfsame::stamp!().read().expect("this program is stamped");
    let text = stamp.text().as_bytes();
    while let Some(at) = memchr::memmem::find(&code, text) {
        let header = at.saturating_sub(100);
        code[header..at + text.len()].fill(b'x');
    }
    code
}

/// Many files of 100 KB.
fn base(size: usize) -> Vec<u8> {
    let code = code();
    let mut tar = Builder::new(Vec::with_capacity(size + size / 50));
    let mut at = 0;
    for number in 0..size / 100_000 {
        at = (at + 77_777) % (code.len() - 100_000);
        let path = format!("usr/lib/d{}/f{number}", number % 100);
        add(&mut tar, &path, &code[at..at + 100_000]);
    }
    tar.into_inner().expect("it is in memory")
}

/// Executables, one of them with a stamp.
fn application(size: usize) -> Vec<u8> {
    let code = code();
    let mut tar = Builder::new(Vec::with_capacity(size + size / 50));
    for number in 0..size / code.len() {
        add(&mut tar, &format!("app/bin/tool{number}"), &code);
    }
    let stamp = Stamp::seal(Facts::new("api", "1.0.0")).expect("the facts are few");
    add(&mut tar, "app/bin/api", &[&code[..], &frame(&stamp)].concat());
    tar.into_inner().expect("it is in memory")
}

fn add(tar: &mut Builder<Vec<u8>>, path: &str, content: &[u8]) {
    let mut header = Header::new_ustar();
    header.set_size(content.len() as u64);
    header.set_mode(0o755);
    tar.append_data(&mut header, path, content).expect("it is in memory");
}

fn docker_archive(layers: &[Vec<u8>], ids: &[String]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    let rootfs = json!({ "type": "layers", "diff_ids": ids });
    let config = json!({ "os": "linux", "architecture": "amd64", "rootfs": rootfs }).to_string();
    let config_name = format!("{}.json", Digest::of(config.as_bytes()));
    let mut names = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        names.push(format!("{number}/layer.tar"));
        add(&mut tar, &names[number], layer);
    }
    let manifest = json!([{ "Config": config_name, "RepoTags": null, "Layers": names }]);
    add(&mut tar, &config_name, config.as_bytes());
    add(&mut tar, "manifest.json", manifest.to_string().as_bytes());
    tar.into_inner().expect("it is in memory")
}

fn layout(directory: &Path, layers: &[Vec<u8>]) {
    let blobs = directory.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).expect("mkdir");
    let add = |blob: &[u8]| {
        let digest = Digest::of(blob);
        write(&blobs.join(digest.to_string()), blob);
        json!({ "digest": format!("sha256:{digest}"), "size": blob.len() })
    };
    let config = add(json!({ "os": "linux", "architecture": "amd64" }).to_string().as_bytes());
    let layers: Vec<_> = layers.iter().map(|layer| add(layer)).collect();
    let manifest = add(json!({ "config": config, "layers": layers }).to_string().as_bytes());
    write(&directory.join("index.json"), json!({ "manifests": [manifest] }).to_string().as_bytes());
    write(&directory.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#);
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("it can be written");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("it is in memory");
    gzip.finish().expect("it is in memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("it is in memory")
}
