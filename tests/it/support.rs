//! Requests in process, and stamps of our own making.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use http_body_util::BodyExt as _;
use selfsame::stamp::{Digest, Embedded, Facts, Module, Origin, Revision, Stamp, Tree, frame};
use selfsame::{RouterExt as _, SelfCheck};
use selfsame_core::environment::Environment;
use serde_json::Value;
use tower::ServiceExt as _;

pub(crate) const COMMIT: &str = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
pub(crate) const OTHER: &str = "2f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
pub(crate) const TOKEN: &str = "correct-horse-battery";

/// The facts of a release build with a module `workflow`.
pub(crate) fn facts() -> Facts {
    let mut facts = Facts::new("backoffice-api", "1.4.0");
    facts.commit = Some(COMMIT.parse().expect("it is a commit"));
    facts.revision = Revision::new(Origin::Git, Tree::Clean);
    facts.content = Some(Digest::of(b"content"));
    let mut workflow = Module::new("workflow", "src/modules/workflow", Digest::of(b"workflow"));
    workflow.files = 2;
    workflow.bytes = 100;
    facts.modules = vec![workflow];
    facts.build.profile = Some("release".to_owned());
    facts.build.target = Some("x86_64-unknown-linux-gnu".to_owned());
    facts
}

/// The check of a process that carries these facts, with a token.
pub(crate) fn check(facts: Facts) -> SelfCheck {
    let stamp = Stamp::seal(facts).expect("the facts agree");
    let framed: &'static [u8] = frame(&stamp).leak();
    SelfCheck::new(Embedded::new(framed)).environment(Environment::default()).token(TOKEN)
}

/// A service with two routes and the check.
pub(crate) fn app(check: SelfCheck) -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/api/v1/workflows/{id}", get(|| async { "one" }).post(|| async { "made" }))
        .selfsame(check)
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) response: Response<()>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("no JSON: {error}: {:?}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name);
        value.map_or("", |value| value.to_str().expect("a header of ours is ASCII"))
    }
}

pub(crate) async fn ask(app: &Router, method: Method, target: &str, token: Option<&str>) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers = bearer.iter().map(|bearer| ("authorization", bearer.as_str()));
    ask_with(app, method, target, headers).await
}

pub(crate) async fn ask_with(
    app: &Router,
    method: Method,
    target: &str,
    headers: impl IntoIterator<Item = (&'static str, &str)>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::empty()).expect("the request is well-formed");
    let response = app.clone().oneshot(request).await.expect("a router does not fail");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("the body is whole").to_bytes();
    Answer {
        status: parts.status,
        response: Response::from_parts(parts, ()),
        text: String::from_utf8(bytes.to_vec()).expect("the body is UTF-8"),
    }
}

pub(crate) async fn get_from(app: &Router, target: &str) -> Answer {
    ask(app, Method::GET, target, None).await
}

/// Runs something that panics and returns the message with its place.
pub(crate) fn panic_of(mistake: impl FnOnce() + Send + 'static) -> String {
    use std::cell::RefCell;
    use std::panic::{catch_unwind, set_hook, take_hook};
    use std::sync::Once;

    thread_local! {
        static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| {
            PANIC.with(|text| panic.to_string().clone_into(&mut text.borrow_mut()));
            others(panic);
        }));
    });
    let thread = std::thread::spawn(move || {
        let outcome = catch_unwind(std::panic::AssertUnwindSafe(mistake));
        assert!(outcome.is_err(), "nothing panicked");
        PANIC.with(|text| text.borrow().clone())
    });
    thread.join().expect("the message is there")
}
