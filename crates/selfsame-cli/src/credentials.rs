//! What a request is sent with, which no output shows.

use std::fmt;

use ureq::http::header::AUTHORIZATION;
use ureq::http::{HeaderName, HeaderValue};

use crate::error::Failure;

/// Headers with credentials. `Debug` shows only that there are some.
#[derive(Clone, Default)]
pub(crate) struct Credentials(Vec<(HeaderName, HeaderValue)>);

impl Credentials {
    pub(crate) fn bearer(token: &str) -> Result<Self, Failure> {
        let value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| Failure::new("the token has characters that no header may have"))?;
        Ok(Self(vec![(AUTHORIZATION, value)]))
    }

    pub(crate) fn push(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.push((name, value));
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The headers with their names.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &(HeaderName, HeaderValue)> {
        self.0.iter()
    }

    /// The values, which no output may show.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(_, value)| value.to_str().ok())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} headers", self.0.len())
    }
}
