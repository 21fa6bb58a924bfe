//! What checks by itself: units for systemd, a line for cron, jobs of CI systems. Each runs the command
//! as its own caller would.

use std::fs;
use std::path::{Path, PathBuf};

use selfsame_testing::command::{self, Outcome};
use selfsame_testing::requirements::have;
use selfsame_testing::serving::Serving;
use selfsame_testing::{formats, yaml};
use tempfile::TempDir;

use crate::process::{deployed, directory, free_address, text};
use crate::prometheus::Source;
use crate::service::{self, NEW, OLD};

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

/// Runs a line of a unit as systemd does, with `${NAME}` as one word.
fn execute(line: &str, directory: &Path, variables: &[(&str, &str)]) -> Outcome {
    let mut words = line.split(' ');
    assert_eq!(words.next(), Some(INSTALLED));
    let value = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.unwrap_or_else(|| panic!("${name} is not set")).1.to_owned()
    };
    let filled = words.map(|word| {
        let name = word.strip_prefix("${").and_then(|name| name.strip_suffix('}'));
        name.map_or_else(|| word.to_owned(), value)
    });
    let arguments: Vec<String> = filled.collect();
    let mut selfsame = command::command(env!("CARGO_BIN_EXE_selfsame").as_ref(), directory);
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
    assert_eq!(execute(&line, Path::new("/"), &[("EXPECTED_COMMIT", NEW)]).code, 0);
    // The port is still held by an old process.
    assert_eq!(execute(&line, Path::new("/"), &[("EXPECTED_COMMIT", OLD)]).code, 1);
    // What the deploy did not write is not taken for anything.
    assert_eq!(execute(&line, Path::new("/"), &[("EXPECTED_COMMIT", "")]).code, 64);
}

/// A checkout whose environment `production` is one service, and that service: of the checkout, or an
/// older one.
struct Production {
    directory: TempDir,
    _service: Serving,
}

impl Production {
    fn new(is_old: bool) -> Self {
        let directory = directory();
        let source = Source::new(directory.path());
        let service = if is_old {
            service::built_from(OLD)
        } else {
            service::at(free_address(), source.built())
        };
        let text = format!(
            "[service.api]\nsource = \".\"\n\n[environment.production]\n\
             api = {{ at = [\"{}\"] }}\n",
            service.url()
        );
        fs::write(directory.path().join("source/selfsame.toml"), text).expect("write");
        Self { directory, _service: service }
    }

    /// The checkout.
    fn path(&self) -> PathBuf {
        self.directory.path().join("source")
    }

    /// Runs a script in the checkout, in a shell that finds the command.
    fn run(&self, shell: &[&str], script: &str) -> Outcome {
        let bin = Path::new(env!("CARGO_BIN_EXE_selfsame")).parent().expect("it has a directory");
        let mut sh = command::command(shell[0].as_ref(), &self.path());
        sh.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        command::run(&mut sh, &[&shell[1..], &["-c", script]].concat())
    }
}

#[test]
fn a_timer_checks_every_service_of_the_environment() {
    let unit = read("systemd/selfsame-check.service");
    let line = setting(&unit, "ExecStart");
    for (is_old, code) in [(false, 0), (true, 1)] {
        let outcome = execute(line, &Production::new(is_old).path(), &[]);
        assert_eq!(outcome.code, code, "{}{}", outcome.out, outcome.err);
    }
}

#[test]
fn cron_mails_what_is_not_same() {
    let file = read("schedule/cron");
    let line = file.lines().find(|line| line.starts_with('*')).expect("a line");
    // Five times, a user, and a command, in which `%` would end it.
    let of_cron = line.splitn(7, ' ').last().expect("a command");
    assert!(line.split(' ').nth(5) == Some("deploy") && !line.contains('%'), "{line}");
    let run = |is_old| {
        let production = Production::new(is_old);
        let script = of_cron.replace("/srv/shop", &text(&production.path()));
        assert_ne!(script, of_cron);
        production.run(&["/bin/sh"], &script)
    };
    let same = run(false);
    assert_eq!((same.out, same.err), (String::new(), String::new()));
    let drift = run(true);
    assert!(drift.out.contains("DRIFT"), "{}{}", drift.out, drift.err);
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
    let script = job["script"][0].as_str().expect("a line");
    let report = job["artifacts"]["reports"]["junit"].as_str().expect("a file");
    for (is_old, code) in [(false, 0), (true, 1)] {
        let production = Production::new(is_old);
        let mut outcome = production.run(&["bash", "-eo", "pipefail"], script);
        assert_eq!(outcome.code, code, "{}", outcome.err);
        outcome.out = fs::read_to_string(production.path().join(report)).expect("a report");
        formats::assert_junit(&outcome);
    }
}
