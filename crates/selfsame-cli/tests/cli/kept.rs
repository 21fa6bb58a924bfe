//! The list of routes that is kept in source, against what is mounted.

use selfsame::report::Level;
use selfsame::routes::{Inventory, Routes};
use selfsame::stamp::{Facts, Scope};

use serde_json::json;

use crate::project::{Project, report_with};
use crate::run;
use selfsame_testing::command::Outcome;

/// A project that keeps a list of routes, and what a build of it says.
fn project(list: &str) -> (Project, Facts) {
    let project = Project::new();
    project.repository.write("src/routes.txt", list);
    project.repository.commit("Keep the routes");
    let mut scope = Scope::default();
    scope.routes = Some("src/routes.txt".to_owned());
    let mut facts = project.facts_under(scope);
    facts.routes = Some(list.parse().expect("it is a list"));
    (project, facts)
}

fn check(project: &Project, facts: Facts, mounted: &Routes, source: bool) -> Outcome {
    let path = project.beside("report.json");
    std::fs::write(&path, report_with(facts, Level::Full, mounted)).expect("it can be written");
    let report = path.to_str().expect("the path is UTF-8");
    let directory = project.source();
    let mut arguments = vec!["check", "--format=json", "--report", report];
    if source {
        arguments.extend(["--source", &directory]);
    }
    run::run(&arguments)
}

fn mounted(list: &str) -> Routes {
    Routes::Listed(list.parse::<Inventory>().expect("it is a list"))
}

#[test]
fn a_list_that_is_mounted_line_by_line_is_same() {
    let list = "GET /api/v1/billing/invoices\nPOST /api/v1/workflows\n";
    let (project, facts) = project(list);
    let outcome = check(&project, facts, &mounted(list), true);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.finding("route-list-equal")["verdict"], "same");
}

#[test]
fn what_is_not_mounted_and_what_is_not_expected_are_named() {
    for source in [true, false] {
        let (project, facts) = project("GET /api/v1/billing/invoices\nPOST /api/v1/workflows\n");
        let running = mounted("GET /api/v1/billing/invoices\nGET /debug\n");
        let outcome = check(&project, facts, &running, source);
        assert_eq!(outcome.code, 1, "{outcome:?}");
        let route = &outcome.finding("route-list-differs")["evidence"]["route"];
        assert_eq!(route["missing"], json!(["POST /api/v1/workflows"]));
        assert_eq!(route["unexpected"], json!(["GET /debug"]));
    }
}

#[test]
fn the_list_of_source_is_the_one_that_counts() {
    let (project, facts) = project("GET /api/v1/billing/invoices\n");
    let running = mounted("GET /api/v1/billing/invoices\n");
    project
        .repository
        .write("src/routes.txt", "GET /api/v1/billing/invoices\nGET /api/v1/workflows\n");
    project.repository.commit("Add workflows");
    let outcome = check(&project, facts, &running, true);
    assert_eq!(outcome.document()["begin"], "running", "the content differs too");
    let route = &outcome.finding("route-list-differs")["evidence"]["route"];
    assert_eq!(route["missing"], json!(["GET /api/v1/workflows"]));
}

#[test]
fn without_an_inventory_nothing_is_said_of_the_list() {
    let (project, facts) = project("GET /api/v1/billing/invoices\n");
    let outcome = check(&project, facts, &Routes::unavailable("the canary died"), true);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let finding = outcome.finding("route-list-unknown");
    assert_eq!(finding["evidence"]["reason"], "the canary died");
}

#[test]
fn a_list_that_lies_outside_of_source_is_not_read() {
    let (project, mut facts) = project("GET /api/v1/billing/invoices\n");
    std::fs::write(project.beside("secret.txt"), "nothing for you\n").expect("it can be written");
    facts.scope.routes = Some("../secret.txt".to_owned());
    let routes = mounted("GET /api/v1/billing/invoices\n");
    let outcome = check(&project, facts, &routes, true);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.out.contains("is it the stamp of another program?"), "{outcome:?}");
    assert!(!format!("{outcome:?}").contains("nothing for you"), "{outcome:?}");
}
