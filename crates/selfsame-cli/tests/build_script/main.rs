//! The stamp matrix: every case in which a build stamp was ever seen to lie, with real cargo and
//! real git. Each test asserts the stamp that the built program carries *and* whether cargo ran the
//! build script.
//!
//! `cargo test` runs the quick half. With `SELFSAME_REQUIRE_ALL=1` all of it runs, and what a test
//! needs and the machine lacks is a failure.

mod absent;
mod artifact;
mod asked;
mod beside;
mod blind;
mod content;
mod history;
mod project;
mod quiet;
mod real;
mod refs;
mod require;
mod told;
mod workspace;
