//! What the Docker daemon has, through its client program: `docker`, or else `podman`.

use std::fs::File;
use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use super::{Reading, temp};
use crate::failure::Failure;

const PROGRAMS: [&str; 2] = ["docker", "podman"];

/// A run of the client. It ends when it is dropped.
struct Client {
    child: Child,
    words: String,
    silence: Duration,
    out: Receiver<std::io::Result<Vec<u8>>>,
    said: Receiver<Vec<u8>>,
}

/// Writes what the client answers to a temporary file.
///
/// # Errors
///
/// If there is no client, if it fails, is silent for longer than `silence`, or answers too much.
pub(super) fn spooled(
    arguments: &[&str],
    silence: Duration,
    reading: &Reading<'_>,
) -> Result<File, Failure> {
    let mut file = temp::file()?;
    let mut client = Client::start(arguments, silence)?;
    client.each(reading.limits.unpacked, |chunk| {
        let taken = reading.budget.take(chunk.len() as u64);
        taken.map_err(|error| Failure::new(error.to_string()))?;
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
pub(super) fn text(
    arguments: &[&str],
    silence: Duration,
    reading: &Reading<'_>,
) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let mut client = Client::start(arguments, silence)?;
    client.each(reading.limits.document, |chunk| {
        text.extend_from_slice(chunk);
        Ok(())
    })?;
    client.finish()?;
    Ok(text)
}

impl Client {
    fn start(arguments: &[&str], silence: Duration) -> Result<Self, Failure> {
        Self::start_one_of(&PROGRAMS, arguments, silence)
    }

    fn start_one_of(
        programs: &[&str],
        arguments: &[&str],
        silence: Duration,
    ) -> Result<Self, Failure> {
        for program in programs {
            let spawned = Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn();
            let words = format!("{program} {}", arguments.join(" "));
            let mut child = match spawned {
                Ok(child) => child,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Failure::new(format!("cannot run `{words}`: {error}"))),
            };
            let (out, said) = (child.stdout.take(), child.stderr.take());
            let out = out.map_or_else(|| sync_channel(0).1, chunks);
            let said = said.map_or_else(|| sync_channel(0).1, beginning);
            return Ok(Self { child, words, silence, out, said });
        }
        Err(Failure::new(
            "neither `docker` nor `podman` is on the PATH: save the image to a file, and name that",
        ))
    }

    /// Takes the answer, chunk by chunk.
    fn each(
        &mut self,
        most: u64,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut length = 0;
        loop {
            match self.out.recv_timeout(self.silence) {
                Ok(Ok(chunk)) => {
                    length += chunk.len() as u64;
                    if length > most {
                        let words = &self.words;
                        return Err(Failure::new(format!(
                            "`{words}` answers more than {most} bytes"
                        )));
                    }
                    take(&chunk)?;
                }
                Ok(Err(error)) => {
                    return Err(Failure::new(format!("cannot read `{}`: {error}", self.words)));
                }
                Err(RecvTimeoutError::Timeout) => return Err(self.is_silent()),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Waits until it ends, which it has to do well.
    fn finish(mut self) -> Result<(), Failure> {
        const PAUSE: Duration = Duration::from_millis(5);

        let end = Instant::now() + self.silence;
        let status = loop {
            let status = self.child.try_wait();
            match status
                .map_err(|error| Failure::new(format!("cannot run `{}`: {error}", self.words)))?
            {
                Some(status) => break status,
                None if Instant::now() < end => std::thread::sleep(PAUSE),
                None => return Err(self.is_silent()),
            }
        };
        if status.success() {
            return Ok(());
        }
        let said = self.said.recv_timeout(self.silence).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let said: Vec<&str> = said.split_whitespace().collect();
        let said = if said.is_empty() { "without a word".to_owned() } else { said.join(" ") };
        Err(Failure::new(format!("`{}` failed ({status}): {said}", self.words)))
    }

    fn is_silent(&self) -> Failure {
        Failure::new(format!(
            "`{}` said nothing for {}: does the daemon answer?",
            self.words,
            humantime::format_duration(self.silence)
        ))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads on a thread, so that a silent pipe can be given up.
fn chunks(mut pipe: impl Read + Send + 'static) -> Receiver<std::io::Result<Vec<u8>>> {
    const CHUNK: usize = 256 * 1024;
    const WAITING: usize = 4;

    let (send, receive) = sync_channel(WAITING);
    std::thread::spawn(move || {
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = match pipe.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => {
                    chunk.truncate(read);
                    Ok(chunk)
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            if send.send(read).is_err() {
                break;
            }
        }
    });
    receive
}

/// Keeps the first of what is said, and reads on, so that the pipe does not fill.
fn beginning(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    const MOST: u64 = 2_000;

    let (send, receive) = sync_channel(1);
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = pipe.by_ref().take(MOST).read_to_end(&mut said);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        let _ = send.send(said);
    });
    receive
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::limits::LIMITS;

    /// A shell in place of a client.
    fn run(script: &str, most: u64) -> Result<Vec<u8>, Failure> {
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
            assert!(failure.contains("said nothing for 300ms"), "{hangs}: {failure}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_client_that_says_too_much_is_stopped() {
        let failure = run("while :; do echo more; done", 1_000_000).unwrap_err().to_string();
        assert!(failure.contains("answers more than 1000000 bytes"), "{failure}");
        let failure = run("while :; do echo more >&2; done", 1_000_000).unwrap_err().to_string();
        assert!(failure.contains("said nothing for 300ms"), "{failure}");
    }
}
