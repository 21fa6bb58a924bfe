//! What a build script asks for beyond what every stamp has: the build time, the compiler in full.

use std::process::Command;

use selfsame::stamp::Tree;

use crate::project::{Project, assert_git};
use crate::require::whole_matrix;
use selfsame_testing::repository::Repository;

const ASKING: &str =
    "fn main() { selfsame_build::Stamper::new().built_at().toolchain().emit(); }\n";

fn asking() -> (Project, Repository) {
    let (project, repository) = Project::committed();
    project.replace(
        "Cargo.toml",
        "selfsame-build = { ",
        "selfsame-build = { features = [\"vergen\"], ",
    );
    project.write("build.rs", ASKING);
    let run = project.cargo().run(project.path(), &["update", "--workspace", "--quiet"]);
    assert!(run.success, "{}", run.said);
    repository.commit("Ask for more");
    (project, repository)
}

/// What the compiler says of itself behind `name`.
fn compiler(name: &str) -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let said = String::from_utf8(output.stdout).expect("it prints UTF-8");
    let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {said}")).to_owned()
}

#[test]
fn the_build_time_is_that_of_the_scripts_last_run() {
    if !whole_matrix() {
        return;
    }
    let (project, repository) = asking();
    // And it makes no build of nothing new do anything.
    let first = project.moved();
    assert_git(&first, &repository.head(), Tree::Clean);
    let built_at = first.facts().info.built_at.clone().expect("it was asked for");
    assert!(first.facts().info.committed_at.as_ref() < Some(&built_at), "{}", first.text());
    assert_eq!(first.facts().build.rustc, Some(compiler("release")));
    let toolchain = first.facts().info.toolchain.as_ref().expect("it was asked for");
    assert_eq!(toolchain.host, Some(compiler("host")));
    assert_eq!(toolchain.commit, Some(compiler("commit-hash")));
    assert_eq!(toolchain.commit_date, Some(compiler("commit-date")));
    assert!(toolchain.channel.is_some() && toolchain.llvm.is_some(), "{toolchain:?}");

    project.edit("first", "second");
    let second = project.moved();
    assert!(second.facts().info.built_at >= Some(built_at), "{}", second.text());
    assert_ne!(second.fingerprint(), first.fingerprint());
}

#[test]
fn under_source_date_epoch_the_bytes_are_the_same_anywhere() {
    if !whole_matrix() {
        return;
    }
    let (mut project, repository) = asking();
    project.set("SOURCE_DATE_EPOCH", "1671809360");
    let first = project.moved();
    assert_eq!(first.facts().info.built_at.as_deref(), Some("2022-12-23T15:29:20Z"));

    let mut again = Project::again(&project);
    let elsewhere = again.outside().join("elsewhere");
    repository.git([
        "clone",
        "--quiet",
        repository.path().to_str().unwrap(),
        elsewhere.to_str().unwrap(),
    ]);
    again.move_to(&elsewhere);
    again.set("SOURCE_DATE_EPOCH", "1671809360");
    assert_eq!(again.moved().text(), first.text());

    // Its change is followed, and the artifact is no other one for it.
    project.set("SOURCE_DATE_EPOCH", "1671809361");
    let later = project.moved();
    assert_eq!(later.facts().info.built_at.as_deref(), Some("2022-12-23T15:29:21Z"));
    assert_eq!(later.fingerprint(), first.fingerprint());

    project.set("SOURCE_DATE_EPOCH", "yesterday");
    let built = project.try_build();
    assert!(!built.success);
    assert!(built.said.contains("SOURCE_DATE_EPOCH=\"yesterday\" is refused"), "{}", built.said);

    project.unset("SOURCE_DATE_EPOCH");
    project.set("VERGEN_IDEMPOTENT", "true");
    let kept = project.moved();
    assert_eq!(kept.facts().info.built_at, None);
    assert_eq!(kept.fingerprint(), first.fingerprint());
}
