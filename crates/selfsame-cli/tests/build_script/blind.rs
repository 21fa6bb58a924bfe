//! What a build script cannot see: each way in which code could be compiled that it has not hashed,
//! and what stops it.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use selfsame::stamp::Tree;
use selfsame_source::Compiled;

use crate::project::{Project, assert_git};
use crate::require::whole_matrix;

/// Gives a file or directory a time well before any build.
fn age(path: &Path) {
    let past = SystemTime::now() - Duration::from_secs(7 * 24 * 3600);
    File::open(path).and_then(|file| file.set_modified(past)).expect("it can be aged");
}

/// Replaces the constant as `mv`, `tar` or `cp -p` would: the file is older than what it replaces.
fn replace_under_an_older_time(project: &Project, from: &str, to: &str) {
    project.edit(from, to);
    age(&project.path().join("src/main.rs"));
}

#[test]
fn a_file_replaced_under_an_older_time_is_neither_compiled_nor_stamped() {
    let (project, repository) = Project::committed();
    let before = project.moved();
    // Cargo sees nothing, so that code and stamp stay those of before, together.
    replace_under_an_older_time(&project, "first", "another");
    project.rested();
    let program = project.program();
    assert_eq!(program.code, "first");
    assert_eq!(program.stamp, before);
    drop(repository);
}

#[test]
fn a_file_replaced_under_an_older_time_is_not_compiled_under_the_old_stamp() {
    let (project, repository) = Project::committed();
    project.moved();
    replace_under_an_older_time(&project, "first", "another");
    // Cargo compiles again for a reason of its own, and does not run the script.
    let built = recompile(&project);
    assert!(!built.success && !built.script, "{}", built.said);
    let told = "`src/main.rs` is not the file that the build script has hashed";
    assert!(built.said.contains(told) && built.said.contains("Touch it"), "{}", built.said);

    // What the message says helps.
    let now = File::open(project.path().join("src/main.rs")).unwrap();
    now.set_modified(SystemTime::now()).unwrap();
    let built = recompile(&project);
    assert!(built.success && built.script, "{}", built.said);
    let program = project.program();
    assert_eq!(program.code, "another");
    assert_git(&program.stamp, &repository.head(), Tree::Dirty);
}

/// Builds with a flag that concerns rustc alone, as a touched dependency does.
fn recompile(project: &Project) -> crate::project::Built {
    let mut arguments = vec!["rustc", "--verbose"];
    arguments.extend(["--", "--cfg", "compiled_again"]);
    project.run(&arguments)
}

#[test]
fn a_touched_dependency_compiles_no_file_that_the_script_has_not_hashed() {
    if !whole_matrix() {
        return;
    }
    let project = Project::with_dependency("kit");
    project.moved();
    replace_under_an_older_time(&project, "first", "another");
    project.replace("../kit/src/lib.rs", "Hello", "Hello again");
    let built = project.try_build();
    // The script watches its sibling, and finds the file that cargo takes for unchanged.
    assert!(!built.success && built.script, "{}", built.said);
    let said = "src/main.rs` was replaced under an older time";
    assert!(built.said.contains(said) && built.said.contains("`touch`"), "{}", built.said);
}

#[test]
fn a_second_binary_compiles_no_file_that_the_script_has_not_hashed() {
    let project = Project::new();
    let second = project.read("src/main.rs");
    project.write("src/bin/second.rs", second);
    let only_main = ["build", "--verbose", "--bin", project.name()];
    let built = project.run(&only_main);
    assert!(built.success, "{}", built.said);
    let path = project.path().join("src/bin/second.rs");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("first", "another")).unwrap();
    age(&path);
    let built = project.try_build();
    assert!(!built.success && !built.script, "{}", built.said);
    assert!(built.said.contains("`src/bin/second.rs` is not the file"), "{}", built.said);
}

#[test]
fn a_file_saved_in_mid_build_is_not_compiled_under_the_stamp_of_before() {
    let (project, repository) = Project::committed();
    // The script itself stands for the editor that saves right after the hash was taken.
    let save = "
    let text = std::fs::read_to_string(\"src/main.rs\").unwrap();
    std::fs::write(\"src/main.rs\", text.replace(\"first\", \"saved\").replace(\"{CODE}\", \"{CODE}!\")).unwrap();
}";
    project.replace("build.rs", " }", save);
    repository.commit("With an editor");
    let built = project.try_build();
    assert!(!built.success && built.script, "{}", built.said);
    assert!(built.said.contains("saved in mid-build"), "{}", built.said);

    // The build after it sees the file, since its time is newer than the run of the script.
    project.replace("build.rs", save, " }");
    let program = project.moved_program();
    assert_eq!(program.code, "saved!");
    assert_git(&program.stamp, &repository.head(), Tree::Dirty);
}

#[test]
fn a_file_deleted_after_it_was_hashed_is_noticed() {
    let project = Project::new();
    project.write("src/unused.rs", "");
    project.moved();
    std::fs::remove_file(project.path().join("src/unused.rs")).unwrap();
    age(&project.path().join("src"));
    // Nothing compiles it. Still the list of what was looked at has it, so that cargo notices.
    let built = project.try_build();
    assert!(!built.success || built.script, "{}", built.said);
}

#[test]
fn a_restored_target_directory_gives_old_code_its_own_stamp() {
    let (project, repository) = Project::committed();
    let old = project.moved();
    let commit = repository.commit("Empty");
    project.edit("first", "second");
    repository.commit("Second");
    // As from a cache that has the old artifacts, over a checkout that gave every file an old time.
    for path in
        ["src/main.rs", "src", "Cargo.toml", "build.rs", ".git/HEAD", ".git/refs/heads/main"]
    {
        age(&project.path().join(path));
    }
    project.rested();
    let program = project.program();
    // Old code, and it says so: the artifact rung finds it.
    assert_eq!(program.code, "first");
    assert_eq!(program.stamp, old);
    assert_ne!(program.stamp.facts().commit.as_ref().unwrap().as_str(), commit);
}

#[test]
fn the_second_look_leaves_the_compilers_own_list_of_files_readable() {
    let (project, _repository) = Project::committed();
    project.write("src/unused.rs", "");
    project.moved();
    let list = project.compilers_list();
    // What is merely looked at has a path through OUT_DIR. (In `target/debug/<bin>.d` cargo has
    // followed the links, so that it cannot be told from what was compiled.)
    let names: Vec<&str> = list.split_whitespace().filter(|name| name.contains("src/")).collect();
    assert!(names.contains(&"src/main.rs:") && !names.contains(&"src/unused.rs:"), "{list}");
    let looked_at = "/out/selfsame/source/src/unused.rs:";
    assert!(names.iter().any(|name| name.ends_with(looked_at)), "{list}");
}

#[test]
fn names_that_are_awkward_in_a_literal_are_looked_at_again_too() {
    let project = Project::new();
    for name in ["src/a {b}.html", "src/q\"uote.txt", "src/back\\slash.txt", "src/ünïcode.txt"] {
        project.write(name, "text");
    }
    project.moved();
    project.write("src/a {b}.html", "longer text");
    age(&project.path().join("src/a {b}.html"));
    let built = recompile(&project);
    assert!(!built.success && built.said.contains("`src/a {b}.html`"), "{}", built.said);
}

/// Writes two modules, of which no `mod` line reaches the second.
fn write_modules(project: &Project, root: &str) {
    project.write("src/modules/mod.rs", "pub mod billing;\n");
    project.write("src/modules/billing.rs", "pub fn run() {}\n");
    project.write("src/modules/workflow.rs", "pub fn run() {}\n");
    let text = project.read(root);
    project.write(root, format!("pub mod modules;\n{text}"));
    project.replace("build.rs", "Stamper::new()", "Stamper::new().modules(\"src/modules\")");
}

#[track_caller]
fn assert_compiled(project: &Project, module: &str, expected: Option<bool>) {
    let compiled = Compiled::beside(&project.binary()).unwrap().expect("there is a list");
    let root = project.path();
    assert_eq!(compiled.holds_module(root, module), expected, "{module}");
}

#[test]
fn a_module_that_is_merely_looked_at_does_not_count_as_compiled() {
    let project = Project::new();
    write_modules(&project, "src/main.rs");
    project.moved();
    assert_compiled(&project, "src/modules/billing", Some(true));
    assert_compiled(&project, "src/modules/workflow", Some(false));

    project.write("src/modules/mod.rs", "pub mod billing;\npub mod workflow;\n");
    project.moved();
    assert_compiled(&project, "src/modules/workflow", Some(true));

    // Without rustc's own list nobody can tell the two apart.
    std::fs::remove_file(project.compilers_list_path()).unwrap();
    let refused = Compiled::beside(&project.binary()).unwrap_err().to_string();
    assert!(refused.contains("no list of rustc's own"), "{refused}");
}

#[test]
fn a_module_of_the_packages_library_counts_as_far_as_it_can_be_told() {
    let project = Project::new();
    project.write("src/lib.rs", "");
    write_modules(&project, "src/lib.rs");
    let krate = project.name().replace('-', "_");
    let using = format!("fn main() {{\n    {krate}::modules::billing::run();\n");
    project.replace("src/main.rs", "fn main() {\n", &using);
    project.moved();
    assert_compiled(&project, "src/modules/billing", Some(true));
    assert_compiled(&project, "src/modules/workflow", Some(false));

    // The library was compiled with the module and without it, and both lie in `deps`.
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", format!("{manifest}\n[features]\nworkflow = []\n"));
    let feature = "pub mod billing;\n#[cfg(feature = \"workflow\")]\npub mod workflow;\n";
    project.write("src/modules/mod.rs", feature);
    project.moved();
    assert_compiled(&project, "src/modules/workflow", Some(false));
    let built = project.run(&["build", "--verbose", "--features", "workflow"]);
    assert!(built.success, "{}", built.said);
    assert_compiled(&project, "src/modules/workflow", None);
    assert_compiled(&project, "src/modules/billing", Some(true));
}
