//! What was compiled against what the commit holds.

use crate::asking::{assert_drift, assert_same, check, check_formats};
use crate::page;
use crate::shop::{Clone, Moment, built, can_be_built};
use selfsame_testing::service::Service;

#[test]
fn row_10_the_same_commit_with_different_content() {
    if !can_be_built() {
        return;
    }
    let (patched, new) = (built(Moment::Patched), built(Moment::New));
    assert_eq!(patched.commit, new.commit, "the commits are one");
    let clone = Clone::at(Moment::New);
    let service = Service::start(&patched.api(), &[]);
    let outcome = check(&clone.api(), &[service.url(), "--commit", "HEAD"]);
    let words = [
        "[content-differs]",
        "modules    different: workflow",
        "built with M src/modules/workflow/definitions.rs",
    ];
    assert_drift(&outcome, "3, running", &words);
    page::shows(
        "same commit, different content",
        "selfsame check \"$URL\" --source api --commit HEAD",
        &outcome,
    );

    check_formats(&clone.api(), &[service.url(), "--commit", "HEAD"]);

    let service = Service::start(&new.api(), &[]);
    assert_same(&check(&clone.api(), &[service.url(), "--commit", "HEAD"]), &[]);
}

#[test]
fn row_13_the_mod_line_is_missing() {
    if !can_be_built() {
        return;
    }
    let clone = Clone::at(Moment::NoModLine);
    let service = Service::start(&built(Moment::NoModLine).api(), &[]);
    let outcome = check(&clone.api(), &[service.url()]);
    let words =
        ["module `workflow` is not compiled in [module-not-compiled]", "add the `mod` line"];
    assert_drift(&outcome, "3, running", &words);
    page::shows("the mod line is missing", "selfsame check \"$URL\" --source api", &outcome);

    check_formats(&clone.api(), &[service.url()]);
    clone.checkout(Moment::New);
    let service = Service::start(&built(Moment::New).api(), &[]);
    assert_same(&check(&clone.api(), &[service.url()]), &[]);
}

#[test]
fn row_13_the_feature_is_off() {
    if !can_be_built() {
        return;
    }
    let clone = Clone::at(Moment::FeatureOff);
    let off = built(Moment::FeatureOff).api();
    let service = Service::start(&off, &[]);
    let artifact = off.to_str().expect("the path is UTF-8");
    let outcome = check(&clone.api(), &[service.url(), "--artifact", artifact]);
    let words = ["[module-not-compiled]", "feature = \"workflow\"", "turn on the feature"];
    assert_drift(&outcome, "2, artifact", &words);

    let on = built(Moment::FeatureOn).api();
    let service = Service::start(&on, &[]);
    let artifact = on.to_str().expect("the path is UTF-8");
    assert_same(&check(&clone.api(), &[service.url(), "--artifact", artifact]), &[]);
}
