use std::fmt::Debug;

use super::{cursor::Cursor, read};

/// What the cursor makes of one string literal, if it takes all of it.
fn string(literal: &str) -> Option<String> {
    let mut cursor = Cursor::new(literal);
    let string = cursor.string().ok()?;
    cursor.end().ok()?;
    Some(string)
}

fn printed(value: &impl Debug) -> String {
    format!("{value:?}")
}

#[test]
fn every_character_comes_back_from_a_string_literal() {
    let all: String = ('\0'..=char::MAX).collect();
    assert_eq!(string(&printed(&all)), Some(all));
    for alone in ['"', '\'', '\\', '\0', '\u{200b}', '\u{301}', '🦀'] {
        let alone = alone.to_string();
        assert_eq!(string(&printed(&alone)), Some(alone));
    }
}

#[test]
fn literals_that_are_never_printed_are_refused() {
    for literal in [
        "",
        "\"",
        "a",
        "'a'",
        "\"a",
        "\"\\\"",
        "\"\\a\"",
        "\"\\'\"",
        "\"\\x41\"",
        "\"\\u{041}\"",
        "\"\\u{}\"",
        "\"\\u{AB}\"",
        "\"\\u{d800}\"",
        "\"\\u{110000}\"",
        "\"\\u{1000000}\"",
        "\"\\u{ 41}\"",
        "\"\\u41\"",
        "\"a\" ",
        "b\"a\"",
        "r\"a\"",
    ] {
        assert_eq!(string(literal), None, "{literal}");
    }
}

#[test]
fn numbers_are_taken_as_they_are_printed() {
    for (text, number) in
        [("0", Some(0)), ("7)", Some(7)), ("18446744073709551615", Some(u64::MAX))]
    {
        assert_eq!(Cursor::new(text).number().ok(), number);
    }
    for text in ["", "07", "00", "+1", "-1", " 1", "x", "18446744073709551616"] {
        assert!(Cursor::new(text).number().is_err(), "{text}");
    }
}

#[test]
fn an_error_says_where_and_what_but_no_path() {
    let text = "Router { path_router: PathRouter { routes: {}, node: Node { paths: {\"/secret\"";
    let error = read(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "router not understood at byte 68: expected `RouteId(`, found a string"
    );
    assert_eq!(error.offset(), Some(68));
    let error = read("Router { path_router: PathRouter { routes: {}x\"/secret\"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "router not understood at byte 45: expected `, node: Node { paths: {`, found `x`"
    );
}
