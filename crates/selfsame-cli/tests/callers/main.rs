//! The callers of `/__build` that can be had: load balancers and proxies from the distribution's
//! packages, each started with the file in `deploy/` that users copy.

mod client;
mod process;
mod service;

mod action;
mod blue_green;
mod caddy;
mod documented;
mod haproxy;
mod jobs;
mod kubernetes;
mod monitoring;
mod nginx;
mod prometheus;
mod schedule;
