//! Servers that refuse, hang, lie or speak something else: exit code 2 within the timeout, and one
//! line that says what, where and what next.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use selfsame::report::Level;

use crate::project::{Project, report};
use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame};
use crate::server::{Server, answer, json, until_closed};

/// Asks for a report, with a timeout that fits tests.
fn check(url: &str) -> selfsame_testing::command::Outcome {
    run(&["check", url])
}

#[test]
fn what_answers_no_report_is_told_from_what_does() {
    let html = "Content-Type: text/html; charset=utf-8";
    let gzip = "Content-Encoding: gzip";
    let plain = "Content-Type: text/plain";
    #[rustfmt::skip]
    let cases = [
        ("a page", answer("200 OK", &[html], "<!doctype html>"),
            &["answers with a page", "single-page app"][..]),
        ("a page in capitals", answer("200 OK", &["Content-Type: TEXT/HTML"], "<p>"),
            &["answers with a page"]),
        ("compressed", answer("200 OK", &[gzip], "\u{1f}"), &["compressed", "a proxy in front"]),
        ("401", answer("401 Unauthorized", &[], ""), &["401", "--token-env"]),
        ("403", answer("403 Forbidden", &[], ""), &["403", "--token-env"]),
        ("404", answer("404 Not Found", &[], ""), &["no selfsame there", "--at"]),
        ("404 with a page", answer("404 Not Found", &[html], "<p>"), &["no selfsame there"]),
        ("405", answer("405 Method Not Allowed", &[], ""), &["405"]),
        ("500", answer("500 Internal Server Error", &[], "oops"), &["500", "instead of a report"]),
        ("503", answer("503 Service Unavailable", &[], ""), &["503"]),
        ("204", answer("204 No Content", &[], ""), &["204"]),
        ("nothing in it", answer("200 OK", &[], ""), &["not a report"]),
        ("words", answer("200 OK", &[plain], "ok"), &["not a report", "this program in this version"]),
        ("a list", json("[]"), &["not a report"]),
        ("quiet", json(r#"{"level":"verify"}"#), &["level verify", "--token-env"]),
        ("truncated", json("{\"commit\":").replace("Content-Length: 10", "Content-Length: 99"),
            &["broke the connection off"]),
        ("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n".to_owned(), &["not HTTP", "is it the right port"]),
        ("an unknown version", "HTTP/9.9 200 OK\r\n\r\n".to_owned(), &["not HTTP"]),
        ("no status", "HTTP/1.1\r\n\r\n".to_owned(), &["not HTTP"]),
        ("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"
            .to_owned(), &["not HTTP", "conflicting"]),
        ("silence", String::new(), &["broke the connection off"]),
        ("a redirect to nowhere", answer("302 Found", &[], ""), &["redirects to nowhere"]),
        ("a redirect to no URL", answer("302 Found", &["Location: http://["], ""),
            &["to what is not a URL"]),
    ];
    for (case, text, words) in cases {
        let server = Server::says(text);
        let outcome = check(&server.url());
        assert_cannot_tell(case, &outcome, words);
        assert_cannot_tell(case, &outcome, &[&format!("{}/__build", server.url())]);
    }
}

#[test]
fn a_server_that_takes_its_time_is_given_up_in_time() {
    let pace = |stream: &mut TcpStream| {
        let _ = stream.set_read_timeout(Some(Duration::from_millis(5)));
        let _ = stream.read(&mut [0; 16]);
    };
    let drip = move |mut stream: &TcpStream, text: &str| {
        let mut reader = stream.try_clone().expect("it can be cloned");
        for byte in text.bytes() {
            pace(&mut reader);
            if stream.write_all(&[byte]).is_err() {
                return;
            }
        }
    };
    let slow = " ".repeat(10_000);
    let slow_head = format!("HTTP/1.1 200 OK\r\nX: {slow}");
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n";
    let servers = [
        ("says nothing", Server::raw(|mut stream| until_closed(&mut stream))),
        (
            "stops in the head",
            Server::start(|_, stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-");
                until_closed(stream);
            }),
        ),
        (
            "stops in the body",
            Server::start(|_, stream| {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n{");
                until_closed(stream);
            }),
        ),
        ("a slow head", Server::start(move |_, stream| drip(stream, &slow_head))),
        (
            "a slow body",
            Server::start(move |_, stream| {
                let _ = stream.write_all(head.as_bytes());
                drip(stream, &slow);
            }),
        ),
        (
            "continues forever",
            Server::start(move |_, stream| {
                while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {
                    pace(stream);
                }
            }),
        ),
    ];
    for (case, server) in servers {
        let begin = Instant::now();
        let outcome = run(&["check", &server.url(), "--timeout", "300ms"]);
        assert_cannot_tell(case, &outcome, &[&server.url()]);
        assert!(begin.elapsed() < Duration::from_secs(20), "{case}: {:?}", begin.elapsed());
        if case != "continues forever" {
            assert_cannot_tell(case, &outcome, &["did not answer within 300ms", "--timeout"]);
        }
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let spaces = b" ".repeat(64 * 1024);
    let (more, last) = (spaces.clone(), spaces.clone());
    let chunked = Server::start(move |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n", &spaces[..], b"\r\n"].concat();
        while stream.write_all(&chunk).is_ok() {}
    });
    let long = Server::start(move |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n");
        while stream.write_all(&more).is_ok() {}
    });
    let close = Server::start(move |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&last).is_ok() {}
    });
    for (case, server) in [("chunked", chunked), ("by length", long), ("until closed", close)] {
        assert_cannot_tell(case, &check(&server.url()), &["more than 8388608 bytes"]);
    }
    let headers = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&b"X: y\r\n".repeat(1000)).is_ok() {}
    });
    assert_cannot_tell("headers", &check(&headers.url()), &[&headers.url()]);
}

#[test]
fn a_connection_that_is_refused_or_reset_is_said_so() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", free.local_addr().expect("it has an address"));
    drop(free);
    let words = ["refuses the connection", "is the service up, is the port right?"];
    assert_cannot_tell("refused", &check(&url), &words);

    // Closed with the request unread: the system answers with a reset.
    let reset = Server::raw(|stream| drop(stream.peek(&mut [0])));
    assert_cannot_tell("reset", &check(&reset.url()), &["broke the connection off"]);
}

#[test]
fn redirects_are_followed_within_the_origin_and_not_for_ever() {
    let project = Project::new();
    let text = report(project.facts(), Level::Summary);
    let source = project.source();
    let server = Server::start(move |request, stream| {
        let to =
            |place: &str| answer("307 Temporary Redirect", &[&format!("Location: {place}")], "");
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let text = match path {
            "/__build" => to("/a/b?x=1"),
            "/a/b" if query == "x=1" => to("c"),
            "/a/c" => json(&text),
            "/loop" => to("/loop"),
            _ => answer("404 Not Found", &[], ""),
        };
        let _ = stream.write_all(text.as_bytes());
    });
    let outcome = run(&["check", &server.url(), "--source", &source]);
    assert_says("within the origin", &outcome, 0, &["on every rung asked"]);
    // The report as everybody gets it, past a cache, and two conditions.
    let first = |request: &&crate::server::Request| request.target == "/__build";
    assert_eq!(server.requests().iter().filter(first).count(), 1);
    // A service below a path: the report and what it redirects to lie where it says.
    let below = format!("{}/a/", server.url());
    let outcome = run(&["check", &below, "--at", "/c", "--source", &source]);
    assert_says("below a path", &outcome, 0, &[&format!("same {}/a on every rung", server.url())]);
    let outcome = run(&["check", &server.url(), "--at", "/loop"]);
    assert_cannot_tell("a loop", &outcome, &["redirects more than 3 times"]);

    for to in ["http://127.0.0.1:1/__build", "https://127.0.0.1:1/", "http://user@127.0.0.1:1/"] {
        let server = Server::says(answer("302 Found", &[&format!("Location: {to}")], ""));
        assert_cannot_tell(to, &check(&server.url()), &["to another origin"]);
    }
    // The same port and another scheme.
    let server = Server::start(|request, stream| {
        let host = request.header("host").expect("there is a host");
        let location = format!("Location: https://{host}/__build");
        let _ = stream.write_all(answer("301 Moved", &[&location], "").as_bytes());
    });
    assert_cannot_tell("another scheme", &check(&server.url()), &["to another origin, https://"]);
}

/// A server with a certificate of its own, which is returned as PEM.
fn tls_server(name: &str, answer: String) -> (Server, String) {
    let key = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.signing_key.serialize_der()));
    let certificate = key.cert.der().clone();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(&certificate)
    );
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("it has versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], der)
        .expect("key and certificate fit");
    let config = Arc::new(config);
    let server = Server::raw(move |mut stream| {
        let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).expect("it can begin");
        while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
        let mut tls = rustls::Stream::new(&mut tls, &mut stream);
        // The request fits into one record.
        let mut request = [0; 4096];
        let _ = tls.read(&mut request);
        let is_of_nobody = request.starts_with(b"GET /__build?commit=");
        let conflict = self::answer("409 Conflict", &[], "");
        let answer = if is_of_nobody { &conflict } else { &answer };
        let _ = tls.write_all(answer.as_bytes());
        tls.conn.send_close_notify();
        let _ = tls.flush();
    });
    (server, pem)
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_accepted() {
    for host in ["127.0.0.1", "localhost"] {
        let (server, _) = tls_server(host, json("{}"));
        let url = format!("https://{host}:{}", server.port());
        let outcome = check(&url);
        assert_cannot_tell(host, &outcome, &[&url, "certificate", "install its authority"]);
    }
    let (server, _) = tls_server("localhost", json("{}"));
    let words = [&server.url(), "the right scheme?"];
    assert_cannot_tell("plain to TLS", &check(&server.url()), &words);
    let plain = Server::says(json("{}"));
    let url = format!("https://127.0.0.1:{}", plain.port());
    assert_cannot_tell("TLS to plain", &check(&url), &[&url, "does it speak no TLS?"]);
}

#[test]
fn a_certificate_of_a_trusted_authority_is_accepted() {
    let project = Project::new();
    let (server, pem) = tls_server("localhost", json(&report(project.facts(), Level::Summary)));
    let authority = project.beside("authority.pem");
    std::fs::write(&authority, pem).expect("it can be written");
    let url = format!("https://localhost:{}", server.port());
    let mut command = selfsame();
    command.env("SSL_CERT_FILE", &authority).args(["check", &url, "--source", &project.source()]);
    assert_says("trusted", &finish(&mut command), 0, &["on every rung asked"]);
    // It is for another name.
    let (server, pem) = tls_server("api.example.org", json("{}"));
    std::fs::write(&authority, pem).expect("it can be written");
    let url = format!("https://localhost:{}", server.port());
    let mut command = selfsame();
    let outcome = finish(command.env("SSL_CERT_FILE", &authority).args(["check", &url]));
    assert_cannot_tell("another name", &outcome, &[&url, "certificate"]);
}
