//! Runs the command, to its end or to a deadline.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use selfsame_testing::command::{self, Outcome};

/// No run may take longer, whatever a server does.
const DEADLINE: Duration = Duration::from_secs(60);

/// The variables that would lead the client through somebody's proxy, or colour its output.
const FOREIGN: [&str; 11] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "CARGO_TERM_COLOR",
];

/// The command, in a directory of no package.
pub(crate) fn selfsame() -> Command {
    selfsame_in(Path::new("/"))
}

/// The command, in `directory`.
pub(crate) fn selfsame_in(directory: &Path) -> Command {
    let mut command = command::command(Path::new(env!("CARGO_BIN_EXE_selfsame")), directory);
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
}

/// Runs the command with these arguments.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Outcome {
    finish(selfsame().args(arguments))
}

/// Runs a command that is put together to its end.
pub(crate) fn finish(command: &mut Command) -> Outcome {
    finish_with(command, b"")
}

/// The same with `input` on its standard input.
pub(crate) fn finish_with(command: &mut Command, input: &[u8]) -> Outcome {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    std::thread::spawn(move || stdin.write_all(&input));
    let out = collect(child.stdout.take().expect("it is piped"));
    let err = collect(child.stderr.take().expect("it is piped"));
    let end = Instant::now() + DEADLINE;
    let mut text = |pipe: mpsc::Receiver<Vec<u8>>| {
        let left = end.saturating_duration_since(Instant::now());
        pipe.recv_timeout(left).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("it hangs: {command:?}");
        })
    };
    let (out, err) = (text(out), text(err));
    let status = child.wait().expect("it ended");
    Outcome {
        code: status.code().expect("it ends by itself"),
        out: String::from_utf8(out).expect("it prints UTF-8"),
        err: String::from_utf8(err).expect("it prints UTF-8"),
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = send.send(bytes);
    });
    receive
}

/// Asserts that the command could not tell, and said in one line why: each of `words` is in it.
#[track_caller]
pub(crate) fn assert_cannot_tell(case: &str, outcome: &Outcome, words: &[&str]) {
    assert_complains(case, outcome, 2, words);
}

/// The same with an exit code of choice.
#[track_caller]
pub(crate) fn assert_complains(case: &str, outcome: &Outcome, code: i32, words: &[&str]) {
    let shown = format!("{case}\nout: {}\nerr: {}", outcome.out, outcome.err);
    assert_eq!(outcome.code, code, "exit code of {shown}");
    assert!(outcome.err.starts_with("error: "), "no reason for {shown}");
    assert_eq!(outcome.err.matches('\n').count(), 1, "not one line for {shown}");
    for word in words {
        assert!(outcome.err.contains(word), "{word:?} is not said for {shown}");
    }
}

/// Asserts the exit code, and that each of `words` stands on standard output.
#[track_caller]
pub(crate) fn assert_says(case: &str, outcome: &Outcome, code: i32, words: &[&str]) {
    let shown = format!("{case}\nout: {}\nerr: {}", outcome.out, outcome.err);
    assert_eq!(outcome.code, code, "exit code of {shown}");
    for word in words {
        assert!(outcome.out.contains(word), "{word:?} is not said for {shown}");
    }
}
