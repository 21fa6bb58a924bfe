//! Prometheus: the rules by its own tool, and a real one that scrapes real services.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use selfsame::stamp::{Digest, Facts};
use serde_json::Value;

use crate::client::get;
use crate::process::{Process, deployed, directory, free_address, text};
use crate::service::{self, OLD, TOKEN, facts, module};
use selfsame_testing::clean_environment;
use selfsame_testing::command;
use selfsame_testing::repository::Repository;
use selfsame_testing::requirements::have;
use selfsame_testing::serving::Serving;

/// Runs Prometheus' own tool in its directory of `deploy/`, which has to be content.
fn promtool(arguments: &[&str], input: Option<&Path>) {
    let mut promtool = Command::new("promtool");
    promtool.args(arguments).current_dir(deployed("prometheus"));
    promtool.env_clear().envs(clean_environment());
    match input {
        Some(path) => promtool.stdin(std::fs::File::open(path).expect("the input is there")),
        None => promtool.stdin(Stdio::null()),
    };
    let output = promtool.output().expect("promtool runs");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {arguments:?}:\n{said}");
}

#[test]
fn the_rules_alert_on_what_they_are_for_and_on_nothing_else() {
    if have("promtool") {
        promtool(&["check", "rules", "selfsame.rules.yml"], None);
        promtool(&["check", "config", "--syntax-only", "prometheus.yml"], None);
        promtool(&["test", "rules", "tests/selfsame.test.yml"], None);
    }
}

#[test]
fn every_rule_has_a_test_in_which_it_fires() {
    let read = |file: &str| {
        let path = deployed("prometheus").join(file);
        std::fs::read_to_string(path).expect("the file is there")
    };
    let rules = read("selfsame.rules.yml");
    let rules: Vec<_> = rules.lines().filter_map(|line| line.split_once("alert: ")).collect();
    assert!(rules.len() >= 7, "{rules:?}");
    let tests = read("tests/selfsame.test.yml");
    for (_, rule) in rules {
        let fires = format!("alertname: {rule}\n        exp_alerts:\n");
        assert!(tests.contains(&fires), "{rule} fires in no test");
    }
}

const MANIFEST: &str = "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n\
                        [package.metadata.selfsame]\nmodules = [\"src/modules\"]\n";

/// A package `api` whose source expects two modules.
pub(crate) struct Source(Repository);

impl Source {
    pub(crate) fn new(directory: &Path) -> Self {
        let repository = Repository::init(&directory.join("source"));
        for (path, text) in [
            ("Cargo.toml", MANIFEST),
            ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n"),
            ("src/main.rs", "mod modules;\nfn main() {}\n"),
            ("src/modules/mod.rs", "mod billing;\nmod workflow;\n"),
            ("src/modules/billing.rs", "// bills\n"),
            ("src/modules/workflow.rs", "// works\n"),
        ] {
            repository.write(path, text);
        }
        repository.commit("Work");
        Self(repository)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn hash(&self, form: &str) -> String {
        let mut command = command::command(env!("CARGO_BIN_EXE_selfsame").as_ref(), self.0.path());
        let outcome = command::run(&mut command, &["hash", form]);
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        outcome.out
    }

    /// What a build of it carries.
    pub(crate) fn built(&self) -> Facts {
        let json: Value = serde_json::from_str(&self.hash("--json")).expect("it is JSON");
        let mut facts = facts(&self.0.head());
        let content = json["content"].as_str().expect("there is a content");
        facts.content = Some(content.parse::<Digest>().expect("it is a digest"));
        facts.modules = vec![module("billing"), module("workflow")];
        facts
    }

    /// Writes what it expects, as a deploy does.
    pub(crate) fn expect(&self, directory: &Path) {
        // The exporter may read at any time.
        let half = directory.join("selfsame.prom.new");
        std::fs::write(&half, self.hash("--metrics")).expect("it can be written");
        std::fs::rename(half, directory.join("selfsame.prom")).expect("it can be renamed");
    }
}

#[test]
fn what_is_expected_is_well_formed() {
    if !have("promtool") {
        return;
    }
    let directory = directory();
    Source::new(directory.path()).expect(directory.path());
    promtool(&["check", "metrics"], Some(&directory.path().join("selfsame.prom")));
}

/// Copies the files that users copy, with times that a test can wait for.
fn configure(to: &Path, services: &[&Serving], expected: SocketAddr, alertmanagers: &[SocketAddr]) {
    let below = |name: &str| to.join(name);
    let copy = |name: &str, slow: &[&str], fast: &str| {
        let file = std::fs::read_to_string(deployed("prometheus").join(name)).expect("it is there");
        let fast = slow.iter().fold(file, |file, slow| {
            assert!(file.contains(slow), "`{name}` says {slow} nowhere");
            file.replace(slow, fast)
        });
        std::fs::write(below(name), fast).expect("it can be written");
    };
    copy("prometheus.yml", &["15s"], "200ms");
    copy("selfsame.rules.yml", &["15m", "5m"], "1s");
    std::fs::write(below("token"), TOKEN).expect("it can be written");
    std::fs::create_dir(below("targets")).expect("it can be made");
    let targets = |name: &str, addresses: Vec<SocketAddr>| {
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        let json = serde_json::json!([{ "targets": addresses }]).to_string();
        std::fs::write(below("targets").join(name), json).expect("it can be written");
    };
    targets("api.json", services.iter().map(|service| service.address()).collect());
    targets("expected.json", vec![expected]);
    targets("alertmanagers.json", alertmanagers.to_vec());
}

/// A Prometheus that scrapes services and what is expected of them, and the exporter of the latter.
pub(crate) struct Prometheus {
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    _exporter: Process,
}

impl Prometheus {
    /// Starts both in `directory`, below which `source` writes what it expects into `textfile`.
    pub(crate) fn start(
        directory: &Path,
        source: &Source,
        services: &[&Serving],
        alertmanagers: &[SocketAddr],
    ) -> Self {
        let below = |name: &str| directory.join(name);
        std::fs::create_dir(below("textfile")).expect("it can be made");
        source.expect(&below("textfile"));
        let expected = free_address();
        let mut exporter = Command::new("prometheus-node-exporter");
        exporter
            .args(["--collector.disable-defaults", "--collector.textfile"])
            .arg(format!("--collector.textfile.directory={}", text(&below("textfile"))))
            .arg(format!("--web.listen-address={expected}"))
            .env_clear()
            .envs(clean_environment());
        let exporter = Process::start(&mut exporter, directory).listens(expected);
        configure(directory, services, expected, alertmanagers);
        let address = free_address();
        let mut prometheus = Command::new("prometheus");
        prometheus
            .arg(format!("--config.file={}", text(&below("prometheus.yml"))))
            .arg(format!("--storage.tsdb.path={}", text(&below("data"))))
            .arg(format!("--web.listen-address={address}"))
            .env_clear()
            .envs(clean_environment());
        let process = Process::start(&mut prometheus, directory).listens(address);
        Self { address, process, _exporter: exporter }
    }
}

/// The alerts that fire, each with its summary.
fn firing(prometheus: SocketAddr) -> BTreeSet<(String, String)> {
    let answer = get(prometheus, "/api/v1/alerts").ok();
    let json: Value =
        answer.and_then(|answer| serde_json::from_str(&answer.body).ok()).unwrap_or_default();
    let alerts = json["data"]["alerts"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let alerts = alerts.iter().filter(|alert| alert["state"] == "firing");
    alerts
        .map(|alert| (text(&alert["labels"]["alertname"]), text(&alert["annotations"]["summary"])))
        // Whether a test's own executable can be looked at is not a matter here.
        .filter(|(name, _)| name != "SelfsameUnknown")
        .collect()
}

fn alerts<const N: usize>(alerts: [(&str, &str); N]) -> BTreeSet<(String, String)> {
    alerts.map(|(name, summary)| (name.to_owned(), summary.to_owned())).into()
}

#[test]
fn a_real_one_alerts_on_the_one_of_three_that_is_stale() {
    if !(have("prometheus") && have("prometheus-node-exporter")) {
        return;
    }
    let directory = directory();
    let below = |name: &str| directory.path().join(name);
    let source = Source::new(directory.path());
    let built = source.built();
    let good = [0, 1].map(|_| service::at(free_address(), built.clone()));
    // It has another content, and lacks a module.
    let stale = service::built_from(OLD);

    let services = [&good[0], &good[1], &stale];
    let Prometheus { address, process: mut prometheus, _exporter } =
        Prometheus::start(directory.path(), &source, &services, &[]);

    let missed = alerts([
        ("SelfsameSkew", "api: 2 different builds answer as api"),
        ("SelfsameNotExpected", "api: 1 replicas of api are not what source says"),
        ("SelfsameModuleMissing", "api: only 2 replicas have the module workflow"),
    ]);
    prometheus.until("the stale one is alerted on", || firing(address) == missed);
    // It is deployed to, and there is nothing to alert on.
    let at = stale.address();
    drop(stale);
    let _mended = service::at(at, built);
    prometheus.until("nothing is alerted on", || firing(address).is_empty());
    // Source moves on, and all are equally old.
    source.0.write("src/main.rs", "mod modules;\nfn main() { /* more */ }\n");
    source.0.commit("Move on");
    source.expect(&below("textfile"));
    let old = alerts([("SelfsameNotExpected", "api: 3 replicas of api are not what source says")]);
    prometheus.until("all are alerted on", || firing(address) == old);
}
