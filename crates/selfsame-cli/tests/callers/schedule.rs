//! What checks by itself: units for systemd, a line for cron, jobs of CI systems. Each runs the command
//! as its own caller would.

use std::fs;
use std::path::Path;

use selfsame_testing::command::{self, Outcome};
use selfsame_testing::requirements::have;
use selfsame_testing::{formats, yaml};

use crate::process::{deployed, directory, text};
use crate::service::{self, NEW, OLD, TOKEN};

/// Where the units and the line expect the command.
const INSTALLED: &str = "/usr/local/bin/selfsame";

fn read(file: &str) -> String {
    fs::read_to_string(deployed(file)).unwrap_or_else(|error| panic!("`{file}`: {error}"))
}

/// What a unit says for a key.
fn setting<'a>(unit: &'a str, key: &str) -> &'a str {
    let line = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("the unit has no {key}="))
}

/// Runs a line of a unit as systemd does: `${NAME}` is one word, and `$NAME` is split into words.
fn execute(line: &str, variables: &[(&str, &str)]) -> Outcome {
    let mut words = line.split(' ');
    assert_eq!(words.next(), Some(INSTALLED));
    let value = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.unwrap_or_else(|| panic!("${name} is not set")).1.to_owned()
    };
    let arguments: Vec<String> = words
        .flat_map(|word| match word.strip_prefix('$') {
            None => vec![word.to_owned()],
            Some(name) => match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => vec![value(name)],
                None => value(name).split(' ').map(str::to_owned).collect(),
            },
        })
        .collect();
    let mut selfsame = command::command(env!("CARGO_BIN_EXE_selfsame").as_ref(), Path::new("/"));
    command::run(&mut selfsame, &arguments)
}

#[test]
fn systemd_takes_the_units() {
    if !have("systemd-analyze") {
        return;
    }
    let directory = directory();
    let units = ["api.service", "selfsame-check.service", "selfsame-check.timer"];
    for unit in units {
        // The programs have to be there.
        let unit_text = read(&format!("systemd/{unit}"))
            .replace(INSTALLED, env!("CARGO_BIN_EXE_selfsame"))
            .replace("/usr/local/bin/api", "/bin/true");
        fs::write(directory.path().join(unit), unit_text).expect("it can be written");
    }
    let mut analyze = command::command("systemd-analyze".as_ref(), directory.path());
    let verify = ["verify", "--man=no", "--recursive-errors=no"];
    let outcome = command::run(&mut analyze, &[&verify[..], &units].concat());
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    let ours = outcome.err.lines().filter(|line| line.contains(text(directory.path()).as_str()));
    assert_eq!(ours.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn a_start_is_one_of_what_was_deployed() {
    let unit = read("systemd/api.service");
    let service = service::built_from(NEW);
    let line = setting(&unit, "ExecStartPost");
    assert!(line.contains("http://127.0.0.1:8080"), "{line}");
    let line = line.replace("http://127.0.0.1:8080", &service.url()).replace("30s", "1s");
    assert_eq!(execute(&line, &[("EXPECTED_COMMIT", NEW)]).code, 0);
    // The port is still held by an old process.
    assert_eq!(execute(&line, &[("EXPECTED_COMMIT", OLD)]).code, 1);
    // What the deploy did not write is not taken for anything.
    assert_eq!(execute(&line, &[("EXPECTED_COMMIT", "")]).code, 64);
}

#[test]
fn a_timer_checks_what_its_file_says() {
    let unit = read("systemd/selfsame-check.service");
    let service = service::built_from(NEW);
    let line = setting(&unit, "ExecStart");
    for (commit, code) in [(NEW, 0), (OLD, 1)] {
        let check = format!("{} --direct --commit {commit}", service.url());
        assert_eq!(execute(line, &[("CHECK", &check)]).code, code);
    }
}

#[test]
fn cron_mails_what_is_not_same() {
    let file = read("schedule/cron");
    let line = file.lines().find(|line| line.starts_with('*')).expect("a line");
    // Five times, a user, and a command, in which `%` would end it.
    let command_of_cron = line.splitn(7, ' ').last().expect("a command");
    assert!(line.split(' ').nth(5) == Some("deploy") && !line.contains('%'), "{line}");
    let directory = directory();
    let service = service::built_from(NEW);
    let url = service.url();
    let run = |commit: &str| {
        let expected = format!("{url} --direct --commit {commit}");
        let script = command_of_cron
            .replace("/srv/shop", &text(directory.path()))
            .replace("https://api.example.com --source api", &expected);
        assert!(script.contains(&expected), "{script}");
        let bin = Path::new(env!("CARGO_BIN_EXE_selfsame")).parent().expect("it has a directory");
        let mut sh = command::command("/bin/sh".as_ref(), Path::new("/"));
        sh.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).args(["-c", &script]);
        command::run::<&str>(&mut sh, &[])
    };
    let same = run(NEW);
    assert_eq!((same.out, same.err), (String::new(), String::new()));
    let drift = run(OLD);
    assert!(drift.out.contains("[commit-differs]"), "{}{}", drift.out, drift.err);
}

#[test]
fn a_job_of_gitlab_leaves_a_report() {
    if !have("bash") {
        return;
    }
    let job = &yaml::read_one(&deployed("schedule/gitlab-ci.yml"))["drift"];
    for line in job["before_script"].as_array().expect("a list") {
        let mut bash = command::command("bash".as_ref(), Path::new("/"));
        let line = line.as_str().expect("a line");
        assert_eq!(command::run(&mut bash, &["-n", "-c", line]).code, 0, "{line}");
    }
    let service = service::built_from(NEW);
    let directory = directory();
    let script = job["script"][0].as_str().expect("a line");
    let report = job["artifacts"]["reports"]["junit"].as_str().expect("a file");
    for (commit, code) in [(NEW, 0), (OLD, 1)] {
        let check = format!("{} --direct --commit {commit}", service.url());
        let script = script.replace("https://api.example.com --source api", &check);
        let bin = Path::new(env!("CARGO_BIN_EXE_selfsame")).parent().expect("it has a directory");
        let mut bash = command::command("bash".as_ref(), directory.path());
        bash.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        bash.env("SELFSAME_TOKEN", TOKEN);
        let mut outcome = command::run(&mut bash, &["-eo", "pipefail", "-c", &script]);
        assert_eq!(outcome.code, code, "{script}: {}", outcome.err);
        outcome.out = fs::read_to_string(directory.path().join(report)).expect("there is a report");
        formats::assert_junit(&outcome);
    }
}
