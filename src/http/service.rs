use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{Method, Request, Response};
use tower_service::Service;

use super::endpoint::Endpoint;
use super::future::ResponseFuture;

/// A service with the report in front. See the [crate](crate#__build).
#[derive(Debug, Clone)]
pub struct SelfCheckService<S> {
    inner: S,
    endpoint: Arc<Endpoint>,
}

impl<S> SelfCheckService<S> {
    pub(super) fn new(inner: S, endpoint: Arc<Endpoint>) -> Self {
        Self { inner, endpoint }
    }

    /// The service behind.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service behind.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The service behind.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for SelfCheckService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    ResponseBody: From<Bytes>,
{
    type Response = Response<ResponseBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, ResponseBody>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        match self.endpoint.place(request.uri().path()) {
            None => ResponseFuture::inner(self.inner.call(request)),
            Some(place) => {
                let answer = self.endpoint.answer(
                    request.method(),
                    place,
                    request.uri().query(),
                    request.headers(),
                );
                let answer = if request.method() == Method::HEAD { head(answer) } else { answer };
                ResponseFuture::answer(answer.map(ResponseBody::from))
            }
        }
    }
}

/// The answer to HEAD: the headers of the one to GET, and no body.
fn head(mut answer: Response<Bytes>) -> Response<Bytes> {
    let length = HeaderValue::from(answer.body().len());
    answer.headers_mut().insert(CONTENT_LENGTH, length);
    answer.map(|_| Bytes::new())
}
