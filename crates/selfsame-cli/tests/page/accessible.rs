//! The page with a keyboard, and against the rules of
//! [axe-core](https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md).

use selfsame::Level;

use crate::browser::Browser;
use crate::server::{Server, hostile, incident, well, wrong};
use selfsame_testing::profile_directory;
use selfsame_testing::requirements::require;

/// axe-core, which `.ci/run` fetches.
fn axe() -> Option<String> {
    let target = profile_directory().parent().expect("target/debug lies in target").to_owned();
    let path = target.join("axe/axe.min.js");
    let there = require("`target/axe/axe.min.js`, which `.ci/run test` fetches", path.is_file());
    there.then(|| std::fs::read_to_string(path).expect("it can be read"))
}

/// The rules that the page breaks, each with the element, and the rules that could not be decided.
fn broken(browser: &Browser, axe: &str) -> (Vec<String>, Vec<String>) {
    let script = format!(
        "if (!window.axe) {{ {axe} }}
         return axe.run(document).then((found) => {{
             const told = (rules) => rules.flatMap((rule) => rule.nodes.map(
                 (node) => `${{rule.id}}: ${{node.html}}: ${{node.failureSummary}}`));
             return {{
                 passes: found.passes.map((rule) => rule.id),
                 violations: told(found.violations),
                 incomplete: told(found.incomplete),
             }};
         }});"
    );
    let found = browser.run(&script);
    let list = |key: &str| -> Vec<String> {
        serde_json::from_value(found[key].clone())
            .unwrap_or_else(|error| panic!("{error}: {found}"))
    };
    let passes = list("passes");
    for rule in
        ["color-contrast", "document-title", "html-has-lang", "page-has-heading-one", "region"]
    {
        assert!(passes.iter().any(|passed| passed == rule), "{rule} was not looked at: {passes:?}");
    }
    (list("violations"), list("incomplete"))
}

#[test]
fn the_page_breaks_no_rule_of_axe() {
    let Some(axe) = axe() else { return };
    let Some(browser) = Browser::start() else { return };
    let everywhere = [(1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")];
    let states = [
        (Level::Full, wrong as fn(&_) -> _, &everywhere[..]),
        (Level::Full, hostile, &everywhere[2..3]),
        (Level::Summary, incident, &everywhere[..1]),
    ];
    for (level, facts, shown) in states {
        let server = Server::start(level, facts);
        for (width, scheme) in shown {
            browser.show(*width, 900, scheme);
            browser.open(&server.url("/__build"));
            let (violations, incomplete) = broken(&browser, &axe);
            assert_eq!(violations, [""; 0], "{level}, {width}, {scheme}");
            assert_eq!(incomplete, [""; 0], "{level}, {width}, {scheme}");
        }
    }
    let server = Server::start(Level::Verify, well);
    browser.open(&server.url("/__build"));
    // A page with little on it passes fewer rules; what is broken on purpose is found.
    let script = "const image = document.createElement('img');
                  document.querySelector('main').append(image);
                  document.querySelector('h1').style.color = '#eee';";
    assert_eq!(broken(&browser, &axe).0, [""; 0]);
    browser.run(script);
    let (violations, _) = broken(&browser, &axe);
    assert!(violations.iter().any(|rule| rule.starts_with("image-alt")), "{violations:?}");
}

/// What has the focus: its element, its name, and whether it shows.
fn focused(browser: &Browser) -> (String, bool) {
    let found = browser.run(
        "const e = document.activeElement;
         const box = e.getBoundingClientRect();
         const shows = e.matches(':focus-visible') && getComputedStyle(e).outlineStyle !== 'none'
             && box.bottom > 0 && box.top < innerHeight;
         return [e === document.body ? '' : e.id || e.innerText, shows];",
    );
    serde_json::from_value(found).expect("a text and a truth value")
}

#[test]
fn all_controls_are_reached_with_the_keyboard_in_the_order_of_the_page() {
    let Some(browser) = Browser::start() else { return };
    for width in [360, 1440] {
        browser.show(width, 700, "light");
        let server = Server::start(Level::Full, wrong);
        browser.open(&server.url("/__build"));
        // Each element that takes the focus, once, as long as there is one.
        let mut order = Vec::new();
        loop {
            browser.press_tab();
            let (name, shows) = focused(&browser);
            if name.is_empty() || order.contains(&name) {
                break;
            }
            assert!(shows, "{name} has the focus, and it does not show");
            order.push(name);
            assert!(order.len() < 50, "{order:?}");
        }
        let expected = browser.run(
            "return [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
                .filter((e) => e.getClientRects().length > 0 && e.tabIndex >= 0)
                .map((e) => e.id || e.innerText)",
        );
        let expected: Vec<String> = serde_json::from_value(expected).expect("a list of names");
        assert_eq!(order, expected, "{width}");
        assert!(order.contains(&"needle".to_owned()), "the filter is not reached: {order:?}");

        let server = Server::start(Level::Summary, well);
        browser.open(&server.url("/__build"));
        browser.press_tab();
        assert_eq!(focused(&browser), ("Sign in".to_owned(), true), "{width}");
    }
}
