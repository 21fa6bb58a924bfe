//! Built files behind a web server as many people have it: nginx, which compresses, and answers a
//! path that it does not know with the page of a single-page app.

use std::fs;

use tempfile::TempDir;

use crate::asking::{assert_drift, assert_same, check, status, wait_for};
use crate::servers::Server;
use crate::shop::{Clone, Moment, built, can_be_built, copy_files};
use selfsame_testing::requirements::have;

#[test]
fn what_nginx_serves_is_fetched_and_hashed() {
    if !can_be_built() || !have("nginx") {
        return;
    }
    let clone = Clone::at(Moment::New);
    let directory = TempDir::with_prefix("selfsame-drift-").expect("a temporary directory");
    let html = directory.path().join("html");
    copy_files(&built(Moment::New).dist(), &html);
    let nginx = Server::of_files(&html);
    wait_for(&nginx.url());
    let outcome = check(&clone.dashboard(), &[&nginx.url()]);
    assert_same(&outcome, &["4 served files equal the stamp [served-files-equal]"]);

    // The file is gone, and its path still answers 200.
    fs::remove_file(html.join("modules/workflow.js")).expect("it is there");
    assert_eq!(status(&format!("{}/modules/workflow.js", nginx.url()), &[]), "200");
    let outcome = check(&clone.dashboard(), &[&nginx.url()]);
    let words =
        ["[served-files-differ]", "missing: modules/workflow.js (the page for unknown paths"];
    assert_drift(&outcome, "3, running", &words);

    // Other files under the right stamp.
    copy_files(&built(Moment::New).dist(), &html);
    fs::write(html.join("app.js"), "fetch(\"https://example.org\")").expect("it can be written");
    let outcome = check(&clone.dashboard(), &[&nginx.url()]);
    assert_drift(&outcome, "3, running", &["changed: app.js"]);

    // Older files with their own stamp, copied whole.
    fs::remove_dir_all(&html).expect("it can be removed");
    copy_files(&built(Moment::Old).dist(), &html);
    let outcome = check(&clone.dashboard(), &[&nginx.url()]);
    assert_drift(&outcome, "3, running", &["1 commit behind [commit-behind]"]);
}
