//! What other versions of axum print, recorded from real runs of one program.

use selfsame::routes::read;

use crate::support::lines;

const V06: [&str; 2] =
    [include_str!("forms/axum-0.6.20.txt"), include_str!("forms/axum-0.6.20-fallback.txt")];
const V07: [&str; 2] =
    [include_str!("forms/axum-0.7.9.txt"), include_str!("forms/axum-0.7.9-fallback.txt")];
const MAIN: [&str; 2] =
    [include_str!("forms/axum-main.txt"), include_str!("forms/axum-main-fallback.txt")];

#[test]
fn the_main_branch_is_read_as_it_was_built() {
    let mut expected = vec![
        "GET,HEAD /",
        "GET,HEAD /\"quotes\"\\ü",
        "ANY /any",
        "POST,ANY /any-post",
        "GET,HEAD,OTHERS /fallback",
        "DELETE /files/{*path}",
        "HEAD /head",
        "GET,HEAD,POST /merged",
        "GET,HEAD /nested",
        "GET,HEAD,POST /nested/{id}",
        "NONE /nothing",
        "OPAQUE /under/…",
        "OPAQUE /whole",
    ];
    let inventory = read(MAIN[0].trim_end()).expect("axum's main branch");
    assert_eq!(lines(&inventory), expected);

    let inventory = read(MAIN[1].trim_end()).expect("axum's main branch");
    expected.insert(1, "FALLBACK /…");
    assert_eq!(lines(&inventory), expected);
}

#[test]
fn a_fallback_of_the_main_branch_is_no_route() {
    let fallback = "MethodRouter(MethodRouter { get: None, head: None, delete: None, \
                    options: None, patch: None, post: None, put: None, trace: None, \
                    connect: None, query: None, fallback: BoxedHandler, allow_header: Skip })";
    let merged = fallback.replace("query: None", "query: BoxedHandler");
    let text = |root: &str| {
        format!(
            "Router {{ path_router: PathRouter {{ routes: [{root}, {fallback}], node: Node {{ \
             paths: {{RouteId(0): \"/\", RouteId(1): \"/{{*__private__axum_fallback}}\"}} }} }}, \
             default_fallback: false, catch_all_fallback: BoxedHandler }}"
        )
    };
    let inventory = read(&text(fallback)).expect("a fallback alone");
    assert_eq!(lines(&inventory), ["FALLBACK /…"]);
    // What becomes of other methods of `/` can no longer be told.
    let inventory = read(&text(&merged)).expect("a route merged into a fallback");
    assert_eq!(lines(&inventory), ["QUERY,OTHERS /", "FALLBACK /…"]);
}

#[test]
fn a_fallback_of_the_main_branch_that_may_win_over_a_route_is_refused() {
    let text = |base: &str, route: &str| {
        format!(
            "Router {{ path_router: PathRouter {{ routes: [Route(Route), Route(Route), \
             Route(Route)], node: Node {{ paths: {{RouteId(2): {route:?}, RouteId(0): {base:?}, \
             RouteId(1): \"{base}/{{*__private__axum_fallback}}\"}} }} }}, \
             default_fallback: true, catch_all_fallback: Default(Route) }}"
        )
    };
    for (base, route) in [
        ("/a", "/b"),
        ("/a", "/a/b"),
        ("/a/{x}", "/a/{x}/{y}/z"),
        ("/a/b", "/a"),
        ("/a", "/{{x}}/y"),
    ] {
        let inventory = read(&text(base, route));
        let inventory = inventory.unwrap_or_else(|error| panic!("{base}, {route}: {error}"));
        assert_eq!(inventory.len(), 2, "{base}, {route}");
    }
    for (base, route) in
        [("/a", "/{x}"), ("/a/b", "/a/{*rest}"), ("/a/b", "/{x}/b/c"), ("/a/{x}", "/a/b/c")]
    {
        let error = read(&text(base, route)).expect_err("a fallback that may win");
        assert!(error.to_string().ends_with("may stand before a route"), "{error}");
    }
}

#[test]
fn older_forms_are_refused_with_the_reason() {
    for text in V06 {
        let error = read(text.trim_end()).expect_err("axum 0.6");
        assert!(error.to_string().contains("expected `connect`, found `"), "{error}");
    }
    for text in V07 {
        let error = read(text.trim_end()).expect_err("axum 0.7");
        assert!(error.to_string().contains("axum 0.7"), "{error}");
    }
}

#[test]
fn a_text_that_was_cut_off_anywhere_is_refused() {
    for text in MAIN {
        let text = text.trim_end();
        for (end, _) in text.char_indices() {
            read(&text[..end]).expect_err("a beginning of a text");
        }
    }
}
