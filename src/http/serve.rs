use std::io;

use axum::Router;
use tokio::net::{TcpListener, ToSocketAddrs};

use super::{RouterExt as _, SelfCheck};
use crate::routes::Routes;

/// Serves the report on a listener of its own, so that the service's public one has nothing of it.
///
/// It runs until its future is dropped; give it to a task. Tell it the routes of the service, which
/// it cannot see: [`SelfCheck::routes`].
///
/// # Errors
///
/// If the address cannot be bound. That is no reason for a service to stop.
///
/// # Examples
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use selfsame::{Level, SelfCheck, routes};
///
/// # async fn start() -> std::io::Result<()> {
/// # let stamp = selfsame::stamp::Embedded::new(b"");
/// let app: Router = Router::new().route("/", get(|| async { "hello" }));
/// let check = SelfCheck::new(stamp) // selfsame::stamp!()
///     .routes(routes::of(&app))
///     .public(Level::Full); // whoever reaches that port may see it all
/// tokio::spawn(selfsame::serve("127.0.0.1:9100", check));
///
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
/// axum::serve(listener, app).await
/// # }
/// ```
pub async fn serve(address: impl ToSocketAddrs, check: impl Into<SelfCheck>) -> io::Result<()> {
    let check = check.into();
    match TcpListener::bind(address).await {
        Ok(listener) => serve_on(listener, check).await,
        Err(error) => {
            tracing::warn!(%error, "selfsame: the report has no listener of its own");
            Err(error)
        }
    }
}

/// The same on a listener that is bound already.
///
/// # Errors
///
/// None today: what goes wrong with one connection ends that connection.
pub async fn serve_on(listener: TcpListener, check: impl Into<SelfCheck>) -> io::Result<()> {
    let mut check = check.into();
    // What this router has is not what the service has.
    check.routes.get_or_insert_with(|| {
        Routes::unavailable(
            "the report is served on a listener of its own; declare the routes of the service with \
             SelfCheck::routes",
        )
    });
    axum::serve(listener, Router::new().selfsame(check)).await
}
