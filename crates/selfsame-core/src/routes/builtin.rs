//! The routes of a router that answer for selfsame itself.
//!
//! A router is read before they are added, and a test of a service reads it with them. They are
//! told by their shape, which no service has by chance, since they may stand under any path.

use std::collections::BTreeSet;

use super::inventory::Inventory;

/// What stands behind the report's path in each of the routes.
pub const BUILTIN: [&str; 6] = ["", "/", "/metrics", "/metrics/", IS, "/is/{commit}/"];

const IS: &str = "/is/{commit}";

/// The methods that each of them answers.
const METHODS: [&str; 4] = ["GET", "HEAD", "OPTIONS", "POST"];

/// The paths of those routes, one set of them for each place where the report is mounted.
pub(super) fn paths(inventory: &Inventory) -> BTreeSet<String> {
    let alike = inventory.iter().filter(|route| route.methods().eq(METHODS) && !route.is_any());
    let alike: BTreeSet<&str> = alike.map(super::Route::path).collect();
    let places = alike.iter().filter_map(|path| path.strip_suffix(IS));
    places
        .map(|place| BUILTIN.map(|below| format!("{place}{below}")))
        .filter(|paths| paths.iter().all(|path| alike.contains(&**path)))
        .flatten()
        .collect()
}
