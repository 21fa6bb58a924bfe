//! Whether the expected modules are compiled in, whatever else is equal.

use selfsame::report::Level;
use selfsame::stamp::{Declared, Facts, frame};

use crate::project::{Project, seal};
use crate::run;
use crate::support::cargo::Cargo;
use crate::support::command::Outcome;

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
    assert!(running.findings("running")[0].to_string().contains(why), "{}", running.out);

    let built = check_artifact(&project, &project.artifact(&[facts]));
    assert_eq!(built.code, 1, "{built:?}");
    let step = built.findings("artifact")[0].to_string();
    assert!(step.contains("the module is in source and not compiled in: `customers`"), "{step}");
    assert!(step.contains(why) && step.contains("rebuild"), "{step}");
}

#[test]
fn what_a_macro_may_have_declared_is_a_note() {
    let project = Project::new();
    let why = "the macro `all!` may declare modules";
    let facts = facts(&project, Declared::Unknown(why.to_owned()));
    let outcome = project.check(facts, Level::Full, &["--format=json"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.findings("running")[0]["notes"].to_string().contains(why), "{}", outcome.out);
}

/// A package whose binary carries a stamp that cannot tell, built by cargo.
fn built(project: &Project, modules: &str) -> String {
    project.repository.write("src/modules/mod.rs", modules);
    let main = "mod modules;\n#[used]\nstatic STAMP: &[u8] = include_bytes!(\"../stamp.bin\");\n\
                fn main() {}\n";
    project.repository.write("src/main.rs", main);
    project.repository.write("stamp.bin", "");
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
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let step = outcome.findings("artifact")[0].to_string();
    assert!(!step.contains("is open"), "the list settles it: {step}");
    assert!(step.contains("compiled in and no content: stamp.bin; name it: .also("), "{step}");

    let project = Project::new();
    let artifact = built(&project, "mod billing;\n");
    let outcome = check_artifact(&project, &artifact);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let step = outcome.findings("artifact")[0].to_string();
    assert!(step.contains("`customers` (the compiler read none of it)"), "{step}");
}

#[test]
fn a_list_that_belongs_to_another_artifact_says_nothing() {
    let project = Project::new();
    let artifact = project.artifact(&[project.facts()]);
    for list in ["/elsewhere/other: /src/main.rs\n", "no list at all", ""] {
        std::fs::write(project.beside("artifact.d"), list).expect("it can be written");
        let outcome = check_artifact(&project, &artifact);
        assert_eq!(outcome.code, 0, "{list:?}: {outcome:?}");
        assert!(outcome.out.contains("and says nothing"), "{list:?}: {}", outcome.out);
    }
}
