//! For random histories, the content of each commit is that which the commit has by itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use selfsame_core::environment::Environment;
use selfsame_testing::made::{Dice, Edit, Maker, Mark};
use selfsame_testing::repository::Repository as Made;

use super::*;
use crate::content::{Content, Context};
use crate::package::Package;

const TIME: Duration = Duration::from_secs(60);

fn environment() -> Environment {
    let path = [("PATH", "/usr/local/bin:/usr/bin:/bin")];
    path.into_iter().chain([("GIT_CONFIG_GLOBAL", "/dev/null"), ("HOME", "/nowhere")]).collect()
}

fn asked<'a>(directory: &'a Path, tips: &'a [String], scratch: &'a Path) -> Asked<'a> {
    Asked {
        directory,
        name: Some("api"),
        cargo_home: None,
        tips,
        since: None,
        most: MAX_COMMITS,
        deadline: None,
        parts: None,
        scratch,
        cache: false,
    }
}

/// The files of a service with most of what content is made of.
fn files() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"api\", \"kit\", \"crates/*\"]\nresolver = \"2\"\n",
        ),
        (
            "Cargo.lock",
            "version = 4\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\ndependencies = [\"kit\"]\n\
             [[package]]\nname = \"kit\"\nversion = \"1.0.0\"\n[[package]]\nname = \"other\"\n\
             version = \"1.0.0\"\n",
        ),
        (
            "api/Cargo.toml",
            "[package]\nname = \"api\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\
             [dependencies]\nkit = { path = \"../kit\" }\n",
        ),
        ("api/src/main.rs", "mod a;\n#[cfg(test)]\nmod tests;\nfn main() {}\n"),
        ("api/src/a.rs", "pub const A: &str = include_str!(\"../text/a.txt\");\n"),
        ("api/src/b/mod.rs", "pub fn b() {}\n"),
        ("api/src/tests.rs", "#[test]\nfn t() {}\n"),
        ("api/text/a.txt", "a\n"),
        ("api/README.md", "api\n"),
        ("kit/Cargo.toml", "[package]\nname = \"kit\"\nversion = \"1.0.0\"\nedition = \"2021\"\n"),
        ("kit/src/lib.rs", "pub fn kit() {}\n"),
        ("kit/build.rs", "fn main() { println!(\"cargo:rerun-if-changed=native\"); }\n"),
        ("kit/native/x.c", "int x;\n"),
        ("crates/other/Cargo.toml", "[package]\nname = \"other\"\nversion = \"1.0.0\"\n"),
        ("crates/other/src/lib.rs", "pub fn other() {}\n"),
        ("docs/a.md", "a\n"),
    ])
}

/// What a commit does, by chance.
#[expect(clippy::too_many_lines, reason = "a list of what may happen")]
fn edits(dice: &mut Dice, files: &mut BTreeMap<String, String>, number: usize) -> Vec<Edit> {
    const TEXTS: &[(&str, &str)] = &[
        ("api/src/main.rs", "mod a;\nmod c;\nfn main() {}\n"),
        ("api/src/main.rs", "mod a;\n#[cfg(test)]\nmod tests;\nfn main() {}\n"),
        ("api/src/main.rs", "mod a;\n#[cfg(test)]\nmod tests;\nfn main() { let _ = 1; }\n"),
        ("api/src/main.rs", "#[path = \"../../shared/s.rs\"]\nmod s;\nfn main() {}\n"),
        ("api/src/a.rs", "pub const A: &str = include_str!(\"../text/b.txt\");\n"),
        ("api/src/a.rs", "pub const A: &str = include_str!(\"../text/a.txt\"); // more\n"),
        ("api/src/a.rs", "mod not mod; \u{fffd}(\n"),
        ("api/text/b.txt", "b\n"),
        ("api/text/b.txt", "b\r\n"),
        ("api/migrations/1.sql", "select 1;\n"),
        ("api/templates/x.html", "<p>\n"),
        ("shared/s.rs", "pub fn s() {}\n"),
        ("kit/native/y.c", "int y;\n"),
        ("kit/build.rs", "fn main() { println!(\"cargo:rerun-if-changed=../docs\"); }\n"),
        ("docs/b.md", "b\n"),
        (".gitattributes", "*.txt text eol=crlf\n"),
        (".gitattributes", "*.md linguist-documentation\n"),
        ("api/.gitattributes", "*.rs ident\n"),
        (".cargo/config.toml", "[build]\nrustflags = [\"-Cdebuginfo=1\"]\n"),
        (
            "api/Cargo.toml",
            "[package]\nname = \"api\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\
             [package.metadata.selfsame]\nalso = [\"../docs\"]\n\
             [dependencies]\nkit = { path = \"../kit\" }\n",
        ),
        (
            "api/Cargo.toml",
            "[package]\nname = \"api\"\nversion = \"1.0.0\"\nedition = \"2021\"\n# as it was\n\
             [dependencies]\nkit = { path = \"../kit\" }\n",
        ),
        ("api/Cargo.toml", "this is not a manifest"),
        (
            "Cargo.lock",
            "version = 4\n[[package]]\nname = \"api\"\nversion = \"1.0.0\"\ndependencies = [\"kit\"]\n\
             [[package]]\nname = \"kit\"\nversion = \"1.0.0\"\ndependencies = [\"serde\"]\n\
             [[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n",
        ),
    ];
    const PATHS: &[&str] = &[
        "api/src/a.rs",
        "api/src/b/mod.rs",
        "api/src/b/x.rs",
        "api/src/c.rs",
        "api/src/tests.rs",
        "api/text/a.txt",
        "api/text/b.txt",
        "kit/src/lib.rs",
        "kit/native/x.c",
        "docs/a.md",
        "api/src/.hidden",
        "api/tests/t.rs",
        "kit/src/x.snap",
        "Cargo.lock",
        "api/static/a",
        ".gitattributes",
        "api/.gitattributes",
        "crates/other/src/lib.rs",
        "shared/s.rs",
        ".cargo/config.toml",
        "api/Cargo.toml",
        "kit/build.rs",
        "api/src/data",
    ];
    let mut made = Vec::new();
    for (path, text) in self::files() {
        // What is broken is mended before long, so that most commits have a content.
        let is_broken = files.get(path).is_some_and(|text| text.contains("not a manifest"));
        if is_broken && dice.roll(2) == 0 {
            files.insert(path.to_owned(), text.to_owned());
            made.push(Edit::write(path, text));
        }
    }
    let circle = files.iter().find(|(_, text)| *text == "-> data").map(|(path, _)| path.clone());
    if let Some(path) = circle {
        files.remove(&path);
        made.push(Edit::Remove(path));
    }
    for _ in 0..=dice.roll(3) {
        match dice.roll(20) {
            0..=7 => {
                let path = *dice.pick(PATHS);
                if let Some(text) = files.get(path).cloned() {
                    let comment = if path.contains(".rs") { "//" } else { "#" };
                    let text = format!("{text}{comment} {number} {}\n", dice.roll(5));
                    files.insert(path.to_owned(), text.clone());
                    made.push(Edit::write(path, text));
                } else {
                    let text = format!("// {}\n", dice.roll(3));
                    files.insert(path.to_owned(), text.clone());
                    made.push(Edit::write(path, text));
                }
            }
            8..=12 => {
                let (path, text) = *dice.pick(TEXTS);
                files.insert(path.to_owned(), text.to_owned());
                made.push(Edit::write(path, text));
            }
            13 | 14 => {
                let path = *dice.pick(PATHS);
                if files.remove(path).is_some() {
                    made.push(Edit::Remove(path.to_owned()));
                }
            }
            15 => {
                let links = [
                    ("api/src/data", "../../docs"),
                    ("api/src/data", "../text"),
                    ("api/src/b", "../../kit/native"),
                    ("api/src/data", "data"),
                ];
                let (path, to) = *dice.pick(&links);
                let below = format!("{path}/");
                files.retain(|file, _| file != path && !file.starts_with(&below));
                made.push(Edit::Link(path.to_owned(), to.to_owned()));
                files.insert(path.to_owned(), format!("-> {to}"));
            }
            16 => {
                // The whole of a directory goes to another place, and comes back.
                let (from, to) = *dice.pick(&[("", "services/"), ("services/", "")]);
                let is_moved = |path: &str| {
                    ["api/", "kit/"].iter().any(|name| path.starts_with(&format!("{from}{name}")))
                };
                let moved: Vec<(String, String)> = files
                    .iter()
                    .filter(|(path, text)| is_moved(path) && !text.starts_with("-> "))
                    .map(|(path, text)| (path.clone(), text.clone()))
                    .collect();
                for (path, text) in moved {
                    files.remove(&path);
                    made.push(Edit::Remove(path.clone()));
                    let path = format!("{to}{}", &path[from.len()..]);
                    made.push(Edit::write(&path, &text));
                    files.insert(path, text);
                }
            }
            17 => {
                for (path, text) in self::files() {
                    if files.get(path).map(String::as_str) != Some(text) && dice.roll(2) == 0 {
                        files.insert(path.to_owned(), text.to_owned());
                        made.push(Edit::write(path, text));
                    }
                }
            }
            _ => {}
        }
    }
    made
}

fn random(seed: u64, commits: usize, directory: &Path) -> Made {
    let repository = Made::init(directory);
    let mut dice = Dice::new(seed);
    let mut maker = Maker::new();
    let mut files: BTreeMap<String, String> =
        self::files().into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let first: Vec<Edit> = files.iter().map(|(path, text)| Edit::write(path, text)).collect();
    // The service comes later.
    let before = maker.commit("main", &[], 0, "docs", &[Edit::write("docs/z.md", "z")]);
    let mut tip = maker.commit("main", &[before], 10, "first", &first);
    let mut side: Option<(Mark, BTreeMap<String, String>)> = None;
    for number in 0..commits {
        let time = 20 + i64::try_from(number).unwrap() * 10 - i64::try_from(dice.roll(60)).unwrap();
        match (dice.roll(8), &mut side) {
            (0, None) => side = Some((tip, files.clone())),
            (1, Some((mark, _))) => {
                tip = maker.commit(
                    "main",
                    &[tip, *mark],
                    time,
                    "merge",
                    &edits(&mut dice, &mut files, number),
                );
                side = None;
            }
            (2..=4, Some((mark, files))) => {
                let edits = edits(&mut dice, files, number);
                *mark = maker.commit("side", &[*mark], time, "side", &edits);
            }
            _ => {
                let edits = edits(&mut dice, &mut files, number);
                tip = maker.commit("main", &[tip], time, "main", &edits);
            }
        }
    }
    maker.import(&repository);
    repository.git(["checkout", "--quiet", "main"]);
    repository
}

/// The content of a commit by itself, as `selfsame hash --commit` has it.
fn by_itself(repository: &Repository, directory: &Path, commit: &CommitId) -> Option<Digest> {
    let scratch = tempfile::tempdir().unwrap();
    let files = repository.snapshot(commit, scratch.path()).unwrap();
    let package = Package::find_in(&files, directory).ok()?;
    let within =
        Context { files: &files, top: Some(repository.top()), cargo_home: None, activation: None };
    let content = Content::of(&package, &within).ok()?;
    content.digest().ok()
}

fn compare(seed: u64, commits: usize) -> (usize, usize) {
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path().canonicalize().unwrap();
    random(seed, commits, &top);
    let repository = Repository::around(&top, &environment(), TIME).unwrap().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let tips = ["--all".to_owned()];
    let history = repository.history(&asked(&top.join("api"), &tips, scratch.path())).unwrap();
    assert!(history.commits.len() > commits / 2, "{}", history.commits.len());
    let mut known = 0;
    let mut distinct = std::collections::BTreeSet::new();
    for commit in &history.commits {
        let found = commit.at.content();
        let mut expected = by_itself(&repository, &top.join("api"), &commit.id);
        if expected.is_none() {
            expected = by_itself(&repository, &top.join("services/api"), &commit.id);
        }
        // Where the package's own directory has a manifest that is none, nothing else counts.
        let is_broken = matches!(&commit.at, At::Unknown(_));
        if is_broken {
            let own = by_itself(&repository, &top.join("api"), &commit.id);
            assert_eq!(own, None, "seed {seed}, commit {}: {:?}", commit.id, commit.at);
            continue;
        }
        assert_eq!(found, expected, "seed {seed}, commit {}: {:?}", commit.id, commit.at);
        known += usize::from(found.is_some());
        distinct.extend(found);
    }
    (known, distinct.len())
}

#[test]
fn content_in_history_is_that_of_each_commit_by_itself() {
    let mut known = 0;
    let mut distinct = 0;
    for seed in 1..=4 {
        let (k, d) = compare(seed, 40);
        known += k;
        distinct += d;
    }
    assert!(known > 80 && distinct > 40, "{known} known, {distinct} distinct");
}

/// Many more, when somebody asks.
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stdout, reason = "what was compared is the result")]
fn content_in_many_histories() {
    for seed in 100..160 {
        let (known, distinct) = compare(seed, 80);
        println!("{seed}: {known} known, {distinct} distinct");
    }
}

#[test]
fn more_commits_than_asked_for_are_cut() {
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path().canonicalize().unwrap();
    random(1, 20, &top);
    let repository = Repository::around(&top, &environment(), TIME).unwrap().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let tips = ["main".to_owned()];
    let directory = top.join("api");
    let all = repository.history(&asked(&directory, &tips, scratch.path())).unwrap();
    assert!(!all.is_cut);
    for most in [1, 5, all.commits.len() - 1] {
        let asked = Asked { most, ..asked(&directory, &tips, scratch.path()) };
        let some = repository.history(&asked).unwrap();
        assert!(some.is_cut && some.commits.len() == most, "{most}");
        for commit in &some.commits {
            let at = all.place(&commit.id).unwrap();
            assert_eq!(all.commits[at].at, commit.at);
        }
    }
    let late = Asked { deadline: Some(Instant::now()), ..asked(&directory, &tips, scratch.path()) };
    let late = repository.history(&late).unwrap();
    assert!(late.is_late && late.counts().left > 0);
}

#[test]
fn changes_and_names_of_the_log_have_limits() {
    let directory = tempfile::tempdir().unwrap();
    let made = Made::init(directory.path());
    let mut maker = Maker::new();
    let files: Vec<Edit> = (0..5).map(|n| Edit::write(&format!("f{n}"), "x")).collect();
    maker.commit("main", &[], 0, "five", &files);
    maker.import(&made);
    let top = directory.path().canonicalize().unwrap();
    let repository = Repository::around(&top, &environment(), TIME).unwrap().unwrap();
    let read = |changes, tip: &str| {
        let (mut tree, mut objects) = (Tree::new(), Objects::default());
        let tips = [tip.to_owned()];
        let query = Query { tips: &tips, since: None, most: 10, changes: Some(changes) };
        Log::read(&repository.git, query, &mut tree, &mut objects)
    };
    assert!(read(5, "main").is_ok());
    let error = read(4, "main").unwrap_err().to_string();
    assert!(error.contains("more than 4 changes"), "{error}");
    let mut maker = Maker::new();
    let long = vec!["a".repeat(200); 400].join("/");
    maker.commit("long", &[], 0, "long", &[Edit::write(&long, "x")]);
    maker.import(&made);
    let error = read(5, "long").unwrap_err().to_string();
    assert!(error.contains("field that is too long"), "{error}");
}

#[test]
fn attributes_outside_of_the_commit_count() {
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path().canonicalize().unwrap();
    let made = random(2, 6, &top);
    let repository = Repository::around(&top, &environment(), TIME).unwrap().unwrap();
    let tips = ["main".to_owned()];
    let all = |attributes: &str| {
        std::fs::create_dir_all(top.join(".git/info")).unwrap();
        std::fs::write(top.join(".git/info/attributes"), attributes).unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let history = repository.history(&asked(&top.join("api"), &tips, scratch.path())).unwrap();
        let last = history.commits.iter().find(|commit| commit.at.content().is_some()).unwrap();
        assert_eq!(last.at.content(), by_itself(&repository, &top.join("api"), &last.id));
        last.at.content()
    };
    let converted = "*.rs text eol=crlf\n";
    assert_ne!(all(""), all(converted));
    // One that is longer than what is read here is asked of git.
    assert_eq!(all(converted), all(&("# more\n".repeat(200_000) + converted)));
    drop(made);
}
