//! The layer, around services that are not axum routers.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use selfsame::SelfCheckLayer;
use selfsame::routes::{Inventory, Route};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

use crate::support::{COMMIT, OTHER, TOKEN, check, facts};

type Body = Full<Bytes>;

fn service(
    layer: &SelfCheckLayer,
) -> impl Service<Request<()>, Response = Response<Body>, Error = Infallible> + Clone {
    layer.layer(service_fn(|request: Request<()>| async move {
        Ok(Response::new(Full::from(request.uri().path().to_owned())))
    }))
}

async fn ask(layer: &SelfCheckLayer, method: Method, target: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", format!("Bearer {TOKEN}"))
        .body(())
        .expect("the request is well-formed");
    let Ok(response) = service(layer).oneshot(request).await;
    let status = response.status();
    let Ok(body) = response.into_body().collect().await;
    (status, String::from_utf8(body.to_bytes().to_vec()).expect("the body is UTF-8"))
}

#[tokio::test]
async fn the_layer_answers_as_the_extension_does() {
    let layer = SelfCheckLayer::new(check(facts()));
    for (target, status) in [
        ("/__build".to_owned(), StatusCode::OK),
        ("/__build/".to_owned(), StatusCode::OK),
        (format!("/__build?commit={COMMIT}"), StatusCode::OK),
        (format!("/__build?commit={OTHER}"), StatusCode::CONFLICT),
        (format!("/__build/is/{COMMIT}"), StatusCode::OK),
        (format!("/__build/is/{COMMIT}/"), StatusCode::OK),
        (format!("/__build/is/{OTHER}?else=503"), StatusCode::SERVICE_UNAVAILABLE),
        ("/__build/is/main".to_owned(), StatusCode::BAD_REQUEST),
        ("/__build?comit=1".to_owned(), StatusCode::BAD_REQUEST),
        ("/__build/nowhere".to_owned(), StatusCode::NOT_FOUND),
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
            let (found, body) = ask(&layer, method.clone(), &target).await;
            assert_eq!(found, status, "{method} {target}");
            assert_eq!(body.is_empty(), method == Method::HEAD, "{method} {target}");
        }
    }
    let (status, _) = ask(&layer, Method::DELETE, "/__build").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_is_not_ours_goes_through_untouched() {
    let layer = SelfCheckLayer::new(check(facts()));
    for target in ["/", "/__builder", "/x/__build", "/__buil", "/__BUILD"] {
        assert_eq!(ask(&layer, Method::GET, target).await, (StatusCode::OK, target.to_owned()));
    }
}

#[tokio::test]
async fn routes_are_unavailable_until_they_are_declared() {
    let layer = SelfCheckLayer::new(check(facts()));
    let (_, report) = ask(&layer, Method::GET, "/__build").await;
    assert!(report.contains("\"routes\":{\"unavailable\":"), "{report}");
    let question = "/__build?route=GET%20/rpc";
    let (status, problem) = ask(&layer, Method::GET, question).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem.contains("the routes are unavailable"), "{problem}");

    let declared = Inventory::new([Route::new("/rpc", ["GET"]).expect("a route")]).expect("a list");
    let layer = layer.routes(declared);
    assert_eq!(ask(&layer, Method::GET, question).await.0, StatusCode::OK);
}
