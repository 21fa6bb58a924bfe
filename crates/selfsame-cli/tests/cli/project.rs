//! A package in a repository, and what a build of it would say of itself. Nothing is compiled: the
//! facts are hashed by the library, as a build script does.

use std::path::{Path, PathBuf};

use selfsame::report::{Executable, ExecutableState, Level, Observation, Report};
use selfsame::routes::{Inventory, Route, Routes};
use selfsame::stamp::{Facts, Origin, Revision, Scope, Stamp, Tree, frame};
use selfsame_source::{self, Content, Context, Disk, Package, expected_modules};
use tempfile::TempDir;

use crate::run;
use selfsame_testing::command::Outcome;
use selfsame_testing::repository::Repository;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\n";

const MANIFEST: &str = "[package]\nname = \"api\"\nversion = \"1.0.0\"\n\n\
                        [package.metadata.selfsame]\nmodules = [\"src/modules\"]\n";

/// A package `api` with the modules `billing` and `customers`, committed.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) repository: Repository,
    directory: TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        let project = Self::uncommitted();
        project.repository.commit("Bill customers");
        project
    }

    /// A package that is there already.
    pub(crate) fn at(package: &Path) -> Self {
        let directory = TempDir::with_prefix("selfsame-cli-").expect("a temporary directory");
        Self { repository: Repository::at(package), directory }
    }

    /// The files alone, in a repository without a commit.
    pub(crate) fn uncommitted() -> Self {
        let directory = TempDir::with_prefix("selfsame-cli-").expect("a temporary directory");
        let repository = Repository::init(&directory.path().join("api"));
        for (path, text) in [
            ("Cargo.toml", MANIFEST),
            ("Cargo.lock", LOCK),
            ("src/main.rs", "mod modules;\nfn main() {}\n"),
            ("src/modules/mod.rs", "mod billing;\nmod customers;\n"),
            ("src/modules/billing/mod.rs", "// bills\n"),
            ("src/modules/customers.rs", "// customers\n"),
            ("README.md", "An API.\n"),
        ] {
            repository.write(path, text);
        }
        Self { repository, directory }
    }

    /// Writes lines of `[package.metadata.selfsame]` in place of those that were there.
    pub(crate) fn scope(&self, lines: &str) {
        let (package, _) = MANIFEST.split_once("modules =").expect("it names the modules");
        self.repository.write("Cargo.toml", format!("{package}{lines}\n"));
    }

    /// The directory of the package.
    pub(crate) fn path(&self) -> &Path {
        self.repository.path()
    }

    /// The same as an argument.
    pub(crate) fn source(&self) -> String {
        self.path().to_str().expect("the path is UTF-8").to_owned()
    }

    /// A path beside the package.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What a build of the working tree would say.
    pub(crate) fn facts(&self) -> Facts {
        self.facts_under(Scope::default())
    }

    /// The same with what a build script says in code.
    pub(crate) fn facts_under(&self, code: Scope) -> Facts {
        let package = Package::open(self.path()).expect("it is a package");
        let mut facts = Facts::new("api", "1.0.0");
        let head = self.repository.head();
        facts.commit = Some(head.parse().expect("git names a commit"));
        let tree = if self.repository.git(["status", "--porcelain"]).is_empty() {
            Tree::Clean
        } else {
            Tree::Dirty
        };
        facts.revision = Revision::new(Origin::Git, tree);
        let top = self.repository.git(["rev-parse", "--show-toplevel"]);
        let within = Context {
            files: &Disk,
            top: Some(Path::new(&top)),
            cargo_home: None,
            activation: None,
        };
        let content = Content::of(&package, &within).expect("the source can be hashed");
        facts.content = Some(content.digest().expect("there is a lock file"));
        facts.packages = content.package_contents();
        facts.outside = content.outside();
        if !facts.outside.is_empty() {
            facts.revision.tree = Tree::Unknown;
            facts.unknown("tree", "a package lies outside the repository");
        }
        let mut scope = selfsame_source::Scope::of(&package).expect("the scope can be read");
        scope.extend(&code);
        facts.modules =
            expected_modules(&Disk, &package, &scope.modules).expect("the modules are there");
        facts.scope = code;
        facts.build.profile = Some("release".to_owned());
        facts.build.target = Some("x86_64-unknown-linux-gnu".to_owned());
        facts
    }

    /// Writes the report of a process with these facts beside the package.
    pub(crate) fn captured(&self, facts: Facts, level: Level) -> String {
        let path = self.beside("report.json");
        std::fs::write(&path, report(facts, level)).expect("it can be written");
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    /// Writes a file that carries the stamp of these facts, beside the package.
    pub(crate) fn artifact(&self, facts: &[Facts]) -> String {
        let path = self.beside("artifact");
        let mut bytes = b"\x7fELF\0".to_vec();
        for facts in facts {
            bytes.extend(frame(&seal(facts.clone())));
            bytes.extend([0; 100]);
        }
        std::fs::write(&path, bytes).expect("it can be written");
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    /// Checks a process with these facts, by a captured report.
    pub(crate) fn check(&self, facts: Facts, level: Level, arguments: &[&str]) -> Outcome {
        let report = self.captured(facts, level);
        let source = self.source();
        run::run(&[&["check", "--report", &report, "--source", &source], arguments].concat())
    }
}

pub(crate) fn seal(facts: Facts) -> Stamp {
    Stamp::seal(facts).expect("the facts do not contradict each other")
}

/// The report of a process with these facts and one route.
pub(crate) fn report(facts: Facts, level: Level) -> String {
    let route = Route::new("/api/v1/billing/invoices", ["GET"]).expect("it is a route");
    let inventory = Inventory::new([route]).expect("it is an inventory");
    report_with(facts, level, &Routes::from(inventory))
}

pub(crate) fn report_with(facts: Facts, level: Level, routes: &Routes) -> String {
    let report = Report::new(&seal(facts), routes, "0123456789abcdef", "2026-01-01T00:00:00Z");
    let report = report.observed(intact());
    let report = if level == Level::Full { report } else { report.summary() };
    serde_json::to_string(&report).expect("a report is JSON")
}

/// What one of several processes with these facts reports.
pub(crate) fn report_of(facts: Facts, instance: usize) -> Report {
    let routes = Routes::unavailable("not of interest");
    let instance = format!("{instance:016x}");
    Report::new(&seal(facts), &routes, &instance, "2026-01-01T00:00:00Z")
        .observed(intact())
        .summary()
}

/// What a process finds that is as the build left it.
pub(crate) fn intact() -> Observation {
    let executable = Executable::new(Some("/app/api".to_owned()), ExecutableState::Same);
    Observation::new("2026-01-01T00:00:00Z", executable, Vec::new())
}
