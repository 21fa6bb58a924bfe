//! A back office: what a service that uses selfsame looks like.

mod modules;

use selfsame::RouterExt as _;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::var("BACKOFFICE_LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);

    let app = modules::router().selfsame(selfsame::stamp!());
    axum::serve(listener, app).await
}
