//! `mod` lines by their text, where they are plain enough to be read so.
//!
//! A line in a comment or a string may be mistaken for one. That only adds to what a build reaches:
//! what tests alone reach is never decided here.

use super::scan::{blanks, is_ascii_name, is_name};

/// The modules in files that a source file declares.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Declares<'a> {
    /// Each `mod name;` stands at the left edge, in every build: these names. There may be none.
    Plain(Vec<&'a str>),
    /// Only the tokens say.
    Unclear,
}

/// Looks for `mod name;`.
pub(super) fn declares(text: &str) -> Declares<'_> {
    let bytes = text.as_bytes();
    let mut names = Vec::new();
    for (at, word) in text.match_indices("mod") {
        let after = at + word.len();
        if (at > 0 && is_ascii_name(bytes[at - 1])) || bytes.get(after).is_some_and(|&b| is_name(b))
        {
            continue;
        }
        let start = blanks(bytes, after);
        let mut end = start;
        while bytes.get(end).is_some_and(|&byte| is_name(byte) || byte == b'#') {
            end += 1;
        }
        match bytes.get(blanks(bytes, end)) {
            Some(b';') if start < end && is_plain(text, at) => {
                let name = &text[start..end];
                names.push(name.strip_prefix("r#").unwrap_or(name));
            }
            // A comment hides the end, and a macro's parameter the name.
            Some(b';' | b'/' | b'$') => return Declares::Unclear,
            // An inline module has braces, and what it declares is found by itself.
            _ => {}
        }
    }
    // What stands below depends on it, or is only there where no test is built.
    let conditions = ["#![cfg", "not(test", "not(any(test"];
    if !names.is_empty() && conditions.iter().any(|condition| text.contains(condition)) {
        return Declares::Unclear;
    }
    Declares::Plain(names)
}

/// Whether the `mod` there stands at the left edge, after `pub` at most, and no attribute before it
/// could make it part of tests or lead elsewhere.
fn is_plain(text: &str, at: usize) -> bool {
    let mut line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[line..at];
    let is_public = before == "pub "
        || before.strip_prefix("pub(").is_some_and(|scope| {
            scope.strip_suffix(") ").is_some_and(|scope| !scope.contains([')', '"', '/']))
        });
    if !before.is_empty() && !is_public {
        return false;
    }
    while line > 0 {
        let end = line - 1;
        line = text[..end].rfind('\n').map_or(0, |end| end + 1);
        let above = text[line..end].trim_ascii();
        if above.is_empty() || above.starts_with("//") {
            continue;
        }
        if above.starts_with('#') && above.ends_with(']') {
            if ["test", "path", "cfg_attr", "//"].iter().any(|word| above.contains(word)) {
                return false;
            }
            continue;
        }
        // The item before it ends there.
        return above.ends_with([';', '}']) && !above.contains("//");
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_have_their_names() {
        for (text, expected) in [
            ("", &[][..]),
            ("mod a;", &["a"]),
            ("//! Text.\n\nmod a;\npub mod b;\npub(crate) mod r#type;\n", &["a", "b", "type"]),
            ("use a::b;\r\n/// Text.\r\nmod a;\r\n", &["a"]),
            (
                "#![forbid(unsafe_code)]\n#[cfg(unix)]\n#[macro_use]\n\npub(in super) mod a ;",
                &["a"],
            ),
            ("fn f() {\n}\nmod ä;", &["ä"]),
            ("mod a;\n#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n", &["a"]),
            ("model; a_mod; mods; a mod b", &[]),
        ] {
            assert_eq!(declares(text), Declares::Plain(expected.to_vec()), "{text}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_tokens() {
        for text in [
            "#[cfg(test)]\nmod a;",
            "#[cfg(test)]\n\n// Text.\n#[rustfmt::skip]\nmod a;",
            "#[cfg(test)] mod a;",
            "#[cfg(test)] // Text.\nmod a;",
            "#[cfg(test)] /* Text. */\nmod a;",
            "#[cfg(all(\n    unix,\n    test,\n))]\nmod a;",
            "#[path = \"b.rs\"]\nmod a;",
            "#[cfg_attr(unix, x)]\nmod a;",
            "#![cfg(unix)]\nmod a;",
            "mod a;\n#[cfg(not(test))]\nown!();",
            "mod a {\nmod b;\n}",
            "mod a {\n    mod b;\n}",
            "own! {\n    mod b;\n}",
            "mod a; mod b;",
            "mod $name;",
            "mod a /* Text. */;",
            "mod/**/a;",
            "pub(in a /* ) */) mod a;",
            "let a = 1; // Text;\nmod a;",
            "\u{feff}mod a;",
            "\"\nmod a;\nx \nmod b;",
        ] {
            assert_eq!(declares(text), Declares::Unclear, "{text}");
        }
    }
}
