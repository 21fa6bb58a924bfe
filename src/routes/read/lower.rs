//! Makes routes of what a router printed: the paths that axum adds of its own for a nested service
//! or a fallback become one entry.

use super::{
    ReadError,
    grammar::{Endpoint, MethodRouter, Others, PathRouter, Router},
};
use selfsame_core::routes::{FALLBACK_TAIL, NEST_TAIL, Route};

/// How a fallback's wildcard was written up to axum 0.7, where `/:id` was a capture.
const OLD_FALLBACK: &str = "/*__private__axum_fallback";

pub(super) fn routes(printed: Router) -> Result<Vec<Route>, ReadError> {
    let Router { mut paths, fallbacks, default_fallback } = printed;
    let mut routes = match fallbacks {
        Some(fallbacks) => separate_fallbacks(fallbacks, default_fallback)?,
        None => fallbacks_among_routes(&mut paths, default_fallback)?,
    };
    nested_services(&mut paths, &mut routes)?;
    for (path, endpoint) in paths {
        routes.push(match endpoint {
            Endpoint::Service => Route::opaque(&path)?,
            Endpoint::Methods(methods) => plain(&path, &methods)?,
        });
    }
    Ok(routes)
}

fn plain(path: &str, methods: &MethodRouter) -> Result<Route, ReadError> {
    let route = Route::new(path, &methods.methods)?;
    Ok(match methods.others {
        Others::Refused => route,
        Others::Fallback => route.with_method_fallback(),
        Others::Any => route.with_any(),
    })
}

/// axum 0.8: the fallbacks have a path router of their own, which holds pairs of a path and its
/// wildcard and nothing else. The pair for `/` is always there.
fn separate_fallbacks(
    mut fallbacks: PathRouter,
    default_fallback: bool,
) -> Result<Vec<Route>, ReadError> {
    if fallbacks.contains_key(OLD_FALLBACK) {
        return Err(ReadError::new("paths are written as in axum 0.7 and older"));
    }
    let mut routes = Vec::new();
    let mut root_seen = false;
    for tail in tails(&fallbacks, FALLBACK_TAIL) {
        let base = tail.base(&fallbacks);
        let is_pair = is_fallback(fallbacks.remove(base).as_ref())
            && is_fallback(fallbacks.remove(&tail.path).as_ref());
        if !is_pair {
            return Err(odd_fallback());
        }
        root_seen |= base == "/";
        if base != "/" || !default_fallback {
            routes.push(Route::fallback(base)?);
        }
    }
    if root_seen && fallbacks.is_empty() { Ok(routes) } else { Err(odd_fallback()) }
}

/// axum's main branch: a fallback's two paths stand among the routes, and a route for the same
/// path is merged into it, so that its methods can be told but not what becomes of all others.
fn fallbacks_among_routes(
    paths: &mut PathRouter,
    default_fallback: bool,
) -> Result<Vec<Route>, ReadError> {
    let mut bases = Vec::new();
    for tail in tails(paths, FALLBACK_TAIL) {
        if !is_fallback(paths.remove(&tail.path).as_ref()) {
            return Err(odd_fallback());
        }
        bases.push(tail.base(paths).to_owned());
    }
    // A wildcard route for everything keeps axum from adding the fallback's.
    if !default_fallback && !bases.iter().any(|base| base == "/") {
        bases.push("/".to_owned());
    }
    let mut routes = Vec::new();
    for base in bases {
        if is_fallback(paths.get(&base)) {
            paths.remove(&base);
        } else if let Some(Endpoint::Methods(methods)) = paths.get_mut(&base)
            && methods.others == Others::Any
        {
            methods.others = Others::Fallback;
        }
        if base != "/" && paths.keys().any(|path| is_before(&base, path)) {
            return Err(ReadError::new("a nested fallback may stand before a route"));
        }
        routes.push(Route::fallback(&base)?);
    }
    Ok(routes)
}

/// Whether a fallback among the routes may win a path over this route, which an inventory, where
/// routes always come first, could not say: both may match it, and the fallback's way there is
/// another one than the route's own prefix.
fn is_before(base: &str, path: &str) -> bool {
    let base = base.trim_end_matches('/');
    let under = path.strip_prefix(base);
    if under.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return false;
    }
    // Doubled braces are not captures, and need not be told apart here.
    let (base, path) = (base.replace("{{", ""), path.replace("{{", ""));
    let mut segments = path.split('/');
    for segment in base.split('/') {
        match segments.next() {
            Some(other) if other.contains("{*") => return true,
            Some(other) if other.contains('{') || segment.contains('{') => {}
            Some(other) if other == segment => {}
            None | Some(_) => return false,
        }
    }
    true
}

/// The three paths of `nest_service("/a", …)` (two, if its path ends in a slash) become one.
///
/// `nest_service("/a/", …)` beside `route_service("/a", …)` looks the same and comes out the same:
/// both say that whatever is at `/a` and under it is not looked into.
fn nested_services(paths: &mut PathRouter, routes: &mut Vec<Route>) -> Result<(), ReadError> {
    let is_service =
        |paths: &PathRouter, path: &str| matches!(paths.get(path), Some(Endpoint::Service));
    for tail in tails(paths, NEST_TAIL) {
        // A route may have been given this very path by hand: then it is listed as it is.
        if !is_service(paths, &tail.path) || !is_service(paths, tail.slashed()) {
            continue;
        }
        let base = if is_service(paths, tail.bare()) { tail.bare() } else { tail.slashed() };
        routes.push(Route::opaque_prefix(base)?);
        paths.remove(base);
        paths.remove(tail.slashed());
        paths.remove(&tail.path);
    }
    Ok(())
}

/// A path that ends in a wildcard of axum's own.
struct Tail {
    path: String,
    slashed: usize,
}

/// The paths that end in this wildcard as their last segment.
fn tails(paths: &PathRouter, wildcard: &str) -> Vec<Tail> {
    let tail = |path: &String| {
        let slashed = path.strip_suffix(wildcard)?;
        slashed.ends_with('/').then(|| Tail { path: path.clone(), slashed: slashed.len() })
    };
    paths.keys().filter_map(tail).collect()
}

impl Tail {
    /// The path before the wildcard, with its slash.
    fn slashed(&self) -> &str {
        &self.path[..self.slashed]
    }

    /// The path before the wildcard, without its slash; empty for the root.
    fn bare(&self) -> &str {
        &self.path[..self.slashed - 1]
    }

    /// The path that the pair was made for: axum has it without the slash, unless the slash was
    /// given.
    fn base(&self, paths: &PathRouter) -> &str {
        if paths.contains_key(self.bare()) { self.bare() } else { self.slashed() }
    }
}

/// Whether this is how a fallback stands behind a path: a handler for every method, or a service.
fn is_fallback(endpoint: Option<&Endpoint>) -> bool {
    match endpoint {
        Some(Endpoint::Methods(methods)) => {
            methods.others == Others::Any && methods.methods.is_empty()
        }
        Some(Endpoint::Service) => true,
        None => false,
    }
}

fn odd_fallback() -> ReadError {
    ReadError::new("a fallback is of an unknown form")
}
