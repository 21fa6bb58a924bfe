//! The report over TLS, by HTTP/1.1 and by HTTP/2, as a browser or a proxy chooses.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use selfsame::report::Report;
use selfsame::{RouterExt as _, SelfCheckLayer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tower::Layer as _;

use crate::support::{COMMIT, OTHER, TOKEN, check, facts};

/// A service behind TLS, and a client that trusts it.
struct Secured {
    address: SocketAddr,
    roots: RootCertStore,
    task: JoinHandle<()>,
}

impl Secured {
    async fn start(app: Router) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a pair");
        let certificate: CertificateDer<'static> = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .expect("they fit");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("it is one");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(app.clone());
                let stream = acceptor.accept(stream).await.expect("the client speaks TLS");
                let builder = auto::Builder::new(TokioExecutor::new());
                tokio::spawn(async move {
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, roots, task }
    }

    /// Asks by the protocol of this name.
    async fn ask(&self, protocol: &str, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
        let mut config = ClientConfig::builder()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(self.address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = stream.expect("it is trusted");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
        let stream = TokioIo::new(stream);
        let answer = if protocol == "h2" {
            use hyper::client::conn::http2::handshake;
            let (mut sender, connection) =
                handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
            tokio::spawn(connection);
            sender.send_request(request).await
        } else {
            use hyper::client::conn::http1::handshake;
            let (mut sender, connection) = handshake(stream).await.expect("HTTP/1.1");
            tokio::spawn(connection);
            sender.send_request(request).await
        };
        let (parts, body) = answer.expect("it answers").into_parts();
        let body = body.collect().await.expect("the body is whole").to_bytes();
        (parts.status, parts.headers, body)
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn every_protocol_has_the_same_answers() {
    let extension = Router::new().selfsame(check(facts()));
    let layer = SelfCheckLayer::new(check(facts())).layer(Router::new());
    let layer = Router::new().fallback_service(layer);
    for app in [extension, layer] {
        let service = Secured::start(app).await;
        let ask = async |protocol, method: Method, target: &str, token: Option<&str>| {
            let target = match protocol {
                "h2" => format!("https://localhost{target}"),
                _ => target.to_owned(),
            };
            let mut request = Request::builder().method(method).uri(target);
            request = request.header("host", "localhost");
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            service.ask(protocol, request.body(Body::empty()).expect("well-formed")).await
        };
        for protocol in ["http/1.1", "h2"] {
            for (method, target, status) in [
                (Method::GET, format!("/__build?commit={COMMIT}"), 200),
                (Method::HEAD, format!("/__build?commit={COMMIT}"), 200),
                (Method::POST, format!("/__build/is/{OTHER}"), 409),
                (Method::GET, "/__build?comit=1".to_owned(), 400),
                (Method::PUT, "/__build".to_owned(), 405),
            ] {
                let (found, headers, body) = ask(protocol, method.clone(), &target, None).await;
                assert_eq!(found, status, "{protocol} {method} {target}");
                assert_eq!(headers["cache-control"], "no-store", "{protocol} {method} {target}");
                assert_eq!(body.is_empty(), method == Method::HEAD, "{protocol} {method} {target}");
            }
            let (_, headers, body) = ask(protocol, Method::GET, "/__build", Some(TOKEN)).await;
            assert_eq!(headers["content-length"], body.len().to_string(), "{protocol}");
            let report = Report::parse(&body).expect("it is a report");
            assert!(report.modules.is_some(), "{protocol}: the token arrives");
        }
    }
}
