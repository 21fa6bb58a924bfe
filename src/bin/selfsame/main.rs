//! The command: compares a running service with its source, from outside.

mod args;
mod artifact;
mod check;
mod client;
mod failure;
mod hash;
mod hidden;
mod inspect;
mod ladder;
mod output;
mod proxy;
mod render;
mod secrets;
mod source;
mod stamp;
mod way;

use std::process::ExitCode;

use clap::Parser as _;
use selfsame::environment::Environment;

use crate::args::{Cli, Color, Command};
use crate::failure::Failure;
use crate::output::Exit;

/// The command is stamped like any service: `selfsame inspect` of itself tells what it is.
const _: selfsame::stamp::Embedded = selfsame::stamp!();

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    match run(cli.command) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure.to_string());
            Exit::CannotTell.into()
        }
    }
}

fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(mut check) => {
            check.read_headers(&Environment::of_process())?;
            check::run(&check)
        }
        Command::Inspect(inspect) => inspect::run(&inspect),
        Command::Hash(hash) => hash::run(&hash),
        Command::Stamp(stamp) => stamp::run(&stamp),
    }
}
