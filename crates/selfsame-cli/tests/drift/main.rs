//! The drift matrix on the real thing: processes, containers and images of the back office and its
//! dashboard, each way in which they come to run other code than source has, and beside each the
//! case in which they do not.

mod asking;
mod docker;
mod page;
mod servers;
mod shop;

mod clones;
mod command_image;
mod deploy;
mod faults;
mod files;
mod fleets;
mod images;
mod incident;
mod modules;
mod mounts;
mod processes;
mod replicas;
mod routes;
mod without_git;
