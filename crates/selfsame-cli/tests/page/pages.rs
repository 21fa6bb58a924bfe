use std::path::PathBuf;

use selfsame::Level;
use serde_json::Value;

use crate::browser::Browser;
use crate::picture;
use crate::server::{COMMIT, HOSTILE, Server, TOKEN, hostile, incident, well, wrong};
use selfsame_testing::kept::is_blessed;
use selfsame_testing::profile_directory;

/// Where the screenshots go: `target/page`.
fn keep(name: &str, png: &[u8]) {
    let target = profile_directory().parent().map_or_else(PathBuf::new, ToOwned::to_owned);
    let directory = target.join("page");
    std::fs::create_dir_all(&directory).expect("mkdir");
    std::fs::write(directory.join(name), png).expect("the screenshot can be written");
}

/// The least contrast of all texts of the page with what is behind them ([WCAG 2.2, 1.4.3]), and
/// the text that has it.
///
/// [WCAG 2.2, 1.4.3]: https://www.w3.org/TR/WCAG22/#contrast-minimum
const CONTRAST: &str = r"
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (color) => {
        const [r, g, b] = color.slice(0, 3).map((part) => {
            const c = part / 255;
            return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const color = rgba(getComputedStyle(e).backgroundColor);
            if (color[3] === 255) return color;
        }
        return [255, 255, 255, 255];
    };
    let least = [99, ''];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const shown = texts.currentNode.data.trim() && element.getClientRects().length > 0;
        if (!shown) continue;
        const [one, other] = [rgba(getComputedStyle(element).color), ground(element)]
            .map(luminance).sort((a, b) => b - a);
        const ratio = (one + 0.05) / (other + 0.05);
        if (ratio < least[0]) least = [ratio, texts.currentNode.data];
    }
    return least;
";

#[test]
fn the_page_says_what_runs_in_light_and_dark_and_on_a_phone() {
    let Some(browser) = Browser::start() else { return };
    for (name, facts) in [("well", well as fn(&_) -> _), ("wrong", wrong)] {
        let server = Server::start(Level::Full, facts);
        let mut grounds = Vec::new();
        for (width, scheme) in [(1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")] {
            browser.show(width, 900, scheme);
            browser.open(&server.url("/__build"));
            let text = browser.text();
            for fact in ["backoffice-api", "1.4.0", COMMIT, "main", "workflow", "1.95.0", "ago"] {
                assert!(text.contains(fact), "{fact} at {name}: {text}");
            }
            let wide = browser.run("return document.documentElement.scrollWidth");
            assert_eq!(wide, width, "{name}, {scheme}: it scrolls sideways");
            let contrast = browser.run(CONTRAST);
            assert!(contrast[0].as_f64() >= Some(4.5), "{name}, {scheme}: {contrast}");
            grounds.push(browser.run("return getComputedStyle(document.body).backgroundColor"));
            keep(&format!("{name}-{scheme}-{width}.png"), &browser.screenshot(true));
        }
        assert!(grounds[0] == grounds[2] && grounds[1] == grounds[3], "{grounds:?}");
        assert_ne!(grounds[0], grounds[1], "dark is as light");
        assert_eq!(browser.console(), [""; 0]);
    }
}

#[test]
fn what_is_wrong_stands_above_all_else() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(Level::Full, wrong);
    browser.open(&server.url("/__build"));
    let text = browser.text();
    let mut rest = text.as_str();
    for sentence in [
        "3 things are wrong",
        "The files of dist-2",
        "missing: ",
        "Module workflow is not compiled in",
        "no mod workflow; reaches it from src/main.rs",
        "The mounted routes differ from",
        "Not compared: whether module customers is compiled in",
        "Built from changed source",
        "M src/modules/billing/invoice.rs",
        "What runs",
        "Expected and not mounted",
        "GET /api/v1/workflows/steps/definitions",
        "modules/workflow/index.js",
        "app.js",
        "old.js",
        "http-kit",
    ] {
        let place = rest.find(sentence);
        let place = place.unwrap_or_else(|| panic!("{sentence:?} is not in its place: {text}"));
        rest = &rest[place..];
    }

    let server = Server::start(Level::Full, well);
    browser.open(&server.url("/__build"));
    assert!(browser.text().contains("Nothing is wrong that the process can see"));
}

/// The picture on the page about reports, `docs/page.png`, is this one; `SELFSAME_BLESS=1 cargo test
/// --package selfsame-cli --test page` writes it anew. How letters look differs between browsers, so
/// the picture carries the hash of the page that it was taken of, and that is compared.
#[test]
fn an_incident_shows_at_a_glance() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(Level::Full, incident);
    browser.show(860, 700, "light");
    browser.open(&server.url("/__build"));
    let seen = browser.run(
        "return [...document.querySelectorAll('h3, dt')]
            .filter((e) => e.getBoundingClientRect().bottom < innerHeight)
            .map((e) => e.innerText)
            .join('\\n')",
    );
    let seen = seen.as_str().expect("a text");
    for text in ["Module workflow is not compiled in", "Commit"] {
        assert!(seen.contains(text), "{text} does not show without scrolling: {seen}");
    }
    let picture = browser.screenshot(false);
    keep("readme.png", &picture);
    let path = selfsame_testing::package().join("docs/page.png");
    let taken_of = selfsame::stamp::Digest::of(server.lasting_html().as_bytes()).to_string();
    if is_blessed() {
        std::fs::write(&path, picture::of(&picture, &taken_of)).expect("it can be written");
    }
    let kept = std::fs::read(&path).expect("it is there");
    let names = String::from_utf8_lossy(&kept).contains(&taken_of);
    assert!(names, "docs/page.png shows another page; SELFSAME_BLESS=1 writes it anew");
    assert_eq!(picture::size(&kept), picture::size(&picture));
}

#[test]
fn the_routes_can_be_filtered_and_the_number_is_announced() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(Level::Full, well);
    browser.open(&server.url("/__build"));
    let rows = || {
        let rows = browser.run(
            "return [...document.querySelectorAll('#route-list tbody tr')]
                .filter((row) => row.getClientRects().length > 0)
                .map((row) => row.innerText.replace(/\\s+/g, ' '))",
        );
        let rows: Vec<String> = serde_json::from_value(rows).expect("a list of texts");
        rows
    };
    let announced = || browser.run("return document.querySelector('#filter output').innerText");
    let all = rows().len();
    assert_eq!(announced(), format!("{all} of {all}"));
    browser.type_into("#needle", "WORKFLOWS");
    assert_eq!(
        rows(),
        [
            "/api/v1/workflows GET HEAD POST",
            "/api/v1/workflows/{id} DELETE GET HEAD PUT",
            "/api/v1/workflows/{id}/steps/{step} GET HEAD",
        ]
    );
    assert_eq!(announced(), format!("3 of {all}"));
    browser.type_into("#needle", " delete");
    assert_eq!(rows(), ["/api/v1/workflows/{id} DELETE GET HEAD PUT"]);
    browser.type_into("#needle", " nowhere");
    assert_eq!(announced(), format!("0 of {all}"));
    // Escape empties the field.
    browser.type_into("#needle", "\u{e00c}");
    assert_eq!(rows().len(), all);
    assert_eq!(browser.console(), [""; 0]);

    let live = browser.accessible();
    assert!(live.contains(&("searchbox".to_owned(), "Filter".to_owned())), "{live:?}");
    assert!(live.iter().any(|(role, _)| role == "status"), "{live:?}");
}

#[test]
fn without_script_everything_is_there_and_no_control_is_dead() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(Level::Full, wrong);
    browser.open(&server.url("/__build"));
    let with = accessible_rows(&browser);
    browser.devtools("Emulation.setScriptExecutionDisabled", &serde_json::json!({"value": true}));
    browser.open(&server.url("/__build"));
    let nodes = browser.accessible();
    assert_eq!(accessible_rows(&browser), with);
    assert!(with > 10, "{with}");
    for control in ["searchbox", "textbox", "button", "status", "search"] {
        assert!(!nodes.iter().any(|(role, _)| role == control), "a {control} is there");
    }
    let said = |text: &str| nodes.iter().any(|(_, name)| name.contains(text));
    for text in ["3 things are wrong", "/api/v1/workflows/{id}", "old.js"] {
        assert!(said(text), "{text}");
    }
    assert!(!said(" ago"), "the script ran");
}

fn accessible_rows(browser: &Browser) -> usize {
    browser.accessible().iter().filter(|(role, _)| role == "row").count()
}

#[test]
fn everything_has_an_accessible_name() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(Level::Full, wrong);
    browser.open(&server.url("/__build"));
    let nodes = browser.accessible();
    for (role, name) in &nodes {
        let named = [
            "region",
            "table",
            "heading",
            "link",
            "searchbox",
            "search",
            "columnheader",
            "rowheader",
        ];
        assert!(!named.contains(&role.as_str()) || !name.trim().is_empty(), "a {role} has no name");
    }
    let expected = [
        ("banner", ""),
        ("main", ""),
        ("contentinfo", ""),
        ("heading", "backoffice-api 1.4.0"),
        ("region", "3 things are wrong"),
        ("region", "What runs"),
        ("region", "Modules"),
        ("region", "Routes"),
        ("region", "Shipped files"),
        ("region", "Local packages"),
        ("table", "3 expected modules"),
    ];
    for (role, name) in expected {
        let there = nodes.iter().any(|(r, n)| r == role && (name.is_empty() || n == name));
        assert!(there, "no {role} {name:?}");
    }
    let levels = browser.run(
        "return [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))",
    );
    let levels: Vec<u8> = serde_json::from_value(levels).expect("a list of numbers");
    assert!(levels[0] == 1 && levels[1..].iter().all(|level| *level > 1));
    assert!(
        levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
        "a level is left out: {levels:?}"
    );
    assert_eq!(browser.run("return document.documentElement.lang"), "en");
}

#[test]
fn a_token_by_basic_opens_the_full_report() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(Level::Summary, wrong);
    browser.open(&server.url("/__build"));
    let summary = browser.text();
    assert!(summary.contains("This is a summary") && summary.contains(COMMIT), "{summary}");
    for name in ["workflow", "dist", "/api", "shared-types", "main", "x86_64"] {
        assert!(!summary.contains(name), "{name}: {summary}");
    }
    let link = browser.run("return document.querySelector('footer a').href");
    assert_eq!(link, server.url("/__build?level=full"));
    assert_eq!(browser.console(), [""; 0]);

    browser.open(&server.url_with_token("/__build?level=full"));
    let full = browser.text();
    assert!(full.contains("workflow") && full.contains("This is the full report"), "{full}");
    assert!(!full.contains(TOKEN));
    let html = browser.run("return document.documentElement.outerHTML");
    assert!(!html.as_str().expect("a text").contains(TOKEN));
}

#[test]
fn at_verify_the_page_says_how_to_ask_and_no_more() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(Level::Verify, well);
    browser.open(&server.url("/__build"));
    let text = browser.text();
    assert!(text.contains("Yes or no") && text.contains("?commit="), "{text}");
    for name in ["backoffice", COMMIT, &COMMIT[..7], "1.4.0", "workflow"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
    assert_eq!(browser.run("return document.title"), "selfsame");
    keep("verify-light.png", &browser.screenshot(true));
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn hostile_names_are_shown_as_text() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(Level::Full, hostile);
    browser.show(360, 900, "light");
    browser.open(&server.url("/__build"));
    let shown = browser.text();
    // The version, two reasons, branch, compiler, three modules, each with a path and a reason, a
    // dependency, and a directory, some of them twice.
    assert!(shown.matches(HOSTILE).count() >= 15, "{shown}");
    assert_eq!(browser.run("return document.scripts.length"), 1);
    assert_eq!(browser.run("return document.images.length"), 0);
    let title = browser.run("return document.title");
    assert_eq!(title, format!("backoffice-api {HOSTILE} · selfsame"));
    assert_eq!(browser.run("return document.documentElement.scrollWidth"), 360);
    assert_eq!(browser.console(), [""; 0]);
    keep("hostile-light-360.png", &browser.screenshot(true));

    // And if something got through, the policy would stop it.
    browser.run(
        "const script = document.createElement('script');
         script.textContent = 'window.ran = true';
         document.body.append(script);
         document.body.setAttribute('style', 'color: red');",
    );
    assert_eq!(browser.run("return window.ran ?? null"), Value::Null);
    let console = browser.console().join("\n");
    assert!(console.contains("Content Security Policy"), "{console}");
}
