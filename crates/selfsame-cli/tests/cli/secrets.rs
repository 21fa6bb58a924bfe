//! Secrets reach the place that they are for and no other, and no output.

use std::io::Write as _;
use std::net::TcpStream;

use selfsame::report::Level;
use serde_json::json;

use crate::project::{Project, report};
use crate::run::{assert_cannot_tell, finish, selfsame};
use crate::server::{Request, Server, answer, json};

const TOKEN: &str = "report-token/0123456789+=";
const BEARER: &str = "route-bearer-0123456789";
const COOKIE: &str = "c00kie-0123456789";

/// Sends back all that came in, wherever there is room.
fn echo(request: &Request, stream: &mut TcpStream) {
    let said: Vec<String> = request.headers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
    let said = said.join("; ");
    let text = match request.target.as_str() {
        "/redirect" => {
            let location = format!("Location: http://elsewhere.example/{}", said.replace(' ', "/"));
            answer("302 Found", &[&location], &said)
        }
        "/page" => answer("200 OK", &["Content-Type: text/html"], &said),
        "/words" => answer("200 OK", &[], &said),
        "/field" => {
            let mut report = report_of_another();
            report["name"] = json!(format!("api {said}").chars().take(250).collect::<String>());
            json(&report.to_string())
        }
        "/reason" => {
            let mut report = report_of_another();
            report.as_object_mut().expect("an object").remove("commit");
            report["origin"] = json!("unknown");
            report["unknown"] = json!({"commit": said});
            json(&report.to_string())
        }
        "/level" => {
            let mut report = report_of_another();
            report["level"] = json!(said);
            json(&report.to_string())
        }
        _ => answer("404 Not Found", &[], &said),
    };
    let _ = stream.write_all(text.as_bytes());
}

fn report_of_another() -> serde_json::Value {
    let project = Project::new();
    serde_json::from_str(&report(project.facts(), Level::Summary)).expect("a report is JSON")
}

#[test]
fn no_output_shows_a_secret_even_if_the_server_sends_it_back() {
    let project = Project::new();
    for at in ["/redirect", "/page", "/words", "/field", "/reason", "/level", "/none"] {
        for form in [&["--format=json"][..], &[], &["--wait", "1ms"]] {
            let server = Server::start(echo);
            let mut command = selfsame();
            command
                .env("REPORT", TOKEN)
                .env("ROUTES", BEARER)
                .args(["check", &server.url(), "--at", at, "--source", &project.source()])
                .args(["--token-env", "REPORT", "--bearer-env", "ROUTES"])
                .args(["--header", &format!("Cookie: session={COOKIE}; theme=dark")])
                .args(["--route", "GET /redirect", "--route", "GET /page"]);
            let outcome = finish(command.args(form));
            assert_ne!(outcome.code, 0, "{at}: {}", outcome.out);
            let said = outcome.out + &outcome.err;
            for secret in [TOKEN, BEARER, COOKIE, "report-token", "0123456789+="] {
                assert!(!said.contains(secret), "{at} {form:?} shows {secret}: {said}");
            }
            assert!(!server.requests().is_empty());
        }
    }
}

#[test]
fn a_short_header_does_not_break_the_output() {
    let project = Project::new();
    let server = Server::says(json(&report(project.facts(), Level::Summary)));
    let mut command = selfsame();
    let outcome =
        finish(command.args(["check", &server.url(), "--header", "X: a", "--format=json"]));
    assert_eq!(outcome.document()["verdict"], "unknown");
}

fn path(request: &Request) -> &str {
    request.target.split('?').next().unwrap_or_default()
}

#[test]
fn each_credential_goes_to_its_own_place_alone() {
    let project = Project::new();
    let text = report(project.facts(), Level::Full);
    let server = Server::start(move |request, stream| {
        let text = match path(request) {
            "/__build" => answer("307 Temporary Redirect", &["Location: /moved"], ""),
            "/moved" => json(&text),
            "/api/v1/billing/invoices" => answer("200 OK", &[], "{}"),
            _ => answer("404 Not Found", &[], ""),
        };
        let _ = stream.write_all(text.as_bytes());
    });
    let mut command = selfsame();
    command
        .env("REPORT", TOKEN)
        .env("ROUTES", BEARER)
        .args(["check", &server.url(), "--source", &project.source()])
        .args(["--token-env", "REPORT", "--bearer-env", "ROUTES", "--header", "X-Key: k3y-0123"])
        .args(["--route", "GET /api/v1/billing/invoices"]);
    let outcome = finish(&mut command);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);

    let requests = server.requests();
    let (reports, routes): (Vec<_>, Vec<_>) =
        requests.iter().partition(|r| matches!(path(r), "/__build" | "/moved"));
    assert!(reports.len() >= 6, "the report, past a cache, and conditions");
    for request in reports {
        let authorization = format!("Bearer {TOKEN}");
        assert_eq!(request.header("authorization"), Some(authorization.as_str()));
        assert_eq!(request.header("x-key"), None);
    }
    let bearer = format!("Bearer {BEARER}");
    let with: Vec<_> = routes.iter().filter(|r| r.header("authorization").is_some()).collect();
    assert_eq!((routes.len(), with.len()), (6, 3), "{routes:?}");
    for request in with {
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
        assert_eq!(request.header("x-key"), Some("k3y-0123"));
    }
    let plain = |r: &crate::server::Request| r.header("accept-encoding") == Some("identity");
    assert!(requests.iter().all(plain));
}

#[test]
fn no_credential_follows_a_redirect_to_another_origin() {
    let other = Server::says(json("{}"));
    let location = format!("Location: {}/__build", other.url());
    let server = Server::says(answer("302 Found", &[&location], ""));
    let mut command = selfsame();
    command
        .env("REPORT", TOKEN)
        .env("ROUTES", BEARER)
        .args(["check", &server.url(), "--token-env", "REPORT", "--bearer-env", "ROUTES"])
        .args(["--route", "GET /api"]);
    let outcome = finish(&mut command);
    assert_cannot_tell("another origin", &outcome, &["to another origin", &other.url()]);
    assert!(outcome.out.contains("leads to"), "{}", outcome.out);
    assert_eq!(other.requests(), []);
    assert_eq!(server.requests().len(), 7);
}

#[test]
fn only_get_and_head_are_sent_unless_more_is_asked_for() {
    let project = Project::new();
    let text = report(project.facts(), Level::Full);
    let server = Server::start(move |request, stream| {
        let text = match request.target.as_str() {
            "/__build" => json(&text),
            _ => answer("404 Not Found", &[], ""),
        };
        let _ = stream.write_all(text.as_bytes());
    });
    let routes = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE"];
    let check = |more: &[&str]| {
        let mut command = selfsame();
        command.env("ROUTES", BEARER).args(["check", &server.url(), "--bearer-env", "ROUTES"]);
        for method in routes {
            command.args(["--route", &format!("{method} /api/v1/billing/invoices")]);
        }
        finish(command.args(more))
    };
    let methods = || -> Vec<String> {
        let mut methods: Vec<String> = server.requests().into_iter().map(|r| r.method).collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    };
    let outcome = check(&[]);
    assert_eq!(methods(), ["GET", "HEAD"]);
    assert!(outcome.out.contains("[route-not-sent]"), "{}", outcome.out);
    check(&["--send-unsafe"]);
    let mut all = routes.to_vec();
    all.sort_unstable();
    assert_eq!(methods(), all);
    // What a route is told from is asked with a safe method, RFC 9110, section 9.2.1.
    let beside = |request: &Request| request.target.contains("selfsame-");
    let asked = server.requests().into_iter().filter(beside);
    let safe = ["GET", "HEAD", "OPTIONS"];
    assert!(asked.map(|request| request.method).all(|method| safe.contains(&method.as_str())));
}
