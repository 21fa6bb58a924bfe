//! The JSON forms, and what is refused when they come from outside.

use selfsame_core::routes::{Inventory, Route, Routes};
use serde_json::{Value, json};

fn inventory(value: &Value) -> Result<Inventory, serde_json::Error> {
    serde_json::from_str(&value.to_string())
}

#[test]
fn each_kind_of_route_has_its_form() {
    let routes = [
        (Route::new("/a", ["HEAD", "GET"]), r#"{"methods":["GET","HEAD"],"path":"/a"}"#),
        (Route::new("/b", [""; 0]), r#"{"methods":[],"path":"/b"}"#),
        (Route::any("/c"), r#"{"any":true,"path":"/c"}"#),
        (
            Route::new("/d", ["PUT"]).map(Route::with_any),
            r#"{"any":true,"methods":["PUT"],"path":"/d"}"#,
        ),
        (
            Route::new("/e", ["PUT"]).map(Route::with_method_fallback),
            r#"{"method_fallback":true,"methods":["PUT"],"path":"/e"}"#,
        ),
        (Route::opaque("/f"), r#"{"opaque":true,"path":"/f"}"#),
        (Route::opaque_prefix("/g"), r#"{"opaque":true,"path":"/g","prefix":true}"#),
        (Route::fallback("/h"), r#"{"fallback":true,"path":"/h"}"#),
    ];
    let (routes, forms): (Vec<_>, Vec<_>) = routes.into_iter().unzip();
    let routes: Result<Vec<_>, _> = routes.into_iter().collect();
    // Sorted by path whatever the order in which they came.
    let shuffled = routes.expect("routes").into_iter().rev();
    let inventory = Inventory::new(shuffled).expect("an inventory");

    let text = serde_json::to_string(&inventory).expect("JSON");
    assert_eq!(text, format!("[{}]", forms.join(",")));
    let back: Inventory = serde_json::from_str(&text).expect("an inventory");
    assert_eq!(back, inventory);

    let text = serde_json::to_string(&Routes::from(inventory.clone())).expect("JSON");
    assert_eq!(text, format!(r#"{{"list":[{}]}}"#, forms.join(",")));
    let back: Routes = serde_json::from_str(&text).expect("routes");
    assert_eq!(back.list(), Some(&inventory));
}

#[test]
fn unknown_is_never_a_list() {
    let text = serde_json::to_string(&Routes::unavailable("no axum router")).expect("JSON");
    assert_eq!(text, r#"{"unavailable":"no axum router"}"#);
    let back: Routes = serde_json::from_str(&text).expect("routes");
    assert_eq!((back.list(), back.reason()), (None, Some("no axum router")));

    assert_eq!(Routes::unavailable(" ").reason(), Some("no reason was given"));
    for text in [
        "{}",
        "null",
        "[]",
        r#"{"list":null}"#,
        r#"{"unavailable":""}"#,
        r#"{"unavailable":null}"#,
        r#"{"list":[],"unavailable":"reason"}"#,
        r#"{"list":[],"list":[]}"#,
        r#"{"list":[],"more":1}"#,
    ] {
        let routes: Result<Routes, _> = serde_json::from_str(text);
        assert!(routes.is_err(), "{text} became {routes:?}");
    }
    let long = json!({ "unavailable": "x".repeat(5000) }).to_string();
    assert!(serde_json::from_str::<Routes>(&long).is_err());
}

#[test]
fn a_route_of_no_known_kind_is_refused() {
    for route in [
        json!({}),
        json!({ "path": "/" }),
        json!({ "methods": ["GET"] }),
        json!({ "methods": ["GET"], "path": "" }),
        json!({ "methods": ["GET"], "path": "a" }),
        json!({ "methods": ["GET"], "path": "/{a" }),
        json!({ "methods": ["GET"], "path": "/{*a}/b" }),
        json!({ "methods": ["GET", "GET"], "path": "/" }),
        json!({ "methods": ["G T"], "path": "/" }),
        json!({ "methods": [""], "path": "/" }),
        json!({ "methods": ["GET"], "path": "/", "more": true }),
        json!({ "methods": ["GET"], "opaque": true, "path": "/" }),
        json!({ "methods": ["GET"], "fallback": true, "path": "/" }),
        json!({ "methods": ["GET"], "path": "/", "prefix": true }),
        json!({ "any": true, "method_fallback": true, "methods": [], "path": "/" }),
        json!({ "any": true, "opaque": true, "path": "/" }),
        json!({ "method_fallback": true, "path": "/" }),
        json!({ "fallback": true, "opaque": true, "path": "/" }),
        json!({ "fallback": true, "path": "/", "prefix": true }),
        json!({ "opaque": true, "path": "/{*a}", "prefix": true }),
        json!({ "opaque": "yes", "path": "/" }),
    ] {
        let found = inventory(&json!([route]));
        assert!(found.is_err(), "{route} became {found:?}");
    }
    // A method that nobody knows yet is a method.
    assert!(inventory(&json!([{ "methods": ["QUERY", "x-Y!"], "path": "/" }])).is_ok());
}

#[test]
fn routes_that_cannot_be_in_one_router_are_refused() {
    for (one, other) in [("/a", "/a"), ("/{a}", "/{b}"), ("/{a}", "/{*rest}"), ("/{a}/b", "/{c}/b")]
    {
        let route = |path: &str| json!({ "methods": ["GET"], "path": path });
        let found = inventory(&json!([route(one), route(other)]));
        assert!(found.is_err(), "{one} and {other} became {found:?}");
    }
    let fallback = json!({ "fallback": true, "path": "/" });
    assert!(inventory(&json!([fallback])).is_ok());
    assert!(inventory(&json!([fallback, fallback])).is_err());
    let nested = json!({ "opaque": true, "path": "/a", "prefix": true });
    assert!(inventory(&json!([nested, { "any": true, "path": "/a/" }])).is_err());
}

#[test]
fn what_is_too_much_is_refused_in_time() {
    let plain = |path: String| json!({ "methods": ["GET"], "path": path });
    let numbered = |count| (0..count).map(|n| plain(format!("/{n}"))).collect::<Vec<_>>();
    assert!(inventory(&Value::from(numbered(10_000))).is_ok());
    assert!(inventory(&Value::from(numbered(10_001))).is_err());

    let long = |length| json!([plain(format!("/{}", "a".repeat(length - 1_usize)))]);
    assert!(inventory(&long(4_096)).is_ok());
    assert!(inventory(&long(4_097)).is_err());

    let methods = |count| {
        let methods: Vec<_> = (0..count).map(|n| format!("M{n}")).collect();
        json!([{ "methods": methods, "path": "/" }])
    };
    assert!(inventory(&methods(64)).is_ok());
    assert!(inventory(&methods(65)).is_err());

    // matchit panics on the 26th capture of a path.
    let captures = |count| json!([plain(vec!["/{p}"; count].concat())]);
    assert!(inventory(&captures(25)).is_ok());
    assert!(inventory(&captures(26)).is_err());

    assert!(inventory(&json!([plain(format!("/{}", "{{".repeat(65)))])).is_err());
    let megabytes: Vec<_> = (0..300).map(|n| plain(format!("/{n}/{}", "a".repeat(4000)))).collect();
    assert!(inventory(&Value::from(megabytes)).is_err());
}

#[test]
fn paths_that_each_begin_with_the_last_do_not_use_up_the_stack() {
    // As deep as the limit on the bytes of all paths lets the tree be.
    let chain = (1..1440).map(|n| Route::new(&format!("/{}", "a".repeat(n)), ["GET"]));
    let chain: Result<Vec<_>, _> = chain.collect();
    let inventory = Inventory::new(chain.expect("routes")).expect("an inventory");
    assert!(inventory.mounted("GET", &format!("/{}", "a".repeat(1439))).is_yes());
}
