//! Replicas that a list names: each is asked once over one connection, many at a time, and what they
//! come to is a screenful.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use selfsame::report::Report;
use selfsame_testing::command::Outcome;
use selfsame_testing::formats::{assert_github, assert_json, assert_junit};

use crate::project::{Project, report_of};
use crate::replicas::answered;
use crate::run::{assert_cannot_tell, assert_complains, assert_says, finish_with, run, selfsame};
use crate::server::{Server, read};

/// A project whose source moved on, with what runs of the code before and of the code now.
pub(crate) struct Fleet {
    pub(crate) project: Project,
    old: selfsame::stamp::Facts,
    new: selfsame::stamp::Facts,
}

impl Fleet {
    pub(crate) fn new() -> Self {
        let project = Project::new();
        let old = project.facts();
        project.repository.write("src/main.rs", "fn main() {}\n");
        project.repository.commit("Renew");
        let new = project.facts();
        Self { project, old, new }
    }

    /// A process of the code that source has.
    pub(crate) fn current(&self, instance: usize) -> Report {
        report_of(self.new.clone(), instance)
    }

    /// A process of the code before.
    pub(crate) fn stale(&self, instance: usize) -> Report {
        report_of(self.old.clone(), instance)
    }

    /// Writes a list of these addresses, and returns it as a target.
    pub(crate) fn list(&self, addresses: &[String]) -> String {
        let path = self.project.beside("replicas");
        std::fs::write(&path, addresses.join("\n")).expect("it can be written");
        format!("@{}", path.to_str().expect("the path is UTF-8"))
    }

    pub(crate) fn check(&self, target: &str, arguments: &[&str]) -> Outcome {
        let source = self.project.source();
        run(&[&["check", target, "--source", &source], arguments].concat())
    }

    fn check_all(&self, servers: &[Server], arguments: &[&str]) -> Outcome {
        let urls: Vec<String> = servers.iter().map(Server::url).collect();
        self.check(&self.list(&urls), arguments)
    }
}

/// A process that keeps its connections open.
pub(crate) fn serve(report: Report) -> Server {
    serve_counted(report, Arc::default())
}

/// The same on a listener of choice.
pub(crate) fn serve_on(listener: TcpListener, report: Report) -> Server {
    Server::raw_on(listener, move |stream| talk(stream, &report))
}

fn serve_counted(report: Report, connections: Arc<AtomicUsize>) -> Server {
    Server::raw(move |stream| {
        connections.fetch_add(1, Ordering::SeqCst);
        talk(stream, &report);
    })
}

fn talk(mut stream: TcpStream, report: &Report) {
    while let Some(request) = read(&stream) {
        let text = answered(report, &request.target).replace("Connection: close\r\n", "");
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// A process that is gone: nobody listens there.
fn gone() -> String {
    let server = Server::says("");
    server.url()
}

#[test]
fn one_stale_of_many_is_named_on_one_screen() {
    let fleet = Fleet::new();
    let mut servers: Vec<Server> = (0..30).map(|at| serve(fleet.current(at))).collect();
    servers.push(serve(fleet.stale(30)));
    let stale = servers[30].url();
    let outcome = fleet.check_all(&servers, &[]);
    let next = "recreate this replica: others run what source says";
    let words = ["30 of 31 are what source says", "[commit-behind]", &stale, "30 replicas: ", next];
    assert_says("one stale", &outcome, 1, &words);
    assert!(outcome.out.lines().count() <= 24, "more than a screenful:\n{}", outcome.out);
    assert_eq!(outcome.out.matches("http://").count(), 1, "only the stale one:\n{}", outcome.out);

    let outcome = fleet.check_all(&servers, &["--format=json"]);
    let document = assert_json(&outcome);
    let replicas = document["replicas"].as_array().expect("a list");
    assert_eq!(replicas.len(), 31);
    let drifted: Vec<_> = replicas.iter().filter(|one| one["verdict"] == "drift").collect();
    let [drifted] = drifted[..] else { panic!("{document}") };
    assert_eq!(drifted["address"], *stale);
    assert_eq!(drifted["found"]["instance"], format!("{:016x}", 30));
    let outcome = fleet.check_all(&servers, &["--format=junit"]);
    let suites = assert_junit(&outcome);
    let running = suites.suites[0].cases.iter().filter(|one| one.name.contains("running http"));
    assert_eq!(running.count(), 31, "a case each");
    let outcome = fleet.check_all(&servers, &["--format=github"]);
    let annotations = assert_github(&outcome);
    assert!(annotations.iter().any(|one| one.message.contains(&stale)), "{}", outcome.out);

    servers.pop();
    let outcome = fleet.check_all(&servers, &["--replicas", "30"]);
    assert_says("all current", &outcome, 0, &["30 of 30 are what source says"]);
}

#[test]
fn what_many_run_is_one_finding_and_the_worst_comes_first() {
    let fleet = Fleet::new();
    let mut servers: Vec<Server> = (0..3).map(|at| serve(fleet.current(at))).collect();
    servers.extend((3..20).map(|at| serve(fleet.stale(at))));
    let urls: Vec<String> = servers.iter().map(Server::url).chain([gone()]).collect();
    let outcome = fleet.check(&fleet.list(&urls), &[]);
    let words = ["3 of 21", "17 replicas: ", "and 5 more", "[report-unavailable]"];
    assert_says("many stale", &outcome, 1, &words);
    let place = |word: &str| outcome.out.find(word).expect("it is said");
    assert!(place("[commit-behind]") < place("[report-unavailable]"), "{}", outcome.out);
    assert_eq!(outcome.out.matches("[commit-behind]").count(), 1, "{}", outcome.out);
}

#[test]
fn a_list_that_names_nobody_is_never_same() {
    let fleet = Fleet::new();
    let beside = |name: &str, text: &str| {
        let path = fleet.project.beside(name);
        std::fs::write(&path, text).expect("it can be written");
        format!("@{}", path.display())
    };
    for (target, words) in [
        (beside("empty", "# nobody\n\n"), "the list is empty"),
        (beside("empty.json", "[]"), "the list is empty"),
        (beside("broken.json", "[{\"targets\": 1}]"), "as of file_sd"),
        (beside("words", "not a url"), "is invalid"),
        (beside("secret", "http://ada:hunter2@a/"), "password"),
        (beside("other", "ftp://a/"), "scheme http or https"),
        ("@/nonexistent".to_owned(), "cannot be read"),
        ("@/dev/zero".to_owned(), "longer than"),
    ] {
        let outcome = fleet.check(&target, &[]);
        assert_cannot_tell(&target, &outcome, &["replicas-unlisted", words]);
        assert!(!outcome.err.contains("hunter2"), "{}", outcome.err);
    }
    assert_complains("no file", &fleet.check("@", &[]), 64, &["needs the name of a file"]);
    // Nor does another target that is same hide it.
    let good = serve(fleet.current(1));
    let source = fleet.project.source();
    let outcome = run(&["check", &good.url(), "@/nonexistent", "--source", &source]);
    assert_cannot_tell("one of two", &outcome, &["replicas-unlisted"]);
}

#[test]
fn a_list_comes_from_standard_input_and_as_json_of_file_sd() {
    let fleet = Fleet::new();
    let servers = [serve(fleet.current(1)), serve(fleet.current(2))];
    let hosts = servers.each_ref().map(|server| server.url().replace("http://", ""));
    let json =
        format!(r#"[{{"targets": ["{}", "{}"], "labels": {{"job": "api"}}}}]"#, hosts[0], hosts[1]);
    let source = fleet.project.source();
    for list in [json, hosts.join("\n")] {
        let mut command = selfsame();
        command.args(["check", "@-", "--source", &source]);
        let outcome = finish_with(&mut command, list.as_bytes());
        assert_says(&list, &outcome, 0, &["2 of 2 are what source says"]);
    }
}

#[test]
fn replicas_are_counted_by_process() {
    let fleet = Fleet::new();
    let (one, two) = (serve(fleet.current(1)), serve(fleet.current(2)));
    let again = serve(fleet.current(2));
    let list = |servers: &[&Server]| {
        fleet.list(&servers.iter().map(|server| server.url()).collect::<Vec<_>>())
    };
    let outcome = fleet.check(&list(&[&one, &two]), &["--replicas", "2"]);
    assert_says("two of two", &outcome, 0, &[]);
    let outcome = fleet.check(&list(&[&one, &two]), &["--replicas", "3"]);
    assert_cannot_tell("two of three", &outcome, &["replicas-missing", "2 of 3"]);
    // One process under two addresses: somebody else was not asked.
    let outcome = fleet.check(&list(&[&one, &two, &again]), &[]);
    assert_cannot_tell("twice", &outcome, &["shared-instance", &two.url(), &again.url()]);
    // The same line twice is one address.
    let outcome = fleet.check(&list(&[&one, &two, &two]), &["--replicas", "2"]);
    assert_says("one line twice", &outcome, 0, &["2 of 2"]);
    let urls = [one.url(), two.url(), gone()];
    let outcome = fleet.check(&fleet.list(&urls), &[]);
    assert_cannot_tell("one is down", &outcome, &["refuses the connection", &urls[2]]);
}

#[test]
fn an_instance_that_vanishes_between_two_questions_is_unknown() {
    let fleet = Fleet::new();
    let (before, after) = (fleet.current(1), fleet.current(2));
    let turns = AtomicUsize::new(0);
    let server = Server::deaf(move |request, stream| {
        let first = turns.fetch_add(1, Ordering::SeqCst) == 0;
        let report = if first { &before } else { &after };
        let _ = stream.write_all(answered(report, &request.target).as_bytes());
    });
    let outcome = fleet.check(&fleet.list(&[server.url()]), &[]);
    assert_cannot_tell("it was replaced", &outcome, &["instance-changed"]);
}

#[test]
fn each_replica_is_asked_over_one_connection() {
    let fleet = Fleet::new();
    let connections: Arc<AtomicUsize> = Arc::default();
    let servers: Vec<Server> =
        (0..5).map(|at| serve_counted(fleet.current(at), Arc::clone(&connections))).collect();
    let outcome = fleet.check_all(&servers, &[]);
    assert_says("five", &outcome, 0, &["5 of 5"]);
    assert_eq!(connections.load(Ordering::SeqCst), 5);
}

/// So many connections at the same time, and the most there were.
#[derive(Default)]
struct Crowd {
    now: Mutex<(usize, usize)>,
    changed: Condvar,
}

impl Crowd {
    /// Waits until so many are there, or the time is up.
    fn enter(&self, until: usize) {
        let mut now = self.now.lock().expect("no test panicked with it");
        now.0 += 1;
        now.1 = now.1.max(now.0);
        self.changed.notify_all();
        let wait = |now: &mut (usize, usize)| now.1 < until;
        let _ = self.changed.wait_timeout_while(now, Duration::from_secs(20), wait);
    }

    fn leave(&self) {
        self.now.lock().expect("no test panicked with it").0 -= 1;
    }

    fn most(&self) -> usize {
        self.now.lock().expect("no test panicked with it").1
    }
}

#[test]
fn so_many_are_asked_at_the_same_time_and_no_more() {
    let fleet = Fleet::new();
    let crowd = |parallel: &str, until: usize| {
        let crowd: Arc<Crowd> = Arc::default();
        let servers: Vec<Server> = (0..8)
            .map(|at| {
                let (crowd, report) = (Arc::clone(&crowd), fleet.current(at));
                Server::deaf(move |request, stream| {
                    crowd.enter(until);
                    let _ = stream.write_all(answered(&report, &request.target).as_bytes());
                    crowd.leave();
                })
            })
            .collect();
        let arguments = ["--parallel", parallel, "--timeout", "30s"];
        let outcome = fleet.check_all(&servers, &arguments);
        assert_says(parallel, &outcome, 0, &["8 of 8"]);
        crowd.most()
    };
    // None is answered before four have asked.
    assert_eq!(crowd("4", 4), 4);
    assert_eq!(crowd("1", 1), 1);
}

#[test]
fn a_connection_that_breaks_is_tried_again_and_one_that_always_does_is_unknown() {
    let fleet = Fleet::new();
    let flaky = |good_from: usize, half: usize| {
        let report = fleet.current(good_from);
        let turns = AtomicUsize::new(0);
        Server::deaf(move |request, stream| {
            let text = answered(&report, &request.target);
            let is_good = turns.fetch_add(1, Ordering::SeqCst) >= good_from;
            // What is killed in the middle of an answer has sent half of it.
            let sent = if is_good { text.len() } else { text.len() / half };
            let _ = stream.write_all(&text.as_bytes()[..sent]);
        })
    };
    // In the middle of the head, and of the body.
    for half in [20, 2] {
        let server = flaky(1, half);
        let outcome = fleet.check(&fleet.list(&[server.url()]), &[]);
        assert_says("once", &outcome, 0, &["1 of 1"]);
        let server = flaky(usize::MAX, half);
        let outcome = fleet.check(&fleet.list(&[server.url()]), &[]);
        assert_cannot_tell("always", &outcome, &["broke the connection off", "report-unavailable"]);
    }
}

#[test]
fn those_that_hang_hold_up_nobody_else_and_have_one_deadline() {
    let fleet = Fleet::new();
    let mut servers: Vec<Server> = (0..6)
        .map(|_| Server::raw(|mut stream| crate::server::until_closed(&mut stream)))
        .collect();
    servers.extend((0..6).map(|at| serve(fleet.current(at))));
    let begin = Instant::now();
    let outcome = fleet.check_all(&servers, &["--timeout", "500ms", "--parallel", "2"]);
    assert_cannot_tell("they hang", &outcome, &["did not answer within 500ms"]);
    assert_says("they hang", &outcome, 2, &["6 of 12 are what source says"]);
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    // Twelve times the time of a request is what all together have.
    let outcome = fleet.check_all(&servers, &["--timeout", "40ms", "--parallel", "1"]);
    assert_eq!(outcome.code, 2, "{}{}", outcome.out, outcome.err);
}
