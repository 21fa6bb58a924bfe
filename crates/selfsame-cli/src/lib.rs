//! The command `selfsame`: compares a running service with its source, from outside.
//!
//! The binary is [`main`]. The rest is the command's own.

mod args;
mod base;
mod check;
mod completions;
mod config;
mod connect;
mod credentials;
mod error;
mod explain;
mod hash;
mod hidden;
mod history;
mod http_client;
mod inspect;
mod locate;
mod man;
mod output;
mod proxy;
mod redact;
mod roots;
mod source;
mod stamp;
mod subject;
mod targets;
mod via;
mod why;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;
use selfsame_core::environment::Environment;

use crate::args::{Cli, Color, Command};
use crate::error::Failure;
use crate::output::Exit;

/// The command is stamped like any service: `selfsame inspect` of itself tells what it is.
const _: selfsame_core::stamp::Embedded = selfsame_core::stamp!();

/// Runs the command with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error).into(),
    };
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
            exit_of(&failure).into()
        }
    }
}

fn exit_of(failure: &Failure) -> Exit {
    if failure.is_usage() { Exit::Usage } else { Exit::CannotTell }
}

fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(mut check) => {
            check
                .read_headers(&Environment::of_process())
                .map_err(|failure| Failure::usage(failure.to_string()))?;
            Ok(check::run(&check))
        }
        Command::Inspect(inspect) => inspect::run(&inspect),
        Command::Hash(hash) => hash::run(&hash),
        Command::Why(why) => why::run(&why),
        Command::Locate(locate) => locate::run(&locate),
        Command::Stamp(stamp) => stamp::run(&stamp),
        Command::Explain(explain) => explain::run(&explain),
        Command::Completions(completions) => completions::run(&completions),
        Command::Man(man) => man::run(&man),
    }
}

/// The command line is wrong, or help was asked for. A caller of JSON gets JSON here too.
fn usage(error: &clap::Error) -> Exit {
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Same;
    }
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let is_check = arguments.first().is_some_and(|word| word == "check");
    let wants_json = arguments.iter().any(|word| word == "--format=json")
        || arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
    if is_check && wants_json {
        let message = error.kind().to_string();
        let _ = output::print(&check::json_of_failure(&message, Exit::Usage));
    }
    Exit::Usage
}
