//! A process and the file that it was started from.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use filetime::FileTime;
use tempfile::TempDir;

use crate::asking::{assert_drift, assert_same, check, status, wait_for, wait_until};
use crate::page;
use crate::shop::{Built, Clone, Moment, TOKEN, built, can_be_built, workshop};
use selfsame_testing::command::{Outcome, install};
use selfsame_testing::service::Service;

/// Where a deploy script puts the service.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::with_prefix("selfsame-drift-").expect("a temporary directory"))
    }

    fn binary(&self) -> PathBuf {
        self.0.path().join("api")
    }

    /// Puts a binary there in one step, as a deploy script should.
    fn put(&self, built: &Built) {
        let beside = self.0.path().join("api.new");
        install(&built.api(), &beside);
        fs::rename(beside, self.binary()).expect("it can be renamed");
    }

    fn start(&self) -> Service {
        let service = Service::start(&self.binary(), &[("BACKOFFICE_TOKEN", TOKEN)]);
        // By then it knows where it was started from.
        wait_for(service.url());
        service
    }
}

#[test]
fn row_3_the_binary_is_replaced_and_the_process_not_restarted() {
    if !can_be_built() {
        return;
    }
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let clone = Clone::at(Moment::New);
    let place = Place::new();
    let artifact = place.binary();
    let artifact = artifact.to_str().expect("the path is UTF-8");

    // Written over by a rename, and the old one renamed away first.
    for renamed_away in [false, true] {
        place.put(&old);
        let service = place.start();
        if renamed_away {
            fs::rename(place.binary(), place.0.path().join("api.bak")).expect("it is there");
        }
        place.put(&new);
        let intact = format!("{}/__build?intact", service.url());
        wait_until("another look", || status(&intact, &[]) == "409");
        let outcome = check(&clone.api(), &[service.url(), "--artifact", artifact]);
        let words =
            ["2 artifact  same", "[not-restarted]", "[executable-replaced]", "restart the process"];
        assert_drift(&outcome, "3, running", &words);
        if !renamed_away {
            page::shows(
                "the process was not restarted",
                "selfsame check \"$URL\" --source api --artifact /srv/api",
                &shown(&outcome, artifact),
            );
        }
        // MatchMode what runs, it is all that there is to say.
        clone.checkout(Moment::Old);
        let outcome = check(&clone.api(), &[service.url()]);
        assert_drift(&outcome, "3, running", &["[executable-replaced]"]);
        clone.checkout(Moment::New);
        drop(service);
        let service = place.start();
        assert_same(&check(&clone.api(), &[service.url(), "--artifact", artifact]), &[]);
        // The same bytes once more are the same.
        place.put(&new);
        assert_same(&check(&clone.api(), &[service.url(), "--artifact", artifact]), &[]);
    }
}

/// The output with the binary where a reader has it.
fn shown(outcome: &Outcome, artifact: &str) -> Outcome {
    Outcome {
        code: outcome.code,
        out: outcome.out.replace(artifact, "/srv/api"),
        err: outcome.err.clone(),
    }
}

#[test]
fn row_4_the_new_process_could_not_bind() {
    if !can_be_built() {
        return;
    }
    let (old, new) = (built(Moment::Old), built(Moment::New));
    let clone = Clone::at(Moment::New);
    let service = Service::start(&old.api(), &[]);
    let deployed = std::time::SystemTime::now();
    let address = service.url().strip_prefix("http://").expect("it is an address").to_owned();
    let mut failed = Command::new(new.api());
    failed.env_clear().env("BACKOFFICE_LISTEN", &address);
    let output = failed.stdin(Stdio::null()).output().expect("it starts");
    assert!(!output.status.success(), "the port is taken");

    let outcome = check(&clone.api(), &[service.url()]);
    let commit = format!("commit {}", &old.commit[..12]);
    let words = ["[commit-behind]", &commit, "since ", "build and deploy what source says"];
    assert_drift(&outcome, "3, running", &words);
    page::shows("the new process could not bind", "selfsame check \"$URL\" --source api", &outcome);
    let since = outcome.out.split("since ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let since = humantime::parse_rfc3339(since.expect("it says since when")).expect("a time");
    assert!(since <= deployed, "it started before the deploy");

    drop(service);
    let service = Service::start(&new.api(), &[("BACKOFFICE_LISTEN", &address)]);
    assert_same(&check(&clone.api(), &[service.url()]), &[]);
}

#[test]
fn row_6_a_file_under_an_older_time_is_not_compiled_and_not_claimed() {
    if !can_be_built() {
        return;
    }
    let workshop = workshop();
    workshop.checkout(Moment::New);
    let build = || {
        let output = workshop.script("build").output().expect("bash runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let shop = workshop.repository.path();
    let check = || check(&shop.join("api"), &["--artifact", "image/api"]);
    build();
    assert_same(&check(), &[]);

    // Of the same length, and older than what was built: as cargo goes by times, nothing happened.
    let definitions = "api/src/modules/workflow/definitions.rs";
    workshop.repository.replace(definitions, "approve", "APPROVE");
    let long_ago = FileTime::from_unix_time(1_000_000_000, 0);
    filetime::set_file_mtime(shop.join(definitions), long_ago).expect("the time can be set");
    build();
    let words = [
        "modules    different: workflow",
        "M src/modules/workflow/definitions.rs",
        "[local-changes]",
    ];
    assert_drift(&check(), "2, artifact", &words);

    let now = FileTime::now();
    filetime::set_file_mtime(shop.join(definitions), now).expect("the time can be set");
    build();
    assert_same(&check(), &["[equal-with-changes]"]);
    workshop.checkout(Moment::New);
}
