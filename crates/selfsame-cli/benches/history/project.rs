//! Repositories of many commits, such as a service in a workspace has after some years.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use selfsame_testing::made::{Dice, Edit, Maker, Mark};
use selfsame_testing::repository::Repository;

/// What a repository is to have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) commits: usize,
    pub(crate) files: usize,
    /// How many of a hundred commits edit source of the service, or of what it is built from.
    pub(crate) of_content: usize,
}

/// The packages that the service is built from.
const KITS: usize = 9;

/// The locked packages of a registry.
const LOCKED: usize = 200;

struct Project {
    dice: Dice,
    maker: Maker,
    sources: Vec<String>,
    documents: Vec<String>,
    /// The modules of each package.
    modules: Vec<BTreeSet<String>>,
    versions: Vec<usize>,
}

/// Makes a repository in `directory`, whose service is the package in `api/`.
pub(crate) fn make(directory: &Path, shape: Shape) -> Repository {
    let repository = Repository::init(directory);
    let mut project = Project {
        dice: Dice::new(7),
        maker: Maker::new(),
        sources: Vec::new(),
        documents: Vec::new(),
        modules: vec![BTreeSet::new(); KITS + 1],
        versions: vec![0; LOCKED],
    };
    let first = project.first(shape.files);
    let mut tip = project.maker.commit("main", &[], 1_600_000_000, "first", &first);
    let mut side: Vec<Mark> = Vec::new();
    for number in 1..shape.commits {
        let time = 1_600_000_000 + 3_600 * i64::try_from(number).unwrap_or(0);
        let subject = format!("change {number}");
        if side.len() > 3 || !side.is_empty() && number + 1 == shape.commits {
            let last = side[side.len() - 1];
            tip = project.maker.commit("main", &[tip, last], time, &subject, &[]);
            side.clear();
            continue;
        }
        let edits = project.edits(number, shape.of_content);
        // Every fifth commit or so is of a branch that is merged soon.
        if !side.is_empty() && project.dice.roll(2) == 0 || project.dice.roll(25) == 0 {
            let parent = side.last().copied().unwrap_or(tip);
            side.push(project.maker.commit("side", &[parent], time, &subject, &edits));
        } else {
            tip = project.maker.commit("main", &[tip], time, &subject, &edits);
        }
    }
    project.maker.import(&repository);
    repository.git(["checkout", "--quiet", "main"]);
    repository
}

fn directory_of(package: usize) -> String {
    if package == 0 { "api".to_owned() } else { format!("crates/kit{package}") }
}

impl Project {
    fn first(&mut self, files: usize) -> Vec<Edit> {
        let mut edits = vec![
            Edit::write(
                "Cargo.toml",
                "[workspace]\nmembers = [\"api\", \"crates/*\"]\nresolver = \"2\"\n",
            ),
            Edit::write("Cargo.lock", self.lock()),
        ];
        for package in 0..=KITS {
            edits.push(Edit::write(
                &format!("{}/Cargo.toml", directory_of(package)),
                manifest(package, "1.0.0"),
            ));
        }
        for number in 0..files {
            let package = number % (KITS + 1);
            if number % 5 == 4 {
                let path = format!("docs/part{}/page{number}.md", number % 17);
                edits.push(Edit::write(&path, text(number, 0)));
                self.documents.push(path);
                continue;
            }
            edits.push(self.new_source(package, number));
        }
        for package in 0..=KITS {
            edits.push(self.root(package));
        }
        edits
    }

    fn new_source(&mut self, package: usize, number: usize) -> Edit {
        let name = format!("part{number}");
        let path = format!("{}/src/{name}.rs", directory_of(package));
        self.modules[package].insert(name);
        self.sources.push(path.clone());
        Edit::write(&path, source(number, 0))
    }

    /// The root of a package, which declares its modules.
    fn root(&self, package: usize) -> Edit {
        let file = if package == 0 { "main.rs" } else { "lib.rs" };
        let mut text = String::new();
        for name in &self.modules[package] {
            let _ = writeln!(text, "mod {name};");
        }
        text.push_str("#[cfg(test)]\nmod tests;\nfn main() {}\n");
        Edit::write(&format!("{}/src/{file}", directory_of(package)), text)
    }

    fn lock(&self) -> String {
        let mut lock = "version = 4\n".to_owned();
        let kits: Vec<String> = (1..=KITS).map(|kit| format!("\"kit{kit}\"")).collect();
        let locked: Vec<String> = (0..LOCKED).map(|number| format!("\"lib{number}\"")).collect();
        let _ = writeln!(
            lock,
            "[[package]]\nname = \"api\"\nversion = \"1.0.0\"\ndependencies = [{}, {}]",
            kits.join(", "),
            locked.join(", ")
        );
        for kit in 1..=KITS {
            let _ = writeln!(lock, "[[package]]\nname = \"kit{kit}\"\nversion = \"1.0.0\"");
        }
        for (number, version) in self.versions.iter().enumerate() {
            let _ = writeln!(
                lock,
                "[[package]]\nname = \"lib{number}\"\nversion = \"1.0.{version}\"\nsource = \
                 \"registry+https://example.org/index\"\nchecksum = \"{:064x}\"",
                number * 1_000 + version
            );
        }
        lock
    }

    /// What one commit does.
    fn edits(&mut self, number: usize, of_content: usize) -> Vec<Edit> {
        if self.dice.roll(100) >= of_content {
            let path = self.dice.pick(&self.documents).clone();
            return vec![Edit::write(&path, text(number, 1))];
        }
        match self.dice.roll(100) {
            // A new file, and the line that declares it.
            0..=3 => {
                let package = self.dice.roll(KITS + 1);
                let source = self.new_source(package, 1_000_000 + number);
                vec![source, self.root(package)]
            }
            4 | 5 => {
                let locked = self.dice.roll(LOCKED);
                self.versions[locked] += 1;
                vec![Edit::write("Cargo.lock", self.lock())]
            }
            6 => {
                let package = self.dice.roll(KITS + 1);
                let comment = format!("# {number}\n");
                let path = format!("{}/Cargo.toml", directory_of(package));
                vec![Edit::write(&path, manifest(package, "1.0.0") + &comment)]
            }
            _ => (0..=self.dice.roll(3))
                .map(|_| {
                    let path = self.dice.pick(&self.sources).clone();
                    Edit::write(&path, source(number, 1))
                })
                .collect(),
        }
    }
}

fn manifest(package: usize, version: &str) -> String {
    if package > 0 {
        return format!(
            "[package]\nname = \"kit{package}\"\nversion = \"{version}\"\nedition = \"2021\"\n"
        );
    }
    let mut text = format!(
        "[package]\nname = \"api\"\nversion = \"{version}\"\nedition = \"2021\"\n[dependencies]\n"
    );
    for kit in 1..=KITS {
        let _ = writeln!(text, "kit{kit} = {{ path = \"../crates/kit{kit}\" }}");
    }
    for number in 0..LOCKED {
        let _ = writeln!(text, "lib{number} = \"1\"");
    }
    text
}

/// A source file of some 3 KB.
fn source(number: usize, edition: usize) -> String {
    let mut text = format!("//! Part {number}, {edition}.\n\nuse std::fmt;\n\n");
    for line in 0..40 {
        let _ = writeln!(
            text,
            "pub fn f{line}(a: u64) -> u64 {{\n    a.wrapping_mul({number}).wrapping_add({line})\n}}\n"
        );
    }
    text
}

fn text(number: usize, edition: usize) -> String {
    format!("# Page {number}, {edition}\n\n{}\n", "Some text of a page.\n".repeat(60))
}
