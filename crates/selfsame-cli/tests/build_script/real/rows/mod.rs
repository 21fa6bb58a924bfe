//! The rows, by what they edit.

mod config;
mod files;
mod manifests;
mod packages;
mod root;
mod service;
mod unbuilt;

use super::row::Row;

/// All rows, in the order of the table.
pub(super) fn all() -> Vec<Row> {
    [
        service::rows(),
        packages::rows(),
        files::rows(),
        manifests::rows(),
        config::rows(),
        unbuilt::rows(),
        root::rows(),
    ]
    .concat()
}
