//! Directories inside an image.

use std::process::Command;

use serde_json::{Value, json};

use crate::pack::{Image, Shelf, Tar, gzip, zstd};
use crate::run::{assert_cannot_tell, assert_says, run};
use selfsame_testing::command::Outcome;

/// What the coreutils line says of these files.
fn expected(files: &[(&str, &str)]) -> String {
    let shelf = Shelf::new();
    std::fs::create_dir(shelf.path("root")).unwrap();
    for (name, text) in files {
        let path = shelf.path("root").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let line = "find . -type f ! -path '*/.*' -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum";
    let directory = shelf.path("root");
    let output = Command::new("sh").args(["-c", line]).current_dir(directory).output().unwrap();
    String::from_utf8_lossy(&output.stdout)[..64].to_owned()
}

fn tree(layers: &[Tar], at: &str) -> Outcome {
    let image = Image::new(layers.iter().cloned().map(Tar::close));
    let shelf = Shelf::new();
    let plain = run(&["inspect", &shelf.put("i.tar", &image.docker()), "--tree", at, "--json"]);
    for pack in [gzip, zstd] {
        let packed = image.clone().packed(pack).docker();
        let outcome = run(&["inspect", &shelf.put("i.tar", &packed), "--tree", at, "--json"]);
        assert_eq!((outcome.code, &outcome.out), (plain.code, &plain.out), "{}", outcome.err);
    }
    plain
}

#[track_caller]
fn assert_tree(outcome: &Outcome, files: &[(&str, &str)]) -> Value {
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let json: Value = serde_json::from_str(&outcome.out).expect("it is JSON");
    assert_eq!(json["sha256"], expected(files), "{json}");
    assert_eq!(json["files"], files.len(), "{json}");
    json
}

fn dist() -> Tar {
    Tar::new()
        .directory("app/")
        .directory("app/dist/")
        .file("app/dist/index.html", "<html>")
        .file("app/dist/modules/workflow/steps.js", "steps")
        .file("app/dist/modules/workflow/flow.js", "flow")
        .file("app/dist/.hidden/x", "x")
        .file("app/dist/.hidden-too", "x")
        .symlink("app/dist/latest.js", "modules/workflow/flow.js")
        .file("app/distant/x", "x")
}

const ALL: [(&str, &str); 3] = [
    ("index.html", "<html>"),
    ("modules/workflow/flow.js", "flow"),
    ("modules/workflow/steps.js", "steps"),
];

#[test]
fn a_directory_is_hashed_as_the_tree_hash_has_it() {
    assert_tree(&tree(&[dist()], "/app/dist"), &ALL);
    let plain =
        run(&["inspect", &Shelf::new().put("root.tar", &dist().close()), "--tree", "/app/dist/"]);
    let words = ["directory    /app/dist\n", &expected(&ALL), "files        3, 15 bytes\n"];
    assert_says("words", &plain, 0, &words);
}

#[test]
fn what_was_taken_away_is_named_with_its_layer() {
    let upper = Tar::new().file("app/dist/modules/.wh.workflow", "");
    let other = Tar::new().file("etc/motd", "hello");
    let outcome = tree(&[dist(), other.clone(), upper], "/app/dist");
    let json = assert_tree(&outcome, &ALL[..1]);
    let taken = "layer 3 of 3 deleted `/app/dist/modules/workflow` (2 files)";
    assert_eq!(json["taken"], json!([taken]));

    let gone = Tar::new().file("app/.wh.dist", "");
    let outcome = tree(&[dist(), gone.clone()], "/app/dist");
    let words = ["`/app/dist` is not a directory", "layer 2 of 2 deleted `/app/dist` (3 files)"];
    assert_cannot_tell("gone", &outcome, &words);

    let again = Tar::new().file("app/dist/index.html", "<html>");
    let json = assert_tree(&tree(&[dist(), gone, again], "/app/dist"), &ALL[..1]);
    assert_eq!(json["taken"][0], "layer 2 of 3 deleted `/app/dist` (2 files)");
}

#[test]
fn layers_add_up() {
    let upper = Tar::new().file("app/dist/index.html", "<new>").file("app/dist/more.js", "more");
    let files = [("index.html", "<new>"), ALL[1], ALL[2], ("more.js", "more")];
    let json = assert_tree(&tree(&[dist(), upper], "app/dist"), &files);
    assert_eq!(json["taken"], json!([]));
    let opaque = Tar::new().file("app/dist/more.js", "more").file("app/dist/.wh..wh..opq", "");
    assert_tree(&tree(&[dist(), opaque], "/app/dist"), &files[3..]);
}

#[test]
fn links_on_the_way_are_followed_inside_the_image() {
    for (case, link) in [
        ("relative", Tar::new().symlink("srv", "app")),
        ("absolute", Tar::new().symlink("srv", "/app")),
        ("of the directory", Tar::new().directory("srv").symlink("srv/dist", "../app/dist")),
        ("through another", Tar::new().symlink("srv", "opt").symlink("opt", "./app")),
    ] {
        let outcome = tree(&[dist(), link], "/srv/dist");
        assert_eq!(outcome.code, 0, "{case}: {}", outcome.err);
        assert_tree(&outcome, &ALL);
    }
    let circle = Tar::new().symlink("srv", "opt").symlink("opt", "srv");
    assert_cannot_tell("a circle", &tree(&[circle], "/srv/dist"), &["the links on the way"]);
}

#[test]
fn hard_links_have_the_content_of_what_they_link() {
    let lower = Tar::new().file("lib/flow.js", "flow");
    let upper = Tar::new().hardlink("dist/a.js", "lib/flow.js").hardlink("dist/b.js", "dist/a.js");
    let files = [("a.js", "flow"), ("b.js", "flow")];
    assert_tree(&tree(&[lower, upper.clone()], "/dist"), &files);
    let within = Tar::new().file("lib/flow.js", "flow");
    let within = within.hardlink("dist/a.js", "lib/flow.js").hardlink("dist/b.js", "dist/a.js");
    assert_tree(&tree(&[within], "/dist"), &files);
}

#[test]
fn a_relative_path_is_from_the_working_directory() {
    let mut image = Image::new([dist().close()]);
    image.config["config"]["WorkingDir"] = "/app".into();
    let file = Shelf::new();
    let outcome =
        run(&["inspect", &file.put("i.tar", &image.docker()), "--tree", "./dist", "--json"]);
    assert_tree(&outcome, &ALL);
}

#[test]
fn what_is_no_directory_is_no_empty_one() {
    let words = ["is not a directory in"];
    for at in ["/app/none", "/none", "/app/dist/index.html", "/app/dist/index.html/x"] {
        assert_cannot_tell(at, &tree(&[dist()], at), &words);
    }
    let empty = Tar::new().directory("app/empty");
    assert_tree(&tree(&[empty], "/app/empty"), &[]);
    let shelf = Shelf::new();
    let binary = shelf.put("api", b"\x7fELF");
    let outcome = run(&["inspect", &binary, "--tree", "/app"]);
    assert_cannot_tell("a binary", &outcome, &["is a single file"]);
}

#[cfg(unix)]
#[test]
fn a_root_file_system_in_a_directory_is_never_left() {
    let shelf = Shelf::new();
    let root = shelf.path("root");
    for (name, text) in ALL {
        let path = root.join("app/dist").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::os::unix::fs::symlink("/app", root.join("srv")).unwrap();
    std::os::unix::fs::symlink("../../../etc", root.join("out")).unwrap();
    let root = root.to_str().unwrap();
    for at in ["/app/dist", "/srv/dist"] {
        assert_tree(&run(&["inspect", root, "--tree", at, "--json"]), &ALL);
    }
    assert_cannot_tell("out", &run(&["inspect", root, "--tree", "/out"]), &["leads out of it"]);
}
