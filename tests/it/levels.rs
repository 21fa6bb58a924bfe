//! Who may learn what: every condition at every level, and no word too much.

use axum::Router;
use axum::http::{Method, StatusCode};
use selfsame::Level;
use selfsame::stamp::{Digest, Tree};

use crate::support::{Answer, COMMIT, OTHER, TOKEN, app, ask, check, facts};

const NAMES: [&str; 5] =
    ["workflow", "/api/v1", "src/modules", "x86_64-unknown-linux-gnu", "private-branch"];

/// A service whose answers to strangers and to the holder of the token can be compared.
fn service(level: Level) -> Router {
    let mut facts = facts();
    facts.info.branch = Some("private-branch".to_owned());
    app(check(facts).public(level))
}

#[tokio::test]
async fn each_condition_is_answered_from_its_level_on() {
    let workflow = Digest::of(b"workflow");
    let content = Digest::of(b"content");
    let other = Digest::of(b"other");
    let prefix = &COMMIT[..12];
    #[rustfmt::skip]
    let table = [
        (format!("commit={COMMIT}"), Level::Verify, true),
        (format!("commit={OTHER}"), Level::Verify, false),
        (format!("content={content}"), Level::Verify, true),
        (format!("content={other}"), Level::Verify, false),
        (format!("fingerprint={other}"), Level::Verify, false),
        (format!("module=workflow:{workflow}"), Level::Verify, true),
        (format!("module=workflow:{other}"), Level::Verify, false),
        (format!("module=nowhere:{workflow}"), Level::Verify, false),
        (format!("commit={prefix}"), Level::Summary, true),
        (format!("commit={}", &OTHER[..20]), Level::Summary, false),
        ("clean".to_owned(), Level::Summary, true),
        ("clean=true".to_owned(), Level::Summary, true),
        ("module=workflow".to_owned(), Level::Full, true),
        ("module=nowhere".to_owned(), Level::Full, false),
        ("route=GET%20/api/v1/workflows/7".to_owned(), Level::Full, true),
        ("route=GET+/api/v1/workflows/%7Bid%7D".to_owned(), Level::Full, true),
        ("route=HEAD%20/api/v1/workflows/7".to_owned(), Level::Full, true),
        ("route=DELETE%20/api/v1/workflows/7".to_owned(), Level::Full, false),
        ("route=GET%20/api/v1/workflows".to_owned(), Level::Full, false),
        (format!("commit={COMMIT}&content={content}"), Level::Verify, true),
        (format!("commit={COMMIT}&content={other}"), Level::Verify, false),
    ];
    for public in [Level::Verify, Level::Summary, Level::Full] {
        let app = service(public);
        for (query, needs, holds) in &table {
            let target = format!("/__build?{query}");
            let stranger = ask(&app, Method::GET, &target, None).await;
            let expected = match (public >= *needs, *holds) {
                (false, _) => StatusCode::UNAUTHORIZED,
                (true, true) => StatusCode::OK,
                (true, false) => StatusCode::CONFLICT,
            };
            assert_eq!(stranger.status, expected, "{query} at {public}: {}", stranger.text);
            assert_says_no_more_than(public, &stranger, &target);

            let trusted = ask(&app, Method::GET, &target, Some(TOKEN)).await;
            let expected = if *holds { StatusCode::OK } else { StatusCode::CONFLICT };
            assert_eq!(trusted.status, expected, "{query} with a token");
        }
    }
}

#[tokio::test]
async fn nothing_above_the_level_leaks_whatever_is_asked() {
    let targets = [
        "/__build",
        "/__build/",
        "/__build?comit=1",
        "/__build?module=nowhere",
        "/__build?route=GET%20/nowhere",
        "/__build?else=404",
        "/__build/is/",
        "/__build/is/main",
        "/__build/is/2f0c2d3e4b5a69788796a5b4c3d2e1f001234567",
        "/__build?commit=2f0c2d3e4b5a69788796a5b4c3d2e1f001234567&else=503",
        "/__build?clean=false",
    ];
    for public in [Level::Verify, Level::Summary] {
        let app = service(public);
        for target in targets {
            for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS, Method::PUT] {
                for token in [None, Some("wrong-horse-battery")] {
                    let answer = ask(&app, method.clone(), target, token).await;
                    assert_says_no_more_than(public, &answer, target);
                }
            }
        }
    }
}

/// A refusal tells the same whether or not what was guessed is right.
#[tokio::test]
async fn words_and_prefixes_cannot_be_tried_out() {
    let app = service(Level::Verify);
    for (right, wrong) in [
        (format!("commit={}", &COMMIT[..12]), format!("commit={}", &OTHER[..12])),
        ("module=workflow".to_owned(), "module=nowhere0".to_owned()),
        ("route=GET%20/api/v1/workflows/7".to_owned(), "route=GET%20/nowhere".to_owned()),
    ] {
        let right = ask(&app, Method::GET, &format!("/__build?{right}"), None).await;
        let wrong = ask(&app, Method::GET, &format!("/__build?{wrong}"), None).await;
        assert_eq!(right.status, StatusCode::UNAUTHORIZED);
        assert_eq!((right.status, right.text), (wrong.status, wrong.text));
    }
    // Six digits are too few for anybody, and seven enough where the commit is public anyway.
    for (digits, level, status) in [
        (6, Level::Full, StatusCode::BAD_REQUEST),
        (7, Level::Summary, StatusCode::OK),
        (7, Level::Verify, StatusCode::UNAUTHORIZED),
    ] {
        let target = format!("/__build?commit={}", &COMMIT[..digits]);
        assert_eq!(
            ask(&service(level), Method::GET, &target, None).await.status,
            status,
            "{digits}"
        );
    }
    // The gate of the README: nobody's commit is 409 at every level.
    for level in [Level::Verify, Level::Summary, Level::Full] {
        for length in [40, 64] {
            let target = format!("/__build?commit={}", "0".repeat(length));
            let answer = ask(&service(level), Method::GET, &target, None).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{level}");
        }
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_told_how_to_ask() {
    let app = service(Level::Summary);
    let refused = ask(&app, Method::GET, "/__build", Some("wrong-horse-battery")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("cache-control"), "no-store");
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    assert!(!refused.text.contains(TOKEN));
}

#[tokio::test]
async fn the_public_level_is_summary_in_release_builds_and_full_in_debug_builds() {
    for (profile, level) in [("release", "summary"), ("debug", "full")] {
        let mut facts = facts();
        facts.build.profile = Some(profile.to_owned());
        let answer = ask(&app(check(facts)), Method::GET, "/__build", None).await;
        assert_eq!(answer.json()["level"], level, "{profile}");
    }
}

#[tokio::test]
async fn a_changed_tree_is_not_its_commit_and_not_clean() {
    let mut facts = facts();
    facts.revision.tree = Tree::Dirty;
    let app = app(check(facts));
    for query in [format!("commit={COMMIT}"), format!("commit={}", &COMMIT[..12]), "clean".into()] {
        let answer = ask(&app, Method::GET, &format!("/__build?{query}"), None).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{query}");
        assert!(answer.json()["failed"][0]["found"].to_string().contains("dirty"), "{query}");
    }
    // At the level verify the answer says only yes or no.
    let mut facts = self::facts();
    facts.revision.tree = Tree::Dirty;
    let app = self::app(check(facts).public(Level::Verify));
    let answer = ask(&app, Method::GET, &format!("/__build?commit={COMMIT}"), None).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(!answer.text.contains("found"), "{}", answer.text);
}

#[tokio::test]
async fn the_status_of_a_failure_can_be_chosen_and_that_of_success_cannot() {
    let app = service(Level::Summary);
    for (status, code) in [(404, "404"), (503, "503"), (409, "409")] {
        let target = format!("/__build/is/{OTHER}?else={code}");
        assert_eq!(ask(&app, Method::GET, &target, None).await.status.as_u16(), status);
        let target = format!("/__build/is/{COMMIT}?else={code}");
        assert_eq!(ask(&app, Method::GET, &target, None).await.status, StatusCode::OK);
        // What is not understood is 400 whatever else was wished for.
        let target = format!("/__build?comit={COMMIT}&else={code}");
        assert_eq!(ask(&app, Method::GET, &target, None).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_problem_names_the_conditions_that_failed() {
    let app = service(Level::Summary);
    let target = format!("/__build?commit={OTHER}&clean&content={}", Digest::of(b"other"));
    let answer = ask(&app, Method::GET, &target, None).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let content = Digest::of(b"content");
    let expected = format!(
        r#"{{"type":"about:blank","title":"not what was asked for","status":409,"failed":[{{"condition":"commit","found":"commit {COMMIT}"}},{{"condition":"content","found":"content {content}"}}]}}"#
    );
    assert_eq!(answer.text, expected);
}

fn assert_says_no_more_than(level: Level, answer: &Answer, target: &str) {
    let said = format!("{:?} {}", answer.response.headers(), answer.text);
    if level < Level::Full {
        for name in NAMES {
            // What the caller sent itself is not a secret to it.
            assert!(!said.contains(name) || target.contains(name), "{name} at {level}: {said}");
        }
    }
    if level < Level::Summary {
        for fact in [COMMIT, &COMMIT[..12], &Digest::of(b"content").to_string()] {
            assert!(!said.contains(fact), "{fact} at {level}: {said}");
        }
    }
}
