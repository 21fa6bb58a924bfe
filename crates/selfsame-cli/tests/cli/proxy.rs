//! Proxies that the environment names, and headers that it holds.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use selfsame::report::Level;

use crate::project::{Project, report};
use crate::run::{assert_cannot_tell, finish, selfsame};
use crate::server::{Server, answer, json};

/// A proxy that answers for every host behind it.
fn proxy(text: String) -> Server {
    Server::raw(move |mut stream| {
        let connect = head(&mut stream);
        let target = connect.split(' ').nth(1).unwrap_or_default();
        if !connect.starts_with("CONNECT ") || target != "api.example:80" {
            let _ = stream.write_all(answer("403 Forbidden", &[], "").as_bytes());
            return;
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let request = head(&mut stream);
        let text = if request.contains("?commit=") {
            answer("409 Conflict", &[], "")
        } else {
            json(&text)
        };
        let _ = stream.write_all(text.as_bytes());
    })
}

/// The head of the next request.
fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

#[test]
fn the_proxy_of_the_scheme_is_asked_and_errors_name_it() {
    let project = Project::new();
    let server = proxy(report(project.facts(), Level::Full));
    let check = |variables: &[(&str, &str)], url: &str| {
        let mut command = selfsame();
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        command.envs(variables.iter().copied());
        finish(command.args(["check", url, "--timeout", "5s", "--source", &project.source()]))
    };
    let through = server.url();
    for variables in [
        &[("HTTP_PROXY", through.as_str())][..],
        &[("http_proxy", &through)],
        &[("ALL_PROXY", &through)],
        // That of the other scheme says nothing of this one, and is never tried.
        &[("HTTP_PROXY", &through), ("HTTPS_PROXY", "http://127.0.0.1:1")],
    ] {
        let outcome = check(variables, "http://api.example");
        assert_eq!(outcome.code, 0, "{variables:?}: {}{}", outcome.out, outcome.err);
    }

    let port = closed_port();
    let closed = format!("http://ada:lovelace-1843@127.0.0.1:{port}");
    let outcome = check(&[("HTTP_PROXY", &closed)], "http://api.example");
    let words = format!("the proxy 127.0.0.1:{port} of HTTP_PROXY refuses the connection");
    assert_cannot_tell("closed", &outcome, &[&words]);
    assert!(!format!("{}{}", outcome.out, outcome.err).contains("lovelace"));

    let outcome = check(&[("HTTP_PROXY", &through)], "http://other.example");
    let words = ["does not connect to it", "403", "of HTTP_PROXY", "NO_PROXY"];
    assert_cannot_tell("refused", &outcome, &words);

    // Nothing is asked at all where it is not clear by which way.
    let seen = Server::says(json("{}"));
    let direct = seen.url().replace("127.0.0.1", "localhost");
    for (value, words) in [
        ("http://ada:lovelace-1843@", "HTTPS_PROXY is not the URL of a proxy"),
        ("socks5://ada:lovelace-1843@p:1", "HTTPS_PROXY names a proxy of an unsupported protocol"),
    ] {
        let outcome = check(&[("HTTPS_PROXY", value)], &direct);
        assert_cannot_tell(value, &outcome, &[words]);
        assert!(!format!("{}{}", outcome.out, outcome.err).contains("lovelace"));
    }
    assert_eq!(seen.requests(), []);
}

#[test]
fn this_host_and_what_no_proxy_names_are_asked_directly() {
    let project = Project::new();
    let server = Server::says(json(&report(project.facts(), Level::Full)));
    let dead = format!("http://127.0.0.1:{}", closed_port());
    let mut command = selfsame();
    command.env("ALL_PROXY", &dead).env("NO_PROXY", "");
    let arguments = ["check", &server.url(), "--source", &project.source()];
    let outcome = finish(command.args(arguments));
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
}

#[test]
fn a_header_may_come_from_the_environment() {
    let project = Project::new();
    let text = report(project.facts(), Level::Full);
    let server = Server::start(move |request, stream| {
        let text = match request.target.split('?').next().unwrap_or_default() {
            "/__build" => json(&text),
            "/api/v1/billing/invoices" => answer("200 OK", &[], "{}"),
            _ => answer("404 Not Found", &[], ""),
        };
        let _ = stream.write_all(text.as_bytes());
    });
    let check = |value: &[u8]| {
        use std::os::unix::ffi::OsStrExt as _;
        let mut command = selfsame();
        command
            .env("KEY", std::ffi::OsStr::from_bytes(value))
            .args(["check", &server.url(), "--source", &project.source()])
            .args(["--route", "GET /api/v1/billing/invoices"])
            .args(["--header", "X-Other: plain", "--header-env", "KEY"]);
        finish(&mut command)
    };
    let outcome = check(b"X-Key: k3y-0123456789");
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    let requests = server.requests();
    let with = requests.iter().filter(|request| request.header("x-key").is_some());
    let targets: Vec<&str> = with.map(|request| request.target.as_str()).collect();
    assert!(targets.contains(&"/api/v1/billing/invoices"), "{targets:?}");
    assert!(!targets.iter().any(|target| target.starts_with("/__build")), "{targets:?}");

    for (value, words) in [
        (&b"k3y-0123456789"[..], "is not of the form 'Name: value'"),
        (b"k3 y: k3y-0123456789", "is not of the form 'Name: value'"),
        (b"", "is not set, or is empty"),
        (b"X-Key: \xff", "is not UTF-8"),
    ] {
        let outcome = check(value);
        let words = format!("the environment variable KEY of --header-env {words}");
        assert_eq!(outcome.code, 64, "{}", outcome.err);
        assert!(outcome.err.contains(&words), "{}", outcome.err);
        assert!(!outcome.err.contains("k3y-"), "{}", outcome.err);
    }
}
