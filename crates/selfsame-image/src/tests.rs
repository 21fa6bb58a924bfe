//! The limits, tried with small ones.

use std::io::Write as _;
use std::rc::Rc;
use std::time::Duration;

use selfsame_core::stamp::{Facts, Stamp, frame};

use super::compression::Compression;
use super::directory::Tree;
use super::image::{Image, Layer};
use super::input::Section;
use super::limits::{Budget, LIMITS, Limits};
use super::read::{self, Stamps};
use super::store::Members;
use super::{directory, temp};
use crate::error::ArtifactError;

const SMALL: Limits =
    Limits { unpacked: 1 << 16, entries: 10, stamped: 3, stamps: 4_000, members: 5, ..LIMITS };

fn section(bytes: &[u8]) -> Section {
    let mut file = temp::file().unwrap();
    file.write_all(bytes).unwrap();
    Section::whole(file, &Budget::new(&SMALL)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, &content[..]).unwrap();
    }
    tar.into_inner().unwrap()
}

fn stamps(layers: &[Vec<u8>]) -> Result<usize, ArtifactError> {
    let layers: Vec<Layer> =
        layers.iter().map(|layer| Layer::new(section(layer), None).unwrap()).collect();
    let mut stamps = Stamps::new(&SMALL);
    let overlay = read::layers(&layers, |_| true, false, &SMALL, &mut stamps)?;
    Ok(overlay.items.len())
}

fn stamped(name: &str) -> Vec<u8> {
    frame(&Stamp::seal(Facts::new(name, "1.0.0")).unwrap())
}

#[track_caller]
fn assert_stopped<T>(result: Result<T, ArtifactError>, words: &str) {
    let failure = result.err().expect("it has to be stopped").to_string();
    assert!(failure.contains(words), "{failure}");
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let zeros = vec![0; 512 << 10];
    for (compression, bomb) in
        [(Compression::Gzip, gzip(&zeros)), (Compression::Zstd, zstd(&zeros))]
    {
        assert!(bomb.len() < 4_000, "it is a bomb");
        let result = temp::unpacked(section(&bomb), compression, &SMALL);
        assert_stopped(result, "it unpacks to more than 65536 bytes");
    }
    // In the file of a layer, and behind its end.
    let large = archive(&[("zeros".to_owned(), zeros)]);
    let mut behind = archive(&[]);
    behind.resize(512 << 10, 0);
    for pack in [gzip, zstd] {
        assert_stopped(stamps(&[pack(&large)]), "has 524288 bytes, 65536 at most");
        assert_stopped(stamps(&[pack(&behind)]), "it unpacks to more than 65536 bytes");
    }
}

#[test]
fn layers_share_their_limits() {
    let layer = |number| archive(&[(format!("f{number}"), vec![7; 36 << 10])]);
    assert_eq!(stamps(&[layer(1)]).unwrap(), 0);
    assert_stopped(stamps(&[layer(1), layer(2)]), "layer 2 of 2: `f2` has 36864 bytes");
    let layer = |range: std::ops::Range<u32>| {
        archive(&range.map(|number| (format!("f{number}"), Vec::new())).collect::<Vec<_>>())
    };
    assert_eq!(stamps(&[layer(0..5), layer(5..10)]).unwrap(), 0);
    assert_stopped(stamps(&[layer(0..5), layer(5..11)]), "layer 2 of 2: there are more than");
}

#[test]
fn stamps_have_a_limit_in_number_and_in_bytes() {
    let layer = |count: usize, name: &str| {
        let file = |number| (format!("f{number}"), stamped(&format!("{name}{number}")));
        archive(&(0..count).map(file).collect::<Vec<_>>())
    };
    assert_eq!(stamps(&[layer(3, "api")]).unwrap(), 3);
    assert_stopped(stamps(&[layer(4, "api")]), "there are more than 3 files with stamps");
    assert_stopped(stamps(&[layer(3, &"x".repeat(200)), layer(3, "y")]), "4000 bytes of stamps");
}

#[test]
fn members_beyond_the_limit_are_not_taken_for_missing() {
    let files: Vec<_> =
        ["a", "b", "c", "d", "e", "f", "manifest.json"].map(|name| (name.into(), vec![1])).into();
    let members = Members::of(&section(&archive(&files)), &SMALL).unwrap();
    let store = super::store::Store::Archive(members);
    assert!(store.get("a", &SMALL).unwrap().is_some());
    assert!(store.get("manifest.json", &SMALL).unwrap().is_some());
    assert!(store.get("index.json", &SMALL).unwrap().is_none());
    assert_stopped(store.get("f", &SMALL), "more members than an image has");
}

fn charged(bytes: &[u8], budget: &Rc<Budget>) -> Section {
    let mut file = temp::file().unwrap();
    file.write_all(bytes).unwrap();
    Section::whole(file, budget).unwrap()
}

#[test]
fn all_readings_share_one_budget_of_bytes_and_time() {
    let hour = Duration::from_secs(3600);
    let layer = archive(&[("zeros".to_owned(), vec![0; 40 << 10])]);
    for (pack, unpacked) in [(Vec::clone as fn(&Vec<u8>) -> Vec<u8>, 0), (|l| gzip(l), layer.len())]
    {
        let packed = pack(&layer);
        let one = (unpacked + packed.len()) as u64;
        // Also what tells how it is packed, once.
        let budget = Budget::with(2 * one + 4, hour);
        let layers = [Layer::new(charged(&packed, &budget), None).unwrap()];
        let read =
            || read::layers(&layers, |_| true, false, &SMALL, &mut Stamps::new(&SMALL)).map(|_| ());
        read().unwrap();
        read().unwrap();
        assert_stopped(read(), "to read it takes more than");
    }
    let budget = Budget::with(u64::MAX, Duration::ZERO);
    assert_stopped(
        Layer::new(charged(&gzip(&layer), &budget), None),
        "to read it takes longer than 0s; --max-size raises that",
    );
}

#[test]
fn directories_are_read_together() {
    let hour = Duration::from_secs(3600);
    let files = ["a/x", "b/x", "c/d/x", "e/x"].map(|name| (name.to_owned(), vec![7; 4 << 10]));
    let layer = archive(&files);
    let budget = Budget::with(2 * layer.len() as u64, hour);
    let image = Image {
        platform: None,
        layers: vec![Layer::new(charged(&layer, &budget), None).unwrap()],
        claims: Vec::new(),
        directory: Vec::new(),
        command: Vec::new(),
        variables: Vec::new(),
    };
    let names = ["a", "b", "c/d", "nowhere"].map(|name| name.as_bytes().to_vec());
    let asked = names.iter().cloned().collect();
    let tree = Tree::read(&image, &[], &asked, &budget, &SMALL).unwrap();
    for name in &names {
        let listing = tree.listing(name, directory::What::Tree).unwrap();
        assert_eq!(listing.files, u64::from(name != b"nowhere"));
    }
    assert!(!tree.has(&b"e".to_vec()));

    let many = (0..1_001).map(|number: u32| number.to_string().into_bytes()).collect();
    let too_many = Tree::read(&image, &[], &many, &budget, &SMALL);
    assert_stopped(too_many, "more than 1000 of its directories are asked for");
}

#[test]
fn the_file_for_the_stamp_of_a_directory_is_none_of_what_is_shipped() {
    use directory::What;

    assert!(What::Shipped.leaves_out(b"__build") && !What::Tree.leaves_out(b"__build"));
    assert!(!What::Shipped.leaves_out(b"a/__build"));
    assert!(What::Tree.leaves_out(b".a") && What::Tree.leaves_out(b"a/.b/c"));
}
