//! A question, method and path, answered from a list of routes as axum would route it.

use super::{error::InventoryError, route::Route};

/// The names that axum gives to the wildcards of `nest_service` and of fallbacks. Patterns are
/// inserted with the same names, so that what conflicts in axum conflicts here and nothing else.
pub const NEST_TAIL: &str = "{*__private__axum_nest_tail_param}";
/// The wildcard that axum adds for a fallback.
pub const FALLBACK_TAIL: &str = "{*__private__axum_fallback}";

/// Whether a method on a path is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mounted<'a> {
    /// A route answers this path and this method.
    Yes(&'a Route),
    /// A route answers this path, and gives this method to a fallback for methods: a handler runs,
    /// which may do no more than answer 405.
    MethodFallback(&'a Route),
    /// A route answers this path, but not with this method: 405.
    OtherMethods(&'a Route),
    /// A service is behind this path that is not looked into.
    Opaque(&'a Route),
    /// No route answers this path, but a fallback does: whether it answers 404 or a page cannot be
    /// told.
    Fallback(&'a Route),
    /// Nothing answers this path: 404.
    No,
}

impl<'a> Mounted<'a> {
    /// The route that is meant, if there is one.
    #[must_use]
    pub fn route(self) -> Option<&'a Route> {
        match self {
            Self::Yes(route)
            | Self::MethodFallback(route)
            | Self::OtherMethods(route)
            | Self::Opaque(route)
            | Self::Fallback(route) => Some(route),
            Self::No => None,
        }
    }

    /// Whether a route answers this path and this method, for certain.
    #[must_use]
    pub fn is_yes(self) -> bool {
        matches!(self, Self::Yes(_))
    }

    /// Whether this path and this method are refused, for certain.
    #[must_use]
    pub fn is_no(self) -> bool {
        matches!(self, Self::OtherMethods(_) | Self::No)
    }
}

/// The tree that axum routes with, once for routes and once for fallbacks, as axum has it. The
/// values are places in the list that it was made of.
pub(super) struct Matcher {
    routes: matchit::Router<usize>,
    fallbacks: matchit::Router<usize>,
    root_fallback: Option<usize>,
}

impl Matcher {
    /// Creates the trees for a sorted list.
    pub(super) fn new(sorted: &[Route]) -> Result<Self, InventoryError> {
        let mut matcher = Self {
            routes: matchit::Router::new(),
            fallbacks: matchit::Router::new(),
            root_fallback: None,
        };
        for (place, route) in sorted.iter().enumerate() {
            if route.is_fallback() && route.path() == "/" {
                let other = matcher.root_fallback.replace(place);
                if other.is_some() {
                    return Err(InventoryError::at("/", "is listed twice as fallback"));
                }
            } else if route.is_fallback() {
                insert_with_tail(&mut matcher.fallbacks, route.path(), FALLBACK_TAIL, place)?;
            } else if route.is_prefix() {
                insert_with_tail(&mut matcher.routes, route.path(), NEST_TAIL, place)?;
                // axum's `nest_service` answers the path, the path with a slash, and all below.
                if !route.path().ends_with('/') {
                    let slashed = format!("{}/", route.path());
                    insert(&mut matcher.routes, route.path(), &slashed, place)?;
                }
            } else {
                insert(&mut matcher.routes, route.path(), route.path(), place)?;
            }
        }
        Ok(matcher)
    }

    pub(super) fn mounted<'a>(&self, sorted: &'a [Route], method: &str, path: &str) -> Mounted<'a> {
        let exact = sorted
            .binary_search_by(|route| (route.path(), route.is_fallback()).cmp(&(path, false)))
            .ok()
            .map(|place| &sorted[place]);
        if let Some(route) = exact.or_else(|| self.route_at(sorted, path)) {
            return if route.is_opaque() {
                Mounted::Opaque(route)
            } else if route.lists(method) || route.is_any() {
                Mounted::Yes(route)
            } else if route.has_method_fallback() {
                Mounted::MethodFallback(route)
            } else {
                Mounted::OtherMethods(route)
            };
        }
        let fallback = self.fallbacks.at(path).ok().map(|found| *found.value);
        match fallback.or(self.root_fallback) {
            Some(place) => Mounted::Fallback(&sorted[place]),
            None => Mounted::No,
        }
    }

    pub(super) fn route_at<'a>(&self, sorted: &'a [Route], path: &str) -> Option<&'a Route> {
        let found = self.routes.at(path).ok()?;
        Some(&sorted[*found.value])
    }
}

fn insert_with_tail(
    tree: &mut matchit::Router<usize>,
    path: &str,
    tail: &str,
    place: usize,
) -> Result<(), InventoryError> {
    let slash = if path.ends_with('/') { "" } else { "/" };
    insert(tree, path, path, place)?;
    insert(tree, path, &format!("{path}{slash}{tail}"), place)
}

fn insert(
    tree: &mut matchit::Router<usize>,
    path: &str,
    pattern: &str,
    place: usize,
) -> Result<(), InventoryError> {
    tree.insert(pattern, place).map_err(|error| {
        let what = match error {
            matchit::InsertError::Conflict { .. } => "conflicts with another one",
            _ => "is not a valid pattern",
        };
        InventoryError::at(path, what)
    })
}
