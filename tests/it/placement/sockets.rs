//! Under real servers, on real sockets.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, ServiceExt};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use selfsame::{RouterExt as _, SelfCheckLayer, routes as routing};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower::{Layer as _, Service, ServiceBuilder};

use super::{LISTED, open, routes, theirs};

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// Sends one request over a connection of its own, as HTTP/1.1.
async fn ask(address: SocketAddr, method: &str, target: &str) -> (StatusCode, String) {
    let mut connection = TcpStream::connect(address).await.expect("somebody listens");
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-length: 0\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.expect("it can be sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.expect("it is answered");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).expect("a status");
    (status.parse().expect("a status"), body.to_owned())
}

/// Asserts that the report comes with this inventory, by each method that a balancer sends.
async fn assert_answers(address: SocketAddr, listed: &str) {
    for target in ["/__build", "/__build/"] {
        let (status, report) = ask(address, "GET", target).await;
        assert_eq!((status, routes(&report).as_str()), (StatusCode::OK, listed), "{target}");
    }
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        let (status, body) = ask(address, method, "/__build?clean").await;
        assert_eq!((status, body.is_empty()), (StatusCode::OK, method == "HEAD"), "{method}");
        let stale = "/__build/is/2f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
        assert_eq!(ask(address, method, stale).await.0, StatusCode::CONFLICT, "{method}");
    }
}

#[tokio::test]
async fn under_axums_server_the_extension_and_the_layer_answer_alike() {
    let (listener, inside) = listen().await;
    tokio::spawn(axum::serve(listener, theirs::<()>().selfsame(open())).into_future());
    let (listener, around) = listen().await;
    let service = SelfCheckLayer::new(open()).layer(theirs::<()>());
    let service = ServiceExt::<Request>::into_make_service(service);
    tokio::spawn(axum::serve(listener, service).into_future());
    for address in [inside, around] {
        assert_answers(address, LISTED).await;
        assert_eq!(ask(address, "GET", "/").await, (StatusCode::OK, "hello".to_owned()));
    }
}

#[tokio::test]
async fn connect_info_passes_through() {
    let whoami = |ConnectInfo(peer): ConnectInfo<SocketAddr>| ready(peer.ip().to_string());
    let app = || Router::new().route("/whoami", get(whoami));
    let listed = r#"{"list":[{"methods":["GET","HEAD"],"path":"/whoami"}]}"#;

    let (listener, inside) = listen().await;
    let service = app().selfsame(open()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener, service).into_future());
    let (listener, around) = listen().await;
    let service = SelfCheckLayer::new(open()).layer(app());
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
    tokio::spawn(axum::serve(listener, service).into_future());
    for address in [inside, around] {
        assert_answers(address, listed).await;
        assert_eq!(ask(address, "GET", "/whoami").await.1, "127.0.0.1");
    }
}

#[tokio::test]
async fn in_front_of_hyper() {
    let (listener, address) = listen().await;
    let service = SelfCheckLayer::new(open()).layer(theirs::<()>());
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.expect("a connection");
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                let connection = TokioIo::new(connection);
                server.serve_connection(connection, service).await.expect("it is served");
            });
        }
    });
    assert_answers(address, LISTED).await;
    assert_eq!(ask(address, "GET", "/").await, (StatusCode::OK, "hello".to_owned()));
}

/// What tonic's code generator would make of a service.
#[derive(Clone)]
struct Greeter;

impl tonic::server::NamedService for Greeter {
    const NAME: &'static str = "hello.v1.Greeter";
}

impl Service<axum::http::Request<tonic::body::Body>> for Greeter {
    type Response = axum::http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: axum::http::Request<tonic::body::Body>) -> Self::Future {
        ready(Ok(tonic::Status::already_exists("hello").into_http()))
    }
}

const GREETER: &str =
    r#"{"list":[{"fallback":true,"path":"/"},{"opaque":true,"path":"/hello.v1.Greeter/{*rest}"}]}"#;

async fn assert_greets(address: SocketAddr) {
    let (status, _) = ask(address, "POST", "/hello.v1.Greeter/SayHello").await;
    assert_eq!(status, StatusCode::OK);
    // tonic says UNIMPLEMENTED, which is no 404.
    assert_eq!(ask(address, "POST", "/hello.v1.Other/SayHello").await.0, StatusCode::OK);
    for path in ["/hello.v1.Greeter/SayHello", "/hello.v1.Other/SayHello"] {
        let question = format!("/__build?route=POST%20{path}");
        let (status, problem) = ask(address, "GET", &question).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(problem.contains("\"unknown\":"), "{problem}");
    }
}

#[tokio::test]
async fn on_the_routes_of_a_tonic_server() {
    let (listener, address) = listen().await;
    let routes = Routes::new(Greeter).into_axum_router().selfsame(open());
    let server = Server::builder().accept_http1(true).add_routes(routes.into());
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    assert_answers(address, GREETER).await;
    assert_greets(address).await;
}

#[tokio::test]
async fn around_a_tonic_server() {
    let (listener, address) = listen().await;
    let routes = Routes::new(Greeter);
    let inventory = routing::of(&routes.clone().into_axum_router());
    let layer = ServiceBuilder::new()
        .layer(SelfCheckLayer::new(open()).routes(inventory))
        // tonic's body cannot be made of bytes, axum's can.
        .map_response(|answer: axum::http::Response<tonic::body::Body>| answer.map(Body::new))
        .into_inner();
    let server = Server::builder().accept_http1(true).layer(layer).add_routes(routes);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    assert_answers(address, GREETER).await;
    assert_greets(address).await;
}
