//! How a process is reached: by the name in its URL, or at an address that the name stands for.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::RootCerts;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

/// How a process is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Connect {
    /// By the name in its URL.
    ByName,
    /// At this address, with the name in its URL as Host and for TLS.
    At(SocketAddr),
}

/// Answers with the address that is given, if one is.
#[derive(Debug)]
pub(crate) struct Resolve(Option<SocketAddr>);

impl Resolve {
    pub(crate) fn of(to: &Connect) -> Self {
        match to {
            Connect::ByName => Self(None),
            Connect::At(address) => Self(Some(*address)),
        }
    }
}

impl Resolver for Resolve {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        match self.0 {
            None => DefaultResolver::default().resolve(uri, config, timeout),
            Some(address) => {
                let mut addresses = self.empty();
                addresses.push(address);
                Ok(addresses)
            }
        }
    }
}

/// A connector that many clients share, with the certificates that it has read.
#[derive(Clone)]
pub(crate) struct Shared {
    connector: Arc<DefaultConnector>,
    roots: RootCerts,
}

impl Shared {
    pub(crate) fn new(roots: RootCerts) -> Self {
        Self { connector: Arc::default(), roots }
    }

    /// The authorities that are trusted.
    pub(crate) fn roots(&self) -> &RootCerts {
        &self.roots
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl Connector for Shared {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        self.connector.connect(details, chained)
    }
}
