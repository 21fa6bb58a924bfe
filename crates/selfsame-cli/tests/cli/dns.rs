//! Every address that a name stands for, with a real name server.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fleet::{Fleet, serve_on};
use crate::run::{assert_cannot_tell, assert_says, finish, selfsame};
use crate::server::Server;
use selfsame_testing::clean_environment;
use selfsame_testing::command::Outcome;
use selfsame_testing::requirements::{have, require};

/// A name server on an address of its own. The system's resolver asks port 53 alone.
struct NameServer {
    child: Child,
    address: Ipv4Addr,
}

impl NameServer {
    fn start(hosts: &Path) -> Self {
        let [.., high, low] = std::process::id().to_be_bytes();
        let address = Ipv4Addr::new(127, 53, high, low);
        let mut command = Command::new("dnsmasq");
        command
            .args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"])
            .args(["--bind-interfaces", "--user=root", "--pid-file=", "--port=53"])
            .arg(format!("--listen-address={address}"))
            .arg(format!("--addn-hosts={}", hosts.display()))
            .env_clear()
            .envs(clean_environment())
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let server = Self { child: command.spawn().expect("dnsmasq starts"), address };
        server.until_it_answers("api.test");
        server
    }

    /// Waits until it answers for a name: a query for its A record, by hand.
    fn until_it_answers(&self, name: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("it can be set");
        let mut query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00".to_vec();
        for label in name.split('.') {
            query.push(u8::try_from(label.len()).expect("it is short"));
            query.extend(label.as_bytes());
        }
        query.extend(b"\x00\x00\x01\x00\x01");
        while Instant::now() < end {
            let _ = socket.send_to(&query, (self.address, 53));
            if socket.recv(&mut [0; 512]).is_ok() {
                return;
            }
        }
        panic!("dnsmasq does not answer");
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command where this name server is the resolver's: in a mount namespace of its own.
fn check(fleet: &Fleet, server: Ipv4Addr, target: &str, arguments: &[&str]) -> Outcome {
    let resolv = fleet.project.beside("resolv.conf");
    let text = format!("nameserver {server}\noptions timeout:1 attempts:1\n");
    std::fs::write(&resolv, text).expect("it can be written");
    let selfsame = selfsame();
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""])
        .arg(&resolv)
        .arg(selfsame.get_program())
        .args(["check", target, "--source", &fleet.project.source()])
        .args(arguments)
        .current_dir("/")
        .env_clear()
        .envs(selfsame.get_envs().filter_map(|(name, value)| Some((name, value?))));
    finish(&mut command)
}

#[test]
fn each_address_of_a_name_is_asked_by_its_name_and_one_that_died_is_unknown() {
    let is_root = rustix::process::geteuid().is_root();
    if !have("dnsmasq") || !have("unshare") || !require("the rights of root", is_root) {
        return;
    }
    let fleet = Fleet::new();
    // One port, several addresses.
    let listener = TcpListener::bind("127.77.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it has an address").port();
    let on = |host: u8| TcpListener::bind(SocketAddr::from(([127, 77, 0, host], port)));
    let first = serve_on(listener, fleet.current(1));
    let second = serve_on(on(2).expect("a free address"), fleet.current(2));
    let stale = serve_on(on(3).expect("a free address"), fleet.stale(3));
    let hosts = fleet.project.beside("hosts");
    let record = |hosts_of: &[u8]| {
        let lines = hosts_of.iter().map(|host| format!("127.77.0.{host} api.test\n"));
        std::fs::write(&hosts, lines.collect::<String>()).expect("it can be written");
        NameServer::start(&hosts)
    };
    let target = format!("dns+http://api.test:{port}");

    let server = record(&[1, 2]);
    let outcome = check(&fleet, server.address, &target, &["--replicas", "2"]);
    assert_says("two", &outcome, 0, &["2 of 2 are what source says", &target]);
    let outcome = check(&fleet, server.address, &format!("dns+http://no.test:{port}"), &[]);
    assert_cannot_tell("no name", &outcome, &["replicas-unlisted", "was asked for `no.test`"]);
    drop(server);

    let server = record(&[1, 2, 3]);
    let outcome = check(&fleet, server.address, &target, &[]);
    let address = format!("http://127.77.0.3:{port}");
    assert_says("one stale", &outcome, 1, &["2 of 3", "[commit-behind]", &address]);

    // It dies, and its record stays.
    drop(stale);
    let outcome = check(&fleet, server.address, &target, &[]);
    assert_cannot_tell("one died", &outcome, &["report-unavailable", &address]);
    drop((server, second));
    let server = record(&[1]);
    let outcome = check(&fleet, server.address, &target, &[]);
    assert_says("its record is gone", &outcome, 0, &["1 of 1"]);
    let outcome = check(&fleet, server.address, &target, &["--replicas", "2"]);
    assert_cannot_tell("of two", &outcome, &["replicas-missing"]);
    drop((first, server));
}

#[test]
fn a_name_is_asked_with_its_own_host() {
    let fleet = Fleet::new();
    let report = fleet.current(1);
    let server = Server::deaf(move |request, stream| {
        use std::io::Write as _;

        let is_asked = request.header("host").is_some_and(|host| host.starts_with("localhost:"));
        let text = if is_asked {
            crate::replicas::answered(&report, &request.target)
        } else {
            crate::server::answer("404 Not Found", &[], "")
        };
        let _ = stream.write_all(text.as_bytes());
    });
    // `localhost` may be of two families, of which one answers.
    let target = format!("dns+http://localhost:{}", server.port());
    let outcome = fleet.check(&target, &["--format=json"]);
    let document = outcome.document();
    let replicas = document["replicas"].as_array().expect("a list");
    let address = format!("http://127.0.0.1:{}", server.port());
    let one = replicas.iter().find(|one| one["address"] == *address).expect("it was asked");
    assert_eq!(one["verdict"], "same", "{document}");
}
