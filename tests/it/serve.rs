//! The report on a listener of its own.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use selfsame::{Level, routes};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{check, facts};

async fn ask(address: &str) -> Value {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = "GET /__build HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("it answers");
    let (_, body) = text.split_once("\r\n\r\n").expect("there is a body");
    serde_json::from_str(body).expect("it is a report")
}

#[tokio::test]
async fn a_listener_of_its_own_tells_the_routes_that_it_is_told() {
    let app: Router = Router::new().route("/workflows", get(|| async {}));
    for (told, expected) in [(true, "list"), (false, "unavailable")] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let check = check(facts()).public(Level::Full);
        let check = if told { check.routes(routes::of(&app)) } else { check };
        let server = tokio::spawn(selfsame::serve_on(listener, check));
        let report = ask(&address).await;
        assert!(report["routes"].get(expected).is_some(), "{report}");
        if told {
            assert_eq!(report["routes"]["list"][0]["path"], "/workflows");
        }
        server.abort();
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error_and_stops_nothing() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = taken.local_addr().expect("it is bound");
    let served = selfsame::serve(address, check(facts()));
    let error = tokio::time::timeout(Duration::from_secs(30), served).await.expect("it returns");
    assert_eq!(error.expect_err("the address is taken").kind(), std::io::ErrorKind::AddrInUse);
}
