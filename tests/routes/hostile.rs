//! Texts that are not routers, or almost one, and services that would like to look like another.

use std::fmt;

use axum::{Router, extract::State, routing::get};
use proptest::prelude::*;
use selfsame::routes::{Inventory, Route, read};

use crate::{
    model::{build, steps},
    support::{HANDLER, Runs, SERVICE, lines, listed},
};

/// A text that reads as the one route `GET /`.
fn small() -> String {
    let router: Router = Router::new().route("/", get(|| async {}));
    format!("{router:?}")
}

fn some_router() -> Router {
    let runs = Runs::default();
    let nested = Router::new()
        .route("/\"}}, node: {{\\", get(runs.handler(HANDLER)))
        .fallback(runs.handler(HANDLER));
    Router::new()
        .route("/", get(runs.handler(HANDLER)).fallback(runs.handler(HANDLER)))
        .route("/{id}/x", axum::routing::any(runs.handler(HANDLER)))
        .route_service("/s", runs.service(SERVICE))
        .nest_service("/ns", runs.service(SERVICE))
        .nest("/nested", nested)
}

#[test]
fn a_text_with_one_thing_changed_is_refused() {
    let text = small();
    assert_eq!(lines(&read(&text).expect("a router")), ["GET,HEAD /"]);
    for (from, to) in [
        ("Router { path", " Router { path"),
        ("Router { path", "Router {path"),
        ("Router { path", "Router { inner: None, path"),
        ("get: BoxedHandler", "get: Boxed"),
        ("get: BoxedHandler", "get: BoxedHandler(GET)"),
        ("get: BoxedHandler", "get: Some(BoxedHandler)"),
        ("get: BoxedHandler, ", ""),
        ("get: BoxedHandler", "get: None"),
        ("put: None", "put: Route"),
        ("connect: None", "connect: None, link: None"),
        ("connect: None", "connect: None, query: Route"),
        ("b\"GET,HEAD\"", "b\"GET\""),
        ("b\"GET,HEAD\"", "b\"GET,HEAD,PUT\""),
        ("b\"GET,HEAD\"", "b\"GET,HEAD,\""),
        ("b\"GET,HEAD\"", "b\"GET, HEAD\""),
        ("b\"GET,HEAD\"", "\"GET,HEAD\""),
        ("Bytes(b\"GET,HEAD\")", "Skip"),
        ("Bytes(b\"GET,HEAD\")", "None"),
        ("fallback: Default(Route), allow", "fallback: Custom(Route), allow"),
        ("{RouteId(1): MethodRouter", "{RouteId(2): MethodRouter"),
        ("{RouteId(1): MethodRouter", "{RouteId(01): MethodRouter"),
        ("{RouteId(1): MethodRouter", "{RouteId(+1): MethodRouter"),
        ("{RouteId(1): MethodRouter", "{RouteId(-1): MethodRouter"),
        ("{RouteId(1): MethodRouter", "{RouteId(18446744073709551616): MethodRouter"),
        ("{RouteId(1): MethodRouter", "{RouteId(): MethodRouter"),
        ("{RouteId(1): MethodRouter", "{RouteId(7): Route(Route), RouteId(1): MethodRouter"),
        ("{RouteId(1): MethodRouter", "{RouteId(1): Route(Route), RouteId(1): MethodRouter"),
        ("paths: {RouteId(1): \"/\"}", "paths: {}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\", RouteId(1): \"/b\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\", RouteId(2): \"/b\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"a\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/{\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/{*a}/b\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\",}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\\x41\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\\'\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\\u{110000}\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\\u{d800}\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\\u{}\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\\u{41\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): \"/\\\"}"),
        ("paths: {RouteId(1): \"/\"}", "paths: {RouteId(1): '/'}"),
        ("\"/{*__private__axum_fallback}\"", "\"/*__private__axum_fallback\""),
        ("\"/{*__private__axum_fallback}\"", "\"/{*fallback}\""),
        ("fallback_router", "fallback"),
        ("default_fallback: true", "default_fallback: false"),
        ("default_fallback: true", "default_fallback: maybe"),
        ("catch_all_fallback: Default(Route)", "catch_all_fallback: Service(Route)"),
        ("catch_all_fallback: Default(Route) }", "catch_all_fallback: Default(Route), }"),
        ("catch_all_fallback: Default(Route) }", "catch_all_fallback: Default(Route) } "),
        ("catch_all_fallback: Default(Route) }", "catch_all_fallback: Default(Route), .. }"),
    ] {
        let start = text.find(from).expect("what is to be changed");
        let changed = format!("{}{to}{}", &text[..start], &text[start + from.len()..]);
        let found = read(&changed);
        assert!(found.is_err(), "{from} → {to} gave {found:?}");
    }
    read(&format!("{text}{text}")).expect_err("two routers");
    read(&format!("Some({text})")).expect_err("a router in something");
    let router: Router = Router::new();
    read(&format!("{router:#?}")).expect_err("the pretty form");
    read("").expect_err("nothing");
}

#[test]
fn a_text_that_was_cut_off_anywhere_is_refused() {
    let text = format!("{:?}", some_router());
    for (end, _) in text.char_indices() {
        read(&text[..end]).expect_err("a beginning of a text");
        if end > 0 {
            read(&text[end..]).expect_err("an end of a text");
        }
    }
}

/// Where each character begins that is not a part of a string's content; an opening quote counts as
/// one of them, a closing one does not.
fn outside_of_strings(text: &str) -> Vec<usize> {
    let (mut in_string, mut escaped) = (false, false);
    let mut places = Vec::new();
    for (at, char) in text.char_indices() {
        if !in_string {
            places.push(at);
        }
        in_string ^= char == '"' && !escaped;
        escaped = in_string && char == '\\' && !escaped;
    }
    places
}

#[test]
fn one_byte_changed_outside_of_the_paths_is_refused() {
    let text = format!("{:?}", some_router());
    let mut tried = 0;
    for at in outside_of_strings(&text) {
        let char = text[at..].chars().next().expect("a character");
        if char == '"' {
            continue;
        }
        let (before, after) = (&text[..at], &text[at + char.len_utf8()..]);
        tried += 1;
        read(&format!("{before}{after}")).expect_err("a character less");
        for other in ['x', ' ', ',', '}', '"', '\\', '\0', 'ü'] {
            if other != char {
                read(&format!("{before}{other}{after}")).expect_err("another character");
            }
            if !text[at..].starts_with(other) {
                read(&format!("{before}{other}{}", &text[at..])).expect_err("a character more");
            }
        }
    }
    assert!(tried > 1000);
}

#[test]
fn no_text_makes_the_reader_recurse_or_take_long() {
    let start = "Router { path_router: PathRouter { routes: {RouteId(1): ";
    for nested in ["MethodRouter(", "Router { ", "{", "[", "(", "\"\\", "RouteId(1): "] {
        read(&nested.repeat(1_000_000)).expect_err("no router");
        read(&format!("{start}{}", nested.repeat(1_000_000))).expect_err("no router");
    }
    read(&" ".repeat((16 << 20) + 1)).expect_err("too long");
}

#[test]
fn no_reason_names_a_path() {
    let router: Router = Router::new().route("/secret", get(|| async {}));
    let text = format!("{router:?}");
    assert!(read(&text).is_ok());
    let mut changed: Vec<String> =
        text.char_indices().map(|(end, _)| text[..end].to_owned()).collect();
    for (from, to) in [
        ("/secret", "secret"),
        ("/secret", "/secret{"),
        ("/secret", "/\\secret"),
        ("/secret", "/\\u{secret}"),
        ("RouteId(1): \"/secret\"", "\"/secret\""),
        (
            "paths: {RouteId(1): \"/secret\"}",
            "paths: {RouteId(1): \"/secret\", RouteId(1): \"/secret\"}",
        ),
    ] {
        changed.push(text.replacen(from, to, 1));
    }
    for text in changed {
        let error = read(&text).expect_err("no router").to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}

/// Prints what a router with other routes prints.
#[derive(Clone)]
struct Imitation;

impl fmt::Debug for Imitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let router: Router = Router::new().route("/imitated", get(|| async {}));
        write!(f, "{router:?}")
    }
}

impl<S> tower::Layer<S> for Imitation {
    type Service = S;

    fn layer(&self, inner: S) -> S {
        inner
    }
}

impl fmt::Display for Imitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[test]
fn states_handlers_and_layers_that_imitate_a_router_are_not_printed() {
    let inner: Router = Router::new().route("/imitated", get(|| async {}));
    let captured = Imitation;
    let router: Router<Imitation> = Router::new()
        .route("/state", get(async |State(imitation): State<Imitation>| imitation.to_string()))
        .route("/closure", get(async move || captured.to_string()))
        .route_service("/service", inner.clone().into_service::<axum::body::Body>())
        .nest_service("/nested", inner.clone())
        .layer(Imitation)
        .fallback_service(inner);
    let expected = [
        "FALLBACK /…",
        "GET,HEAD /closure",
        "OPAQUE /nested/…",
        "OPAQUE /service",
        "GET,HEAD /state",
    ];
    assert_eq!(lines(&listed(&router)), expected);
    assert_eq!(lines(&listed::<()>(&router.with_state(Imitation))), expected);
}

#[test]
fn a_path_that_imitates_a_router_is_a_path() {
    let imitation = format!("/{Imitation:?}").replace('{', "{{").replace('}', "}}");
    let router: Router = Router::new().route(&imitation, get(|| async {}));
    let expected = Route::new(&imitation, ["GET", "HEAD"]).expect("a route");
    assert_eq!(listed(&router).routes(), [expected]);
}

#[test]
fn names_of_axums_own_wildcards_given_by_hand_are_listed_as_given() {
    let runs = Runs::default();
    let router: Router = Router::new()
        .route("/a/{*__private__axum_nest_tail_param}", get(runs.handler(HANDLER)))
        .route_service("/b/{*__private__axum_nest_tail_param}", runs.service(SERVICE))
        .route("/c/{*__private__axum_fallback}", get(runs.handler(HANDLER)));
    assert_eq!(
        lines(&listed(&router)),
        [
            "GET,HEAD /a/{*__private__axum_nest_tail_param}",
            "OPAQUE /b/{*__private__axum_nest_tail_param}",
            "GET,HEAD /c/{*__private__axum_fallback}",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn any_pattern_is_taken_or_refused_without_a_panic(
        paths in prop::collection::vec("/[{}*/:aü]{0,12}", 1..8),
        asked in "/[{}*/:aü]{0,12}",
    ) {
        let routes: Result<Vec<_>, _> = paths.iter().map(|path| Route::new(path, ["GET"])).collect();
        let Ok(routes) = routes else { return Ok(()) };
        // The order in which routes come does not decide whether they go together.
        let reversed = Inventory::new(routes.iter().rev().cloned());
        let inventory = Inventory::new(routes);
        prop_assert_eq!(reversed.is_ok(), inventory.is_ok());
        if let Ok(inventory) = inventory {
            let _ = inventory.mounted("GET", &asked);
            for route in &inventory {
                prop_assert!(inventory.mounted("GET", route.path()).is_yes());
            }
        }
    }

    #[test]
    fn the_rest_of_a_router_after_a_piece_was_taken_out_is_refused(
        steps in steps(8),
        from in any::<prop::sample::Index>(),
        length in 1_usize..80,
    ) {
        let (router, _) = build(&steps, &Runs::default());
        let text = format!("{router:?}");
        // The places where a piece may begin or end without changing what a path says.
        let mut places = outside_of_strings(&text);
        places.push(text.len());
        let from = from.index(places.len() - 1);
        let to = (from + length).min(places.len() - 1);
        let left = format!("{}{}", &text[..places[from]], &text[places[to]..]);
        prop_assert!(read(&left).is_err(), "without {:?}", &text[places[from]..places[to]]);
    }
}
