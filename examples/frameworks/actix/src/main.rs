//! A service of actix-web, whose routes come from its OpenAPI document.

use std::net::{SocketAddr, TcpListener};

use actix_web::{App, HttpResponse, HttpServer, rt, web};
use selfsame::SelfCheck;
use selfsame::routes::{Inventory, InventoryError};

/// The document that the service publishes has its paths below `/api/v1`.
fn routes() -> Result<Inventory, InventoryError> {
    Inventory::nested("/api/v1", &Inventory::from_openapi(include_str!("../openapi.json"))?)
}

fn main() -> std::io::Result<()> {
    rt::System::new().block_on(start())
}

async fn start() -> std::io::Result<()> {
    // What goes wrong with the list is in the report, and does not stop the service.
    let check = SelfCheck::new(selfsame::stamp!()).routes(routes());
    let report = tokio::net::TcpListener::bind(address("REPORT", 9100)).await?;
    println!("report on http://{}/__build", report.local_addr()?);
    rt::spawn(selfsame::serve_on(report, check));

    let listener = TcpListener::bind(address("LISTEN", 8080))?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = || {
        App::new().service(
            web::scope("/api/v1")
                .route("/workflows", web::get().to(|| async { "[]" }))
                .route("/workflows/{id}", web::get().to(|| async { "{}" }))
                .route("/workflows/{id}", web::delete().to(HttpResponse::NoContent)),
        )
    };
    HttpServer::new(app).workers(1).listen(listener)?.run().await
}

fn address(variable: &str, port: u16) -> SocketAddr {
    let set = std::env::var(variable).ok().and_then(|address| address.parse().ok());
    set.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], port)))
}
