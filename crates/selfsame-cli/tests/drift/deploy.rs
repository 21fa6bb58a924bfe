//! The example to copy, `examples/compose`: its deploy script builds, recreates, gates and rolls back.

use crate::asking::{assert_same, check, status};
use crate::docker::{Compose, available};
use crate::shop::{Moment, ROUTE, workshop};

#[test]
fn a_deploy_is_gated_and_rolled_back() {
    if !available() {
        return;
    }
    let workshop = workshop();
    workshop.checkout(Moment::Old);
    let shop = workshop.repository.path().to_owned();
    let _ = std::fs::remove_file(shop.join(".deployed"));
    let compose = Compose::in_directory(&shop);
    let run = |script: &str, arguments: &[&str]| {
        let mut script = workshop.script(script);
        let script = script.envs(compose.variables()).env("PATIENCE", "20s").args(arguments);
        let output = script.output().expect("bash runs");
        compose.remember();
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    };
    let deployed = || std::fs::read_to_string(shop.join(".deployed")).unwrap_or_default();
    let path = ROUTE.split(' ').nth(1).expect("a path");

    let (code, said) = run("deploy", &[]);
    assert_eq!(code, Some(0), "{said}");
    let old = workshop.repository.head();
    assert_eq!(deployed().trim_end(), old);
    assert_eq!(status(&format!("{}{path}", compose.url("api")), &[]), "404");

    // Source moves on, and the gate says so as long as nobody deploys.
    workshop.checkout(Moment::New);
    let (code, said) = run("check", &[]);
    assert_eq!(code, Some(1), "{said}");
    let advice = "the image is older than source: build and recreate api, dashboard";
    assert!(said.contains(advice), "{said}");
    let (code, said) = run("deploy", &["--route", ROUTE]);
    assert_eq!(code, Some(0), "{said}");
    let new = workshop.repository.head();
    assert_eq!(deployed().trim_end(), new);
    assert_eq!(status(&format!("{}{path}", compose.url("api")), &[]), "401");

    // A line is lost: everything builds and starts, and the gate does not open.
    workshop.checkout(Moment::NoModLine);
    let (code, said) = run("deploy", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("[module-not-compiled]"), "{said}");
    assert!(said.contains(&format!("going back to {new}")), "{said}");
    assert_eq!(deployed().trim_end(), new);
    assert_eq!(status(&format!("{}{path}", compose.url("api")), &[]), "401");
    workshop.checkout(Moment::New);
    assert_same(&check(&shop.join("api"), &[&compose.url("api"), "--commit", "HEAD"]), &[]);
    drop(compose);
}
