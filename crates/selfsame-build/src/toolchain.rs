//! The compiler's version, as cargo itself asks for it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use selfsame_core::child::{self, Limits};
use selfsame_core::environment::Environment;

/// The most that a compiler may say of itself, in bytes, and the longest that it may take. A
/// wrapper that waits for a server of its own may take a while.
const MAX_ANSWER: u64 = 64 * 1024;
const MAX_TIME: Duration = Duration::from_secs(60);

/// The version of the compiler that cargo compiles the package with, or why it is unknown.
///
/// Cargo tells a build script the compiler in `RUSTC` and the programs that it runs it through in
/// `RUSTC_WRAPPER` and `RUSTC_WORKSPACE_WRAPPER`. It asks `WRAPPER WORKSPACE_WRAPPER RUSTC -vV`
/// itself, and compiles everything anew when the answer changes: so nothing has to be watched.
pub(super) fn rustc(directory: &Path, environment: &Environment) -> Result<String, String> {
    let rustc = environment.get("RUSTC").ok_or(
        "cargo did not set RUSTC, which names the compiler: call this from a build script",
    )?;
    let mut programs = ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
        .into_iter()
        .filter_map(|wrapper| environment.get(wrapper))
        .chain([rustc]);
    let mut command = Command::new(programs.next().unwrap_or(rustc));
    command.args(programs).arg("-vV").current_dir(directory).env_clear().envs(environment.iter());
    let name = command.get_program().to_string_lossy().into_owned();
    let limits = Limits::new(MAX_TIME, MAX_ANSWER);
    let answer = answer(&name, &mut command, limits)
        .map_err(|why| format!("the compiler does not tell its version: {why}"))?;
    version(&answer)
        .map(str::to_owned)
        .ok_or_else(|| format!("the compiler does not tell its version: `{name}` names no release"))
}

/// What a program prints.
fn answer(name: &str, command: &mut Command, limits: Limits) -> Result<String, String> {
    let ended = child::run(name, command, Vec::new(), limits).map_err(|error| error.to_string())?;
    if !ended.status.success() {
        return Err(format!("`{name}` fails with {}", ended.status));
    }
    String::from_utf8(ended.output)
        .map_err(|_| format!("`{name}` answers in bytes that are not UTF-8"))
}

/// The release in the answer of `rustc -vV`.
fn version(answer: &str) -> Option<&str> {
    let release = answer.lines().find_map(|line| line.strip_prefix("release: "))?;
    let plain = |character: char| character.is_ascii_alphanumeric() || ".-+".contains(character);
    (release.starts_with(|first: char| first.is_ascii_digit())
        && release.len() <= 256
        && release.chars().all(plain))
    .then_some(release)
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A program in a directory of its own.
    fn program(text: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("program");
        // Written by another process: a file that one thread holds open for writing while another
        // one forks cannot be run.
        let text = format!("#!/bin/sh\n{text}\n");
        let written = Command::new("sh")
            .args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .arg(text)
            .status();
        assert!(written.unwrap().success());
        (directory, path)
    }

    fn ask(variables: &[(&str, &Path)]) -> Result<String, String> {
        let variables = variables.iter().map(|(name, path)| (*name, path.as_os_str()));
        let path = [("PATH", std::ffi::OsStr::new("/usr/bin:/bin"))];
        rustc(Path::new("/"), &variables.chain(path).collect())
    }

    #[test]
    fn the_compiler_is_asked_through_its_wrappers() {
        let (_rustc, rustc) = program("echo 'rustc 1.2.3'; echo 'release: 1.2.3-nightly'");
        let (_outer, outer) = program("[ \"$1\" != -vV ] && exec \"$@\"");
        let (_inner, inner) = program("\"$@\" | sed 's/1\\.2\\.3/4.5.6/'");
        assert_eq!(ask(&[("RUSTC", &rustc)]).unwrap(), "1.2.3-nightly");
        let wrapped = ask(&[
            ("RUSTC", &rustc),
            ("RUSTC_WRAPPER", &outer),
            ("RUSTC_WORKSPACE_WRAPPER", &inner),
        ]);
        assert_eq!(wrapped.unwrap(), "4.5.6-nightly");
        // Cargo sets a wrapper that there is none of to nothing.
        let none = [("RUSTC", &*rustc), ("RUSTC_WRAPPER", Path::new(""))];
        assert_eq!(ask(&none).unwrap(), "1.2.3-nightly");
    }

    #[test]
    fn a_compiler_that_does_not_tell_is_unknown_with_the_reason() {
        for (text, why) in [
            ("exit 3", "fails with exit status: 3"),
            ("echo 'release: 1.2.3'; exit 1", "fails with exit status: 1"),
            ("echo rustc 1.2.3", "names no release"),
            ("echo 'release: unknown'", "names no release"),
            ("echo 'release: 1.2.3 \"quoted\"'", "names no release"),
            ("printf 'release: 1.2.3\\377'", "not UTF-8"),
        ] {
            let (_directory, path) = program(text);
            let reason = ask(&[("RUSTC", &path)]).unwrap_err();
            assert!(reason.contains(why) && reason.contains("program"), "{text}: {reason}");
        }
        let reason = ask(&[("RUSTC", Path::new("/nowhere/rustc"))]).unwrap_err();
        assert!(reason.contains("cannot run `/nowhere/rustc`"), "{reason}");
        assert!(ask(&[]).unwrap_err().contains("cargo did not set RUSTC"));
    }

    #[test]
    fn a_compiler_that_says_without_end_or_never_ends_does_not_stop_the_build() {
        let (_endless, endless) = program("while :; do echo nothing of interest; done");
        assert!(ask(&[("RUSTC", &endless)]).is_err());
        for text in ["exec sleep 600", "exec >/dev/null; exec sleep 600"] {
            let (_silent, silent) = program(text);
            let limits = Limits::new(Duration::from_millis(50), MAX_ANSWER);
            let reason = answer("rustc", &mut Command::new(&silent), limits).unwrap_err();
            assert_eq!(reason, "`rustc` did not finish within 50ms");
        }
    }
}
