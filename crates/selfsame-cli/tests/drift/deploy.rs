//! The example to copy, `examples/compose`: its deploy script builds, recreates, gates and rolls back.

use std::path::Path;

use selfsame_testing::command;

use crate::asking::{assert_same, check, status};
use crate::docker::{Compose, available};
use crate::shop::{Moment, ROUTE, workshop};

#[test]
fn a_deploy_is_gated_and_rolled_back() {
    if !available() {
        return;
    }
    let workshop = workshop();
    let shop = workshop.repository.path().to_owned();
    let _ = std::fs::remove_file(shop.join(".deployed"));
    let compose = Compose::in_directory(&shop);
    let [(_, project), ..] = compose.variables();
    // Tests run next to each other, so that the project has a name of its own.
    let checkout = |moment| {
        workshop.checkout(moment);
        let ours = format!("compose://{project}/");
        workshop.repository.replace("selfsame.toml", "compose://shop/", &ours);
    };
    checkout(Moment::Old);
    let run = |script: &str, arguments: &[&str]| {
        let mut script = workshop.script(script);
        let script = script.envs(compose.variables()).env("PATIENCE", "20s").args(arguments);
        let output = script.output().expect("bash runs");
        compose.remember();
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    };
    let check_shop = || {
        let mut selfsame = command::command(Path::new(env!("CARGO_BIN_EXE_selfsame")), &shop);
        command::run(&mut selfsame, &["check", "shop"])
    };
    let deployed = || std::fs::read_to_string(shop.join(".deployed")).unwrap_or_default();
    let path = ROUTE.split(' ').nth(1).expect("a path");

    let (code, said) = run("deploy", &[]);
    assert_eq!(code, Some(0), "{said}");
    let old = workshop.repository.head();
    assert_eq!(deployed().trim_end(), old);
    assert_eq!(status(&format!("{}{path}", compose.url("api")), &[]), "404");

    // Source moves on, and the gate says so as long as nobody deploys.
    checkout(Moment::New);
    let outcome = check_shop();
    assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("DRIFT shop: 0 of 2 services"), "{}", outcome.out);
    assert!(outcome.out.contains("next  build and recreate api, dashboard"), "{}", outcome.out);
    let (code, said) = run("deploy", &["--route", ROUTE]);
    assert_eq!(code, Some(0), "{said}");
    let new = workshop.repository.head();
    assert_eq!(deployed().trim_end(), new);
    assert_eq!(status(&format!("{}{path}", compose.url("api")), &[]), "401");

    // A line is lost: everything builds and starts, and the gate does not open.
    checkout(Moment::NoModLine);
    let (code, said) = run("deploy", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("[module-not-compiled]"), "{said}");
    assert!(said.contains(&format!("going back to {new}")), "{said}");
    assert_eq!(deployed().trim_end(), new);
    assert_eq!(status(&format!("{}{path}", compose.url("api")), &[]), "401");
    checkout(Moment::New);
    assert_same(&check(&shop.join("api"), &[&compose.url("api"), "--commit", "HEAD"]), &[]);
    drop(compose);
}
