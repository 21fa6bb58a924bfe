//! Packages that are built together: parts that stamp themselves, and those that no stamp speaks for.

use std::fs::File;
use std::time::{Duration, SystemTime};

use selfsame::stamp::{Stamp, Tree};

use crate::project::{Project, assert_git};
use crate::require::whole_matrix;
use crate::support::repository::Repository;

/// A workspace with the service `api`, the parts `kit` and `core` (`api` uses `kit`, `kit` uses
/// `core`), and `plain`, which stamps nothing.
fn workspace() -> (Project, Repository) {
    let mut project = Project::new();
    let name = project.name().to_owned();
    let root = project.path().to_owned();
    for file in ["build.rs", "README.md", "src/main.rs"] {
        std::fs::remove_file(root.join(file)).unwrap();
    }
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"api\", \"kit\", \"core\", \"plain\"]\n",
    );
    project.write_package("api", &name, "");
    let dependency =
        |of: &str| format!("{of} = {{ path = \"../{of}\", package = \"{name}-{of}\" }}\n");
    project.replace(
        "api/Cargo.toml",
        "[dependencies]\n",
        &format!("[dependencies]\n{}{}", dependency("kit"), dependency("plain")),
    );
    project.replace(
        "api/src/main.rs",
        "    println!(\"{CODE}\");",
        "    println!(\"{CODE}{}{}\", kit::TEXT, plain::TEXT);",
    );
    for (part, uses, text) in [
        ("kit", dependency("core"), "pub const TEXT: &str = core::TEXT;\n"),
        ("core", String::new(), "pub const TEXT: &str = \"-core\";\n"),
        ("plain", String::new(), "pub const TEXT: &str = \"-plain\";\n"),
    ] {
        let manifest = crate::project::manifest(&format!("{name}-{part}"), "");
        let manifest = manifest.replacen("[dependencies]\n", &format!("[dependencies]\n{uses}"), 1);
        project.write(&format!("{part}/src/lib.rs"), text.replace("core::", "::core_part::"));
        let manifest = manifest.replace("core = {", "core_part = {");
        if part == "plain" {
            let manifest = manifest.split("[dependencies]").next().unwrap().to_owned();
            project.write(&format!("{part}/Cargo.toml"), manifest);
        } else {
            let links = format!("links = \"{name}-{part}\"\n\n[dependencies]");
            let manifest = manifest.replacen("\n[dependencies]", &links, 1);
            project.write(&format!("{part}/Cargo.toml"), manifest);
            project.write(
                &format!("{part}/build.rs"),
                "fn main() { selfsame::build::Stamper::new().part().emit(); }\n",
            );
        }
    }
    let run = project.cargo().run(&root, &["update", "--workspace", "--quiet"]);
    assert!(run.success, "{}", run.said);
    let repository = Repository::init(&root);
    repository.commit("First");
    project.move_to(&root.join("api"));
    (project, repository)
}

fn part<'a>(project: &Project, stamp: &'a Stamp, name: &str) -> &'a selfsame::stamp::Part {
    let name = format!("{}-{name}", project.name());
    stamp.parts.iter().find(|part| part.name == name).expect("the part is named")
}

#[test]
fn siblings_that_stamp_themselves_are_parts_and_the_others_are_named() {
    let (project, repository) = workspace();
    let program = project.moved_program();
    assert_eq!(program.code, "first-core-plain");
    let clean = program.stamp;
    assert_git(&clean, &repository.head(), Tree::Clean);
    let names: Vec<&str> = clean.parts.iter().map(|part| part.name.as_str()).collect();
    let own = project.name();
    assert_eq!(names, [format!("{own}-core"), format!("{own}-kit")]);
    assert!(clean.parts.iter().all(|part| part.tree == Tree::Clean));
    assert_eq!(clean.unstamped, [format!("{own}-plain"), "selfsame".to_owned()]);

    // One step away, and two.
    for (path, from, to, name, other) in [
        ("../kit/src/lib.rs", "pub const", "/* new */ pub const", "kit", "core"),
        ("../core/src/lib.rs", "-core", "-new", "core", "kit"),
    ] {
        let before = project.program().stamp;
        project.replace(path, from, to);
        let stamp = project.moved();
        assert_git(&stamp, &repository.head(), Tree::Dirty);
        assert_ne!(stamp.content, before.content);
        assert_eq!(part(&project, &stamp, name).tree, Tree::Dirty);
        assert_ne!(part(&project, &stamp, name).content, part(&project, &before, name).content);
        assert_eq!(part(&project, &stamp, other).tree, Tree::Clean);
        assert_eq!(part(&project, &stamp, other).content, part(&project, &before, other).content);
        assert_eq!(stamp.info.changed, [format!("M {path}")]);
        repository.commit("Change a part");
        let stamp = project.moved();
        assert_git(&stamp, &repository.head(), Tree::Clean);
        assert!(stamp.parts.iter().all(|part| part.tree == Tree::Clean));
    }
    assert_eq!(project.program().code, "first-new-plain");
}

#[test]
fn a_file_that_appears_in_a_part_is_seen() {
    let (project, repository) = workspace();
    let clean = project.moved();
    project.write("../core/migrations/1.sql", "one\n");
    let stamp = project.moved();
    assert_git(&stamp, &repository.head(), Tree::Dirty);
    assert_ne!(part(&project, &stamp, "core").content, part(&project, &clean, "core").content);
    assert_eq!(stamp.info.changed, ["? ../core/migrations/1.sql"]);
}

#[test]
fn an_unstamped_sibling_is_named_and_a_change_of_it_makes_the_tree_dirty() {
    let (project, repository) = workspace();
    let before = project.moved();
    assert!(before.unstamped.contains(&format!("{}-plain", project.name())));
    project.replace("../plain/src/lib.rs", "-plain", "-other");
    let after = project.moved();
    assert_eq!(project.program().code, "first-core-other");
    assert_eq!(after.content, before.content, "its content is in no stamp");
    assert_eq!(after.revision.tree, Tree::Dirty);
    let change = format!("{}-plain: M src/lib.rs", project.name());
    assert!(after.info.changed.contains(&change), "{:?}", after.info.changed);

    let commit = repository.commit("Change the sibling");
    assert_git(&project.moved(), &commit, Tree::Clean);
}

#[test]
fn a_commit_compiles_what_carries_a_stamp_and_no_part() {
    let (project, repository) = workspace();
    project.moved();
    let commit = repository.commit("Empty");
    let built = project.build();
    assert!(built.script && built.compiled, "{}", built.said);
    for part in ["kit", "core", "plain"] {
        let line = format!("--crate-name {}_{part} ", project.name().replace('-', "_"));
        assert!(!built.said.contains(&line), "{}", built.said);
    }
    assert_git(&project.program().stamp, &commit, Tree::Clean);
}

#[test]
fn a_part_replaced_under_an_older_time_stops_the_build() {
    let (project, _repository) = workspace();
    project.moved();
    project.replace("../core/src/lib.rs", "-core", "-another");
    let past = SystemTime::now() - Duration::from_secs(7 * 24 * 3600);
    let file = File::open(project.path().join("../core/src/lib.rs")).unwrap();
    file.set_modified(past).unwrap();
    // The service is built again; its part is not, and neither is the part's script run.
    project.edit("first", "second");
    let built = project.try_build();
    assert!(!built.success, "{}", built.said);
    let reason =
        format!("the part `{}-core` is not what its build script has hashed", project.name());
    assert!(built.said.contains(&reason) && built.said.contains("`touch`"), "{}", built.said);

    // What the message says helps.
    let manifest = File::open(project.path().join("../core/Cargo.toml")).unwrap();
    manifest.set_modified(SystemTime::now()).unwrap();
    let stamp = project.moved();
    assert_eq!(part(&project, &stamp, "core").tree, Tree::Dirty);
}

#[test]
fn a_part_without_links_says_which_line_is_missing() {
    let project = Project::new();
    project.replace("build.rs", ".emit()", ".part().emit()");
    let built = project.try_build();
    assert!(!built.success && built.said.contains("add `links = "), "{}", built.said);
}

#[test]
fn the_content_of_a_whole_with_parts_is_found_again_at_the_commit() {
    use selfsame::source::{Content, Package, git};

    let (project, _repository) = workspace();
    let stamp = project.moved();
    let environment = crate::support::clean_environment().into_iter().collect();
    let found = git::Repository::around(project.path(), &environment).unwrap().unwrap();
    let commit = found.resolve("HEAD").unwrap().unwrap();
    let to = tempfile::TempDir::with_prefix("selfsame-row-").unwrap();
    let package = found.export(&commit, &stamp.scope, to.path()).unwrap();
    let content = Content::of(&Package::open(&package).unwrap(), &stamp.scope).unwrap();
    assert_eq!(content.digest().ok(), stamp.content);
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
    let selfsame = crate::support::package().display();
    let manifest = project.read("../kit/Cargo.toml");
    let dependency = format!("selfsame = {{ path = \"{selfsame}\", default-features = false }}\n");
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
    assert_eq!(stamp.name, project.name());
    assert_eq!(stamp.unstamped, [format!("{}-kit", project.name()), "selfsame".to_owned()]);
}
