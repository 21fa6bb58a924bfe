//! One entry of an inventory: a path and what is behind it.

mod json;

use std::{cmp::Ordering, collections::BTreeSet, fmt};

use super::error::InventoryError;

/// The longest path pattern that an inventory takes, in bytes.
const MAX_PATH: usize = 4096;

/// The most methods that one route may list.
const MAX_METHODS: usize = 64;

/// The longest method name, in bytes.
const MAX_METHOD: usize = 64;

/// The most captures in one pattern. `matchit`, which axum routes with, panics on the 26th.
const MAX_CAPTURES: usize = 25;

/// The most doubled braces in one pattern: what they cost grows with their square.
const MAX_ESCAPES: usize = 64;

/// One path of a service and what is behind it.
///
/// There are four kinds. In JSON each is an object whose keys stand in alphabetical order, and a
/// flag that is not set is left out:
///
/// | kind | JSON |
/// |---|---|
/// | methods, anything else is refused with 405 | `{"methods":["GET","HEAD"],"path":"/a/{id}"}` |
/// | methods, and a fallback for all others | `{"method_fallback":true,"methods":["GET","HEAD"],"path":"/a"}` |
/// | every method, those with a handler of their own listed | `{"any":true,"methods":["POST"],"path":"/a"}` |
/// | opaque: a service that is not looked into | `{"opaque":true,"path":"/a"}` |
/// | opaque with all that lies under the path | `{"opaque":true,"path":"/a","prefix":true}` |
/// | fallback: answers under the path what no route matches | `{"fallback":true,"path":"/"}` |
///
/// `HEAD` is listed where axum serves it, which it does beside `GET`. A `method_fallback` may be a
/// real handler or only the service's own way to say 405: from outside of it nobody can tell.
///
/// # Examples
///
/// ```
/// use selfsame_core::routes::Route;
/// let route = Route::new("/workflows/{id}", ["HEAD", "GET"])?;
/// assert_eq!(route.methods().collect::<Vec<_>>(), ["GET", "HEAD"]);
/// assert_eq!(
///     serde_json::to_string(&route)?,
///     r#"{"methods":["GET","HEAD"],"path":"/workflows/{id}"}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    path: Box<str>,
    behind: Behind,
}

/// What is behind a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Behind {
    Methods { listed: BTreeSet<Box<str>>, others: Others },
    Opaque { prefix: bool },
    Fallback,
}

/// What happens to a method that a route does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Others {
    Refused,
    Fallback,
    Reached,
}

impl Route {
    /// Creates a route that answers the given methods and refuses all others.
    ///
    /// # Errors
    ///
    /// The path does not start with a slash, is too long or has too many captures, or a method is
    /// no HTTP token. Whether the braces of a path make sense is seen when it becomes part of an
    /// [`Inventory`](super::Inventory).
    pub fn new<M>(path: &str, methods: M) -> Result<Self, InventoryError>
    where
        M: IntoIterator,
        M::Item: AsRef<str>,
    {
        let mut listed = BTreeSet::new();
        for method in methods {
            let method = method.as_ref();
            check_method(path, method)?;
            listed.insert(method.into());
            if listed.len() > MAX_METHODS {
                return Err(InventoryError::at(path, "lists too many methods"));
            }
        }
        let others = Others::Refused;
        Self::checked(path, Behind::Methods { listed, others })
    }

    /// Creates a route that answers every method, as axum's `any` does.
    ///
    /// # Errors
    ///
    /// The path does not start with a slash, is too long or has too many captures.
    pub fn any(path: &str) -> Result<Self, InventoryError> {
        Ok(Self::new(path, [""; 0])?.with_any())
    }

    /// Creates a route whose service is not looked into, as by axum's `route_service`.
    ///
    /// # Errors
    ///
    /// The path does not start with a slash, is too long or has too many captures.
    pub fn opaque(path: &str) -> Result<Self, InventoryError> {
        Self::checked(path, Behind::Opaque { prefix: false })
    }

    /// Creates a service that is not looked into and answers all that lies under the path, as by
    /// axum's `nest_service`.
    ///
    /// # Errors
    ///
    /// The path does not start with a slash, is too long or has too many captures.
    pub fn opaque_prefix(path: &str) -> Result<Self, InventoryError> {
        Self::checked(path, Behind::Opaque { prefix: true })
    }

    /// Creates the fallback for all that no route matches: everywhere for the path `/`, else under
    /// the path of a nested router.
    ///
    /// # Errors
    ///
    /// The path does not start with a slash, is too long or has too many captures.
    pub fn fallback(path: &str) -> Result<Self, InventoryError> {
        Self::checked(path, Behind::Fallback)
    }

    /// The same route, answering every method; those listed so far keep a handler of their own.
    ///
    /// Opaque routes and fallbacks stay what they are.
    #[must_use]
    pub fn with_any(self) -> Self {
        self.with_others(Others::Reached)
    }

    /// The same route with a fallback for the methods that it does not list.
    ///
    /// Opaque routes and fallbacks stay what they are.
    #[must_use]
    pub fn with_method_fallback(self) -> Self {
        self.with_others(Others::Fallback)
    }

    fn with_others(mut self, now: Others) -> Self {
        if let Behind::Methods { others, .. } = &mut self.behind {
            *others = now;
        }
        self
    }

    /// The same route at another path.
    pub(super) fn at(&self, path: &str) -> Result<Self, InventoryError> {
        Self::checked(path, self.behind.clone())
    }

    fn checked(path: &str, behind: Behind) -> Result<Self, InventoryError> {
        check_path(path)?;
        let path = path.into();
        Ok(Self { path, behind })
    }

    /// The path pattern, in axum 0.8's syntax: `/{capture}`, `/{*wildcard}`, doubled braces for
    /// literal ones.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The methods that are listed, in alphabetical order; none for opaque routes and fallbacks.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        let listed = match &self.behind {
            Behind::Methods { listed, .. } => Some(listed),
            Behind::Opaque { .. } | Behind::Fallback => None,
        };
        listed.into_iter().flatten().map(|method| &**method)
    }

    /// Whether this exact method is listed, or is `HEAD` while `GET` is listed.
    #[must_use]
    pub fn lists(&self, method: &str) -> bool {
        match &self.behind {
            Behind::Methods { listed, .. } => {
                listed.contains(method) || (method == "HEAD" && listed.contains("GET"))
            }
            Behind::Opaque { .. } | Behind::Fallback => false,
        }
    }

    /// Whether every method is answered, as with axum's `any`.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.others() == Some(Others::Reached)
    }

    /// Whether methods that are not listed reach a fallback (`MethodRouter::fallback` or
    /// `Router::method_not_allowed_fallback`), which may do no more than answer 405.
    #[must_use]
    pub fn has_method_fallback(&self) -> bool {
        self.others() == Some(Others::Fallback)
    }

    fn others(&self) -> Option<Others> {
        match self.behind {
            Behind::Methods { others, .. } => Some(others),
            Behind::Opaque { .. } | Behind::Fallback => None,
        }
    }

    /// Whether a service is behind the path that is not looked into.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        matches!(self.behind, Behind::Opaque { .. })
    }

    /// Whether this stands for all that lies under its path: an opaque prefix or a fallback.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        matches!(self.behind, Behind::Opaque { prefix: true } | Behind::Fallback)
    }

    /// Whether this answers what no route matches.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.behind == Behind::Fallback
    }

    /// What sorts an inventory: the path, and a route before a fallback of the same path.
    fn key(&self) -> (&str, bool) {
        (&self.path, self.is_fallback())
    }
}

/// A route in words: `GET,HEAD /a`, `GET,HEAD,OTHERS /a`, `ANY /a`, `OPAQUE /a/…`, `FALLBACK /…`.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let under = if self.path.ends_with('/') { "…" } else { "/…" };
        match &self.behind {
            Behind::Opaque { prefix: false } => write!(f, "OPAQUE {}", self.path),
            Behind::Opaque { prefix: true } => write!(f, "OPAQUE {}{under}", self.path),
            Behind::Fallback => write!(f, "FALLBACK {}{under}", self.path),
            Behind::Methods { listed, others } => {
                let words = listed.iter().map(|method| &**method);
                let last = match others {
                    Others::Refused if listed.is_empty() => Some("NONE"),
                    Others::Refused => None,
                    Others::Fallback => Some("OTHERS"),
                    Others::Reached => Some("ANY"),
                };
                let words: Vec<_> = words.chain(last).collect();
                write!(f, "{} {}", words.join(","), self.path)
            }
        }
    }
}

impl Ord for Route {
    fn cmp(&self, other: &Self) -> Ordering {
        // The rest only breaks ties, so that the order agrees with equality.
        let rest = |route: &Self| match &route.behind {
            Behind::Methods { listed, others } => (0, listed.clone(), *others as u8),
            Behind::Opaque { prefix } => (1, BTreeSet::new(), u8::from(*prefix)),
            Behind::Fallback => (2, BTreeSet::new(), 0),
        };
        self.key().cmp(&other.key()).then_with(|| rest(self).cmp(&rest(other)))
    }
}

impl PartialOrd for Route {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn check_method(path: &str, method: &str) -> Result<(), InventoryError> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if method.is_empty() || method.len() > MAX_METHOD || !method.bytes().all(is_token) {
        return Err(InventoryError::at(path, "lists a method that is not a token"));
    }
    Ok(())
}

/// Checks what has to hold before a pattern may be given to `matchit`, which checks the rest.
fn check_path(path: &str) -> Result<(), InventoryError> {
    if !path.starts_with('/') {
        return Err(InventoryError::at(path, "does not start with a slash"));
    }
    if path.len() > MAX_PATH {
        return Err(InventoryError::at(path, "is too long"));
    }
    let (mut single, mut doubled) = (0_usize, 0_usize);
    let mut bytes = path.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'{' || byte == b'}' {
            if bytes.next_if_eq(&byte).is_some() {
                doubled += 1;
            } else if byte == b'{' {
                single += 1;
            }
        }
    }
    if single > MAX_CAPTURES || doubled > MAX_ESCAPES {
        return Err(InventoryError::at(path, "has too many braces"));
    }
    Ok(())
}
