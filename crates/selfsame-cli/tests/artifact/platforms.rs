//! Several images in one place.

use serde_json::{Value, json};

use crate::pack::{INDEX, Image, Layout, Shelf, Tar, commit, descriptor, executable, facts};
use crate::run::{assert_cannot_tell, assert_says, run};

fn image(digit: char, architecture: &str) -> Image {
    Image::new([Tar::new().file("api", executable(&facts(digit))).close()]).on(architecture)
}

/// Two images, an attestation, and an entry whose blobs are not there.
fn layout() -> Layout {
    let mut layout = Layout::new();
    for (digit, architecture) in [('a', "amd64"), ('b', "arm64")] {
        let descriptor = layout.add(&image(digit, architecture));
        layout.name(descriptor);
    }
    let mut attestation = descriptor(b"{}", crate::pack::MANIFEST);
    attestation["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    attestation["annotations"] = json!({ "vnd.docker.reference.type": "attestation-manifest" });
    layout.name(attestation);
    let mut lost = descriptor(b"lost", crate::pack::MANIFEST);
    lost["platform"] = json!({ "os": "linux", "architecture": "s390x" });
    layout.name(lost);
    layout
}

/// The same behind an index in the index.
fn nested(layout: &Layout) -> Layout {
    let mut nested = layout.clone();
    let index = layout.index.to_string().into_bytes();
    nested.blob(&index);
    nested.index["manifests"] = json!([descriptor(&index, INDEX)]);
    nested
}

#[test]
fn one_of_several_is_chosen_by_platform_or_none() {
    let shelf = Shelf::new();
    for (case, layout) in [("an index", layout()), ("an index in an index", nested(&layout()))] {
        let file = shelf.put("image.tar", &layout.archive());
        let outcome = run(&["inspect", &file]);
        assert_cannot_tell(case, &outcome, &["linux/amd64, linux/arm64; choose by --platform"]);
        for (platform, digit) in [("linux/amd64", 'a'), ("linux/arm64", 'b')] {
            let outcome = run(&["inspect", &file, "--platform", platform]);
            let words = [&format!("OCI archive, {platform}, 1 layer\n"), &commit(digit)[..]];
            assert_says(case, &outcome, 0, &words);
        }
        let outcome = run(&["inspect", &file, "--platform", "linux/riscv64"]);
        assert_cannot_tell(case, &outcome, &["no image for linux/riscv64: there is linux/amd64"]);
    }
    let outcome = run(&["inspect", "x", "--platform", "amd64"]);
    assert_eq!(outcome.code, 64);
    assert!(outcome.err.contains("OS/ARCHITECTURE"), "{}", outcome.err);
}

#[test]
fn indexes_nest_so_deep_and_no_deeper() {
    let mut layout = layout();
    layout.index["manifests"].as_array_mut().unwrap().truncate(1);
    let shelf = Shelf::new();
    for depth in 1..6 {
        let outcome = run(&["inspect", &shelf.put("image.tar", &layout.archive())]);
        if depth <= 4 {
            assert_says("nested", &outcome, 0, &[&commit('a')]);
        } else {
            assert_cannot_tell("nested", &outcome, &["nested deeper than 4"]);
        }
        layout = nested(&layout);
    }
}

#[test]
fn an_index_that_names_nothing_that_is_there_is_no_image() {
    let shelf = Shelf::new();
    let mut layout = layout();
    layout.index["manifests"].as_array_mut().unwrap().drain(..3);
    let outcome = run(&["inspect", &shelf.put("image.tar", &layout.archive())]);
    assert_cannot_tell("lost", &outcome, &["names linux/s390x and holds none", "save the image"]);
    for none in [Value::Null, json!([])] {
        layout.index["manifests"] = none;
        let outcome = run(&["inspect", &shelf.put("image.tar", &layout.archive())]);
        assert_cannot_tell("empty", &outcome, &["holds no image"]);
    }
}

#[test]
fn several_images_of_docker_save_are_told_apart() {
    let shelf = Shelf::new();
    let both = |one: &Image, other: &Image| {
        let mut manifest = Value::Null;
        let first = one.docker_with(|first| manifest = first.clone()).open();
        let mut second = Value::Null;
        let rest = other.docker_with(|other| second = other.clone()).open();
        manifest.as_array_mut().unwrap().append(second.as_array_mut().unwrap());
        // Each ends with its own list, which is left out.
        let cut = |tar: Vec<u8>, list: usize| {
            let list = list.next_multiple_of(512) + 512;
            tar[..tar.len() - list].to_vec()
        };
        let length = |image: &Image| {
            let mut length = 0;
            let _ = image.docker_with(|manifest| length = manifest.to_string().len());
            length
        };
        let mut bytes = cut(first, length(one));
        bytes.extend(cut(rest, length(other)));
        bytes.extend(Tar::new().file("manifest.json", manifest.to_string()).close());
        shelf.put("images.tar", &bytes)
    };
    let file = both(&image('a', "amd64"), &image('b', "arm64"));
    let outcome = run(&["inspect", &file]);
    assert_cannot_tell("platforms", &outcome, &["(linux/arm64)", "choose by --platform"]);
    let outcome = run(&["inspect", &file, "--platform", "linux/arm64"]);
    assert_says("platforms", &outcome, 0, &[&commit('b')]);

    let mut other = image('b', "amd64");
    other.tags = vec!["web:latest".to_owned()];
    let outcome = run(&["inspect", &both(&image('a', "amd64"), &other)]);
    assert_cannot_tell("tags", &outcome, &["api:latest", "web:latest", "save one of them alone"]);
}
