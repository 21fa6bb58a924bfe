//! What labels, tags, annotations and variables say, and the stamp says otherwise.

use serde_json::json;

use crate::pack::{Image, Layout, Shelf, Tar, commit, executable, facts};
use crate::project::Project;
use crate::run::{assert_says, run};

fn image(digit: char) -> Image {
    Image::new([Tar::new().file("api", executable(&facts(digit))).close()])
}

#[test]
fn the_stamp_outranks_what_is_said_beside_it_and_the_conflict_is_named() {
    let shelf = Shelf::new();
    let label = "org.opencontainers.image.revision";
    let mut labelled = image('a');
    labelled.config["config"]["Labels"] = json!({ label: commit('b') });
    let mut variable = image('a');
    variable.config["config"]["Env"] = json!(["PATH=/bin", format!("GIT_SHA={}", commit('b'))]);
    let mut tagged = image('a');
    tagged.tags = vec!["r:5000/api:bbbbbbbbbbbb".to_owned()];
    let mut annotated = Layout::of(&image('a'));
    annotated.index["manifests"][0]["annotations"] = json!({ label: commit('b') });
    for (by, bytes) in [
        ("the label `org.opencontainers.image.revision`", labelled.docker()),
        ("the variable `GIT_SHA`", variable.docker()),
        ("the tag `r:5000/api:bbbbbbbbbbbb`", tagged.docker()),
        ("the annotation `org.opencontainers.image.revision`", annotated.archive()),
    ] {
        let outcome = run(&["inspect", &shelf.put("image.tar", &bytes)]);
        let conflict = format!("conflict     {by} says bbbbbbbbbbbb");
        let counts = format!("the stamp {}: the stamp counts\n", commit('a'));
        assert_says(by, &outcome, 0, &["claim        bbbb", &conflict, &counts]);
    }
    let mut agrees = image('a');
    agrees.config["config"]["Labels"] = json!({ label: commit('a') });
    agrees.tags = vec!["api:aaaaaaa".to_owned(), "api:20260101".to_owned()];
    let outcome = run(&["inspect", &shelf.put("image.tar", &agrees.docker())]);
    assert_says("it agrees", &outcome, 0, &["claim        aaaaaaa (the tag `api:aaaaaaa`)"]);
    assert!(!outcome.out.contains("conflict"), "{}", outcome.out);
}

#[test]
fn check_goes_by_the_stamp_and_names_the_label_that_lies() {
    let project = Project::new();
    let old = project.facts();
    project.repository.write("src/main.rs", "mod modules;\nfn main() { moved() }\n");
    project.repository.commit("Move on");
    let shelf = Shelf::new();
    let mut image = Image::new([Tar::new().file("app/api", executable(&old)).close()]);
    image.config["config"]["Labels"] =
        json!({ "org.opencontainers.image.revision": project.repository.head() });
    let file = shelf.put("image.tar", &image.docker());
    let arguments = ["check", "--source", &project.source(), "--artifact", &file, "--format=json"];
    let outcome = run(&arguments);
    assert_eq!(outcome.code, 1, "{}\n{}", outcome.out, outcome.err);
    outcome.finding("commit-behind");
    let lies = outcome.finding("label-contradicts-stamp");
    assert_eq!(lies["evidence"]["reason"], project.repository.head());

    // What tells the truth is not a conflict, and what is built from source is the same.
    let built = Image::new([Tar::new().file("app/api", executable(&project.facts())).close()]);
    image.layers = built.layers;
    image.config["rootfs"] = built.config["rootfs"].clone();
    shelf.put("image.tar", &image.docker());
    let outcome = run(&arguments);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.out, outcome.err);
    assert!(!outcome.out.contains("label-contradicts-stamp"), "{}", outcome.out);
}
