//! The report in front of a gRPC server.
//!
//! ```console
//! $ cargo run --example tonic --features stamp-own
//! $ curl "http://127.0.0.1:3000/__build"
//! $ printf '\0\0\0\0\0' | curl -i --http2-prior-knowledge --data-binary @- \
//!     -H 'content-type: application/grpc' http://127.0.0.1:3000/hello.v1.Greeter/Greet
//! ```
#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::convert::Infallible;
use std::error::Error;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use selfsame::{SelfCheckLayer, routes};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower::{Service, ServiceBuilder};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let services = Routes::new(Greeter);
    // What is behind a gRPC service is opaque, but which services there are can be told.
    let routes = routes::of(&services.clone().into_axum_router());
    let layer = ServiceBuilder::new()
        .layer(SelfCheckLayer::new(selfsame::stamp!()).routes(routes))
        // The report is bytes, which axum's body can be made of and tonic's cannot.
        .map_response(|answer: Response<Body>| answer.map(axum::body::Body::new))
        .into_inner();

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    // HTTP/1 is for those who ask for the report: curl, load balancers, the command.
    let server = Server::builder().accept_http1(true).layer(layer).add_routes(services);
    server.serve_with_incoming(TcpIncoming::from(listener)).await?;
    Ok(())
}

/// What tonic's code generator makes of a service with one method, `Greet`, that takes and gives
/// `google.protobuf.Empty`.
#[derive(Debug, Clone)]
struct Greeter;

impl NamedService for Greeter {
    const NAME: &'static str = "hello.v1.Greeter";
}

impl Service<Request<Body>> for Greeter {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if request.uri().path() != "/hello.v1.Greeter/Greet" {
            return ready(Ok(tonic::Status::unimplemented("").into_http()));
        }
        // One message: not compressed, of no bytes.
        let message = Full::new(Bytes::from_static(&[0; 5]));
        let ok = HeaderMap::from_iter([(
            http::HeaderName::from_static("grpc-status"),
            HeaderValue::from_static("0"),
        )]);
        let body = message.with_trailers(ready(Some(Ok(ok))));
        let mut response = Response::new(Body::new(body));
        let grpc = HeaderValue::from_static("application/grpc");
        response.headers_mut().insert(http::header::CONTENT_TYPE, grpc);
        ready(Ok(response))
    }
}
