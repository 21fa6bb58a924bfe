//! Nothing above the caller's level leaks: two services that differ in everything above it cannot be
//! told apart, whatever is asked.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use selfsame::stamp::{
    Declared, Digest, Embedded, Facts, Module, Origin, Outside, PackageContent, Revision, Tree,
};
use selfsame::{Level, RouterExt as _, SelfCheck};
use selfsame_core::environment::Environment;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{COMMIT, OTHER, TOKEN, ask, ask_with, check};
use selfsame_testing::shipped;

/// A service whose every name has a word in it, and what it says to the holder of the token.
struct Twin {
    app: Router,
    report: Value,
    _files: TempDir,
}

impl Twin {
    /// `word` is in all that is above the summary, `public` in all that is above a yes or no.
    async fn new(word: &str, public: &str, level: Level) -> Self {
        let files = TempDir::with_prefix(word).expect("a temporary directory");
        let facts = facts(word, public, &files);
        let check = check(facts).public(level).started_at(SystemTime::UNIX_EPOCH);
        let handler = || async { "hello" };
        let app = Router::new()
            .route(&format!("/{word}/{{id}}"), get(handler).post(handler))
            .route(&format!("/{word}/more"), get(handler))
            .selfsame(check);
        let begun = Instant::now();
        let report = loop {
            let report = ask(&app, Method::GET, "/__build", Some(TOKEN)).await.json();
            if report["observed"].is_object() {
                break report;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "it never looked at itself");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        Self { app, report, _files: files }
    }

    /// The answer to a request, status, headers and body, without what tells each process from all
    /// others by right.
    async fn answer(&self, request: &Question<'_>, own: &[&str]) -> String {
        let &(ref method, target, accept, credentials) = request;
        let headers = [("accept", accept), ("authorization", credentials)];
        let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
        let answer = ask_with(&self.app, method.clone(), target, headers).await;
        assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{target}");
        let mut said =
            format!("{} {:?}\n{}", answer.status, answer.response.headers(), answer.text);
        for field in own {
            said = said.replace(self.report[field].as_str().expect("it is a text"), field);
        }
        said
    }
}

type Question<'a> = (Method, &'a str, &'a str, &'a str);

fn facts(word: &str, public: &str, files: &TempDir) -> Facts {
    let name = |what: &str| format!("{word}-{what}");
    let length = word.len() as u64 * 1_001;
    let module = |what: &str, declared| {
        let sha256 = Digest::of(name(what).as_bytes());
        let mut module = Module::new(name(what), format!("src/{word}/{what}"), sha256);
        module.files = length;
        module.bytes = length * 7;
        module.declared = Some(declared);
        module
    };
    let mut facts = Facts::new(format!("{public}-api"), format!("1.4.0-{public}"));
    let commit = if public == "rose" { COMMIT } else { OTHER };
    facts.commit = Some(commit.parse().expect("it is a commit"));
    let origin = Origin::Variable(format!("{}_SHA", public.to_uppercase()));
    facts.revision = Revision::new(origin, Tree::Dirty);
    facts.content = Some(Digest::of(public.as_bytes()));
    facts.scope.modules = [format!("src/{word}/*")].into();
    facts.scope.routes = Some(name("routes.txt"));
    let package = |what: &str, inactive| {
        let sha256 = Digest::of(name(what).as_bytes());
        let mut package = PackageContent::new(name(what), format!("../{}", name(what)), sha256);
        package.inactive = inactive;
        package
    };
    facts.packages = vec![package("active", false), package("inactive", true)];
    facts.outside = vec![Outside::new(name("outside"), format!("../../{word}"))];
    facts.modules = vec![
        module("billing", Declared::No(format!("no `mod` line in {word}"))),
        module("workflow", Declared::Unknown(format!("a macro in {word}"))),
    ];
    let mounted = format!("GET /{word}/more\nGET /{word}/missing\n");
    facts.routes = Some(mounted.parse().expect("it is a list"));
    facts.build.profile = Some("release".to_owned());
    facts.build.target = Some(name("unknown-linux"));
    facts.build.rustc = Some(format!("1.95.0-{word}"));
    facts.build.features = vec![name("feature")];
    facts.build.rustflags = vec![name("flag")];
    facts.build.opt_level = Some(name("level"));
    facts.build.debug_assertions = Some(word.len().is_multiple_of(2));
    facts.info.branch = Some(name("branch"));
    facts.info.committed_at = Some(format!("2026-01-{:02}T00:00:00Z", word.len()));
    facts.info.changed = vec![format!("M src/{word}.rs")];
    let at = files.path().join("dist");
    let (missing, changed, added) = (name("missing.js"), name("changed.js"), name("added.js"));
    shipped::found(&at, &[(&changed, word), (&added, word)]);
    let built = [(missing.as_str(), "js"), (changed.as_str(), "js")];
    facts.shipped = vec![shipped::built(&name("dist"), &at, &built)];
    // How many modules there are is public: counts are not names.
    facts.modules.push(module("x", Declared::Yes));
    facts
}

/// What both say, but for words of the format.
fn shared(one: &Twin, other: &Twin) -> BTreeSet<String> {
    let mut shared = &values(&one.report) & &values(&other.report);
    // Both run in this process, which `assert_alike` looks for.
    shared.remove(executable(one));
    shared.retain(|value| !WORDS.contains(&value.as_str()));
    shared
}

fn executable(twin: &Twin) -> &str {
    twin.report["observed"]["executable"]["path"].as_str().expect("it is known")
}

/// All texts and large numbers of a report.
fn values(report: &Value) -> BTreeSet<String> {
    match report {
        Value::Array(list) => list.iter().flat_map(values).collect(),
        Value::Object(object) => object.values().flat_map(values).collect(),
        Value::String(text) => [text.clone()].into(),
        Value::Number(number) if number.as_u64() > Some(1_000) => [number.to_string()].into(),
        _ => BTreeSet::new(),
    }
}

/// Words of the format, which may be the same in both.
const WORDS: [&str; 10] =
    ["full", "clean", "dirty", "yes", "different", "same", "GET", "HEAD", "POST", "release"];

/// Everything that can be asked by who knows all names of the first twin and may not ask for them.
fn targets(one: &Value, level: Level) -> Vec<String> {
    let commit = one["commit"].as_str().expect("it is known");
    let module = one["modules"][0]["name"].as_str().expect("it has a name");
    let path = one["routes"]["list"][1]["path"].as_str().expect("it has a path");
    let digest = Digest::of(b"other");
    let hash = one["modules"][0]["sha256"].as_str().expect("it has a hash");
    let mut queries: Vec<String> = [
        "",
        "comit=1",
        "commit=",
        "commit=main",
        "content=1f0c",
        "clean=false",
        "else=404",
        "=",
        "level=full",
        "level=summary",
        "level=verify",
        "module=",
        "route=",
        "nonce=1",
    ]
    .map(str::to_owned)
    .into();
    queries.extend((1..12).map(|digits| format!("commit={}", &commit[..digits])));
    queries.extend((1..64).step_by(9).map(|digits| format!("module={module}:{}", &hash[..digits])));
    queries.extend([
        format!("commit={}", "0".repeat(40)),
        format!("content={digest}"),
        format!("fingerprint={digest}"),
        format!("module={module}:{digest}"),
        format!("module={module}"),
        format!("module={}", &module[..module.len() - 1]),
        "module=nowhere&else=404".to_owned(),
        format!("route=GET%20{path}"),
        format!("route=POST%20{path}"),
        "route=GET%20/nowhere".to_owned(),
        format!("module={module}&commit={}", "0".repeat(40)),
        format!("route=GET%20{path}&comit=1"),
    ]);
    if level < Level::Summary {
        let of_summary = ["clean", "intact", "intact&else=503"].map(str::to_owned);
        queries.extend(of_summary);
        queries.extend((12..40).step_by(5).map(|digits| format!("commit={}", &commit[..digits])));
    } else {
        queries.extend(["clean", "intact", "intact&else=503"].map(str::to_owned));
        queries.push(format!("commit={commit}"));
    }
    let mut targets = Vec::new();
    for query in queries {
        for path in ["/__build", "/__build/metrics"] {
            targets.push(format!("{path}?{query}"));
        }
    }
    targets.extend(
        ["", "/", "/metrics", "/metrics/", "/is", "/is/", "/is/main", "/nowhere", "/metrics/x"]
            .map(|below| format!("/__build{below}")),
    );
    targets.push(format!("/__build/is/{}", "0".repeat(40)));
    targets.push(format!("/__build/is/{}", &commit[..11]));
    targets.push(format!("/__build/{module}"));
    targets.push(format!("/__build/is/{}?module={module}", "0".repeat(40)));
    targets
}

/// Asks everything, in each way, of both.
async fn assert_alike(level: Level, one: &Twin, other: &Twin, own: &[&str]) -> usize {
    const METHODS: [Method; 8] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::OPTIONS,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::TRACE,
    ];
    const ACCEPTED: [&str; 3] =
        ["", "text/html,*/*;q=0.8", "application/openmetrics-text;version=1.0.0"];
    // None, a wrong one in each form, and what is not a credential.
    const CREDENTIALS: [&str; 4] =
        ["", "Bearer wrong-horse-battery", "Basic eDp3cm9uZy1ob3JzZS1iYXR0ZXJ5", "Bearer"];

    let mut asked = 0;
    for target in targets(&one.report, level) {
        for method in METHODS {
            for accept in ACCEPTED {
                for credentials in CREDENTIALS {
                    let question = (method.clone(), target.as_str(), accept, credentials);
                    let said = one.answer(&question, own).await;
                    assert!(!said.contains(executable(one)), "{level}: {question:?}");
                    assert_eq!(said, other.answer(&question, own).await, "{level}: {question:?}");
                    asked += 1;
                }
            }
        }
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_tells_no_names() {
    let level = Level::Summary;
    let (one, other) =
        tokio::join!(Twin::new("elm", "rose", level), Twin::new("poplar", "rose", level));
    let summary = ask(&one.app, Method::GET, "/__build", None).await.json();
    let public = values(&summary);
    for value in shared(&one, &other) {
        // A time is of the clock.
        assert!(public.contains(&value) || value.starts_with("20"), "both say {value:?}");
    }
    let asked = assert_alike(level, &one, &other, &["fingerprint", "instance"]).await;
    assert!(asked > 5_000, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_or_no_tells_nothing_else() {
    let level = Level::Verify;
    let (one, other) =
        tokio::join!(Twin::new("elm", "rose", level), Twin::new("poplar", "violet", level));
    for value in shared(&one, &other) {
        assert!(value.starts_with("20") || value.starts_with("1970"), "both say {value:?}");
    }
    let asked = assert_alike(level, &one, &other, &[]).await;
    assert!(asked > 5_000, "{asked}");
}

/// The comparison of twins finds what it is for: with the token they differ.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_token_they_are_told_apart() {
    let level = Level::Verify;
    let (one, other) =
        tokio::join!(Twin::new("elm", "rose", level), Twin::new("poplar", "rose", level));
    let bearer = format!("Bearer {TOKEN}");
    for target in ["/__build", "/__build/metrics", "/__build?module=elm-billing", "/__build?intact"]
    {
        for accept in ["", "text/html"] {
            let question = (Method::GET, target, accept, bearer.as_str());
            let own = ["fingerprint", "instance"];
            let said = one.answer(&question, &own).await;
            assert_eq!(
                said == other.answer(&question, &own).await,
                target.ends_with("intact"),
                "{target}"
            );
        }
    }
}

/// Reasons are written by build scripts, and name what is where on the machine that built.
#[tokio::test]
async fn reasons_are_phrases_below_full() {
    let mut facts = Facts::new("api", "1.0.0");
    for fact in ["commit", "content", "tree", "rustc"] {
        facts.unknown(fact, format!("cannot read `/home/ada/secret-project/{fact}`"));
    }
    facts.build.profile = Some("release".to_owned());
    let app = Router::new().selfsame(check(facts));
    let targets = ["", "?clean", "?commit=1f0c2d3e4b5a&content=x", "?intact", "/metrics"];
    for target in targets.map(|target| format!("/__build{target}")) {
        for accept in ["application/json", "text/html"] {
            let answer = ask_with(&app, Method::GET, &target, [("accept", accept)]).await;
            for word in ["ada", "secret-project"] {
                assert!(!answer.text.contains(word), "{target} {accept}: {}", answer.text);
            }
        }
    }
    let summary = ask(&app, Method::GET, "/__build", None).await.json();
    let phrase = "the build could not compare it; the full report has the reason";
    assert_eq!(summary["unknown"]["tree"], phrase);
    let full = ask(&app, Method::GET, "/__build", Some(TOKEN)).await.json();
    assert_eq!(full["unknown"]["tree"], "cannot read `/home/ada/secret-project/tree`");
}

/// So does the error of a stamp that cannot be read.
#[tokio::test]
async fn what_is_wrong_with_a_stamp_is_for_the_holder_of_a_token() {
    let broken = SelfCheck::new(Embedded::new(b"secret-project")).token(TOKEN);
    let app = Router::new().selfsame(broken.environment(Environment::default()));
    let anyone = ask(&app, Method::GET, "/__build", None).await;
    assert_eq!(anyone.status, StatusCode::INTERNAL_SERVER_ERROR);
    let detail = "the stamp of this process cannot be read; its log has the reason";
    assert_eq!(anyone.json()["detail"], detail);
    let trusted = ask(&app, Method::GET, "/__build", Some(TOKEN)).await;
    assert_eq!(trusted.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_ne!(trusted.json()["detail"], detail);
    let wrong = ask(&app, Method::GET, "/__build", Some("wrong-horse-battery")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
}
