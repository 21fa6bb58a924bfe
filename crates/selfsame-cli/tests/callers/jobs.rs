//! The jobs of a real Prometheus as sources of replicas: each target asked, and judged as scraped.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use selfsame_testing::clean_environment;
use selfsame_testing::command::{self, Outcome};
use selfsame_testing::requirements::have;
use selfsame_testing::serving::Serving;

use crate::process::{Process, directory, free_address, text};
use crate::prometheus::Source;
use crate::service::{self, OLD};

fn check(source: &Source, target: &str, arguments: &[&str]) -> Outcome {
    let binary = Path::new(env!("CARGO_BIN_EXE_selfsame"));
    let mut selfsame = command::command(binary, source.path());
    selfsame.args(["check", target, "--source", "."]);
    command::run(&mut selfsame, arguments)
}

#[track_caller]
fn assert_says(outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, code, "{}{}", outcome.out, outcome.err);
    for word in words {
        let is_said = outcome.out.contains(word) || outcome.err.contains(word);
        assert!(is_said, "{word:?} is not said:\n{}{}", outcome.out, outcome.err);
    }
}

/// A Prometheus with these jobs.
fn scrape(below: &Path, jobs: &[(&str, Vec<String>)]) -> (Process, String) {
    let mut config =
        "global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs:\n".to_owned();
    for (job, targets) in jobs {
        let targets = targets.join(", ");
        let _ = writeln!(
            config,
            "  - job_name: {job}\n    metrics_path: /__build/metrics\n    static_configs: [{{ targets: [{targets}] }}]"
        );
    }
    std::fs::write(below.join("prometheus.yml"), config).expect("it can be written");
    let address = free_address();
    let mut prometheus = Command::new("prometheus");
    prometheus
        .arg(format!("--config.file={}", text(&below.join("prometheus.yml"))))
        .arg(format!("--storage.tsdb.path={}", text(&below.join("data"))))
        .arg(format!("--web.listen-address={address}"))
        .env_clear()
        .envs(clean_environment());
    let prometheus = Process::start(&mut prometheus, below).listens(address);
    (prometheus, format!("prometheus+http://{address}"))
}

#[test]
fn each_job_is_asked_and_judged_as_scraped() {
    if !have("prometheus") {
        return;
    }
    let directory = directory();
    let source = Source::new(directory.path());
    let built = source.built();
    let good: Vec<Serving> = (0..3).map(|_| service::at(free_address(), built.clone())).collect();
    let stale = service::built_from(OLD);
    let shown = |one: &Serving| one.address().to_string();
    let all: Vec<String> = good.iter().map(shown).collect();
    let dead = free_address().to_string();
    let jobs = [
        ("api", all.clone()),
        ("mixed", vec![all[0].clone(), shown(&stale)]),
        ("dying", vec![all[0].clone(), dead.clone()]),
    ];
    let (mut prometheus, server) = scrape(directory.path(), &jobs);
    let target = |job: &str| format!("{server}/?job={job}");
    prometheus.until("all is scraped", || {
        let scraped = |job: &str, count: &str| {
            check(&source, &target(job), &["--as-scraped"]).out.contains(count)
        };
        scraped("api", "3 of 3") && scraped("mixed", "1 of 2") && scraped("dying", "1 of 2")
    });
    for how in [&[][..], &["--as-scraped"]] {
        assert_says(&check(&source, &target("api"), how), 0, &["3 of 3 are what source says"]);
        let words = ["1 of 2 are what source says", "drift", &shown(&stale)];
        assert_says(&check(&source, &target("mixed"), how), 1, &words[..1]);
        assert_says(&check(&source, &target("mixed"), how), 1, &words[2..]);
        let outcome = check(&source, &target("dying"), how);
        assert_says(&outcome, 2, &["report-unavailable", &dead]);
        let outcome = check(&source, &target("no such job"), how);
        assert_says(&outcome, 2, &["replicas-unlisted", "no such job"]);
    }
    let outcome = check(&source, &target("api"), &["--as-scraped"]);
    assert_says(&outcome, 0, &["[as-scraped]"]);
    let outcome = check(&source, &target("api"), &["--as-scraped", "--route", "GET /"]);
    assert_eq!(outcome.code, 64, "{}", outcome.err);
    let nobody = free_address();
    let outcome = check(&source, &format!("prometheus+http://{nobody}/?job=api"), &[]);
    assert_says(&outcome, 2, &["replicas-unlisted", "refuses the connection"]);
    assert_eq!(check(&source, "prometheus+http://a:1/?jb=api", &[]).code, 64);
}
