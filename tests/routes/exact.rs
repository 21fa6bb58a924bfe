//! Property tests: what was built is what is read, and is what axum does.

use axum::{
    Router,
    http::{StatusCode, Uri},
};
use proptest::prelude::*;
use selfsame::routes::{Answer, Inventory, Mounted, Routes, of, verify};

use crate::{
    model::{Meant, Step, build, steps},
    support::{FALLBACK, HANDLER, METHOD_FALLBACK, Runs, SERVICE, lines, listed, status},
};

fn check(steps: &[Step], questions: &[(String, String)]) -> Result<(), TestCaseError> {
    let runs = Runs::default();
    let (router, meant): (Router<u8>, Meant) = build(steps, &runs);
    let expected = meant.inventory();
    prop_assert_eq!(lines(&listed(&router)), lines(&expected));
    prop_assert_eq!(&listed(&router), &expected);

    let router: Router = router.with_state(7);
    prop_assert_eq!(&listed(&router), &expected);

    let text = serde_json::to_string(&of(&router)).expect("JSON");
    let back: Routes = serde_json::from_str(&text).expect("a report");
    prop_assert_eq!(back.list(), Some(&expected));

    let text = expected.to_string();
    match text.parse::<Inventory>() {
        Ok(back) => prop_assert_eq!(back, expected.clone()),
        Err(error) => prop_assert!(expected.is_empty(), "{}\n{}", error, text),
    }

    let verification = verify(&router, &expected);
    prop_assert!(verification.is_confirmed(), "{}", verification);
    prop_assert_eq!(verification.answers().count(), expected.len());
    for (route, answer) in verification.answers() {
        let expected = match answer {
            Answer::Match => !route.is_opaque() && !route.is_fallback(),
            Answer::Opaque => route.is_opaque() || route.is_fallback(),
            Answer::NotAskable(_) => route.is_fallback() || !can_be_asked(route.path()),
            _ => false,
        };
        prop_assert!(expected, "{}: {}", route, answer);
    }
    prop_assert_eq!(runs.count(), 0, "something of the service ran");

    for (method, path) in questions {
        agrees(&router, &expected, method, path)?;
    }
    for route in &expected {
        for (method, _) in questions.iter().take(2) {
            let path = route.path().replace(['{', '}', '*'], "");
            agrees(&router, &expected, method, &path)?;
        }
    }
    Ok(())
}

/// Whether a request can have this in its path.
fn can_be_asked(path: &str) -> bool {
    path.parse::<Uri>().is_ok_and(|uri| uri.path() == path)
}

/// Whether the inventory's answer is what the router does.
fn agrees(
    router: &Router,
    inventory: &Inventory,
    method: &str,
    path: &str,
) -> Result<(), TestCaseError> {
    if !can_be_asked(path)
        || inventory.iter().any(|route| route.path() == path && path.contains('{'))
    {
        return Ok(());
    }
    let expected = match inventory.mounted(method, path) {
        Mounted::Yes(_) => HANDLER,
        Mounted::MethodFallback(_) => METHOD_FALLBACK,
        Mounted::OtherMethods(_) => StatusCode::METHOD_NOT_ALLOWED,
        Mounted::Opaque(_) => SERVICE,
        Mounted::Fallback(_) => FALLBACK,
        Mounted::No => StatusCode::NOT_FOUND,
        other => panic!("no test for {other:?}"),
    };
    prop_assert_eq!(status(router, method, path), expected, "{} {}", method, path);
    Ok(())
}

fn questions() -> impl Strategy<Value = Vec<(String, String)>> {
    let method = prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "CONNECT", "PURGE"]);
    let segment = prop::sample::select(vec![
        "a",
        "b",
        "ab",
        "workflows",
        "steps",
        "v1",
        "v22",
        "7",
        "",
        "{braces}",
        "per%20cent",
        "x",
    ]);
    let path = prop::collection::vec(segment, 1..6)
        .prop_map(|segments| format!("/{}", segments.join("/")));
    let method = method.prop_map(str::to_owned);
    prop::collection::vec((method, path), 8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mix_of_calls_comes_back_exactly(steps in steps(16), questions in questions()) {
        check(&steps, &questions)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn routers_of_hundreds_of_routes_come_back_exactly(
        steps in steps(120),
        repeats in 1_usize..4,
        questions in questions(),
    ) {
        // The same calls again under other prefixes, so that few of them are refused.
        let mut many = steps.clone();
        for repeat in 0..repeats {
            many.push(Step::Nest(format!("/repeat/{repeat}"), steps.clone()));
        }
        check(&many, &questions)?;

    }
}
