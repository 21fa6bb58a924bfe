//! What axum prints for a `Router`, form by form. Each function takes one form from its first
//! character to its last.

use std::collections::{BTreeMap, BTreeSet};

use super::{ReadError, cursor::Cursor};

/// The fields of a method router in the order in which they are printed. `query` is only known to
/// axum's main branch and may be missing.
const METHODS: &[(&str, &str)] = &[
    ("get", "GET"),
    ("head", "HEAD"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("patch", "PATCH"),
    ("post", "POST"),
    ("put", "PUT"),
    ("trace", "TRACE"),
    ("connect", "CONNECT"),
];

/// A router as it is printed.
#[derive(Debug)]
pub(super) struct Router {
    pub(super) paths: PathRouter,
    /// `None` on axum's main branch, where fallbacks stand among the routes.
    pub(super) fallbacks: Option<PathRouter>,
    /// Whether nobody set a fallback on the router itself.
    pub(super) default_fallback: bool,
}

/// Paths, each with what is behind it.
pub(super) type PathRouter = BTreeMap<String, Endpoint>;

/// What is behind a path.
#[derive(Debug)]
pub(super) enum Endpoint {
    /// A router for methods.
    Methods(MethodRouter),
    /// A service.
    Service,
}

/// What a path does with each method.
#[derive(Debug)]
pub(super) struct MethodRouter {
    /// The methods that are answered, `HEAD` with `GET`.
    pub(super) methods: BTreeSet<&'static str>,
    pub(super) others: Others,
}

/// What a method router does with all other methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// Refuse them: 405.
    Refused,
    /// Give them to a fallback, and say in `Allow` which methods there are.
    Fallback,
    /// Give them to the handler of `any`.
    Any,
}

/// Whether a collection is printed as a map by id or as a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Map,
    List,
}

pub(super) fn router(cursor: &mut Cursor<'_>) -> Result<Router, ReadError> {
    cursor.expect("Router { ")?;
    cursor.expect("path_router: ")?;
    let (paths, form) = path_router(cursor)?;
    cursor.expect(", ")?;
    let fallbacks = match form {
        Form::Map => {
            cursor.expect("fallback_router: ")?;
            let (fallbacks, form) = path_router(cursor)?;
            if form != Form::Map {
                return Err(cursor.unexpected("fallbacks by id, as the routes are"));
            }
            cursor.expect(", ")?;
            Some(fallbacks)
        }
        Form::List => None,
    };
    cursor.expect("default_fallback: ")?;
    let default_fallback = cursor.choose(&[("true", true), ("false", false)])?;
    cursor.expect(", catch_all_fallback: ")?;
    let catch_all = fallback(cursor)?;
    // Both say the same in axum 0.8 and later; if they ever do not, one of them means something
    // else than is thought here.
    if default_fallback == catch_all {
        return Err(cursor.unexpected("a fallback that agrees with `default_fallback`"));
    }
    cursor.expect(" }")?;
    Ok(Router { paths, fallbacks, default_fallback })
}

fn path_router(cursor: &mut Cursor<'_>) -> Result<(PathRouter, Form), ReadError> {
    cursor.expect("PathRouter { ")?;
    cursor.expect("routes: ")?;
    let form = cursor.choose(&[("{", Form::Map), ("[", Form::List)])?;
    let mut endpoints = BTreeMap::new();
    match form {
        Form::Map => {
            for (id, endpoint) in cursor.items("}", |cursor| by_id(cursor, endpoint))? {
                if endpoints.insert(id, endpoint).is_some() {
                    return Err(cursor.unexpected("each route id once"));
                }
            }
        }
        Form::List => {
            let list = cursor.items("]", endpoint)?;
            endpoints.extend((0..).zip(list));
        }
    }
    cursor.expect(", node: Node { paths: {")?;
    let mut paths = BTreeMap::new();
    for (id, path) in cursor.items("}", |cursor| by_id(cursor, Cursor::string))? {
        let Some(endpoint) = endpoints.remove(&id) else {
            return Err(cursor.unexpected("a path for each route id, once"));
        };
        if paths.insert(path, endpoint).is_some() {
            return Err(cursor.unexpected("each path once"));
        }
    }
    if !endpoints.is_empty() {
        return Err(cursor.unexpected("a path for each route id, once"));
    }
    cursor.expect(" } }")?;
    Ok((paths, form))
}

fn by_id<'a, T>(
    cursor: &mut Cursor<'a>,
    value: impl FnOnce(&mut Cursor<'a>) -> Result<T, ReadError>,
) -> Result<(u64, T), ReadError> {
    cursor.expect("RouteId(")?;
    let id = cursor.number()?;
    cursor.expect("): ")?;
    Ok((id, value(cursor)?))
}

fn endpoint(cursor: &mut Cursor<'_>) -> Result<Endpoint, ReadError> {
    if cursor.choose(&[("Route(Route)", true), ("MethodRouter(", false)])? {
        return Ok(Endpoint::Service);
    }
    let methods = method_router(cursor)?;
    cursor.expect(")")?;
    Ok(Endpoint::Methods(methods))
}

fn method_router(cursor: &mut Cursor<'_>) -> Result<MethodRouter, ReadError> {
    cursor.expect("MethodRouter { ")?;
    let mut methods = BTreeSet::new();
    for (field, method) in METHODS {
        cursor.expect(field)?;
        cursor.expect(": ")?;
        if handler(cursor)? {
            methods.insert(*method);
        }
        cursor.expect(", ")?;
    }
    if cursor.take("query: ") {
        if handler(cursor)? {
            methods.insert("QUERY");
        }
        cursor.expect(", ")?;
    }
    if methods.contains("GET") {
        methods.insert("HEAD");
    }
    cursor.expect("fallback: ")?;
    let has_fallback = fallback(cursor)?;
    cursor.expect(", allow_header: ")?;
    let others = match (allow_header(cursor, &methods)?, has_fallback) {
        (Allow::Skip, true) => Others::Any,
        (Allow::Said, true) => Others::Fallback,
        (Allow::Said, false) => Others::Refused,
        // Only `any` leaves the header out, and it sets a fallback.
        (Allow::Skip, false) => return Err(cursor.unexpected("a fallback with `Skip`")),
    };
    cursor.expect(" }")?;
    Ok(MethodRouter { methods, others })
}

/// Whether there is a handler or service for a method.
fn handler(cursor: &mut Cursor<'_>) -> Result<bool, ReadError> {
    cursor.choose(&[("None", false), ("BoxedHandler", true), ("Route", true)])
}

/// Whether there is a fallback other than axum's own.
fn fallback(cursor: &mut Cursor<'_>) -> Result<bool, ReadError> {
    cursor.choose(&[("Default(Route)", false), ("Service(Route)", true), ("BoxedHandler", true)])
}

#[derive(Clone, Copy)]
enum Allow {
    Skip,
    Said,
}

/// Takes the `Allow` header of a method router, which says its methods a second time.
fn allow_header(
    cursor: &mut Cursor<'_>,
    methods: &BTreeSet<&'static str>,
) -> Result<Allow, ReadError> {
    if cursor.take("Skip") {
        return Ok(Allow::Skip);
    }
    let said = if cursor.take("None") {
        BTreeSet::new()
    } else {
        cursor.expect("Bytes(")?;
        let said = cursor.method_bytes()?.split(',').collect();
        cursor.expect(")")?;
        said
    };
    if said == *methods {
        Ok(Allow::Said)
    } else {
        Err(cursor.unexpected("an `allow_header` that agrees with the methods"))
    }
}
