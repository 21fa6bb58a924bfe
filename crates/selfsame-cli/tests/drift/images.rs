//! What an image is called, and what is in it.

use crate::asking::{assert_drift, assert_same, check, check_formats};
use crate::docker::{Container, Image, available, docker};
use crate::page;
use crate::shop::{Clone, Moment, built};

#[test]
fn row_6_the_build_cache_shipped_old_code() {
    if !available() {
        return;
    }
    // The image is new and its layer is not: what a cache does that goes by times.
    let clone = Clone::at(Moment::New);
    let image = Image::api(&built(Moment::Old), &[]);
    let running = Container::api(&image, &[]);
    let outcome = check(&clone.api(), &[running.url(), "--artifact", &image.spec()]);
    let words = ["1 commit behind [commit-behind]", "modules    missing: workflow", "--no-cache"];
    assert_drift(&outcome, "2, artifact", &words);
    page::shows(
        "the build cache shipped old code",
        "selfsame check \"$URL\" --source api --artifact docker://shop-api",
        &outcome,
    );

    let image = Image::api(&built(Moment::New), &["--no-cache"]);
    let running = Container::api(&image, &[]);
    assert_same(&check(&clone.api(), &[running.url(), "--artifact", &image.spec()]), &[]);
}

#[test]
fn row_7_a_label_says_the_new_commit_and_the_binary_is_old() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::New);
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let label = format!("org.opencontainers.image.revision={}", new.commit);
    let lying = Image::api(&old, &["--label", &label]);
    let format = "{{index .Config.Labels \"org.opencontainers.image.revision\"}}";
    assert_eq!(docker(&["inspect", "--format", format, &lying.tag]), new.commit);
    let variable = format!("SELFSAME_COMMIT={}", new.commit);
    let running = Container::api(&lying, &["--env", &variable]);
    let outcome = check(&clone.api(), &[running.url(), "--artifact", &lying.spec()]);
    let conflict = format!(
        "org.opencontainers.image.revision` contradicts the stamp: {} [label-contradicts-stamp]",
        new.commit
    );
    let words = ["[commit-behind]", &conflict];
    assert_drift(&outcome, "2, artifact", &words);
    page::shows(
        "a label lies",
        "selfsame check \"$URL\" --source api --artifact docker://shop-api",
        &outcome,
    );
    check_formats(&clone.api(), &[running.url(), "--artifact", &lying.spec()]);
    // Nor does a variable of the running container make it another.
    assert_drift(&check(&clone.api(), &[running.url()]), "3, running", &["[commit-behind]"]);

    let honest = Image::api(&new, &["--label", &label]);
    let running = Container::api(&honest, &[]);
    let outcome = check(&clone.api(), &[running.url(), "--artifact", &honest.spec()]);
    assert_same(&outcome, &[]);
    assert!(!outcome.out.contains("label-contradicts-stamp"), "{}", outcome.out);
}
