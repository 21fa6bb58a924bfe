use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{MethodFilter, on};

use super::config::SelfCheck;
use super::endpoint::Endpoint;
use crate::routes::{self, Mounted, Routes};

mod sealed {
    /// The router that the report can be added to.
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a `Router` of axum 0.8",
        label = "`selfsame` extends the `Router` of axum 0.8",
        note = "update axum to 0.8, or wrap the service in `selfsame::SelfCheckLayer`, which is for \
                every tower service, or serve the report with `selfsame::serve`"
    )]
    pub trait Axum08Router: Sized {
        #[track_caller]
        fn add(self, check: super::SelfCheck) -> Self;
    }
}

/// Adds the report to an axum router.
pub trait RouterExt: Sized {
    /// Adds the report, at `/__build` unless [`SelfCheck::at`] says otherwise. Call it last: the
    /// inventory holds the routes that the router has at the call, and a layer that comes later is
    /// around the report too. Other places and their symptoms: [Placement](crate#placement).
    ///
    /// It adds routes and no layer, so that other requests pay nothing.
    ///
    /// # Panics
    ///
    /// If the router already has a route at the path, as after a second call.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use axum::{Router, routing::get};
    /// use selfsame::RouterExt as _;
    ///
    /// # let stamp = selfsame::stamp::Embedded::new(b"");
    /// let app: Router = Router::new()
    ///     .route("/api/v1/workflows", get(|| async { "…" }))
    ///     .selfsame(stamp); // selfsame::stamp!()
    /// ```
    #[must_use]
    #[track_caller]
    fn selfsame(self, check: impl Into<SelfCheck>) -> Self
    where
        Self: sealed::Axum08Router,
    {
        self.add(check.into())
    }
}

// Of every type, so that the compiler finds the method on the router of another axum, and says by the
// bound of the method what is wrong.
impl<R> RouterExt for R {}

impl<S: Clone + Send + Sync + 'static> sealed::Axum08Router for Router<S> {
    #[track_caller]
    fn add(self, check: SelfCheck) -> Self {
        let inventory = routes::of(&self);
        if let Routes::Listed(inventory) = &inventory {
            let taken = inventory.iter().any(|route| route.path() == check.path);
            let answered = matches!(inventory.mounted("GET", &check.path), Mounted::Yes(_));
            assert!(
                !(taken && answered),
                "the router already has a route at `{}`: call `selfsame` once, or choose another \
                 path with `SelfCheck::at`",
                check.path
            );
        }
        let told = check.routes.as_ref().unwrap_or(&inventory);
        let endpoint = Arc::new(Endpoint::new(&check, told));
        endpoint.announce();
        let mut router = self;
        for below in selfsame_core::routes::BUILTIN {
            let endpoint = Arc::clone(&endpoint);
            let path = format!("{}{below}", endpoint.path());
            // `any` would merge silently with a service's own `get` on the same path.
            let methods = MethodFilter::GET.or(MethodFilter::POST).or(MethodFilter::OPTIONS);
            let handler = move |request: Request| {
                let response = endpoint.of_router(&request, below);
                std::future::ready(response.map(Body::from))
            };
            // Other methods are refused here too, with the headers of all other answers.
            router = router.route(&path, on(methods, handler.clone()).fallback(handler));
        }
        router
    }
}
