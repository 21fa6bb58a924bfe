//! `check --artifact` with an image.

use crate::pack::{Image, Layout, Shelf, Tar, executable, facts};
use crate::project::Project;
use crate::run::run;
use selfsame::stamp::{Digest, Facts, Shipped, Stamp};
use selfsame_core::tree::Lines;
use selfsame_testing::command::Outcome;
use serde_json::json;

fn check(project: &Project, artifact: &str, more: &[&str]) -> Outcome {
    let source = project.source();
    let arguments = ["check", "--source", &source, "--artifact", artifact, "--format=json"];
    run(&[&arguments, more].concat())
}

#[test]
fn an_image_that_was_built_from_source_is_the_same() {
    let project = Project::new();
    let shelf = Shelf::new();
    let layer = Tar::new().file("app/api", executable(&project.facts())).close();
    let image = Image::new([layer.clone()]);
    let layout = shelf.path("layout");
    Layout::of(&image).write(&layout);
    for (kind, artifact) in [
        ("the docker archive", shelf.put("image.tar", &image.docker())),
        ("the OCI archive", shelf.put("oci.tar", &Layout::of(&image).archive())),
        ("the OCI layout", layout.to_str().unwrap().to_owned()),
        ("the archive of a root file system", shelf.put("root.tar", &layer)),
    ] {
        let outcome = check(&project, &artifact, &[]);
        assert_eq!(outcome.code, 0, "{kind}: {}\n{}", outcome.out, outcome.err);
        assert_eq!(outcome.finding("equal")["subject"]["artifact"], *artifact, "{kind}");
    }
}

#[test]
fn an_older_image_is_drift_and_what_is_below_does_not_count() {
    let project = Project::new();
    let old = project.facts();
    project.repository.write("src/modules/billing/mod.rs", "// bills more\n");
    project.repository.commit("Bill more");
    let new = project.facts();
    let shelf = Shelf::new();
    let layer = |facts| Tar::new().file("app/api", executable(facts)).close();

    let stale = Image::new([layer(&new), layer(&old)]);
    let outcome = check(&project, &shelf.put("image.tar", &stale.docker()), &[]);
    assert_eq!(outcome.code, 1, "{}\n{}", outcome.out, outcome.err);
    let finding = outcome.finding("commit-behind");
    assert!(finding["next"].to_string().contains("rebuild the image"), "{finding}");
    let lower = outcome.finding("stamp-in-lower-layer");
    assert_eq!(lower["evidence"]["reason"], "layer 2 of 2 replaced `/app/api`");

    let fresh = Image::new([layer(&old), layer(&new)]);
    let outcome = check(&project, &shelf.put("image.tar", &fresh.docker()), &[]);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.out, outcome.err);
}

#[test]
fn a_deleted_service_is_unknown_and_the_layer_is_named() {
    let project = Project::new();
    let shelf = Shelf::new();
    let gone = Image::new([
        Tar::new().file("app/api", executable(&project.facts())).close(),
        Tar::new().file("app/.wh.api", "").close(),
    ]);
    let outcome = check(&project, &shelf.put("image.tar", &gone.docker()), &[]);
    assert_eq!(outcome.code, 2, "{}\n{}", outcome.out, outcome.err);
    assert!(outcome.err.contains("layer 2 of 2 deleted `/app/api`"), "{}", outcome.err);
}

#[test]
fn one_of_several_services_is_the_one_that_source_names() {
    let project = Project::new();
    let mut other = facts('a');
    other.name = "worker".to_owned();
    let shelf = Shelf::new();
    let both = Tar::new()
        .file("app/api", executable(&project.facts()))
        .hardlink("app/copy", "app/api")
        .file("app/worker", executable(&other));
    let file = shelf.put("image.tar", &Image::new([both.clone().close()]).docker());
    let outcome = check(&project, &file, &[]);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.out, outcome.err);
    let two = both.file("app/old", executable(&facts('b')));
    let file = shelf.put("image.tar", &Image::new([two.close()]).docker());
    let outcome = check(&project, &file, &[]);
    assert_eq!(outcome.code, 2, "{}\n{}", outcome.out, outcome.err);
    assert!(outcome.err.contains("api (/app/old)"), "{}", outcome.err);
}

#[test]
fn the_platform_is_chosen_here_too() {
    let project = Project::new();
    let old = project.facts();
    project.repository.write("src/modules/billing/mod.rs", "// bills more\n");
    project.repository.commit("Bill more");
    let image = |facts, architecture| {
        Image::new([Tar::new().file("api", executable(facts)).close()]).on(architecture)
    };
    let mut layout = Layout::new();
    let (good, bad) = (image(&project.facts(), "arm64"), image(&old, "amd64"));
    for image in [&good, &bad] {
        let descriptor = layout.add(image);
        layout.name(descriptor);
    }
    let shelf = Shelf::new();
    let file = shelf.put("image.tar", &layout.archive());
    assert_eq!(check(&project, &file, &[]).code, 2);
    assert_eq!(check(&project, &file, &["--platform", "linux/arm64"]).code, 0);
    assert_eq!(check(&project, &file, &["--platform", "linux/amd64"]).code, 1);
}

const DIST: [(&str, &str); 2] = [("index.html", "<html>"), ("modules/workflow/flow.js", "flow")];

/// Facts of a binary that is shipped with a directory.
fn with_dist(project: &Project) -> Facts {
    let mut lines = Lines::new();
    for (name, text) in DIST {
        lines.push(Digest::of(text.as_bytes()), format!("./{name}").as_bytes());
    }
    let mut facts = project.facts();
    let mut shipped = Shipped::new("dist", "dashboard/dist", "dist");
    shipped.sha256 = Some(lines.digest());
    shipped.files = 2;
    shipped.bytes = 10;
    shipped.list = String::from_utf8_lossy(lines.as_bytes()).lines().map(str::to_owned).collect();
    facts.shipped = vec![shipped];
    facts
}

/// The binary was built before its directory, which a stamp file beside it may speak for.
#[test]
fn a_directory_that_the_build_did_not_have_is_unknown_unless_a_stamp_file_speaks_for_it() {
    let project = Project::new();
    let shelf = Shelf::new();
    let known = with_dist(&project).shipped.remove(0);
    let mut facts = project.facts();
    facts.shipped = vec![Shipped::unknown("dist", "dashboard/dist", "/app/dist", "not there")];
    let binary = executable(&facts);
    let mut of_files = Facts::new("dashboard", "1.0.0");
    of_files.shipped = vec![known];
    let stamp = Stamp::seal(of_files).expect("the facts agree");
    let check_with = |stamp: Option<&str>, page: &str| {
        let mut layer = Tar::new().file("app/api", &binary).file("app/dist/index.html", page);
        layer = layer.file("app/dist/modules/workflow/flow.js", "flow");
        if let Some(stamp) = stamp {
            layer = layer.file("app/dist.selfsame.json", stamp);
        }
        let image = Image::new([layer.close()]);
        check(&project, &shelf.put("image.tar", &image.docker()), &[])
    };
    for (case, stamp, page, code, finding) in [
        ("nothing speaks", None, "<html>", 2, "shipped-unknown"),
        ("a broken one", Some(&stamp.text()[1..]), "<html>", 2, "shipped-unknown"),
        ("it is so", Some(stamp.text()), "<html>", 0, "equal"),
        ("it is not so", Some(stamp.text()), "<old>", 1, "shipped-differs"),
    ] {
        let outcome = check_with(stamp, page);
        assert_eq!(outcome.code, code, "{case}: {}\n{}", outcome.out, outcome.err);
        outcome.finding(finding);
    }
}

#[test]
fn shipped_directories_are_in_the_image_or_the_layer_that_took_them_is_named() {
    let project = Project::new();
    let shelf = Shelf::new();
    let binary = executable(&with_dist(&project));
    let check_layers = |upper: Option<Tar>, change: &dyn Fn(&mut Image)| {
        let mut base = Tar::new().file("app/api", &binary);
        for (name, text) in DIST {
            base = base.file(&format!("app/dist/{name}"), text);
        }
        // The stamp of the directory itself is none of its files.
        base = base.file("app/dist/__build", "{}");
        let layers = [Some(base), upper];
        let mut image = Image::new(layers.into_iter().flatten().map(Tar::close));
        image.config["config"]["WorkingDir"] = "/app".into();
        change(&mut image);
        check(&project, &shelf.put("image.tar", &image.docker()), &[])
    };
    let whole = check_layers(None, &|_| {});
    assert_eq!(whole.code, 0, "{}\n{}", whole.out, whole.err);

    for (case, upper, code, words) in [
        (
            "a module deleted",
            Tar::new().file("app/dist/modules/.wh.workflow", ""),
            "shipped-differs",
            &[
                "\"missing\":[\"modules/workflow/flow.js\"]",
                "layer 2 of 2 deleted `/app/dist/modules/workflow` (1 file)",
            ][..],
        ),
        (
            "all of it deleted",
            Tar::new().file("app/.wh.dist", ""),
            "shipped-missing",
            &["layer 2 of 2 deleted `/app/dist`"],
        ),
        (
            "an older file",
            Tar::new().file("app/dist/index.html", "<old>"),
            "shipped-differs",
            &["\"changed\":[\"index.html\"]"],
        ),
        (
            "one more",
            Tar::new().file("app/dist/x.js", "x"),
            "shipped-differs",
            &["\"added\":[\"x.js\"]"],
        ),
    ] {
        let outcome = check_layers(Some(upper), &|_| {});
        assert_eq!(outcome.code, 1, "{case}: {}\n{}", outcome.out, outcome.err);
        let finding = outcome.finding(code);
        assert_eq!(finding["evidence"]["path"], "/app/dist", "{case}");
        let finding = finding.to_string();
        for word in words {
            assert!(finding.contains(word), "{case}: {word:?} is not in {finding}");
        }
    }

    // The process looks where the image's variable says.
    let elsewhere = |image: &mut Image| {
        image.config["config"]["Env"] = serde_json::json!(["SELFSAME_SHIPPED_DIST=/srv/none"]);
    };
    let outcome = check_layers(None, &elsewhere);
    assert_eq!(outcome.code, 1, "{}\n{}", outcome.out, outcome.err);
    assert_eq!(outcome.finding("shipped-missing")["evidence"]["path"], "/srv/none");
}

#[test]
fn an_image_that_starts_another_executable_is_never_same() {
    let project = Project::new();
    let shelf = Shelf::new();
    let check_command = |entrypoint: serde_json::Value, command: serde_json::Value| {
        let layer = Tar::new()
            .file("app/api", executable(&project.facts()))
            .file("app/old", "an older service, without a stamp");
        let mut image = Image::new([layer.close()]);
        image.config["config"]["WorkingDir"] = "/app".into();
        image.config["config"]["Entrypoint"] = entrypoint;
        image.config["config"]["Cmd"] = command;
        check(&project, &shelf.put("image.tar", &image.docker()), &[])
    };
    let none = serde_json::Value::Null;
    for (entrypoint, command) in [
        (json!(["/app/api"]), none.clone()),
        (none.clone(), json!(["./api", "--port", "80"])),
        (json!(["/sbin/tini", "--"]), json!(["/app/api"])),
        (json!(["/bin/sh", "-c", "exec /app/api --port 80"]), none.clone()),
        (none.clone(), json!(["api"])),
        (none.clone(), none.clone()),
    ] {
        let case = format!("{entrypoint} {command}");
        assert_eq!(check_command(entrypoint, command).code, 0, "{case}");
    }
    for (entrypoint, command, path) in [
        (json!(["/app/old"]), none.clone(), "/app/old"),
        (none.clone(), json!(["./old"]), "./old"),
        // The name is that of the stamped one, and the place is another.
        (json!(["/usr/bin/api"]), json!(["--port", "80"]), "/usr/bin/api"),
    ] {
        let outcome = check_command(entrypoint, command);
        assert_eq!(outcome.code, 2, "{path}: {}", outcome.out);
        assert_eq!(outcome.finding("entrypoint-not-stamped")["evidence"]["path"], path);
    }
}
