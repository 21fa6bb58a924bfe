//! Packages that are built together: the content of a service is that of its siblings too.

use std::fs::File;
use std::time::{Duration, SystemTime};

use selfsame::stamp::{Digest, Stamp, Tree};

use crate::project::{Project, assert_git};
use crate::require::whole_matrix;
use selfsame_testing::repository::Repository;

/// A workspace with the service `api`, and the libraries `kit` and `core` that stamp nothing (`api`
/// uses `kit`, `kit` uses `core`). The tests of `api` use `fixtures`.
fn workspace() -> (Project, Repository) {
    let mut project = Project::new();
    let name = project.name().to_owned();
    let root = project.path().to_owned();
    for file in ["build.rs", "README.md", "src/main.rs"] {
        std::fs::remove_file(root.join(file)).unwrap();
    }
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"api\", \"kit\", \"core\", \"fixtures\"]\n",
    );
    let dependency =
        |of: &str| format!("{of} = {{ path = \"../{of}\", package = \"{name}-{of}\" }}\n");
    let tests = format!("[dev-dependencies]\n{}", dependency("fixtures"));
    project.write_package("api", &name, &tests);
    project.replace(
        "api/Cargo.toml",
        "[dependencies]\n",
        &format!("[dependencies]\n{}", dependency("kit")),
    );
    project.replace(
        "api/src/main.rs",
        "    println!(\"{CODE}\");",
        "    println!(\"{CODE}{}\", kit::TEXT);",
    );
    for (library, uses, text) in [
        ("kit", dependency("core").replace("core =", "core_library ="), "core_library::TEXT"),
        ("core", String::new(), "\"-core\""),
        ("fixtures", String::new(), "\"-fixtures\""),
    ] {
        let package = format!("[package]\nname = \"{name}-{library}\"\nedition = \"2024\"\n");
        project
            .write(&format!("{library}/Cargo.toml"), format!("{package}\n[dependencies]\n{uses}"));
        let text = format!("pub const TEXT: &str = {text};\n");
        project.write(&format!("{library}/src/lib.rs"), text);
    }
    let run = project.cargo().run(&root, &["update", "--workspace", "--quiet"]);
    assert!(run.success, "{}", run.said);
    let repository = Repository::init(&root);
    repository.commit("First");
    project.move_to(&root.join("api"));
    (project, repository)
}

fn digest(project: &Project, stamp: &Stamp, name: &str) -> Digest {
    let name = format!("{}-{name}", project.name());
    stamp.facts().packages.iter().find(|package| package.name == name).expect("it is named").sha256
}

#[test]
fn siblings_are_content_without_a_line_of_their_own() {
    let (project, repository) = workspace();
    let program = project.moved_program();
    assert_eq!(program.code, "first-core");
    let clean = program.stamp;
    assert_git(&clean, &repository.head(), Tree::Clean);
    let own = project.name();
    let paths: Vec<(&str, &str)> = clean
        .facts()
        .packages
        .iter()
        .map(|package| (package.name.as_str(), package.path.as_str()))
        .collect();
    let (core, kit) = (format!("{own}-core"), format!("{own}-kit"));
    assert_eq!(paths, [(own, "."), (core.as_str(), "../core"), (kit.as_str(), "../kit")]);
    assert!(clean.facts().outside.is_empty());

    // One step away, and two.
    for (path, from, to, name, other) in [
        ("../kit/src/lib.rs", "pub const", "/* new */ pub const", "kit", "core"),
        ("../core/src/lib.rs", "-core", "-new", "core", "kit"),
    ] {
        let before = project.program().stamp;
        project.replace(path, from, to);
        let stamp = project.moved();
        assert_git(&stamp, &repository.head(), Tree::Dirty);
        assert_ne!(stamp.facts().content, before.facts().content);
        assert_ne!(digest(&project, &stamp, name), digest(&project, &before, name));
        assert_eq!(digest(&project, &stamp, other), digest(&project, &before, other));
        assert_eq!(stamp.facts().info.changed, [format!("M {path}")]);
        repository.commit("Change a library");
        let stamp = project.moved();
        assert_git(&stamp, &repository.head(), Tree::Clean);
    }
    assert_eq!(project.program().code, "first-new");
}

#[test]
fn what_only_tests_are_built_from_is_not_content_and_compiles_no_service() {
    let (project, repository) = workspace();
    let clean = project.moved();
    project.replace("../fixtures/src/lib.rs", "-fixtures", "-other");
    project.write("../kit/README.md", "# A library\n");
    project.write("../kit/tests/it.rs", "#[test] fn it() {}\n");
    project.rested();
    repository.commit("Change what tests use");
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Clean);
    assert_eq!(stamp.facts().content, clean.facts().content);
}

#[test]
fn a_file_that_appears_in_a_sibling_is_seen() {
    let (project, repository) = workspace();
    let clean = project.moved();
    project.write("../core/migrations/1.sql", "one\n");
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Dirty);
    assert_ne!(digest(&project, &stamp, "core"), digest(&project, &clean, "core"));
    assert_eq!(stamp.facts().info.changed, ["? ../core/migrations/1.sql"]);
}

#[test]
fn a_commit_compiles_what_carries_a_stamp_and_nothing_else() {
    let (project, repository) = workspace();
    project.moved();
    let commit = repository.commit("Empty");
    let built = project.build();
    assert!(built.script && built.compiled, "{}", built.said);
    for library in ["kit", "core"] {
        let line = format!("--crate-name {}_{library} ", project.name().replace('-', "_"));
        assert!(!built.said.contains(&line), "{}", built.said);
    }
    assert_git(&project.program().stamp, &commit, Tree::Clean);
}

#[test]
fn a_siblings_file_replaced_under_an_older_time_stops_the_build() {
    let (project, _repository) = workspace();
    project.moved();
    project.replace("../core/src/lib.rs", "-core", "-fire");
    let past = SystemTime::now() - Duration::from_secs(7 * 24 * 3600);
    let path = project.path().join("../core/src/lib.rs");
    File::open(&path).unwrap().set_modified(past).unwrap();
    // The service is built again, and its sibling is not.
    project.edit("first", "second");
    let built = project.try_build();
    assert!(!built.success, "{}", built.said);
    assert!(
        built.said.contains("core/src/lib.rs` was replaced under an older time"),
        "{}",
        built.said
    );
    assert!(built.said.contains("`touch`"), "{}", built.said);

    // What the message says helps.
    File::open(&path).unwrap().set_modified(SystemTime::now()).unwrap();
    let program = project.moved_program();
    assert_eq!(program.code, "second-fire");
    assert_eq!(program.stamp.facts().revision.tree, Tree::Dirty);
}

#[test]
fn the_content_of_a_workspace_is_found_again_at_the_commit() {
    use selfsame_source::{Content, Context, Package, git};

    let (project, _repository) = workspace();
    let stamp = project.moved();
    let environment = selfsame_testing::clean_environment().into_iter().collect();
    let found = git::Repository::around(project.path(), &environment, Duration::from_secs(60))
        .unwrap()
        .unwrap();
    let commit = found.resolve("HEAD").unwrap().unwrap();
    // Another working tree than the commit's.
    project.replace("../core/src/lib.rs", "-core", "-other");
    let scratch = tempfile::TempDir::with_prefix("selfsame-row-").unwrap();
    let files = found.snapshot(&commit, scratch.path()).unwrap();
    let package = Package::open_in(&files, project.path()).unwrap();
    let within =
        Context { files: &files, top: Some(found.top()), cargo_home: None, activation: None };
    let content = Content::of(&package, &within).unwrap();
    assert_eq!(content.digest().ok(), stamp.facts().content);
}

#[test]
fn a_package_outside_the_repository_is_named_and_no_commit_vouches_for_it() {
    let project = Project::with_dependency("kit");
    let repository = Repository::init(project.path());
    repository.commit("First");
    let stamp = project.moved();
    let names: Vec<&str> =
        stamp.facts().outside.iter().map(|outside| outside.path.as_str()).collect();
    assert_eq!(names, ["../kit"]);
    let before = stamp.facts().content;
    assert_git(&stamp, &repository.head(), Tree::Unknown);
    assert!(stamp.facts().unknown["tree"].contains("outside the repository"), "{}", stamp.text());
    project.replace("../kit/src/lib.rs", "Hello", "Howdy");
    assert_ne!(project.moved().facts().content, before);
}

#[test]
fn in_a_workspace_of_twenty_a_commit_compiles_two_services_or_nothing() {
    if !whole_matrix() {
        return;
    }
    let mut project = Project::new();
    let name = project.name().to_owned();
    let root = project.path().to_owned();
    for file in ["build.rs", "README.md", "src/main.rs"] {
        std::fs::remove_file(root.join(file)).unwrap();
    }
    let libraries: Vec<String> = (0..18).map(|number| format!("{name}-lib{number:02}")).collect();
    let services = [name.clone(), format!("{name}-web")];
    for (number, library) in libraries.iter().enumerate() {
        let before = libraries[..number]
            .last()
            .map_or(String::new(), |before| format!("{before} = {{ path = \"../{before}\" }}\n"));
        project.write(
            &format!("{library}/Cargo.toml"),
            format!(
                "[package]\nname = \"{library}\"\nedition = \"2024\"\n\n[dependencies]\n{before}"
            ),
        );
        project.write(&format!("{library}/src/lib.rs"), "");
    }
    for service in &services {
        project.write_package(service, service, "");
        let last = libraries.last().unwrap();
        project.replace(
            &format!("{service}/Cargo.toml"),
            "[dependencies]\n",
            &format!("[dependencies]\n{last} = {{ path = \"../{last}\" }}\n"),
        );
    }
    let members: Vec<&String> = libraries.iter().chain(&services).collect();
    project.write("Cargo.toml", format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"));
    let run = project.cargo().run(&root, &["update", "--workspace", "--quiet"]);
    assert!(run.success, "{}", run.said);
    let repository = Repository::init(&root);
    repository.commit("First");

    let compiled = |project: &Project| {
        let built = project.build();
        built
            .said
            .lines()
            .filter_map(|line| line.split_once("--crate-name ")?.1.split(' ').next())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(compiled(&project).len() >= 20);
    assert!(compiled(&project).is_empty());

    repository.commit("Empty");
    let mut twice = compiled(&project);
    twice.sort_unstable();
    assert_eq!(twice, services.map(|service| service.replace('-', "_")));

    project.set("SELFSAME_GIT", "off");
    compiled(&project);
    repository.commit("Empty again");
    assert!(compiled(&project).is_empty());
    project.write("README.md", "# All of it\n");
    assert!(compiled(&project).is_empty());
}

/// What several services share: it takes the stamp of whoever calls it, and has none of its own.
#[test]
fn a_shared_crate_tells_the_stamp_that_a_service_passes_to_it() {
    let project = Project::with_dependency("kit");
    let selfsame = selfsame_testing::registry::dependency();
    let manifest = project.read("../kit/Cargo.toml");
    let dependency = format!("selfsame = {{ {selfsame}, default-features = false }}\n");
    project.write("../kit/Cargo.toml", format!("{manifest}\n[dependencies]\n{dependency}"));
    let text = project.read("../kit/src/lib.rs");
    let serve = "pub fn tell(stamp: selfsame::stamp::Embedded) {
    println!(\"{}\", stamp.read().unwrap().text());
}
";
    project.write("../kit/src/lib.rs", format!("{text}{serve}"));
    let told = "println!(\"{}\", selfsame::stamp!().read().unwrap().text());";
    project.replace("src/main.rs", told, "kit::tell(selfsame::stamp!());");
    let run = project.cargo().run(project.path(), &["update", "--workspace", "--quiet"]);
    assert!(run.success, "{}", run.said);
    let stamp = project.moved();
    assert_eq!(stamp.facts().name, project.name());
    let names: Vec<&str> =
        stamp.facts().packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, [project.name(), &format!("{}-kit", project.name())]);
}
