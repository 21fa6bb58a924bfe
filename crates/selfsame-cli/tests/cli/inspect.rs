//! `inspect`, on the command itself and on files of more than one stamp.

use selfsame::stamp::{Digest, Origin, Stamp};

use crate::project::{Project, seal};
use crate::run::{assert_says, run};

#[test]
fn the_command_carries_its_own_stamp() {
    let binary = env!("CARGO_BIN_EXE_selfsame");
    let outcome = run(&["inspect", binary]);
    let package = format!("package      selfsame-cli {}", env!("CARGO_PKG_VERSION"));
    assert_says("inspect", &outcome, 0, &[&package, "fingerprint", "build"]);

    let outcome = run(&["inspect", "--json", binary]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let stamp = Stamp::parse(outcome.out.trim_end()).expect("each line is a stamp");
    assert_eq!(stamp.facts().name, "selfsame-cli");
    // One build script serves the command and this test.
    let own = selfsame::stamp!().read().expect("this package is stamped");
    assert_eq!(stamp.fingerprint(), own.fingerprint());

    let outcome = run(&["check", "--artifact", binary, "--source", env!("CARGO_MANIFEST_DIR")]);
    assert_says("check", &outcome, 0, &["2 artifact  same"]);
}

#[test]
fn every_stamp_is_told_with_what_is_unknown_and_why() {
    let project = Project::new();
    let mut one = project.facts();
    one.info.changed = vec!["M src/main.rs".to_owned()];
    one.build.rustc = Some("1.88.0".to_owned());
    let mut two = project.facts();
    two.name = "other".to_owned();
    two.commit = None;
    two.content = None;
    two.revision.origin = Origin::Unknown;
    two.revision.tree = selfsame::stamp::Tree::Unknown;
    two.unknown("commit", "there is no .git");
    two.unknown("content", "there is no lock file");
    two.unknown("tree", "there is no .git either");
    let file = project.artifact(&[one.clone(), two.clone(), one.clone()]);

    let outcome = run(&["inspect", &file]);
    let words = [
        "package      api 1.0.0\n",
        "(git)\ntree         clean\ncontent",
        "rustc 1.88.0\n",
        "src/modules/billing\n",
        "package      . api\n",
        "changed      M src/main.rs\n",
        "copies       2\n",
        "package      other 1.0.0\ncommit       unknown: there is no .git\n",
        "tree         unknown: there is no .git either\ncontent      unknown: there is no lock",
        "rustc unknown\n",
    ];
    assert_says("two of them", &outcome, 0, &words);
    let outcome = run(&["inspect", &file, "--json"]);
    let expected = format!("{}\n{}\n", seal(one).text(), seal(two).text());
    assert_eq!((outcome.code, outcome.out), (0, expected));
    assert_ne!(Digest::of(b""), seal(project.facts()).fingerprint());
}
