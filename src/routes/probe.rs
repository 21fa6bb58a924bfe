//! Asks a router for its routes, without running any handler or layer of it.

mod sample;

use std::{
    collections::BTreeSet,
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request},
    http::{Method, StatusCode, Uri, header::ALLOW},
    response::Response,
    routing::Route as AxumRoute,
};
use tower_layer::layer_fn;
use tower_service::Service;

use selfsame_core::routes::{FALLBACK_TAIL, Inventory, Route};

/// A method that no service knows, to see what becomes of methods that are not listed.
const NO_METHOD: &[u8] = b"SELFSAME-PROBE";

/// Asks a router whether it routes as an inventory says, in this process and at once.
///
/// The router is copied, and in the copy each handler, service, layer and fallback is replaced by
/// one that only notes which route it was reached by. So nothing of the service runs, whatever is
/// asked: axum's own routing is all that is left. (What axum runs in order to build the copy is
/// `Clone` of handlers, services and states, and `Layer::layer`, as it does for each request.)
///
/// Only a router whose state is complete can be asked.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use selfsame::routes::{self, Routes};
///
/// let router = Router::new().route("/workflows/{id}", get(|| async {}));
/// let Routes::Listed(inventory) = routes::of(&router) else { panic!("not read") };
///
/// let verification = routes::verify(&router, &inventory);
/// assert!(verification.is_confirmed());
///
/// let verification = routes::verify(&Router::new(), &inventory);
/// assert_eq!(verification.to_string(), "GET,HEAD /workflows/{id}: absent");
/// ```
#[must_use]
pub fn verify(router: &Router, inventory: &Inventory) -> Verification {
    let mut probe = Probe::new(router);
    let answer = |route: &Route| (route.clone(), probe.verify(inventory, route));
    Verification { answers: inventory.iter().map(answer).collect() }
}

/// What a router answered for one route of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// The router routes exactly these methods of this path to this route.
    Match,
    /// The router has no such route.
    Absent,
    /// The router has this path; what is behind it is not looked into.
    ///
    /// For a fallback, which has no route of its own, it says only that no route takes its place.
    Opaque,
    /// The router has this path, but does something else with it; in words.
    Differs(String),
    /// No request can ask for this path, for the reason given.
    NotAskable(&'static str),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Match => f.write_str("match"),
            Self::Absent => f.write_str("absent"),
            Self::Opaque => f.write_str("opaque"),
            Self::Differs(how) => write!(f, "differs: {how}"),
            Self::NotAskable(why) => write!(f, "not askable: {why}"),
        }
    }
}

/// What a router answered for each route of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    answers: Vec<(Route, Answer)>,
}

impl Verification {
    /// Each route with its answer, in the order of the inventory.
    pub fn answers(&self) -> impl Iterator<Item = (&Route, &Answer)> {
        self.answers.iter().map(|(route, answer)| (route, answer))
    }

    /// The routes that the router does not have as the inventory lists them.
    pub fn failures(&self) -> impl Iterator<Item = (&Route, &Answer)> {
        self.answers().filter(|(_, answer)| matches!(answer, Answer::Absent | Answer::Differs(_)))
    }

    /// Whether no answer speaks against the inventory.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.failures().next().is_none()
    }
}

/// The failures, one a line, or nothing.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (route, answer)) in self.failures().enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            write!(f, "{line}{route}: {answer}")?;
        }
        Ok(())
    }
}

/// A router with nothing left in it but its routes.
struct Probe {
    router: Router,
}

/// Where a request ended up.
#[derive(Debug, PartialEq, Eq)]
enum Reached {
    /// At a route; with what axum says in `Allow`, which it only does for methods that have none.
    Route { path: String, allow: Option<BTreeSet<String>> },
    /// At a fallback, or under a nested service, which axum does not name.
    Nothing,
}

impl Probe {
    fn new(router: &Router) -> Self {
        // The layer comes last, so it is outermost: what it is given is dropped as it is.
        let router = router.clone().layer(layer_fn(|_: AxumRoute| Note));
        Self { router }
    }

    fn verify(&mut self, inventory: &Inventory, route: &Route) -> Answer {
        let path = if route.is_fallback() {
            let under = format!("{}/{{rest}}", route.path().trim_end_matches('/'));
            sample::path(&under, |path| inventory.route_at(path).is_none())
        } else {
            sample::path(route.path(), |path| inventory.route_at(path) == Some(route))
        };
        let uri = match path.as_deref().map(Uri::try_from) {
            None => return Answer::NotAskable("other routes take every path that was tried"),
            Some(Ok(uri)) if Some(uri.path()) == path.as_deref() => uri,
            Some(_) => return Answer::NotAskable("it has characters that no request may have"),
        };
        self.compare(&uri, route).unwrap_or_else(|answer| answer)
    }

    /// Asks one question a method; `Err` is an answer too, and ends it early.
    fn compare(&mut self, uri: &Uri, route: &Route) -> Result<Answer, Answer> {
        if route.is_fallback() {
            return match self.ask(NO_METHOD, uri)? {
                Reached::Nothing => Ok(Answer::Opaque),
                Reached::Route { path, .. } => Err(Answer::Differs(format!("it is at {path:?}"))),
            };
        }
        for method in route.methods() {
            let allow = self.ask_at(method.as_bytes(), uri, route)?;
            if allow.is_some() {
                return Err(Answer::Differs(format!("{method} is refused")));
            }
        }
        let allow = self.ask_at(NO_METHOD, uri, route)?;
        if route.is_opaque() {
            return match allow {
                None => Ok(Answer::Opaque),
                Some(_) => Err(Answer::Differs("it answers some methods only".to_owned())),
            };
        }
        let listed = || route.methods().map(str::to_owned).collect::<BTreeSet<_>>();
        match allow {
            // On axum's main branch a route that shares its path with a fallback says nothing.
            None if route.is_any() || route.has_method_fallback() => Ok(Answer::Match),
            None => Err(Answer::Differs("it answers every method".to_owned())),
            Some(_) if route.is_any() => {
                Err(Answer::Differs("it answers some methods only".to_owned()))
            }
            Some(allow) if allow == listed() => Ok(Answer::Match),
            Some(allow) => {
                let allow = Vec::from_iter(allow).join(",");
                Err(Answer::Differs(format!("it answers {allow:?}")))
            }
        }
    }

    /// Asks, and expects to come to this route; gives what axum says in `Allow`.
    fn ask_at(
        &mut self,
        method: &[u8],
        uri: &Uri,
        route: &Route,
    ) -> Result<Option<BTreeSet<String>>, Answer> {
        match self.ask(method, uri)? {
            Reached::Nothing => Err(Answer::Absent),
            Reached::Route { path, allow } if path == route.path() => Ok(allow),
            // A route that is not listed stands before this one, which may still be there.
            Reached::Route { path, .. } => Err(Answer::Differs(format!("it is at {path:?}"))),
        }
    }

    fn ask(&mut self, method: &[u8], uri: &Uri) -> Result<Reached, Answer> {
        let failed = || Answer::Differs("the router did not answer as axum does".to_owned());
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::from_bytes(method).map_err(|_| failed())?;
        *request.uri_mut() = uri.clone();

        // Nothing in the copy ever waits, so the answer is there at the first poll.
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(response)) = pin!(self.router.call(request)).poll(&mut context) else {
            return Err(failed());
        };
        // Also what axum itself says to a method, if it ever answers before any layer.
        let Some(Noted(path)) = response.extensions().get() else {
            return Err(failed());
        };
        let path = match path {
            // On axum's main branch a fallback is a route with a name.
            Some(path) if !path.as_str().ends_with(FALLBACK_TAIL) => path.as_str().to_owned(),
            _ => return Ok(Reached::Nothing),
        };
        let words = |value: &axum::http::HeaderValue| -> BTreeSet<String> {
            let text = value.to_str().unwrap_or_default();
            let words = text.split(',').map(str::trim);
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let allow = response.headers().get(ALLOW).map(words);
        Ok(Reached::Route { path, allow })
    }
}

/// What stands in for each handler, service and fallback of a copied router.
#[derive(Clone, Copy)]
struct Note;

/// The route that a request came to, if axum named one.
#[derive(Clone)]
struct Noted(Option<MatchedPath>);

impl Service<Request> for Note {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let path = request.extensions_mut().remove();
        let mut response = Response::default();
        // axum's main branch says `Allow` with this status only.
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.extensions_mut().insert(Noted(path));
        ready(Ok(response))
    }
}
