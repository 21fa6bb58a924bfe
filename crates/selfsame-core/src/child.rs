//! Programs that are run: each has a time limit and a limit on its output, and none is left behind.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::process::{self, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use crate::environment::Environment;

/// The bytes that are kept of what a program prints on its standard error. The rest is read and
/// dropped, so that the pipe does not fill.
const MAX_ERRORS: usize = 64 * 1024;

/// Where programs are, unless PATH says otherwise.
#[cfg(unix)]
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
#[cfg(not(unix))]
const DEFAULT_PATH: &str = "";

/// The bytes that are read from a program at a time.
const BUFFER: usize = 64 * 1024;

/// How many buffers are read ahead of their use.
const AHEAD: usize = 4;

/// How long a killed program is waited for. One that the system cannot end is left to it.
const MAX_DYING: Duration = Duration::from_secs(1);

/// Limits on a program.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Limits {
    /// How long it may take.
    pub time: Duration,
    /// How many bytes it may print on its standard output.
    pub output: u64,
}

impl Limits {
    /// So much time, and so many bytes of output.
    #[must_use]
    pub const fn new(time: Duration, output: u64) -> Self {
        Self { time, output }
    }
}

/// What a program left when it ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed on its standard output.
    pub output: Vec<u8>,
    /// The beginning of what it printed on its standard error.
    pub errors: Vec<u8>,
}

impl Ended {
    /// Returns the first line that the program printed on its standard error.
    #[must_use]
    pub fn first_error(&self) -> String {
        let errors = String::from_utf8_lossy(&self.errors);
        let mut lines = errors.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.next().unwrap_or("nothing said").to_owned()
    }
}

/// Finds a program on the PATH. `None` means that it is not there.
///
/// The system would take an empty or relative entry of PATH from the directory that the program is
/// started in, which may be somebody else's clone. Such entries are left out.
#[must_use]
pub fn find(program: &str, environment: &Environment) -> Option<PathBuf> {
    let path = environment.get("PATH").unwrap_or(OsStr::new(DEFAULT_PATH));
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(&name))
        .find(|path| path.metadata().is_ok_and(|found| found.is_file() && may_run(&found)))
}

#[cfg(unix)]
fn may_run(found: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    found.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn may_run(_: &Metadata) -> bool {
    true
}

/// Runs a program to its end, with `input` on its standard input. `name` names it in errors. A
/// program that reaches a limit is killed.
///
/// # Errors
///
/// If the program cannot be started, or reaches a limit.
pub fn run(
    name: &str,
    command: &mut Command,
    input: Vec<u8>,
    limits: Limits,
) -> Result<Ended, ChildError> {
    let mut child = Child::start(name, command, limits.time)?;
    if !input.is_empty() {
        child.write(input)?;
    }
    child.close_input();
    let mut output = Vec::new();
    while let Some(mut chunk) = child.read()? {
        if (output.len() + chunk.len()) as u64 > limits.output {
            return Err(child.error(Why::Long(limits.output)));
        }
        if output.is_empty() {
            output = chunk;
        } else {
            output.append(&mut chunk);
        }
    }
    let (status, errors) = child.finish()?;
    Ok(Ended { status, output, errors })
}

/// A program that runs. It is killed when it is dropped.
///
/// Nothing here waits for longer than the time limit, which [`Child::restart_clock`] starts anew.
/// What the program has started itself may outlive it, and may keep a pipe open: threads that
/// nobody waits for read and write the pipes.
#[derive(Debug)]
pub struct Child {
    process: process::Child,
    name: String,
    time: Duration,
    begun: Instant,
    stdin: Option<ChildStdin>,
    input: Option<Sender<Vec<u8>>>,
    output: Receiver<io::Result<Vec<u8>>>,
    errors: Arc<Mutex<Vec<u8>>>,
    errors_end: Receiver<()>,
    is_ended: bool,
}

impl Child {
    /// Starts a program with pipes to and from it.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn start(name: &str, command: &mut Command, time: Duration) -> Result<Self, ChildError> {
        let failed = |error| ChildError { name: name.to_owned(), why: Why::Start(error) };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(failed)?;
        let (stdin, stdout, stderr) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take());
        let (send, output) = mpsc::sync_channel(AHEAD);
        let (send_end, errors_end) = mpsc::channel();
        let errors = Arc::<Mutex<Vec<u8>>>::default();
        let kept = Arc::clone(&errors);
        let child = Self {
            process,
            name: name.to_owned(),
            time,
            begun: Instant::now(),
            stdin,
            input: None,
            output,
            errors,
            errors_end,
            is_ended: false,
        };
        let reading = in_thread(move || {
            let Some(mut stdout) = stdout else { return };
            loop {
                let read = chunk(&mut stdout).transpose();
                let Some(read) = read else { return };
                let failed = read.is_err();
                if send.send(read).is_err() || failed {
                    return;
                }
            }
        });
        let keeping = in_thread(move || {
            if let Some(mut stderr) = stderr {
                while let Ok(Some(said)) = chunk(&mut stderr) {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    let left = MAX_ERRORS.saturating_sub(kept.len());
                    kept.extend_from_slice(&said[..said.len().min(left)]);
                }
            }
            let _ = send_end.send(());
        });
        // `child` is dropped, and with it the program is killed.
        reading.and(keeping).map_err(failed)?;
        Ok(child)
    }

    /// Starts the time limit anew.
    pub fn restart_clock(&mut self) {
        self.begun = Instant::now();
    }

    /// Writes to the program's standard input, without waiting until it is read.
    ///
    /// # Errors
    ///
    /// If the system has no thread for it, or the program no longer reads.
    pub fn write(&mut self, bytes: Vec<u8>) -> Result<(), ChildError> {
        if let Some(mut stdin) = self.stdin.take() {
            let (send, receive) = mpsc::channel::<Vec<u8>>();
            let writing = in_thread(move || {
                for bytes in receive {
                    // A program that does not read all of its input says why.
                    if stdin.write_all(&bytes).and_then(|()| stdin.flush()).is_err() {
                        return;
                    }
                }
            });
            writing.map_err(|error| self.error(Why::Start(error)))?;
            self.input = Some(send);
        }
        let sent = self.input.as_ref().is_some_and(|input| input.send(bytes).is_ok());
        if sent { Ok(()) } else { Err(self.error(Why::Write)) }
    }

    /// Closes the program's standard input, behind what was written to it.
    pub fn close_input(&mut self) {
        self.stdin = None;
        self.input = None;
    }

    /// Reads the next bytes of the program's standard output. `None` is its end.
    ///
    /// # Errors
    ///
    /// If nothing comes before the time is up, or the pipe cannot be read.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>, ChildError> {
        match self.output.recv_timeout(self.left()) {
            Ok(Ok(chunk)) => Ok(Some(chunk)),
            Ok(Err(error)) => Err(self.error(Why::Read(error))),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(match self.process.try_wait() {
                Ok(Some(_)) => self.error(Why::Open(self.time)),
                _ => self.error(Why::Late(self.time)),
            }),
        }
    }

    /// Waits until the program ends. Returns how, and the beginning of its standard error.
    ///
    /// # Errors
    ///
    /// If it does not end before the time is up.
    pub fn finish(mut self) -> Result<(ExitStatus, Vec<u8>), ChildError> {
        self.close_input();
        let status = match self.ended_within(self.left()) {
            Ok(Some(status)) => status,
            Ok(None) => return Err(self.error(Why::Late(self.time))),
            Err(error) => return Err(self.error(Why::Read(error))),
        };
        // What it started may keep the pipe open.
        let _ = self.errors_end.recv_timeout(self.left().min(MAX_DYING));
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((status, std::mem::take(&mut *errors)))
    }

    fn left(&self) -> Duration {
        self.time.saturating_sub(self.begun.elapsed())
    }

    /// Polls: a wait that can be given up takes a signal handler or `unsafe`.
    fn ended_within(&mut self, time: Duration) -> io::Result<Option<ExitStatus>> {
        const SHORTEST: Duration = Duration::from_micros(50);
        const LONGEST: Duration = Duration::from_millis(5);

        let begun = Instant::now();
        let mut pause = SHORTEST;
        loop {
            if let Some(status) = self.process.try_wait()? {
                self.is_ended = true;
                return Ok(Some(status));
            }
            let left = time.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST);
        }
    }

    fn error(&self, why: Why) -> ChildError {
        ChildError { name: self.name.clone(), why }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.is_ended {
            let _ = self.process.kill();
            let _ = self.ended_within(MAX_DYING);
        }
    }
}

/// The next bytes of a pipe, or `None` at its end.
fn chunk(pipe: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut chunk = vec![0; BUFFER];
    loop {
        match pipe.read(&mut chunk) {
            Ok(0) => return Ok(None),
            Ok(read) => {
                chunk.truncate(read);
                return Ok(Some(chunk));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Starts a thread that nobody waits for.
fn in_thread(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().spawn(work).map(|_| ())
}

/// A program that could not be run to its end.
#[derive(Debug)]
pub struct ChildError {
    name: String,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Start(io::Error),
    Read(io::Error),
    Write,
    Late(Duration),
    Open(Duration),
    Long(u64),
}

impl ChildError {
    /// Whether the time was up.
    #[must_use]
    pub fn is_late(&self) -> bool {
        matches!(self.why, Why::Late(_) | Why::Open(_))
    }
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.why {
            Why::Start(error) => write!(f, "cannot run `{name}`: {error}"),
            Why::Read(error) => write!(f, "cannot read from `{name}`: {error}"),
            Why::Write => write!(f, "`{name}` does not read its input"),
            Why::Late(time) => write!(f, "`{name}` did not finish within {time:?}"),
            Why::Open(time) => {
                write!(f, "`{name}` ended, but its output stayed open for {time:?}")
            }
            Why::Long(bytes) => write!(f, "`{name}` prints more than {bytes} bytes"),
        }
    }
}

impl std::error::Error for ChildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Start(error) | Why::Read(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(100);

    fn sh(script: &str, input: &[u8], limits: Limits) -> Result<Ended, String> {
        let mut command = Command::new("sh");
        let ended = run("the shell", command.args(["-c", script]), input.to_owned(), limits);
        ended.map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_program_prints_is_read_while_it_reads() {
        // More than pipes hold, both ways.
        let input = "line\n".repeat(200_000);
        let limits = Limits { time: LONG, output: 1 << 20 };
        let ended = sh("cat; echo why >&2; exit 3", input.as_bytes(), limits).unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert!(ended.output == input.as_bytes());
        assert_eq!(ended.first_error(), "why");
        // Input that is not read is not a fault by itself.
        let ended = sh("exec true", input.as_bytes(), limits).unwrap();
        assert!(ended.status.success() && ended.output.is_empty());
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let limits = Limits { time: SHORT, output: 1 << 20 };
        for script in
            ["exec sleep 600", "exec >&- 2>&-; exec sleep 600", "echo half; exec sleep 600"]
        {
            let why = sh(script, &vec![b'x'; 1 << 20], limits).unwrap_err();
            assert_eq!(why, "`the shell` did not finish within 100ms", "{script}");
        }
        let mut command = Command::new("sleep");
        let child = Child::start("it", command.arg("600"), LONG).unwrap();
        let id = child.process.id();
        drop(child);
        assert!(!std::path::Path::new(&format!("/proc/{id}/stat")).exists());
    }

    #[test]
    fn what_a_program_leaves_behind_is_not_waited_for() {
        // What it starts ends when the test closes the FIFO.
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let held = std::fs::OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
        let script = format!("exec 3<'{}'; cat <&3 & exit 0", fifo.display());
        let limits = Limits { time: SHORT, output: 1 << 20 };
        let why = sh(&script, b"", limits).unwrap_err();
        assert_eq!(why, "`the shell` ended, but its output stayed open for 100ms");
        drop(held);
    }

    #[test]
    fn a_program_that_prints_without_end_is_killed() {
        let limits = Limits { time: LONG, output: 1_000_000 };
        let why = sh("while :; do echo more; done", b"", limits).unwrap_err();
        assert_eq!(why, "`the shell` prints more than 1000000 bytes");
        // Its errors are read, and only their beginning is kept.
        let script = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); \
                      echo sixty-four-bytes-are-in-this-line-of-errors-with-its-line-feed >&2; done";
        let ended = sh(script, b"", limits).unwrap();
        assert_eq!(ended.errors.len(), MAX_ERRORS);
    }

    #[test]
    fn programs_are_looked_for_in_absolute_directories() {
        let found = |path: &str| find("sh", &[("PATH", path)].into_iter().collect());
        for path in ["", ":/usr/bin:/bin", ".:/usr/bin:/bin", "bin:/nowhere:/usr/bin:/bin"] {
            let found = found(path).unwrap();
            assert!(found.is_absolute() && found.ends_with("sh"), "{path}: {}", found.display());
        }
        for path in [":", ".", "bin", "/nowhere", "/etc"] {
            assert_eq!(found(path), None, "{path}");
        }
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("sh"), "no program").unwrap();
        assert_eq!(found(directory.path().to_str().unwrap()), None);
    }

    #[test]
    fn a_program_that_cannot_be_started_is_an_error() {
        let mut command = Command::new("/nowhere/program");
        let limits = Limits { time: LONG, output: 1 };
        let error = run("it", &mut command, Vec::new(), limits).unwrap_err();
        assert!(error.to_string().contains("cannot run `it`"), "{error}");
    }
}
