//! Routers built at random, beside a list of what they are meant to have.
//!
//! The list is kept by rules of its own, written from axum's documentation, and knows nothing of
//! how the inventory is read.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Router,
    routing::{MethodFilter, MethodRouter, any, any_service},
};
use proptest::{bool::ANY, prelude::*, sample::select};
use selfsame::routes::{Inventory, Route};

use crate::support::{FALLBACK, HANDLER, METHOD_FALLBACK, Runs, SERVICE};

/// One call on a router.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Route(String, Methods),
    RouteService(String),
    NestService(String),
    Nest(String, Vec<Step>),
    Merge(Vec<Step>),
    Layer,
    RouteLayer,
    WithState,
    Fallback { service: bool },
    MethodNotAllowedFallback,
    ResetFallback,
}

/// The method router of a route.
#[derive(Clone, Debug)]
pub(crate) struct Methods {
    /// One bit for each of [`METHODS`].
    bits: u16,
    /// One call with a combined filter, or one for each method.
    combined: bool,
    services: bool,
    layered: bool,
    others: Others,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Refused,
    Fallback,
    Any,
}

const METHODS: [(&str, MethodFilter); 9] = [
    ("GET", MethodFilter::GET),
    ("HEAD", MethodFilter::HEAD),
    ("DELETE", MethodFilter::DELETE),
    ("OPTIONS", MethodFilter::OPTIONS),
    ("PATCH", MethodFilter::PATCH),
    ("POST", MethodFilter::POST),
    ("PUT", MethodFilter::PUT),
    ("TRACE", MethodFilter::TRACE),
    ("CONNECT", MethodFilter::CONNECT),
];

/// A path of a few segments, plain and odd, that may or may not fit beside others.
fn path(prefix: bool) -> impl Strategy<Value = String> {
    let plain = select(vec!["a", "b", "ab", "workflows", "steps", "definitions", "v1"]);
    let odd = select(vec![
        "{{braces}}",
        "\"quoted\"",
        "back\\slash",
        "per%20cent",
        "ümläut",
        "🦀",
        "\u{200b}\u{7f}",
        "a.b;c=d,e",
        "Route(Route)",
        "}}, RouteId(1): ",
        "it's",
        "~",
    ]);
    let capture = select(vec!["{id}", "{tenant}", "v{version}", "{a}}b}", "{{x{y}"]);
    let segment = prop_oneof![6 => plain, 1 => odd, 3 => capture].prop_map(str::to_owned);
    let segments = prop::collection::vec(segment, 0..4);
    let end = if prefix {
        select(vec!["", "", "", "/"])
    } else {
        select(vec!["", "", "", "", "/", "/{*rest}", "//"])
    };
    (segments, end).prop_map(|(segments, end)| {
        let slashed = segments.into_iter().flat_map(|segment| ["/".to_owned(), segment]);
        let path = slashed.collect::<String>() + end;
        if path.is_empty() { "/".to_owned() } else { path }
    })
}

fn methods() -> impl Strategy<Value = Methods> {
    let bits = prop_oneof![
        4 => select(vec![1_u16, 1 << 5, 1 | 1 << 5, 1 << 2, 1 | 1 << 1]),
        1 => 0..1_u16 << METHODS.len(),
    ];
    let others = prop_oneof![
        6 => Just(Others::Refused),
        1 => Just(Others::Fallback),
        1 => Just(Others::Any),
    ];
    (bits, ANY, ANY, ANY, others).prop_map(|(bits, combined, services, layered, others)| Methods {
        bits,
        combined,
        services,
        layered,
        others,
    })
}

/// Calls in a row, nested routers and merged ones among them.
pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let leaf = prop_oneof![
        12 => (path(false), methods()).prop_map(|(path, methods)| Step::Route(path, methods)),
        2 => path(false).prop_map(Step::RouteService),
        2 => path(true).prop_map(Step::NestService),
        1 => Just(Step::Layer),
        1 => Just(Step::RouteLayer),
        1 => Just(Step::WithState),
        1 => ANY.prop_map(|service| Step::Fallback { service }),
        1 => Just(Step::MethodNotAllowedFallback),
        1 => Just(Step::ResetFallback),
    ];
    let step = leaf.prop_recursive(4, 64, 8, |step| {
        let inner = prop::collection::vec(step, 0..8);
        prop_oneof![
            2 => (path(true), inner.clone()).prop_map(|(path, inner)| Step::Nest(path, inner)),
            1 => inner.prop_map(Step::Merge),
        ]
    });
    prop::collection::vec(step, 0..most)
}

/// What a router is meant to have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meant {
    routes: BTreeMap<String, Behind>,
    /// The paths of nested routers' fallbacks.
    fallbacks: BTreeSet<String>,
    /// Whether the router has a fallback of its own.
    fallback: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Behind {
    Methods { fields: u16, others: Others },
    Service,
    NestedService,
}

impl Meant {
    pub(crate) fn inventory(&self) -> Inventory {
        let mut routes = self.routes.clone();
        // `nest_service("/a/", …)` beside `route_service("/a", …)` is the same as one
        // `nest_service("/a", …)`.
        for path in self.routes.keys() {
            let slashed = format!("{path}/");
            if routes.get(path) == Some(&Behind::Service)
                && routes.get(&slashed) == Some(&Behind::NestedService)
            {
                routes.remove(&slashed);
                routes.insert(path.clone(), Behind::NestedService);
            }
        }
        let routes = routes.iter().map(|(path, behind)| match behind {
            Behind::Service => Route::opaque(path),
            Behind::NestedService => Route::opaque_prefix(path),
            Behind::Methods { fields, others } => {
                let chosen = METHODS.iter().enumerate();
                let chosen = chosen.filter(|(bit, _)| fields & 1 << bit != 0);
                let chosen = chosen.map(|(_, (method, _))| *method);
                let head = (fields & 1 != 0).then_some("HEAD");
                let route = Route::new(path, chosen.chain(head));
                route.map(|route| match others {
                    Others::Refused => route,
                    Others::Fallback => route.with_method_fallback(),
                    Others::Any => route.with_any(),
                })
            }
        });
        let root = self.fallback.then_some("/");
        let nested = self.fallbacks.iter().map(String::as_str);
        let fallbacks = root.into_iter().chain(nested).map(Route::fallback);
        let routes: Result<Vec<_>, _> = routes.chain(fallbacks).collect();
        Inventory::new(routes.expect("valid routes")).expect("a valid inventory")
    }

    /// Takes another router's routes in, if axum would.
    fn merged(&self, other: Self) -> Option<Self> {
        let mut both = self.clone();
        if both.fallback && other.fallback {
            return None;
        }
        both.fallback |= other.fallback;
        for fallback in other.fallbacks {
            // Not two for the same path: axum refuses that.
            both.fallbacks.insert(fallback).then_some(())?;
        }
        for (path, behind) in other.routes {
            let merged = match (both.routes.remove(&path), behind) {
                (None, behind) => behind,
                (
                    Some(Behind::Methods { fields, others }),
                    Behind::Methods { fields: more, others: other },
                ) if fields & more == 0 => {
                    let ((Others::Refused, others) | (others, Others::Refused)) = (others, other)
                    else {
                        return None;
                    };
                    Behind::Methods { fields: fields | more, others }
                }
                _ => return None,
            };
            both.routes.insert(path, merged);
        }
        both.fits().then_some(both)
    }

    fn nested(self, prefix: &str) -> Self {
        let join = |path: &str| {
            if prefix.ends_with('/') {
                format!("{prefix}{}", path.trim_start_matches('/'))
            } else if path == "/" {
                prefix.to_owned()
            } else {
                format!("{prefix}{path}")
            }
        };
        let mut nested = Self::default();
        for (path, behind) in self.routes {
            nested.routes.insert(join(&path), behind);
        }
        // A router without a fallback of its own loses those nested in it (axum 0.8.9).
        if self.fallback {
            nested.fallbacks = self.fallbacks.iter().map(|path| join(path)).collect();
            nested.fallbacks.insert(join("/"));
        }
        nested
    }

    /// Whether axum would have these paths in one router.
    fn fits(&self) -> bool {
        let mut tree = matchit::Router::new();
        let mut patterns = Vec::new();
        for (path, behind) in &self.routes {
            patterns.push(path.clone());
            if *behind == Behind::NestedService {
                let slash = if path.ends_with('/') { "" } else { "/" };
                patterns.push(format!("{path}{slash}{{*__private__axum_nest_tail_param}}"));
                if slash == "/" {
                    patterns.push(format!("{path}/"));
                }
            }
        }
        let routes_fit = patterns.into_iter().all(|path| tree.insert(path, ()).is_ok());

        let mut tree = matchit::Router::new();
        let mut patterns = vec!["/".to_owned(), "/{*__private__axum_fallback}".to_owned()];
        for path in &self.fallbacks {
            let slash = if path.ends_with('/') { "" } else { "/" };
            patterns.push(path.clone());
            patterns.push(format!("{path}{slash}{{*__private__axum_fallback}}"));
        }
        routes_fit && patterns.into_iter().all(|path| tree.insert(path, ()).is_ok())
    }

    fn one(path: &str, behind: Behind) -> Self {
        let routes = BTreeMap::from([(path.to_owned(), behind)]);
        let fallbacks = BTreeSet::new();
        Self { routes, fallbacks, fallback: false }
    }
}

/// Makes the calls that axum would not refuse.
pub(crate) fn build(steps: &[Step], runs: &Runs) -> (Router<u8>, Meant) {
    let mut router = Router::new();
    let mut meant = Meant::default();
    for step in steps {
        (router, meant) = make(step, runs, router, meant);
    }
    (router, meant)
}

fn make(step: &Step, runs: &Runs, router: Router<u8>, mut meant: Meant) -> (Router<u8>, Meant) {
    match step {
        Step::Route(path, methods) => {
            let others = methods.others;
            let fields = methods.bits;
            let one = Meant::one(path, Behind::Methods { fields, others });
            if let Some(meant) = meant.merged(one) {
                return (router.route(path, methods.build(runs)), meant);
            }
        }
        Step::RouteService(path) => {
            if let Some(meant) = meant.merged(Meant::one(path, Behind::Service)) {
                return (router.route_service(path, runs.service(SERVICE)), meant);
            }
        }
        Step::NestService(path) if path != "/" => {
            if let Some(meant) = meant.merged(Meant::one(path, Behind::NestedService)) {
                return (router.nest_service(path, runs.service(SERVICE)), meant);
            }
        }
        Step::Nest(path, steps) if path != "/" => {
            let (inner, inner_meant) = build(steps, runs);
            let joined = inner_meant.routes.len();
            let nested = inner_meant.nested(path);
            // Joining can make two paths the same (`//a` under `/x/`), which axum refuses.
            if nested.routes.len() == joined
                && nested.fits()
                && let Some(meant) = meant.merged(nested)
            {
                return (router.nest(path, inner), meant);
            }
        }
        Step::Merge(steps) => {
            let (other, other_meant) = build(steps, runs);
            if let Some(meant) = meant.merged(other_meant) {
                return (router.merge(other), meant);
            }
        }
        Step::Layer => return (router.layer(runs.layer()), meant),
        Step::RouteLayer if !meant.routes.is_empty() => {
            return (router.route_layer(runs.layer()), meant);
        }
        Step::WithState => return (router.with_state(7), meant),
        Step::Fallback { service } => {
            meant.fallback = true;
            let router = if *service {
                router.fallback_service(runs.service(FALLBACK))
            } else {
                router.fallback(runs.handler(FALLBACK))
            };
            return (router, meant);
        }
        Step::MethodNotAllowedFallback => {
            for behind in meant.routes.values_mut() {
                if let Behind::Methods { others, .. } = behind
                    && *others == Others::Refused
                {
                    *others = Others::Fallback;
                }
            }
            let handler = runs.handler(METHOD_FALLBACK);
            return (router.method_not_allowed_fallback(handler), meant);
        }
        Step::ResetFallback => {
            meant.fallback = false;
            meant.fallbacks.clear();
            return (router.reset_fallback(), meant);
        }
        Step::Nest(..) | Step::NestService(_) | Step::RouteLayer => {}
    }
    (router, meant)
}

impl Methods {
    fn build(&self, runs: &Runs) -> MethodRouter<u8> {
        let handler = || runs.handler(HANDLER);
        let service = || runs.service(HANDLER);
        let mut router = match self.others {
            Others::Any if self.services => any_service(service()),
            Others::Any => any(handler()),
            Others::Refused | Others::Fallback => MethodRouter::new(),
        };
        let chosen = METHODS.iter().enumerate();
        let mut filters: Vec<_> = chosen
            .filter(|(bit, _)| self.bits & 1 << bit != 0)
            .map(|(_, (_, filter))| *filter)
            .collect();
        if self.combined {
            filters = filters.into_iter().reduce(MethodFilter::or).into_iter().collect();
        }
        for filter in filters {
            router = if self.services {
                router.on_service(filter, service())
            } else {
                router.on(filter, handler())
            };
        }
        if self.others == Others::Fallback {
            router = if self.services {
                router.fallback_service(runs.service(METHOD_FALLBACK))
            } else {
                router.fallback(runs.handler(METHOD_FALLBACK))
            };
        }
        if self.layered {
            router = router.layer(runs.layer());
        }
        router
    }
}
