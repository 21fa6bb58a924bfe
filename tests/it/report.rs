//! The report itself.

use std::time::SystemTime;

use axum::http::{Method, StatusCode};
use selfsame::Level;
use selfsame::report::Report;
use selfsame::stamp::{Facts, Origin, Revision, Tree};

use crate::support::{COMMIT, TOKEN, app, ask, check, facts, get_from};

#[tokio::test]
async fn a_report_reads_back_at_every_level_that_has_one() {
    let app = app(check(facts()));
    for (token, level) in [(None, Level::Summary), (Some(TOKEN), Level::Full)] {
        let answer = ask(&app, Method::GET, "/__build", token).await;
        let report = Report::parse(answer.text.as_bytes()).expect("it is a report");
        assert_eq!(report.level, level);
        assert_eq!(report.modules.is_some(), level == Level::Full);
    }
}

#[tokio::test]
async fn a_summary_stays_below_1024_bytes_with_the_longest_reasons() {
    let mut facts = Facts::new("n".repeat(64), "1.0.0-beta.1+build.2026");
    facts.build.profile = Some("release".to_owned());
    for fact in ["commit", "content", "tree", "rustc"] {
        facts.unknown(fact, "é long reason ".repeat(200));
    }
    let answer = get_from(&app(check(facts)), "/__build").await;
    assert!(answer.json()["unknown"].get("rustc").is_none(), "{}", answer.text);
    assert!(answer.text.len() < 1024, "{} bytes", answer.text.len());
    Report::parse(answer.text.as_bytes()).expect("it is a report");
}

#[tokio::test]
async fn unknown_is_a_reason_and_never_a_value() {
    let mut facts = facts();
    facts.commit = None;
    facts.revision = Revision::new(Origin::Unknown, Tree::Unknown);
    facts.unknown("commit", "there is no .git here");
    facts.unknown("tree", "there is nothing to compare with");
    let app = app(check(facts));

    let summary = get_from(&app, "/__build").await.json();
    assert!(summary.get("commit").is_none() && summary.get("tree").is_none());
    let phrase = "the build could not establish it; the full report has the reason";
    assert_eq!(summary["unknown"]["commit"], phrase);

    for query in [format!("commit={COMMIT}"), format!("commit={}", &COMMIT[..12]), "clean".into()] {
        let answer = get_from(&app, &format!("/__build?{query}")).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{query}");
        assert_eq!(
            answer.json()["failed"][0]["unknown"],
            "the full report has the reason",
            "{query}"
        );
    }
    let told = ask(&app, Method::GET, "/__build?clean", Some(TOKEN)).await;
    assert_eq!(told.json()["failed"][0]["unknown"], "there is nothing to compare with");
}

#[tokio::test]
async fn no_wall_clock_keeps_a_service_from_starting() {
    let century = std::time::Duration::from_secs(100 * 365 * 24 * 60 * 60);
    let before = SystemTime::UNIX_EPOCH.checked_sub(century).expect("a clock may say so");
    let after = SystemTime::UNIX_EPOCH.checked_add(century * 100).expect("a clock may say so");
    for (now, started_at) in [(before, "1870-01-25T00:00:00Z"), (after, "9999-12-31T23:59:59Z")] {
        let answer = get_from(&app(check(facts()).started_at(now)), "/__build").await;
        assert_eq!(answer.json()["started_at"], started_at);
        Report::parse(answer.text.as_bytes()).expect("it is a report");
    }
}

#[tokio::test]
async fn every_process_has_an_instance_and_a_start_time() {
    let first = get_from(&app(check(facts())), "/__build").await.json();
    let second = get_from(&app(check(facts())), "/__build").await.json();
    assert_ne!(first["instance"], second["instance"]);
    assert_eq!(first["fingerprint"], second["fingerprint"]);
    let started = first["started_at"].as_str().expect("it is there");
    assert_eq!(started.len(), "2026-11-21T05:00:00Z".len(), "{started}");
}

#[test]
fn a_report_that_is_nearly_right_is_none() {
    let good = r#"{"commit":"1f0c2d3e4b5a69788796a5b4c3d2e1f001234567","content":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","name":"api","version":"1.0.0","tree":"clean","origin":"git","fingerprint":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","instance":"0","started_at":"2026-11-21T05:00:00Z","intact":true,"level":"summary"}"#;
    Report::parse(good.as_bytes()).expect("it is a report");
    for (from, to) in [
        ("1f0c2d3e4b5a69788796a5b4c3d2e1f001234567", "1f0c2d3"),
        ("1f0c2d3e4b5a69788796a5b4c3d2e1f001234567", ""),
        ("1f0c2d3e4b5a69788796a5b4c3d2e1f001234567", "unknown"),
        ("\"commit\":\"1f0c2d3e4b5a69788796a5b4c3d2e1f001234567\",", ""),
        ("\"commit\":\"1f0c2d3e4b5a69788796a5b4c3d2e1f001234567\"", "\"commit\":null"),
        ("\"level\":\"summary\"", "\"level\":\"full\""),
        ("\"level\":\"summary\"", "\"level\":\"summary\",\"modules\":[]"),
        ("\"level\":\"summary\"", "\"level\":\"all\""),
        ("\"level\":\"summary\"", "\"level\":\"summary\",\"unknown\":{\"commit\":\"why\"}"),
        ("\"tree\":\"clean\"", "\"tree\":\"\""),
        ("\"tree\":\"clean\"", "\"tree\":\"unknown\""),
        ("\"tree\":\"clean\",", ""),
        ("\"intact\":true,", ""),
        ("\"intact\":true", "\"intact\":\"yes\""),
        ("\"origin\":\"git\"", "\"origin\":\"unknown\""),
        ("\"name\":\"api\"", "\"name\":\"\""),
        ("\"name\":\"api\"", "\"name\":\"api\",\"name\":\"api\""),
        ("\"instance\":\"0\"", "\"instance\":0"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(Report::parse(bad.as_bytes()).is_err(), "{from} → {to}");
    }
    for cut in 0..good.len() {
        assert!(Report::parse(&good.as_bytes()[..cut]).is_err(), "cut at {cut}");
    }
    let values = good.replace(['{', '}'], "");
    let values =
        values.split(',').filter_map(|field| field.split_once(':')).map(|(_, value)| value);
    let list = format!("[{}]", values.collect::<Vec<_>>().join(","));
    assert!(Report::parse(list.as_bytes()).is_err(), "{list}");
    // A field of a later writer is not a fault.
    let later = good.replacen('{', "{\"later\":1,", 1);
    Report::parse(later.as_bytes()).expect("it is a report");
}
