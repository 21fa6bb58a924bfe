//! Arguments, files and surroundings that are not what they should be.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use selfsame::report::Level;
use selfsame::stamp::frame;

use crate::project::{Project, report, seal};
use crate::run::{
    assert_cannot_tell, assert_complains, assert_says, finish, run, selfsame, selfsame_in,
};
use crate::server::{Server, json};
use selfsame_testing::command::install;
use selfsame_testing::requirements::require;

/// A URL that no test may come to ask.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn a_url_that_names_no_service_is_refused_without_its_secrets() {
    for (url, words) in [
        ("api.example.com", "needs a scheme and a host"),
        ("/api", "needs a scheme and a host"),
        ("", "name a service"),
        ("http://", "name a service"),
        ("http://a b", "name a service"),
        ("ftp://api.example.com", "needs the scheme http or https"),
        ("file:///etc/passwd", "name a service"),
        ("http://api.example.com/?token=hunter2", "has a query"),
        ("http://api.example.com/x?hunter2", "has a query"),
        ("https://ada:hunter2@api.example.com", "--token-env"),
        ("ada:hunter2@api.example.com", "--token-env"),
        ("ftp://ada:hunter2@api.example.com", "--token-env"),
        ("https://ada:hunter2 @api.example.com", "--token-env"),
        ("http://a\u{1b}[31m", "name a service"),
    ] {
        let outcome = run(&["check", url]);
        assert_complains(url, &outcome, 64, &["the URL", words]);
        assert!(!outcome.err.contains("hunter2"), "{url}: {}", outcome.err);
        assert!(!outcome.err.contains('\u{1b}'), "{url}: {}", outcome.err);
    }
}

#[test]
fn arguments_that_do_not_make_a_question_are_refused() {
    let secret = "s3cr3t-value";
    let cases: &[(&[&str], &str)] = &[
        (&["check"], "nothing to check"),
        (&["check", NOWHERE, "--route", "get /api"], "'METHOD path'"),
        (&["check", NOWHERE, "--route", "GET api"], "'METHOD path'"),
        (&["check", NOWHERE, "--route", "/api"], "'METHOD path'"),
        (&["check", NOWHERE, "--route", "GET /a b"], "a space within the path is %20"),
        (&["check", NOWHERE, "--route", ""], "'METHOD path'"),
        (&["check", NOWHERE, "--route", "GET /a\n/b"], "'METHOD path'"),
        (&["check", NOWHERE, "--at", "__build"], "must start with `/`"),
        (&["check", "--artifact", "/bin/sh", "--route", "GET /"], "give its URL"),
        (&["check", "--report", "-", "--route", "GET /"], "give its URL"),
        (&["check", NOWHERE, "--token-env", "SELFSAME_NO_SUCH"], "SELFSAME_NO_SUCH is not set"),
        (&["check", NOWHERE, "--bearer-env", "SELFSAME_NO_SUCH"], "SELFSAME_NO_SUCH is not set"),
        (&["check", NOWHERE, "--token-env", ""], "is not set"),
        (&["check", NOWHERE, "--token-env", "EMPTY"], "EMPTY is not set, is empty"),
        (&["check", NOWHERE, "--token-env", "BLANK"], "BLANK is not set, is empty"),
        (&["check", NOWHERE, "--token-env", "BROKEN"], "characters that no header may have"),
        (&["check", NOWHERE, "--header", secret], "--header number 1"),
        (&["check", NOWHERE, "--header", "a: b", "--header", ": s3cr3t-value"], "number 2"),
        (&["check", NOWHERE, "--header", "X: s3cr3t-value\nY: z"], "--header number 1"),
        (&["check", NOWHERE, "--header", "a b: s3cr3t-value"], "--header number 1"),
        (&["check", NOWHERE, "--commit", "HEAD"], "without --source"),
        (&["check", NOWHERE, "--commit", "1f0c2d3"], "40 or 64 lowercase hexadecimal digits"),
        (&["check", NOWHERE, "--commit", "1f0c2d3"], "the current directory is not a package"),
        (&["check", NOWHERE, "--commit", ""], "without --source"),
    ];
    for (arguments, words) in cases {
        let mut command = selfsame();
        command.env("EMPTY", "").env("BLANK", " \n").env("BROKEN", "s3cr3t-value\n\u{7f}");
        let outcome = finish(command.args(*arguments));
        assert_complains(&format!("{arguments:?}"), &outcome, 64, &[words]);
        assert!(!outcome.err.contains(secret), "{arguments:?}: {}", outcome.err);
    }
}

#[test]
fn what_the_arguments_name_and_cannot_be_read_is_unknown() {
    let cases: &[(&[&str], &str)] = &[
        (&["check", NOWHERE, "--source", "/nonexistent"], "there is no Cargo.toml"),
        (&["check", NOWHERE, "--source", "/dev/null"], "/dev/null"),
        (&["check", "--report", "/nonexistent"], "cannot read the report, `/nonexistent`"),
        (&["check", "--report", "/"], "cannot read the report, `/`"),
        (&["check", "--report", "/dev/zero"], "longer than 8388608 bytes"),
        (&["check", "--report", "/dev/null"], "not a report"),
        (&["check", "--report", "-"], "not a report"),
    ];
    for (arguments, words) in cases {
        assert_cannot_tell(&format!("{arguments:?}"), &run(arguments), &[words]);
    }
}

#[test]
fn what_the_parser_refuses_has_an_exit_code_of_its_own() {
    let cases: &[&[&str]] = &[
        &[],
        &["chek"],
        &["check", NOWHERE, "--comit", "HEAD"],
        &["check", NOWHERE, "--timeout", "soon"],
        &["check", NOWHERE, "--timeout", "18446744073709551615s"],
        &["check", NOWHERE, "--wait", "18446744073709551615s"],
        &["check", NOWHERE, "--wait", "2days"],
        &["check", NOWHERE, "--every", "-1s"],
        &["check", NOWHERE, "--report", "x"],
        &["check", "--report", "x", "--wait", "1s"],
        &["check", NOWHERE, "--color", "sometimes"],
        &["hash", "--list", "--json"],
        &["hash", "--tree", ".", "--commit", "HEAD"],
        &["hash", "--tree", ".", "--source", "."],
        &["inspect"],
        &["completions"],
        &["completions", "sh"],
        &["man"],
    ];
    for arguments in cases {
        let outcome = run(arguments);
        assert_eq!(outcome.code, 64, "{arguments:?}: {}", outcome.err);
        assert!(outcome.out.is_empty() && !outcome.err.is_empty(), "{arguments:?}");
        assert!(!outcome.err.contains("panicked"), "{arguments:?}: {}", outcome.err);
    }
}

#[test]
fn without_anything_to_compare_with_the_answer_is_that_it_cannot_be_told() {
    let project = Project::new();
    let server = Server::says(json(&report(project.facts(), Level::Full)));
    let outcome = run(&["check", &server.url()]);
    let words = ["nothing to compare with", "give --source", "is not a package"];
    assert_cannot_tell("no source", &outcome, &words);
    let outcome = finish(selfsame_in(project.path()).args(["check", &server.url()]));
    assert_says("in the package's directory", &outcome, 0, &["on every rung asked"]);

    let loose = Project::new();
    std::fs::remove_dir_all(loose.path().join(".git")).expect("it can be removed");
    let outcome = finish(selfsame_in(loose.path()).args(["check", &server.url()]));
    assert_cannot_tell("no repository", &outcome, &["is not in a git repository"]);
}

#[test]
fn outside_a_repository_the_content_alone_is_compared() {
    let project = Project::new();
    let facts = project.facts();
    std::fs::remove_dir_all(project.path().join(".git")).expect("it can be removed");
    let outcome = project.check(facts.clone(), Level::Full, &[]);
    let words = ["by content only", "is not in a git repository", "[commit-unknown]"];
    assert_says("by content", &outcome, 0, &words);
    let outcome = project.check(facts.clone(), Level::Full, &["--commit", "HEAD"]);
    assert_cannot_tell("a name", &outcome, &["is not in a git repository", "a full commit id"]);
    std::fs::write(project.path().join("src/main.rs"), "").expect("it can be written");
    let outcome = project.check(facts.clone(), Level::Full, &[]);
    assert_says("changed", &outcome, 1, &["[content-differs-commit-unknown]"]);
    std::fs::remove_file(project.path().join("Cargo.lock")).expect("it can be removed");
    let outcome = project.check(facts, Level::Full, &[]);
    assert_cannot_tell(
        "no lock file",
        &outcome,
        &["neither commit nor content", "rung 1", "source-unknown"],
    );
}

#[test]
fn a_repository_that_cannot_tell_is_said_so() {
    let empty = Project::uncommitted();
    let report = Project::new();
    let report = report.captured(report.facts(), Level::Full);
    let source = empty.source();
    let check =
        |more: &[&str]| run(&[&["check", "--report", &report, "--source", &source], more].concat());
    let outcome = check(&["--commit", "HEAD"]);
    assert_cannot_tell("no commit", &outcome, &["knows no revision `HEAD`"]);
    let outcome = check(&[]);
    assert_says("no commit", &outcome, 0, &["has no commit yet", "by content only"]);

    empty.repository.commit("Begin");
    for revision in ["no-such-branch", "deadbeef", "--all", "-", "HEAD~5", "HEAD:src", "a b", ":/x"]
    {
        let outcome = check(&[&format!("--commit={revision}")]);
        assert_cannot_tell(revision, &outcome, &["knows no revision", "fetch it"]);
    }
    empty.repository.git(["rm", "-r", "--quiet", "--cached", "."]);
    empty.repository.git(["commit", "--quiet", "--message", "Forget all"]);
    let outcome = check(&["--commit", "HEAD"]);
    assert_cannot_tell("an empty commit", &outcome, &["there is no Cargo.toml"]);
    let outcome = check(&[]);
    assert_says("somebody else's", &outcome, 0, &["does not track this package"]);
}

#[test]
fn without_git_the_reason_is_that_there_is_no_git() {
    let project = Project::new();
    let report = project.captured(project.facts(), Level::Full);
    let source = project.source();
    let without = |directory: &Path, arguments: &[&str]| {
        let empty = project.beside("bin");
        std::fs::create_dir_all(&empty).expect("the directory can be made");
        finish(selfsame_in(directory).env("PATH", empty).args(arguments))
    };
    let words = ["there is no `git` program on PATH", "install git"];
    let outcome = without(
        Path::new("/"),
        &["check", "--report", &report, "--source", &source, "--commit", "HEAD"],
    );
    assert_cannot_tell("--commit", &outcome, &words);
    let outcome = without(project.path(), &["check", "--report", &report]);
    assert_cannot_tell("by default", &outcome, &words);
    let outcome = without(project.path(), &["check", "--report", &report, "--commit", "HEAD"]);
    assert_cannot_tell("by default, --commit", &outcome, &words);
    let outcome = without(project.path(), &["hash", "--commit", "HEAD"]);
    assert_cannot_tell("hash", &outcome, &words);
    // The content needs no git.
    let outcome = without(Path::new("/"), &["check", "--report", &report, "--source", &source]);
    assert_says("--source", &outcome, 0, &["by content only", words[0]]);
}

#[test]
fn a_file_that_carries_no_single_stamp_is_no_artifact() {
    let project = Project::new();
    let facts = project.facts();
    let mut other = facts.clone();
    other.name = "other".to_owned();
    let mut twin = facts.clone();
    twin.version = "2.0.0".to_owned();
    let framed = frame(&seal(facts.clone()));
    let mut damaged = framed.clone();
    let last = damaged.len() - 10;
    damaged[last] ^= 1;
    let file = |name: &str, bytes: &[u8]| {
        let path = project.beside(name);
        std::fs::write(&path, bytes).expect("it can be written");
        path.to_str().expect("the path is UTF-8").to_owned()
    };
    let directory = project.source();
    let fifo = project.beside("fifo").to_str().expect("the path is UTF-8").to_owned();
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    let cases = [
        ("text", file("text", b"#!/bin/sh\n"), "has no stamp"),
        ("empty", file("empty", b""), "has no stamp"),
        ("a directory", directory, "has no stamp"),
        ("a FIFO", fifo, "is neither a regular file nor a directory"),
        ("a device", "/dev/zero".to_owned(), "is neither a regular file nor a directory"),
        ("nothing", "/nonexistent".to_owned(), "cannot open `/nonexistent`"),
        ("damaged", file("damaged", &damaged), "is damaged"),
        ("cut short", file("short", &framed[..framed.len() - 20]), "cut short"),
    ];
    for (case, path, words) in &cases {
        let outcome = run(&["inspect", path]);
        assert_cannot_tell(&format!("inspect {case}"), &outcome, &[path, words]);
        let outcome = run(&["check", "--artifact", path, "--source", &project.source()]);
        assert_cannot_tell(&format!("check {case}"), &outcome, &[path, words, "rung 2"]);
    }

    let source = project.source();
    let both = project.artifact(&[facts.clone(), other.clone()]);
    let outcome = run(&["check", "--artifact", &both, "--source", &source]);
    assert_says("one is ours", &outcome, 0, &["[equal]"]);
    let outcome = run(&["check", "--artifact", &both, "--source", &source, "--commit", "HEAD"]);
    assert_says("one is ours", &outcome, 0, &["[equal]"]);
    let one = project.artifact(std::slice::from_ref(&facts));
    let outcome = run(&["check", "--artifact", &one]);
    assert_cannot_tell("nothing beside it", &outcome, &["nothing to compare with"]);
    let both = project.artifact(&[facts.clone(), other.clone()]);
    let outcome = run(&["check", "--artifact", &both]);
    assert_cannot_tell("which one", &outcome, &["stamps of api, other", "--source DIR"]);
    let outcome = run(&["check", "--artifact", &project.artifact(&[other]), "--source", &source]);
    assert_cannot_tell(
        "another's",
        &outcome,
        &["stamps of other", "exactly one of `api`", "artifact-unreadable"],
    );
    let outcome =
        run(&["check", "--artifact", &project.artifact(&[facts, twin]), "--source", &source]);
    assert_cannot_tell("two versions", &outcome, &["exactly one of `api`"]);
}

#[test]
fn a_pipe_that_nobody_writes_to_is_given_up() {
    let project = Project::new();
    let fifo = project.beside("fifo").to_str().expect("the path is UTF-8").to_owned();
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    let outcome = run(&["check", "--report", &fifo, "--timeout", "200ms"]);
    assert_cannot_tell("silence", &outcome, &[&fifo, "within 200ms", "--timeout"]);

    let text = report(project.facts(), Level::Full);
    let path = fifo.clone();
    let writer = std::thread::spawn(move || std::fs::write(path, text));
    let outcome = run(&["check", "--report", &fifo, "--source", &project.source()]);
    assert_says("a report", &outcome, 0, &["on every rung asked"]);
    writer.join().expect("it does not panic").expect("it is read");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure_and_a_full_disk_is() {
    let project = Project::new();
    let binary = env!("CARGO_BIN_EXE_selfsame");
    let shell = |line: &str| {
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(project.path())
            .env("selfsame", binary)
            .stdin(Stdio::null())
            .output()
            .expect("sh runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let report = project.captured(project.facts(), Level::Full);
    for arguments in
        ["hash", "hash --list", "--help", "inspect $selfsame", &format!("check --report {report}")]
    {
        let line = format!("{{ $selfsame {arguments}; echo $? >&2; }} | head -c0");
        let (_, said) = shell(&line);
        assert_eq!(said, "0\n", "{line}");
    }
    if Path::new("/dev/full").exists() {
        for arguments in ["hash", "hash --list", "inspect $selfsame"] {
            let (code, said) = shell(&format!("$selfsame {arguments} >/dev/full"));
            assert_eq!(code, Some(2), "{arguments}: {said}");
            assert!(said.contains("cannot write the result"), "{arguments}: {said}");
        }
    }
}

#[test]
fn what_may_not_be_read_is_an_error_and_no_hash_of_the_rest() {
    let project = Project::new();
    let module = project.path().join("src/modules/billing");
    let file = project.beside("unreadable");
    std::fs::write(&file, "").expect("it can be written");
    // The binary and the package have to be where everybody may read them.
    let binary = project.beside("selfsame");
    install(env!("CARGO_BIN_EXE_selfsame").as_ref(), &binary);
    let mode = |path: &Path, mode: &str| {
        assert!(Command::new("chmod").arg(mode).arg(path).status().expect("chmod runs").success());
    };
    mode(project.path().parent().expect("it lies in a directory"), "755");
    mode(&file, "000");
    mode(&module, "000");
    let command = |program: &OsStr| {
        if File::open(&file).is_err() {
            return Command::new(program);
        }
        // Root may read everything.
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
        command
    };
    let can = command("true".as_ref()).status().is_ok_and(|status| status.success());
    if require("another user to be, by the program `setpriv`", can) {
        let source = ["hash".as_ref(), "--source".as_ref(), project.path().as_ref()];
        for arguments in [&[OsStr::new("inspect"), file.as_ref()][..], &source] {
            let output = command(binary.as_ref()).args(arguments).output().expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
            assert!(said.contains("Permission denied"), "{arguments:?}: {said}");
            assert_eq!(output.stdout, b"", "{arguments:?}");
        }
    }
    mode(&module, "755");
}
