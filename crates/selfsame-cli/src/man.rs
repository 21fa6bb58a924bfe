//! `selfsame man`: a man page of the command, and one of each of its commands.

use std::fmt::Write as _;
use std::fs;

use clap::CommandFactory as _;

use crate::args::{Cli, Man};
use crate::error::Failure;
use crate::output::{self, Exit};

pub(crate) fn run(arguments: &Man) -> Result<Exit, Failure> {
    let directory = &arguments.directory;
    let fail = |error| Failure::new(format!("cannot write to `{}`: {error}", directory.display()));
    fs::create_dir_all(directory).map_err(fail)?;

    let mut command = Cli::command();
    command.build();
    let mut written = String::new();
    for command in [&command].into_iter().chain(command.get_subcommands()) {
        let page = clap_mangen::Man::new(command.clone());
        let path = page.generate_to(directory).map_err(fail)?;
        let _ = writeln!(written, "{}", path.display());
    }
    output::print(&written)?;
    Ok(Exit::Same)
}
