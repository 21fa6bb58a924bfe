//! Row 12: the clone that is compared with is what is old.

use crate::asking::{assert_drift, assert_same, check, check_formats};
use crate::page;
use crate::shop::{Clone, Moment, built, can_be_built};
use selfsame_testing::service::Service;

#[test]
fn row_12_the_clone_is_stale() {
    if !can_be_built() {
        return;
    }
    let clone = Clone::at(Moment::Old);
    let service = Service::start(&built(Moment::New).api(), &[]);
    let outcome = check(&clone.api(), &[service.url()]);
    let words = ["1 commit ahead [commit-ahead]", "update this clone"];
    assert_drift(&outcome, "3, running", &words);
    page::shows("the clone is stale", "selfsame check \"$URL\" --source api", &outcome);

    check_formats(&clone.api(), &[service.url()]);

    // Rolled back: source by decision, and then what runs.
    let service = Service::start(&built(Moment::Old).api(), &[]);
    assert_same(&check(&clone.api(), &[service.url()]), &[]);
    clone.checkout(Moment::New);
    let outcome = check(&clone.api(), &[service.url()]);
    assert_drift(&outcome, "3, running", &["[commit-behind]"]);
}

#[test]
fn row_12_the_clone_is_shallow_or_on_another_branch() {
    if !can_be_built() {
        return;
    }
    let shallow = Clone::with(Moment::New, &["--depth", "1"]);
    let old = Service::start(&built(Moment::Old).api(), &[]);
    let outcome = check(&shallow.api(), &[old.url()]);
    let words = ["[clone-shallow]", "git fetch --unshallow"];
    assert_drift(&outcome, "3, running", &words);
    page::shows("the clone is shallow", "selfsame check \"$URL\" --source api", &outcome);
    let new = Service::start(&built(Moment::New).api(), &[]);
    assert_same(&check(&shallow.api(), &[new.url()]), &[]);

    let diverged = Clone::at(Moment::NoModLine);
    let broken = Service::start(&built(Moment::Broken).api(), &[]);
    let outcome = check(&diverged.api(), &[broken.url()]);
    assert_drift(&outcome, "3, running", &["1 commit behind and 1 ahead [commit-diverged]"]);
}
