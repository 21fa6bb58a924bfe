//! The page, in a real browser.

#[path = "../support/mod.rs"]
mod outside;

mod browser;
mod pages;
mod server;
