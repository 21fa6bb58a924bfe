//! One budget for each artifact: what it names again and again is not read again and again.

use std::path::Path;

use selfsame::stamp::Shipped;
use serde_json::json;
use tar::EntryType;

use crate::pack::{Image, Shelf, Tar, executable, facts, gzip, header};
use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame};

/// Each run has a minute, see `finish`.
#[test]
fn a_layer_is_read_once_for_all_that_was_shipped() {
    let mut facts = facts('a');
    let shipped = |number: usize| {
        let name = format!("d{number:03}");
        let at = format!("/app/dirs/{name}");
        let mut shipped = Shipped::new(&name, &name, &at);
        shipped.sha256 = Some("0".repeat(64).parse().expect("a digest"));
        shipped.files = 1;
        shipped
    };
    facts.shipped = (0..400).map(shipped).collect();
    let layer = Tar::new()
        .file("app/api", executable(&facts))
        .file("app/zeros", vec![0; 16 << 20])
        .file("app/dirs/d399/file", "x")
        .close();
    let image = Image::new([layer]).packed(gzip);
    let shelf = Shelf::new();
    let archive = shelf.put("image.tar", &image.docker());
    assert!(Path::new(&archive).metadata().expect("it is there").len() < 1 << 20);
    let commit = facts.commit.as_ref().expect("it is known").to_string();
    let outcome = run(&["check", "--artifact", &archive, "--commit", &commit]);
    assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
}

#[test]
fn whiteouts_that_are_repeated_take_no_longer() {
    let mut layer = Tar::new();
    for number in 0..40_000 {
        layer = layer.file(&format!("app/dist/{number}"), "");
    }
    for _ in 0..40_000 {
        layer = layer.file("app/dist/.wh..wh..opq", "");
    }
    let layer = layer.file("app/api", executable(&facts('a'))).close();
    let archive = Shelf::new();
    let archive = archive.put("image.tar", &Image::new([layer]).docker());
    let outcome = run(&["inspect", &archive, "--tree", "/app/dist"]);
    assert_says("a directory", &outcome, 0, &["files        40000"]);
}

#[test]
fn max_size_raises_what_an_artifact_may_unpack_to() {
    let mut large = header("app/large", EntryType::Regular, 0);
    large.set_size(2 << 30);
    let layer = Tar::new().raw(&large, b"").close();
    let shelf = Shelf::new();
    let archive = shelf.put("root.tar", &layer);
    let outcome = run(&["inspect", &archive, "--max-size", "1"]);
    let words = ["has 2147483648 bytes, 1073741824 at most", "--max-size"];
    assert_cannot_tell("1 GiB", &outcome, &words);
    // It lies: there is nothing of it.
    let outcome = run(&["inspect", &archive]);
    assert_cannot_tell("4 GiB", &outcome, &["it is cut off"]);
}

#[test]
fn a_packed_file_that_is_no_archive_needs_no_temporary_file() {
    let shelf = Shelf::new();
    let binary = shelf.put("api.gz", &gzip(&executable(&facts('a'))));
    let mut command = selfsame();
    command.env("TMPDIR", "/nowhere").args(["inspect", &binary]);
    assert_says("a binary", &finish(&mut command), 0, &["api 1.0.0"]);
}

#[test]
fn an_archive_names_no_more_images_than_a_layout_may() {
    let image = Image::new([Tar::new().file("app/api", executable(&facts('a'))).close()]);
    let archive = image.docker_with(|manifest| {
        let one = manifest[0].clone();
        let many = (0..300).map(|number| {
            let mut other = one.clone();
            other["Layers"] = json!([number.to_string()]);
            other
        });
        *manifest = many.collect();
    });
    let shelf = Shelf::new();
    let outcome = run(&["inspect", &shelf.put("image.tar", &archive.close())]);
    assert_cannot_tell("300 images", &outcome, &["it names 300 images, 256 at most"]);
}

#[test]
fn an_image_has_no_more_layers_than_the_limit() {
    let layer = Tar::new().file("app/api", executable(&facts('a'))).close();
    let archive = |layers: usize| {
        let mut image = Image::new([layer.clone()]);
        let id = image.config["rootfs"]["diff_ids"][0].clone();
        image.config["rootfs"]["diff_ids"] = vec![id; layers].into();
        let archive = image.docker_with(|manifest| {
            let path = manifest[0]["Layers"][0].clone();
            manifest[0]["Layers"] = vec![path; layers].into();
        });
        archive.close()
    };
    let shelf = Shelf::new();
    let outcome = run(&["inspect", &shelf.put("image.tar", &archive(513))]);
    assert_cannot_tell("513 layers", &outcome, &["it has 513 layers, 512 at most"]);
    let outcome = run(&["inspect", &shelf.put("image.tar", &archive(20))]);
    assert_says("20 layers", &outcome, 0, &["20 layers"]);
}
