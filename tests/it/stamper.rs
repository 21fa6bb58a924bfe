//! The build side, in process: what a build script gets for what it asks.

mod source;

use std::path::{Path, PathBuf};

use selfsame::stamp::{CommitId, Origin, Stamp};
use selfsame_build::Stamper;
use selfsame_core::environment::Environment;
use tempfile::TempDir;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n";

/// A package outside of any repository, and an `OUT_DIR` for its script.
struct Package {
    directory: TempDir,
}

impl Package {
    fn new() -> Self {
        let package = Self { directory: TempDir::with_prefix("stamper-").expect("a directory") };
        package
            .write("Cargo.toml", "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n[workspace]\n");
        package.write("Cargo.lock", LOCK);
        package.write("src/main.rs", "fn main() {}\n");
        package.write("src/modules/mod.rs", "mod billing;\n");
        package.write("src/modules/billing/mod.rs", "// bills\n");
        package
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("api")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the package")).expect("mkdir");
        std::fs::write(path, text).expect("write");
    }

    fn environment(&self, more: &[(&str, &str)]) -> Environment {
        let out = self.directory.path().join("out");
        let root = self.root();
        let path = |path: &Path| path.to_str().expect("the path is UTF-8").to_owned();
        let own = [
            ("CARGO_MANIFEST_DIR", path(&root)),
            ("OUT_DIR", path(&out)),
            ("PROFILE", "debug".to_owned()),
            ("TARGET", "x86_64-unknown-linux-gnu".to_owned()),
            ("PATH", "/usr/bin:/bin".to_owned()),
        ];
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        own.into_iter().chain(more).collect()
    }

    fn stamp(&self, stamper: Stamper, more: &[(&str, &str)]) -> Result<(Stamp, String), String> {
        let mut said = Vec::new();
        let stamp = stamper
            .emit_to(&self.environment(more), &mut said)
            .map_err(|error| error.to_string())?;
        Ok((stamp, String::from_utf8(said).expect("cargo reads UTF-8")))
    }
}

#[test]
fn modules_are_found_hashed_and_sorted() {
    let package = Package::new();
    package.write("src/modules/workflow.rs", "// flows\n");
    package.write("src/modules/workflow/steps.rs", "// steps\n");
    package.write("src/modules/audit.rs", "// audits\n");
    package.write("src/modules/.hidden/mod.rs", "// no module\n");
    package.write("src/modules/README.md", "no module\n");
    let (stamp, _) = package.stamp(Stamper::new().modules("src/modules"), &[]).expect("a stamp");
    let found: Vec<_> = stamp
        .facts()
        .modules
        .iter()
        .map(|module| (module.name.as_str(), module.path.as_str(), module.files))
        .collect();
    assert_eq!(
        found,
        [
            ("audit", "src/modules/audit", 1),
            ("billing", "src/modules/billing", 1),
            ("workflow", "src/modules/workflow", 2),
        ]
    );
}

#[test]
fn what_cannot_be_expected_is_a_build_error_that_names_it() {
    let package = Package::new();
    std::fs::create_dir_all(package.root().join("src/hollow/inner")).expect("mkdir");
    std::fs::create_dir_all(package.root().join("empty")).expect("mkdir");
    std::os::unix::fs::symlink("modules", package.root().join("src/linked")).expect("a link");
    package.write("src/again/billing.rs", "// another one\n");
    let new = Stamper::new;
    for (stamper, why) in [
        (new().module("src/modules/workflow"), "`src/modules/workflow` is missing"),
        (new().module("src/hollow"), "`src/hollow` is empty"),
        (new().modules("src/nowhere"), "holds no module"),
        (new().modules("empty"), "holds no module"),
        (new().module("src/linked"), "is a symbolic link"),
        (new().module("src/modules/billing").module("src/modules/billing/"), "named twice"),
        (
            new().modules("src/modules").module("src/again/billing"),
            "two modules are named `billing`",
        ),
        (new().module("../elsewhere"), "`../elsewhere` is outside the package"),
        (new().module("src/../../elsewhere"), "is outside the package"),
        (new().module("/etc"), "`/etc` is absolute"),
        (new().module("."), "names the package itself"),
    ] {
        let error = package.stamp(stamper.clone(), &[]).expect_err(why);
        assert!(error.contains(why) && error.starts_with("selfsame: "), "{why}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_directory_that_cannot_be_read_is_a_build_error() {
    use std::os::unix::fs::PermissionsExt as _;

    let package = Package::new();
    let closed = package.root().join("src/modules/closed");
    std::fs::create_dir(&closed).expect("mkdir");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).expect("chmod");
    let readable = closed.read_dir().is_ok();
    let outcome = package.stamp(Stamper::new(), &[]);
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    if readable {
        // The superuser reads everything.
        outcome.expect("nothing was closed");
    } else {
        let error = outcome.expect_err("it is closed");
        assert!(error.contains("src/modules/closed") && error.contains("denied"), "{error}");
    }
}

#[test]
fn a_commit_can_be_told_and_is_a_claim() {
    let package = Package::new();
    let commit = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
    let dirty = format!("{commit}-dirty");
    let table = [
        (vec![("SELFSAME_COMMIT", commit)], "unknown"),
        (vec![("SELFSAME_COMMIT", &dirty)], "dirty"),
        (vec![("SELFSAME_COMMIT", commit), ("SELFSAME_TREE", "clean")], "clean"),
        (vec![("VERGEN_GIT_SHA", commit)], "unknown"),
        (vec![("SELFSAME_COMMIT", commit), ("VERGEN_GIT_SHA", commit)], "unknown"),
    ];
    for (variables, tree) in &table {
        let (stamp, said) = package.stamp(Stamper::new(), variables).expect("a stamp");
        assert_eq!(stamp.facts().commit.as_ref().map(CommitId::as_str), Some(commit));
        assert_eq!(stamp.facts().revision.origin, Origin::Override);
        assert_eq!(stamp.facts().revision.tree.to_string(), *tree, "{variables:?}");
        for (name, _) in variables {
            assert!(said.contains(&format!("cargo::rerun-if-env-changed={name}\n")), "{said}");
        }
    }
}

#[test]
fn an_unknown_commit_says_what_to_do_and_can_be_made_an_error() {
    let package = Package::new();
    for empty in [&[][..], &[("SELFSAME_COMMIT", "")]] {
        let (stamp, said) = package.stamp(Stamper::new(), empty).expect("a stamp");
        assert!(stamp.facts().commit.is_none());
        assert!(stamp.facts().unknown["commit"].contains("SELFSAME_COMMIT=$(git rev-parse HEAD)"));
        let is_named =
            stamp.facts().unknown["commit"].starts_with("SELFSAME_COMMIT is set and empty: ");
        assert_eq!(is_named, !empty.is_empty(), "{said}");
        assert!(said.contains("cargo::warning=selfsame: commit is unknown"), "{said}");
    }
    let error = package.stamp(Stamper::new().require_commit(), &[]).expect_err("it is required");
    assert!(error.contains("a commit is required and unknown: there is no .git"), "{error}");
    let error = package.stamp(Stamper::new().require_clean(), &[]).expect_err("it is required");
    assert!(error.contains("a clean tree is required, and it is unknown"), "{error}");
}

#[test]
fn a_value_that_is_no_commit_is_refused_by_name() {
    let package = Package::new();
    for value in ["main", "1f0c2d3", "1F0C2D3E4B5A69788796A5B4C3D2E1F001234567", " "] {
        let error = package
            .stamp(Stamper::new(), &[("SELFSAME_COMMIT", value)])
            .expect_err("it is not a commit");
        assert!(
            error.contains("SELFSAME_COMMIT=") && error.contains("git rev-parse HEAD"),
            "{error}"
        );
    }
    let commit = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";
    let error = package
        .stamp(Stamper::new(), &[("SELFSAME_COMMIT", commit), ("SELFSAME_TREE", "yes")])
        .expect_err("it is not a state");
    assert!(
        error.contains("SELFSAME_TREE=\"yes\"") && error.contains("`clean` or `dirty`"),
        "{error}"
    );
}

#[test]
fn without_a_lock_file_it_is_open_what_would_be_built() {
    let package = Package::new();
    std::fs::remove_file(package.root().join("Cargo.lock")).expect("rm");
    let (stamp, _) = package.stamp(Stamper::new(), &[]).expect("a stamp");
    assert!(stamp.facts().content.is_none());
    assert!(stamp.facts().unknown["content"].contains("Cargo.lock"), "{:?}", stamp.facts().unknown);
}

#[test]
fn a_compiler_that_does_not_tell_its_version_is_unknown_and_no_error() {
    let package = Package::new();
    let (stamp, said) =
        package.stamp(Stamper::new(), &[("RUSTC", "/nowhere/rustc")]).expect("a stamp");
    assert_eq!(stamp.facts().build.rustc, None);
    assert!(stamp.facts().unknown["rustc"].contains("cannot run `/nowhere/rustc`"), "{said}");
    assert!(said.contains("cargo::warning=selfsame: rustc is unknown: "), "{said}");
    let (stamp, said) =
        package.stamp(Stamper::new(), &[("RUSTC", env!("CARGO"))]).expect("a stamp");
    assert!(stamp.facts().build.rustc.is_some(), "cargo has a release too: {said}");
    assert!(!stamp.facts().unknown.contains_key("rustc"));
}

#[test]
fn a_build_time_is_information_and_changes_no_fingerprint() {
    let package = Package::new();
    let (plain, said) = package.stamp(Stamper::new(), &[]).expect("a stamp");
    assert!(plain.facts().info.is_empty(), "{}", plain.text());
    assert!(!said.contains("SOURCE_DATE_EPOCH"), "{said}");
    let asked = Stamper::new().built_at().toolchain();
    let (stamp, said) = package.stamp(asked, &[]).expect("a stamp");
    let built_at = stamp.facts().info.built_at.as_deref().expect("it was asked for");
    assert_eq!(built_at.len(), "2026-11-21T05:00:00Z".len(), "{built_at}");
    let toolchain = stamp.facts().info.toolchain.as_ref().expect("it was asked for");
    assert!(toolchain.host.is_some() && toolchain.channel.is_some(), "{toolchain:?}");
    assert!(said.contains("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH\n"), "{said}");
    assert_eq!(stamp.fingerprint(), plain.fingerprint());
    assert_eq!(Stamp::parse(stamp.text()).expect("it reads back"), stamp);
}

#[test]
fn outside_of_a_build_script_it_says_so() {
    let error = Stamper::new()
        .emit_to(&Environment::default(), &mut Vec::new())
        .expect_err("there is no OUT_DIR")
        .to_string();
    assert!(error.contains("cargo did not set OUT_DIR"), "{error}");
}
