//! One service in every kind of artifact.

use serde_json::{Value, json};

use crate::pack::{Image, Layout, Shelf, Tar, commit, executable, facts, gzip, zstd};
use crate::project::seal;
use crate::run::{assert_cannot_tell, assert_says, run};

/// A base, and above it a service.
fn layers() -> [Vec<u8>; 2] {
    let base = Tar::new().directory("etc/").file("etc/os-release", "ID=none\n").close();
    let app = Tar::new().directory("app/").file("app/api", executable(&facts('a'))).close();
    [base, app]
}

#[test]
fn an_image_is_read_in_whatever_archive_it_comes() {
    let image = Image::new(layers());
    let null = json!({ "schemaVersion": 2, "manifests": null });
    let lost = json!({ "schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": format!("sha256:{}", "0".repeat(64)),
        "size": 7,
    }] });
    let shelf = Shelf::new();
    for (case, kind, bytes) in [
        ("docker save", "docker archive", image.docker()),
        ("with links", "docker archive", image.docker_by_links()),
        ("since 25", "docker archive", image.docker_and_layout(&null)),
        ("since 25, lost", "docker archive", image.docker_and_layout(&lost)),
        ("docker save, gzip layers", "docker archive", image.clone().packed(gzip).docker()),
        ("docker save | gzip", "docker archive", gzip(&image.docker())),
        ("docker save | zstd", "docker archive", zstd(&image.docker())),
        ("oci", "OCI archive", Layout::of(&image).archive()),
        ("oci, gzip", "OCI archive", Layout::of(&image.clone().packed(gzip)).archive()),
        ("oci, zstd", "OCI archive", Layout::of(&image.clone().packed(zstd)).archive()),
        ("oci, all of it gzip", "OCI archive", gzip(&Layout::of(&image).archive())),
    ] {
        let file = shelf.put("image.tar", &bytes);
        let outcome = run(&["inspect", &file, "--verify-layers"]);
        let words = [
            &format!("artifact     {kind}, linux/amd64, 2 layers\n"),
            "\nfile         /app/api, layer 2 of 2\npackage      api 1.0.0\n",
            &format!("commit       {} (git)\n", commit('a')),
        ];
        assert_says(case, &outcome, 0, &words);
        assert_eq!(outcome.err, "", "{case}");
    }
}

#[test]
fn a_layout_is_read_in_a_directory() {
    let shelf = Shelf::new();
    let layout = shelf.path("layout");
    for pack in [gzip, zstd, <[u8]>::to_vec] {
        Layout::of(&Image::new(layers()).packed(pack)).write(&layout);
        let outcome = run(&["inspect", layout.to_str().unwrap()]);
        let words = ["artifact     OCI layout, linux/amd64, 2 layers", "/app/api, layer 2 of 2"];
        assert_says("a layout", &outcome, 0, &words);
    }
}

#[test]
fn a_root_file_system_is_read_as_archive_and_as_directory() {
    let shelf = Shelf::new();
    let root = Tar::new()
        .directory("./")
        .directory("./app")
        .file("./app/api", executable(&facts('a')))
        .symlink("./app/current", "api")
        .close();
    for (case, bytes) in [("plain", root.clone()), ("gzip", gzip(&root)), ("zstd", zstd(&root))] {
        let outcome = run(&["inspect", &shelf.put("root.tar", &bytes)]);
        let words =
            ["artifact     archive of a root file system\n", "file         /app/api\npackage"];
        assert_says(case, &outcome, 0, &words);
    }
    let directory = shelf.path("root");
    std::fs::create_dir_all(directory.join("app")).unwrap();
    std::fs::write(directory.join("app/api"), executable(&facts('a'))).unwrap();
    let outcome = run(&["inspect", directory.to_str().unwrap()]);
    let words = ["artifact     root file system\n", "file         /app/api\npackage"];
    assert_says("a directory", &outcome, 0, &words);
}

#[test]
fn a_binary_that_is_compressed_is_a_binary() {
    let shelf = Shelf::new();
    let plain = run(&["inspect", &shelf.put("api", &executable(&facts('a')))]);
    assert_says("plain", &plain, 0, &["package      api 1.0.0\n"]);
    for pack in [gzip, zstd] {
        let packed = run(&["inspect", &shelf.put("api.packed", &pack(&executable(&facts('a'))))]);
        assert_eq!((packed.code, &packed.out), (0, &plain.out));
    }
}

#[test]
fn every_stamp_is_a_line_of_json_that_says_where_it_lies() {
    let [base, app] = layers();
    let other = Tar::new().file("app/api", executable(&facts('b'))).close();
    let mut image = Image::new([base, app, other]);
    image.config["config"]["Labels"] = json!({ "org.opencontainers.image.revision": commit('a') });
    let shelf = Shelf::new();
    let outcome = run(&["inspect", "--json", &shelf.put("image.tar", &image.docker())]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let lines: Vec<Value> =
        outcome.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [seen, hidden] = &lines[..] else { panic!("{}", outcome.out) };
    assert_eq!(seen["path"], "/app/api");
    assert_eq!(seen["platform"], "linux/amd64");
    assert_eq!(seen["layer"], json!({ "number": 3, "of": 3, "made_by": null }));
    assert_eq!(seen["claims"][0]["agrees"], false);
    let stamp: Value = serde_json::from_str(seal(facts('b')).text()).unwrap();
    assert_eq!(seen["stamp"], stamp);
    assert_eq!(hidden["layer"]["number"], 2);
    assert_eq!(hidden["hidden"]["how"], "replaced");
    assert_eq!(hidden["hidden"]["layer"]["number"], 3);
}

#[test]
fn an_image_without_a_stamp_cannot_be_told() {
    let shelf = Shelf::new();
    let [base, _] = layers();
    let file = shelf.put("image.tar", &Image::new([base]).docker());
    assert_cannot_tell("no stamp", &run(&["inspect", &file]), &["has no stamp", "right image"]);
    let none = Image::new([]).docker_with(|manifest| manifest[0]["Layers"] = Value::Null).close();
    let file = shelf.put("image.tar", &none);
    assert_cannot_tell("no layers", &run(&["inspect", &file]), &["has no stamp"]);
}
