use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{RouterExt as _, SelfCheck};
use crate::routes::Routes;

/// How much of the process its callers may take up.
#[derive(Debug, Clone, Copy)]
struct Limits {
    connections: usize,
    /// The head of a request has to be there after so long, the first and each that follows.
    head: Duration,
    /// A connection answers no other request after so long,
    lifetime: Duration,
    /// and is closed after so long again.
    grace: Duration,
    /// The longest head, in bytes.
    head_length: usize,
}

const LIMITS: Limits = Limits {
    connections: 64,
    head: Duration::from_secs(10),
    lifetime: Duration::from_secs(60),
    grace: Duration::from_secs(5),
    head_length: 16 * 1024,
};

/// So long after a connection could not be accepted comes the next attempt: the process may have no
/// file descriptors left.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves the report on a listener of its own, so that the service's public one has nothing of it.
///
/// It runs until its future is dropped, which ends its connections too; give it to a task. It cannot
/// see the routes of the service: declare them with [`SelfCheck::routes`].
///
/// Its callers take up no more than 64 connections; those beyond wait in the system's queue, and
/// hold no file descriptor of the process. A connection is closed if the head of a request, 16 KiB
/// at most, takes longer than 10 seconds, and after a minute in any case.
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
///     .public(Level::Full); // everybody who reaches that port may see it all
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
    serve_within(LIMITS, listener, Router::new().selfsame(check)).await;
    Ok(())
}

async fn serve_within(limits: Limits, listener: TcpListener, app: Router) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    // Before a connection is accepted, so that one that waits holds no file descriptor.
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve_one(limits, stream, app.clone(), permit));
            }
            Err(error) => {
                tracing::debug!(%error, "selfsame: a connection cannot be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn serve_one(limits: Limits, stream: TcpStream, app: Router, _permit: OwnedSemaphorePermit) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_length)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    let mut connection = pin!(connection);
    // What goes wrong with one connection ends that connection.
    if timeout(limits.lifetime, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(limits.grace, connection).await;
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(30);
    const LONG: Duration = Duration::from_secs(3600);
    const SHORT: Duration = Duration::from_millis(50);
    const PATIENT: Limits = Limits { connections: 2, head: LONG, lifetime: LONG, ..LIMITS };

    struct Server {
        address: std::net::SocketAddr,
        task: tokio::task::JoinHandle<()>,
    }

    impl Server {
        async fn start(limits: Limits) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let app = Router::new().route("/", get(|| async { "hello" }));
            Self { address, task: tokio::spawn(serve_within(limits, listener, app)) }
        }

        /// Connects, and sends this.
        async fn send(&self, text: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stream
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    /// All that is answered until the connection ends, which it has to do.
    async fn answer(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        let read = timeout(DEADLINE, stream.read_to_end(&mut bytes)).await;
        // One that is closed with bytes unread is reset.
        let _ = read.expect("the server closes the connection");
        String::from_utf8(bytes).unwrap()
    }

    const WHOLE: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const KEPT: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const HALF: &str = "GET / HTTP/1.1\r\nHost: a\r\n";

    #[tokio::test]
    async fn half_a_request_does_not_hold_a_connection() {
        let server = Server::start(Limits { head: SHORT, ..PATIENT }).await;
        let half = [server.send(HALF).await, server.send("").await, server.send(HALF).await];
        // They have all connections, until their time is over.
        assert!(answer(server.send(WHOLE).await).await.ends_with("hello"));
        for stream in half {
            assert!(!answer(stream).await.contains("200 OK"));
        }
        // Nor does one that asks nothing more.
        assert!(answer(server.send(KEPT).await).await.ends_with("hello"));
    }

    #[tokio::test]
    async fn a_connection_ends_after_its_lifetime() {
        let server = Server::start(Limits { lifetime: SHORT, grace: SHORT, ..PATIENT }).await;
        assert!(answer(server.send(KEPT).await).await.ends_with("hello"));
        answer(server.send(HALF).await).await;
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_wait_outside_of_the_process() {
        let server = Server::start(PATIENT).await;
        let mut first = server.send(KEPT).await;
        let second = server.send(KEPT).await;
        let mut third = server.send(WHOLE).await;
        let mut byte = [0];
        timeout(DEADLINE, first.read_exact(&mut byte)).await.unwrap().unwrap();
        let waits = timeout(Duration::from_millis(300), third.read_exact(&mut byte)).await;
        assert!(waits.is_err(), "it is answered");
        drop(second);
        assert!(answer(third).await.ends_with("hello"));
    }

    #[tokio::test]
    async fn a_long_head_is_refused() {
        let server = Server::start(PATIENT).await;
        let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(20_000));
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // It may be refused before all of it is sent.
        let _ = stream.write_all(long.as_bytes()).await;
        let answer = answer(stream).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }

    #[tokio::test]
    async fn its_connections_end_with_it() {
        let server = Server::start(PATIENT).await;
        let mut stream = server.send(KEPT).await;
        let mut byte = [0];
        timeout(DEADLINE, stream.read_exact(&mut byte)).await.unwrap().unwrap();
        drop(server);
        answer(stream).await;
    }
}
