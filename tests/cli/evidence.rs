//! Rungs 4 and 5: what each status code comes to, beside the inventory and beside what a path that
//! does not exist answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{any, delete, get, post};
use selfsame::{Level, RouterExt as _, SelfCheck};
use serde_json::Value;

use crate::run::{finish, selfsame};
use crate::support::serving::Serving;

const BEARER: &str = "bearer-of-the-tests";

/// One rung's verdict with what it says.
#[derive(Debug)]
struct Said {
    verdict: String,
    text: String,
}

/// What the command makes of a route: rung 4, rung 5, and the exit code.
#[derive(Debug)]
struct Read {
    code: i32,
    exposed: Said,
    auth: Said,
}

/// A service with the report, its routes listed to everybody or to nobody.
fn with_report(router: Router, listed: bool) -> Router {
    let level = if listed { Level::Full } else { Level::Summary };
    router.selfsame(SelfCheck::new(selfsame::stamp!()).public(level))
}

fn read(router: Router, route: &str, more: &[&str]) -> Read {
    let service = Serving::start(router);
    let mut command = selfsame();
    command.env("BEARER", BEARER).args(["check", &service.url(), "--json", "--route", route]);
    let outcome = finish(command.args(more));
    let said = |rung: &str| {
        let step: Value = outcome.steps(rung).remove(0);
        let verdict = step["verdict"].as_str().expect("a word").to_owned();
        Said { verdict, text: step.to_string() }
    };
    Read { code: outcome.code, exposed: said("route"), auth: said("auth") }
}

#[track_caller]
fn assert_said(case: &str, said: &Said, verdict: &str, words: &[&str]) {
    assert_eq!(said.verdict, verdict, "{case}: {}", said.text);
    for words in words {
        assert!(said.text.contains(words), "{case}: no {words:?} in {}", said.text);
    }
}

/// An answer of a status alone.
fn status(code: u16) -> Response {
    StatusCode::from_u16(code).expect("it is a status").into_response()
}

/// A router whose one route answers with a status.
fn answers(code: u16) -> Router {
    Router::new().route("/api/x", get(move || async move { status(code) }))
}

/// 401 without the bearer token, whatever the path.
async fn wants_bearer(request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION);
    if request.uri().path() == "/__build" || given.is_some_and(|v| v == &format!("Bearer {BEARER}"))
    {
        next.run(request).await
    } else {
        status(401)
    }
}

/// A proxy that serves a page for everything, the report aside.
async fn serves_page(request: Request, next: Next) -> Response {
    if request.uri().path() == "/__build" {
        return next.run(request).await;
    }
    Html("<!doctype html>").into_response()
}

/// A page of its own for each path.
async fn own(uri: Uri) -> Html<String> {
    Html(format!("<title>{uri}</title>"))
}

/// A proxy that sends everybody to a login.
async fn elsewhere(request: Request, next: Next) -> Response {
    if request.uri().path() == "/__build" {
        return next.run(request).await;
    }
    (StatusCode::FOUND, [(LOCATION, "https://login.example.com/")]).into_response()
}

#[test]
fn a_mounted_route_is_read_by_its_status() {
    #[rustfmt::skip]
    let table: [(u16, &str, i32, &[&str]); 19] = [
        (200, "same", 0, &["200 OK, mounted"]),
        (204, "same", 0, &["mounted"]),
        (401, "same", 0, &["mounted", "wants credentials"]),
        (403, "same", 0, &["mounted", "wants credentials"]),
        (301, "same", 0, &["mounted", "redirects to nowhere"]),
        (400, "same", 0, &["mounted", "wants another request"]),
        (415, "same", 0, &["mounted", "wants another request"]),
        (422, "same", 0, &["mounted", "wants another request"]),
        (404, "unknown", 2, &["though the route is mounted", "is the record there?", "a proxy"]),
        (410, "unknown", 2, &["though the route is mounted"]),
        (405, "unknown", 2, &["though the route is mounted", "something in front"]),
        (418, "unknown", 2, &["though the route is mounted"]),
        (429, "unknown", 2, &["though the route is mounted"]),
        (500, "drift", 1, &["it is mounted and fails", "code, configuration or a migration"]),
        (501, "drift", 1, &["it is mounted and fails"]),
        (502, "unknown", 2, &["from a proxy or an overloaded service"]),
        (503, "unknown", 2, &["from a proxy or an overloaded service"]),
        (504, "unknown", 2, &["from a proxy or an overloaded service"]),
        (599, "drift", 1, &["it is mounted and fails"]),
    ];
    for (code, verdict, exit, words) in table {
        let case = format!("{code}, listed");
        let read = read(with_report(answers(code), true), "GET /api/x", &[]);
        assert_said(&case, &read.exposed, verdict, words);
        assert_said(&case, &read.auth, "skipped", &["--bearer-env"]);
        assert_eq!(read.code, exit, "{case}: {read:?}");
    }
}

#[test]
fn without_the_inventory_a_status_that_stands_out_tells_as_much_as_it_can() {
    #[rustfmt::skip]
    let table: [(u16, &str, &[&str]); 12] = [
        (200, "same", &["200 OK"]),
        (401, "same", &["it is there and wants credentials"]),
        (403, "same", &["it is there and wants credentials"]),
        (405, "drift", &["the path is there with other methods"]),
        (302, "unknown", &["redirects to nowhere"]),
        (404, "unknown", &["it is not there, or its handler says so", "--token-env"]),
        (410, "unknown", &["it is not there, or its handler says so"]),
        (422, "unknown", &["something is there", "another request"]),
        (429, "unknown", &["the routes are unknown"]),
        (500, "unknown", &["something is there and fails", "look at the log"]),
        (502, "unknown", &["--token-env"]),
        (503, "unknown", &["the routes are unknown"]),
    ];
    for (code, verdict, words) in table {
        let case = format!("{code}, not listed");
        let read = read(with_report(answers(code), false), "GET /api/x", &[]);
        assert_said(&case, &read.exposed, verdict, words);
        assert_said(&case, &read.exposed, verdict, &["does not list routes at this level"]);
    }
}

#[test]
fn a_stored_answer_is_no_proof_of_a_route() {
    let stored = |code: u16| {
        let answer = move || async move { ([("X-Cache", "HIT")], status(code)) };
        Router::new().route("/api/x", get(answer))
    };
    let words = ["a stored answer (x-cache: HIT)", "past the cache"];
    for code in [200, 401, 405] {
        let read = read(with_report(stored(code), false), "GET /api/x", &[]);
        assert_said(&format!("{code}, not listed"), &read.exposed, "unknown", &words);
    }
    let bearer = ["--bearer-env", "BEARER"];
    let read_listed = |code| read(with_report(stored(code), true), "GET /api/x", &bearer);
    let read = read_listed(200);
    assert_said("200, listed", &read.exposed, "same", &["mounted"]);
    assert_said("200, with credentials", &read.auth, "unknown", &words);
    assert_said("500, listed", &read_listed(500).exposed, "unknown", &words);
}

#[test]
fn a_route_that_is_not_mounted_is_drift() {
    let app = || Router::new().route("/api/{id}", post(|| async { "done" }));
    let words = ["404 Not Found, the route is not mounted", "--source, --artifact"];
    assert_said("404", &read(with_report(app(), true), "GET /x", &[]).exposed, "drift", &words);
    let words = ["405 Method Not Allowed, mounted with other methods: POST /api/{id}"];
    assert_said("405", &read(with_report(app(), true), "GET /api/7", &[]).exposed, "drift", &words);
    let words = ["mounted with other methods: POST /api/{id}"];
    let put = read(with_report(app(), true), "PUT /api/7", &[]);
    assert_said("not sent", &put.exposed, "drift", &words);
    let words = ["mounted (POST /api/{id}), not sent"];
    let posted = read(with_report(app(), true), "POST /api/7?x=1", &[]);
    assert_said("not sent", &posted.exposed, "same", &words);
    let words = ["not sent, and the routes are unknown", "--send-unsafe"];
    let hidden = read(with_report(app(), false), "POST /api/7", &[]);
    assert_said("not sent", &hidden.exposed, "unknown", &words);
    let words = ["the route is not mounted", "its router merged?"];
    let gone = read(with_report(app(), true), "DELETE /y", &[]);
    assert_said("not sent", &gone.exposed, "drift", &words);
}

#[test]
fn routes_that_were_added_after_the_call_are_unknown_and_not_drift() {
    for code in [200, 401, 403, 405, 302, 422, 500] {
        let app = with_report(Router::new(), true)
            .route("/api/late", get(move || async move { status(code) }));
        let words = ["the inventory lacks it", "call .selfsame(…) last"];
        let said = read(app, "GET /api/late", &[]).exposed;
        assert_said(&code.to_string(), &said, "unknown", &words);
    }
    let late = || {
        with_report(Router::new().route("/api/x", get(|| async { "" })), true)
            .route("/api/x", post(|| async { "posted" }))
            .route("/api/late", get(|| async { "late" }))
    };
    let said = read(late(), "POST /api/x", &["--send-unsafe"]).exposed;
    assert_said(
        "another method",
        &said,
        "unknown",
        &["with other methods", "call .selfsame(…) last"],
    );

    // A page for everything else was added later, too.
    let app = with_report(Router::new(), true).route("/api/late", get(|| async { "[]" }));
    let said = read(app.fallback(page), "GET /api/late", &[]).exposed;
    assert_said("beside a page", &said, "unknown", &["call .selfsame(…) last"]);

    // Behind a layer that answers 401 everywhere, the credentials tell.
    let app = late().layer(from_fn(wants_bearer));
    let read = read(app, "GET /api/late", &["--bearer-env", "BEARER"]);
    assert_said("behind a layer", &read.exposed, "unknown", &["with credentials it answers"]);
    assert_said("behind a layer", &read.auth, "same", &["200 OK with credentials"]);
    assert_eq!(read.code, 2);
}

#[test]
fn an_auth_layer_around_everything_proves_no_route() {
    let app = |listed| {
        with_report(Router::new().route("/api/x", get(|| async { "[]" })), listed)
            .layer(from_fn(wants_bearer))
    };
    let here = "GET /api/x";
    let gone = "GET /api/gone";
    let bearer = ["--bearer-env", "BEARER"];
    assert_said("listed", &read(app(true), here, &[]).exposed, "same", &["wants credentials"]);
    let words = ["the route is not mounted", "for paths that do not exist, too"];
    assert_said("listed", &read(app(true), gone, &[]).exposed, "drift", &words);
    let words = ["so answers a path beside it that does not exist", "--bearer-env"];
    for route in [here, gone] {
        assert_said(route, &read(app(false), route, &[]).exposed, "unknown", &words);
    }
    let with = read(app(true), here, &bearer);
    assert_said("with", &with.auth, "same", &["200 OK with credentials"]);
    assert_eq!(with.code, 0);
    let with = read(app(true), gone, &bearer);
    assert_said("with", &with.auth, "drift", &["404 Not Found with credentials"]);
    let with = read(app(false), gone, &bearer);
    assert_said("with", &with.auth, "unknown", &["it is not there, or its handler says so"]);
}

/// The page of a single-page app.
async fn page() -> Html<&'static str> {
    Html("<!doctype html><title>App</title>")
}

#[test]
fn a_single_page_apps_fallback_proves_no_route() {
    let bearer = ["--bearer-env", "BEARER"];
    let words = ["so answers a path beside it that does not exist", "single-page app's fallback"];
    for listed in [true, false] {
        let app = with_report(Router::new().fallback(page), listed);
        let read = read(app, "GET /api/gone", &bearer);
        assert_said("the service's own", &read.exposed, "unknown", &words);
        assert_said("the service's own", &read.auth, "unknown", &["answers everything"]);
        assert_eq!(read.code, 2);
    }
    // In front, or added after the call: the inventory knows of none.
    let app = with_report(Router::new(), true).fallback(page);
    let words = ["200 OK, the route is not mounted", "fallback answers every path so"];
    assert_said("in front", &read(app, "GET /api/gone", &[]).exposed, "drift", &words);
}

#[test]
fn a_page_that_everything_answers_is_no_answer_of_a_mounted_route() {
    let app = with_report(answers(200), true).layer(from_fn(serves_page));
    let said = read(app, "GET /api/x", &["--bearer-env", "BEARER"]);
    assert_said(
        "a proxy",
        &said.exposed,
        "unknown",
        &["the very page", "ask the process directly"],
    );
    assert_said("a proxy", &said.auth, "unknown", &["answers everything"]);
    // Pages that differ are pages of their own.
    let app = with_report(Router::new().route("/about", get(own)).fallback(page), true);
    assert_said("a page", &read(app, "GET /about", &[]).exposed, "same", &["200 OK, mounted"]);
    let app = with_report(Router::new().route("/about", get(own)), false);
    assert_said("a page", &read(app, "GET /about", &[]).exposed, "same", &["and it is a page"]);
    // One handler for every name.
    let app = with_report(Router::new().route("/api/{name}", get(|| async { "x" })), false);
    let captured = read(app, "GET /api/x", &["--bearer-env", "BEARER"]);
    let words = ["one handler answers every path there"];
    assert_said("a capture", &captured.exposed, "unknown", &words);
    assert_said("a capture", &captured.auth, "unknown", &["no answer of this route alone"]);
    let app = Router::new().route("/api/{name}", get(|| async { status(500) }));
    let failing = read(with_report(app, false), "GET /api/x", &["--bearer-env", "BEARER"]);
    assert_said("a capture that fails", &failing.auth, "unknown", &["as a path beside it"]);
}

#[test]
fn what_an_opaque_service_answers_is_judged_from_outside() {
    let inner = || {
        Router::new()
            .route("/x", get(|| async { "[]" }))
            .route("/hidden", get(|| async { status(401) }))
            .route("/posted", post(|| async { "posted" }))
    };
    let app = || with_report(Router::new().nest_service("/api", inner()), true);
    let opaque = "an opaque service or a fallback";
    #[rustfmt::skip]
    let table: [(&str, &[&str], &str, &[&str]); 8] = [
        ("GET /api/x", &[], "same", &["200 OK", opaque]),
        ("HEAD /api/x", &[], "same", &["200 OK", opaque]),
        ("GET /api/hidden", &[], "same", &["wants credentials", opaque]),
        ("GET /api/gone", &[], "unknown", &["it is not there, or its handler says so", opaque]),
        ("GET /api/posted", &[], "drift", &["with other methods", opaque]),
        ("POST /api/posted", &[], "unknown", &["not sent", opaque]),
        ("POST /api/posted", &["--send-unsafe"], "same", &["200 OK", opaque]),
        // A server of files says the same of every path.
        ("POST /api/x", &["--send-unsafe"], "unknown", &["405", opaque]),
    ];
    for (route, more, verdict, words) in table {
        assert_said(route, &read(app(), route, more).exposed, verdict, words);
    }
    let app = with_report(Router::new().route("/any", any(|| async { "any" })), true);
    assert_said("any", &read(app, "GET /any", &[]).exposed, "same", &["mounted"]);
}

#[test]
fn a_redirect_is_shown_and_not_followed() {
    let login =
        || Router::new().route("/api/x", get(|| async { Redirect::to("/login?next=secret#here") }));
    let words = ["redirects to /login, which was not followed"];
    for (listed, verdict) in [(true, "same"), (false, "unknown")] {
        let read = read(with_report(login(), listed), "GET /api/x", &["--bearer-env", "BEARER"]);
        assert_said("to the login", &read.exposed, verdict, &words);
        assert_said("to the login", &read.auth, "unknown", &words);
        assert!(!format!("{read:?}").contains("secret"), "{read:?}");
    }
    let app = with_report(Router::new(), false).layer(from_fn(elsewhere));
    let said = read(app, "GET /api/x", &[]).exposed;
    assert_said("everything", &said, "unknown", &["everything is redirected"]);
    let app = with_report(Router::new(), true).layer(from_fn(elsewhere));
    let said = read(app, "GET /api/x", &[]).exposed;
    assert_said("everything", &said, "drift", &["answers the same"]);
}

#[test]
fn credentials_are_judged_by_what_they_open() {
    #[rustfmt::skip]
    let table: [(u16, bool, &str, &[&str]); 14] = [
        (200, true, "same", &["200 OK with credentials"]),
        (200, false, "same", &["200 OK with credentials"]),
        (401, true, "unknown", &["they open nothing", "wrong, expired or not allowed"]),
        (403, true, "unknown", &["they open nothing"]),
        (404, true, "unknown", &["though it is mounted", "is the record there?"]),
        (404, false, "unknown", &["it is not there, or its handler says so"]),
        (405, true, "unknown", &["something in front"]),
        (422, true, "unknown", &["wants another request"]),
        (302, true, "unknown", &["redirects to nowhere"]),
        (500, true, "drift", &["500", "code, configuration or a migration"]),
        (500, false, "drift", &["500", "code, configuration or a migration"]),
        (502, true, "unknown", &["502"]),
        (503, false, "unknown", &["503"]),
        (418, true, "unknown", &["418"]),
    ];
    for (code, listed, verdict, words) in table {
        let case = format!("{code}, listed: {listed}");
        let app = with_report(answers(code), listed);
        let said = read(app, "GET /api/x", &["--bearer-env", "BEARER"]).auth;
        assert_said(&case, &said, verdict, words);
    }
    let app = with_report(Router::new().route("/x", delete(|| async {})), true);
    let read = read(app, "DELETE /x", &["--bearer-env", "BEARER"]);
    assert_said("not sent", &read.auth, "skipped", &["it may change something", "--send-unsafe"]);
    assert_eq!(read.code, 0, "{read:?}");
}

/// Answers 404 to everybody without the token.
async fn hides(request: Request, next: Next) -> Response {
    let open = request.uri().path().starts_with("/__build");
    if open || request.headers().contains_key("authorization") {
        next.run(request).await
    } else {
        status(404)
    }
}

#[test]
fn a_route_that_hides_from_strangers_is_there_for_who_may_see_it() {
    let app = || with_report(answers(200), true).layer(from_fn(hides));
    let seen = read(app(), "GET /api/x", &["--bearer-env", "BEARER"]);
    assert_said("with credentials", &seen.exposed, "same", &["404", "answers with them"]);
    assert_said("with credentials", &seen.auth, "same", &["200 OK with credentials"]);
    let unseen = read(app(), "GET /api/x", &[]);
    assert_said("without", &unseen.exposed, "unknown", &["though the route is mounted"]);
}

/// Answers OPTIONS itself, as a layer for CORS does with a preflight.
async fn preflight(request: Request, next: Next) -> Response {
    if request.method() == axum::http::Method::OPTIONS {
        status(200)
    } else {
        next.run(request).await
    }
}

#[test]
fn a_preflight_answer_proves_no_route() {
    let app = with_report(answers(200), false).layer(from_fn(preflight));
    let said = read(app, "OPTIONS /api/nowhere", &["--send-unsafe"]).exposed;
    assert_said("unlisted", &said, "unknown", &["200 OK"]);
    let app = with_report(answers(200), true).layer(from_fn(preflight));
    let said = read(app, "OPTIONS /api/nowhere", &["--send-unsafe"]).exposed;
    assert_said("listed", &said, "drift", &["the route is not mounted"]);
}

#[test]
fn a_path_beside_it_that_cannot_be_asked_proves_nothing() {
    async fn only_x(request: Request, next: Next) -> Response {
        match request.uri().path() {
            "/__build" | "/api/x" => next.run(request).await,
            // It never answers.
            _ => std::future::pending().await,
        }
    }
    for code in [200, 401, 405] {
        let app = with_report(answers(code), false).layer(from_fn(only_x));
        let said = read(app, "GET /api/x", &["--timeout", "1s"]).exposed;
        assert_said("not listed", &said, "unknown", &["could not be asked, to compare"]);
    }
    let app = with_report(answers(200), true).layer(from_fn(only_x));
    let said = read(app, "GET /api/x", &["--timeout", "1s"]).exposed;
    assert_said("listed", &said, "same", &["mounted"]);
}

#[test]
fn without_a_report_the_routes_are_asked_all_the_same() {
    let words = ["there is no report", "200 OK"];
    let read = read(answers(200), "GET /api/x", &[]);
    assert_said("no report", &read.exposed, "same", &words);
    assert_eq!(read.code, 2, "the running rung could not tell");
}

#[test]
fn every_route_is_asked_once_and_once_beside_it_and_the_report_three_times() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let app =
        with_report(answers(200), true).layer(from_fn(move |request: Request, next: Next| {
            count.fetch_add(1, Ordering::SeqCst);
            next.run(request)
        }));
    let app = app.route("/typed", get(|| async { ([(CONTENT_TYPE, "text/html")], "") }));
    let service = Serving::start(app);
    let url = service.url();
    let outcome = finish(selfsame().args(["check", &url, "--route", "GET /api/x"]));
    assert_eq!((outcome.code, asked.load(Ordering::SeqCst)), (0, 5), "{}", outcome.out);
}
