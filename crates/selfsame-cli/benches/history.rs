//! How long history takes: `cargo bench --package selfsame-cli --bench history`.
//!
//! Prints the table of docs/history.md. One repository alone: `-- even` or `-- sparse` at the end.
//! Nothing here decides a test.

#![expect(clippy::print_stdout, reason = "the table is the result")]

#[path = "history/project.rs"]
mod project;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use selfsame_testing::{clean_environment, repository};

use self::project::Shape;

/// How many commits are checked out one by one.
const CHECKED_OUT: usize = 20;

/// How many commits the short walk looks at.
const NEWEST: usize = 400;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let shapes = [
        ("even", Shape { commits: 20_000, files: 1_000, of_content: 97 }),
        ("sparse", Shape { commits: 25_000, files: 1_000, of_content: 48 }),
    ];
    println!("| repository | run | time | processor | memory |");
    println!("|---|---|---|---|---|");
    for (name, shape) in shapes {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            measure(shape);
        }
    }
}

fn measure(shape: Shape) {
    let directory = tempfile::TempDir::with_prefix("history-").expect("a temporary directory");
    let made = project::make(directory.path(), shape);
    // No commit has it, so that all are looked at.
    let nothing = "0".repeat(63) + "1";
    let changed = changing(directory.path());
    let name = format!("{} commits, {changed} change content", shape.commits);
    let row = |what: &str, (time, processor, memory): (Duration, f64, u64)| {
        let time = time.as_secs_f64();
        println!("| {name} | {what} | {time:.2} s | {processor:.2} s | {memory} MiB |");
    };
    let locate = |arguments: &[&str]| {
        let source = directory.path().join("api");
        let mut command = Command::new(env!("CARGO_BIN_EXE_selfsame"));
        command.args(["locate", &nothing, "--source"]).arg(source).args(arguments);
        run(command)
    };
    let cache = directory.path().join(".git/selfsame");
    let forget = || {
        let _ = std::fs::remove_dir_all(&cache);
    };
    forget();
    let newest = made.git(["rev-list", "--max-count=400", "--format=%ct", "HEAD"]);
    let since = newest.lines().last().unwrap_or_default().to_owned();
    row(&format!("the newest {NEWEST}, cold"), locate(&["--since", &format!("@{since}")]));
    forget();
    row("all, cold", locate(&[]));
    row("all, from the cache", locate(&[]));
    row(&format!("`git checkout` + `selfsame hash`, {CHECKED_OUT} commits"), one_by_one(&made));
}

/// How many commits have another content than each of their parents.
fn changing(directory: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selfsame"));
    command.args(["locate", &"0".repeat(64), "--format", "json", "--source"]);
    let output = command
        .arg(directory.join("api"))
        .env_clear()
        .envs(clean_environment())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("selfsame runs");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    document["looked-at"]["matter"].to_string()
}

/// The time, the processor's time and the most memory in MiB.
fn run(mut command: Command) -> (Duration, f64, u64) {
    command.env_clear().envs(clean_environment()).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let before = processor_time();
    let started = Instant::now();
    let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("selfsame runs");
    let status = format!("/proc/{}/status", child.id());
    let mut memory = 0;
    // Until it ends, which a blocking wait would hide.
    while child.try_wait().expect("it can be waited for").is_none() {
        memory = memory.max(high_water(&status));
        std::thread::sleep(Duration::from_millis(2));
    }
    (started.elapsed(), processor_time() - before, memory)
}

fn high_water(status: &str) -> u64 {
    let status = std::fs::read_to_string(status).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The user's and the system's time of programs that ended, with theirs, as Linux tells it.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(13).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// What people do without history: check out one commit after another.
fn one_by_one(made: &repository::Repository) -> (Duration, f64, u64) {
    let commits = made.git(["rev-list", &format!("--max-count={CHECKED_OUT}"), "HEAD"]);
    let (mut time, mut processor, mut memory) = (Duration::ZERO, 0.0, 0);
    for commit in commits.lines() {
        let mut checkout = repository::git(made.path());
        checkout.args(["checkout", "--quiet", commit]);
        let mut hash = Command::new(env!("CARGO_BIN_EXE_selfsame"));
        hash.args(["hash", "--source"]).arg(made.path().join("api"));
        for command in [checkout, hash] {
            let (one, two, three) = run(command);
            time += one;
            processor += two;
            memory = memory.max(three);
        }
    }
    (time, processor, memory)
}
