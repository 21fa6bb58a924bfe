//! `selfsame completions`: a script that completes commands and options in a shell.

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};
use crate::error::Failure;
use crate::output::{self, Exit};

pub(crate) fn run(arguments: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "selfsame", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Same)
}
