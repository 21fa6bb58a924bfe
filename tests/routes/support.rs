//! What the tests build routers of, and how they ask them.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use selfsame::routes::{Inventory, Routes};
use tower::Service;

/// The status that tells a test what answered.
pub(crate) const HANDLER: StatusCode = StatusCode::OK;
pub(crate) const SERVICE: StatusCode = StatusCode::ACCEPTED;
pub(crate) const FALLBACK: StatusCode = StatusCode::NON_AUTHORITATIVE_INFORMATION;
pub(crate) const METHOD_FALLBACK: StatusCode = StatusCode::IM_A_TEAPOT;

/// How often anything of a router ran.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs(Arc<AtomicUsize>);

impl Runs {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// A handler that counts and answers with a status.
    pub(crate) fn handler(
        &self,
        status: StatusCode,
    ) -> impl FnOnce() -> Ready<StatusCode> + Clone + Send + Sync + 'static {
        let runs = self.clone();
        move || {
            runs.add();
            ready(status)
        }
    }

    /// A service that counts and answers with a status.
    pub(crate) fn service(&self, status: StatusCode) -> Counting {
        let runs = self.clone();
        Counting { runs, status }
    }

    /// A layer that counts what goes through it.
    pub(crate) fn layer(&self) -> CountingLayer {
        CountingLayer { runs: self.clone() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Counting {
    runs: Runs,
    status: StatusCode,
}

impl Service<Request> for Counting {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.runs.add();
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        self.runs.add();
        ready(Ok(self.status.into_response()))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct CountingLayer {
    runs: Runs,
}

impl<S> tower::Layer<S> for CountingLayer {
    type Service = CountingThrough<S>;

    fn layer(&self, inner: S) -> CountingThrough<S> {
        let runs = self.runs.clone();
        CountingThrough { runs, inner }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct CountingThrough<S> {
    runs: Runs,
    inner: S,
}

impl<S: Service<Request>> Service<Request> for CountingThrough<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.runs.add();
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.runs.add();
        self.inner.call(request)
    }
}

/// The routes of a router that has to be readable.
pub(crate) fn listed<S>(router: &Router<S>) -> Inventory
where
    S: Clone + Send + Sync + 'static,
{
    match selfsame::routes::of(router) {
        Routes::Listed(inventory) => inventory,
        Routes::Unavailable(reason) => panic!("not available: {reason}"),
    }
}

/// An inventory, a line a route.
pub(crate) fn lines(inventory: &Inventory) -> Vec<String> {
    inventory.iter().map(ToString::to_string).collect()
}

/// What a router answers; nothing in these tests ever waits.
pub(crate) fn status(router: &Router, method: &str, uri: &str) -> StatusCode {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method.parse().expect("a method");
    *request.uri_mut() = Uri::try_from(uri).expect("a uri");
    let mut router = router.clone();
    let mut context = Context::from_waker(Waker::noop());
    match pin!(router.call(request)).poll(&mut context) {
        Poll::Ready(Ok(response)) => response.status(),
        Poll::Pending => panic!("{method} {uri} did not answer at once"),
    }
}
