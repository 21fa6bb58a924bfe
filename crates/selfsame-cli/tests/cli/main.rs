//! The command `selfsame` from outside, against live services, hostile servers and real
//! repositories.

mod project;
mod run;
mod server;
mod shell;

mod arguments;
mod compiled;
mod dns;
mod evidence;
mod exit;
mod files;
mod fleet;
mod foreign;
mod formats;
mod front_ends;
mod hash;
mod hidden;
mod hop;
mod inspect;
mod kept;
mod links;
mod lock;
mod network;
mod observed;
mod packages;
mod programs;
mod proxy;
mod replicas;
mod reports;
mod same;
mod secrets;
mod terminal;
mod verdicts;
mod wait;
mod why;
