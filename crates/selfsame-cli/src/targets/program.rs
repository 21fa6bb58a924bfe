//! The client programs of engines, as the user has them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use selfsame_core::child::{self, Limits};
use selfsame_core::environment::Environment;

use super::MAX_LIST;
use crate::error::Failure;

/// What a run of an engine's client printed.
///
/// # Errors
///
/// If the program is missing, fails, takes too long or prints too much: what was asked of whom.
pub(super) fn output(
    program: &str,
    arguments: &[&str],
    directory: Option<&Path>,
    time: Duration,
) -> Result<Vec<u8>, Failure> {
    let Some(path) = child::find(program, &Environment::of_process()) else {
        return Err(Failure::new(format!(
            "there is no `{program}` program on PATH; help: install it"
        )));
    };
    let words = format!("{program} {}", arguments.join(" "));
    let mut command = Command::new(path);
    command.args(arguments);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let limits = Limits::new(time, MAX_LIST);
    let ended = child::run(&words, &mut command, Vec::new(), limits)
        .map_err(|error| Failure::new(error.to_string()))?;
    if ended.status.success() {
        return Ok(ended.output);
    }
    Err(Failure::new(format!("`{words}` failed ({}): {}", ended.status, ended.first_error())))
}

/// Its words, as of ids that are printed a line each.
pub(super) fn words(
    program: &str,
    arguments: &[&str],
    time: Duration,
) -> Result<Vec<String>, Failure> {
    let output = output(program, arguments, None, time)?;
    Ok(String::from_utf8_lossy(&output).split_whitespace().map(str::to_owned).collect())
}

/// Its JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(
    program: &str,
    arguments: &[&str],
    time: Duration,
) -> Result<T, Failure> {
    let output = output(program, arguments, None, time)?;
    serde_json::from_slice(&output).map_err(|error| {
        let words = format!("{program} {}", arguments.join(" "));
        Failure::new(format!("`{words}` printed what is no JSON as expected: {error}"))
    })
}
