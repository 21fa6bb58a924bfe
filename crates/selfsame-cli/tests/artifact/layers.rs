//! What upper layers do to lower ones.

use crate::pack::{Image, Shelf, Tar, commit, executable, facts};
use crate::run::{assert_cannot_tell, assert_says, run};
use selfsame_testing::command::Outcome;

fn old() -> Vec<u8> {
    executable(&facts('a'))
}

fn new() -> Vec<u8> {
    executable(&facts('b'))
}

fn inspect(layers: impl IntoIterator<Item = Tar>) -> Outcome {
    let image = Image::new(layers.into_iter().map(Tar::close));
    run(&["inspect", &Shelf::new().put("image.tar", &image.docker())])
}

#[test]
fn what_a_higher_layer_takes_away_is_not_in_the_image() {
    let base = || Tar::new().directory("app").directory("app/bin").file("app/bin/api", old());
    for (case, upper, words) in [
        ("a whiteout", Tar::new().file("app/bin/.wh.api", ""), "deleted `/app/bin/api`"),
        ("of a directory", Tar::new().file(".wh.app", ""), "deleted `/app`"),
        ("opaque", Tar::new().file("app/.wh..wh..opq", ""), "emptied `/app`"),
        ("opaque, itself", Tar::new().file("app/bin/.wh..wh..opq", ""), "emptied `/app/bin`"),
        ("the root, opaque", Tar::new().file(".wh..wh..opq", ""), "emptied `/`"),
        ("another file", Tar::new().file("app/bin/api", "#!/bin/sh\n"), "replaced `/app/bin/api`"),
        ("an empty file", Tar::new().file("app/bin/api", ""), "replaced `/app/bin/api`"),
        ("a directory", Tar::new().directory("app/bin/api"), "replaced `/app/bin/api`"),
        ("a file in it", Tar::new().file("app/bin/api/x", "x"), "replaced `/app/bin/api/x`"),
        ("a link above", Tar::new().symlink("app", "srv"), "replaced `/app`"),
    ] {
        let outcome = inspect([base(), upper]);
        let place = "there was one of `api` at `/app/bin/api`, and layer 2 of 2 ";
        assert_cannot_tell(case, &outcome, &["has no stamp", place, words]);
    }
}

#[test]
fn what_leaves_a_file_alone_leaves_it_in_the_image() {
    let base = || Tar::new().directory("app").file("app/api", old());
    for (case, upper) in [
        ("another whiteout", Tar::new().file("app/.wh.ap", "").file(".wh.ap", "")),
        ("what AUFS leaves", Tar::new().file(".wh..wh.plnk", "").file("app/.wh..wh.aufs", "")),
        ("the directory again", Tar::new().directory("app").directory("./app/")),
        ("a neighbour", Tar::new().file("app/api.old", "x").file("app.api", "x")),
    ] {
        assert_says(case, &inspect([base(), upper]), 0, &["/app/api, layer 1 of 2"]);
    }
}

#[test]
fn whiteouts_speak_of_lower_layers_only_wherever_they_stand() {
    let replaced = format!("hidden       /app/api of layer 1 (api, {})", &commit('a')[..12]);
    let base = || Tar::new().directory("app").file("app/api", old());
    for (case, upper) in [
        ("first", Tar::new().file("app/.wh..wh..opq", "").file("app/api", new())),
        ("last", Tar::new().file("app/api", new()).file("app/.wh..wh..opq", "")),
        ("whiteout first", Tar::new().file("app/.wh.api", "").file("app/api", new())),
        ("whiteout last", Tar::new().file("app/api", new()).file("app/.wh.api", "")),
    ] {
        let outcome = inspect([base(), upper]);
        let commit = commit('b');
        assert_says(case, &outcome, 0, &["/app/api, layer 2 of 2", &commit, &replaced]);
        assert_eq!(outcome.out.matches("package ").count(), 1, "{case}: {}", outcome.out);
    }
}

#[test]
fn a_hard_link_is_the_file_under_another_name() {
    let layer = Tar::new().file("app/api", old()).hardlink("usr/bin/api", "app/api");
    let outcome = inspect([layer, Tar::new().file("app/.wh.api", "")]);
    let words = ["file         /usr/bin/api, layer 1 of 2", "layer 2 of 2 deleted `/app/api`"];
    assert_says("a hard link", &outcome, 0, &words);
}

#[test]
fn a_damaged_stamp_counts_as_long_as_it_is_in_the_image() {
    let mut damaged = old();
    let at = damaged.windows(5).rposition(|bytes| bytes == b"1.0.0").unwrap();
    damaged[at] = b'2';
    let base = || Tar::new().file("app/api", &damaged);
    let outcome = inspect([base()]);
    assert_cannot_tell("damaged", &outcome, &["a stamp in `/app/api` is damaged"]);
    let outcome = inspect([base(), Tar::new().file("app/api", new())]);
    assert_says("replaced", &outcome, 0, &["/app/api, layer 2 of 2"]);
}

#[test]
fn the_instruction_that_made_a_layer_is_named() {
    let layers =
        [Tar::new().file("app/api", old()), Tar::new().file("app/.wh.api", "")].map(Tar::close);
    let mut image = Image::new(layers);
    image.config["history"] = serde_json::json!([
        { "created_by": "/bin/sh -c #(nop) COPY file:0 in /app/api " },
        { "created_by": "/bin/sh -c #(nop) CMD [\"/app/api\"]", "empty_layer": true },
        { "created_by": "/bin/sh -c rm /app/api" },
    ]);
    let outcome = run(&["inspect", &Shelf::new().put("image.tar", &image.docker())]);
    assert_cannot_tell("history", &outcome, &["layer 2 of 2 (RUN rm /app/api) deleted"]);
}
