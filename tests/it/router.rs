//! The one line on an axum router.

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::{any, get};
use selfsame::RouterExt as _;

use crate::support::{COMMIT, OTHER, TOKEN, app, ask, check, facts, get_from, panic_of};

#[tokio::test]
async fn the_report_comes_with_its_headers_on_both_spellings_of_the_path() {
    let app = app(check(facts()));
    for target in ["/__build", "/__build/"] {
        let answer = get_from(&app, target).await;
        assert_eq!(answer.status, StatusCode::OK, "{target}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.text.starts_with(&format!("{{\"commit\":\"{COMMIT}\"")), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_load_balancer_that_can_only_send_one_method_is_answered() {
    let app = app(check(facts()));
    for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
        for (target, status) in [
            (format!("/__build?commit={COMMIT}"), StatusCode::OK),
            (format!("/__build?commit={OTHER}"), StatusCode::CONFLICT),
            (format!("/__build/is/{COMMIT}"), StatusCode::OK),
            (format!("/__build/is/{COMMIT}/"), StatusCode::OK),
            (format!("/__build/is/{OTHER}"), StatusCode::CONFLICT),
        ] {
            let answer = ask(&app, method.clone(), &target, None).await;
            assert_eq!(answer.status, status, "{method} {target}");
            assert_eq!(answer.text.is_empty(), method == Method::HEAD, "{method} {target}");
        }
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
        let answer = ask(&app, method.clone(), "/__build", None).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(answer.header("allow").contains("GET"), "{method}");
    }
}

#[tokio::test]
async fn every_answer_has_the_same_headers() {
    let app = app(check(facts()));
    let questions = [
        (Method::GET, "/__build", 200),
        (Method::GET, "/__build?clean", 200),
        (Method::GET, "/__build/metrics", 200),
        (Method::GET, "/__build?comit=1", 400),
        (Method::GET, "/__build?level=full", 401),
        (Method::PUT, "/__build", 405),
        (Method::DELETE, "/__build/", 405),
        (Method::PATCH, "/__build/metrics", 405),
        (Method::TRACE, "/__build/is/main", 405),
    ];
    for (method, target, status) in questions {
        let answer = ask(&app, method.clone(), target, None).await;
        assert_eq!(answer.status, status, "{method} {target}");
        assert_eq!(answer.header("cache-control"), "no-store", "{method} {target}");
        assert_eq!(answer.header("vary"), "Accept, Authorization", "{method} {target}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {target}");
        let policy = answer.header("cross-origin-resource-policy");
        assert_eq!(policy, "same-origin", "{method} {target}");
        if status >= 400 {
            assert_eq!(answer.header("content-type"), "application/problem+json", "{target}");
            assert_eq!(answer.json()["status"], status, "{target}");
        }
        assert_eq!(answer.header("allow").is_empty(), status != 405, "{method} {target}");
    }
}

#[tokio::test]
async fn other_routes_answer_as_before() {
    let app = app(check(facts()));
    assert_eq!(get_from(&app, "/").await.text, "hello");
    assert_eq!(get_from(&app, "/nowhere").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get_from(&app, "/__build/nowhere").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get_from(&app, "/__builder").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_inventory_holds_the_routes_of_the_service_and_not_ours() {
    let answer = ask(&app(check(facts())), Method::GET, "/__build", Some(TOKEN)).await;
    assert_eq!(
        answer.json()["routes"].to_string(),
        r#"{"list":[{"methods":["GET","HEAD"],"path":"/"},{"methods":["GET","HEAD","POST"],"path":"/api/v1/workflows/{id}"}]}"#
    );
}

#[tokio::test]
async fn it_stands_beside_catch_alls_and_fallbacks() {
    let captures: Router = Router::new()
        .route("/{a}/{b}", any(|| async { "theirs" }))
        .route("/{a}/{b}/{c}", any(|| async { "theirs" }));
    let catch_all: Router = Router::new().route("/{*rest}", any(|| async { "theirs" }));
    let fallback: Router = Router::new().fallback(|| async { "theirs" });
    for theirs in [captures, catch_all, fallback] {
        let app = theirs.selfsame(check(facts()));
        for target in ["/__build", "/__build/"] {
            assert!(get_from(&app, target).await.text.contains(COMMIT), "{target}");
        }
        let is = format!("/__build/is/{OTHER}");
        assert_eq!(get_from(&app, &is).await.status, StatusCode::CONFLICT);
        assert_eq!(get_from(&app, "/a/b").await.text, "theirs");
    }
}

#[tokio::test]
async fn another_path_and_a_nested_router_work() {
    let check = check(facts()).at("/billing/__build/");
    let app: Router = Router::new().selfsame(check);
    assert_eq!(get_from(&app, "/billing/__build").await.status, StatusCode::OK);
    assert_eq!(get_from(&app, "/__build").await.status, StatusCode::NOT_FOUND);

    let nested: Router = Router::new().nest("/outer", app);
    let is = format!("/outer/billing/__build/is/{OTHER}");
    assert_eq!(get_from(&nested, &is).await.status, StatusCode::CONFLICT);
    assert_eq!(get_from(&nested, &is.replace(OTHER, COMMIT)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_router_with_state_that_is_still_missing_can_be_checked() {
    let app: Router = Router::<u32>::new()
        .route("/state", get(|state: axum::extract::State<u32>| async move { state.0.to_string() }))
        .selfsame(check(facts()))
        .with_state(7);
    assert_eq!(get_from(&app, "/state").await.text, "7");
    assert_eq!(get_from(&app, "/__build?clean").await.status, StatusCode::OK);
}

#[test]
fn a_second_call_and_a_route_of_ones_own_panic_at_the_line_that_made_the_mistake() {
    let message = panic_of(|| {
        let _: Router = app(check(facts())).selfsame(check(facts()));
    });
    assert!(message.contains("call `selfsame` once"), "{message}");
    assert!(message.contains("tests/it/router.rs"), "{message}");

    for taken in ["/__build", "/__build/", "/__build/is/{commit}"] {
        let message = panic_of(|| {
            let own = Router::new().route(taken, get(|| async { "mine" }));
            let _: Router = own.selfsame(check(facts()));
        });
        assert!(message.contains("tests/it/router.rs"), "{taken}: {message}");
    }
}

#[test]
fn a_path_that_cannot_be_one_panics_where_it_is_given() {
    for path in ["", "/", "build", "/a b", "/{a}", "/a?b", "/a#b"] {
        let message = panic_of(|| drop(check(facts()).at(path)));
        assert!(message.contains("the path of the report is"), "{path:?}: {message}");
        assert!(message.contains("tests/it/router.rs"), "{path:?}: {message}");
    }
}
