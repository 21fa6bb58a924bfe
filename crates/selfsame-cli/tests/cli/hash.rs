//! `hash`: equal to what coreutils print, and the same for a commit as for its clean working tree.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use selfsame::report::Level;
use serde_json::Value;
use tempfile::TempDir;

use crate::project::Project;
use crate::run::{assert_cannot_tell, assert_says, finish, run, selfsame_in};
use selfsame_testing::repository::{Repository, git};

/// The line of the documentation, run in `directory`.
fn coreutils(directory: &Path) -> String {
    shell(
        directory,
        "find . -type f ! -path '*/.*' -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum",
    )
}

fn shell(directory: &Path, line: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(directory)
        .env("selfsame", env!("CARGO_BIN_EXE_selfsame"))
        .stdin(Stdio::null())
        .output()
        .expect("sh runs");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// What `hash` prints in `directory`.
fn hash(directory: &Path, arguments: &[&str]) -> String {
    let outcome = finish(selfsame_in(directory).arg("hash").args(arguments));
    assert_eq!(outcome.code, 0, "{arguments:?}: {}", outcome.err);
    outcome.out
}

/// The content that `hash` prints.
fn content(directory: &Path, arguments: &[&str]) -> String {
    let json: Value = serde_json::from_str(&hash(directory, &[&["--json"], arguments].concat()))
        .expect("it prints JSON");
    json["content"].as_str().expect("there is a content").to_owned()
}

fn write(directory: &Path, name: &[u8], text: &str) {
    let path = directory.join(OsStr::from_bytes(name));
    fs::create_dir_all(path.parent().expect("it has a parent")).expect("it can be made");
    fs::write(path, text).expect("it can be written");
}

/// Every name that could be written in two ways.
const NAMES: [&[u8]; 20] = [
    b"plain",
    b"a space",
    b" leading and trailing ",
    b"a\nnew line",
    b"\n",
    b"back\\slash",
    b"back\\nslash",
    b"carriage\rreturn",
    b"\\",
    b"-dash",
    b"--help",
    b"tab\there",
    b"not utf-8 \xff\xfe",
    "umlaut \u{e4}".as_bytes(),
    "umlaut a\u{308}".as_bytes(),
    b"a/b",
    b"a.b",
    b"a-b",
    b"quote'\"$x`",
    b"\x1b[31mred",
];

#[test]
fn the_tree_hash_is_the_line_of_coreutils() {
    let directory = TempDir::with_prefix("selfsame-cli-").expect("a temporary directory");
    let root = directory.path();
    let check = |case: &str| assert_eq!(hash(root, &["--tree", "."]), coreutils(root), "{case}");
    check("nothing");
    fs::create_dir_all(root.join("empty/emptier")).expect("it can be made");
    check("empty directories");
    for name in NAMES {
        write(root, name, &String::from_utf8_lossy(name));
        check(&format!("{:?}", String::from_utf8_lossy(name)));
    }
    write(root, b"void", "");
    check("an empty file");
    let deep: Vec<u8> = b"d/".repeat(200).into_iter().chain(*b"file").collect();
    write(root, &deep, "deep");
    check("a deep tree");
    for name in [&b".hidden"[..], b".git/config", b"x/.y/z", b"..z"] {
        write(root, name, "hidden");
        check("a hidden name");
    }
    for (to, name) in [("plain", "link"), ("..", "loop"), ("/etc", "away"), ("none", "dangling")] {
        std::os::unix::fs::symlink(to, root.join(name)).expect("it can be made");
        check("a link");
    }
    let fifo = root.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    check("a FIFO");
    write(root, b"large", &"x".repeat(300_000));
    check("a file beyond one buffer");

    // From elsewhere, by a link, and with a slash at the end.
    let link = directory.path().with_extension("link");
    std::os::unix::fs::symlink(root, &link).expect("it can be made");
    for path in [root.to_path_buf(), root.join(""), link.clone()] {
        let path = path.to_str().expect("the path is UTF-8");
        assert_eq!(hash(Path::new("/"), &["--tree", path]), coreutils(root), "{path}");
    }
    fs::remove_file(link).expect("it can be removed");
    let json: Value =
        serde_json::from_str(&hash(root, &["--tree", ".", "--json"])).expect("it prints JSON");
    assert_eq!(format!("{}  -\n", json["sha256"].as_str().expect("a text")), coreutils(root));
    assert_eq!(json["files"], 23);
}

#[test]
fn a_changed_byte_a_renamed_and_a_moved_file_change_the_tree_hash() {
    let directory = TempDir::with_prefix("selfsame-cli-").expect("a temporary directory");
    let root = directory.path();
    write(root, b"a/x", "1");
    write(root, b"b/y", "2");
    let mut seen = vec![hash(root, &["--tree", "."])];
    let mut differs = |case: &str| {
        let now = hash(root, &["--tree", "."]);
        assert!(!seen.contains(&now), "{case}");
        seen.push(now);
    };
    write(root, b"a/x", "3");
    differs("a byte");
    fs::rename(root.join("a/x"), root.join("a/z")).expect("it can be renamed");
    differs("renamed");
    fs::rename(root.join("a/z"), root.join("b/z")).expect("it can be moved");
    differs("moved");
    write(root, b"b/empty", "");
    differs("an empty file");
}

#[test]
fn modules_hash_as_their_directories_do() {
    let project = Project::new();
    for name in NAMES {
        let path = [b"src/modules/odd/", name].concat();
        write(project.path(), &path, "odd");
    }
    write(project.path(), b"src/modules/both.rs", "mod x;\n");
    write(project.path(), b"src/modules/both/x.rs", "// x\n");
    let text = hash(project.path(), &[]);
    let sha256 = |line: String| line.split(' ').next().expect("a digest").to_owned();
    let directory = |name: &str| sha256(coreutils(&project.path().join("src/modules").join(name)));
    let files = |names: &str| {
        let line = format!("find {names} -type f -print0 | LC_ALL=C sort -z");
        let line = format!("{line} | xargs -0r sha256sum | sha256sum");
        sha256(shell(&project.path().join("src/modules"), &line))
    };
    for (name, digest) in [
        ("odd", directory("odd")),
        ("billing", directory("billing")),
        ("customers", files("./customers.rs")),
        ("both", files("./both ./both.rs")),
    ] {
        let line = format!("module       {digest} src/modules/{name}\n");
        assert!(text.contains(&line), "no {line:?} in {text}");
    }
    project.scope("module = [\"src/modules/both\"]");
    let single = hash(project.path(), &[]);
    assert!(single.contains(&files("./both ./both.rs")), "{single}");
}

#[test]
fn the_listed_lines_are_what_the_content_is_the_hash_of() {
    let project = Project::new();
    for name in NAMES {
        write(project.path(), &[b"src/", name].concat(), "odd");
    }
    std::os::unix::fs::symlink("main.rs", project.path().join("src/link")).expect("a link");
    project.scope("also = [\"README.md\"]");
    for arguments in ["", "--commit HEAD"] {
        let line = format!("$selfsame hash --list {arguments} | sha256sum | cut -d' ' -f1");
        let summed = shell(project.path(), &line);
        let words: Vec<&str> = arguments.split_whitespace().collect();
        assert_eq!(summed.trim_end(), content(project.path(), &words), "{arguments}");
    }
    // Each line of a file is one that `sha256sum --check` confirms.
    let checked = "$selfsame hash --list | grep '  [.][.]*/' | sha256sum --check --strict --quiet";
    shell(project.path(), checked);
    let listed = finish(selfsame_in(project.path()).args(["hash", "--list", "--commit", "HEAD"]));
    assert!(listed.out.contains("  ./src/modules/billing/mod.rs\n"), "{}", listed.out);
    assert!(!listed.out.contains("README"), "{}", listed.out);
}

#[test]
fn a_commit_hashes_as_its_clean_working_tree() {
    let project = Project::new();
    let repository = &project.repository;
    let same = |case: &str| {
        let tree = content(project.path(), &[]);
        let commit = content(project.path(), &["--commit", "HEAD"]);
        assert_eq!(tree, commit, "{case}");
        let text = hash(project.path(), &[]);
        assert!(!text.contains("changed"), "{case}: {text}");
        tree
    };
    let plain = same("as it is");

    repository.write(".gitattributes", "* text eol=crlf\n");
    repository.commit("Write lines as on Windows");
    repository.git(["rm", "-r", "--quiet", "--cached", "."]);
    repository.git(["reset", "--quiet", "--hard"]);
    assert!(repository.read("src/main.rs").contains("\r\n"), "git turned the lines");
    let turned = same("eol=crlf");
    assert_ne!(turned, plain);

    repository.git(["config", "filter.rot.clean", "tr a-z n-za-m"]);
    repository.git(["config", "filter.rot.smudge", "tr a-z n-za-m"]);
    repository.git(["config", "filter.rot.required", "true"]);
    repository.write(".gitattributes", "src/main.rs filter=rot\n");
    repository.commit("Keep a file turned");
    repository.git(["rm", "-r", "--quiet", "--cached", "."]);
    repository.git(["reset", "--quiet", "--hard"]);
    assert!(repository.git(["show", "HEAD:src/main.rs"]).contains("sa znva"), "git cleaned it");
    assert!(repository.read("src/main.rs").contains("fn main"), "git smudged it");
    same("a filter");

    // Modes, links and the index do not count.
    repository.git(["config", "core.fileMode", "false"]);
    shell(project.path(), "chmod +x src/main.rs && git rm -q --cached src/main.rs");
    same("modes and the index");
}

#[test]
fn a_submodule_that_git_is_told_to_ignore_is_looked_at_all_the_same() {
    let project = Project::new();
    let shared = Repository::init(&project.beside("shared"));
    shared.write("api.proto", "message Invoice {}\n");
    shared.write(".gitignore", "*.gen.proto\n");
    shared.commit("Name an invoice");
    let url = shared.path().to_str().expect("the path is UTF-8");
    project.repository.git(["submodule", "--quiet", "add", url, "proto"]);
    project.repository.git(["config", "--file", ".gitmodules", "submodule.proto.ignore", "all"]);
    project.repository.commit("Share the messages");
    let committed = content(project.path(), &[]);
    let text = hash(project.path(), &[]);
    assert!(!text.contains("changed"), "{text}");

    project.repository.write("proto/api.proto", "message Invoice { string id = 1; }\n");
    for setting in ["none", "all"] {
        project.repository.git(["config", "diff.ignoreSubmodules", setting]);
        let text = hash(project.path(), &[]);
        assert!(text.contains("changed      M proto\n"), "{setting}: {text}");
    }

    // What is ignored there goes into the content all the same.
    let proto = Repository::at(&project.path().join("proto"));
    proto.git(["checkout", "--quiet", "."]);
    proto.write("made.gen.proto", "message Made {}\n");
    let text = hash(project.path(), &[]);
    assert!(text.contains("changed      ! proto/made.gen.proto\n"), "{text}");
    fs::remove_file(project.path().join("proto/made.gen.proto")).expect("it is there");
    assert_eq!(content(project.path(), &[]), committed);

    // A commit has the files of the submodule that it names.
    proto.write("api.proto", "message Invoice { string id = 1; }\n");
    proto.commit("Number the invoices");
    assert_ne!(content(project.path(), &[]), committed);
    assert_eq!(content(project.path(), &["--commit", "HEAD"]), committed);
    project.repository.commit("Share the numbers");
    let numbered = content(project.path(), &[]);
    assert_eq!(content(project.path(), &["--commit", "HEAD"]), numbered);
    assert_eq!(content(project.path(), &["--commit", "HEAD~1"]), committed);
}

#[test]
fn a_submodule_that_is_not_checked_out_leaves_the_content_unknown() {
    let project = Project::new();
    let repository = &project.repository;
    let shared = Repository::init(&project.beside("shared"));
    shared.write("api.proto", "message Invoice {}\n");
    shared.commit("Name an invoice");
    let url = shared.path().to_str().expect("the path is UTF-8");
    // Only the first goes into the build.
    for path in ["proto", "docs/shared"] {
        repository.git(["submodule", "--quiet", "add", url, path]);
    }
    repository.commit("Share the messages");
    let facts = project.facts();
    repository.git(["submodule", "--quiet", "deinit", "--force", "docs/shared"]);
    assert_eq!(project.check(facts.clone(), Level::Full, &[]).code, 0);

    repository.git(["submodule", "--quiet", "deinit", "--force", "proto"]);
    let words = ["the submodule `proto` is not checked out", "git submodule update --init"];
    for arguments in [&[][..], &["--commit", "HEAD"]] {
        let outcome =
            run(&[&["hash", "--source", project.path().to_str().unwrap()], arguments].concat());
        assert_cannot_tell("hash", &outcome, &words);
    }
    // Of the same commit is the same all the same.
    let outcome = project.check(facts.clone(), Level::Full, &["--commit", "HEAD"]);
    assert_says("its commit", &outcome, 0, &["[commit-only]"]);
    // A commit that changes nothing of what goes into the build may be the same, or not.
    let mut later = facts;
    later.commit = Some("e".repeat(40).parse().expect("it is an id"));
    let outcome = project.check(later, Level::Full, &[]);
    assert_says(
        "another commit",
        &outcome,
        2,
        &[&words[..], &["[source-changed]", "D proto"]].concat(),
    );
}

#[test]
fn a_commit_is_not_what_git_puts_in_its_place() {
    let project = Project::new();
    let repository = &project.repository;
    let before = content(project.path(), &["--commit", "HEAD"]);
    let old = repository.head();
    repository.write("src/main.rs", "fn main() { other() }\n");
    repository.commit("Go on");
    repository.git(["replace", &old, "HEAD"]);
    assert_eq!(content(project.path(), &["--commit", &old]), before);
}

#[test]
fn of_a_workspaces_manifest_that_counts_which_takes_effect() {
    let project = Project::new();
    let repository = Repository::init(&project.beside("workspace"));
    let root = "[package]\nname = \"kit\"\n[workspace]\nmembers = [\"a\"]\n";
    repository.write("Cargo.toml", root);
    repository.write("Cargo.lock", "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n");
    repository.write("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n");
    repository.write("a/src/main.rs", "fn main() {}\n");
    repository.commit("Begin");
    let member = repository.path().join("a");
    let clean = content(&member, &[]);
    for (more, counts) in [
        ("[features]\ndefault = [\"odd\"]\nodd = []\n", false),
        ("[profile.release]\nlto = true\n", true),
        ("[profile.bench]\ndebug = true\n", false),
    ] {
        repository.write("Cargo.toml", format!("{root}{more}"));
        assert_eq!(content(&member, &[]) != clean, counts, "{more}");
        let text = hash(&member, &[]);
        assert_eq!(text.contains("changed      M ../Cargo.toml\n"), counts, "{text}");
    }
}

#[test]
fn an_older_commit_hashes_as_it_was() {
    let project = Project::new();
    let repository = &project.repository;
    let old = content(project.path(), &[]);
    repository.git(["tag", "v1"]);
    repository.write("src/new.rs", "");
    repository.git(["rm", "--quiet", "src/modules/customers.rs"]);
    let text = hash(project.path(), &[]);
    for line in ["changed      ? src/new.rs\n", "changed      D src/modules/customers.rs\n"] {
        assert!(text.contains(line), "{text}");
    }
    repository.commit("Change");
    assert_ne!(content(project.path(), &[]), old);
    assert_eq!(content(project.path(), &["--commit", "v1"]), old);
    assert_eq!(content(project.path(), &["--commit", "HEAD~1"]), old);
    // The filters are those of the commit that is asked for.
    repository.write(".gitattributes", "* text eol=crlf\n");
    repository.commit("Write lines as on Windows");
    assert_eq!(content(project.path(), &["--commit", "v1"]), old);
    repository.git(["rm", "--quiet", ".gitattributes"]);
    repository.commit("Write lines as elsewhere");
    // From a linked worktree, too, and from a hook, with git's variables around.
    let linked = project.beside("linked");
    let added =
        git(project.path()).args(["worktree", "add", "--quiet"]).arg(&linked).arg("v1").output();
    assert!(added.expect("git runs").status.success());
    assert_eq!(content(&linked, &[]), old);
    let mut command = selfsame_in(&linked);
    command.env("GIT_DIR", "/nonexistent").env("GIT_INDEX_FILE", "/nonexistent");
    let outcome = finish(command.args(["hash", "--json", "--commit", "HEAD"]));
    let json: Value = serde_json::from_str(&outcome.out).expect("it prints JSON");
    assert_eq!(json["content"], *old);
}

#[test]
fn what_is_unknown_is_absent_and_has_its_reason() {
    let project = Project::uncommitted();
    let json = |directory: &Path| -> Value {
        serde_json::from_str(&hash(directory, &["--json"])).expect("it prints JSON")
    };
    let empty = json(project.path());
    assert_eq!((empty.get("commit"), empty.get("changed")), (None, None), "{empty}");
    let reason = empty["unknown"]["commit"].as_str().expect("a reason");
    assert!(reason.contains("no commit yet"), "{reason}");
    fs::remove_dir_all(project.path().join(".git")).expect("it can be removed");
    let text = hash(project.path(), &[]);
    for words in ["commit       unknown: ", "is not in a git repository", "changed      unknown: "]
    {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn what_cannot_be_hashed_is_an_error_that_says_what_next() {
    let project = Project::new();
    let cases: &[(&[&str], &str)] = &[
        (&["--source", "/nonexistent"], "there is no Cargo.toml in `/nonexistent`"),
        (&["--tree", "/nonexistent"], "`/nonexistent` is not a directory"),
        (&["--tree", "Cargo.toml"], "`Cargo.toml` is not a directory"),
        (&["--commit", "none"], "knows no revision `none`"),
    ];
    for (arguments, words) in cases {
        let outcome = finish(selfsame_in(project.path()).arg("hash").args(*arguments));
        assert_cannot_tell(&format!("{arguments:?}"), &outcome, &[words]);
        assert_eq!(outcome.out, "");
    }
    for (scope, words) in [
        ("modules = [\"src/none\"]", "src/none"),
        ("module = [\"src/modules/none\"]", "is missing"),
        ("module = [\"../x\"]", "is outside the package"),
        ("module = [\"/etc\"]", "is absolute"),
        ("also = [\".\"]", "names the package itself"),
        ("also = [\"none\"]", "does not exist"),
        ("modules = \"src/modules\"", "expected a list of paths for `modules`"),
        ("module = [1]", "expected a list of paths for `module`"),
        ("parts = []", "unknown key `parts`, expected one of `also`"),
        ("shipped = [{ path = \"dist\", to = \"/app\" }]", "unknown key `to` in `shipped`"),
        ("shipped = [\"dist\", \"../dist\"]", "two shipped directories are named `dist`"),
    ] {
        project.scope(scope);
        let outcome = finish(selfsame_in(project.path()).arg("hash"));
        assert_cannot_tell(scope, &outcome, &[words]);
    }
    project.scope("");
    fs::remove_file(project.path().join("Cargo.lock")).expect("it can be removed");
    for form in [&["--list"][..], &[], &["--json"]] {
        let outcome = finish(selfsame_in(project.path()).arg("hash").args(form));
        assert_cannot_tell("no lock file", &outcome, &["Cargo.lock", "commit it"]);
    }
    fs::write(project.path().join("Cargo.toml"), "[package\n").expect("it can be written");
    let outcome = finish(selfsame_in(project.path()).arg("hash"));
    assert_cannot_tell("no TOML", &outcome, &["is not TOML"]);
}

#[test]
fn metrics_name_what_should_run() {
    let project = Project::new();
    let head = project.repository.head();
    let metrics = |arguments: &[&str]| {
        let arguments = [&["--metrics"], arguments].concat();
        hash(project.path(), &arguments)
    };
    let contents = content(project.path(), &[]);
    let text = metrics(&[]);
    let info = |labels: &str| format!("selfsame_expected_info{{name=\"api\"{labels}}} 1\n");
    let clean = info(&format!(",commit=\"{head}\",content=\"{contents}\""));
    assert!(text.contains(&clean), "{text}");
    for module in ["billing", "customers"] {
        let series = format!("selfsame_expected_module_info{{name=\"api\",module=\"{module}\",");
        assert_eq!(text.matches(&series).count(), 1, "{text}");
    }
    // With changes on top it is not that commit, which can still be named.
    project.repository.write("src/main.rs", "mod modules;\nfn main() { changed() }\n");
    let changed = content(project.path(), &[]);
    assert_ne!(changed, contents);
    let text = metrics(&[]);
    assert!(text.contains(&info(&format!(",content=\"{changed}\""))), "{text}");
    assert_eq!(metrics(&["--commit", "HEAD"]).matches(&clean).count(), 1);
}

#[test]
fn a_file_of_a_commit_is_read_up_to_the_limit_of_the_working_tree() {
    let project = Project::new();
    let path = project.path();
    // One line, which is read in parts.
    let line = |length: usize| format!("// {}", "x".repeat(length));
    project.repository.write("src/modules/customers.rs", line(300_000));
    project.repository.commit("Write a long file");
    assert_eq!(content(path, &[]), content(path, &["--commit", "HEAD"]));
    project.repository.write("src/modules/customers.rs", "// customers\n");
    let changed = hash(path, &[]);
    assert!(changed.contains("changed      M src/modules/customers.rs"), "{changed}");

    let lock = project.repository.read("Cargo.lock");
    project.repository.write("Cargo.lock", format!("{lock}#{}", line(32 << 20)));
    project.repository.commit("Write a long lock file");
    project.repository.write("Cargo.lock", lock);
    let outcome = finish(selfsame_in(path).args(["hash", "--commit", "HEAD"]));
    let words = ["Cargo.lock", "is longer than 33554432 bytes"];
    assert_cannot_tell("a long lock file", &outcome, &words);
}
