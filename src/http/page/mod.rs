//! The report as a page: one document that loads nothing, and can be read without script.

mod findings;
mod html;
mod sections;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::HeaderValue;

use self::findings::Mood;
use self::html::Html;
use selfsame_core::report::{Level, Report};
use selfsame_core::stamp::Digest;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page's [Content-Security-Policy](https://www.w3.org/TR/CSP3/): nothing is loaded, no other
/// style and no other script than ours is applied, and nobody frames it.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Digest::of(text.as_bytes()).as_bytes());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    HeaderValue::try_from(policy).expect("base64 is ASCII")
});

/// What a browser is told beside the page.
pub(super) fn policy() -> HeaderValue {
    POLICY.clone()
}

/// The page, of what a caller may see; of nothing at [`Level::Verify`].
pub(super) fn html(report: Option<&Report>) -> String {
    let mut page = Html::default();
    page.markup(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>",
    );
    if let Some(report) = report {
        page.text(&report.name).markup(" ").text(&report.version).markup(" · ");
    }
    page.markup("selfsame</title>\n<style>").markup(STYLE).markup("</style>\n</head>\n<body>\n");
    match report {
        Some(report) => body(&mut page, report),
        None => closed(&mut page),
    }
    page.markup("<script>").markup(SCRIPT).markup("</script>\n</body>\n</html>\n");
    page.into_string()
}

fn body(page: &mut Html, report: &Report) {
    let findings = findings::of(report);
    let mood = findings.first().map_or(Mood::Well, |worst| worst.mood);
    page.markup("<header>\n<p class=\"mark\">selfsame</p>\n<h1>")
        .text(&report.name)
        .markup(" <span class=\"version\">")
        .text(&report.version)
        .markup("</span></h1>\n</header>\n<main>\n");
    sections::verdict(page, mood, &findings);
    sections::facts(page, report);
    if report.level >= Level::Full {
        sections::modules(page, report);
        sections::routes(page, report);
        sections::shipped(page, report);
        sections::config(page, report);
        sections::packages(page, report);
    }
    page.markup("</main>\n<footer>\n<p>");
    match report.level {
        Level::Full => page.markup("This is the full report."),
        Level::Verify | Level::Summary => {
            page.markup("This is a summary. ");
            sign_in(page)
        }
    };
    page.markup(" Programs get it as JSON.</p>\n</footer>\n");
}

/// The page for those who may ask yes or no.
fn closed(page: &mut Html) {
    page.markup(
        "<header>\n<p class=\"mark\">selfsame</p>\n<h1>Yes or no</h1>\n</header>\n<main>\n\
         <section class=\"verdict\" aria-label=\"What is answered here\">\n\
         <p>Who knows what should run here can ask whether it does: \
         <code>?commit=</code> and the whole commit answers 200 for yes and 409 for no. Nothing \
         else is told without a token.</p>\n<p>",
    );
    sign_in(page);
    page.markup("</p>\n</section>\n</main>\n");
}

fn sign_in(page: &mut Html) -> &mut Html {
    page.markup(
        "<a href=\"?level=full\">Sign in</a> for the full report: any user name, and a token as \
         password.",
    )
}
