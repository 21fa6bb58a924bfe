//! `selfsame explain`: what a code means.

use std::fmt::Write as _;

use selfsame_core::findings::Code;

use crate::args::Explain;
use crate::error::Failure;
use crate::output::{self, Exit};

pub(crate) fn run(arguments: &Explain) -> Result<Exit, Failure> {
    let text = if let Some(name) = &arguments.code {
        let code: Code =
            name.parse().map_err(|error| Failure::usage(format!("`{name}`: {error}")))?;
        code.explain()
    } else {
        let mut text = String::new();
        for code in Code::ALL {
            let _ = writeln!(text, "{code:<32} {}", code.english().title);
        }
        text
    };
    output::print(&text)?;
    Ok(Exit::Same)
}
