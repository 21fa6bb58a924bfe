//! The commit without git: what the build environment claims, what the source left its repository
//! with, what the platform sets.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use selfsame::stamp::{Origin, Stamp, Tree};
use selfsame_build::PLATFORM_VARIABLES;

use crate::project::{Project, assert_git, assert_unknown};
use crate::require::whole_matrix;
use selfsame_testing::OF_CI;
use selfsame_testing::repository::Repository;

const ONE: &str = "1111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222";

#[track_caller]
fn assert_claim(stamp: &Stamp, commit: &str, origin: &Origin, tree: Tree) {
    assert_eq!(stamp.facts().commit.as_ref().map(ToString::to_string).as_deref(), Some(commit));
    assert_eq!(stamp.facts().revision.origin, *origin, "{}", stamp.text());
    assert_eq!(stamp.facts().revision.tree, tree, "{}", stamp.text());
}

#[test]
fn an_override_is_a_claim_and_its_change_is_followed() {
    let mut project = Project::new();
    project.set("SELFSAME_COMMIT", ONE);
    let stamp = project.moved();
    assert_claim(&stamp, ONE, &Origin::Override, Tree::Unknown);
    assert!(stamp.facts().unknown["tree"].contains("SELFSAME_TREE=clean|dirty"));

    project.set("SELFSAME_COMMIT", TWO);
    assert_claim(&project.moved(), TWO, &Origin::Override, Tree::Unknown);
    project.set("SELFSAME_TREE", "clean");
    assert_claim(&project.moved(), TWO, &Origin::Override, Tree::Clean);
    project.set("SELFSAME_TREE", "dirty");
    assert_claim(&project.moved(), TWO, &Origin::Override, Tree::Dirty);
    project.unset("SELFSAME_TREE");
    project.set("SELFSAME_COMMIT", format!("{TWO}-dirty"));
    assert_claim(&project.moved(), TWO, &Origin::Override, Tree::Dirty);

    // Empty is as good as unset.
    project.set("SELFSAME_COMMIT", "");
    assert_unknown(&project.moved(), "there is no .git");
    project.unset("SELFSAME_COMMIT");
    project.build();
    assert_unknown(&project.program().stamp, "there is no .git");
}

#[test]
fn a_value_of_ours_that_cannot_be_meant_ends_the_build_and_is_named() {
    let mut project = Project::new();
    for (name, value, why) in [
        ("SELFSAME_COMMIT", "HEAD", "SELFSAME_COMMIT=\"HEAD\" is refused"),
        ("SELFSAME_COMMIT", "1111111", "40 or 64 lowercase hexadecimal digits"),
        ("SELFSAME_COMMIT", "unknown-dirty", "`git rev-parse HEAD` prints one"),
        ("SELFSAME_TREE", "maybe", "SELFSAME_TREE=\"maybe\" is refused"),
        ("SELFSAME_GIT", "0", "SELFSAME_GIT=\"0\" is refused: it is `off`, or unset"),
    ] {
        project.set(name, value);
        let built = project.try_build();
        assert!(!built.success && built.said.contains(why), "{name}={value}: {}", built.said);
        project.unset(name);
    }
    project.set("SELFSAME_COMMIT", format!("{ONE}-dirty"));
    project.set("SELFSAME_TREE", "clean");
    let built = project.try_build();
    assert!(!built.success && built.said.contains("unset one"), "{}", built.said);
}

#[test]
fn an_override_that_git_contradicts_is_a_conflict_and_both_are_named() {
    let (mut project, repository) = Project::committed();
    let head = repository.head();
    project.set("SELFSAME_COMMIT", &head);
    assert_git(&project.moved(), &head, Tree::Clean);

    project.set("SELFSAME_COMMIT", ONE);
    let stamp = project.moved();
    assert_unknown(&stamp, ONE);
    assert_unknown(&stamp, &head);
    assert_unknown(&stamp, "SELFSAME_COMMIT");

    project.set("SELFSAME_GIT", "off");
    assert_claim(&project.moved(), ONE, &Origin::Override, Tree::Unknown);
    project.unset("SELFSAME_COMMIT");
    assert_unknown(&project.moved(), "SELFSAME_GIT=off");
    repository.commit("Not looked at");
    project.rested();
    project.unset("SELFSAME_GIT");

    // The tree is git's to say; who says otherwise is named.
    project.set("SELFSAME_TREE", "dirty");
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Unknown);
    assert!(stamp.facts().unknown["tree"].contains("SELFSAME_TREE says that the tree is dirty"));
}

#[test]
fn vergens_variable_is_honoured_where_it_says_enough() {
    let mut project = Project::new();
    project.set("VERGEN_GIT_SHA", ONE);
    assert_claim(&project.moved(), ONE, &Origin::Override, Tree::Unknown);
    // It is others' variable: a short id is not an error and no answer.
    project.set("VERGEN_GIT_SHA", &ONE[..9]);
    assert_unknown(&project.moved(), "VERGEN_GIT_SHA=\"111111111\" is not an answer");
    project.set("VERGEN_GIT_SHA", ONE);
    project.set("SELFSAME_COMMIT", TWO);
    let built = project.try_build();
    assert!(!built.success && built.said.contains("VERGEN_GIT_SHA says"), "{}", built.said);
}

#[test]
fn a_platforms_variable_is_a_claim_under_its_name_and_is_followed() {
    let mut project = Project::new();
    let few = if whole_matrix() { &PLATFORM_VARIABLES[..] } else { &PLATFORM_VARIABLES[..2] };
    let mut last = None;
    for (name, _) in few {
        if let Some(last) = last.replace(*name) {
            project.unset(last);
        }
        project.set(name, ONE);
        let origin = Origin::Variable((*name).to_owned());
        assert_claim(&project.moved(), ONE, &origin, Tree::Unknown);
    }
    let name = last.unwrap();
    let origin = Origin::Variable(name.to_owned());
    project.set(name, TWO);
    assert_claim(&project.moved(), TWO, &origin, Tree::Unknown);
    project.set("SELFSAME_TREE", "clean");
    assert_claim(&project.moved(), TWO, &origin, Tree::Clean);
    project.set(name, "");
    assert_unknown(&project.moved(), "there is no .git");
}

#[test]
fn the_commit_of_these_tests_reaches_no_build_of_theirs() {
    for (name, _) in PLATFORM_VARIABLES {
        assert!(name.starts_with("GIT_") || OF_CI.contains(&name), "{name}");
    }
}

#[test]
fn platforms_that_disagree_or_say_too_little_are_named() {
    let mut project = Project::new();
    project.set("GITHUB_SHA", ONE);
    project.set("VERCEL_GIT_COMMIT_SHA", TWO);
    let stamp = project.moved();
    for named in [ONE, TWO, "GITHUB_SHA", "VERCEL_GIT_COMMIT_SHA"] {
        assert_unknown(&stamp, named);
    }
    project.set("SELFSAME_COMMIT", TWO);
    assert_claim(&project.moved(), TWO, &Origin::Override, Tree::Unknown);
    project.unset("SELFSAME_COMMIT");
    // One that says too little leaves the word to the other.
    project.set("GITHUB_SHA", "HEAD");
    let origin = Origin::Variable("VERCEL_GIT_COMMIT_SHA".to_owned());
    assert_claim(&project.moved(), TWO, &origin, Tree::Unknown);
    project.unset("VERCEL_GIT_COMMIT_SHA");
    assert_unknown(&project.moved(), "GITHUB_SHA=\"HEAD\" (GitHub Actions) is not an answer");
}

#[test]
fn a_platforms_variable_is_not_asked_where_git_answers() {
    let (mut project, repository) = Project::committed();
    project.moved();
    project.set("GITHUB_SHA", ONE);
    project.rested();
    project.edit("first", "second");
    assert_git(&project.moved(), &repository.head(), Tree::Dirty);
}

#[test]
fn a_packaged_crate_is_stamped_with_the_commit_that_it_was_packaged_from() {
    let mut project = Project::new();
    // Without its dependencies, which no registry has.
    let manifest = project.read("Cargo.toml");
    let (package, rest) = manifest.split_once("[dependencies]").unwrap();
    let alone = format!("{package}[workspace]\n");
    assert!(rest.ends_with("[workspace]\n"));
    project.write("Cargo.toml", alone);
    let lock = project.read("Cargo.lock");
    std::fs::remove_file(project.path().join("Cargo.lock")).unwrap();
    let repository = Repository::init(project.path());
    let commit = repository.commit("First");
    let run = project.cargo().run(project.path(), &["package", "--no-verify", "--offline"]);
    assert!(run.success, "{}", run.said);
    let krate = format!("{}-0.1.0", project.name());
    let file = project.target().join("package").join(format!("{krate}.crate"));
    let packaged = project.outside().join("installed").join(krate);
    unpack(&file, packaged.parent().unwrap());
    std::fs::remove_file(file).unwrap();
    assert!(packaged.join(".cargo_vcs_info.json").is_file());
    project.move_to(&packaged);
    project.write("Cargo.toml", manifest);
    project.write("Cargo.lock", lock);
    let stamp = project.moved();
    assert_claim(&stamp, &commit, &Origin::CargoVcsInfo, Tree::Unknown);
    assert!(stamp.facts().unknown["tree"].contains("cargo packaged"), "{}", stamp.text());

    let info = project.read(".cargo_vcs_info.json");
    let dirty = info.replace(&format!("\"{commit}\""), &format!("\"{commit}\", \"dirty\": true"));
    project.write(".cargo_vcs_info.json", dirty);
    assert_claim(&project.moved(), &commit, &Origin::CargoVcsInfo, Tree::Dirty);
    project.write(".cargo_vcs_info.json", "{\"git\":{\"sha1\":\"HEAD\"}}");
    assert_unknown(&project.moved(), ".cargo_vcs_info.json");
    project.write(".cargo_vcs_info.json", info);
    project.set("SELFSAME_COMMIT", ONE);
    let stamp = project.moved();
    assert_unknown(&stamp, ONE);
    assert_unknown(&stamp, &commit);
}

#[test]
fn an_archive_is_stamped_with_the_commit_that_it_was_made_from() {
    let (mut project, repository) = Project::committed();
    project.write(".gitattributes", ".git_archival.txt export-subst\n");
    project.write(".git_archival.txt", "node: $Format:%H$\nnode-date: $Format:%cI$\n");
    let commit = repository.commit("To be archived");
    // In the checkout nobody has filled it in, and git answers.
    assert_git(&project.moved(), &commit, Tree::Clean);

    let tar = project.outside().join("service.tar");
    repository.git(["archive", "--output", tar.to_str().unwrap(), "HEAD"]);
    let unpacked = project.outside().join("unpacked");
    unpack(&tar, &unpacked);
    project.move_to(&unpacked);
    let stamp = project.moved();
    assert_claim(&stamp, &commit, &Origin::Archive, Tree::Unknown);
    assert!(stamp.facts().unknown["tree"].contains("git archived"), "{}", stamp.text());

    project.write(".git_archival.txt", "node: $Format:%H$\n");
    assert_unknown(&project.moved(), "there is no .git");
    project.write(".git_archival.txt", "something else\n");
    assert_unknown(&project.moved(), "has no line `node: $Format:%H$`");
    // The repository comes back: it knows better.
    std::fs::remove_file(unpacked.join(".git_archival.txt")).unwrap();
    let own = Repository::init(&unpacked);
    let commit = own.commit("Imported");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn what_is_required_and_missing_ends_the_build() {
    let project = Project::new();
    project.replace("build.rs", ".emit()", ".require_commit().emit()");
    let built = project.try_build();
    assert!(!built.success && built.said.contains("a commit is required"), "{}", built.said);
    let repository = Repository::init(project.path());
    let commit = repository.commit("First");
    assert_git(&project.moved(), &commit, Tree::Clean);

    project.replace("build.rs", ".require_commit()", ".require_clean()");
    let built = project.try_build();
    assert!(!built.success && built.said.contains("M build.rs"), "{}", built.said);
    let commit = repository.commit("Second");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

fn unpack(archive: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-xf").arg(archive).arg("-C").arg(to);
    assert!(tar.status().unwrap().success());
}

/// A multi-stage Dockerfile with cargo-chef, `.git` ignored and the commit as a build argument:
/// `cook` builds the dependencies of a skeleton, then `COPY . .` brings the source with its own,
/// older times, and `ARG SELFSAME_COMMIT` comes last, so that a new commit cooks nothing.
#[test]
fn the_steps_of_a_dockerfile_stamp_what_was_copied_and_cook_nothing_twice() {
    let mut project = Project::new();
    let (main, script) = (project.read("src/main.rs"), project.read("build.rs"));
    project.write("src/main.rs", "fn main() {}\n");
    project.write("build.rs", "fn main() {}\n");
    project.build();
    // What cargo-chef does at the end of `cook`: the skeleton's own artifacts go.
    let clean = project.cargo().run(project.path(), &["clean", "--package", project.name()]);
    assert!(clean.success, "{}", clean.said);

    let long_ago = SystemTime::now() - Duration::from_secs(30 * 24 * 3600);
    for (path, text) in [("src/main.rs", &main), ("build.rs", &script)] {
        project.write(path, text);
        let file = File::open(project.path().join(path)).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    project.set("SELFSAME_COMMIT", ONE);
    let built = project.build();
    assert!(!built.said.contains("Compiling serde "), "{}", built.said);
    let program = project.program();
    assert_eq!(program.code, "first");
    assert_claim(&program.stamp, ONE, &Origin::Override, Tree::Unknown);

    project.set("SELFSAME_COMMIT", TWO);
    let built = project.build();
    let crates = built.said.matches("Compiling ").count();
    assert_eq!((built.script, crates), (true, 1), "{}", built.said);
    assert_claim(&project.program().stamp, TWO, &Origin::Override, Tree::Unknown);
}
