//! What a caller accepts, RFC 9110 section 12.5.1.

use http::header::{ACCEPT, HeaderMap};

/// Whether the caller would rather have `one` (a media type in lowercase) than `other`. What it
/// would have as gladly, or does not say, is not a preference.
///
/// A range counts by its media type alone: `text/html;level=1` is `text/html`.
pub(super) fn prefers(headers: &HeaderMap, one: &str, other: &str) -> bool {
    quality(headers, one) > quality(headers, other)
}

/// The quality that the most specific range gives to a media type, in thousandths.
fn quality(headers: &HeaderMap, media_type: &str) -> u16 {
    let kind = media_type.split('/').next().unwrap_or(media_type);
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut best = (0, 0);
    for range in values.flat_map(|value| value.split(',')) {
        let mut parameters = range.split(';').map(str::trim);
        let name = parameters.next().unwrap_or_default().to_ascii_lowercase();
        let specific = match name.strip_suffix("/*") {
            _ if name == media_type => 3,
            Some("*") => 1,
            Some(of) if of == kind => 2,
            _ => continue,
        };
        let quality = parameters
            .find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")))
            .map_or(1000, thousandths);
        best = best.max((specific, quality));
    }
    best.1
}

/// A `qvalue`. What is none counts for nothing.
fn thousandths(text: &str) -> u16 {
    match text.trim().parse::<f32>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it lies between 0 and 1,000"
        )]
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_prefers_a_page_and_programs_do_not() {
        let prefers_html = |accept: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(ACCEPT, http::HeaderValue::from_static(value));
            }
            prefers(&headers, "text/html", "application/json")
        };
        for browser in [
            &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"][..],
            &["text/html"],
            &["text/*, application/json;q=0.5"],
            &["application/json;q=0.5", "text/html;q=0.6"],
            &["TEXT/HTML; q=0.3, application/json; q=0"],
        ] {
            assert!(prefers_html(browser), "{browser:?}");
        }
        for program in [
            &[][..],
            &["*/*"],
            &["application/json"],
            &["application/json, text/html"],
            &["text/html;q=0.5, application/json"],
            &["text/html;q=0, */*"],
            &["text/html;q=x, */*;q=0.1"],
            &["text/html;q=9, */*;q=0.1"],
            &["nonsense"],
        ] {
            assert!(!prefers_html(program), "{program:?}");
        }
    }
}
