//! The workspace on disk: its files, its repository, and the way back to how it began.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::project::Lane;
use selfsame_testing::cargo::{Built, Cargo};
use selfsame_testing::repository::Repository;
use selfsame_testing::{package, registry};

/// Which of the two workspaces: their files, each after a line `=== PATH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// 34 packages under a manifest without a package.
    Virtual,
    /// A service in the root, with a `[replace]`.
    Root,
}

impl Shape {
    fn files(self) -> &'static str {
        match self {
            Self::Virtual => include_str!("shop.txt"),
            Self::Root => include_str!("root.txt"),
        }
    }

    /// The links, and what they lead to.
    fn links(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Virtual => &[
                ("crates/links/src/file.rs", "../../../linked/file.rs"),
                ("crates/links/src/folder", "../../../linked/folder"),
            ],
            Self::Root => &[],
        }
    }

    /// The directory of the service.
    fn service(self) -> &'static str {
        match self {
            Self::Virtual => "services/api",
            Self::Root => "",
        }
    }
}

/// A workspace in a repository, built in a lane of its own.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) repository: Repository,
    shape: Shape,
    lane: Lane,
    directory: TempDir,
}

impl Workspace {
    /// Writes the workspace and commits it.
    pub(super) fn new(shape: Shape) -> Self {
        let lane = Lane::take();
        lane.forget(&PREFIXES.map(str::to_owned));
        let directory = TempDir::with_prefix("selfsame-table-").expect("a temporary directory");
        let top = directory.path().canonicalize().expect("it is there");
        let repository = Repository::init(&top.join("shop"));
        for section in shape.files().split("=== ").skip(1) {
            let (path, text) = section.split_once('\n').expect("a path, then its text");
            repository.write(path, text.replace("{{selfsame}}", &registry::dependency()));
        }
        for (path, to) in shape.links() {
            std::os::unix::fs::symlink(to, repository.path().join(path)).expect("a link");
        }
        let lock = repository.path().join("Cargo.lock");
        std::fs::copy(package().join("Cargo.lock"), lock).expect("the lock file can be copied");
        let workspace = Self { repository, shape, lane, directory };
        workspace.configure();
        workspace.lock();
        workspace.repository.commit("Open the shop");
        workspace.save("base.git");
        workspace
    }

    /// Says above the repository where the registry of this package is, so that every cargo that
    /// runs in the workspace finds it.
    fn configure(&self) {
        let settings = registry::arguments();
        let lines = settings.iter().filter(|argument| *argument != "--config");
        let text: String = lines.flat_map(|line| [line.as_str(), "\n"]).collect();
        let above = self.outside().join(".cargo");
        std::fs::create_dir(&above).expect("mkdir");
        std::fs::write(above.join("config.toml"), text).expect("it can be written");
    }

    /// Brings `Cargo.lock` up to date with the manifests.
    pub(super) fn lock(&self) {
        let run = self.cargo().run(self.path(), &["update", "--workspace", "--quiet"]);
        assert!(run.success, "the lock file is not updated: {}", run.said);
    }

    fn outside(&self) -> PathBuf {
        self.directory.path().canonicalize().expect("it is there")
    }

    pub(super) fn path(&self) -> &Path {
        self.repository.path()
    }

    /// The directory of the service.
    pub(super) fn service(&self) -> PathBuf {
        self.path().join(self.shape.service())
    }

    /// A binary that was built.
    pub(super) fn binary(&self, name: &str) -> PathBuf {
        self.lane.target().join("debug").join(name)
    }

    pub(super) fn cargo(&self) -> Cargo {
        Cargo::into_target(&self.lane.target())
            .with("CARGO_INCREMENTAL", "0")
            .with("CARGO_NET_OFFLINE", "true")
    }

    /// Builds every member.
    pub(super) fn build(&self) -> Built {
        self.cargo().run(self.path(), &["build", "--workspace", "--verbose"])
    }

    /// Keeps the state of the repository under a name, file times included.
    pub(super) fn save(&self, name: &str) {
        copy(&self.path().join(".git"), &self.outside().join(name));
    }

    /// Brings the state of the repository back, file times included, so that a build that
    /// watches it has nothing to do. Files of the working tree stay as they are.
    pub(super) fn rewind(&self, name: &str) {
        let git = self.path().join(".git");
        std::fs::remove_dir_all(&git).expect("it can be removed");
        copy(&self.outside().join(name), &git);
    }

    /// Forgets a state that was kept.
    pub(super) fn discard(&self, name: &str) {
        std::fs::remove_dir_all(self.outside().join(name)).expect("it can be removed");
    }

    /// Makes cargo compile a package again, which it would take for unchanged.
    pub(super) fn clean(&self, package: &str) {
        let run = self.cargo().run(self.path(), &["clean", "--quiet", "--package", package]);
        assert!(run.success, "`{package}` is not cleaned: {}", run.said);
    }

    /// Brings everything back to how it began.
    pub(super) fn restore(&self) {
        self.rewind("base.git");
        self.repository.git(["reset", "--hard", "--quiet"]);
        self.repository.git(["clean", "-ffdxq"]);
        self.rewind("base.git");
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        self.lane.forget(&PREFIXES.map(str::to_owned));
    }
}

/// How the files begin that cargo makes of the workspace.
const PREFIXES: [&str; 5] = ["shop", "libshop", "service", "plain", "tool"];

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.expect("cp runs").success(), "`{}` is not copied", from.display());
}
