//! What a person sees: help, the ladder, colours, and nothing that a stranger's server could steer
//! the terminal with.
//!
//! `SELFSAME_BLESS=1 cargo test --package selfsame-cli --test cli terminal` writes the snapshots anew.

use std::io::Write as _;
use std::path::Path;

use selfsame::report::Level;
use selfsame::stamp::{Facts, Origin, Revision, Tree};
use serde_json::json;

use crate::project::{Project, report};
use crate::run::{finish, run, selfsame};
use crate::server::{Server, answer, json};
use selfsame_testing::command::Outcome;
use selfsame_testing::kept::assert_kept;

/// Compares a text with the snapshot of this name, or writes it.
#[track_caller]
fn assert_snapshot(name: &str, text: &str) {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots");
    assert_kept(&snapshots.join(format!("{name}.txt")), text);
}

/// The text with placeholders for ports, ids and digests.
fn with_placeholders(text: &str) -> String {
    let mut shown = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        let is_hex = word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let is_port = shown.ends_with("127.0.0.1:");
        match word.len() {
            12 if is_hex => shown.push_str("<12 digits>"),
            40 if is_hex => shown.push_str("<commit>"),
            64 if is_hex => shown.push_str("<digest>"),
            _ if is_port => shown.push_str("<port>"),
            _ => shown.push_str(&word),
        }
        word.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

fn show(outcome: &Outcome) -> String {
    let code = outcome.code;
    let text = format!("{}── standard error\n{}── exit code {code}\n", outcome.out, outcome.err);
    with_placeholders(&text)
}

#[test]
fn the_help_is_as_it_was_agreed() {
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help-check", &["check", "--help"]),
        ("help-inspect", &["inspect", "--help"]),
        ("help-hash", &["hash", "--help"]),
        ("help-stamp", &["stamp", "--help"]),
        ("help-explain", &["explain", "--help"]),
        ("help-completions", &["completions", "--help"]),
        ("help-man", &["man", "--help"]),
    ] {
        let outcome = finish(selfsame().env("COLUMNS", "100").args(arguments));
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{name}");
        assert_snapshot(name, &outcome.out);
    }
    let outcome = run(&["--version"]);
    assert_eq!(outcome.out, concat!("selfsame ", env!("CARGO_PKG_VERSION"), "\n"));
}

/// A service whose one route wants credentials.
fn service(running: Facts) -> Server {
    let text = report(running, Level::Full);
    Server::start(move |request, stream| {
        let text = match request.target.split('?').next().unwrap_or_default() {
            "/__build" => json(&text),
            "/api/v1/billing/invoices" => answer("401 Unauthorized", &[], ""),
            _ => answer("404 Not Found", &[], ""),
        };
        let _ = stream.write_all(text.as_bytes());
    })
}

#[test]
fn the_ladder_reads_well_when_all_is_same() {
    let project = Project::new();
    let server = service(project.facts());
    let outcome = run(&[
        "check",
        &server.url(),
        "--source",
        &project.source(),
        "--route",
        "GET /api/v1/billing/invoices",
    ]);
    assert_snapshot("same", &show(&outcome));
}

#[test]
fn the_ladder_reads_well_when_the_process_was_not_restarted() {
    let project = Project::new();
    let server = service(project.facts());
    project.repository.write("src/modules/workflow.rs", "// steps\n");
    project.repository.commit("Add workflows");
    let artifact = project.artifact(&[project.facts()]);
    let mut outcome = run(&[
        "check",
        &server.url(),
        "--source",
        &project.source(),
        "--artifact",
        &artifact,
        "--route",
        "GET /api/v1/workflows/steps/definitions",
    ]);
    outcome.out = outcome.out.replace(&artifact, "target/release/api");
    assert_snapshot("drift", &show(&outcome));
}

#[test]
fn the_ladder_reads_well_when_nothing_could_be_told() {
    let project = Project::new();
    let mut facts = project.facts();
    facts.commit = None;
    facts.content = None;
    facts.revision = Revision::new(Origin::Unknown, Tree::Unknown);
    facts.unknown("commit", ".git is not in the build context");
    facts.unknown("content", "there is no Cargo.lock");
    facts.unknown("tree", "there is no .git to compare with");
    let server = service(facts);
    let outcome = run(&["check", &server.url(), "--source", &project.source()]);
    assert_snapshot("unknown", &show(&outcome));
}

#[test]
fn what_nobody_asked_for_is_said_only_to_who_asks_for_more() {
    let project = Project::new();
    let report = project.captured(project.facts(), Level::Full);
    let source = project.source();
    let check = |more: &[&str]| {
        run(&[&["check", "--report", &report, "--source", &source], more].concat()).out
    };
    let (plain, verbose) = (check(&[]), check(&["--verbose"]));
    assert!(!plain.contains("skipped") && !plain.contains("expected"), "{plain}");
    assert!(verbose.contains("skipped") && verbose.contains("expected"), "{verbose}");
    assert!(plain.lines().count() < verbose.lines().count());
    assert_eq!(check(&["--quiet"]), "");
}

#[test]
fn nothing_from_outside_steers_the_terminal() {
    let hostile =
        "\u{1b}[2J\u{1b}]0;owned\u{7}\r\u{9b}31m\u{8}\u{7f}\u{202e}\u{2066}\u{2028}x\nerror: y";
    let project = Project::new();
    let mut facts = project.facts();
    facts.commit = None;
    facts.content = None;
    facts.revision = Revision::new(Origin::Unknown, Tree::Unknown);
    for fact in ["commit", "content", "tree"] {
        facts.unknown(fact, hostile);
    }
    facts.packages[0].path = hostile.to_owned();
    facts.modules[0].name = format!("a{hostile}");
    facts.info.changed = vec![hostile.to_owned()];
    facts.build.rustc = Some(hostile.to_owned());
    facts.build.profile = Some(hostile.to_owned());
    let mut claimed = project.facts();
    claimed.revision.origin = Origin::Variable(hostile.to_owned());
    let server = Server::start({
        let (unknown, claimed) =
            (report(facts.clone(), Level::Full), report(claimed.clone(), Level::Full));
        move |request, stream| {
            let text = match request.target.as_str() {
                "/unknown" => json(&unknown),
                "/claimed" => json(&claimed),
                "/level" => json(&json!({ "level": hostile }).to_string()),
                // What an old server may put into a header as it is.
                "/redirect" => answer("302 \u{1b}[2J", &["Location: /\u{9b}31m\u{202e}"], ""),
                _ => answer("302 Found", &["Location: /a\tb\u{9b}"], ""),
            };
            let _ = stream.write_all(text.as_bytes());
        }
    });
    project.repository.write("src/modules/bad\u{9b}31m\u{202e}.rs", "");
    project.repository.commit(hostile);
    let (url, source) = (server.url(), project.source());
    let artifact = project.artifact(&[facts]);
    let second = project.beside("claimed");
    std::fs::write(&second, selfsame::stamp::frame(&crate::project::seal(claimed)))
        .expect("a file");
    let second = second.to_str().expect("the path is UTF-8");
    let hash = ["hash", "--source", &source];
    let mut runs: Vec<Vec<&str>> = vec![
        vec!["inspect", &artifact],
        vec!["inspect", "--json", &artifact],
        vec!["inspect", second],
        vec!["check", "--artifact", &artifact, "--source", &source],
        vec!["check", "--artifact", &artifact, "--source", &source, "--format=json"],
        hash.to_vec(),
        [&hash[..], &["--json"]].concat(),
        vec!["inspect", "\u{1b}[2J\u{202e}"],
        vec!["check", &url, "--route", "GET /\u{9b}\u{1b}"],
        vec!["check", &url, "--commit", "\u{1b}[2J\u{202e}"],
        vec!["check", &url, "--source", "\u{1b}[2J\u{202e}"],
    ];
    for at in ["/unknown", "/claimed", "/level", "/redirect", "/else"] {
        let check =
            ["check", &url, "--source", &source, "--at", at, "--route", "GET /r", "--wait", "1ms"];
        runs.push(check.to_vec());
        runs.push([&check[..], &["--format=json"]].concat());
    }
    for arguments in runs {
        let outcome = run(&arguments);
        for text in [outcome.out, outcome.err] {
            let raw = text.chars().find(|c| {
                (c.is_control() && *c != '\n')
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}')
            });
            assert_eq!(raw, None, "{arguments:?}: {text:?}");
            let forged = text.lines().any(|line| line.starts_with("error: y"));
            assert!(!forged, "{arguments:?}: {text}");
        }
    }
}

#[test]
fn colours_are_for_those_who_want_them() {
    let project = Project::new();
    let report = project.captured(project.facts(), Level::Full);
    let source = project.source();
    let coloured = |variables: &[(&str, &str)], more: &[&str]| {
        let mut command = selfsame();
        command.envs(variables.iter().copied());
        command.args(["check", "--report", &report, "--source", &source]);
        let outcome = finish(command.args(more));
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        outcome.out.contains('\u{1b}')
    };
    // Standard output is not a terminal here.
    assert!(!coloured(&[], &[]));
    assert!(!coloured(&[], &["--color", "never"]));
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!coloured(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!coloured(&[("NO_COLOR", "1")], &[]));
    assert!(!coloured(&[], &["--color", "always", "--format=json"]));
    // The words are the same with colours and without.
    let text = |color| {
        let outcome = run(&["check", "--report", &report, "--source", &source, "--color", color]);
        outcome.out
    };
    assert_eq!(without_colours(&text("always")), text("never"));
}

fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut escaped = false;
    for c in text.chars() {
        match c {
            '\u{1b}' => escaped = true,
            'm' if escaped => escaped = false,
            _ if escaped => {}
            c => plain.push(c),
        }
    }
    plain
}

/// Runs the command with a terminal of so many columns as its standard output.
#[cfg(unix)]
fn on_terminal(columns: u16, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    use std::io::Read as _;
    use std::process::Stdio;

    use rustix::fs::{Mode, OFlags};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};

    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
    grantpt(&ours).expect("it is ours");
    unlockpt(&ours).expect("it can be opened");
    let name = ptsname(&ours, Vec::new()).expect("it has a name");
    let theirs = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty());
    let theirs = theirs.expect("it can be opened");
    let size = Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&theirs, size).expect("it has a size");
    let mut command = selfsame();
    command.env("TERM", "xterm").envs(variables.iter().copied());
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).stdout(theirs);
    let mut child = command.spawn().expect("the command runs");
    // Its end is the last of the other side that is open.
    drop(command);
    let mut text = Vec::new();
    // That the other side is gone is an error on Linux.
    let _ = std::fs::File::from(ours).read_to_end(&mut text);
    child.wait().expect("it ends");
    let text = String::from_utf8(text).expect("it is text");
    without_colours(&text.replace("\r\n", "\n"))
}

#[cfg(unix)]
#[test]
fn lines_are_as_wide_as_the_terminal() {
    let project = Project::new();
    let facts = project.facts();
    let report = project.captured(facts, Level::Full);
    for number in 0..9 {
        project.repository.write(&format!("src/modules/workflow_{number}.rs"), "// steps\n");
    }
    project.repository.commit("Add workflows with definitions, steps and what they lead to");
    let source = project.source();
    let arguments = ["check", "--report", &report, "--source", &source];
    let whole = run(&arguments).out;
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let longest = whole.lines().map(|line| line.chars().count()).max();
    assert!(longest > Some(100), "nothing has to be wrapped: {whole}");
    for (columns, variable, width) in
        [(60, None, 60), (100, None, 100), (200, Some("70"), 70), (80, Some("wide"), 80)]
    {
        let variables: Vec<_> = variable.map(|value| ("COLUMNS", value)).into_iter().collect();
        let text = on_terminal(columns, &variables, &arguments);
        assert_eq!(words(&text), words(&whole), "no word is lost or cut");
        let mut is_detail = false;
        for line in text.lines() {
            let length = line.chars().count();
            let is_one_word = line.split_whitespace().count() == 1;
            assert!(length <= width || is_one_word, "{length} of {width}: {line:?}\n{text}");
            // What is wrapped stands below the value.
            let indent = length - line.trim_start().len();
            assert!(matches!(indent, 0 | 2 | 4 | 22 | 23 | 33), "{indent}: {line:?}\n{text}");
            assert!(indent != 33 || is_detail, "it hangs from nothing: {line:?}");
            is_detail = matches!(indent, 22 | 33);
        }
        assert!(text.lines().any(|line| line.starts_with(&" ".repeat(33))), "{text}");
        assert!(text.lines().count() > whole.lines().count());
    }
    // What is not a terminal gets whole lines, whatever a variable says.
    let piped = finish(selfsame().env("COLUMNS", "60").args(arguments));
    assert_eq!(piped.out, whole);
}
