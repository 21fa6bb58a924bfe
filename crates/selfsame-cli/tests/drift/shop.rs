//! The shop: the back office and its dashboard in one repository, at several moments, built.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use selfsame_testing::cargo::{Cargo, copy_example};
use selfsame_testing::command::install_script;
use selfsame_testing::repository::Repository;
use selfsame_testing::requirements::{have, require};
use selfsame_testing::{clean_environment, package, profile_directory, registry};

pub(crate) const ROUTE: &str = "GET /api/v1/workflows/steps/definitions";
pub(crate) const TOKEN: &str = "a-token-of-the-back-office";

/// A moment of source, by its tag, and how it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Moment {
    /// Before the module `workflow`.
    Old,
    /// With it.
    New,
    /// `New`, with a line changed and not committed.
    Patched,
    /// The module is compiled in and not merged, and invoices fail.
    Broken,
    /// The module's directory is there and no `mod` line.
    NoModLine,
    /// The module is behind a feature that is off.
    FeatureOff,
    /// The same, and the feature is on.
    FeatureOn,
}

impl Moment {
    fn tag(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New | Self::Patched => "new",
            Self::Broken => "broken",
            Self::NoModLine => "no-mod-line",
            Self::FeatureOff | Self::FeatureOn => "feature",
        }
    }
}

/// What was built of a moment.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    directory: PathBuf,
    pub(crate) commit: String,
}

impl Built {
    /// The service, a static binary.
    pub(crate) fn api(&self) -> PathBuf {
        self.directory.join("api")
    }

    /// The dashboard's files, with their stamp.
    pub(crate) fn dist(&self) -> PathBuf {
        self.directory.join("dist")
    }
}

/// The one checkout that is built in. Cargo builds one thing at a time anyway.
pub(crate) struct Workshop {
    pub(crate) repository: Repository,
    built: HashMap<Moment, Built>,
}

static WORKSHOP: LazyLock<Mutex<Workshop>> = LazyLock::new(|| Mutex::new(Workshop::open()));

/// What cargo builds into. It outlives the tests, so that dependencies are compiled once.
pub(crate) fn target() -> PathBuf {
    profile_directory().parent().expect("target/debug lies in target").join("drift")
}

/// A directory with the command, and with a cargo that finds this package in the registry.
pub(crate) fn bin() -> PathBuf {
    static BIN: LazyLock<PathBuf> = LazyLock::new(|| {
        let bin = target().join("bin");
        fs::create_dir_all(&bin).expect("it can be made");
        let arguments: Vec<String> =
            registry::arguments().iter().map(|argument| format!("'{argument}'")).collect();
        let cargo = format!("#!/bin/sh\nexec '{}' {} \"$@\"\n", env!("CARGO"), arguments.join(" "));
        install_script(&cargo, &bin.join("cargo"));
        let selfsame = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_selfsame"));
        install_script(&selfsame, &bin.join("selfsame"));
        bin
    });
    BIN.clone()
}

/// The checkout, for who builds in it.
pub(crate) fn workshop() -> MutexGuard<'static, Workshop> {
    // What another test left half done is checked out anew.
    WORKSHOP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this machine can build the shop.
#[must_use]
pub(crate) fn can_be_built() -> bool {
    let is_it = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    require("Linux on x86_64, which the shop is built for", is_it)
        && ["bash", "curl", "strip"].into_iter().all(have)
}

/// What comes out of a moment, built once.
pub(crate) fn built(moment: Moment) -> Built {
    let mut workshop = workshop();
    if let Some(built) = workshop.built.get(&moment) {
        return built.clone();
    }
    let built = workshop.build(moment);
    workshop.built.insert(moment, built.clone());
    built
}

/// A checkout of its own, at a moment.
#[derive(Debug)]
pub(crate) struct Clone {
    pub(crate) repository: Repository,
    _directory: TempDir,
}

impl Clone {
    pub(crate) fn at(moment: Moment) -> Self {
        Self::with(moment, &[])
    }

    /// The same with options for `git clone`.
    pub(crate) fn with(moment: Moment, options: &[&str]) -> Self {
        let from = workshop().repository.path().display().to_string();
        let directory = TempDir::with_prefix("selfsame-drift-").expect("a temporary directory");
        let shop = directory.path().join("shop");
        let (from, to) = (format!("file://{from}"), shop.display().to_string());
        let there = Repository::at(directory.path());
        let quiet = ["clone", "--quiet", "-c", "advice.detachedHead=false"];
        there.git([&quiet[..], options, &["--branch", moment.tag(), &from, &to]].concat());
        Self { repository: Repository::at(&shop), _directory: directory }
    }

    pub(crate) fn checkout(&self, moment: Moment) {
        self.repository.git(["checkout", "--quiet", moment.tag()]);
    }

    pub(crate) fn path(&self) -> &Path {
        self.repository.path()
    }

    pub(crate) fn api(&self) -> PathBuf {
        self.path().join("api")
    }

    pub(crate) fn dashboard(&self) -> PathBuf {
        self.path().join("dashboard")
    }

    /// Lays what was built to where the images take it from.
    pub(crate) fn lay(&self, built: &Built) {
        fs::create_dir_all(self.api().join("image")).expect("it can be made");
        fs::copy(built.api(), self.api().join("image/api")).expect("it can be copied");
        let dist = self.dashboard().join("dist");
        if dist.exists() {
            fs::remove_dir_all(&dist).expect("it can be removed");
        }
        copy_files(&built.dist(), &dist);
    }
}

impl Workshop {
    fn open() -> Self {
        let directory = target().join("shop");
        if directory.exists() {
            fs::remove_dir_all(&directory).expect("it is ours");
        }
        fs::create_dir_all(&directory).expect("it can be made");
        let repository = Repository::init(&directory);
        copy_files(&package().join("examples/compose"), &directory);
        copy_example("backoffice", &directory.join("api"));
        // A minute is a long time for a test.
        let dependency = "selfsame = { ";
        let with_seams = format!("{dependency}features = [\"test-seams\"], ");
        repository.replace("api/Cargo.toml", dependency, &with_seams);
        repository.replace(
            "api/src/main.rs",
            ".selfsame(selfsame::stamp!())",
            ".selfsame(selfsame::SelfCheck::new(selfsame::stamp!()).look_every(SECOND))",
        );
        repository.replace(
            "api/src/main.rs",
            "#[tokio::main]",
            "const SECOND: std::time::Duration = std::time::Duration::from_secs(1);\n\n#[tokio::main]",
        );
        // Before the first commit, since cargo adapts the lock file to this package.
        let cargo = Cargo::into_target(&target());
        let fetched = cargo.run(&directory.join("api"), &["fetch"]);
        assert!(fetched.success, "{}", fetched.said);
        repository.commit("Bill customers");
        repository.git(["tag", "old"]);

        let workflow = package().join("examples/incident/workflow");
        for name in ["mod.rs", "definitions.rs"] {
            let text = fs::read_to_string(workflow.join(name)).expect("the module is there");
            repository.write(&format!("api/src/modules/workflow/{name}"), text);
        }
        let modules = "api/src/modules/mod.rs";
        repository.replace(modules, "mod customers;", "mod customers;\nmod workflow;");
        let last = ".nest(\"/api/v1/customers\", customers::router())";
        let merge = "\n        .nest(\"/api/v1/workflows\", workflow::router())";
        repository.replace(modules, last, &format!("{last}{merge}"));
        repository.write(
            "dashboard/src/modules/workflow.js",
            "export const steps = \"/api/v1/workflows/steps/definitions\";\n",
        );
        repository.commit("Add workflows");
        repository.git(["tag", "new"]);

        repository.replace(modules, merge, "");
        repository.replace(
            "api/src/modules/billing/mod.rs",
            "get(|| async { Json(invoice::all()) })",
            "get(|| async { (axum::http::StatusCode::INTERNAL_SERVER_ERROR, Json(invoice::all())) })",
        );
        repository.commit("Break it");
        repository.git(["tag", "broken"]);

        repository.git(["checkout", "--quiet", "new"]);
        repository.replace(modules, merge, "");
        repository.replace(modules, "\nmod workflow;", "");
        repository.commit("Lose a line");
        repository.git(["tag", "no-mod-line"]);

        repository.git(["checkout", "--quiet", "new"]);
        repository.replace(
            modules,
            "\nmod workflow;",
            "\n#[cfg(feature = \"workflow\")]\nmod workflow;",
        );
        repository.replace(modules, "    Router::new()\n", "    let router = Router::new()\n");
        let feature = "\n    #[cfg(feature = \"workflow\")]\n    let router = \
                       router.nest(\"/api/v1/workflows\", workflow::router());\n    router\n}";
        repository.replace(modules, &format!("{merge}\n}}"), &format!(";{feature}"));
        let manifest = "api/Cargo.toml";
        repository.replace(
            manifest,
            "[dependencies]",
            "[features]\nworkflow = []\n\n[dependencies]",
        );
        repository.commit("Put workflows behind a feature");
        repository.git(["tag", "feature"]);
        Self { repository, built: HashMap::new() }
    }

    /// Checks a moment out as it was committed.
    pub(crate) fn checkout(&self, moment: Moment) {
        self.repository.git(["checkout", "--quiet", "--force", moment.tag()]);
    }

    fn build(&self, moment: Moment) -> Built {
        self.checkout(moment);
        if moment == Moment::Patched {
            let definitions = "api/src/modules/workflow/definitions.rs";
            self.repository.replace(definitions, "approve", "wave through");
        }
        let features = if moment == Moment::FeatureOn { "workflow" } else { "" };
        let output = self.script("build").env("FEATURES", features).output().expect("bash runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{moment:?} is not built:\n{said}");

        let directory = target().join("built").join(format!("{moment:?}"));
        if directory.exists() {
            fs::remove_dir_all(&directory).expect("it is ours");
        }
        fs::create_dir_all(&directory).expect("it can be made");
        let shop = self.repository.path();
        fs::copy(shop.join("api/image/api"), directory.join("api")).expect("it was built");
        copy_files(&shop.join("dashboard/dist"), &directory.join("dist"));
        let commit = self.repository.head();
        self.checkout(moment);
        Built { directory, commit }
    }

    /// One of the scripts, with the toolchain of these tests.
    pub(crate) fn script(&self, name: &str) -> Command {
        let mut script = Command::new(self.repository.path().join(name));
        script.env_clear().envs(environment()).current_dir(self.repository.path());
        script
    }
}

/// What a shell has in which somebody deploys the shop.
pub(crate) fn environment() -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let mut variables = clean_environment();
    let path = variables.iter_mut().find(|(name, _)| name == "PATH").expect("there is a PATH");
    let cargo = Path::new(env!("CARGO")).parent().expect("it lies in a directory");
    let mut directories = vec![bin(), cargo.to_owned()];
    directories.extend(std::env::split_paths(&path.1));
    path.1 = std::env::join_paths(directories).expect("a path list");
    for (name, value) in [
        ("PROFILE", "dev".into()),
        ("CARGO_TARGET_DIR", target().into_os_string()),
        ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
        ("GIT_CONFIG_SYSTEM", "/dev/null".into()),
        ("BACKOFFICE_TOKEN", TOKEN.into()),
        ("BEARER", TOKEN.into()),
    ] {
        variables.push((name.into(), value));
    }
    variables
}

/// Copies a directory, with the modes of its files and the present as their time. Another process
/// does it, since there are scripts among them: see [`install`](selfsame_testing::command::install).
pub(crate) fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    let copied = Command::new("cp").arg("-R").args([&from.join("."), to]).status();
    assert!(copied.expect("cp runs").success(), "{} is not copied", from.display());
}
