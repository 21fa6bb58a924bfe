//! The routes of a service, as a list that can be compared.
//!
//! An [`Inventory`] is displayed as a text, one method of one path a line, and read back from it.
//! Kept in source, it shows a change of the routes in review, and [`Difference`] tells which of
//! them a process does not have. What cannot be established is [`Routes::Unavailable`] with the
//! reason, never an empty list.

mod builtin;
mod difference;
mod error;
mod inventory;
mod list;
mod matching;
mod nested;
mod openapi;
mod route;

pub use self::{
    builtin::BUILTIN,
    difference::{Difference, ListComparison},
    error::InventoryError,
    inventory::{Inventory, Routes},
    list::{ListError, is_hidden, list_of},
    matching::{FALLBACK_TAIL, Mounted, NEST_TAIL},
    route::Route,
};
