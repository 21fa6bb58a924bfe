//! The route inventory, on routers of every kind.

mod asking;
mod exact;
mod forms;
mod hostile;
mod json;
mod list;
mod model;
mod neighbours;
mod probe;
mod support;
mod timing;
