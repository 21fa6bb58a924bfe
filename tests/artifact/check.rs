//! `check --artifact` with an image.

use crate::pack::{Image, Layout, Shelf, Tar, executable, facts};
use crate::project::Project;
use crate::run::run;
use crate::support::command::Outcome;
use selfsame::stamp::{Digest, Facts, Shipped, Stamp};
use selfsame::tree::Lines;

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
        let finding = outcome.findings("artifact")[0]["finding"].to_string();
        assert!(finding.starts_with(&format!("\"{kind} `")), "{finding}");
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
    let step = &outcome.findings("artifact")[0];
    assert!(step["next"].to_string().contains("rebuild the image"), "{step}");
    assert!(step["notes"].to_string().contains("layer 2 of 2 replaced `/app/api`"), "{step}");

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
    facts.shipped = vec![Shipped {
        name: "dist".to_owned(),
        path: "dashboard/dist".to_owned(),
        at: "dist".to_owned(),
        sha256: Some(lines.digest()),
        files: 2,
        bytes: 10,
        list: String::from_utf8_lossy(lines.as_bytes()).lines().map(str::to_owned).collect(),
        unknown: None,
    }];
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
    for (case, stamp, page, code, words) in [
        ("nothing speaks", None, "<html>", 2, "is unknown: not there"),
        ("a broken one", Some(&stamp.text()[1..]), "<html>", 2, "is unknown: not there"),
        ("it is so", Some(stamp.text()), "<html>", 0, "is what source says"),
        ("it is not so", Some(stamp.text()), "<old>", 1, "changed: index.html"),
    ] {
        let outcome = check_with(stamp, page);
        assert_eq!(outcome.code, code, "{case}: {}\n{}", outcome.out, outcome.err);
        assert!(outcome.out.contains(words), "{case}: {words:?} is not in {}", outcome.out);
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

    for (case, upper, words) in [
        (
            "a module deleted",
            Tar::new().file("app/dist/modules/.wh.workflow", ""),
            &[
                "at `/app/dist` in the docker archive are not those",
                "missing: modules/workflow/flow.js",
                "layer 2 of 2 deleted `/app/dist/modules/workflow` (1 file)",
            ][..],
        ),
        (
            "all of it deleted",
            Tar::new().file("app/.wh.dist", ""),
            &[
                "`dist` is not at `/app/dist` in the docker archive",
                "layer 2 of 2 deleted `/app/dist`",
            ],
        ),
        (
            "an older file",
            Tar::new().file("app/dist/index.html", "<old>"),
            &["are not those", "changed: index.html"],
        ),
        ("one more", Tar::new().file("app/dist/x.js", "x"), &["are not those", "added: x.js"]),
    ] {
        let outcome = check_layers(Some(upper), &|_| {});
        assert_eq!(outcome.code, 1, "{case}: {}\n{}", outcome.out, outcome.err);
        let step = outcome.findings("artifact")[0].to_string();
        for word in words {
            assert!(step.contains(word), "{case}: {word:?} is not in {step}");
        }
        assert!(step.contains("copy `dist` into the image"), "{case}: {step}");
    }

    // The process looks where the image's variable says.
    let elsewhere = |image: &mut Image| {
        image.config["config"]["Env"] = serde_json::json!(["SELFSAME_SHIPPED_DIST=/srv/none"]);
    };
    let outcome = check_layers(None, &elsewhere);
    assert_eq!(outcome.code, 1, "{}\n{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("`dist` is not at `/srv/none`"), "{}", outcome.out);
}
