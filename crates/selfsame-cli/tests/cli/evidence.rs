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
use selfsame::{Level, RouterExt as _, SelfCheck, SelfCheckLayer};
use serde_json::Value;

use crate::run::{finish, selfsame};
use selfsame_testing::serving::Serving;

const BEARER: &str = "bearer-of-the-tests";
const TOKEN: &str = "a-token-of-the-tests";

/// What was found on one rung.
#[derive(Debug)]
struct Said {
    verdict: String,
    code: String,
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
    command.env("BEARER", BEARER).args([
        "check",
        &service.url(),
        "--format=json",
        "--route",
        route,
    ]);
    let outcome = finish(command.args(more));
    let said = |rung: &str| {
        let finding: Value = outcome.findings(rung).remove(0);
        let word = |field: &str| finding[field].as_str().expect("a word").to_owned();
        Said { verdict: word("verdict"), code: word("code"), text: finding.to_string() }
    };
    Read { code: outcome.code, exposed: said("route"), auth: said("auth") }
}

#[track_caller]
fn assert_said(case: &str, said: &Said, verdict: &str, code: &str) {
    assert_eq!((&*said.verdict, &*said.code), (verdict, code), "{case}: {}", said.text);
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
    let table: [(u16, &str, i32, &str); 19] = [
        (200, "same", 0, "route-mounted"),
        (204, "same", 0, "route-mounted"),
        (401, "same", 0, "route-requires-credentials"),
        (403, "same", 0, "route-requires-credentials"),
        (301, "same", 0, "route-mounted"),
        (400, "same", 0, "route-mounted"),
        (415, "same", 0, "route-mounted"),
        (422, "same", 0, "route-mounted"),
        (404, "unknown", 2, "route-not-found-by-handler"),
        (410, "unknown", 2, "route-not-found-by-handler"),
        (405, "unknown", 2, "route-status-unclear"),
        (418, "unknown", 2, "route-status-unclear"),
        (429, "unknown", 2, "route-status-unclear"),
        (500, "drift", 1, "route-fails"),
        (501, "drift", 1, "route-fails"),
        (502, "unknown", 2, "route-proxy-answered"),
        (503, "unknown", 2, "route-proxy-answered"),
        (504, "unknown", 2, "route-proxy-answered"),
        (599, "drift", 1, "route-fails"),
    ];
    for (code, verdict, exit, expected) in table {
        let case = format!("{code}, listed");
        let read = read(with_report(answers(code), true), "GET /api/x", &[]);
        assert_said(&case, &read.exposed, verdict, expected);
        assert_said(&case, &read.auth, "skipped", "not-compared");
        assert_eq!(read.code, exit, "{case}: {read:?}");
    }
}

#[test]
fn without_the_inventory_a_status_that_stands_out_tells_as_much_as_it_can() {
    #[rustfmt::skip]
    let table: [(u16, &str, &str); 12] = [
        (200, "same", "route-answers"),
        (401, "same", "route-requires-credentials"),
        (403, "same", "route-requires-credentials"),
        (405, "drift", "route-method-not-mounted"),
        (302, "unknown", "route-redirects"),
        (404, "unknown", "route-not-found"),
        (410, "unknown", "route-not-found"),
        (422, "unknown", "route-requires-input"),
        (429, "unknown", "route-status-unclear"),
        (500, "unknown", "route-fails"),
        (502, "unknown", "route-proxy-answered"),
        (503, "unknown", "route-proxy-answered"),
    ];
    for (code, verdict, expected) in table {
        let case = format!("{code}, not listed");
        let read = read(with_report(answers(code), false), "GET /api/x", &[]);
        assert_said(&case, &read.exposed, verdict, expected);
        let hidden = "does not list routes at this level";
        assert!(read.exposed.text.contains(hidden), "{case}: {read:?}");
    }
}

#[test]
fn a_token_is_asked_for_only_where_it_would_tell_more() {
    let without = read(with_report(answers(404), false), "GET /api/x", &[]);
    assert!(without.exposed.text.contains("--token-env"), "{without:?}");
    // Given, and what it opens has no inventory.
    let app = SelfCheckLayer::new(SelfCheck::new(selfsame::stamp!()).token(TOKEN));
    let app = Router::new().route("/__build", get(|| async { "not asked" })).layer(app);
    let service = Serving::start(app);
    let mut command = selfsame();
    command.env("SELFSAME_TOKEN", TOKEN).args(["check", &service.url(), "--format=json"]);
    let outcome = finish(command.args(["--route", "GET /api/x"]));
    let route = outcome.findings("route").remove(0);
    assert_eq!(route["code"], "route-not-found", "{route}");
    assert!(!route["next"].to_string().contains("--token-env"), "{route}");
}

#[test]
fn a_stored_answer_is_no_proof_of_a_route() {
    let stored = |code: u16| {
        let answer = move || async move { ([("X-Cache", "HIT")], status(code)) };
        Router::new().route("/api/x", get(answer))
    };
    for code in [200, 401, 405] {
        let read = read(with_report(stored(code), false), "GET /api/x", &[]);
        let case = format!("{code}, not listed");
        assert_said(&case, &read.exposed, "unknown", "route-response-cached");
        assert!(read.exposed.text.contains("x-cache: HIT"), "{read:?}");
    }
    let bearer = ["--bearer-env", "BEARER"];
    let read_listed = |code| read(with_report(stored(code), true), "GET /api/x", &bearer);
    let read = read_listed(200);
    assert_said("200, listed", &read.exposed, "same", "route-mounted");
    assert_said("200, with credentials", &read.auth, "unknown", "route-response-cached");
    let exposed = read_listed(500).exposed;
    assert_said("500, listed", &exposed, "unknown", "route-response-cached");
}

#[test]
fn a_route_that_is_not_mounted_is_drift() {
    let app = || Router::new().route("/api/{id}", post(|| async { "done" }));
    let listed = |route: &str| read(with_report(app(), true), route, &[]).exposed;
    assert_said("404", &listed("GET /x"), "drift", "route-not-mounted");
    assert_said("405", &listed("GET /api/7"), "drift", "route-method-not-mounted");
    assert_said("a pattern", &listed("GET /api/{id}"), "drift", "route-method-not-mounted");
    assert_said("not sent", &listed("PUT /api/7"), "unknown", "route-not-sent");
    assert_said("not sent", &listed("POST /api/7?x=1"), "same", "route-mounted");
    assert_said("not there", &listed("DELETE /y"), "drift", "route-not-mounted");
    let hidden = read(with_report(app(), false), "POST /api/7", &[]);
    assert_said("not sent", &hidden.exposed, "unknown", "route-not-sent");
}

#[test]
fn a_fallback_does_not_mount_a_route() {
    // It answers every path, and the missing one as two others: with a page, JSON, or a status.
    async fn json() -> &'static str {
        "{\"error\":\"unknown path\"}"
    }
    async fn echo(uri: Uri) -> (StatusCode, String) {
        (StatusCode::NOT_FOUND, format!("nothing at {uri}"))
    }
    // What it answers otherwise, it may have a route for.
    async fn routes(uri: Uri) -> Response {
        if uri.path() == "/api/gone" { "here".into_response() } else { status(404) }
    }
    let route = "GET /api/gone";
    let drifts = |case: &str, app: Router| {
        let read = read(with_report(app, true), route, &[]);
        assert_said(case, &read.exposed, "drift", "route-not-mounted");
        assert_eq!(read.code, 1, "{case}: {read:?}");
    };
    drifts("a page", Router::new().fallback(page));
    drifts("text", Router::new().fallback(json));
    drifts("an echo", Router::new().fallback(echo));
    drifts("404", Router::new().fallback(|| async { status(404) }));
    let read = read(with_report(Router::new().fallback(routes), true), route, &[]);
    assert_said("a router of its own", &read.exposed, "unknown", "route-added-later");
}

#[test]
fn a_parameter_in_place_of_a_word_is_no_route_of_that_word() {
    let app = || Router::new().route("/workflows/{id}", get(|| async { "one" }));
    let said = |route: &str| read(with_report(app(), true), route, &[]).exposed;
    let export = said("GET /workflows/export");
    assert_said("a word", &export, "unknown", "route-matched-by-parameter");
    assert!(export.text.contains("/workflows/{id}"), "{export:?}");
    assert_said("a number", &said("GET /workflows/42"), "same", "route-mounted");
    let uuid = "GET /workflows/018f3c4e-aaaa-7bbb-8ccc-deadbeefcafe";
    assert_said("an id", &said(uuid), "same", "route-mounted");
    // The caller's pattern is looked up and not sent, so that no proxy is blamed for its 400.
    assert_said("the pattern", &said("GET /workflows/{id}"), "same", "route-mounted");
    let read = read(with_report(app(), false), "GET /workflows/{id}", &[]);
    assert_said("the pattern, hidden", &read.exposed, "unknown", "route-not-sent");
    assert!(read.exposed.text.contains("give a concrete path"), "{read:?}");
}

#[test]
fn routes_that_were_added_after_the_call_are_unknown_and_not_drift() {
    for code in [200, 403, 405, 302, 422, 500] {
        let app = with_report(Router::new(), true)
            .route("/api/late", get(move || async move { status(code) }));
        let said = read(app, "GET /api/late", &[]).exposed;
        assert_said(&code.to_string(), &said, "unknown", "route-added-later");
    }
    // A handler's own 404, whose body differs from the router's.
    let app = with_report(Router::new(), true)
        .route("/api/late", get(|| async { (StatusCode::NOT_FOUND, "no such record") }));
    let said = read(app, "GET /api/late", &[]).exposed;
    assert_said("its own 404", &said, "unknown", "route-added-later");
    let late = || {
        with_report(Router::new().route("/api/x", get(|| async { "" })), true)
            .route("/api/x", post(|| async { "posted" }))
            .route("/api/late", get(|| async { "late" }))
    };
    let said = read(late(), "POST /api/x", &["--send-unsafe"]).exposed;
    assert_said("another method", &said, "unknown", "route-added-later");

    // A method that is not sent: only that nothing is at the path is known.
    let put = |route: &str| read(late().route("/z", post(|| async {})), route, &[]).exposed;
    for route in ["POST /api/x", "PUT /api/x", "POST /z", "PUT /api/late"] {
        assert_said(route, &put(route), "unknown", "route-not-sent");
        assert!(put(route).text.contains("--send-unsafe"), "{route}");
    }
    assert_said("nowhere", &put("POST /nowhere"), "drift", "route-not-mounted");

    // A page for everything else was added later, too.
    let app = with_report(Router::new(), true).route("/api/late", get(|| async { "[]" }));
    let said = read(app.fallback(page), "GET /api/late", &[]).exposed;
    assert_said("beside a page", &said, "unknown", "route-added-later");

    // Behind a layer that answers 401 everywhere, the credentials tell.
    let app = || late().layer(from_fn(wants_bearer));
    let with = read(app(), "GET /api/late", &["--bearer-env", "BEARER"]);
    assert_said("behind a layer", &with.exposed, "unknown", "route-added-later");
    assert_said("behind a layer", &with.auth, "same", "auth-works");
    assert_eq!(with.code, 2);
    let without = read(app(), "GET /api/late", &[]);
    assert_said("behind a layer", &without.exposed, "unknown", "route-behind-auth-layer");
    assert!(without.exposed.text.contains("--bearer-env"), "{without:?}");
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
    let said = read(app(true), here, &[]).exposed;
    assert_said("listed", &said, "same", "route-requires-credentials");
    for route in [here, gone] {
        let said = read(app(false), route, &[]).exposed;
        assert_said(route, &said, "unknown", "route-behind-auth-layer");
    }
    let with = read(app(true), here, &bearer);
    assert_said("with", &with.auth, "same", "auth-works");
    assert_eq!(with.code, 0);
    let with = read(app(true), gone, &bearer);
    assert_said("with", &with.exposed, "drift", "route-not-mounted");
    assert_said("with", &with.auth, "drift", "auth-not-found");
    let with = read(app(false), gone, &bearer);
    assert_said("with", &with.auth, "unknown", "auth-not-found");
}

/// The page of a single-page app.
async fn page() -> Html<&'static str> {
    Html("<!doctype html><title>App</title>")
}

#[test]
fn a_single_page_apps_fallback_proves_no_route() {
    let bearer = ["--bearer-env", "BEARER"];
    let app = with_report(Router::new().fallback(page), false);
    let hidden = read(app, "GET /api/gone", &bearer);
    assert_said("hidden", &hidden.exposed, "unknown", "route-like-nonsense");
    assert_said("hidden", &hidden.auth, "unknown", "auth-status-unclear");
    assert_eq!(hidden.code, 2);
    let app = with_report(Router::new().fallback(page), true);
    let listed = read(app, "GET /api/gone", &bearer);
    assert_said("listed", &listed.exposed, "drift", "route-not-mounted");
    assert_said("listed", &listed.auth, "drift", "auth-not-found");
    // In front, or added after the call: the inventory knows of none.
    let app = with_report(Router::new(), true).fallback(page);
    let said = read(app, "GET /api/gone", &[]).exposed;
    assert_said("in front", &said, "drift", "route-not-mounted");
}

#[test]
fn a_page_that_everything_answers_is_no_answer_of_a_mounted_route() {
    let app = with_report(answers(200), true).layer(from_fn(serves_page));
    let said = read(app, "GET /api/x", &["--bearer-env", "BEARER"]);
    assert_said("a proxy", &said.exposed, "unknown", "route-like-nonsense");
    assert_said("a proxy", &said.auth, "unknown", "auth-status-unclear");
    // Pages that differ are pages of their own.
    let app = with_report(Router::new().route("/about", get(own)).fallback(page), true);
    assert_said("a page", &read(app, "GET /about", &[]).exposed, "same", "route-mounted");
    let app = with_report(Router::new().route("/about", get(own)), false);
    assert_said("a page", &read(app, "GET /about", &[]).exposed, "same", "route-answers");
    // One handler for every name.
    let app = with_report(Router::new().route("/api/{name}", get(|| async { "x" })), false);
    let captured = read(app, "GET /api/x", &["--bearer-env", "BEARER"]);
    assert_said("a capture", &captured.exposed, "unknown", "route-like-nonsense");
    assert_said("a capture", &captured.auth, "unknown", "auth-status-unclear");
    let app = Router::new().route("/api/{name}", get(|| async { status(500) }));
    let failing = read(with_report(app, false), "GET /api/x", &["--bearer-env", "BEARER"]);
    assert_said("a capture that fails", &failing.auth, "unknown", "auth-status-unclear");
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
    let below = "route-below-opaque-service";
    #[rustfmt::skip]
    let table: [(&str, &[&str], &str, &str); 8] = [
        ("GET /api/x", &[], "same", "route-answers"),
        ("HEAD /api/x", &[], "same", "route-answers"),
        ("GET /api/hidden", &[], "same", "route-requires-credentials"),
        ("GET /api/gone", &[], "unknown", below),
        ("GET /api/posted", &[], "unknown", below),
        ("POST /api/posted", &[], "unknown", below),
        ("POST /api/posted", &["--send-unsafe"], "same", "route-answers"),
        // A server of files says the same of every path.
        ("POST /api/x", &["--send-unsafe"], "unknown", below),
    ];
    for (route, more, verdict, code) in table {
        assert_said(route, &read(app(), route, more).exposed, verdict, code);
    }
    let app = with_report(Router::new().route("/any", any(|| async { "any" })), true);
    assert_said("any", &read(app, "GET /any", &[]).exposed, "same", "route-mounted");
}

#[test]
fn a_redirect_is_shown_and_not_followed() {
    let login =
        || Router::new().route("/api/x", get(|| async { Redirect::to("/login?next=secret#here") }));
    for (listed, verdict, code) in
        [(true, "same", "route-mounted"), (false, "unknown", "route-redirects")]
    {
        let read = read(with_report(login(), listed), "GET /api/x", &["--bearer-env", "BEARER"]);
        assert_said("to the login", &read.exposed, verdict, code);
        assert_said("to the login", &read.auth, "unknown", "auth-status-unclear");
        assert!(read.exposed.text.contains("\"location\":\"/login\""), "{read:?}");
        assert!(!format!("{read:?}").contains("secret"), "{read:?}");
    }
    let app = with_report(Router::new(), false).layer(from_fn(elsewhere));
    let said = read(app, "GET /api/x", &[]).exposed;
    assert_said("everything", &said, "unknown", "route-redirects");
    let app = with_report(Router::new(), true).layer(from_fn(elsewhere));
    let said = read(app, "GET /api/x", &[]).exposed;
    assert_said("everything", &said, "drift", "route-not-mounted");
}

#[test]
fn credentials_are_judged_by_what_they_open() {
    #[rustfmt::skip]
    let table: [(u16, bool, &str, &str); 14] = [
        (200, true, "same", "auth-works"),
        (200, false, "same", "auth-works"),
        (401, true, "unknown", "auth-refused"),
        (403, true, "unknown", "auth-refused"),
        (404, true, "unknown", "auth-not-found"),
        (404, false, "unknown", "auth-not-found"),
        (405, true, "unknown", "auth-status-unclear"),
        (422, true, "unknown", "auth-status-unclear"),
        (302, true, "unknown", "auth-status-unclear"),
        (500, true, "drift", "auth-fails"),
        (500, false, "drift", "auth-fails"),
        (502, true, "unknown", "auth-status-unclear"),
        (503, false, "unknown", "auth-status-unclear"),
        (418, true, "unknown", "auth-status-unclear"),
    ];
    for (code, listed, verdict, expected) in table {
        let case = format!("{code}, listed: {listed}");
        let app = with_report(answers(code), listed);
        let said = read(app, "GET /api/x", &["--bearer-env", "BEARER"]).auth;
        assert_said(&case, &said, verdict, expected);
    }
    let app = with_report(Router::new().route("/x", delete(|| async {})), true);
    let read = read(app, "DELETE /x", &["--bearer-env", "BEARER"]);
    assert_said("not sent", &read.auth, "skipped", "auth-not-sent");
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
    assert_said("with credentials", &seen.exposed, "same", "route-mounted");
    assert_said("with credentials", &seen.auth, "same", "auth-works");
    let unseen = read(app(), "GET /api/x", &[]);
    assert_said("without", &unseen.exposed, "unknown", "route-not-found-by-handler");
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
    assert_said("unlisted", &said, "unknown", "route-like-nonsense");
    let app = with_report(answers(200), true).layer(from_fn(preflight));
    let said = read(app, "OPTIONS /api/nowhere", &["--send-unsafe"]).exposed;
    assert_said("listed", &said, "drift", "route-not-mounted");
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
        assert_said("not listed", &said, "unknown", "route-status-unclear");
    }
    let app = with_report(answers(200), true).layer(from_fn(only_x));
    let said = read(app, "GET /api/x", &["--timeout", "1s"]).exposed;
    assert_said("listed", &said, "same", "route-mounted");
}

#[test]
fn without_a_report_the_routes_are_asked_all_the_same() {
    let read = read(answers(200), "GET /api/x", &[]);
    assert_said("no report", &read.exposed, "same", "route-answers");
    assert!(read.exposed.text.contains("there is no report"), "{read:?}");
    assert_eq!(read.code, 2, "the running rung could not tell");
}

#[test]
fn every_route_is_asked_once_and_two_paths_beside_it_and_a_direct_report_four_times() {
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
    let outcome = finish(selfsame().args(["check", &url, "--direct", "--route", "GET /api/x"]));
    assert_eq!((outcome.code, asked.load(Ordering::SeqCst)), (0, 7), "{}", outcome.out);
}
