//! The address of a service, as the caller named it.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;

use ureq::http::Uri;
use ureq::http::uri::{Authority, Scheme};

use crate::error::Failure;

/// A service, as the caller named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    scheme: Scheme,
    authority: Authority,
    /// The path without a slash at the end.
    prefix: String,
}

impl Base {
    pub(crate) fn parse(url: &str) -> Result<Self, Failure> {
        // First of all: the messages below show the URL.
        if url.contains('@') {
            return Err(Failure::new(
                "the URL holds an @ and so a password, which would stand in process lists: use \
                 --token-env",
            ));
        }
        let shown = url.split(['?', '#']).next().unwrap_or_default();
        let refuse = |why: &str| Err(Failure::new(format!("the URL {shown:?} {why}")));
        let Ok(uri) = url.parse::<Uri>() else {
            return refuse("is none: name a service as in https://api.example.com");
        };
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return refuse("needs a scheme and a host, as in https://api.example.com");
        };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return refuse("needs the scheme http or https");
        }
        let path = parts.path_and_query.as_ref().map_or("/", |path| path.as_str());
        if path.contains('?') {
            return refuse("has a query: give the address of the service, and --at for the report");
        }
        Ok(Self { scheme, authority, prefix: path.trim_end_matches('/').to_owned() })
    }

    /// What it is called at one of the addresses that its name stands for.
    pub(crate) fn shown_at(&self, address: SocketAddr) -> String {
        format!("{}://{address}{}", self.scheme, self.prefix)
    }

    /// The path, without a slash at the end.
    pub(crate) fn path(&self) -> &str {
        &self.prefix
    }

    /// It without its scheme.
    pub(crate) fn named(&self) -> String {
        format!("{}{}", self.authority, self.prefix)
    }

    /// The host, without the brackets of an address.
    pub(crate) fn host(&self) -> &str {
        self.authority.host().trim_matches(['[', ']'])
    }

    /// The port, or that of the scheme.
    pub(crate) fn port(&self) -> u16 {
        let usual = if self.scheme == Scheme::HTTPS { 443 } else { 80 };
        self.authority.port_u16().unwrap_or(usual)
    }

    /// The URL of a file below the service, by its name on disk.
    pub(crate) fn file(&self, name: &str) -> Result<Uri, Failure> {
        let mut path = String::with_capacity(name.len() + 1);
        path.push('/');
        for byte in name.bytes() {
            match byte {
                b'/' | b'-' | b'.' | b'_' | b'~' => path.push(char::from(byte)),
                byte if byte.is_ascii_alphanumeric() => path.push(char::from(byte)),
                byte => {
                    let _ = write!(path, "%{byte:02X}");
                }
            }
        }
        self.join(&path)
    }

    /// The URL of a path below the service.
    pub(crate) fn join(&self, path: &str) -> Result<Uri, Failure> {
        let target = format!("{}{path}", self.prefix);
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(target)
            .build()
            .map_err(|_| {
                Failure::new(format!("{path:?} is not a path of a URL: encode it, a space as %20"))
            })
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}
