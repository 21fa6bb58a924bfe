//! The search through bytes that decides which files are read as tokens at all.
//!
//! Build scripts are compiled without optimisation. The search for a byte in std is compiled with
//! it, a parser is not.

use super::calls::Call;

/// Whether a source file may name a file. A comment or a string may look as if it did.
pub(super) fn may_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.match_indices('!').any(|(at, _)| is_call(bytes, at))
        || text.match_indices('#').any(|(at, _)| is_attribute(text, at))
}

/// Whether the `!` there follows the name of a macro that names files.
fn is_call(bytes: &[u8], bang: usize) -> bool {
    // Prose names macros without calling them.
    if !matches!(bytes.get(blanks(bytes, bang + 1)), Some(b'(' | b'[' | b'{' | b'/')) {
        return false;
    }
    let mut end = bang;
    while end > 0 && bytes[end - 1].is_ascii_whitespace() {
        end -= 1;
    }
    if bytes[..end].ends_with(b"*/") {
        return true;
    }
    let mut start = end;
    while start > 0 && is_ascii_name(bytes[start - 1]) {
        start -= 1;
    }
    // The shortest of the names has seven bytes.
    end - start >= 7
        && std::str::from_utf8(&bytes[start..end]).is_ok_and(|name| Call::named(name).is_some())
}

/// Whether an attribute that names files begins at the `#` there.
fn is_attribute(text: &str, hash: usize) -> bool {
    let bytes = text.as_bytes();
    let mut at = blanks(bytes, hash + 1);
    if bytes.get(at) == Some(&b'!') {
        at = blanks(bytes, at + 1);
    }
    if bytes.get(at) != Some(&b'[') {
        return false;
    }
    let start = blanks(bytes, at + 1);
    let mut end = start;
    while bytes.get(end).is_some_and(|&byte| is_name(byte)) {
        end += 1;
    }
    match &bytes[start..end] {
        b"path" | b"folder" | b"graphql" => true,
        b"cfg_attr" => {
            let attribute = &bytes[start..closing(bytes, start)];
            // The attribute ends before an ASCII bracket, so that its text is whole.
            std::str::from_utf8(attribute).is_ok_and(|attribute| {
                ["path", "folder", "graphql"].iter().any(|name| attribute.contains(name))
            })
        }
        // A comment before the name.
        b"" => bytes.get(start) == Some(&b'/'),
        _ => false,
    }
}

/// Where the bracket closes that was opened before `start`.
fn closing(bytes: &[u8], start: usize) -> usize {
    let mut depth = 1;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
        at += 1;
    }
    at
}

/// Where the white space ends that begins there.
pub(super) fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Whether a byte may be part of a name.
pub(super) fn is_name(byte: u8) -> bool {
    is_ascii_name(byte) || byte >= 0x80
}

/// Whether a byte before a word may be part of it. What is not ASCII may be a mark at the beginning
/// of the file.
pub(super) fn is_ascii_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The line, from 1, in which `needle` first stands outside of comments, as the argument of `name`
/// where that can be found.
pub(super) fn line_of(text: &str, name: &str, needle: &str) -> usize {
    let mut first = None;
    for (at, _) in text.match_indices(needle) {
        if in_comment(text, at) {
            continue;
        }
        first.get_or_insert(at);
        if is_argument(text, name, at) {
            first = Some(at);
            break;
        }
    }
    1 + text[..first.unwrap_or(0)].matches('\n').count()
}

/// Whether `name` stands shortly before, in the same statement.
fn is_argument(text: &str, name: &str, at: usize) -> bool {
    /// How many bytes lie between the name of a macro and its argument, at most.
    const NEAR: usize = 200;

    let mut start = at.saturating_sub(NEAR);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let Some(name) = text[start..at].rfind(name) else { return false };
    let name = start + name;
    !text[name..at].contains(';') && !in_comment(text, name)
}

/// Whether the line begins with `//`.
fn in_comment(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].trim_start_matches('\u{feff}').trim_start().starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_files_is_found_in_every_spelling() {
        for text in [
            "include_str!(\"a\")",
            "std::include_bytes ! [\"a\"]",
            "let a = include!{\"a\"};",
            "sqlx::migrate!()",
            "r#include_str!(\"a\")",
            "include_str/* why */!(\"a\")",
            "#[path = \"a.rs\"] mod a;",
            "# [ folder = \"a\" ] struct A;",
            "#![path = \"a\"]",
            "#[/* why */ path = \"a.rs\"] mod a;",
            "#[cfg_attr(windows, path = \"a.rs\")] mod a;",
            "#[cfg_attr(x, y([1]), folder = \"a\")] struct A;",
            "#[graphql(schema_path = \"a\")] struct A;",
            "// include_str!(\"a\")",
        ] {
            assert!(may_name(text), "{text}");
        }
    }

    #[test]
    fn other_macros_and_attributes_cost_no_reading() {
        for text in [
            "println!(\"include_str\"); vec![1]; a != b; !c; !",
            "my_include_str!(\"a\")",
            "/// See `include_str!`.",
            "#[derive(Debug)] #[cfg_attr(docsrs, doc(cfg(a)))] #![allow(path)] struct A; #",
            "#[serde(path = \"a\")] struct A;",
            "#[cfg_attr(a, b)] fn path() {}",
            "r#\"[path]\"#",
        ] {
            assert!(!may_name(text), "{text}");
        }
    }

    #[test]
    fn the_line_is_that_of_the_call() {
        let text = "// include_str!(\"a\")\nlet a = \"a\";\nlet b = include_str!(\n\"a\");\n";
        assert_eq!(line_of(text, "include_str", "\"a\""), 4);
        assert_eq!(line_of(text, "migrate", "\"a\""), 2);
        assert_eq!(line_of(text, "migrate", "missing"), 1);
    }
}
