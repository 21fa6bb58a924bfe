use std::net::{SocketAddr, TcpListener};

use axum::Router;
use tokio::runtime::Runtime;

/// A router that answers on a real socket. It ends when it is dropped.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Serving {
    /// Serves on a free port.
    pub fn start(router: Router) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").expect("a free port"), router)
    }

    pub fn on(listener: TcpListener, router: Router) -> Self {
        let address = listener.local_addr().expect("it has an address");
        listener.set_nonblocking(true).expect("it can be set");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.spawn(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it listens");
            axum::serve(listener, router).await
        });
        Self { address, _runtime: runtime }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
