//! Concrete paths for a pattern.

/// What is put in the place of a capture, one after the other. None of them looks like a segment
/// that somebody would route by itself, and they begin with different characters, since a pattern
/// may have a prefix before its capture.
const FILLERS: &[&str] = &[
    "selfsame-probe",
    "~selfsame-probe~",
    "0-selfsame-probe",
    "_selfsame_probe",
    "%7Eselfsame-probe",
    "X.selfsame-probe",
];

/// A concrete path for a pattern, in axum 0.8's syntax, that fits.
pub(super) fn path(pattern: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
    FILLERS.iter().map(|filler| filled(pattern, filler)).find(|path| fits(path))
}

/// The pattern with its captures filled and its doubled braces halved.
fn filled(pattern: &str, filler: &str) -> String {
    let mut path = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        if matches!(char, '{' | '}') && chars.next_if_eq(&char).is_some() {
            path.push(char);
        } else if char == '{' {
            path.push_str(filler);
            // The name ends at the first brace that is not doubled.
            while let Some(char) = chars.next() {
                if char == '}' && chars.next_if_eq(&'}').is_none() {
                    break;
                }
            }
        } else {
            path.push(char);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn captures_are_filled_and_doubled_braces_halved() {
        for (pattern, path) in [
            ("/", "/"),
            ("/a/{id}/b", "/a/X/b"),
            ("/a/{*rest}", "/a/X"),
            ("/v{version}/{{literal}}", "/vX/{literal}"),
            ("/{a}}b}/c", "/X/c"),
            ("/{{{a}/{{}}", "/{X/{}"),
        ] {
            assert_eq!(filled(pattern, "X"), path, "for {pattern}");
        }
    }
}
