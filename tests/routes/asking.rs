//! Questions, a method and a path, against an inventory.

use selfsame::routes::{Inventory, Mounted, Route};

fn inventory() -> Inventory {
    Inventory::new([
        Route::new("/", ["GET", "HEAD"]).expect("a route"),
        Route::new("/workflows/{id}", ["GET"]).expect("a route"),
        Route::new("/workflows/steps", ["POST"]).expect("a route"),
        Route::new("/workflows/steps/{*rest}", ["GET"]).expect("a route"),
        Route::any("/webhook").expect("a route"),
        Route::new("/json", ["POST"]).expect("a route").with_method_fallback(),
        Route::new("/{{literal}}", ["GET"]).expect("a route"),
        Route::opaque("/metrics").expect("a route"),
        Route::opaque_prefix("/static").expect("a route"),
        Route::opaque_prefix("/tenants/{id}/files/").expect("a route"),
        Route::new("/static-not", ["GET"]).expect("a route"),
        Route::fallback("/api").expect("a route"),
        Route::new("/api/v1", ["GET"]).expect("a route"),
    ])
    .expect("an inventory")
}

/// The answer in words: its name and the route that it means.
fn answer(inventory: &Inventory, method: &str, path: &str) -> String {
    let mounted = inventory.mounted(method, path);
    let name = match mounted {
        Mounted::Yes(_) => "yes",
        Mounted::MethodFallback(_) => "method fallback",
        Mounted::OtherMethods(_) => "other methods",
        Mounted::Opaque(_) => "opaque",
        Mounted::Fallback(_) => "fallback",
        Mounted::No => "no",
        other => panic!("no test for {other:?}"),
    };
    match mounted.route() {
        Some(route) => format!("{name} {}", route.path()),
        None => name.to_owned(),
    }
}

#[test]
fn each_question_has_the_answer_that_axum_would_give() {
    let inventory = inventory();
    for (method, path, expected) in [
        ("GET", "/", "yes /"),
        ("get", "/", "other methods /"),
        ("PURGE", "/", "other methods /"),
        ("GET", "/workflows/7", "yes /workflows/{id}"),
        ("HEAD", "/workflows/7", "yes /workflows/{id}"),
        ("GET", "/workflows/%2F", "yes /workflows/{id}"),
        ("POST", "/workflows/7", "other methods /workflows/{id}"),
        ("GET", "/workflows/7/", "no"),
        ("GET", "/workflows", "no"),
        ("GET", "/workflows/", "no"),
        ("POST", "/workflows/steps", "yes /workflows/steps"),
        // As in axum, the path decides first.
        ("GET", "/workflows/steps", "other methods /workflows/steps"),
        ("GET", "/workflows/steps/definitions/7", "yes /workflows/steps/{*rest}"),
        ("GET", "/workflows/steps/", "no"),
        ("PURGE", "/webhook", "yes /webhook"),
        ("POST", "/json", "yes /json"),
        ("GET", "/json", "method fallback /json"),
        ("GET", "/{literal}", "yes /{{literal}}"),
        ("GET", "/metrics", "opaque /metrics"),
        ("GET", "/metrics/more", "no"),
        ("PUT", "/static", "opaque /static"),
        ("PUT", "/static/", "opaque /static"),
        ("PUT", "/static/a/b.css", "opaque /static"),
        ("GET", "/static-not", "yes /static-not"),
        ("GET", "/tenants/7/files", "no"),
        ("GET", "/tenants/7/files/", "opaque /tenants/{id}/files/"),
        ("GET", "/tenants/7/files/a", "opaque /tenants/{id}/files/"),
        ("GET", "/api/v1", "yes /api/v1"),
        ("PUT", "/api/v1", "other methods /api/v1"),
        ("PUT", "/api/v2", "fallback /api"),
        ("GET", "/api", "fallback /api"),
        ("GET", "/api/", "no"),
        ("GET", "", "no"),
        ("OPTIONS", "*", "no"),
    ] {
        assert_eq!(answer(&inventory, method, path), expected, "{method} {path}");
    }
}

#[test]
fn a_pattern_as_it_is_listed_is_a_question_too() {
    let inventory = inventory();
    for route in &inventory {
        let found = inventory.mounted("GET", route.path());
        if route.is_fallback() {
            assert_eq!(found, Mounted::Fallback(route));
        } else {
            assert_eq!(found.route(), Some(route));
        }
    }
}

#[test]
fn a_fallback_for_everything_leaves_no_certain_no() {
    let root = Route::fallback("/").expect("a route");
    let inventory = Inventory::new([root.clone()]).expect("an inventory");
    for path in ["/", "/a/b", "", "*"] {
        assert_eq!(inventory.mounted("GET", path), Mounted::Fallback(&root));
        assert!(!inventory.mounted("GET", path).is_no());
        assert!(!inventory.mounted("GET", path).is_yes());
    }
}
