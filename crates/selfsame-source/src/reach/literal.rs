//! Text of string literals.

use proc_macro2::{TokenStream, TokenTree};

/// The text of a string literal in the form it has in source: plain or raw, also a byte or C string.
///
/// `None` if it is another literal, or not UTF-8.
pub(crate) fn text(literal: &str) -> Option<String> {
    let literal = literal.strip_prefix(['b', 'c']).unwrap_or(literal);
    if let Some(raw) = literal.strip_prefix('r') {
        let inner = raw.trim_start_matches('#');
        let hashes = raw.len() - inner.len();
        let inner = inner.strip_prefix('"')?;
        let end = inner.len().checked_sub(hashes + 1)?;
        return inner.get(..end).map(str::to_owned);
    }
    let quoted = literal.strip_prefix('"')?.strip_suffix('"')?;
    if quoted.contains('\\') { unescape(quoted) } else { Some(quoted.to_owned()) }
}

/// The only token of a stream, if it is a string literal.
pub(super) fn only(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Literal(literal)] => text(&literal.to_string()),
        _ => None,
    }
}

/// Splits at the commas of the top level.
pub(crate) fn split(stream: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![Vec::new()];
    for token in stream {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => parts.push(Vec::new()),
            token => parts.last_mut().expect("there is one from the start").push(token),
        }
    }
    parts.into_iter().filter(|part| !part.is_empty()).map(TokenStream::from_iter).collect()
}

fn unescape(quoted: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let kind = rest[at + 1..].chars().next()?;
        rest = &rest[at + 1 + kind.len_utf8()..];
        match kind {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            '0' => bytes.push(0),
            '\\' | '\'' | '"' => bytes.push(u8::try_from(kind).ok()?),
            'x' => {
                bytes.push(u8::from_str_radix(rest.get(..2)?, 16).ok()?);
                rest = &rest[2..];
            }
            'u' => {
                let (digits, after) = rest.strip_prefix('{')?.split_once('}')?;
                let code = u32::from_str_radix(&digits.replace('_', ""), 16).ok()?;
                let mut buffer = [0; 4];
                bytes.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes());
                rest = after;
            }
            // A line that goes on: its indentation is not part of the text.
            '\n' | '\r' => rest = rest.trim_start_matches([' ', '\t', '\n', '\r']),
            _ => return None,
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn every_kind_of_string_has_its_text() {
        for (literal, expected) in [
            (r#""a/b.txt""#, "a/b.txt"),
            ("r\"a\\b\"", "a\\b"),
            (r##"r#"a"b"#"##, "a\"b"),
            (r#"b"bytes""#, "bytes"),
            (r##"br#"raw"#"##, "raw"),
            (r#"c"c""#, "c"),
            (r#""\x61\u{62}\u{0_063}\t\\\"\'\n\r\0""#, "abc\t\\\"'\n\r\0"),
            ("\"a\\\n     b \"", "ab "),
            (r#""""#, ""),
            (r#"r"""#, ""),
        ] {
            assert_eq!(text(literal).as_deref(), Some(expected), "{literal}");
        }
    }

    #[test]
    fn other_literals_have_none() {
        for literal in ["1", "'a'", "b'a'", "1.5", "\"\\q\"", "\"\\xff\"", "\"\\u{110000}\""] {
            assert_eq!(text(literal), None, "{literal}");
        }
    }
}
