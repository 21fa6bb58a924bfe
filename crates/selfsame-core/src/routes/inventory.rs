//! A sorted list of routes, and the answer to "which routes are there?" with its unknown.

use std::{error, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, SeqAccess, Visitor},
};

use super::{
    error::InventoryError,
    matching::{Matcher, Mounted},
    route::Route,
};

/// The most routes that an inventory takes.
const MAX_ROUTES: usize = 10_000;

/// The most bytes that all paths of an inventory may have together.
///
/// The tree that paths are matched in can be as deep as the longest chain of paths that begin with
/// one another. This keeps that depth, and with it the use of stack, small.
const MAX_PATHS: usize = 1 << 20;

/// The longest reason that is taken from outside for what is not available.
pub(super) const MAX_REASON: usize = 4096;

/// The routes of a service, sorted by path and then route before fallback.
///
/// Two routes never have the same path, nor do two fallbacks, and no two patterns conflict, so a
/// question has one answer. In JSON this is an array of [`Route`]s.
///
/// # Examples
///
/// ```
/// use selfsame_core::routes::{Inventory, Mounted, Route};
/// let inventory = Inventory::new([
///     Route::new("/workflows/{id}", ["GET", "HEAD"])?,
///     Route::new("/workflows/steps", ["POST"])?,
/// ])?;
///
/// assert!(matches!(inventory.mounted("GET", "/workflows/7"), Mounted::Yes(_)));
/// assert!(matches!(inventory.mounted("GET", "/workflows/steps"), Mounted::OtherMethods(_)));
/// assert!(matches!(inventory.mounted("GET", "/billing"), Mounted::No));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Inventory {
    routes: Arc<[Route]>,
    matcher: Arc<Matcher>,
}

impl Inventory {
    /// Creates an inventory from routes in any order.
    ///
    /// # Errors
    ///
    /// There are more than 10,000 routes or 1 MiB of paths, a path occurs
    /// twice, or two patterns conflict, so that axum would refuse to have them in one router.
    pub fn new(routes: impl IntoIterator<Item = Route>) -> Result<Self, InventoryError> {
        let mut list = Vec::new();
        let mut bytes = 0;
        for route in routes {
            bytes += route.path().len();
            if list.len() == MAX_ROUTES {
                return Err(InventoryError::new(format!("more than {MAX_ROUTES} routes")));
            }
            if bytes > MAX_PATHS {
                return Err(InventoryError::new(format!("more than {MAX_PATHS} bytes of paths")));
            }
            list.push(route);
        }
        list.sort_unstable();
        let matcher = Matcher::new(&list)?;
        Ok(Self { routes: list.into(), matcher: Arc::new(matcher) })
    }

    /// The routes in order.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The routes in order, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Route> {
        self.routes.iter()
    }

    /// How many entries there are, opaque ones and fallbacks included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// Whether there is no route at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// Answers whether a method on a path is mounted.
    ///
    /// The path is either a pattern exactly as it is listed, or a concrete path as it stands in a
    /// request line: percent escapes are not decoded (axum does not decode them to route), and a
    /// query string has to be taken off before. A pattern that is listed wins over the concrete
    /// path of the same spelling. The method is compared as it is, case included; `HEAD` is
    /// answered by `GET`.
    ///
    /// As in axum, a path that is matched with other methods does not reach a fallback.
    #[must_use]
    pub fn mounted(&self, method: &str, path: &str) -> Mounted<'_> {
        self.matcher.mounted(&self.routes, method, path)
    }

    /// The route, no fallback, that a request for this concrete path comes to.
    #[must_use]
    pub fn route_at(&self, path: &str) -> Option<&Route> {
        self.matcher.route_at(&self.routes, path)
    }
}

impl fmt::Debug for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inventory").field(&self.routes).finish()
    }
}

impl PartialEq for Inventory {
    fn eq(&self, other: &Self) -> bool {
        // The matcher is made of the routes.
        self.routes == other.routes
    }
}

impl Eq for Inventory {}

impl<'a> IntoIterator for &'a Inventory {
    type Item = &'a Route;
    type IntoIter = std::slice::Iter<'a, Route>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for Inventory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&*self.routes)
    }
}

impl<'de> Deserialize<'de> for Inventory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(InventoryVisitor)
    }
}

/// Counts while it reads, so that a hostile list ends at the limit and not in memory.
struct InventoryVisitor;

impl<'de> Visitor<'de> for InventoryVisitor {
    type Value = Inventory;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of routes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Inventory, A::Error> {
        let mut failed = None;
        let routes = std::iter::from_fn(|| match seq.next_element::<Route>() {
            Ok(route) => route,
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        let inventory = Inventory::new(routes);
        match failed {
            Some(error) => Err(error),
            None => inventory.map_err(de::Error::custom),
        }
    }
}

/// The routes of a process, or why they are not known.
///
/// Unknown is never an empty list. In JSON this is `{"list":[…]}` or `{"unavailable":"reason"}`.
///
/// # Examples
///
/// ```
/// use selfsame_core::routes::Routes;
/// let routes: Routes = serde_json::from_str(r#"{"list":[{"methods":["GET"],"path":"/"}]}"#)?;
/// assert_eq!(routes.list().map(|list| list.len()), Some(1));
///
/// let routes = Routes::unavailable("the router is wrapped in a service");
/// assert!(routes.list().is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routes {
    /// Every route, as of the moment when it was looked.
    Listed(Inventory),
    /// The routes could not be established; the reason in words.
    Unavailable(String),
}

impl Routes {
    /// Creates the answer that the routes could not be established.
    ///
    /// A reason that is empty is replaced by words that say so.
    #[must_use]
    pub fn unavailable(reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if reason.trim().is_empty() {
            "no reason was given".clone_into(&mut reason);
        }
        Self::Unavailable(reason)
    }

    /// The inventory, if there is one.
    #[must_use]
    pub fn list(&self) -> Option<&Inventory> {
        match self {
            Self::Listed(inventory) => Some(inventory),
            Self::Unavailable(_) => None,
        }
    }

    /// Why there is no inventory, if there is none.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Listed(_) => None,
            Self::Unavailable(reason) => Some(reason),
        }
    }
}

impl From<Inventory> for Routes {
    fn from(inventory: Inventory) -> Self {
        Self::Listed(inventory)
    }
}

impl<E: error::Error> From<Result<Inventory, E>> for Routes {
    fn from(result: Result<Inventory, E>) -> Self {
        match result {
            Ok(inventory) => Self::Listed(inventory),
            Err(error) => Self::unavailable(error.to_string()),
        }
    }
}

impl Serialize for Routes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Listed(list) => serializer.collect_map([("list", list)]),
            Self::Unavailable(reason) => serializer.collect_map([("unavailable", reason)]),
        }
    }
}

impl<'de> Deserialize<'de> for Routes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            #[serde(default)]
            list: Option<Inventory>,
            #[serde(default)]
            unavailable: Option<String>,
        }

        match Raw::deserialize(deserializer)? {
            Raw { list: Some(list), unavailable: None } => Ok(Self::Listed(list)),
            Raw { list: None, unavailable: Some(reason) }
                if !reason.trim().is_empty() && reason.len() <= MAX_REASON =>
            {
                Ok(Self::Unavailable(reason))
            }
            _ => Err(de::Error::custom(
                "routes need either a list or the reason why they are unavailable",
            )),
        }
    }
}
