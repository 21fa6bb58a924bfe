//! What is published: the workflow of a release, hooks, and what each crate's archive holds.

mod hooks;
mod packages;
mod workflows;
