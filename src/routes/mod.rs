//! The routes of a service: what is mounted, read from the inside.
//!
//! axum offers no list of the routes of a `Router`. Its `Debug` form holds every path with its
//! methods, though, after `nest`, `merge`, `layer` and `with_state`, so the inventory is read from
//! there, and this is made safe rather than hoped for:
//!
//! - [`read()`] takes the text apart to the last byte, or says where it did not understand it;
//! - `of` reads a finished router, after a canary router with every shape in use came back exactly
//!   as it was built;
//! - `verify` asks a router for each listed route, without running any handler or layer.
//!
//! What cannot be established is [`Routes::Unavailable`] with the reason, never an empty list.
//!
//! # The list kept in source
//!
//! An [`Inventory`] is displayed as a text, one method of one path a line, and read back from it.
//! Kept in source, it shows a change of the routes in review, and [`Difference`] tells which of
//! them a process does not have. `assert_listed`, in a test of the service, keeps it.
//!
//! # What an inventory does not see
//!
//! - What is behind `route_service`, `nest_service` and fallbacks: listed as opaque.
//! - Routes that are added to the router after it was read.
//! - Layers: one that answers by itself, or changes paths before the router sees them, answers for
//!   routes that are not listed, and hides ones that are.

#[cfg(feature = "axum")]
mod assert;
#[cfg(feature = "axum")]
mod canary;
#[cfg(feature = "axum")]
mod probe;
mod read;

pub use self::read::{ReadError, read};
#[cfg(feature = "axum")]
pub use self::{
    assert::assert_listed,
    canary::of,
    probe::{Answer, Verification, verify},
};
pub use selfsame_core::routes::{
    Difference, Inventory, InventoryError, ListComparison, ListError, Mounted, Route, Routes,
};
