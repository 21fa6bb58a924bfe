//! A process and the file that it was started from, with real files and a real process: a copy of
//! this test program, which serves the report of its own stamp.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use selfsame::report::{Executable, ExecutableState, Report};
use selfsame::stamp::{Digest, Stamp, frame};
use selfsame::{Level, RouterExt as _, SelfCheck};
use selfsame_core::compare::Verdict;
use selfsame_core::findings::Code;
use tempfile::TempDir;

use crate::support::{COMMIT, facts};
use selfsame_testing as outside;

const PATIENCE: Duration = Duration::from_secs(30);

/// What a copy of this program runs, and no test.
#[tokio::test]
#[ignore = "a process of the tests below"]
#[expect(clippy::print_stdout, clippy::exit, reason = "it is a program of its own")]
async fn service() {
    let check = SelfCheck::new(selfsame::stamp!())
        .public(Level::Full)
        .look_every(Duration::from_millis(20));
    let app = Router::new().selfsame(check);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("listening on {}", listener.local_addr().expect("it is bound"));
    // It ends with the test that started it.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    axum::serve(listener, app).await.expect("it serves");
}

/// A running copy.
struct Service {
    child: Child,
    address: String,
    directory: TempDir,
}

impl Service {
    /// Copies this program and starts it under its own path.
    fn start() -> Self {
        Self::start_as(Path::to_owned)
    }

    /// Starts a copy under the path that `name` makes of its own.
    fn start_as(name: impl FnOnce(&Path) -> PathBuf) -> Self {
        let directory = TempDir::with_prefix("executable-").expect("a temporary directory");
        let program = directory.path().join("api");
        let this = std::env::current_exe().expect("this program has a path");
        outside::command::install(&this, &program);
        let mut command = Command::new(name(&program));
        command
            .args(["--exact", "executable::service", "--ignored", "--nocapture"])
            .env_clear()
            .envs(outside::clean_environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("the copy starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(out.read_line(&mut line).expect("it speaks"), 0, "it ended");
            if let Some((_, address)) = line.trim().split_once("listening on ") {
                break address.to_owned();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { child, address, directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Waits until the process says this of its executable.
    fn until(&self, state: ExecutableState) -> (Executable, Report) {
        let begun = Instant::now();
        loop {
            let text = http_get(&self.address, "/__build");
            let report = Report::parse(text.as_bytes()).expect("it is a report");
            if let Some(observed) = &report.observed
                && observed.executable.state == state
            {
                return (observed.executable.clone(), report);
            }
            assert!(begun.elapsed() < PATIENCE, "it never became {state:?}: {text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn http_get(address: &str, path: &str) -> String {
    use std::io::Write as _;
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")
        .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("there is a body");
    body.to_owned()
}

/// A file that carries the stamp of another build.
fn another_build(path: &Path) -> Digest {
    let stamp = Stamp::seal(facts()).expect("the facts agree");
    fs::write(path, [b"\x7fELF\0", &frame(&stamp)[..]].concat()).expect("it can be written");
    stamp.fingerprint()
}

#[test]
fn a_file_put_in_its_place_is_told_with_its_commit() {
    let service = Service::start();
    let (same, report) = service.until(ExecutableState::Same);
    assert_eq!(same.path.as_deref(), service.path("api").to_str());
    assert_eq!(report.intact, Some(true));

    let fingerprint = another_build(&service.path("next"));
    fs::rename(service.path("next"), service.path("api")).expect("it can be renamed");
    let (replaced, report) = service.until(ExecutableState::Replaced);
    assert_eq!(replaced.commit.as_ref().map(ToString::to_string).as_deref(), Some(COMMIT));
    assert_eq!(replaced.fingerprint, Some(fingerprint));
    assert_eq!(report.intact, Some(false));
    let answer = http_get(&service.address, "/__build?intact");
    assert!(answer.contains("\"condition\":\"intact\""), "{answer}");
}

#[test]
fn a_file_renamed_away_is_missing_until_another_takes_its_place() {
    let service = Service::start();
    service.until(ExecutableState::Same);
    fs::rename(service.path("api"), service.path("api.bak")).expect("it can be renamed");
    service.until(ExecutableState::Missing);
    another_build(&service.path("api"));
    service.until(ExecutableState::Replaced);
    fs::rename(service.path("api.bak"), service.path("api")).expect("it can be renamed");
    service.until(ExecutableState::Same);
}

#[test]
fn a_deleted_file_is_missing_and_the_same_bytes_are_the_same_again() {
    let service = Service::start();
    service.until(ExecutableState::Same);
    fs::remove_file(service.path("api")).expect("it can be deleted");
    service.until(ExecutableState::Missing);
    let this = std::env::current_exe().expect("this program has a path");
    fs::copy(&this, service.path("next")).expect("it can be copied");
    fs::rename(service.path("next"), service.path("api")).expect("it can be renamed");
    let (_, report) = service.until(ExecutableState::Same);
    assert_eq!(report.intact, Some(true));

    // One byte more is not loaded, and carries the same stamp.
    let mut bytes = fs::read(&this).expect("it can be read");
    bytes.push(0);
    fs::write(service.path("next"), &bytes).expect("it can be written");
    fs::rename(service.path("next"), service.path("api")).expect("it can be renamed");
    service.until(ExecutableState::Rewritten);
    // One word of the code is another build, under the same stamp and in a file as long.
    let mut other = bytes.clone();
    let words = b"a word that this program alone holds";
    let at = other.windows(words.len()).position(|window| window == words).expect("it is there");
    other[at] ^= 1;
    fs::write(service.path("next"), &other).expect("it can be written");
    fs::rename(service.path("next"), service.path("api")).expect("it can be renamed");
    service.until(ExecutableState::Replaced);
    // One stamp more is another program.
    let more = Stamp::seal(facts()).expect("the facts agree");
    bytes.extend(frame(&more));
    fs::write(service.path("next"), bytes).expect("it can be written");
    fs::rename(service.path("next"), service.path("api")).expect("it can be renamed");
    service.until(ExecutableState::Replaced);
}

#[test]
fn a_file_that_is_stripped_in_place_is_a_note() {
    if !outside::requirements::have("strip") {
        return;
    }
    let service = Service::start();
    service.until(ExecutableState::Same);
    let length = || fs::metadata(service.path("api")).expect("it is there").len();
    let before = length();
    let mut strip = Command::new("strip");
    let stripped = strip.arg("-o").args([service.path("next"), service.path("api")]).status();
    assert!(stripped.expect("strip runs").success());
    fs::rename(service.path("next"), service.path("api")).expect("it can be renamed");
    assert!(length() < before, "there was nothing to strip");
    let (_, report) = service.until(ExecutableState::Rewritten);
    assert_eq!(report.intact, Some(true));
    let findings = selfsame_core::findings::of_report(&report);
    let note = findings.iter().find(|finding| finding.code == Code::ExecutableRewritten);
    assert_eq!(note.map(|note| note.verdict), Some(Verdict::Skipped));
    // A build of something else is drift again.
    another_build(&service.path("next"));
    fs::rename(service.path("next"), service.path("api")).expect("it can be renamed");
    service.until(ExecutableState::Replaced);
}

#[test]
fn other_times_modes_and_names_of_the_same_file_are_no_drift() {
    use std::os::unix::fs::PermissionsExt as _;
    let service = Service::start();
    service.until(ExecutableState::Same);
    let file = fs::File::open(service.path("api")).expect("it can be opened");
    file.set_modified(std::time::SystemTime::now()).expect("the time can be set");
    fs::set_permissions(service.path("api"), fs::Permissions::from_mode(0o700)).expect("the mode");
    fs::hard_link(service.path("api"), service.path("other")).expect("it can be linked");
    // Its absence is seen, so that what is seen then was looked for after all this.
    fs::rename(service.path("api"), service.path("away")).expect("it can be renamed");
    service.until(ExecutableState::Missing);
    fs::rename(service.path("away"), service.path("api")).expect("it can be renamed");
    service.until(ExecutableState::Same);
}

#[test]
fn a_link_that_is_led_elsewhere_is_another_file() {
    let service = Service::start_as(|program| {
        let directory = program.parent().expect("it lies in a directory");
        fs::create_dir(directory.join("releases")).expect("mkdir");
        let current = directory.join("current");
        symlink(program, &current).expect("a link");
        current
    });
    let (same, _) = service.until(ExecutableState::Same);
    assert_eq!(same.path.as_deref(), service.path("current").to_str());
    another_build(&service.path("releases/2"));
    symlink(service.path("releases/2"), service.path("next")).expect("a link");
    fs::rename(service.path("next"), service.path("current")).expect("it can be renamed");
    service.until(ExecutableState::Replaced);
}

#[test]
fn what_is_no_file_in_its_place_is_unknown_and_blocks_nothing() {
    let service = Service::start();
    service.until(ExecutableState::Same);
    fs::remove_file(service.path("api")).expect("it can be deleted");
    let made = Command::new("mkfifo").arg(service.path("api")).status().expect("mkfifo runs");
    assert!(made.success());
    let (unknown, report) = service.until(ExecutableState::Unknown);
    let why = unknown.unknown.expect("there is a reason");
    assert!(why.contains("not a regular file"), "{why}");
    assert_eq!(report.intact, None);
    assert!(report.unknown.contains_key("executable"), "{:?}", report.unknown);
}

#[test]
fn what_is_longer_than_any_executable_is_unknown_and_not_read() {
    let service = Service::start();
    service.until(ExecutableState::Same);
    let disk = fs::File::create(service.path("disk")).expect("it can be made");
    disk.set_len(1 << 40).expect("it has holes");
    fs::rename(service.path("disk"), service.path("api")).expect("it can be moved");
    let (unknown, report) = service.until(ExecutableState::Unknown);
    let why = unknown.unknown.expect("there is a reason");
    assert!(why.contains("is longer than 4294967296 bytes"), "{why}");
    assert_eq!(report.intact, None);
}
