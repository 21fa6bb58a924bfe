//! Whether the expected modules are compiled in, whatever else is equal.

use selfsame::report::Level;
use selfsame::stamp::{Declared, Facts, frame};

use crate::project::{Project, seal};
use crate::run;
use selfsame_testing::cargo::Cargo;
use selfsame_testing::command::Outcome;

/// Facts in which the second module, `customers`, is declared so.
fn facts(project: &Project, declared: Declared) -> Facts {
    let mut facts = project.facts();
    facts.modules[0].declared = Some(Declared::Yes);
    facts.modules[1].declared = Some(declared);
    facts
}

fn check_artifact(project: &Project, artifact: &str) -> Outcome {
    run::run(&["check", "--source", &project.source(), "--artifact", artifact, "--format=json"])
}

#[test]
fn a_module_that_no_line_reaches_is_drift_though_all_else_is_equal() {
    let project = Project::new();
    let why = "no `mod customers;` reaches it";
    let facts = facts(&project, Declared::No(why.to_owned()));

    let running = project.check(facts.clone(), Level::Full, &["--format=json"]);
    assert_eq!(running.code, 1, "{running:?}");
    let reason = |outcome: &Outcome| {
        let finding = outcome.finding("module-not-compiled");
        let modules = finding["evidence"]["not_compiled"].as_array().expect("a list").clone();
        let [module] = &modules[..] else { panic!("one module: {finding}") };
        assert_eq!(module["name"], "customers");
        module["reason"].as_str().expect("a text").to_owned()
    };
    assert_eq!(reason(&running), why);
    // Without a token, the counts say that something is missing, and not what.
    let summary = project.check(facts.clone(), Level::Summary, &["--format=json"]);
    assert_eq!(summary.code, 1, "{summary:?}");
    let counts = &summary.finding("module-not-compiled")["evidence"]["module_counts"];
    assert_eq!((&counts["expected"], &counts["compiled"]), (&2.into(), &1.into()));
    assert!(!summary.out.contains("\"customers\""), "{}", summary.out);

    let built = check_artifact(&project, &project.artifact(&[facts]));
    assert_eq!(built.code, 1, "{built:?}");
    assert_eq!(reason(&built), why);
}

#[test]
fn what_a_macro_may_have_declared_is_not_compared() {
    let project = Project::new();
    let why = "the macro `all!` may declare modules";
    let facts = facts(&project, Declared::Unknown(why.to_owned()));
    let outcome = project.check(facts, Level::Full, &["--format=json"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.finding("not-compared")["evidence"]["reason"], why);
}

/// A package whose binary carries a stamp that cannot tell, built by cargo.
fn built(project: &Project, modules: &str) -> String {
    project.repository.write("src/modules/mod.rs", modules);
    // The path of what a macro of ours includes is out of the reach of a reader of tokens.
    let main = "mod modules;\nmacro_rules! embed { ($path:literal) => { include_bytes!($path) } }\n\
                #[used]\nstatic STAMP: &[u8] = embed!(\"../stamp.bin\");\n\
                #[used]\nstatic TABLE: &[u8] = embed!(\"../table.bin\");\nfn main() {}\n";
    project.repository.write("src/main.rs", main);
    project.repository.write("stamp.bin", "");
    project.repository.write("table.bin", "a table");
    project.repository.write(".gitignore", "/target\n");
    project.repository.commit("Build it");
    let open = Declared::Unknown("a macro may declare it".to_owned());
    let stamp = seal(facts(project, open));
    project.repository.write("stamp.bin", frame(&stamp));
    let target = project.beside("built");
    let cargo = Cargo::into_target(&target);
    cargo.build(project.path(), &["--offline"]);
    cargo.binary("api").to_str().expect("the path is UTF-8").to_owned()
}

#[test]
fn the_compilers_own_list_is_the_exact_answer() {
    let project = Project::new();
    let artifact = built(&project, "mod billing;\nmod customers;\n");
    let outcome = check_artifact(&project, &artifact);
    assert!(!outcome.out.contains("not-compared"), "the list settles it: {}", outcome.out);
    // What it read and content does not cover is a note if git says that it is the same, and else
    // leaves no same.
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let outside: Vec<(String, String)> = outcome
        .findings("artifact")
        .iter()
        .filter(|finding| finding["code"] == "read-outside-content")
        .map(|finding| (finding["evidence"]["path"].clone(), finding["verdict"].clone()))
        .map(|(path, verdict)| (path.to_string(), verdict.to_string()))
        .collect();
    let quoted = |path: &str, verdict: &str| (format!("{path:?}"), format!("{verdict:?}"));
    assert_eq!(outside, [quoted("stamp.bin", "unknown"), quoted("table.bin", "skipped")]);

    let project = Project::new();
    let artifact = built(&project, "mod billing;\n");
    let outcome = check_artifact(&project, &artifact);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let finding = outcome.finding("module-not-compiled").to_string();
    assert!(finding.contains("the compiler read none of it"), "{finding}");
}

#[test]
fn a_list_that_belongs_to_another_artifact_says_nothing() {
    let project = Project::new();
    let artifact = project.artifact(&[project.facts()]);
    for list in ["/elsewhere/other: /src/main.rs\n", "no list at all", ""] {
        std::fs::write(project.beside("artifact.d"), list).expect("it can be written");
        let outcome = check_artifact(&project, &artifact);
        assert_eq!(outcome.code, 0, "{list:?}: {outcome:?}");
        let finding = outcome.finding("not-compared").to_string();
        assert!(finding.contains("what build scripts and macros read"), "{list:?}: {finding}");
    }
}

#[test]
fn a_module_that_source_has_no_more_is_not_missed() {
    let project = Project::new();
    let facts = facts(&project, Declared::No("no `mod customers;` reaches it".to_owned()));
    let artifact = project.artifact(std::slice::from_ref(&facts));
    // It is renamed after the artifact was built: only the rename is what differs.
    let repository = &project.repository;
    repository.git(["mv", "src/modules/customers.rs", "src/modules/clients.rs"]);
    repository.commit("Rename customers");
    for outcome in
        [check_artifact(&project, &artifact), project.check(facts, Level::Full, &["--format=json"])]
    {
        assert_eq!(outcome.code, 1, "{outcome:?}");
        assert!(!outcome.out.contains("module-not-compiled"), "{}", outcome.out);
        let modules = &outcome.finding("commit-behind")["evidence"]["modules"];
        assert_eq!(modules["missing"], serde_json::json!(["clients"]));
        assert_eq!(modules["extra"], serde_json::json!(["customers"]));
    }
}
