//! The HTTP client: one request at a time, with a limit on everything.

use std::io::{self, Read as _};
use std::time::{Duration, Instant};

use selfsame_core::environment::Environment;
use selfsame_core::stamp::Digest;
use sha2::Digest as _;
use ureq::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use ureq::http::uri::{Authority, Scheme};
use ureq::http::{Method, Request, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Error};

use crate::connect::{Connect, Resolve, Shared};
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::proxy::{Named, Proxies};
use crate::roots;
use crate::via;
use selfsame_core::findings::Via;

/// The most redirects that lead to a report, all within one origin.
const MAX_REDIRECTS: usize = 3;

/// The most bytes that are read of a report: as many as one may have.
pub(crate) const MAX_REPORT: u64 = 8 << 20;

/// So often a question is asked again whose connection broke, where one process is asked.
const RETRIES: u32 = 2;

/// The pause before it.
const PAUSE: Duration = Duration::from_millis(50);

/// The most bytes that are read of a route's answer: enough to tell two pages apart.
const MAX_PAGE: u64 = 64 * 1024;

/// An answer to a question about a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) is_html: bool,
    /// Where a redirect leads to, without its query.
    pub(crate) location: Option<String>,
    /// The digest of the body, or of its beginning; `None` where it could not be read.
    pub(crate) body: Option<Digest>,
    /// The header by which it is a stored answer, whole.
    pub(crate) stored: Option<String>,
}

/// The body of an answer, and how it came.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) via: Via,
}

/// A file as a server gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) status: StatusCode,
    pub(crate) is_html: bool,
    /// The digest of the body; of a longer one than the limit that of its beginning, which is no
    /// file that fits.
    pub(crate) sha256: Digest,
}

#[derive(Debug)]
pub(crate) struct Client {
    direct: Agent,
    /// What goes through a proxy, by the scheme of what is asked.
    http: Agent,
    https: Agent,
    /// Without usable ones nothing is asked.
    proxies: Result<Proxies, Failure>,
    timeout: Duration,
    /// What all connections share: the certificates that are trusted, read once.
    connector: Shared,
    /// Of the client of one process, when it has to end, and how long that is.
    until: Option<(Instant, Duration)>,
}

impl Client {
    /// Returns a client that asks through the proxies that the environment names.
    pub(crate) fn new(timeout: Duration) -> Self {
        let environment = Environment::of_process();
        Self::with(timeout, Proxies::of(&environment), &roots::of(&environment))
    }

    fn with(timeout: Duration, proxies: Result<Proxies, Failure>, roots: &RootCerts) -> Self {
        Self::of(timeout, proxies, &Shared::new(roots.clone()), &Connect::ByName, None)
    }

    /// A client of one process: it keeps its connection, asks again where that breaks, and asks
    /// nothing after `until`.
    pub(crate) fn session(&self, to: &Connect, until: Instant, patience: Duration) -> Self {
        // A proxy would connect to the name, whatever address it is asked at.
        let proxies = match to {
            Connect::ByName => self.proxies.clone(),
            _ => Ok(Proxies::default()),
        };
        Self::of(self.timeout, proxies, &self.connector, to, Some((until, patience)))
    }

    fn of(
        timeout: Duration,
        proxies: Result<Proxies, Failure>,
        connector: &Shared,
        to: &Connect,
        until: Option<(Instant, Duration)>,
    ) -> Self {
        let idle = usize::from(until.is_some());
        let through = |named: Option<&Named>| {
            let config = Self::config(timeout, named, connector.roots(), idle);
            Agent::with_parts(config, connector.to(to), Resolve::of(to))
        };
        let (http, https) = match &proxies {
            Ok(proxies) => (through(proxies.http()), through(proxies.https())),
            Err(_) => (through(None), through(None)),
        };
        let direct = through(None);
        Self { direct, http, https, proxies, timeout, connector: connector.clone(), until }
    }

    fn config(
        timeout: Duration,
        proxy: Option<&Named>,
        roots: &RootCerts,
        idle: usize,
    ) -> ureq::config::Config {
        let tls = TlsConfig::builder().root_certs(roots.clone()).build();
        Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // A kept connection would lead to one replica again and again.
            .max_idle_connections(idle)
            .max_idle_connections_per_host(idle)
            .allow_non_standard_methods(true)
            .user_agent(concat!("selfsame/", env!("CARGO_PKG_VERSION")))
            // By itself it would take one proxy for both schemes, and ignore a malformed one.
            .proxy(proxy.map(|named| named.proxy.clone()))
            .tls_config(tls)
            .build()
    }

    /// The agent for `url`, and the proxy that it asks.
    fn agent_for(&self, url: &Uri) -> Result<(&Agent, Option<&Named>), Failure> {
        let proxies = self.proxies.as_ref().map_err(Clone::clone)?;
        Ok(match (proxies.for_url(url), url.scheme_str()) {
            (None, _) => (&self.direct, None),
            (Some(named), Some("https")) => (&self.https, Some(named)),
            (Some(named), _) => (&self.http, Some(named)),
        })
    }

    /// Fetches the report of an answer 200. Redirects within the origin are followed; one that leaves
    /// it is an error, since the token must not go there.
    pub(crate) fn fetch(&self, url: &Uri, credentials: &Credentials) -> Result<Fetched, Failure> {
        let mut turn = 0;
        loop {
            let mut is_broken = false;
            match self.fetch_once(url, credentials, &mut is_broken) {
                Err(_) if is_broken && self.until.is_some() && turn < RETRIES => turn += 1,
                fetched => return fetched,
            }
        }
    }

    /// Fetches the list of an engine, at most `limit` bytes of it.
    pub(crate) fn list(
        &self,
        url: &Uri,
        credentials: &Credentials,
        limit: u64,
    ) -> Result<Vec<u8>, Failure> {
        let (url, response) = self.follow(url, credentials)?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(Failure::new(format!("{url} answers {status} instead of a list")));
        }
        let body = response.into_body().into_with_config().limit(limit).read_to_vec();
        body.map_err(|error| self.explain(&url, &error))
    }

    /// The same, asked once. Says whether the connection broke in the middle of the answer.
    fn fetch_once(
        &self,
        url: &Uri,
        credentials: &Credentials,
        broken: &mut bool,
    ) -> Result<Fetched, Failure> {
        let (url, response) = self.follow(url, credentials)?;
        let fail = |why: &str| Err(Failure::new(format!("{url} {why}")));
        let status = response.status();
        if response.headers().contains_key(CONTENT_ENCODING) {
            return fail("answers compressed, which was not asked for: is a proxy in front?");
        }
        let kind = media_type(&response);
        let via = via::of(response.headers());
        let body = response.into_body().into_with_config().limit(MAX_REPORT).read_to_vec();
        match status.as_u16() {
            // A web server may take a file without an extension for a page.
            200 if kind.ends_with("/html")
                && !body.as_ref().is_ok_and(|body| body.starts_with(b"{")) =>
            {
                fail(
                    "answers with a page: a single-page app or a proxy answers there, and no \
                     selfsame",
                )
            }
            200 => body.map(|bytes| Fetched { bytes, via }).map_err(|error| {
                *broken = is_broken(&error);
                self.explain(&url, &error)
            }),
            401 | 403 => fail(&format!(
                "answers {status}: the token is wrong or missing (--token-env), or a layer \
                 around the whole router wants credentials"
            )),
            404 => fail(
                "answers 404: the running process has no selfsame there, or a proxy does not \
                 pass the path on (--at names another)",
            ),
            _ => fail(&format!("answers {status} instead of a report")),
        }
    }

    /// Fetches a file and hashes it, at most `limit` bytes of it.
    pub(crate) fn file(
        &self,
        url: &Uri,
        credentials: &Credentials,
        limit: u64,
    ) -> Result<File, Failure> {
        let (url, response) = self.follow(url, credentials)?;
        let status = response.status();
        let is_html = media_type(&response).ends_with("/html");
        if status == StatusCode::OK && response.headers().contains_key(CONTENT_ENCODING) {
            return Err(Failure::new(format!(
                "{url} answers compressed, which was not asked for: is a proxy in front?"
            )));
        }
        let mut body = response.into_body().into_reader().take(limit.saturating_add(1));
        let mut hasher = sha2::Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut length = 0;
        loop {
            match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => {
                    hasher.update(&buffer[..read]);
                    length += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.explain(&url, &Error::from(error))),
            }
        }
        // What was read of it is not the file.
        if length > limit {
            return Err(Failure::new(format!("{url} is longer than {limit} bytes")));
        }
        Ok(File { status, is_html, sha256: Digest::new(hasher.finalize().into()) })
    }

    /// The status of what answers, after redirects within the origin.
    pub(crate) fn status(
        &self,
        url: &Uri,
        credentials: &Credentials,
    ) -> Result<StatusCode, Failure> {
        let (_, response) = self.follow(url, credentials)?;
        let status = response.status();
        if self.until.is_some() {
            // A connection is kept only if nothing is left to read.
            let mut rest = response.into_body().into_reader().take(MAX_PAGE);
            let _ = io::copy(&mut rest, &mut io::sink());
        }
        Ok(status)
    }

    /// Asks for `url` and follows redirects within its origin. Returns what answered in the end.
    fn follow(
        &self,
        url: &Uri,
        credentials: &Credentials,
    ) -> Result<(Uri, ureq::http::Response<Body>), Failure> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&Method::GET, &url, credentials)?;
            if !response.status().is_redirection() {
                return Ok((url, response));
            }
            let Some(next) = response.headers().get(LOCATION).and_then(|to| to.to_str().ok())
            else {
                return Err(Failure::new(format!("{url} redirects to nowhere")));
            };
            url = within_origin(&url, next)?;
        }
        Err(Failure::new(format!("{url} redirects more than {MAX_REDIRECTS} times")))
    }

    /// Asks a route. Redirects are evidence and not followed.
    pub(crate) fn ask(
        &self,
        method: &Method,
        url: &Uri,
        credentials: &Credentials,
    ) -> Result<Answer, Failure> {
        let response = self.send(method, url, credentials)?;
        let status = response.status();
        let is_html = media_type(&response).ends_with("/html");
        let stored = via::of(response.headers()).cached;
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|to| to.to_str().ok())
            .map(|to| to.split(['?', '#']).next().unwrap_or_default().to_owned());
        let mut body = Vec::new();
        let read = response.into_body().into_reader().take(MAX_PAGE).read_to_end(&mut body);
        let body = read.ok().map(|_| Digest::of(&body));
        Ok(Answer { status, is_html, location, body, stored })
    }

    fn send(
        &self,
        method: &Method,
        url: &Uri,
        credentials: &Credentials,
    ) -> Result<ureq::http::Response<Body>, Failure> {
        let (agent, proxy) = self.agent_for(url)?;
        let mut turn = 0;
        loop {
            self.in_time(url)?;
            // What a proxy compresses on its way is not what was asked for.
            let mut request =
                Request::builder().method(method).uri(url).header(ACCEPT_ENCODING, "identity");
            for (name, value) in credentials.headers() {
                request = request.header(name, value);
            }
            let request = request
                .body(())
                .map_err(|error| Failure::new(format!("{url} cannot be asked: {error}")))?;
            let error = match agent.run(request) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if self.until.is_some() && turn < RETRIES && is_broken(&error) {
                turn += 1;
                std::thread::sleep(PAUSE * turn);
                continue;
            }
            return Err(match proxy {
                Some(proxy) => self.explain_proxied(url, proxy, &error),
                None => self.explain(url, &error),
            });
        }
    }

    /// Whether there is time left for one more question.
    fn in_time(&self, url: &Uri) -> Result<(), Failure> {
        match self.until {
            Some((until, patience)) if Instant::now() >= until => Err(Failure::new(format!(
                "{url} was not asked: all replicas together took longer than {} (--timeout)",
                humantime::format_duration(patience)
            ))),
            _ => Ok(()),
        }
    }

    /// What failed on the way through a proxy is seldom the service.
    fn explain_proxied(&self, url: &Uri, proxy: &Named, error: &Error) -> Failure {
        Failure::new(match error {
            Error::HostNotFound => {
                format!("{url} cannot be asked: there is no such host as {proxy}")
            }
            Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                format!("{url} cannot be asked: {proxy} refuses the connection; is it up?")
            }
            Error::ConnectProxyFailed(why) => format!(
                "{url} cannot be asked: {proxy} does not connect to it ({why}); NO_PROXY names \
                 hosts that are asked directly"
            ),
            error => format!("{} (through {proxy})", self.explain(url, error)),
        })
    }

    fn explain(&self, url: &Uri, error: &Error) -> Failure {
        let seconds = humantime::format_duration(self.timeout);
        Failure::new(match error {
            Error::Timeout(_) => {
                format!("{url} did not answer within {seconds}: is it up? (--timeout)")
            }
            Error::HostNotFound => format!("{url}: there is no such host"),
            Error::BodyExceedsLimit(limit) => {
                format!("{url} answers with more than {limit} bytes: that is not a report")
            }
            Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                format!("{url} refuses the connection: is the service up, is the port right?")
            }
            Error::Io(error) if is_cut_off(error) => {
                let or = match url.scheme_str() {
                    Some("https") => ", or does it speak no TLS?",
                    _ => "?",
                };
                format!("{url} broke the connection off ({error}): is it restarting{or}")
            }
            error if is_tls(error) => format!(
                "{url} has a certificate that is not trusted here ({error}): install its \
                 authority, or ask the service directly"
            ),
            Error::Protocol(error) => {
                format!(
                    "{url} answers what is not HTTP ({error}): is it the right port, and the right scheme?"
                )
            }
            error => format!("{url} cannot be asked: {error}"),
        })
    }
}

/// Whether the connection failed, and another one may not.
fn is_broken(error: &Error) -> bool {
    match error {
        Error::Io(error) => {
            is_cut_off(error)
                || matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted
                )
        }
        _ => false,
    }
}

fn is_cut_off(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe
    )
}

/// The target of a redirect, if it stays within the origin: no token leaves it.
fn within_origin(url: &Uri, to: &str) -> Result<Uri, Failure> {
    let refuse = |why: &str| Failure::new(format!("{url} redirects {why}"));
    // Without a scheme and a slash it is relative to the path, and would read as a host.
    let target = if to.starts_with('/') || to.contains("://") {
        to.parse()
    } else {
        let parent = url.path().rsplit_once('/').map_or("", |(parent, _)| parent);
        format!("{parent}/{to}").parse()
    };
    let target: Uri = target.map_err(|_| refuse("to what is not a URL"))?;
    let mut parts = target.into_parts();
    if parts.authority.is_some()
        && (parts.authority.as_ref() != url.authority() || parts.scheme.as_ref() != url.scheme())
    {
        let origin = format!(
            "{}://{}",
            parts.scheme.as_ref().map_or("", Scheme::as_str),
            parts.authority.as_ref().map_or("", Authority::as_str)
        );
        return Err(refuse(&format!(
            "to another origin, {origin}: no token goes there; if it is the service, check it"
        )));
    }
    parts.scheme = url.scheme().cloned();
    parts.authority = url.authority().cloned();
    Uri::from_parts(parts).map_err(|_| refuse("to what is not a URL"))
}

fn is_tls(error: &Error) -> bool {
    match error {
        Error::Tls(_) | Error::Rustls(_) => true,
        // The handshake runs while the connection is read, and its error comes wrapped.
        Error::Io(error) => error.to_string().contains("certificate"),
        _ => false,
    }
}

fn media_type(response: &ureq::http::Response<Body>) -> String {
    response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    /// What a client gets of a server that answers once, with this body.
    fn with_server<T>(body: Vec<u8>, ask: impl FnOnce(&Client, &Uri) -> T) -> T {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        });
        let client = Client::with(
            Duration::from_secs(30),
            Ok(Proxies::default()),
            &RootCerts::PlatformVerifier,
        );
        let answer = ask(&client, &url);
        server.join().unwrap();
        answer
    }

    fn asked(body: Vec<u8>) -> Option<Digest> {
        let none = Credentials::default();
        with_server(body, |client, url| client.ask(&Method::GET, url, &none).unwrap().body)
    }

    #[test]
    fn a_file_that_is_too_long_is_not_hashed() {
        let none = Credentials::default();
        let length =
            |limit| with_server(vec![b'x'; 9], |client, url| client.file(url, &none, limit));
        assert!(length(9).is_ok());
        let error = length(8).unwrap_err().to_string();
        assert!(error.contains("is longer than 8 bytes"), "{error}");
    }

    #[test]
    fn of_a_page_only_the_beginning_is_read() {
        let most = usize::try_from(MAX_PAGE).unwrap();
        let page = |length: usize, last: u8| {
            let mut page = vec![b'x'; length];
            *page.last_mut().unwrap() = last;
            page
        };
        assert_eq!(asked(page(most + 1, b'a')), asked(page(most + 1, b'b')));
        assert_ne!(asked(page(most, b'a')), asked(page(most, b'b')));
    }
}
