//! Archives that mean harm. Each is an error with a reason, and none of them a crash, a hang or a
//! file outside.

use serde_json::json;
use tar::EntryType;

use crate::pack::{
    Image, Layout, Shelf, Tar, descriptor, executable, facts, gzip, header, linked, sha256, zstd,
};
use crate::run::{assert_cannot_tell, assert_says, run};

/// Asserts that an image with this layer is refused, packed or not, and so is the layer alone.
#[track_caller]
fn assert_refused(case: &str, layer: &[u8], words: &[&str]) {
    let shelf = Shelf::new();
    let image = Image::new([layer.to_vec()]);
    let at = [&["layer 1 of 1: "][..], words].concat();
    assert_cannot_tell(case, &run(&["inspect", &shelf.put("i.tar", &image.docker())]), &at);
    for pack in [gzip, zstd] {
        let layout = Layout::of(&image.clone().packed(pack));
        let outcome = run(&["inspect", &shelf.put("i.tar", &layout.archive())]);
        assert_cannot_tell(case, &outcome, &at);
    }
    assert_cannot_tell(case, &run(&["inspect", &shelf.put("root.tar", layer)]), words);
}

fn good() -> Tar {
    Tar::new().file("app/api", executable(&facts('a')))
}

#[test]
fn a_path_that_leads_out_is_refused() {
    for name in ["../api", "app/../../api", "/../api", "app/..", ".."] {
        let layer = good().file(name, "x").close();
        assert_refused(name, &layer, &["leads out of the archive"]);
    }
    // From the root, as a process in the container has it.
    let image = Image::new([Tar::new().file("/app/api", executable(&facts('a'))).close()]);
    let file = Shelf::new();
    let outcome = run(&["inspect", &file.put("i.tar", &image.docker())]);
    assert_says("an absolute path", &outcome, 0, &["/app/api, layer 1 of 1"]);
}

#[test]
fn a_link_that_leads_out_is_refused() {
    let layer = good().symlink("app/x", "../../etc/passwd").close();
    assert_refused("a symbolic link", &layer, &["`/app/x` is a link to", "leads out"]);
    let layer = good().hardlink("app/x", "../etc/passwd").close();
    assert_refused("a hard link", &layer, &["`../etc/passwd` leads out of the archive"]);
}

#[test]
fn nothing_is_read_through_a_link() {
    let layer = Tar::new().symlink("app", "srv").file("app/api", executable(&facts('a'))).close();
    let words = ["`/app/api` lies below what the same layer has as a file or a link"];
    assert_refused("below a link", &layer, &words);
    let layer = good().symlink("app", "srv").close();
    assert_refused("a link later", &layer, &["app` stands twice in "]);
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let layer = good().file("./app//api", "x").close();
    assert_refused("twice", &layer, &["app/api` stands twice in "]);
    let layer = good().directory("app/api").close();
    assert_refused("a directory too", &layer, &["app/api` stands twice in "]);
    let image = Image::new([good().close()]);
    let twice = image.docker_with(|_| {}).file("./manifest.json", "[]").close();
    let outcome = run(&["inspect", &Shelf::new().put("i.tar", &twice)]);
    assert_cannot_tell("two lists", &outcome, &["`manifest.json` stands twice"]);
}

#[test]
fn a_whiteout_that_plays_tricks_is_refused() {
    for name in ["app/.wh.", "app/.wh..", "app/.wh..."] {
        assert_refused(name, &good().file(name, "").close(), &["is a whiteout of nothing"]);
    }
    let layer = good().file("app/.wh.x/api", "").close();
    assert_refused("below", &layer, &["`/app/.wh.x/api` lies below a whiteout"]);
}

#[test]
fn what_unpacks_without_an_end_is_stopped() {
    // A layer that says of itself how large it is.
    let mut huge = header("app/huge", EntryType::Regular, 0);
    huge.set_size(1 << 40);
    let layer = good().raw(&huge, b"").close();
    assert_refused("one file", &layer, &["has 1099511627776 bytes, 4294967296 at most"]);
    let shelf = Shelf::new();
    let bomb = Image::new([layer]).packed(gzip);
    let outcome = run(&["inspect", &shelf.put("i.tar.gz", &gzip(&bomb.docker()))]);
    assert_cannot_tell("in a gzip", &outcome, &["at most"]);
}

#[test]
fn sizes_that_are_no_sizes_are_refused() {
    for (case, field) in [
        ("negative", [0xff; 12]),
        ("beyond 64 bits", [0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("almost 64 bits", [0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("no number", *b"zzzzzzzzzzz\0"),
        ("a sign", *b"-0000000001\0"),
    ] {
        let mut odd = header("app/odd", EntryType::Regular, 0);
        odd.as_old_mut().size = field;
        let layer = good().raw(&odd, b"").close();
        assert_refused(case, &layer, &["a size that is negative, too large or no number"]);
    }
    let mut link = linked("app/x", EntryType::Link, "app/api");
    link.set_size(600);
    let layer = good().raw(&link, &[0; 600]).close();
    assert_refused("a link with content", &layer, &["has content and is not a file"]);
}

#[test]
fn files_with_holes_are_refused() {
    let layer = good().raw(&header("app/x", EntryType::GNUSparse, 0), b"").close();
    assert_refused("of GNU", &layer, &["stored with holes", "without --sparse"]);
    let record = pax("GNU.sparse.realsize", "1099511627776");
    let layer = extended(EntryType::XHeader, record.as_bytes()).file("app/x", "").close();
    assert_refused("in pax", &layer, &["stored with holes", "without --sparse"]);
}

fn pax(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let digits = (rest.len() + 2).to_string().len();
    format!("{}{rest}", rest.len() + digits)
}

fn extended(kind: EntryType, text: &[u8]) -> Tar {
    good().raw(&header("pax", kind, text.len()), text)
}

#[test]
fn extended_headers_are_read_with_limits() {
    let large = vec![b'0'; 2 << 20];
    for kind in [EntryType::XHeader, EntryType::GNULongName, EntryType::GNULongLink] {
        let layer = extended(kind, &large).file("app/x", "").close();
        assert_refused("too long", &layer, &["an extended header of 2097152 bytes"]);
    }
    for text in ["", "x", "5 x=y", "99 path=x\n", "0 path=x\n", "9 path=x\n\n", "3 \n"] {
        let layer = extended(EntryType::XHeader, text.as_bytes()).file("app/x", "").close();
        if !text.is_empty() {
            assert_refused(text, &layer, &["a malformed extended header"]);
        }
    }
    let path = pax("path", "../../api");
    let layer = extended(EntryType::XHeader, path.as_bytes()).file("app/x", "").close();
    assert_refused("a path", &layer, &["leads out of the archive"]);
    let size = pax("size", "18446744073709551615");
    let layer = extended(EntryType::XHeader, size.as_bytes()).file("app/x", "").close();
    assert_refused("a size", &layer, &["a malformed extended header"]);
    let path = pax("path", "app/api");
    let layer = extended(EntryType::XGlobalHeader, path.as_bytes()).file("app/x", "").close();
    assert_refused("global", &layer, &["a global header gives every entry one name"]);
    let layer = extended(EntryType::XHeader, pax("path", "app/y").as_bytes()).open();
    assert_refused("no entry", &layer, &["cut off", "behind an extended header"]);
}

#[test]
fn values_with_line_feeds_are_values() {
    let text = pax("SCHILY.xattr.security.capability", "\n\n3 x\n") + &pax("path", "srv/api");
    let layer = Tar::new()
        .raw(&header("pax", EntryType::XHeader, text.len()), text.as_bytes())
        .file("short", executable(&facts('a')))
        .close();
    let file = Shelf::new();
    let outcome = run(&["inspect", &file.put("root.tar", &layer)]);
    assert_says("pax", &outcome, 0, &["file         /srv/api\n"]);
}

#[test]
fn entries_behind_the_end_are_refused() {
    let mut layer = good().open();
    layer.resize(layer.len() + 512, 0);
    layer.extend(Tar::new().file("app/x", "x").close());
    assert_refused("behind the end", &layer, &["there are entries behind its end"]);
}

#[test]
fn entries_of_no_known_type_are_refused() {
    let layer = good().raw(&header("x", EntryType::new(b'M'), 0), b"").close();
    assert_refused("multi-volume", &layer, &["`x` is an entry of type `M`"]);
}

#[test]
fn documents_have_a_limit_and_have_to_be_what_they_are_called() {
    let shelf = Shelf::new();
    let image = Image::new([good().close()]);
    let long = image.docker_with(|list| list[0]["x"] = "x".repeat(5 << 20).into()).close();
    let outcome = run(&["inspect", &shelf.put("i.tar", &long)]);
    assert_cannot_tell("long", &outcome, &["`manifest.json` has", "4194304 at most"]);
    let mut deep = Layout::of(&image);
    deep.index = json!({ "manifests": [], "layers": [] });
    let outcome = run(&["inspect", &shelf.put("i.tar", &deep.archive())]);
    assert_cannot_tell("both", &outcome, &["an index and a manifest at once"]);
    for text in ["[", "[{}]", "[1]", "[[[[[["] {
        let tar = Tar::new().file("manifest.json", text).close();
        let outcome = run(&["inspect", &shelf.put("i.tar", &tar)]);
        assert_cannot_tell(text, &outcome, &["`manifest.json` is not what it should be"]);
    }
    let nested = "[".repeat(100_000);
    let tar = Tar::new().file("manifest.json", nested).close();
    let outcome = run(&["inspect", &shelf.put("i.tar", &tar)]);
    assert_cannot_tell("nested", &outcome, &["`manifest.json` is not what it should be"]);
}

#[test]
fn documents_lead_nowhere_but_into_the_archive() {
    let shelf = Shelf::new();
    let image = Image::new([good().close()]);
    for path in ["../secret", "/../secret", "x/../../secret"] {
        let change = |list: &mut serde_json::Value| list[0]["Layers"] = json!([path]);
        let outcome = run(&["inspect", &shelf.put("i.tar", &image.docker_with(change).close())]);
        assert_cannot_tell(path, &outcome, &["leads out of the archive"]);
    }
    let mut layout = Layout::of(&image);
    layout.index["manifests"][0]["digest"] = "sha256:../../../etc/passwd".into();
    let outcome = run(&["inspect", &shelf.put("i.tar", &layout.archive())]);
    assert_cannot_tell("a digest", &outcome, &["is not sha256:"]);
    // Links among the members, in a circle.
    let circle = Tar::new().symlink("a", "b").symlink("b", "a");
    let list = json!([{ "Config": "a", "RepoTags": null, "Layers": [] }]);
    let circle = circle.file("manifest.json", list.to_string()).close();
    let outcome = run(&["inspect", &shelf.put("i.tar", &circle)]);
    assert_cannot_tell("a circle", &outcome, &["lead in a circle"]);
}

#[cfg(unix)]
#[test]
fn a_layout_leads_nowhere_but_into_its_directory() {
    let shelf = Shelf::new();
    let image = Image::new([good().close()]);
    let directory = shelf.path("layout");
    Layout::of(&image).write(&directory);
    let blob = directory.join(format!("blobs/sha256/{}", sha256(&image.layers[0])));
    let outside = shelf.path("outside");
    std::fs::rename(&blob, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &blob).unwrap();
    let outcome = run(&["inspect", directory.to_str().unwrap()]);
    assert_cannot_tell("a link", &outcome, &["is a link that leads out of the layout"]);
    std::fs::remove_file(&blob).unwrap();
    std::fs::create_dir(&blob).unwrap();
    let outcome = run(&["inspect", directory.to_str().unwrap()]);
    assert_cannot_tell("a directory", &outcome, &["not a regular file"]);
}

#[test]
fn archives_from_before_docker_1_10_are_refused() {
    let tar = Tar::new().file("repositories", r#"{"api":{"latest":"../x"}}"#).close();
    let outcome = run(&["inspect", &Shelf::new().put("i.tar", &tar)]);
    assert_cannot_tell("the oldest", &outcome, &["before 1.10", "save the image again"]);
}

#[test]
fn what_the_documents_say_of_each_other_has_to_be_true() {
    let shelf = Shelf::new();
    let mut image = Image::new([good().close()]);
    image.config["rootfs"]["diff_ids"] = json!([]);
    let outcome = run(&["inspect", &shelf.put("i.tar", &image.docker())]);
    assert_cannot_tell("diff_ids", &outcome, &["speaks of 0 layers, and 1 are listed"]);

    let image = Image::new([good().close()]);
    let (mut manifest, blobs) = image.blobs();
    manifest["layers"][0]["size"] = 7.into();
    let manifest = manifest.to_string().into_bytes();
    let mut layout = Layout::new();
    blobs.iter().chain([&manifest]).for_each(|blob| layout.blob(blob));
    layout.name(descriptor(&manifest, crate::pack::MANIFEST));
    let outcome = run(&["inspect", &shelf.put("i.tar", &layout.archive())]);
    assert_cannot_tell("size", &outcome, &["the manifest says 7"]);
}

#[test]
fn terminals_are_not_steered_by_names() {
    let layer = Tar::new().file("app/\u{1b}[31mapi", executable(&facts('a'))).close();
    let outcome = run(&["inspect", &Shelf::new().put("root.tar", &layer)]);
    assert_says("a name", &outcome, 0, &["/app/\\u{1b}[31mapi"]);
    assert!(!outcome.out.contains('\u{1b}'));
}
