//! Caddy: which servers its active health check leaves in.

use std::net::SocketAddr;
use std::process::Command;

use crate::client::get;
use crate::process::{Process, deployed, directory, free_address};
use crate::service::{self, NEW, OLD};
use selfsame_testing::clean_environment;
use selfsame_testing::requirements::have;

/// Whether so many requests in a row get this answer.
fn all_answer(address: SocketAddr, wanted: (u16, &str)) -> bool {
    (0..20).all(|_| {
        let answer = get(address, "/commit");
        answer.is_ok_and(|answer| (answer.status, answer.body.as_str()) == wanted)
    })
}

#[test]
fn the_servers_of_the_commit_answer_and_no_others() {
    if !have("caddy") {
        return;
    }
    let neither = "3f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
    let (new, old) = (service::built_from(NEW), service::built_from(OLD));
    for (commit, answer) in [(NEW, (200, NEW)), (OLD, (200, OLD)), (neither, (503, ""))] {
        let directory = directory();
        let address = free_address();
        let mut command = Command::new("caddy");
        command
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(deployed("caddy/Caddyfile"))
            .env_clear()
            .envs(clean_environment())
            // It keeps its state there.
            .env("HOME", directory.path())
            .env("XDG_CONFIG_HOME", directory.path())
            .env("XDG_DATA_HOME", directory.path())
            .env("API_HOST", address.ip().to_string())
            .env("API_PORT", address.port().to_string())
            .env("API_ONE", new.address().to_string())
            .env("API_TWO", old.address().to_string())
            .env("SELFSAME_COMMIT", commit);
        let mut caddy = Process::start(&mut command, directory.path()).listens(address);
        caddy.until(&format!("all answers are {answer:?}"), || all_answer(address, answer));
    }
}
