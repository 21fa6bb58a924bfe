//! Links in a stranger's repository: nothing is written through them.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::TempDir;

use crate::project::Project;
use crate::run::{assert_cannot_tell, assert_says, finish, selfsame_in};

#[test]
fn a_stamp_replaces_a_link_and_does_not_follow_it() {
    let directory = TempDir::with_prefix("selfsame-links-").expect("a temporary directory");
    let at = |name: &str| directory.path().join(name);
    std::fs::create_dir_all(at("shop/dist")).expect("mkdir");
    std::fs::write(at("shop/package.json"), r#"{"name":"shop","version":"1.0.0"}"#)
        .expect("a file");
    std::fs::write(at("shop/dist/app.js"), "run()").expect("a file");
    std::fs::write(at("profile"), "mine\n").expect("a file");
    for (output, link) in
        [("shop/dist.selfsame.json", "../profile"), ("shop/dist/__build", "../../profile")]
    {
        symlink(link, at(output)).expect("a link");
        let mut command = selfsame_in(&at("shop"));
        command.args(["stamp", "dist"]);
        if output.ends_with("__build") {
            command.args(["--output", "dist/__build"]);
        }
        assert_says(output, &finish(&mut command), 0, &["1 file"]);
        assert_eq!(std::fs::read_to_string(at("profile")).expect("it is there"), "mine\n");
        let written = at(output).symlink_metadata().expect("it is there");
        assert!(written.is_file(), "{output}");
        // A web server reads it as another user.
        assert_eq!(written.permissions().mode() & 0o444, 0o444, "{output}");
    }
}

#[test]
fn a_stamp_can_be_written_to_a_pipe() {
    let directory = TempDir::with_prefix("selfsame-links-").expect("a temporary directory");
    let dist = directory.path().join("dist");
    std::fs::create_dir(&dist).expect("mkdir");
    std::fs::write(directory.path().join("package.json"), r#"{"name":"shop","version":"1.0.0"}"#)
        .expect("a file");
    std::fs::write(dist.join("app.js"), "run()").expect("a file");
    let mut command = selfsame_in(directory.path());
    command.args(["stamp", "dist", "--output", "/dev/stdout"]);
    assert_says("a pipe", &finish(&mut command), 0, &["\"name\":\"shop\"", "1 file"]);
}

#[test]
fn links_of_a_commit_that_lead_around_in_a_circle_end() {
    let project = Project::new();
    for (from, to) in [("one", "two"), ("two", "one")] {
        symlink(to, project.path().join("src").join(from)).expect("a link");
    }
    let main = "mod modules;\nconst A: &str = include_str!(\"one/a.txt\");\nfn main() {}\n";
    project.repository.write("src/main.rs", main);
    project.repository.commit("Link around");
    let outcome = finish(selfsame_in(project.path()).args(["hash", "--commit", "HEAD"]));
    assert_cannot_tell("a circle", &outcome, &["leads around in a circle"]);
}
