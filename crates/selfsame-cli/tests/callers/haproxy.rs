//! HAProxy: what it makes of each answer, read from its own statistics.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::client::{get, get_with};
use crate::process::{Process, deployed, directory, free_address};
use crate::service::{self, NEW, OLD, facts};
use selfsame_testing::clean_environment;
use selfsame_testing::requirements::have;

/// A running HAProxy with its socket for statistics and commands.
#[derive(Debug)]
pub(crate) struct Haproxy {
    process: Process,
    pub(crate) address: SocketAddr,
    pub(crate) socket: PathBuf,
    _directory: TempDir,
}

impl Haproxy {
    /// Starts it with a file of `deploy/haproxy/` and these variables.
    pub(crate) fn start(file: &str, variables: &[(&str, &str)]) -> Self {
        let directory = directory();
        let address = free_address();
        let socket = directory.path().join("haproxy.sock");
        let mut command = Command::new("haproxy");
        command
            .arg("-db")
            .arg("-f")
            .arg(deployed("haproxy").join(file))
            .env_clear()
            .envs(clean_environment())
            .env("HAPROXY_SOCKET", &socket)
            .env("API_LISTEN", address.to_string())
            .envs(variables.iter().copied());
        let mut process = Process::start(&mut command, directory.path()).listens(address);
        process.until("its socket is there", || UnixStream::connect(&socket).is_ok());
        Self { process, address, socket, _directory: directory }
    }

    /// Waits until the servers of the backend `api` are in these states, with these statuses of
    /// their last checks, as in `DOWN 409`.
    #[track_caller]
    fn comes_to(&mut self, states: [(&str, &str); 2]) {
        let Self { process, socket, .. } = self;
        process.until(&format!("{states:?}"), || {
            states.iter().all(|(server, wanted)| state(socket, server) == *wanted)
        });
    }
}

/// What HAProxy says to a command of its runtime API.
fn say(socket: &Path, command: &str) -> String {
    let mut stream = UnixStream::connect(socket).expect("the socket is there");
    writeln!(stream, "{command}").expect("it listens");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("it answers in text");
    said
}

/// The state of a server of the backend `api` and the status of its last check.
fn state(socket: &Path, server: &str) -> String {
    let said = say(socket, "show stat");
    let mut lines = said.trim_start_matches("# ").lines().map(|line| line.split(','));
    let names: Vec<&str> = lines.next().expect("a line of names").collect();
    let column = |name: &str| {
        let column = names.iter().position(|other| *other == name);
        column.unwrap_or_else(|| panic!("there is no column {name}:\n{said}"))
    };
    let rows: Vec<Vec<&str>> = lines.map(Iterator::collect).collect();
    let row = rows
        .iter()
        .filter(|row| row.len() > 1)
        .find(|row| row[column("pxname")] == "api" && row[column("svname")] == server)
        .unwrap_or_else(|| panic!("there is no server {server}:\n{said}"));
    format!("{} {}", row[column("status")], row[column("check_code")])
}

/// The commits of the services that answer so many requests.
fn answering(address: SocketAddr) -> BTreeSet<String> {
    (0..20)
        .map(|_| {
            let answer = get(address, "/commit").expect("HAProxy answers");
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.body
        })
        .collect()
}

#[test]
fn a_server_of_another_commit_is_down() {
    if !have("haproxy") {
        return;
    }
    let (new, old) = (service::built_from(NEW), service::built_from(OLD));
    let (one, two) = (new.address().to_string(), old.address().to_string());
    for (commit, states) in [
        (NEW, [("one", "UP 200"), ("two", "DOWN 409")]),
        (OLD, [("one", "DOWN 409"), ("two", "UP 200")]),
    ] {
        let mut haproxy = Haproxy::start(
            "down.cfg",
            &[("API_ONE", &one), ("API_TWO", &two), ("SELFSAME_COMMIT", commit)],
        );
        haproxy.comes_to(states);
        assert_eq!(answering(haproxy.address), BTreeSet::from([commit.to_owned()]));
    }
}

#[test]
fn a_server_of_another_commit_is_drained() {
    if !have("haproxy") {
        return;
    }
    let (new, old) = (service::built_from(NEW), service::built_from(OLD));
    let (one, two) = (new.address().to_string(), old.address().to_string());
    let mut haproxy = Haproxy::start(
        "drain.cfg",
        &[("API_ONE", &one), ("API_TWO", &two), ("SELFSAME_COMMIT", NEW)],
    );
    haproxy.comes_to([("one", "UP 200"), ("two", "NOLB 404")]);
    assert_eq!(answering(haproxy.address), BTreeSet::from([NEW.to_owned()]));
    // Drained and not down: whoever was there stays.
    let stays = get_with(haproxy.address, "/commit", &["Cookie: server=two"]).expect("it answers");
    assert_eq!((stays.status, stays.body.as_str()), (200, OLD));
    // Built anew, it takes part again.
    let address = old.address();
    drop(old);
    let _mended = service::at(address, facts(NEW));
    haproxy.comes_to([("one", "UP 200"), ("two", "UP 200")]);
}

#[test]
fn the_bare_check_keeps_a_good_server_in() {
    if !have("haproxy") {
        return;
    }
    let (new, old) = (service::built_from(NEW), service::built_from(OLD));
    let (one, two) = (new.address().to_string(), old.address().to_string());
    let mut haproxy = Haproxy::start("bare.cfg", &[("API_ONE", &one), ("API_TWO", &two)]);
    haproxy.comes_to([("one", "UP 200"), ("two", "UP 200")]);
    // It tells that a process answers, and no more.
    let both = BTreeSet::from([NEW.to_owned(), OLD.to_owned()]);
    assert_eq!(answering(haproxy.address), both);
    drop(old);
    haproxy.comes_to([("one", "UP 200"), ("two", "DOWN ")]);
}
