//! How a process is reached: by the name in its URL, or at an address that the name stands for.

use std::fmt;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;
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
    /// Through a socket of this machine.
    #[cfg(unix)]
    Socket(PathBuf),
}

/// Answers with the address that is given, if one is.
#[derive(Debug)]
pub(crate) struct Resolve(Option<SocketAddr>);

impl Resolve {
    pub(crate) fn of(to: &Connect) -> Self {
        match to {
            Connect::ByName => Self(None),
            Connect::At(address) => Self(Some(*address)),
            // Nobody asks for it.
            #[cfg(unix)]
            Connect::Socket(_) => Self(Some(SocketAddr::from(([127, 0, 0, 1], 0)))),
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

    /// The same for a process that is reached in this way.
    pub(crate) fn to(&self, to: &Connect) -> To {
        match to {
            #[cfg(unix)]
            Connect::Socket(path) => To::Socket(path.clone()),
            _ => To::Network(self.clone()),
        }
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

/// The connector of one client.
#[derive(Debug)]
pub(crate) enum To {
    Network(Shared),
    #[cfg(unix)]
    Socket(PathBuf),
}

impl Connector for To {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        match self {
            Self::Network(shared) => shared.connector.connect(details, chained),
            #[cfg(unix)]
            Self::Socket(path) => {
                let socket = unix::Socket::connect(path, details)?;
                Ok(Some(Box::new(socket)))
            }
        }
    }
}

#[cfg(unix)]
mod unix {
    //! HTTP through a Unix socket.

    use std::io::{self, Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    use std::path::Path;

    use ureq::unversioned::transport::{
        Buffers, ConnectionDetails, LazyBuffers, NextTimeout, Transport,
    };
    use ureq::{Error, Timeout};

    #[derive(Debug)]
    pub(super) struct Socket {
        stream: UnixStream,
        buffers: LazyBuffers,
    }

    impl Socket {
        pub(super) fn connect(path: &Path, details: &ConnectionDetails<'_>) -> Result<Self, Error> {
            let config = details.config;
            let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
            Ok(Self { stream: UnixStream::connect(path)?, buffers })
        }
    }

    /// A wait that is over is a timeout, whatever the system calls it.
    fn late(error: io::Error, reason: Timeout) -> Error {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::Timeout(reason),
            _ => Error::Io(error),
        }
    }

    impl Transport for Socket {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
            let timeout = timeout.for_write();
            self.stream.set_write_timeout(timeout.not_zero().map(|time| *time))?;
            let output = &self.buffers.output()[..amount];
            self.stream.write_all(output).map_err(|error| late(error, timeout.reason))
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            let timeout = timeout.for_read();
            self.stream.set_read_timeout(timeout.not_zero().map(|time| *time))?;
            let input = self.buffers.input_append_buf();
            let read = loop {
                match self.stream.read(input) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            let amount = read.map_err(|error| late(error, timeout.reason))?;
            self.buffers.input_appended(amount);
            Ok(amount > 0)
        }

        fn is_open(&mut self) -> bool {
            let is_quiet = |stream: &mut UnixStream| {
                stream.set_nonblocking(true)?;
                let read = stream.read(&mut [0]);
                stream.set_nonblocking(false)?;
                // What comes unasked, and the end, make it useless.
                read.map(|_| false)
            };
            match is_quiet(&mut self.stream) {
                Ok(quiet) => quiet,
                Err(error) => {
                    error.kind() == io::ErrorKind::WouldBlock
                        && self.stream.set_nonblocking(false).is_ok()
                }
            }
        }
    }
}
