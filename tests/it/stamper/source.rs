//! What source says of a build, against what the build script says in code and cargo in variables.

use selfsame::stamp::Stamp;
use selfsame_build::Stamper;

use super::Package;

const SIBLINGS: &str = r#"version = 4

[[package]]
name = "api"
version = "1.0.0"
dependencies = ["kit", "other"]

[[package]]
name = "kit"
version = "0.1.0"

[[package]]
name = "other"
version = "0.1.0"
"#;

#[test]
fn the_packages_that_it_is_built_from_are_named_without_a_line_of_theirs() {
    let package = Package::new();
    package.write("Cargo.lock", SIBLINGS);
    package.write(
        "Cargo.toml",
        "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n[workspace]\n\n[dependencies]\n\
         kit = { path = \"../kit\" }\nother = { path = \"other\", optional = true }\n",
    );
    for (directory, name) in [("../kit", "kit"), ("other", "other")] {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
        package.write(&format!("{directory}/Cargo.toml"), &manifest);
        package.write(&format!("{directory}/src/lib.rs"), "// one\n");
    }
    let feature = [("CARGO_FEATURE_OTHER", "1"), ("CARGO_CFG_FEATURE", "other")];
    let (stamp, said) = package.stamp(Stamper::new(), &[]).expect("a stamp");
    let (with, said_with) = package.stamp(Stamper::new(), &feature).expect("a stamp");
    let named = |stamp: &Stamp| -> Vec<(String, String, bool)> {
        let packages = stamp.facts().packages.iter();
        packages.map(|found| (found.name.clone(), found.path.clone(), found.inactive)).collect()
    };
    let expected = |inactive| {
        [("api", ".", false), ("kit", "../kit", false), ("other", "other", inactive)]
            .map(|(name, path, inactive)| (name.to_owned(), path.to_owned(), inactive))
    };
    assert_eq!(named(&stamp), expected(true));
    assert_eq!(named(&with), expected(false));
    // What a build turns on changes no content, and which files are watched.
    assert_eq!(stamp.facts().content, with.facts().content);
    assert_ne!(stamp.fingerprint(), with.fingerprint());
    let watches = |said: &str, path: &str| {
        let path = package.root().join(path);
        said.contains(&format!("cargo::rerun-if-changed={}\n", path.display()))
    };
    assert!(watches(&said_with, "other/src"), "{said_with}");
    assert!(!watches(&said, "other/src"), "{said}");

    package.write("../kit/src/lib.rs", "// two\n");
    let (edited, _) = package.stamp(Stamper::new(), &[]).expect("a stamp");
    assert_ne!(edited.facts().content, stamp.facts().content);
    let changed = edited.facts().packages.iter().zip(&stamp.facts().packages);
    let changed: Vec<&str> =
        changed.filter(|(now, before)| now != before).map(|(now, _)| now.name.as_str()).collect();
    assert_eq!(changed, ["kit"]);
}

#[test]
fn what_source_says_of_its_scope_is_read_there_and_what_code_says_is_stamped() {
    let package = Package::new();
    let manifest = |scope: &str| {
        format!(
            "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n[workspace]\n\n\
             [package.metadata.selfsame]\n{scope}\n"
        )
    };
    let names = |stamp: &Stamp| -> Vec<String> {
        stamp.facts().modules.iter().map(|module| module.name.clone()).collect()
    };
    package.write("src/audit.rs", "// audits\n");
    package.write("../proto/api.proto", "message\n");
    package.write("Cargo.toml", &manifest("modules = [\"src/modules\"]"));
    let (source, _) = package.stamp(Stamper::new(), &[]).expect("a stamp");
    assert_eq!(names(&source), ["billing"]);
    assert!(source.facts().scope.is_empty(), "{}", source.text());

    let (both, _) = package.stamp(Stamper::new().module("src/audit"), &[]).expect("a stamp");
    assert_eq!(names(&both), ["audit", "billing"]);
    assert_eq!(both.facts().scope.modules, ["src/audit".to_owned()].into());
    assert_eq!(both.facts().content, source.facts().content);

    package.write("Cargo.toml", &manifest("also = [\"../proto\"]"));
    let (also, said) = package.stamp(Stamper::new(), &[]).expect("a stamp");
    assert_ne!(also.facts().content, source.facts().content);
    let proto = package.root().parent().expect("it has one").join("proto");
    assert!(said.contains(&format!("cargo::rerun-if-changed={}", proto.display())), "{said}");
    package.write("../proto/api.proto", "another message\n");
    let (edited, _) = package.stamp(Stamper::new(), &[]).expect("a stamp");
    assert_ne!(edited.facts().content, also.facts().content);

    for (scope, why) in [
        ("modulse = []", "unknown key `modulse`"),
        ("modules = \"src/modules\"", "expected a list of paths for `modules`"),
        ("modules = [\"../elsewhere\"]", "`../elsewhere` is outside the package"),
        ("also = [\"/etc\"]", "`/etc` is absolute"),
        ("also = [\"nowhere\"]", "`nowhere` does not exist"),
        ("routes = [\"a\"]", "expected a path for `routes`"),
        ("shipped = [{ path = \"dist\", into = \"/app\" }]", "unknown key `into` in `shipped`"),
        ("shipped = [\"dist\", \"web/dist\"]", "two shipped directories are named `dist`"),
    ] {
        package.write("Cargo.toml", &manifest(scope));
        let error = package.stamp(Stamper::new(), &[]).expect_err(why);
        assert!(error.contains(why) && error.starts_with("selfsame: "), "{why}: {error}");
    }
}

#[test]
fn how_it_is_built_is_stamped_and_changes_no_content() {
    let package = Package::new();
    let (plain, _) = package.stamp(Stamper::new(), &[]).expect("a stamp");
    assert!(plain.facts().build.rustflags.is_empty());
    assert_eq!(
        (plain.facts().build.opt_level.as_deref(), plain.facts().build.debug_assertions),
        (None, Some(false))
    );
    let (stamp, _) = package
        .stamp(
            Stamper::new(),
            &[
                ("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-cpu=native\u{1f}--cfg=a b"),
                ("OPT_LEVEL", "s"),
                ("CARGO_CFG_DEBUG_ASSERTIONS", ""),
                ("CARGO_CFG_FEATURE", "b,a"),
            ],
        )
        .expect("a stamp");
    assert_eq!(stamp.facts().build.rustflags, ["-Ctarget-cpu=native", "--cfg=a b"]);
    assert_eq!(stamp.facts().build.opt_level.as_deref(), Some("s"));
    assert_eq!(stamp.facts().build.debug_assertions, Some(true));
    assert_eq!(stamp.facts().build.features, ["a", "b"]);
    assert_eq!(stamp.facts().content, plain.facts().content);
    assert_ne!(stamp.fingerprint(), plain.fingerprint());
}
