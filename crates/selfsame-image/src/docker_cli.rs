//! What the Docker daemon has, through its client program: `docker`, or else `podman`.

use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use selfsame_core::child::{self, Child, ChildError};
use selfsame_core::environment::Environment;

use super::options::Reading;
use super::temp;
use crate::error::ArtifactError;

const PROGRAMS: [&str; 2] = ["docker", "podman"];

/// A run of the client. It ends when it is dropped.
struct Client {
    child: Child,
    words: String,
    silence: Duration,
}

/// Writes what the client answers to a temporary file.
///
/// # Errors
///
/// If there is no client, if it fails, prints nothing for too long, or answers too much.
pub(super) fn spooled(arguments: &[&str], reading: &Reading<'_>) -> Result<File, ArtifactError> {
    let mut file = temp::file()?;
    let mut client = Client::start(arguments, reading.silence)?;
    client.each(reading.limits.unpacked, |chunk| {
        take(reading, chunk)?;
        file.write_all(chunk).map_err(|error| temp::failed(&error))
    })?;
    client.finish()?;
    Ok(file)
}

/// The text that the client answers.
///
/// # Errors
///
/// As [`spooled`].
pub(super) fn text(arguments: &[&str], reading: &Reading<'_>) -> Result<Vec<u8>, ArtifactError> {
    let mut text = Vec::new();
    let mut client = Client::start(arguments, reading.silence)?;
    client.each(reading.limits.document, |chunk| {
        take(reading, chunk)?;
        text.extend_from_slice(chunk);
        Ok(())
    })?;
    client.finish()?;
    Ok(text)
}

/// A client that prints little by little ends with the budget.
fn take(reading: &Reading<'_>, chunk: &[u8]) -> Result<(), ArtifactError> {
    reading.budget.take(chunk.len() as u64).map_err(|error| ArtifactError::new(error.to_string()))
}

impl Client {
    fn start(arguments: &[&str], silence: Duration) -> Result<Self, ArtifactError> {
        Self::start_one_of(&PROGRAMS, arguments, silence)
    }

    fn start_one_of(
        programs: &[&str],
        arguments: &[&str],
        silence: Duration,
    ) -> Result<Self, ArtifactError> {
        let environment = Environment::of_process();
        for program in programs {
            let Some(path) = child::find(program, &environment) else { continue };
            let words = format!("{program} {}", arguments.join(" "));
            let child = Child::start(&words, Command::new(path).args(arguments), silence);
            let mut child = child.map_err(|error| ArtifactError::new(error.to_string()))?;
            child.close_input();
            return Ok(Self { child, words, silence });
        }
        Err(ArtifactError::new(
            "neither `docker` nor `podman` is on the PATH: save the image to a file, and name that",
        ))
    }

    /// Takes the answer, chunk by chunk.
    fn each(
        &mut self,
        most: u64,
        mut take: impl FnMut(&[u8]) -> Result<(), ArtifactError>,
    ) -> Result<(), ArtifactError> {
        let mut length = 0;
        loop {
            self.child.restart_clock();
            let read = self.child.read();
            let Some(chunk) = read.map_err(|error| failed(&error, &self.words, self.silence))?
            else {
                return Ok(());
            };
            length += chunk.len() as u64;
            if length > most {
                let words = &self.words;
                return Err(ArtifactError::new(format!(
                    "`{words}` answers more than {most} bytes"
                )));
            }
            take(&chunk)?;
        }
    }

    /// Waits until it ends, which it has to do well.
    fn finish(self) -> Result<(), ArtifactError> {
        /// So much of what it says is shown.
        const SHOWN: usize = 2_000;

        let Self { mut child, words, silence } = self;
        child.restart_clock();
        let (status, said) = child.finish().map_err(|error| failed(&error, &words, silence))?;
        if status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&said[..said.len().min(SHOWN)]);
        let said: Vec<&str> = said.split_whitespace().collect();
        let said = if said.is_empty() { "without a word".to_owned() } else { said.join(" ") };
        Err(ArtifactError::new(format!("`{words}` failed ({status}): {said}")))
    }
}

fn failed(error: &ChildError, words: &str, silence: Duration) -> ArtifactError {
    if !error.is_late() {
        return ArtifactError::new(error.to_string());
    }
    let silence = humantime::format_duration(silence);
    ArtifactError::new(format!(
        "`{words}` printed nothing for {silence} (--timeout): does the daemon answer?"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::LIMITS;

    /// A shell in place of a client.
    fn run(script: &str, most: u64) -> Result<Vec<u8>, ArtifactError> {
        let mut text = Vec::new();
        let silence = Duration::from_millis(300);
        let mut client = Client::start_one_of(&["sh"], &["-c", script], silence)?;
        client.each(most, |chunk| {
            text.extend_from_slice(chunk);
            Ok(())
        })?;
        client.finish()?;
        Ok(text)
    }

    #[cfg(unix)]
    #[test]
    fn a_client_that_hangs_is_given_up() {
        assert_eq!(run("echo whole", LIMITS.document).unwrap(), b"whole\n");
        for hangs in ["sleep 60", "echo half; sleep 60", "exec >&-; sleep 60"] {
            let failure = run(hangs, LIMITS.document).unwrap_err().to_string();
            assert!(failure.contains("printed nothing for 300ms"), "{hangs}: {failure}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_client_that_says_too_much_is_stopped() {
        let failure = run("while :; do echo more; done", 1_000_000).unwrap_err().to_string();
        assert!(failure.contains("answers more than 1000000 bytes"), "{failure}");
        let failure = run("while :; do echo more >&2; done", 1_000_000).unwrap_err().to_string();
        assert!(failure.contains("printed nothing for 300ms"), "{failure}");
    }
}
