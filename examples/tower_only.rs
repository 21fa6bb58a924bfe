//! The report in front of a tower service that no framework has made, served by hyper.
//!
//! ```console
//! $ cargo run --example tower_only --no-default-features --features tower,cli
//! $ curl "http://127.0.0.1:3000/__build?route=GET%20/hello"
//! ```
#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use selfsame::SelfCheckLayer;
use selfsame::routes::{Inventory, Route};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Nothing tells which paths a function answers, so they are declared.
    let routes = Inventory::new([Route::new("/hello", ["GET"])?])?;
    let service = ServiceBuilder::new()
        .layer(SelfCheckLayer::new(selfsame::stamp!()).routes(routes))
        .service(service_fn(answer));

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (connection, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let connection = TokioIo::new(connection);
            // A client that went away is not a concern of ours.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(connection, service)
                .await;
        });
    }
}

async fn answer<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/hello") => (StatusCode::OK, "hello\n"),
        (_, "/hello") => (StatusCode::METHOD_NOT_ALLOWED, ""),
        _ => (StatusCode::NOT_FOUND, ""),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    Ok(response)
}
