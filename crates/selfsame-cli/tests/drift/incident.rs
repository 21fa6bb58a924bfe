//! The incident, with its own commands: `api` and `dashboard` keep serving old images while source
//! moves on.

use std::path::Path;

use selfsame_testing::command;

use crate::asking::{assert_drift, assert_same, check, status};
use crate::docker::{Compose, available};
use crate::page;
use crate::shop::{Clone, Moment, ROUTE, TOKEN, built};

#[test]
fn the_image_is_rebuilt_and_the_container_is_not_recreated() {
    if !available() {
        return;
    }
    let clone = Clone::at(Moment::Old);
    clone.lay(&built(Moment::Old));
    let compose = Compose::in_directory(clone.path());
    compose.run(&["build"]);
    compose.run(&["up", "-d"]);
    let (api, dashboard) = (compose.url("api"), compose.url("dashboard"));
    let (image, files) = (compose.image("api"), compose.image("dashboard"));
    let of_api = |url: &str, more: &[&str]| {
        check(&clone.api(), &[&[url, "--artifact", &image], more].concat())
    };
    let of_dashboard = |url: &str| check(&clone.dashboard(), &[url, "--artifact", &files]);
    assert_same(&of_api(&api, &[]), &[]);
    assert_same(&of_dashboard(&dashboard), &["[served-files-equal]"]);

    // Source has `workflow`, the container lacks it, the route is 404, and everything is up.
    clone.checkout(Moment::New);
    let path = ROUTE.split(' ').nth(1).expect("a path");
    assert_eq!(status(&format!("{api}{path}"), &[]), "404");
    assert!(compose.run(&["ps"]).contains("Up"), "all looks well");
    let outcome = of_api(&api, &["--route", ROUTE]);
    let words = [
        "1 commit behind [commit-behind]",
        "modules    missing: workflow",
        "rebuild the image",
        "404 Not Found [route-not-mounted]",
    ];
    assert_drift(&outcome, "2, artifact", &words);
    let command = "selfsame check \"$URL\" --source api --artifact docker://shop-api:latest --route 'GET /api/v1/workflows/steps/definitions'";
    page::shows("image older than source", command, &outcome);
    let words = ["[commit-behind]", "changed    src/modules/workflow.js"];
    assert_drift(&of_dashboard(&dashboard), "2, artifact", &words);

    // Both services in one command.
    let both = |code: i32, verdicts: &str, next: &str| {
        let text = format!(
            "[service.api]\nsource = \"api\"\nartifact = \"{image}\"\nroutes = [\"{ROUTE}\"]\n\
             [service.dashboard]\nsource = \"dashboard\"\nartifact = \"{files}\"\n\
             [environment.production]\n\
             api = {{ at = [\"{}\"] }}\ndashboard = {{ at = [\"{}\"] }}\n",
            compose.url("api"),
            compose.url("dashboard")
        );
        std::fs::write(clone.path().join("selfsame.toml"), text).expect("it can be written");
        let binary = Path::new(env!("CARGO_BIN_EXE_selfsame"));
        let mut selfsame = command::command(binary, clone.path());
        let outcome = command::run(&mut selfsame, &["check", "production"]);
        assert_eq!(outcome.code, code, "{}{}", outcome.out, outcome.err);
        for words in [verdicts, next] {
            assert!(outcome.out.contains(words), "{words:?}:\n{}", outcome.out);
        }
    };
    both(1, "DRIFT production: 0 of 2 services", "next  build and recreate api, dashboard");

    // Only built. A restart is what everybody tries.
    clone.lay(&built(Moment::New));
    compose.run(&["build"]);
    compose.run(&["restart"]);
    let (api, dashboard) = (compose.url("api"), compose.url("dashboard"));
    let outcome = of_api(&api, &["--route", ROUTE]);
    let words = [
        "[not-recreated]",
        "recreate the container, since a restart keeps the old image",
        "404 Not Found [route-not-mounted]",
    ];
    assert_drift(&outcome, "3, running", &words);
    page::shows("built and not recreated", command, &outcome);
    let outcome = of_dashboard(&dashboard);
    let words = ["[not-deployed]", "if they are in a container, recreate it"];
    assert_drift(&outcome, "3, running", &words);
    let command =
        "selfsame check \"$URL\" --source dashboard --artifact docker://shop-dashboard:latest";
    page::shows("files not recreated", command, &outcome);

    both(
        1,
        "DRIFT production: 0 of 2 services",
        "next  recreate api, dashboard; a restart keeps the old image",
    );

    // Recreated: 404, 401, 200.
    compose.run(&["up", "-d"]);
    let (api, dashboard) = (compose.url("api"), compose.url("dashboard"));
    assert_eq!(status(&format!("{api}{path}"), &[]), "401");
    let bearer = format!("Authorization: Bearer {TOKEN}");
    assert_eq!(status(&format!("{api}{path}"), &["--header", &bearer]), "200");
    let outcome = of_api(&api, &["--route", ROUTE, "--bearer-env", "BEARER"]);
    assert_same(&outcome, &["[route-requires-credentials]", "[auth-works]"]);
    let command = "selfsame check \"$URL\" --source api --artifact docker://shop-api:latest --route 'GET /api/v1/workflows/steps/definitions' --bearer-env API_TOKEN";
    page::shows("recreated", command, &outcome);
    both(0, "same production: 2 of 2 services", "replicas");
    assert_same(&of_dashboard(&dashboard), &["[served-files-equal]"]);
}
