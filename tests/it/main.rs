//! The library as its users meet it.

#[path = "../support/mod.rs"]
mod outside;

mod declared;
mod downstream;
mod kept;
mod layer;
mod levels;
mod placement;
mod report;
mod router;
mod stamper;
mod support;
