//! What was seen of routes.

use crate::routes::ListComparison;
use crate::stamp::Digest;

/// The list of routes that is kept in source, at one place.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RouteList {
    /// The file.
    pub path: String,
    /// How the mounted routes stand to it, or why that is unknown.
    pub comparison: Result<ListComparison, String>,
    /// Routes that the inventory lacks and that answer otherwise than paths that do not exist.
    pub answer: Vec<String>,
}

impl RouteList {
    /// The list in this file, and how the mounted routes stand to it.
    #[must_use]
    pub const fn new(path: String, comparison: Result<ListComparison, String>) -> Self {
        Self { path, comparison, answer: Vec::new() }
    }
}

/// A route that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteProbe {
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// What the inventory says.
    pub inside: Inside,
    /// What it answers.
    pub outside: Outside,
    /// What it answers with credentials, if they were given.
    pub authenticated: Option<Outside>,
}

impl RouteProbe {
    /// A route that was asked without credentials.
    #[must_use]
    pub const fn new(method: String, path: String, inside: Inside, outside: Outside) -> Self {
        Self { method, path, inside, outside, authenticated: None }
    }

    /// Method and path.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the inventory says of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inside {
    /// It is mounted, by this pattern.
    Mounted(String),
    /// The path is mounted with other methods, by this pattern.
    OtherMethods(String),
    /// A service is behind this pattern that cannot be listed.
    Opaque(String),
    /// Only a fallback answers.
    Fallback,
    /// Nothing answers.
    NotMounted,
    /// The inventory is unknown, and why.
    Unknown(String),
}

/// What a route answers from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// The method may change something. What GET answers there instead, if it was asked.
    NotSent(Option<Box<Outside>>),
    /// The path is a pattern, which no request has.
    IsPattern,
    /// The request failed, and why.
    Failed(String),
    /// It answered; so did up to two paths next to it that do not exist.
    Answered {
        /// The answer.
        answer: Response,
        /// Those of the paths that do not exist.
        nonsense: Vec<Response>,
    },
}

/// An answer of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The status code with its name.
    pub status_text: String,
    /// Whether it is a page.
    pub is_html: bool,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The digest of the body, or of its beginning.
    pub body: Option<Digest>,
    /// The header by which the response was stored.
    pub cached: Option<String>,
}

impl Response {
    /// An answer with this status code, and the words for it.
    #[must_use]
    pub const fn new(status: u16, status_text: String) -> Self {
        Self { status, status_text, is_html: false, location: None, body: None, cached: None }
    }
}
