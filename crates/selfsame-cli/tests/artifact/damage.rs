//! Archives that are cut or changed on their way.

use serde_json::json;

use crate::pack::{Image, Layout, Shelf, Tar, facts, gzip, sha256, zstd};
use crate::run::{assert_cannot_tell, assert_says, run};

/// A small one: each cut is a run of the command.
fn layer() -> Tar {
    let stamp = selfsame::stamp::frame(&crate::project::seal(facts('a')));
    Tar::new().directory("app/").file("app/api", stamp).file("app/x", "x")
}

/// The places to cut at: around each block, and a few in between.
fn cuts(length: usize) -> Vec<usize> {
    let around = (0..length).filter(|at| matches!(at % 512, 0 | 1 | 511) || at % 97 == 0);
    // What is shorter than a header is not an archive at all.
    around.filter(|at| *at > 600).collect()
}

#[test]
fn a_cut_archive_is_never_a_smaller_one() {
    let shelf = Shelf::new();
    let image = Image::new([layer().close()]);
    let layout = Layout::of(&image).archive();
    // What ends an archive are two blocks of zeros, of which one has to be whole.
    let archive = |bytes: &[u8]| bytes.len() - 512;
    for (case, bytes, end) in [
        ("docker archive", image.docker(), archive(&image.docker())),
        ("OCI archive", layout.clone(), archive(&layout)),
        ("root file system", layer().close(), archive(&layer().close())),
        ("gzip", gzip(&layout), gzip(&layout).len()),
        ("zstd", zstd(&layout), zstd(&layout).len()),
    ] {
        let whole = run(&["inspect", &shelf.put("whole.tar", &bytes)]);
        assert_says(case, &whole, 0, &["package      api 1.0.0"]);
        for cut in cuts(bytes.len()) {
            let outcome = run(&["inspect", &shelf.put("cut.tar", &bytes[..cut])]);
            if cut < end {
                assert_cannot_tell(&format!("{case}, cut at {cut}"), &outcome, &[]);
            } else {
                assert_eq!(outcome.out, whole.out, "{case}, cut at {cut}");
            }
        }
    }
}

#[test]
fn a_layer_may_lack_its_padding_and_its_end() {
    let shelf = Shelf::new();
    let open = layer().open();
    let without_padding = open.len() - 511;
    for bytes in [&open[..], &open[..without_padding]] {
        for packed in [Image::new([bytes.to_vec()]), Image::new([bytes.to_vec()]).packed(gzip)] {
            let file = shelf.put("image.tar", &packed.docker());
            assert_says("open", &run(&["inspect", &file]), 0, &["package      api 1.0.0"]);
        }
    }
    let cut = Image::new([open[..without_padding - 1].to_vec()]);
    let outcome = run(&["inspect", &shelf.put("image.tar", &cut.docker())]);
    assert_cannot_tell("its content", &outcome, &["layer 1 of 1: it is cut off after"]);
}

#[test]
fn what_is_not_what_its_digest_names_is_damaged() {
    let shelf = Shelf::new();
    let image = Image::new([layer().close()]);
    let changed = |layout: &Layout, index: usize| {
        let mut layout = layout.clone();
        let blob = &mut layout.blobs[index].1;
        // In white space or a name: still a document, or a layer.
        let at = blob.windows(2).rposition(|two| two == b"am" || two == b"x\0").unwrap_or(9);
        blob[at] ^= 1;
        layout.archive()
    };
    let layout = Layout::of(&image);
    for (case, index) in [("the configuration", 1), ("the manifest", 2)] {
        let outcome = run(&["inspect", &shelf.put("image.tar", &changed(&layout, index))]);
        assert_cannot_tell(case, &outcome, &["is not the document that its digest names"]);
    }
    // Compressed layers are always held against their digest.
    for pack in [gzip, zstd] {
        let mut layout = Layout::of(&image.clone().packed(pack));
        let other = pack(&layer().file("app/y", "y").close());
        let blob = &mut layout.blobs[0].1;
        let length = blob.len();
        blob.clone_from(&other);
        let outcome = run(&["inspect", &shelf.put("image.tar", &layout.archive())]);
        let words = if other.len() == length { "its SHA-256 is" } else { "the manifest says" };
        assert_cannot_tell("a layer", &outcome, &[words]);
    }
    // Others where it is asked for.
    let plain = shelf.put("image.tar", &changed(&layout, 0));
    assert_says("not asked", &run(&["inspect", &plain]), 0, &["api 1.0.0"]);
    let outcome = run(&["inspect", &plain, "--verify-layers"]);
    assert_cannot_tell("asked", &outcome, &["layer 1 of 1: its SHA-256 is"]);
}

#[test]
fn a_compressed_layer_of_the_right_size_and_another_content_is_damaged() {
    let shelf = Shelf::new();
    // Stored, not compressed: both have one size.
    let pack = |bytes: &[u8]| {
        use std::io::Write as _;
        let level = flate2::Compression::none();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let one = pack(&layer().file("y", "y").close());
    let other = pack(&layer().file("y", "z").close());
    assert_eq!(one.len(), other.len());
    let mut image = Image::new([layer().close()]);
    image.layers = vec![one];
    let mut layout = Layout::of(&image);
    layout.blobs[0].1 = other;
    let outcome = run(&["inspect", &shelf.put("image.tar", &layout.archive())]);
    assert_cannot_tell("a layer", &outcome, &["layer 1 of 1: its SHA-256 is"]);
}

#[test]
fn the_configuration_in_an_archive_of_docker_has_its_digest_for_a_name() {
    let shelf = Shelf::new();
    let image = Image::new([layer().close()]);
    let name = format!("{}.json", sha256(b"another"));
    let change = |list: &mut serde_json::Value| list[0]["Config"] = json!(name);
    let archive = image.docker_with(change).file(&name, image.config.to_string()).close();
    let outcome = run(&["inspect", &shelf.put("image.tar", &archive)]);
    assert_cannot_tell("a name", &outcome, &["is not the document that its digest names"]);
}

#[test]
fn what_is_named_and_not_there_is_named() {
    let shelf = Shelf::new();
    let image = Image::new([layer().close()]);
    let change = |list: &mut serde_json::Value| list[0]["Layers"] = json!(["x/layer.tar"]);
    let outcome = run(&["inspect", &shelf.put("i.tar", &image.docker_with(change).close())]);
    assert_cannot_tell("lost", &outcome, &["`x/layer.tar` is named in it and is not there"]);
    let mut layout = Layout::of(&image);
    layout.blobs.remove(0);
    let outcome = run(&["inspect", &shelf.put("i.tar", &layout.archive())]);
    assert_cannot_tell("lost", &outcome, &["blobs/sha256/", "is named in it and is not there"]);
}
