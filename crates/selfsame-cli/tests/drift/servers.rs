//! Programs in front of the service: HAProxy and nginx from the system, and a proxy with manners of
//! our own.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::asking::wait_until;
use selfsame_testing::clean_environment;

/// A program that serves, with a configuration of its own.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    directory: TempDir,
}

impl Server {
    /// HAProxy, which takes turns between the backends.
    pub(crate) fn haproxy(backends: &[&str]) -> Self {
        let mut servers = String::new();
        for (number, url) in backends.iter().enumerate() {
            let _ = writeln!(servers, "  server s{number} {}", address_of(url));
        }
        Self::start("haproxy", |address, _| {
            format!(
                "defaults\n  mode http\n  timeout connect 5s\n  timeout client 10s\n  timeout server \
                 10s\nlisten shop\n  bind {address}\n  balance roundrobin\n{servers}"
            )
        })
    }

    /// nginx, which keeps what it is told not to keep.
    pub(crate) fn nginx(backend: &str) -> Self {
        let backend = address_of(backend).to_owned();
        Self::start("nginx", |address, directory| {
            let at = directory.display();
            let server = format!(
                "listen {address};\nlocation / {{\n  proxy_pass http://{backend};\n  \
                 proxy_cache shop;\n  proxy_ignore_headers Cache-Control;\n  \
                 proxy_cache_valid 200 1h;\n}}"
            );
            let cache = format!("proxy_cache_path {at}/cache keys_zone=shop:1m;");
            of_nginx(directory, &cache, &server)
        })
    }

    /// nginx with a certificate that nobody trusts, in [`authority.pem`](Self::file).
    pub(crate) fn nginx_with_tls(backend: &str) -> Self {
        let backend = address_of(backend).to_owned();
        let names = ["127.0.0.1".to_owned()];
        let signed = rcgen::generate_simple_self_signed(names).expect("a certificate");
        Self::start("nginx", |address, directory| {
            let key = signed.signing_key.serialize_der();
            for (name, kind, der) in [
                ("authority.pem", "CERTIFICATE", &**signed.cert.der()),
                ("key.pem", "PRIVATE KEY", &*key),
            ] {
                let text = STANDARD.encode(der);
                let pem = format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n");
                fs::write(directory.join(name), pem).expect("it can be written");
            }
            let at = directory.display();
            let server = format!(
                "listen {address} ssl;\nssl_certificate {at}/authority.pem;\n\
                 ssl_certificate_key {at}/key.pem;\nlocation / {{\n  \
                 proxy_pass http://{backend};\n}}"
            );
            of_nginx(directory, "", &server)
        })
    }

    /// A file that the server was started with.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// nginx in front of files: it compresses, and it has a page for unknown paths.
    pub(crate) fn of_files(root: &Path) -> Self {
        Self::start("nginx", |address, directory| {
            let server = format!(
                "listen {address};\nroot {};\ngzip on;\ngzip_types *;\ngzip_min_length 1;\n\
                 location / {{\n  try_files $uri /index.html;\n}}",
                root.display()
            );
            of_nginx(directory, "types { text/html html; text/javascript js; }", &server)
        })
    }

    fn start(program: &str, configuration: impl Fn(SocketAddr, &Path) -> String) -> Self {
        let directory = TempDir::with_prefix("selfsame-drift-").expect("a temporary directory");
        let address = free_address();
        let file = directory.path().join("configuration");
        fs::write(&file, configuration(address, directory.path())).expect("it can be written");
        let mut command = Command::new(program);
        let configured = if program == "haproxy" { "-f" } else { "-c" };
        let child = command
            .env_clear()
            .envs(clean_environment())
            .arg(configured)
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let server = Self { child, address, directory };
        wait_until(program, || TcpStream::connect(address).is_ok());
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection to a service that gives a byte every quarter of a second.
pub(crate) struct Drip {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Drip {
    pub(crate) fn of(backend: &str) -> Self {
        let backend = address_of(backend).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let backend = backend.clone();
                let stopped = Arc::clone(&stopped);
                std::thread::spawn(move || drip(stream, &backend, &stopped));
            }
        });
        Self { address, stop }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Drip {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn drip(mut client: TcpStream, backend: &str, stop: &AtomicBool) -> Option<()> {
    let mut service = TcpStream::connect(backend).ok()?;
    let mut from_client = client.try_clone().ok()?;
    let mut to_service = service.try_clone().ok()?;
    std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_service));
    let mut byte = [0];
    while !stop.load(Ordering::SeqCst) && service.read(&mut byte).ok()? > 0 {
        client.write_all(&byte).ok()?;
        std::thread::sleep(Duration::from_millis(250));
    }
    Some(())
}

/// A configuration for nginx that writes nowhere but below a directory.
fn of_nginx(directory: &Path, http: &str, server: &str) -> String {
    let at = directory.display();
    format!(
        "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log {at}/error.log;\nevents {{}}\n\
         http {{\naccess_log off;\nclient_body_temp_path {at}/body;\nproxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/fastcgi;\nuwsgi_temp_path {at}/uwsgi;\nscgi_temp_path {at}/scgi;\n\
         {http}\nserver {{\n{server}\n}}\n}}\n"
    )
}

/// A port that was free a moment ago, for who cannot be given port 0.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address")
}

fn address_of(url: &str) -> &str {
    url.strip_prefix("http://").expect("it is an address of http")
}
