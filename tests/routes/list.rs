//! The list kept in source: its lines, what is refused, and how two of them differ.

use axum::{
    Router,
    routing::{MethodFilter, any, get, on},
};
use selfsame::{
    RouterExt as _,
    routes::{Difference, Inventory, Route},
    stamp::Embedded,
};

use crate::support::{HANDLER, Runs, listed};

fn list(text: &str) -> Inventory {
    text.parse().unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

#[test]
fn each_kind_of_route_has_its_line() {
    let routes = [
        Route::new("/a", ["GET", "HEAD", "POST"]),
        Route::new("/b", ["HEAD"]),
        Route::new("/c", [""; 0]),
        Route::any("/d"),
        Route::new("/e", ["PUT"]).map(Route::with_any),
        Route::new("/f", ["PUT"]).map(Route::with_method_fallback),
        Route::opaque("/g"),
        Route::opaque_prefix("/h"),
        Route::opaque_prefix("/h/i/"),
        Route::fallback("/h/j"),
        Route::new("/k l\\m\n\u{200b}ü\"'", ["GET", "HEAD"]),
        Route::new("/m", ["M-SEARCH", "any", "#", "method", "opaque-prefix", "get"]),
        Route::fallback("/"),
    ];
    let routes: Result<Vec<_>, _> = routes.into_iter().collect();
    let inventory = Inventory::new(routes.expect("routes").into_iter().rev());
    let inventory = inventory.expect("an inventory");
    let text = "\
fallback /
GET /a
POST /a
HEAD /b
none /c
any /d
PUT /e
any /e
PUT /f
others /f
opaque /g
opaque-prefix /h
opaque-prefix /h/i/
fallback /h/j
GET /k\\u{20}l\\\\m\\u{a}\\u{200b}ü\"'
method=# /m
M-SEARCH /m
method=any /m
method=get /m
method=method /m
method=opaque-prefix /m
";
    assert_eq!(inventory.to_string(), text);
    assert_eq!(list(text), inventory);
}

#[test]
fn order_comments_and_line_ends_are_free() {
    let expected = list("GET /a\nPOST /a\nany /b\n");
    for same in [
        "any /b\nPOST /a\nGET /a",
        "any /b\r\nPOST /a\r\nGET /a\r\n",
        "# The routes.\n#\n\nGET /a\nHEAD /a\n\nPOST /a\nany /b\n",
    ] {
        assert_eq!(list(same), expected, "{same}");
    }
}

#[test]
fn what_is_nearly_a_list_is_none() {
    for (text, why) in [
        ("", "no route stands in the list"),
        ("# only words\n\n", "no route stands in the list"),
        ("GET /a\nget /b\n", "line 2 begins with neither a method"),
        ("GET /a\n\nGET\n", "line 3 is not of the form"),
        ("GET  /a", "in its path"),
        ("GET\t/a", "line 1 is not of the form"),
        (" GET /a", "line 1 begins with neither"),
        ("GET /a ", "line 1 has a space"),
        ("GET /a b", "line 1 has a space"),
        ("GET a", "does not start with a slash"),
        ("GET /a\nGET /a", "line 2 stands twice"),
        ("GET /a\nmethod=GET /a", "line 2 stands twice"),
        ("GET /a\n# words\n", "line 2 is a comment below a route"),
        ("any /a\nothers /a", "line 2 says of the path"),
        ("opaque /a\nopaque-prefix /a", "line 2 says of the path"),
        ("GET /a\nnone /a", "excludes its methods"),
        ("GET /a\nopaque /a", "excludes its methods"),
        ("GET /{a}\nGET /{b}", "conflicts"),
        ("GET /{a", "is not a valid pattern"),
        ("method= /a", "not a token"),
        ("method=a=b /a", "not a token"),
        ("GET /\\n", "neither `\\\\` nor"),
        ("GET /\\u{}", "neither `\\\\` nor"),
        ("GET /\\u{+41}", "neither `\\\\` nor"),
        ("GET /\\u{d800}", "neither `\\\\` nor"),
        ("GET /\\u{41", "neither `\\\\` nor"),
        ("GET /a\u{feff}", "invisible character"),
        ("\u{feff}GET /a", "line 1 begins with neither"),
    ] {
        let error = text.parse::<Inventory>().expect_err(text).to_string();
        assert!(error.contains(why), "{text:?}: {error}");
    }
    assert_eq!("GET /a\nget /b".parse::<Inventory>().map_err(|e| e.line()), Err(Some(2)));
}

#[test]
fn a_difference_names_each_line_on_its_side() {
    let expected = list("GET /a\nPOST /a\nGET /b\nopaque-prefix /c\nfallback /\n");
    let mounted = list("GET /a\nany /b\nopaque /c\nGET /d\nfallback /\n");
    let difference = Difference::between(&expected, &mounted);
    assert_eq!(difference.missing(), ["POST /a", "GET /b", "opaque-prefix /c"]);
    assert_eq!(difference.unexpected(), ["any /b", "opaque /c", "GET /d"]);
    assert_eq!(
        difference.to_string(),
        "- POST /a\n- GET /b\n+ any /b\n+ opaque /c\n- opaque-prefix /c\n+ GET /d"
    );
    assert!(Difference::between(&mounted, &mounted).is_empty());
}

#[test]
fn a_head_that_comes_with_get_is_no_difference() {
    let declared = Inventory::new([Route::new("/a", ["GET"]).expect("a route")]);
    let declared = declared.expect("an inventory");
    assert!(Difference::between(&declared, &list("GET /a")).is_empty());
    assert!(!Difference::between(&list("HEAD /a"), &list("GET /a")).is_empty());
}

#[test]
fn the_routes_that_answer_for_selfsame_are_no_difference() {
    let runs = Runs::default();
    let theirs: Router = Router::new().route("/a", get(runs.handler(HANDLER)));
    let before = listed(&theirs);
    let stamp = Embedded::new(b"");
    let inner: Router = Router::new().selfsame(selfsame::SelfCheck::new(stamp).at("/b/__build"));
    let after = listed(&theirs.clone().selfsame(stamp).nest("/outer", inner));
    assert_eq!(after.len(), before.len() + 12);
    assert!(Difference::between(&before, &after).is_empty());
    assert!(Difference::between(&after, &before).is_empty());

    // A part of them, or the same paths with other methods, are somebody's own.
    let methods = MethodFilter::GET.or(MethodFilter::POST).or(MethodFilter::OPTIONS);
    let ours = || on(methods, runs.handler(HANDLER));
    let part = theirs.clone().route("/x", ours()).route("/x/is/{commit}", ours());
    assert_eq!(Difference::between(&before, &listed(&part)).unexpected().len(), 6);
    let other = ["/x", "/x/", "/x/is/{commit}", "/x/is/{commit}/"];
    let other = other
        .into_iter()
        .fold(theirs, |router, path| router.route(path, any(runs.handler(HANDLER))));
    assert_eq!(Difference::between(&before, &listed(&other)).unexpected().len(), 4);
}
