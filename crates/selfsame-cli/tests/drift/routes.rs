//! Row 11: the code is there, and the route is not usable.

use crate::asking::{assert_drift, assert_same, assert_unknown, check, check_formats};
use crate::page;
use crate::shop::{Clone, Moment, ROUTE, TOKEN, built, can_be_built};
use selfsame_testing::service::Service;

const COMMAND: &str =
    "selfsame check \"$URL\" --source api --route 'GET /api/v1/workflows/steps/definitions'";

#[test]
fn row_11_the_module_is_compiled_in_and_not_merged() {
    if !can_be_built() {
        return;
    }
    let clone = Clone::at(Moment::Broken);
    let service = Service::start(&built(Moment::Broken).api(), &[("BACKOFFICE_TOKEN", TOKEN)]);
    let outcome = check(&clone.api(), &[service.url(), "--route", ROUTE]);
    let words =
        ["3 running   same", "404 Not Found [route-not-mounted]", "merge the module's router"];
    assert_drift(&outcome, "4, route", &words);
    page::shows("not merged", COMMAND, &outcome);

    check_formats(&clone.api(), &[service.url(), "--route", ROUTE]);

    // Mounted, and failing.
    let outcome = check(&clone.api(), &[service.url(), "--route", "GET /api/v1/billing/invoices"]);
    let words = ["500 Internal Server Error [route-fails]", "log"];
    assert_drift(&outcome, "4, route", &words);
    page::shows(
        "failing",
        "selfsame check \"$URL\" --source api --route 'GET /api/v1/billing/invoices'",
        &outcome,
    );
}

#[test]
fn row_11_behind_authentication_is_mounted() {
    if !can_be_built() {
        return;
    }
    let clone = Clone::at(Moment::New);
    let service = Service::start(&built(Moment::New).api(), &[("BACKOFFICE_TOKEN", TOKEN)]);
    let route =
        |more: &[&str]| check(&clone.api(), &[&[service.url(), "--route", ROUTE], more].concat());
    let outcome = route(&[]);
    assert_same(&outcome, &["401 Unauthorized [route-requires-credentials]", "none were given"]);
    page::shows("behind authentication", COMMAND, &outcome);
    assert_same(&route(&["--bearer-env", "BEARER"]), &["[auth-works]"]);
    // Credentials that are refused prove nothing of what is behind.
    let wrong = ["--header", "Authorization: Bearer another-token-altogether"];
    assert_unknown(&route(&wrong), "5, auth", &["401 Unauthorized [auth-refused]"]);
}
