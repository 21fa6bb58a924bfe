use super::findings::{Finding, Mood};
use super::*;
use crate::routes::Routes;
use selfsame_core::findings::Code;
use selfsame_core::report::{
    ConfigIs, ConfigState, ConfigVariable, Executable, ExecutableState, Observation, ShippedIs,
    ShippedState,
};
use selfsame_core::stamp::{
    Declared, Facts, FileDifference, Module, Origin, PackageContent, Revision, Stamp, Tree,
};

const AT: &str = "2026-11-21T05:00:00Z";
const HOSTILE: &str = "</style><script>alert('1')</script>\"&\u{202e}";

fn facts() -> Facts {
    let mut facts = Facts::new("api", "1.4.0");
    facts.commit = Some("1f0c2d3e4b5a69788796a5b4c3d2e1f001234567".parse().unwrap());
    facts.revision = Revision::new(Origin::Git, Tree::Clean);
    facts.content = Some(Digest::of(b"content"));
    facts
}

fn report(facts: Facts, routes: &str) -> Report {
    let routes = Routes::Listed(routes.parse().unwrap());
    Report::new(&Stamp::seal(facts).unwrap(), &routes, "b2d4a3c5e6f70819", AT)
}

fn looked(executable: ExecutableState, shipped: Vec<ShippedState>) -> Observation {
    let mut looked = Executable::unknown(Some("/app/api".to_owned()), "emulated");
    looked.state = executable;
    Observation::new(AT, looked, shipped)
}

fn dist(state: ShippedIs) -> ShippedState {
    let mut dist = ShippedState::new("dist", "/app/dist", state);
    dist.files = 3;
    dist
}

fn well() -> Report {
    report(facts(), "GET /a\n").observed(looked(ExecutableState::Same, vec![dist(ShippedIs::Same)]))
}

fn said(report: &Report) -> Vec<(Mood, Code)> {
    findings::of(report).into_iter().map(|Finding { mood, code, .. }| (mood, code)).collect()
}

#[test]
fn nothing_is_said_where_nothing_is_wrong() {
    assert_eq!(said(&well()), []);
    assert_eq!(said(&well().summary()), []);
    assert!(html(Some(&well())).contains("Nothing is wrong that the process can see"));
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    for (executable, code, remedy) in [
        (ExecutableState::Replaced, Code::ExecutableReplaced, "Restart the process"),
        (ExecutableState::Missing, Code::ExecutableMissing, "Deploy the executable"),
    ] {
        let report = report(facts(), "GET /a\n").observed(looked(executable, vec![]));
        assert_eq!(said(&report), [(Mood::Wrong, code)]);
        assert!(html(Some(&report)).contains(remedy));
        // Whether it is the executable is for the holder of a token.
        assert_eq!(said(&report.summary()), [(Mood::Wrong, Code::NotIntact)]);
    }
    let mut difference = FileDifference::default();
    difference.missing = vec!["a.js".to_owned(), "b.js".to_owned()];
    difference.added = vec!["c.js".to_owned()];
    difference.more = 7;
    for (state, difference, code, detail) in [
        (ShippedIs::Missing, None, Code::ShippedMissing, "SELFSAME_SHIPPED_DIST"),
        (ShippedIs::Different, None, Code::ShippedDiffers, "look for a mount"),
        (
            ShippedIs::Different,
            Some(difference),
            Code::ShippedDiffers,
            "missing: a.js, b.js; added",
        ),
    ] {
        let mut shipped = dist(state);
        shipped.difference = difference;
        let observed = looked(ExecutableState::Same, vec![shipped]);
        let report = report(facts(), "GET /a\n").observed(observed);
        assert_eq!(said(&report), [(Mood::Wrong, code)]);
        let page = html(Some(&report));
        assert!(page.contains(detail), "{detail}: {page}");
    }
}

#[test]
fn modules_and_routes_that_are_not_there_are_wrong() {
    let module = |name: &str, declared| {
        let mut module = Module::new(name, format!("src/{name}"), Digest::of(b"module"));
        module.declared = Some(declared);
        module
    };
    let no = || Declared::No("no `mod billing;` reaches it".to_owned());
    let mut facts = facts();
    facts.routes = Some("GET /a\nGET /b\n".parse().unwrap());
    facts.scope.routes = Some("src/routes.txt".to_owned());
    facts.modules = vec![
        module("billing", no()),
        module("macros", Declared::Unknown("a macro may declare it".to_owned())),
    ];
    let observed = looked(ExecutableState::Same, vec![]);
    let one = report(facts.clone(), "GET /a\nGET /c\n").observed(observed.clone());
    let wrong = [(Mood::Wrong, Code::ModuleNotCompiled), (Mood::Wrong, Code::RouteListDiffers)];
    let open = [(Mood::Unknown, Code::NotCompared)];
    assert_eq!(said(&one), [&wrong[..], &open].concat());
    let page = html(Some(&one));
    for name in ["billing", "no `mod billing;` reaches it", "GET /b", "GET /c", "macros"] {
        let plain = page.replace("<code>", "`").replace("</code>", "`");
        assert!(plain.contains(name), "{name}: {page}");
    }
    facts.modules = vec![module("billing", no()), module("workflow", no())];
    let several = report(facts.clone(), "GET /d\nGET /c\n").observed(observed.clone());
    assert_eq!(said(&several), wrong);
    // What is mounted beyond the list surprises, and is not wrong.
    facts.modules = Vec::new();
    let more = report(facts, "GET /a\nGET /b\nGET /c\n").observed(observed);
    assert_eq!(said(&more), [(Mood::Note, Code::RouteListDiffers)]);
    assert!(html(Some(&several)).contains("2 things are wrong"));
}

#[test]
fn what_is_unknown_is_never_well() {
    let before = report(facts(), "GET /a\n").unobserved("the process has not looked yet", true);
    assert_eq!(said(&before), [(Mood::Unknown, Code::IntactUnknown)]);
    assert!(html(Some(&before)).contains("Load this page again"));

    let nothing = Facts::new("api", "1.4.0");
    let mut unreadable = dist(ShippedIs::Unknown);
    unreadable.unknown = Some("permission denied".to_owned());
    let stamp = Stamp::seal(nothing).unwrap();
    let blind = Report::new(&stamp, &Routes::unavailable("no axum router"), "b2d4a3c5", AT)
        .observed(looked(ExecutableState::Unknown, vec![unreadable]));
    let codes: Vec<_> = said(&blind).into_iter().map(|(_, code)| code).collect();
    let facts_unknown = [Code::FactUnknown; 4];
    assert_eq!(
        codes,
        [&[Code::NotCompared, Code::ShippedUnknown][..], &facts_unknown].concat(),
        "the executable, files, routes, commit, content, tree"
    );
    for page in [html(Some(&blind)), html(Some(&blind.summary()))] {
        assert!(page.contains("Not everything could be told"), "{page}");
    }
    let mut dirty = facts();
    dirty.revision.tree = Tree::Dirty;
    dirty.info.changed = vec!["M src/main.rs".to_owned()];
    let dirty = report(dirty, "GET /a\n").observed(looked(ExecutableState::Same, vec![]));
    for (report, names) in [(&dirty, true), (&dirty.summary(), false)] {
        let page = html(Some(report));
        assert!(page.contains("Built from changed source"));
        assert_eq!(page.contains("M src/main.rs"), names);
    }
}

/// Whatever a name is, the page has no more markup than without it.
#[test]
fn hostile_names_are_text() {
    let mut facts = Facts::new("api", HOSTILE.replace('\u{202e}', ""));
    facts.unknown("commit", HOSTILE);
    facts.content = Some(Digest::of(b"content"));
    facts.info.branch = Some(HOSTILE.to_owned());
    facts.build.rustc = Some(HOSTILE.to_owned());
    facts.build.features = vec![HOSTILE.to_owned()];
    let package = |path: &str| PackageContent::new(HOSTILE, path, Digest::of(b"package"));
    facts.packages = vec![package(HOSTILE), package(&format!("{HOSTILE}/more"))];
    let mut module = Module::new(HOSTILE, HOSTILE, Digest::of(b"module"));
    module.declared = Some(Declared::No(HOSTILE.to_owned()));
    facts.modules = vec![module];
    let mut shipped = dist(ShippedIs::Different);
    HOSTILE.clone_into(&mut shipped.name);
    HOSTILE.clone_into(&mut shipped.at);
    let names = || vec![HOSTILE.to_owned()];
    let mut difference = FileDifference::default();
    difference.missing = names();
    difference.changed = names();
    difference.added = names();
    shipped.difference = Some(difference);
    let mut looked = looked(ExecutableState::Missing, vec![shipped]);
    looked.executable.path = Some(HOSTILE.to_owned());
    let stamp = Stamp::seal(facts).unwrap();
    let report = Report::new(&stamp, &Routes::unavailable(HOSTILE), HOSTILE, HOSTILE);
    for report in [report.observed(looked), report.unobserved(HOSTILE, false)] {
        let page = html(Some(&report));
        assert!(page.contains("&lt;/style&gt;&lt;script&gt;alert("));
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches("</style").count(), 1);
        assert!(!page.contains("alert('1')") && !page.contains('\u{202e}'));
    }
}

#[test]
fn the_policy_names_the_style_and_the_script_of_the_page_and_nothing_else() {
    let page = html(None);
    let inside = |open: &str, close: &str| {
        let rest = page.split_once(open).unwrap().1;
        let text = rest.split_once(close).unwrap().0;
        format!("'sha256-{}'", STANDARD.encode(Digest::of(text.as_bytes()).as_bytes()))
    };
    let policy = policy();
    let policy = policy.to_str().unwrap();
    for source in [
        "default-src 'none'".to_owned(),
        format!("style-src {};", inside("<style>", "</style>")),
        format!("script-src {};", inside("<script>", "</script>")),
        "form-action 'none'".to_owned(),
        "frame-ancestors 'none'".to_owned(),
    ] {
        assert!(policy.contains(&source), "{source}: {policy}");
    }
    // What a policy of hashes would not let through.
    for attribute in [" style=", " onclick=", " on", " src="] {
        let markup = page.replace(STYLE, "").replace(SCRIPT, "");
        let tags = markup.split('<').map(|rest| rest.split('>').next().unwrap_or_default());
        assert!(tags.into_iter().all(|tag| !tag.contains(attribute)), "{attribute}");
    }
}

#[test]
fn each_level_shows_what_it_may() {
    let report = well();
    let verify = html(None);
    assert!(verify.contains("?level=full") && !verify.contains("api"));
    let summary = html(Some(&report.summary()));
    let full = html(Some(&report));
    assert!(summary.contains("?level=full") && !full.contains("?level=full"));
    for name in ["dist", "/app", "route-list"] {
        let summary = summary.replace(STYLE, "").replace(SCRIPT, "");
        assert!(!summary.contains(name) && full.contains(name), "{name}");
    }
}

#[test]
fn configuration_that_was_not_loaded_is_wrong_and_named_in_full_alone() {
    let mut observed = looked(ExecutableState::Same, vec![]);
    observed.config = vec![
        ConfigState::new(HOSTILE, "/etc/app.toml", ConfigIs::Changed),
        ConfigState::new("more", "/etc/more.toml", ConfigIs::Same),
    ];
    observed.variables = vec![ConfigVariable::new("DATABASE_URL", false)];
    let report = report(facts(), "GET /a\n").observed(observed);
    let page = html(Some(&report));
    assert!(page.contains("DATABASE_URL</code> (not set)") && page.contains("/etc/more.toml"));
    assert_eq!(page.matches("<script").count(), 1);
    let summary = html(Some(&report.summary()));
    assert!(summary.contains("1 of 2 named configurations"), "{summary}");
    assert!(!summary.contains("/etc/") && !summary.contains("DATABASE_URL"));
    for report in [&report, &report.summary()] {
        assert_eq!(said(report), [(Mood::Wrong, Code::ConfigNotLoaded)]);
    }
}
