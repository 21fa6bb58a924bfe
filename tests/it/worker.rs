//! The background job of `examples/worker.rs`, started for real.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use selfsame_testing::requirements::require;
use selfsame_testing::{clean_environment, profile_directory};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A worker, which ends with the test.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_daemon_ends_itself_once_its_configuration_or_its_executable_was_replaced() {
    let built = profile_directory().join("examples/worker");
    if !require("`examples/worker`, which `cargo test` builds", built.is_file()) {
        return;
    }
    for what in ["config", "executable"] {
        let directory = TempDir::with_prefix("worker-").expect("a temporary directory");
        let at = |name: &str| directory.path().join(name);
        fs::copy(&built, at("worker")).expect("it can be copied");
        fs::write(at("worker.toml"), "queue = 1\n").expect("it can be written");
        let mut child = Command::new(at("worker"))
            .arg("127.0.0.1:0")
            .env_clear()
            .envs(clean_environment())
            .env("WORKER_CONFIG", at("worker.toml"))
            .env("WORKER_LOOK_EVERY_MS", "20")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let said = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut worker = Worker(child);
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            said.lines().map_while(Result::ok).for_each(|line| drop(send.send(line)));
        });
        let next = || lines.recv_timeout(PATIENCE).expect("it says something");
        assert_eq!(next(), "works with \"queue = 1\\n\"");
        let report = next();
        let report = report.strip_prefix("report on ").expect("it says where").to_owned();
        let ask = |question: &str| {
            let agent: ureq::Agent =
                ureq::Agent::config_builder().http_status_as_error(false).build().into();
            agent.get(format!("{report}?{question}")).call().map(|answer| answer.status().as_u16())
        };
        let begun = Instant::now();
        while !matches!(ask("config&intact"), Ok(200)) {
            assert!(begun.elapsed() < PATIENCE, "it never looked");
            std::thread::sleep(Duration::from_millis(5));
        }

        let other = match what {
            "config" => "worker.toml",
            _ => "worker",
        };
        fs::write(at("new"), "queue = 2\n").expect("it can be written");
        fs::rename(at("new"), at(other)).expect("it can be renamed");
        let drift = next();
        let names = ["executable: true", "config: [\"app\"]"].map(|name| drift.contains(name));
        assert_eq!(names, [what == "executable", what == "config"], "{drift}");
        assert!(next().starts_with("ends after "));
        let status = worker.0.wait().expect("it ends");
        assert!(status.success(), "{what}: {status}");
    }
}
