//! Reads a live router, after making sure that this axum prints what the reader knows.

use std::{
    convert::Infallible,
    fmt::{self, Write as _},
    future::{Ready, ready},
    sync::OnceLock,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::Request,
    response::Response,
    routing::{MethodFilter, any, any_service, get, get_service, on, post},
};
use tower_layer::layer_fn;
use tower_service::Service;

use super::{
    Inventory, InventoryError, Route, Routes,
    read::{MAX_TEXT, ReadError, read},
};

/// Reads the routes of a finished router, before or after `with_state`.
///
/// The first call builds a router with every shape in use and reads that too. If it does not come
/// back exactly, this axum prints something else than is known here, and no inventory is given for
/// any router.
///
/// No handler, layer or service is called.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
///
/// let router = Router::new()
///     .route("/workflows/{id}", get(|| async {}).delete(|| async {}))
///     .nest_service("/static", Router::new());
///
/// let routes = selfsame::routes::of::<()>(&router);
/// assert_eq!(
///     serde_json::to_string(&routes)?,
///     r#"{"list":[{"opaque":true,"path":"/static","prefix":true},"#.to_owned()
///         + r#"{"methods":["DELETE","GET","HEAD"],"path":"/workflows/{id}"}]}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn of<S>(router: &Router<S>) -> Routes
where
    S: Clone + Send + Sync + 'static,
{
    static CANARY: OnceLock<Result<(), String>> = OnceLock::new();

    judged(CANARY.get_or_init(check_canary), router)
}

fn judged<S>(canary: &Result<(), String>, router: &Router<S>) -> Routes
where
    S: Clone + Send + Sync + 'static,
{
    if let Err(reason) = canary {
        return Routes::unavailable(reason);
    }
    let inventory = match inventory(router) {
        Ok(inventory) => inventory,
        Err(error) => return Routes::unavailable(error.to_string()),
    };
    // The one thing that axum tells about its routes without `Debug`. A fallback counts as a route
    // on axum's main branch only.
    let has_route = inventory.iter().any(|route| !route.is_fallback());
    if has_route && !router.has_routes() || inventory.is_empty() && router.has_routes() {
        return Routes::unavailable("axum and its debug text differ on whether there are routes");
    }
    Routes::Listed(inventory)
}

fn inventory<S>(router: &Router<S>) -> Result<Inventory, ReadError> {
    let mut text = Bounded(String::new());
    if write!(text, "{router:?}").is_err() {
        return Err(ReadError::new(format!("more than {MAX_TEXT} bytes of text")));
    }
    read(&text.0)
}

/// A text that stops growing where the reader would refuse it.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.0.len() + more.len() > MAX_TEXT {
            return Err(fmt::Error);
        }
        self.0.push_str(more);
        Ok(())
    }
}

fn check_canary() -> Result<(), String> {
    let told = |error: &dyn fmt::Display| format!("a router built as a test: {error}");
    let declared = declared().and_then(Inventory::new);
    let declared = declared.map_err(|error| told(&error))?;
    let before_state = inventory(&built());
    let after_state = inventory::<()>(&built().with_state(State));
    for found in [before_state, after_state] {
        if found.map_err(|error| told(&error))? != declared {
            return Err(told(&"it was read as another one than was built"));
        }
    }
    // A router without a fallback of its own must not seem to have one.
    let bare = inventory(&Router::<()>::new()).map_err(|error| told(&error))?;
    if !bare.is_empty() {
        return Err(told(&"an empty one seems to have routes"));
    }
    Ok(())
}

/// The state of the canary. Its `Debug` would imitate a router if axum printed it.
#[derive(Clone)]
struct State;

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Router { path_router: PathRouter { routes: {}, node: Node { paths: {} } } }")
    }
}

/// Every shape in use: each way to add a route, in each place where axum keeps one.
fn built() -> Router<State> {
    // Never called; an `async` handler needs no feature of axum.
    let handler = || async {};
    let layer = || layer_fn(Around);
    let nested = Router::new()
        .route("/", get(handler))
        .route("/{id}", get(handler).post(handler))
        .route("/{id}/files/{*path}", get(handler))
        .nest_service("/files", Silent);
    let deep = Router::new().nest("/v1/{tenant}", nested.layer(layer()));
    let with_fallback = Router::new().route("/", get(handler)).fallback(handler);
    let merged = Router::new()
        .route("/merged", post(handler))
        .route("/merged", get(handler))
        .route_layer(layer());
    let combined = MethodFilter::PUT
        .or(MethodFilter::PATCH)
        .or(MethodFilter::TRACE)
        .or(MethodFilter::CONNECT)
        .or(MethodFilter::OPTIONS);
    Router::new()
        .route("/", get(handler))
        .route("/head", on(MethodFilter::HEAD, handler))
        .route("/combined", on(combined, handler))
        .route("/nothing", axum::routing::MethodRouter::new())
        .route("/any", any(handler))
        .route("/any/and/post", any(handler).post(handler))
        .route("/any/service", any_service(Silent))
        .route("/service", get_service(Silent).delete_service(Silent))
        .route("/fallback", get(handler).fallback(handler))
        .route("/fallback/service", post(handler).fallback_service(Silent))
        .route("/layered", get(handler).layer(layer()).put(handler))
        .route("/\"quotes\"\\and\\'backslashes'", get(handler))
        .route("/{{braces}}/%7B/ü/\u{200b}\t/🦀", get(handler))
        .route_service("/whole", Silent)
        .nest_service("/under", Silent)
        .nest_service("/slashed/", Silent)
        .merge(merged)
        .nest("/api", deep.layer(layer()))
        .nest("/own/{name}", with_fallback)
        .layer(layer())
        .fallback_service(Silent)
}

/// The canary's routes as they are meant.
fn declared() -> Result<Vec<Route>, InventoryError> {
    Ok(vec![
        Route::new("/", ["GET", "HEAD"])?,
        Route::new("/head", ["HEAD"])?,
        Route::new("/combined", ["PUT", "PATCH", "TRACE", "CONNECT", "OPTIONS"])?,
        Route::new("/nothing", [""; 0])?,
        Route::any("/any")?,
        Route::new("/any/and/post", ["POST"])?.with_any(),
        Route::any("/any/service")?,
        Route::new("/service", ["GET", "HEAD", "DELETE"])?,
        Route::new("/fallback", ["GET", "HEAD"])?.with_method_fallback(),
        Route::new("/fallback/service", ["POST"])?.with_method_fallback(),
        Route::new("/layered", ["GET", "HEAD", "PUT"])?,
        Route::new("/\"quotes\"\\and\\'backslashes'", ["GET", "HEAD"])?,
        Route::new("/{{braces}}/%7B/ü/\u{200b}\t/🦀", ["GET", "HEAD"])?,
        Route::opaque("/whole")?,
        Route::opaque_prefix("/under")?,
        Route::opaque_prefix("/slashed/")?,
        Route::new("/merged", ["GET", "HEAD", "POST"])?,
        Route::new("/api/v1/{tenant}", ["GET", "HEAD"])?,
        Route::new("/api/v1/{tenant}/{id}", ["GET", "HEAD", "POST"])?,
        Route::new("/api/v1/{tenant}/{id}/files/{*path}", ["GET", "HEAD"])?,
        Route::opaque_prefix("/api/v1/{tenant}/files")?,
        Route::new("/own/{name}", ["GET", "HEAD"])?,
        Route::fallback("/own/{name}")?,
        Route::fallback("/")?,
    ])
}

/// A service that is never called.
#[derive(Clone, Copy, Debug)]
struct Silent;

impl Service<Request> for Silent {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        ready(Ok(Response::default()))
    }
}

/// A layer that changes nothing.
#[derive(Clone, Debug)]
struct Around<S>(S);

impl<S: Service<Request>> Service<Request> for Around<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.0.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canary_comes_back() {
        assert_eq!(check_canary(), Ok(()));
    }

    #[test]
    fn no_router_is_read_once_the_canary_did_not_come_back() {
        let router: Router = Router::new().route("/", get(|| async {}));
        let canary = Err("a router built as a test: it sang".to_owned());
        assert_eq!(judged(&canary, &router).reason(), Some("a router built as a test: it sang"));
        assert!(judged(&Ok(()), &router).list().is_some());
    }

    #[test]
    fn a_router_beyond_the_limits_is_unavailable_and_not_shortened() {
        let mut router: Router = Router::new();
        for number in 0..=10_000 {
            router = router.route(&format!("/{number}"), get(|| async {}));
        }
        assert_eq!(of(&router).reason(), Some("router not understood: more than 10000 routes"));
    }
}
