//! nginx with a cache in front: the command sees past it and names it.

use std::net::SocketAddr;
use std::process::Command;

use tempfile::TempDir;

use crate::client::{Answer, get_with};
use crate::process::{Process, deployed, directory, free_address, text};
use crate::service::{self, NEW, OLD, facts};
use selfsame_testing::clean_environment;
use selfsame_testing::command::{self, Outcome};
use selfsame_testing::requirements::have;
use selfsame_testing::serving::Serving;

/// Runs with the template that users copy, after `change`.
struct Nginx {
    _process: Process,
    address: SocketAddr,
    _directory: TempDir,
}

impl Nginx {
    fn start(service: SocketAddr, change: impl Fn(&str) -> String) -> Self {
        let directory = directory();
        let below = |name: &str| text(&directory.path().join(name));
        let address = free_address();
        let filled = Command::new("envsubst")
            .arg("${API_LISTEN} ${API_ONE} ${CACHE_DIR}")
            .stdin(std::fs::File::open(deployed("nginx/api.conf.template")).expect("it is there"))
            .env("API_LISTEN", address.to_string())
            .env("API_ONE", service.to_string())
            .env("CACHE_DIR", below("cache"))
            .output()
            .expect("envsubst runs");
        let api = change(&String::from_utf8(filled.stdout).expect("it is text"));
        std::fs::write(below("api.conf"), api).expect("it can be written");
        // What the distribution's own file around it says, for a process of our own. One process,
        // so that it leaves no other behind.
        let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("    {kind}_temp_path {};\n", below(kind)))
            .concat();
        let main = format!(
            "daemon off;\nmaster_process off;\npid {};\nerror_log stderr;\nevents {{}}\n\
             http {{\n    access_log off;\n{paths}    include {};\n}}\n",
            below("pid"),
            below("api.conf"),
        );
        std::fs::write(below("nginx.conf"), main).expect("it can be written");
        let mut command = Command::new("nginx");
        command
            .args(["-e", "stderr", "-p", &below(""), "-c", &below("nginx.conf")])
            .env_clear()
            .envs(clean_environment());
        let process = Process::start(&mut command, directory.path()).listens(address);
        Self { _process: process, address, _directory: directory }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The template without the block that keeps the report out of the cache.
fn without_the_block(text: &str) -> String {
    let (before, rest) = text.split_once("    # selfsame:").expect("the block begins");
    let (_, after) = rest.split_once("    # end of selfsame\n").expect("the block ends");
    format!("{before}{after}")
}

/// The same without the header in which it tells of its cache.
fn silent(text: &str) -> String {
    let text = without_the_block(text);
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.contains("add_header")).collect()
}

/// A service behind nginx that somebody asked, and that was then built anew.
fn replaced(change: impl Fn(&str) -> String) -> (Nginx, Serving) {
    let old = service::built_from(OLD);
    let address = old.address();
    let nginx = Nginx::start(address, change);
    for path in ["/__build", "/commit"] {
        assert_eq!(get_as_the_command(&nginx, path).status, 200);
    }
    drop(old);
    (nginx, service::at(address, facts(NEW)))
}

/// Asks with the header by which the report varies, so that one stored answer serves both.
fn get_as_the_command(nginx: &Nginx, path: &str) -> Answer {
    get_with(nginx.address, path, &["Accept: */*"]).expect("nginx answers")
}

fn check(arguments: &[&str]) -> Outcome {
    let binary = env!("CARGO_BIN_EXE_selfsame");
    let mut command = command::command(binary.as_ref(), "/".as_ref());
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "CARGO_TERM_COLOR"] {
        command.env_remove(name);
    }
    command::run(&mut command, &[&["check", "--commit", NEW, "--format=json"], arguments].concat())
}

#[test]
fn a_cache_in_between_is_named_and_the_way_past_it_is_the_same() {
    if !(have("nginx") && have("envsubst")) {
        return;
    }
    // The second gives no sign of its cache: only its answers do.
    for (change, sign) in
        [(without_the_block as fn(&str) -> String, Some("x-cache: HIT")), (silent, None)]
    {
        let (nginx, service) = replaced(change);
        let outcome = check(&[&nginx.url(), &service.url()]);
        assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
        assert_eq!(outcome.document()["begin"], "running");
        let cached = outcome.finding("response-cached");
        assert_eq!(cached["verdict"], "drift", "{cached}");
        assert_eq!(cached["address"], nginx.url());
        let via = &cached["evidence"]["via"];
        assert!(via["proxy"].as_str().is_some_and(|proxy| proxy.contains("nginx/")), "{via}");
        assert_eq!(via.get("cached").and_then(|header| header.as_str()), sign);
        // What is behind it, and what answers past it, is what was asked for.
        let same = |address: &str| {
            let found = |finding: &serde_json::Value| {
                finding["address"] == address && finding["verdict"] == "same"
            };
            outcome.findings("running").iter().any(found)
        };
        assert!(same(&nginx.url()) && same(&service.url()), "{}", outcome.out);

        // It is seen without a way past it, too.
        let outcome = check(&[&nginx.url()]);
        assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
        outcome.finding("response-cached");
    }
}

/// The same with one answer for a path, whatever is asked there.
fn by_path(text: &str) -> String {
    silent(text).replace("proxy_cache api;", "proxy_cache api;\n        proxy_cache_key $uri;")
}

#[test]
fn a_cache_that_ignores_what_is_asked_proves_nothing() {
    if !(have("nginx") && have("envsubst")) {
        return;
    }
    let (nginx, service) = replaced(by_path);
    // So it tells a gate what it wants to hear, and the gate of the process is another.
    let gate = format!("/__build?commit={OLD}");
    assert_eq!(get_as_the_command(&nginx, &gate).status, 200);
    let outcome = check(&[&nginx.url()]);
    assert_eq!(outcome.code, 2, "{}{}", outcome.out, outcome.err);
    outcome.finding("query-ignored");
    // What it has may even be what runs; that it is so, only the process tells.
    let same = Nginx::start(service.address(), by_path);
    assert_eq!(get_as_the_command(&same, "/__build").status, 200);
    assert_eq!(check(&[&same.url()]).code, 2);
    assert_eq!(check(&[&service.url()]).code, 0);
}

#[test]
fn a_proxy_that_leads_elsewhere_is_named() {
    if !(have("nginx") && have("envsubst")) {
        return;
    }
    let (old, new) = (service::built_from(OLD), service::built_from(NEW));
    let nginx = Nginx::start(old.address(), str::to_owned);
    let outcome = check(&[&nginx.url(), &new.url()]);
    assert_eq!(outcome.code, 1, "{}{}", outcome.out, outcome.err);
    let disagree = outcome.finding("addresses-disagree");
    assert_eq!(disagree["address"], nginx.url());
    assert_eq!(disagree["evidence"]["addresses"], serde_json::json!([new.url()]));
    let proxy = disagree["evidence"]["via"]["proxy"].as_str();
    assert!(proxy.is_some_and(|proxy| proxy.contains("nginx/")), "{disagree}");
}

#[test]
fn a_cache_that_leaves_the_report_alone_is_no_matter() {
    if !(have("nginx") && have("envsubst")) {
        return;
    }
    let (nginx, service) = replaced(str::to_owned);
    // The cache is one: the old commit is still told of.
    assert_eq!(get_as_the_command(&nginx, "/commit").body, OLD);
    let outcome = check(&[&nginx.url(), &service.url()]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    // Nor is one that has stored what still runs.
    let same = service::built_from(NEW);
    let nginx = Nginx::start(same.address(), without_the_block);
    for state in ["MISS", "HIT"] {
        let answer = get_as_the_command(&nginx, "/__build");
        assert_eq!((answer.status, answer.header("x-cache")), (200, Some(state)));
    }
    let outcome = check(&[&nginx.url()]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
}
