//! Which proxy a request goes through: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in
//! capitals or not.

use std::fmt;
use std::net::IpAddr;

use selfsame_core::environment::Environment;
use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

use crate::error::Failure;

/// The proxies for each scheme, and what is asked directly.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies {
    http: Option<Named>,
    https: Option<Named>,
    direct: Vec<String>,
}

/// A proxy and the variable that names it. What is shown of it has no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) proxy: Proxy,
    variable: String,
}

impl Proxies {
    /// Reads the variables. One that is empty counts as unset.
    ///
    /// # Errors
    ///
    /// If a variable is not a URL of a proxy that can be used: to ask directly instead would send a
    /// token where nobody expects it.
    pub(crate) fn of(environment: &Environment) -> Result<Self, Failure> {
        let all = || first(environment, &["all_proxy", "ALL_PROXY"]);
        // In a CGI program a caller sets it by the header `Proxy`.
        let is_cgi = environment.get("REQUEST_METHOD").is_some();
        let of_http = if is_cgi { &["http_proxy"][..] } else { &["http_proxy", "HTTP_PROXY"] };
        let http = first(environment, of_http)?.map_or_else(all, |named| Ok(Some(named)))?;
        let of_https = first(environment, &["https_proxy", "HTTPS_PROXY"])?;
        let https = of_https.map_or_else(all, |named| Ok(Some(named)))?;
        let direct = match text(environment, &["no_proxy", "NO_PROXY"])? {
            Some((_, text)) => {
                text.split(',').map(|entry| entry.trim().to_ascii_lowercase()).collect()
            }
            None => Vec::new(),
        };
        Ok(Self { http, https, direct })
    }

    /// The proxies, by the scheme of what is asked through them.
    pub(crate) fn https(&self) -> Option<&Named> {
        self.https.as_ref()
    }

    pub(crate) fn http(&self) -> Option<&Named> {
        self.http.as_ref()
    }

    /// The proxy that `url` is asked through. Addresses of this host have none.
    pub(crate) fn for_url(&self, url: &Uri) -> Option<&Named> {
        let proxy = match url.scheme_str() {
            Some("https") => self.https.as_ref(),
            _ => self.http.as_ref(),
        };
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        let is_local = host == "localhost"
            || host.ends_with(".localhost")
            || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        let is_direct = |entry: &String| covers(entry, &host, url.port_u16());
        proxy.filter(|_| !is_local && !self.direct.iter().any(is_direct))
    }
}

/// Whether an entry of `NO_PROXY` covers a host: by its name or that of a domain above it, or
/// its address, each with a port or without one; `*` covers all.
fn covers(entry: &str, host: &str, port: Option<u16>) -> bool {
    let (entry, of_port) = match entry.rsplit_once(':') {
        Some((name, of_port)) if !name.contains(':') => (name, of_port.parse().ok()),
        _ => (entry, None),
    };
    if entry.is_empty() || of_port.is_some() && of_port != port {
        return false;
    }
    let domain = entry.trim_start_matches('*').trim_start_matches('.');
    let is_below = || host.strip_suffix(domain).is_some_and(|above| above.ends_with('.'));
    entry == "*" || host == domain || !domain.is_empty() && is_below()
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}:{} of {}", self.proxy.host(), self.proxy.port(), self.variable)
    }
}

fn first(environment: &Environment, names: &[&str]) -> Result<Option<Named>, Failure> {
    let Some((name, text)) = text(environment, names)? else { return Ok(None) };
    let refuse = |why: &str| {
        // Never what it says: there may be a password in it.
        Failure::new(format!("{name} {why}: set it to a URL such as http://proxy.example.com:3128"))
    };
    let proxy = Proxy::new(text.trim()).map_err(|_| refuse("is not the URL of a proxy"))?;
    if proxy.host().is_empty() {
        return Err(refuse("names no host"));
    }
    if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Err(refuse("names a proxy of an unsupported protocol, which is SOCKS"));
    }
    Ok(Some(Named { proxy, variable: name.to_owned() }))
}

/// The first of the variables that is set.
fn text<'a>(
    environment: &'a Environment,
    names: &[&'a str],
) -> Result<Option<(&'a str, &'a str)>, Failure> {
    let found = names.iter().find_map(|name| Some((*name, environment.get(name)?)));
    let Some((name, value)) = found else { return Ok(None) };
    let value = value.to_str().ok_or_else(|| Failure::new(format!("{name} is not UTF-8")))?;
    Ok(Some((name, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(variables: &[(&str, &str)], url: &str) -> String {
        let proxies = Proxies::of(&variables.iter().copied().collect()).unwrap();
        proxies.for_url(&url.parse().unwrap()).map_or("direct".to_owned(), ToString::to_string)
    }

    #[test]
    fn each_scheme_has_its_own_proxy() {
        let both = [("HTTPS_PROXY", "http://s:1"), ("HTTP_PROXY", "http://ada:lovelace@p:2")];
        let all = [("all_proxy", "p:3"), ("HTTPS_PROXY", ""), ("http_proxy", "q:4")];
        let small = [("https_proxy", "s:1"), ("HTTPS_PROXY", "t:2")];
        let cgi = [("HTTP_PROXY", "p:2"), ("REQUEST_METHOD", "GET")];
        for (variables, url, expected) in [
            (&both[..], "https://a.example/", "the proxy s:1 of HTTPS_PROXY"),
            (&both, "http://a.example/", "the proxy p:2 of HTTP_PROXY"),
            (&both[..1], "http://a.example/", "direct"),
            (&both[1..], "https://a.example/", "direct"),
            (&all, "https://a.example/", "the proxy p:3 of all_proxy"),
            (&all, "http://a.example/", "the proxy q:4 of http_proxy"),
            (&small, "https://a.example/", "the proxy s:1 of https_proxy"),
            (&cgi, "http://a.example/", "direct"),
            (&both, "http://localhost:80/", "direct"),
            (&both, "http://127.9.9.9/", "direct"),
            (&both, "http://[::1]:8080/", "direct"),
        ] {
            assert_eq!(shown(variables, url), expected, "{variables:?} {url}");
        }
    }

    #[test]
    fn what_no_proxy_covers_is_asked_directly() {
        let is_direct = |direct: &str, url: &str| {
            shown(&[("ALL_PROXY", "p:1"), ("NO_PROXY", direct)], url) == "direct"
        };
        for (direct, host) in [
            ("*", "a.example"),
            ("a.example", "a.example"),
            ("x, A.example ,y", "a.EXAMPLE"),
            ("a.example", "b.a.example"),
            (".a.example", "b.a.example"),
            ("*.a.example", "c.b.a.example"),
            ("a.example:8080", "a.example:8080"),
            ("10.0.0.7", "10.0.0.7"),
            ("fd00::1", "[fd00::1]"),
        ] {
            assert!(is_direct(direct, &format!("https://{host}/")), "{direct} {host}");
        }
        for (direct, host) in [
            ("", "a.example"),
            (",", "a.example"),
            ("a.example", "ba.example"),
            ("a.example", "example"),
            ("a.example:8080", "a.example:80"),
            ("a.example:8080", "a.example"),
            ("10.0.0.7", "10.0.0.70"),
        ] {
            assert!(!is_direct(direct, &format!("https://{host}/")), "{direct} {host}");
        }
    }

    #[test]
    fn a_malformed_value_is_an_error_that_does_not_show_it() {
        for value in ["http://", "gopher://p:1", "socks5://ada:lovelace@p:1", "a b", "http://[p"] {
            let environment = [("HTTPS_PROXY", value)].into_iter().collect();
            let error = Proxies::of(&environment).expect_err(value).to_string();
            assert!(error.starts_with("HTTPS_PROXY "), "{value}: {error}");
            assert!(!error.contains("lovelace"), "{value}: {error}");
        }
    }
}
