//! The canonical form of a JSON value: what is hashed, and what stands in the binary.
//!
//! Keys sorted by their bytes, no white space, integers only, and every character outside printable
//! ASCII escaped: the text survives `strings`, and two writers give the same bytes. The order of
//! `serde_json`'s own maps is not relied upon, since any crate of the build may turn on its
//! `preserve_order`.

use std::fmt::Write as _;

use serde_json::Value;

/// Returns the canonical text of `value`.
#[must_use]
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Value::String(string) => write_string(out, string),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write(out, item);
            }
            out.push('}');
        }
    }
}

fn write_string(out: &mut String, string: &str) {
    out.push('"');
    for character in string.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_everything_beyond_ascii_is_escaped() {
        let value = json!({"b": [1, true, null], "a": {"z": "q\"\\\n\u{7f}é\u{1f600}", "A": -2}});
        assert_eq!(
            text(&value),
            r#"{"a":{"A":-2,"z":"q\"\\\u000a\u007f\u00e9\ud83d\ude00"},"b":[1,true,null]}"#
        );
        assert_eq!(serde_json::from_str::<Value>(&text(&value)).unwrap(), value);
    }
}
