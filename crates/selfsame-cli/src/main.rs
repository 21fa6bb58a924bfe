//! The command `selfsame`.

use std::process::ExitCode;

fn main() -> ExitCode {
    selfsame_cli::main()
}
