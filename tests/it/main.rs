//! The library as its users meet it.

mod config;
mod content;
mod declared;
mod downstream;
#[cfg(target_os = "linux")]
mod executable;
mod first_look;
mod kept;
mod layer;
mod leaks;
mod levels;
mod limits;
mod metrics;
mod placement;
mod protocols;
mod report;
mod router;
mod schema;
mod serve;
#[cfg(unix)]
mod shipped;
mod stamper;
mod support;
#[cfg(unix)]
mod worker;
