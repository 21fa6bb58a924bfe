//! The stamp in the finished binary.

use std::path::Path;
use std::process::Command;

use selfsame::stamp::{Scanner, Stamp, Tree};

use crate::project::{Project, assert_git};
use crate::require::{require, whole_matrix};

fn stamps_in(binary: &Path) -> Vec<Stamp> {
    let mut scanner = Scanner::new();
    scanner.push(&std::fs::read(binary).unwrap());
    scanner.finish().unwrap().into_iter().map(|found| found.stamp).collect()
}

#[test]
fn a_program_carries_exactly_the_stamp_that_it_tells() {
    let (project, _repository) = Project::committed();
    let stamp = project.moved();
    assert_eq!(stamps_in(&project.binary()), [stamp]);
}

/// The main function of a program that has a stamp and never looks at it.
const UNREAD: &str = "fn main() {
    let _ = selfsame::stamp!();
    println!(\"nothing to tell\");
}
";

#[test]
fn a_stamp_that_nothing_reads_is_still_in_the_binary() {
    let (project, repository) = Project::committed();
    project.write("src/main.rs", UNREAD);
    let commit = repository.commit("Tell nothing");
    project.build();
    let [stamp] = &stamps_in(&project.binary())[..] else { panic!("not exactly one") };
    assert_git(stamp, &commit, Tree::Clean);
}

#[test]
fn a_stamp_that_nothing_reads_survives_what_makes_binaries_small() {
    if !whole_matrix() {
        return;
    }
    let (mut project, repository) = Project::committed();
    project.write("src/main.rs", UNREAD);
    let manifest = project.read("Cargo.toml");
    project.write(
        "Cargo.toml",
        manifest
            + "\n[profile.release]\nlto = \"fat\"\ncodegen-units = 1\nstrip = true\n\
               panic = \"abort\"\nopt-level = \"z\"\n",
    );
    let commit = repository.commit("As small as can be");
    project.argue(&["--release"]);
    project.build();
    let binary = project.binary();
    let [stamp] = &stamps_in(&binary)[..] else { panic!("not exactly one") };
    assert_git(stamp, &commit, Tree::Clean);
    assert_eq!(stamp.facts().build.profile.as_deref(), Some("release"));

    // And once more by hand, as a packager does.
    let stripped = project.outside().join("stripped");
    let strip = Command::new("strip").arg("-o").arg(&stripped).arg(&binary).status();
    if require("the program `strip`", strip.is_ok_and(|status| status.success())) {
        assert_eq!(stamps_in(&stripped), std::slice::from_ref(stamp));
    }
    let strings = Command::new("strings").arg(&binary).output();
    if require("the program `strings`", strings.is_ok()) {
        let text = String::from_utf8(strings.unwrap().stdout).unwrap();
        assert!(text.lines().any(|line| line == stamp.text()), "strings does not show it");
    }
}

#[test]
fn a_crate_under_strict_lints_takes_the_stamp() {
    let project = Project::new();
    let main = project.read("src/main.rs");
    let strict = "#![forbid(unsafe_code)]\n#![deny(warnings, clippy::all, clippy::pedantic)]\n\
                  #![deny(unused, missing_docs, unused_qualifications, absolute_paths_not_starting_with_crate)]\n\
                  //! Strict.\n";
    project.write("src/main.rs", format!("{strict}{main}"));
    project.moved();
}

#[test]
fn without_a_build_script_the_compiler_says_which_lines_are_missing() {
    let project = Project::new();
    std::fs::remove_file(project.path().join("build.rs")).unwrap();
    let built = project.try_build();
    assert!(!built.success, "{}", built.said);
    assert!(built.said.contains("this package has no stamp"), "{}", built.said);
    assert!(built.said.contains("selfsame_build::stamp()"), "{}", built.said);
}
