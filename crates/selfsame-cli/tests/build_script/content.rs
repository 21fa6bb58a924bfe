//! What content is: file kind by file kind, one byte changed in each.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use selfsame::stamp::{Stamp, Tree};

use crate::project::{Project, assert_git};
use crate::require::whole_matrix;
use selfsame_testing::repository::Repository;

/// A service with a file of each kind that goes into a build, and of each that does not.
fn of_every_kind() -> (Project, Repository) {
    let project = Project::new();
    project.replace(
        "Cargo.toml",
        "[workspace]",
        "[package.metadata.selfsame]\nmodules = [\"src/modules\"]\nalso = [\"../proto\"]\n\n[workspace]",
    );
    project.replace(
        "src/main.rs",
        "fn main() {",
        "mod modules;\n\nfn main() {\n    modules::run();\n",
    );
    project.write("src/modules/mod.rs", "mod billing;\nmod workflow;\n\npub fn run() {\n    billing::run();\n    workflow::run();\n}\n");
    project.write("src/modules/billing/mod.rs", "pub fn run() {}\n");
    project.write("src/modules/workflow.rs", "mod steps;\n\npub fn run() {\n    steps::run();\n    let _ = include_str!(\"../../templates/a.html\");\n}\n");
    project.write("src/modules/workflow/steps.rs", "pub fn run() {}\n");
    for path in ["templates/a.html", "migrations/1.sql", "../proto/api.proto"] {
        project.write(path, "one\n");
    }
    for path in
        ["LICENSE", "docs/a.md", "tests/a.txt", "benches/a.txt", "examples/a.txt", "Dockerfile"]
    {
        project.write(path, "one\n");
    }
    let repository = Repository::init(&project.outside());
    repository.commit("First");
    (project, repository)
}

#[test]
fn one_byte_changed_in_anything_that_is_built_changes_content_and_tree() {
    let (project, repository) = of_every_kind();
    let clean = project.moved();
    assert_git(&clean, &repository.head(), Tree::Clean);
    let names: Vec<&str> =
        clean.facts().modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["billing", "workflow"]);
    let kinds = [
        ("src/main.rs", None),
        ("src/modules/mod.rs", None),
        ("src/modules/billing/mod.rs", Some("billing")),
        ("src/modules/workflow.rs", Some("workflow")),
        ("src/modules/workflow/steps.rs", Some("workflow")),
        ("templates/a.html", None),
        ("migrations/1.sql", None),
        ("../proto/api.proto", None),
        ("Cargo.toml", None),
        ("build.rs", None),
    ];
    // Each kind is as good as the next one; all of them take their time.
    let step = if whole_matrix() { 1 } else { 3 };
    for (path, modules) in kinds.into_iter().step_by(step) {
        let before = project.read(path);
        // A blank line in a manifest changes nothing that a build sees.
        let more = if path == "Cargo.toml" { "\n[features]\nmore = []\n" } else { "\n" };
        project.write(path, format!("{before}{more}"));
        let stamp = project.moved();
        assert_git(&stamp, &repository.head(), Tree::Dirty);
        assert_ne!(stamp.facts().content, clean.facts().content, "{path}");
        assert_eq!(stamp.facts().info.changed, [format!("M {path}")]);
        let changed: Vec<&str> = stamp
            .facts()
            .modules
            .iter()
            .zip(&clean.facts().modules)
            .filter(|(now, before)| now != before)
            .map(|(now, _)| now.name.as_str())
            .collect();
        assert_eq!(changed, modules.as_slice(), "{path}");

        project.write(path, before);
        let stamp = project.moved();
        assert_git(&stamp, &repository.head(), Tree::Clean);
        assert_eq!(stamp.facts().content, clean.facts().content, "{path}");
    }
}

#[test]
fn what_is_not_built_changes_neither_content_nor_tree() {
    let (project, repository) = of_every_kind();
    let clean = project.moved();
    for path in [
        "README.md",
        "LICENSE",
        "docs/a.md",
        "tests/a.txt",
        "benches/a.txt",
        "examples/a.txt",
        "Dockerfile",
    ] {
        project.write(path, "two\n");
    }
    project.rested();
    repository.write("elsewhere.txt", "two\n");
    // Looked at again all the same, they make no difference.
    project.replace("src/main.rs", "fn main", "fn main");
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Clean);
    assert_eq!(stamp.facts().content, clean.facts().content);
}

#[test]
fn the_lock_file_counts_as_far_as_the_package_reaches() {
    let (project, repository) = Project::committed();
    let clean = project.moved();
    let lock = project.read("Cargo.lock");
    // A package of which nobody here knows: cargo drops it, and content never had it.
    let stranger = "\n[[package]]\nname = \"zzz-stranger\"\nversion = \"1.0.0\"\n";
    project.write("Cargo.lock", format!("{lock}{stranger}"));
    project.build();
    let stamp = project.program().stamp;
    assert_git(&stamp, &repository.head(), Tree::Clean);
    assert_eq!(stamp.facts().content, clean.facts().content);
    project.write("Cargo.lock", &lock);
    project.moved();

    // One that the package reaches, in the version that the commit did not have.
    let other =
        lock.replacen("name = \"itoa\"\nversion = \"", "name = \"itoa\"\nversion = \"0.0.", 1);
    assert_ne!(other, lock);
    let stamps = in_process(&project, "Cargo.lock", &other);
    assert_ne!(stamps.facts().content, clean.facts().content);
    assert_eq!(stamps.facts().revision.tree, Tree::Dirty);
}

/// Stamps the package as it is with another text in a file, without a build.
fn in_process(project: &Project, path: &str, text: &str) -> Stamp {
    let before = project.read(path);
    project.write(path, text);
    let out = project.outside().join("out");
    let environment = [
        ("OUT_DIR", out.to_str().unwrap()),
        ("CARGO_MANIFEST_DIR", project.path().to_str().unwrap()),
        ("PROFILE", "debug"),
        ("TARGET", "x86_64-unknown-linux-gnu"),
    ];
    let environment = selfsame_testing::clean_environment()
        .into_iter()
        .chain(environment.map(|(name, value)| (name.into(), value.into())))
        .collect();
    let stamp = selfsame_build::Stamper::new().emit_to(&environment, &mut std::io::sink()).unwrap();
    project.write(path, before);
    stamp
}

#[test]
fn a_package_without_a_lock_file_has_no_content_in_its_first_build() {
    let project = Project::new();
    std::fs::remove_file(project.path().join("Cargo.lock")).unwrap();
    let out = project.outside();
    assert!(out.is_dir());
    project.write("Cargo.lock", "");
    let stamp = in_process(&project, "Cargo.lock", "");
    assert!(stamp.facts().content.is_none());
    assert!(stamp.facts().unknown["content"].contains("has no package"), "{}", stamp.text());
}

#[test]
fn a_module_file_added_renamed_deleted_or_replaced_by_a_link_changes_its_module() {
    let (project, _repository) = of_every_kind();
    let at = |path: &str| project.path().join(path);
    let module = |stamp: &Stamp| {
        stamp.facts().modules.iter().find(|module| module.name == "workflow").unwrap().clone()
    };
    let clean = project.moved();

    project.write("src/modules/workflow/note.txt", "added\n");
    let added = project.moved();
    assert_ne!(module(&added).sha256, module(&clean).sha256);
    assert_eq!(module(&added).files, module(&clean).files + 1);
    assert_eq!(added.facts().info.changed, ["? src/modules/workflow/note.txt"]);

    // By its case only.
    std::fs::rename(at("src/modules/workflow/note.txt"), at("src/modules/workflow/Note.txt"))
        .unwrap();
    let renamed = project.moved();
    assert_ne!(module(&renamed).sha256, module(&added).sha256);
    assert_ne!(renamed.facts().content, added.facts().content);

    std::fs::remove_file(at("src/modules/workflow/Note.txt")).unwrap();
    let stamp = project.moved();
    assert_eq!(module(&stamp), module(&clean));
    assert_eq!(stamp.facts().content, clean.facts().content);

    // The same text, by a link: what it leads to is content under the name of the link.
    std::fs::rename(at("src/modules/workflow/steps.rs"), at("steps.rs")).unwrap();
    symlink("../../../steps.rs", at("src/modules/workflow/steps.rs")).unwrap();
    let linked = project.moved();
    assert_eq!(linked.facts().content, clean.facts().content);
    assert_eq!(linked.facts().revision.tree, Tree::Clean);
    project.write("steps.rs", "pub fn run() { /* another */ }\n");
    let linked = project.moved();
    assert_ne!(linked.facts().content, clean.facts().content);
    assert_eq!(linked.facts().revision.tree, Tree::Dirty);
}

#[test]
fn a_module_that_is_absent_or_empty_ends_the_build() {
    let project = Project::new();
    project.replace("build.rs", "Stamper::new()", "Stamper::new().module(\"src/workflow\")");
    let built = project.try_build();
    assert!(!built.success, "{}", built.said);
    assert!(built.said.contains("the expected module `src/workflow` is missing"), "{}", built.said);
    std::fs::create_dir_all(project.path().join("src/workflow")).unwrap();
    let built = project.try_build();
    assert!(!built.success, "{}", built.said);
    assert!(built.said.contains("the expected module `src/workflow` is empty"), "{}", built.said);
    project.write("src/workflow.rs", "");
    assert_eq!(project.moved().facts().modules[0].name, "workflow");
}

#[test]
fn a_files_mode_is_no_content() {
    let (project, repository) = Project::committed();
    let clean = project.moved();
    let main = project.path().join("src/main.rs");
    std::fs::set_permissions(&main, PermissionsExt::from_mode(0o755)).unwrap();
    project.rested();
    project.replace("Cargo.toml", "edition", "edition");
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Clean);
    assert_eq!(stamp.facts().content, clean.facts().content);
}

#[test]
fn line_endings_are_those_that_the_compiler_saw() {
    let project = Project::new();
    project.write(".gitattributes", "*.rs text eol=crlf\n");
    let repository = Repository::init(project.path());
    repository.commit("First");
    let with_lf = project.moved();
    assert_git(&with_lf, &repository.head(), Tree::Clean);

    // A fresh checkout writes the other line endings: the same commit, clean, and other bytes.
    let main = project.read("src/main.rs");
    std::fs::remove_file(project.path().join("src/main.rs")).unwrap();
    repository.git(["checkout", "--quiet", "--", "src/main.rs"]);
    assert_ne!(project.read("src/main.rs"), main);
    let with_crlf = project.moved();
    assert_git(&with_crlf, &repository.head(), Tree::Clean);
    assert_ne!(with_crlf.facts().content, with_lf.facts().content);

    // And the source at the commit is hashed as a checkout would write it.
    std::fs::remove_file(project.path().join("build.rs")).unwrap();
    repository.git(["checkout", "--quiet", "--", "build.rs"]);
    let checked_out = project.moved();
    assert_eq!(checked_out.facts().content.map(|d| d.to_string()), Some(at_head(&project)));
}

#[test]
fn a_filter_that_replaces_content_is_applied_before_hashing() {
    let project = Project::new();
    project.write(".gitattributes", "*.dat filter=large\n");
    project.write("assets/logo.dat", "pixels\n");
    let repository = Repository::init(project.path());
    // As LFS does it: a pointer in the commit, the bytes in the working tree.
    repository.git(["config", "filter.large.clean", "sed s/pixels/pointer/"]);
    repository.git(["config", "filter.large.smudge", "sed s/pointer/pixels/"]);
    repository.git(["config", "filter.large.required", "true"]);
    repository.commit("First");
    assert_eq!(repository.git(["show", "HEAD:assets/logo.dat"]), "pointer");
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Clean);
    assert_eq!(stamp.facts().content.map(|d| d.to_string()), Some(at_head(&project)));
}

/// The content at HEAD, as `selfsame hash --commit HEAD` reads it.
fn at_head(project: &Project) -> String {
    use selfsame_source::{Content, Context, Package, git};

    let environment = selfsame_testing::clean_environment().into_iter().collect();
    let repository = git::Repository::around(project.path(), &environment, Duration::from_secs(60))
        .unwrap()
        .unwrap();
    let commit = repository.resolve("HEAD").unwrap().unwrap();
    let scratch = tempfile::TempDir::with_prefix("selfsame-row-").unwrap();
    let files = repository.snapshot(&commit, scratch.path()).unwrap();
    let package = Package::open_in(&files, project.path()).unwrap();
    let top = Some(repository.top());
    let within = Context { files: &files, top, cargo_home: None, activation: None };
    Content::of(&package, &within).unwrap().digest().unwrap().to_string()
}

#[test]
fn an_ignored_file_that_is_hashed_is_named() {
    let project = Project::new();
    project.write(".gitignore", "generated.rs\n");
    let repository = Repository::init(project.path());
    let commit = repository.commit("First");
    project.moved();
    project.write("src/generated.rs", "// by a generator\n");
    let built = project.build();
    assert!(built.said.contains("`src/generated.rs` goes into the build and git ignores it"));
    let stamp = project.program().stamp;
    assert_git(&stamp, &commit, Tree::Dirty);
    assert_eq!(stamp.facts().info.changed, ["! src/generated.rs"]);
}

#[test]
fn hidden_names_are_no_content() {
    let (project, repository) = Project::committed();
    let clean = project.moved();
    project.write("src/.main.rs.swp", "an editor's\n");
    project.write("src/.cache/a.rs", "somebody's\n");
    // The directory has changed, so cargo asks; the answer is the same.
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Clean);
    assert_eq!(stamp.text(), clean.text());
}

#[test]
fn the_content_is_what_coreutils_make_of_it() {
    let (project, _repository) = of_every_kind();
    let stamp = project.moved();
    let module = &stamp.facts().modules[0];
    assert_eq!(module.name, "billing");
    let line = "find . -type f ! -path '*/.*' -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum";
    let output = std::process::Command::new("sh")
        .args(["-c", line])
        .current_dir(project.path().join(Path::new(&module.path)))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.split(' ').next(), Some(module.sha256.to_string().as_str()));
}

#[test]
fn two_targets_of_one_revision_have_one_content_and_two_fingerprints() {
    let project = Project::new();
    let one = in_process(&project, "README.md", "");
    project.write("README.md", "");
    let out = project.outside().join("out-of-another-target");
    let environment = selfsame_testing::clean_environment()
        .into_iter()
        .chain(
            [
                ("OUT_DIR", out.to_str().unwrap()),
                ("CARGO_MANIFEST_DIR", project.path().to_str().unwrap()),
                ("PROFILE", "debug"),
                ("TARGET", "aarch64-apple-darwin"),
            ]
            .map(|(name, value)| (name.into(), value.into())),
        )
        .collect();
    let other = selfsame_build::Stamper::new().emit_to(&environment, &mut std::io::sink()).unwrap();
    assert_eq!(one.facts().content, other.facts().content);
    assert_ne!(one.fingerprint(), other.fingerprint());
}

#[test]
fn a_deleted_directory_makes_the_tree_dirty() {
    let (project, repository) = of_every_kind();
    let clean = project.moved();
    std::fs::remove_dir_all(project.path().join("migrations")).unwrap();
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Dirty);
    assert_eq!(stamp.facts().info.changed, ["D migrations/1.sql"]);
    assert_ne!(stamp.facts().content, clean.facts().content);
}

/// A build script that generates code from a file of its own, beside the stamp.
const GENERATES: &str = "fn main() {
    let grammar = std::fs::read_to_string(\"grammar/words.txt\").unwrap();
    let out = std::env::var(\"OUT_DIR\").unwrap();
    std::fs::write(format!(\"{out}/words.rs\"), format!(\"{:?}\", grammar.trim())).unwrap();
    selfsame_build::Stamper::new().emit();
}
";

#[test]
fn a_generator_beside_the_stamp_names_what_it_reads() {
    let project = Project::new();
    project.write("build.rs", GENERATES);
    project.write("grammar/words.txt", "first\n");
    project.replace(
        "src/main.rs",
        "const CODE: &str = \"first\"",
        "const CODE: &str = include!(concat!(env!(\"OUT_DIR\"), \"/words.rs\"))",
    );
    assert_eq!(project.moved_program().code, "first");

    // The script names it by a string, so it is content, and watched.
    project.write("grammar/words.txt", "second\n");
    let program = project.moved_program();
    assert_eq!(program.code, "second");
    project.write("grammar/words.txt", "third\n");
    let third = project.moved_program();
    assert_eq!(third.code, "third");
    assert_ne!(third.stamp.facts().content, program.stamp.facts().content);
}
