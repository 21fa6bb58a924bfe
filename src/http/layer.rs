use std::sync::Arc;

use tower_layer::Layer;

use super::config::SelfCheck;
use super::endpoint::Endpoint;
use super::service::SelfCheckService;
use crate::routes::{Inventory, Routes};

/// Puts the report in front of a tower service. See the [module docs](super).
///
/// A layer cannot look into what it wraps, so the routes are unavailable unless they are
/// [declared](Self::routes).
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use selfsame::SelfCheckLayer;
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// # #[tokio::main] async fn main() {
/// # let stamp = selfsame::stamp::Embedded::new(b"");
/// let service = ServiceBuilder::new()
///     .layer(SelfCheckLayer::new(stamp)) // selfsame::stamp!()
///     .service(service_fn(|_: Request<()>| async {
///         Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from("hello"))))
///     }));
///
/// let request = Request::get("/").body(()).unwrap();
/// assert_eq!(service.oneshot(request).await.unwrap().status(), 200);
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SelfCheckLayer {
    endpoint: Arc<Endpoint>,
    check: SelfCheck,
}

impl SelfCheckLayer {
    /// Returns a layer that answers for a service of which no route is known.
    pub fn new(check: impl Into<SelfCheck>) -> Self {
        let routes = Routes::unavailable(
            "a layer cannot see the routes of what it wraps; declare them with \
             SelfCheckLayer::routes",
        );
        let check = check.into();
        Self { endpoint: Arc::new(Endpoint::new(&check, &routes)), check }
    }

    /// Declares the routes of the service.
    pub fn routes(self, routes: Inventory) -> Self {
        let endpoint = Endpoint::new(&self.check, &Routes::Listed(routes));
        Self { endpoint: Arc::new(endpoint), check: self.check }
    }
}

impl<S> Layer<S> for SelfCheckLayer {
    type Service = SelfCheckService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SelfCheckService::new(inner, Arc::clone(&self.endpoint))
    }
}
