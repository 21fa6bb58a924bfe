//! A switch from blue to green behind HAProxy, under load.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::client::Client;
use crate::haproxy::Haproxy;
use crate::process::{comes_true, deployed, directory, free_address, text};
use crate::service::{self, NEW, OLD, facts};
use selfsame_testing::clean_environment;
use selfsame_testing::requirements::have;

/// What green runs before it is deployed to.
const OLDER: &str = "3f0c2d3e4b5a69788796a5b4c3d2e1f001234567";

/// Equal answers in a row, and how many.
type Answers = Vec<(String, usize)>;

/// Clients that ask again and again, half of them for what takes its time.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<(Arc<Mutex<Answers>>, JoinHandle<()>)>,
}

impl Load {
    fn on(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |index: usize| {
            let path = if index.is_multiple_of(2) { "/commit" } else { "/slow" };
            let stop = Arc::clone(&stop);
            let answers: Arc<Mutex<Answers>> = Arc::default();
            let record = Arc::clone(&answers);
            let thread = std::thread::spawn(move || {
                let mut client = Client::new(address);
                while !stop.load(Ordering::SeqCst) {
                    // Nothing is asked twice: a request without an answer is lost.
                    let answer = match client.get(path, &[]) {
                        Ok(answer) if answer.status == 200 => answer.body,
                        Ok(answer) => format!("status {}", answer.status),
                        Err(error) => format!("no answer: {error}"),
                    };
                    let mut record = record.lock().expect("nobody panics with it");
                    match record.last_mut() {
                        Some((last, times)) if *last == answer => *times += 1,
                        _ => record.push((answer, 1)),
                    }
                    drop(record);
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            (answers, thread)
        };
        Self { clients: (0..8).map(client).collect(), stop }
    }

    fn answers(&self) -> Vec<Answers> {
        let read = |answers: &Mutex<Answers>| answers.lock().expect("nobody panics").clone();
        self.clients.iter().map(|(answers, _)| read(answers)).collect()
    }

    /// Waits until each client was answered by a service of this commit, and some more times.
    fn all_reach(&self, commit: &str) {
        let reached = |answers: &Answers| {
            answers.last().is_some_and(|(answer, times)| answer == commit && *times >= 3)
        };
        let reach = comes_true(|| self.answers().iter().all(reached));
        assert!(reach, "not all reach {commit}: {:?}", self.answers());
    }

    fn end(self) -> Vec<Answers> {
        let Self { stop, clients } = self;
        stop.store(true, Ordering::SeqCst);
        let end = |(answers, thread): (Arc<Mutex<Answers>>, JoinHandle<()>)| {
            thread.join().expect("no client panics");
            answers.lock().expect("nobody panics with it").clone()
        };
        clients.into_iter().map(end).collect()
    }
}

/// The script that users copy, told to move to green.
fn switch(haproxy: &Haproxy, green: SocketAddr, map: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .arg(deployed("haproxy/switch.sh"))
        .args(["green", &format!("http://{green}"), NEW])
        .env_clear()
        .envs(clean_environment())
        .env("no_proxy", "*")
        .env("HAPROXY_SOCKET", &haproxy.socket)
        .env("LIVE_MAP", map);
    command
}

#[test]
fn traffic_moves_when_green_answers_with_the_commit_and_nothing_is_lost() {
    if !(have("haproxy") && have("curl") && have("socat")) {
        return;
    }
    let directory = directory();
    let map = directory.path().join("live.map");
    std::fs::write(&map, "live blue\n").expect("it can be written");
    let live = || std::fs::read_to_string(&map).expect("it can be read");

    let blue = service::built_from(OLD);
    let green = free_address();
    // It is up and well, and is what was there before.
    let before = service::at(green, facts(OLDER));
    let haproxy = Haproxy::start(
        "blue-green.cfg",
        &[
            ("API_BLUE", &blue.address().to_string()),
            ("API_GREEN", &green.to_string()),
            ("LIVE_MAP", &text(&map)),
        ],
    );
    let load = Load::on(haproxy.address);
    load.all_reach(OLD);
    let refused = switch(&haproxy, green, &map).env("SWITCH_TRIES", "1").output();
    let refused = refused.expect("the script runs");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("409"), "{said}");
    assert_eq!(live(), "live blue\n");

    // The deploy begins to wait, then green goes away, and comes back as what it should be.
    let mut waiting = switch(&haproxy, green, &map);
    let waiting = std::thread::spawn(move || waiting.output().expect("the script runs"));
    drop(before);
    let _after = service::at(green, facts(NEW));
    let moved = waiting.join().expect("it does not panic");
    assert!(moved.status.success(), "{}", String::from_utf8_lossy(&moved.stderr));
    assert_eq!(live(), "live green\n");
    load.all_reach(NEW);
    // Every request was answered, by blue and then by green, and by nothing else in between.
    for answers in load.end() {
        let order: Vec<&str> = answers.iter().map(|(answer, _)| answer.as_str()).collect();
        assert_eq!(order, [OLD, NEW], "{answers:?}");
    }
}
