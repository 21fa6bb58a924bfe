//! The library as its users meet it.

mod downstream;
mod layer;
mod levels;
mod report;
mod router;
mod support;
