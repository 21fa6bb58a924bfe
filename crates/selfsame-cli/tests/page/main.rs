//! The page, in a real browser.

mod accessible;
mod browser;
mod pages;
mod picture;
mod server;
