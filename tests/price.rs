//! What the report costs requests that are not for it: allocations, counted.

use std::convert::Infallible;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request};
use axum::response::Response;
use axum::routing::get;
use selfsame::stamp::{Embedded, Facts, Stamp, frame};
use selfsame::{RouterExt as _, SelfCheck, SelfCheckLayer};
use selfsame_core::environment::Environment;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tower_http::set_header::SetResponseHeaderLayer;

fn check() -> SelfCheck {
    static STAMP: LazyLock<&'static [u8]> = LazyLock::new(|| {
        frame(&Stamp::seal(Facts::new("api", "1.0.0")).expect("the facts agree")).leak()
    });
    SelfCheck::new(Embedded::new(*STAMP)).environment(Environment::default())
}

fn router() -> Router {
    let mut router = Router::new().route("/", get(|| async { "hello" }));
    for number in 0..20 {
        router = router.route(&format!("/route/{number}/{{id}}"), get(|| async { "one" }));
    }
    router
}

/// The allocations of one request to a warm service, its making and its answer's end left out.
fn allocations<S>(service: &S, path: &str) -> u64
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone,
{
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let ask = || {
        let request = Request::get(path).body(Body::empty()).expect("it is well-formed");
        let mut service = service.clone();
        let mut answer = None;
        let counted = allocation_counter::measure(|| {
            answer = Some(runtime.block_on(async {
                service.ready().await.unwrap_or_else(|never| match never {}).call(request).await
            }));
        });
        assert!(answer.expect("it was asked").is_ok_and(|answer| answer.status() == 200));
        counted.count_total
    };
    ask();
    let counts = [ask(), ask(), ask()];
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    counts[0]
}

#[test]
fn the_extension_costs_other_routes_no_allocation() {
    let (without, with) = (router(), router().selfsame(check()));
    for path in ["/", "/route/7/1"] {
        assert_eq!(allocations(&with, path), allocations(&without, path), "{path}");
    }
}

#[test]
fn the_layer_around_a_service_costs_no_allocation() {
    let service = service_fn(|_: Request<Body>| async { Ok(Response::new(Body::empty())) });
    let with = SelfCheckLayer::new(check()).layer(service);
    assert_eq!(allocations(&with, "/other"), allocations(&service, "/other"));
    assert_eq!(allocations(&with, "/__buil"), allocations(&service, "/__buil"));

    let around = SelfCheckLayer::new(check()).layer(router());
    assert_eq!(allocations(&around, "/route/7/1"), allocations(&router(), "/route/7/1"));
}

/// The counter counts: what others put into a router costs something.
#[test]
fn a_layer_of_a_router_is_not_free() {
    let without = allocations(&router(), "/");
    let identity = router().layer(tower::layer::util::Identity::new());
    assert!(allocations(&identity, "/") > without);
    let header = SetResponseHeaderLayer::overriding(
        HeaderName::from_static("x-version"),
        HeaderValue::from_static("1"),
    );
    assert!(allocations(&router().layer(header), "/") > without);
}

/// A report that nothing has changed is not rendered again.
#[test]
fn the_report_is_rendered_once_for_many_requests() {
    let with = router().selfsame(check().look_every(Duration::from_secs(3600)));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let begun = Instant::now();
    let status = |target: &str| {
        let request = Request::get(target).body(Body::empty()).expect("it is well-formed");
        runtime.block_on(with.clone().oneshot(request)).map_or(0, |answer| answer.status().as_u16())
    };
    // The process looks at itself first, and each look is rendered once.
    while status("/__build?intact") == 503 {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never looked");
        std::thread::sleep(Duration::from_millis(5));
    }
    let rendered = allocations(&with, "/__build");
    // The JSON alone would take many more.
    let fixed = router().route("/fixed", get(|| async { ([("x-a", "1"); 4], "{}") }));
    let fixed = allocations(&fixed, "/fixed");
    assert!(rendered <= fixed + 8, "{rendered} allocations beside {fixed} of fixed bytes");
}
