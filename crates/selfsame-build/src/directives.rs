use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use super::BuildError;

/// What a build script says to cargo on its standard output.
pub(super) struct Directives<'a>(&'a mut dyn Write);

impl<'a> Directives<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self(out)
    }

    pub(super) fn rerun_if_changed(&mut self, path: &Path) -> Result<(), BuildError> {
        let path = path
            .to_str()
            .ok_or_else(|| BuildError::new(format!("`{}` is not UTF-8", path.display())))?;
        self.say("rerun-if-changed", path)
    }

    pub(super) fn rerun_if_env_changed(&mut self, name: &str) -> Result<(), BuildError> {
        self.say("rerun-if-env-changed", name)
    }

    pub(super) fn rustc_env(&mut self, name: &str, value: &Path) -> Result<(), BuildError> {
        self.say("rustc-env", format_args!("{name}={}", value.display()))
    }

    pub(super) fn warning(&mut self, message: impl Display) -> Result<(), BuildError> {
        // A reason may quote a program that spoke in several lines.
        self.say("warning", message.to_string().replace(['\n', '\r'], " "))
    }

    /// Cargo reads lines, so a value with a line feed would be cut, or be a directive of its own.
    fn say(&mut self, directive: &str, value: impl Display) -> Result<(), BuildError> {
        let value = value.to_string();
        if value.contains(['\n', '\r']) {
            return Err(BuildError::new(format!(
                "cargo cannot be told of {value:?} ({directive}), since it has a line break"
            )));
        }
        writeln!(self.0, "cargo::{directive}={value}")
            .map_err(|error| BuildError::new(format!("cannot speak to cargo: {error}")))
    }
}
