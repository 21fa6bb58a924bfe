//! A service of plain hyper, which keeps the list of its routes next to the function that answers them.

use std::convert::Infallible;
use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use selfsame::SelfCheck;
use selfsame::routes::Inventory;
use tokio::net::TcpListener;

/// What [`answer`] answers, a method and a path a line.
const ROUTES: &str = "\
GET /api/v1/workflows
DELETE /api/v1/workflows/{id}
GET /api/v1/workflows/{id}
";

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let below = request.uri().path().strip_prefix("/api/v1/workflows");
    let (status, body) = match (request.method(), below) {
        (&Method::GET, Some("")) => (StatusCode::OK, "[]"),
        (&Method::GET, Some(id)) if id.starts_with('/') => (StatusCode::OK, "{}"),
        (&Method::DELETE, Some(id)) if id.starts_with('/') => (StatusCode::NO_CONTENT, ""),
        _ => (StatusCode::NOT_FOUND, ""),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    Ok(response)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let check = SelfCheck::new(selfsame::stamp!()).routes(ROUTES.parse::<Inventory>());
    let report = TcpListener::bind(address("REPORT", 9100)).await?;
    println!("report on http://{}/__build", report.local_addr()?);
    tokio::spawn(selfsame::serve_on(report, check));

    let listener = TcpListener::bind(address("LISTEN", 8080)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        // What goes wrong with one connection ends that connection.
        tokio::spawn(
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)),
        );
    }
}

fn address(variable: &str, port: u16) -> SocketAddr {
    let set = std::env::var(variable).ok().and_then(|address| address.parse().ok());
    set.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], port)))
}
