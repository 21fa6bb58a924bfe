//! The routes of a service that is mounted below a path of another one.

use super::{error::InventoryError, inventory::Inventory, route::Route};

impl Inventory {
    /// Creates the inventory of a service whose routes are all mounted below `prefix`.
    ///
    /// Paths are joined as axum's `nest` joins them: `/` below `/api` is `/api`. A prefix of `/`
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// The prefix does not start with a slash, or a path that it gives is too long or no pattern.
    ///
    /// # Examples
    ///
    /// ```
    /// use selfsame_core::routes::Inventory;
    ///
    /// let users: Inventory = "GET /\nGET /{id}\n".parse()?;
    /// let api = Inventory::nested("/api/users", &users)?;
    /// assert_eq!(api.to_string(), "GET /api/users\nGET /api/users/{id}\n");
    ///
    /// let own: Inventory = "GET /healthz\n".parse()?;
    /// let all = Inventory::new(own.iter().chain(&api).cloned())?;
    /// assert_eq!(all.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn nested(prefix: &str, inventory: &Self) -> Result<Self, InventoryError> {
        if !prefix.starts_with('/') {
            return Err(InventoryError::at(prefix, "does not start with a slash"));
        }
        let routes: Result<Vec<Route>, _> =
            inventory.iter().map(|route| route.at(&join(prefix, route.path()))).collect();
        Self::new(routes?)
    }
}

fn join(prefix: &str, path: &str) -> String {
    match prefix.strip_suffix('/') {
        Some(prefix) => format!("{prefix}{path}"),
        None if path == "/" => prefix.to_owned(),
        None => format!("{prefix}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_route_is_stays() {
        let routes = [
            Route::new("/a/{id}", ["GET", "HEAD"]),
            Route::any("/b"),
            Route::new("/c", ["PUT"]).map(Route::with_method_fallback),
            Route::opaque("/d"),
            Route::opaque_prefix("/e"),
            Route::fallback("/"),
        ];
        let inventory = Inventory::new(routes.into_iter().map(Result::unwrap)).unwrap();
        let nested = Inventory::nested("/api", &inventory).unwrap();
        assert_eq!(
            nested.to_string(),
            "fallback /api\nGET /api/a/{id}\nany /api/b\nPUT /api/c\nothers /api/c\nopaque /api/d\n\
             opaque-prefix /api/e\n"
        );
        for (prefix, at) in
            [("/", "/a/{id}"), ("/api/", "/api/a/{id}"), ("/{tenant}", "/{tenant}/a/{id}")]
        {
            let nested = Inventory::nested(prefix, &inventory).unwrap();
            assert!(nested.iter().any(|route| route.path() == at), "{prefix}: {nested}");
        }
    }

    #[test]
    fn a_prefix_that_is_no_path_is_refused() {
        let inventory: Inventory = "GET /a/{id}\n".parse().unwrap();
        for prefix in ["", "api", "/{*rest}", "/{", &format!("/{}", "x".repeat(5_000))] {
            let error = Inventory::nested(prefix, &inventory).unwrap_err();
            assert!(!error.to_string().is_empty(), "{prefix}");
        }
    }
}
