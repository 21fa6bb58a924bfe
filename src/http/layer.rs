use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tower_layer::Layer;

use super::config::SelfCheck;
use super::endpoint::Endpoint;
use super::service::SelfCheckService;
use crate::routes::Routes;

/// Puts the report in front of a tower service. See the [crate](crate#__build).
///
/// What it wraps is an axum `Router` or is not looked into. From a `Router` the routes are read as
/// the router extension reads them. Around anything else they are unavailable, unless they are
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
    /// An axum router is wrapped route by route, and a process speaks once.
    announced: Arc<AtomicBool>,
}

impl SelfCheckLayer {
    /// Returns a layer that answers for what it is put around.
    pub fn new(check: impl Into<SelfCheck>) -> Self {
        let check = check.into();
        let undeclared = || {
            Routes::unavailable(
                "the layer is around a service that is not an axum router; declare its routes with \
                 SelfCheckLayer::routes",
            )
        };
        let endpoint = Endpoint::new(&check, &check.routes.clone().unwrap_or_else(undeclared));
        Self { endpoint: Arc::new(endpoint), check, announced: Arc::default() }
    }

    /// Declares the routes of the service: an [`Inventory`](crate::routes::Inventory), or what was
    /// read from a router that stands further inside. They are taken as they are given, whatever
    /// the layer is put around.
    ///
    /// ```
    /// # #[cfg(feature = "axum")] {
    /// use axum::{Router, routing::get};
    /// use selfsame::{SelfCheckLayer, routes};
    /// use tower::ServiceBuilder;
    ///
    /// # let stamp = selfsame::stamp::Embedded::new(b"");
    /// let router: Router = Router::new().route("/", get(|| async { "hello" }));
    /// let service = ServiceBuilder::new()
    ///     .layer(SelfCheckLayer::new(stamp).routes(routes::of(&router))) // selfsame::stamp!()
    ///     .map_request(|request: axum::extract::Request| request)
    ///     .service(router);
    /// # let _ = service;
    /// # }
    /// ```
    pub fn routes(self, routes: impl Into<Routes>) -> Self {
        let routes = routes.into();
        let endpoint = Arc::new(self.endpoint.with_routes(&self.check, &routes));
        Self { endpoint, check: self.check.routes(routes), announced: self.announced }
    }

    fn endpoint(&self, inner: &dyn Any) -> Arc<Endpoint> {
        let read = if self.check.routes.is_some() { None } else { read(inner) };
        let endpoint = match read {
            Some(routes) => Arc::new(self.endpoint.with_routes(&self.check, &routes)),
            None => Arc::clone(&self.endpoint),
        };
        // Nobody waits for the one that writes: its log may stall, and a server may put the layer
        // around each connection.
        if !self.announced.swap(true, Ordering::SeqCst) {
            endpoint.announce();
        }
        endpoint
    }
}

/// The routes of what is an axum `Router`.
#[cfg(feature = "axum")]
fn read(inner: &dyn Any) -> Option<Routes> {
    inner.downcast_ref::<axum::Router>().map(crate::routes::of)
}

#[cfg(not(feature = "axum"))]
fn read(_: &dyn Any) -> Option<Routes> {
    None
}

/// Of every service that owns what it holds, which a server asks for anyway: only of such a type
/// can it be told at run time whether it is an axum `Router`. An implementation for `Router` beside
/// this one would be the same one twice to the compiler, and a method of another name would be
/// forgotten.
impl<S: 'static> Layer<S> for SelfCheckLayer {
    type Service = SelfCheckService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let endpoint = self.endpoint(&inner);
        SelfCheckService::new(inner, endpoint)
    }
}
