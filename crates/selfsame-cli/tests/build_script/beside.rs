//! Beside the build sides of others in one build: the real tonic-build and the real sqlx.

use selfsame::stamp::Tree;

use crate::project::{Project, assert_git};
use crate::require::{require, whole_matrix};
use selfsame_testing::repository::Repository;
use selfsame_testing::requirements::have;

const MAIN: &str = r#"
mod hello {
    include!(concat!(env!("OUT_DIR"), "/hello.rs"));
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

fn main() {
    println!("{} {:?}", MIGRATIONS.iter().count(), hello::Greeting::default());
    println!("{}", selfsame::stamp!().read().unwrap().text());
}
"#;

const PROTO: &str =
    "syntax = \"proto3\";\npackage hello;\nmessage Greeting {\n  string name = 1;\n}\n";

/// A build script that generates from the proto in a directory, and stamps.
fn script(directory: &str, stamper: &str) -> String {
    format!(
        "fn main() {{\n    tonic_prost_build::configure()\n        .build_client(false)\n        \
         .build_server(false)\n        \
         .compile_protos(&[\"{directory}/hello.proto\"], &[\"{directory}\"])\n        .unwrap();\n    \
         selfsame_build::{stamper}.emit();\n}}\n"
    )
}

/// A service with messages and migrations.
fn service() -> Option<(Project, Repository)> {
    if !whole_matrix() || !have("protoc") {
        return None;
    }
    let mut project = Project::new();
    project.set("CARGO_NET_OFFLINE", "false");
    project.replace(
        "Cargo.toml",
        "[dependencies]\n",
        "[dependencies]\n\
         prost = { version = \"=0.14.4\", default-features = false, features = [\"derive\", \"std\"] }\n\
         sqlx = { version = \"=0.8.6\", default-features = false, features = [\"macros\", \"migrate\"] }\n",
    );
    project.replace(
        "Cargo.toml",
        "[build-dependencies]\n",
        "[build-dependencies]\n\
         tonic-prost-build = { version = \"=0.14.9\", default-features = false }\n",
    );
    project.write("build.rs", script("proto", "Stamper::new()"));
    project.write("src/main.rs", MAIN);
    project.write("proto/hello.proto", PROTO);
    project.write("migrations/1_begin.sql", "CREATE TABLE a (b INT);\n");
    let fetched = project.cargo().run(project.path(), &["fetch", "--quiet"]);
    if !require("the crate registry", fetched.success) {
        return None;
    }
    let repository = Repository::init(project.path());
    repository.commit("First");
    Some((project, repository))
}

#[test]
fn what_tonic_build_and_sqlx_read_is_followed_where_it_is_content() {
    let Some((project, repository)) = service() else { return };
    let first = project.moved_program();
    assert_eq!(first.code, "1 Greeting { name: \"\" }");
    assert_git(&first.stamp, &repository.head(), Tree::Clean);

    // tonic-build prints no line for what it reads. The stamper does, for all of the content.
    project.replace("proto/hello.proto", "name = 1;", "title = 1;");
    let second = project.moved_program();
    assert_eq!(second.code, "1 Greeting { title: \"\" }");
    assert_git(&second.stamp, &repository.head(), Tree::Dirty);

    // `migrate!` tells the compiler of the files that it found, and not of the directory.
    project.write("migrations/2_more.sql", "CREATE TABLE c (d INT);\n");
    assert_eq!(project.moved_program().code, "2 Greeting { title: \"\" }");

    // Nor does `query!` tell of what `cargo sqlx prepare` has written.
    project.write(".sqlx/query-1.json", "{}\n");
    let prepared = project.moved();
    assert_ne!(prepared.facts().content, second.stamp.facts().content);

    let commit = repository.commit("Second");
    assert_git(&project.moved(), &commit, Tree::Clean);
    project.write("README.md", "# Another text\n");
    project.rested();

    // Elsewhere it is still content: the build script names it.
    project.write("api/hello.proto", PROTO);
    project.write("build.rs", script("api", "Stamper::new()"));
    let third = project.moved_program();
    assert_eq!(third.code, "2 Greeting { name: \"\" }");
    project.replace("api/hello.proto", "name = 1;", "subject = 1;");
    let fourth = project.moved_program();
    assert_eq!(fourth.code, "2 Greeting { subject: \"\" }");
    assert_ne!(fourth.stamp.facts().content, third.stamp.facts().content);
    assert!(
        fourth.stamp.facts().info.changed.contains(&"? api/hello.proto".to_owned()),
        "{}",
        fourth.stamp.text()
    );
}
