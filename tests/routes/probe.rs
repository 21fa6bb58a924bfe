//! The in-process probe: its answers, and that nothing of the service runs.

use axum::{
    Router,
    routing::{any, get, post},
};
use selfsame::routes::{Answer, Inventory, Route, verify};

use crate::support::{FALLBACK, HANDLER, METHOD_FALLBACK, Runs, SERVICE, listed};

fn answers(router: &Router, inventory: &Inventory) -> Vec<String> {
    let verification = verify(router, inventory);
    let answers = verification.answers();
    answers.map(|(route, answer)| format!("{route}: {answer}")).collect()
}

#[test]
fn every_listed_route_is_found_and_nothing_runs() {
    let runs = Runs::default();
    let handler = || runs.handler(HANDLER);
    let nested = Router::new()
        .route("/", get(handler()))
        .route("/{id}/{*rest}", post(handler()).layer(runs.layer()))
        .fallback(runs.handler(FALLBACK));
    let router: Router = Router::new()
        .route("/", get(handler()).post(handler()))
        .route("/any", any(handler()))
        .route("/more", get(handler()).fallback(runs.handler(METHOD_FALLBACK)))
        .route_service("/whole", runs.service(SERVICE))
        .nest_service("/under", runs.service(SERVICE))
        .nest("/nested/{tenant}", nested)
        .route_layer(runs.layer())
        .layer(runs.layer())
        .method_not_allowed_fallback(runs.handler(METHOD_FALLBACK))
        .fallback_service(runs.service(FALLBACK));

    assert_eq!(
        answers(&router, &listed(&router)),
        [
            "GET,HEAD,POST,OTHERS /: match",
            "FALLBACK /…: opaque",
            "ANY /any: match",
            "GET,HEAD,OTHERS /more: match",
            "GET,HEAD,OTHERS /nested/{tenant}: match",
            "FALLBACK /nested/{tenant}/…: opaque",
            "POST,OTHERS /nested/{tenant}/{id}/{*rest}: match",
            "OPAQUE /under/…: opaque",
            "OPAQUE /whole: opaque",
        ]
    );
    assert_eq!(runs.count(), 0);
}

#[test]
fn what_the_router_does_not_have_is_absent_or_differs() {
    let runs = Runs::default();
    let router: Router = Router::new()
        .route("/get", get(runs.handler(HANDLER)))
        .route("/any", any(runs.handler(HANDLER)))
        .route("/{capture}/x", get(runs.handler(HANDLER)))
        .fallback(runs.handler(FALLBACK));
    let inventory = Inventory::new([
        Route::new("/any", ["GET"]).expect("a route"),
        Route::new("/gone", ["GET"]).expect("a route"),
        Route::new("/gone/{id}", ["GET"]).expect("a route"),
        Route::new("/get", ["GET", "HEAD", "POST"]).expect("a route"),
        Route::new("/more/x", ["GET"]).expect("a route"),
        Route::opaque("/service").expect("a route"),
        Route::any("/{capture}/x").expect("a route"),
    ]);
    assert_eq!(
        answers(&router, &inventory.expect("an inventory")),
        [
            "GET /any: differs: it answers every method",
            "GET,HEAD,POST /get: differs: POST is refused",
            "GET /gone: absent",
            "GET /gone/{id}: absent",
            "GET /more/x: differs: it is at \"/{capture}/x\"",
            "OPAQUE /service: absent",
            "ANY /{capture}/x: differs: it answers some methods only",
        ]
    );
    assert_eq!(runs.count(), 0);
}

#[test]
fn a_route_that_no_request_can_ask_for_is_not_called_absent() {
    let runs = Runs::default();
    let router: Router = Router::new()
        .route("/what?", get(runs.handler(HANDLER)))
        .route("/with space", get(runs.handler(HANDLER)))
        .route("/fragment#", get(runs.handler(HANDLER)));
    let verification = verify(&router, &listed(&router));
    assert_eq!(verification.answers().count(), 3);
    for (route, answer) in verification.answers() {
        assert!(matches!(answer, Answer::NotAskable(_)), "{route}: {answer}");
    }
    assert!(verification.is_confirmed());
}
