//! What the arguments of a macro that names files evaluate to.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::items::MAX_DEPTH;
use super::literal::{split, text};

/// Evaluates a string literal, `concat!` of literals, or `env!("CARGO_MANIFEST_DIR")`.
///
/// `None` if it is anything else, such as a path below `OUT_DIR`.
pub(super) fn evaluate(argument: TokenStream, package: &Path) -> Option<String> {
    evaluate_at(argument, package, 0)
}

fn evaluate_at(argument: TokenStream, package: &Path, depth: usize) -> Option<String> {
    if depth == MAX_DEPTH {
        return None;
    }
    let tokens: Vec<TokenTree> = argument.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Literal(literal)] => text(&literal.to_string()),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            evaluate_at(group.stream(), package, depth + 1)
        }
        [path @ .., TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(group)]
            if bang.as_char() == '!' && path.iter().all(is_path) =>
        {
            let mut parts = split(group.stream()).into_iter();
            if name == "concat" {
                parts.map(|part| concatenated(part, package, depth + 1)).collect()
            } else if name == "env" {
                let variable = evaluate_at(parts.next()?, package, depth + 1)?;
                let package = package.to_str()?;
                (variable == "CARGO_MANIFEST_DIR").then(|| package.to_owned())
            } else {
                None
            }
        }
        _ => None,
    }
}

/// One part of `concat!`, which takes other literals too.
fn concatenated(part: TokenStream, package: &Path, depth: usize) -> Option<String> {
    let tokens: Vec<TokenTree> = part.clone().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(word)] if word == "true" || word == "false" => Some(word.to_string()),
        [TokenTree::Literal(literal)] => {
            let literal = literal.to_string();
            let is_number = literal.bytes().all(|byte| byte.is_ascii_digit());
            let char = || match literal.strip_prefix('\'')?.strip_suffix('\'')? {
                "\"" => Some("\"".to_owned()),
                inner => text(&format!("\"{inner}\"")),
            };
            text(&literal).or_else(char).or_else(|| is_number.then(|| literal.clone()))
        }
        _ => evaluate_at(part, package, depth),
    }
}

fn is_path(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => matches!(punct.as_char(), ':' | '$'),
        _ => false,
    }
}

/// Replaces `$CARGO_MANIFEST_DIR` and `${CARGO_MANIFEST_DIR}` in a path that is given as text.
///
/// `None` if another variable is in it.
pub(super) fn expanded(path: &str, package: &Path) -> Option<String> {
    if !path.contains('$') {
        return Some(path.to_owned());
    }
    let package = package.to_str()?;
    let path =
        path.replace("${CARGO_MANIFEST_DIR}", package).replace("$CARGO_MANIFEST_DIR", package);
    let variable = path.split('$').skip(1).any(|after| {
        after.starts_with(|first: char| first == '{' || first == '_' || first.is_alphabetic())
    });
    (!variable).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluated(argument: &str) -> Option<String> {
        evaluate(argument.parse().expect("these are tokens"), Path::new("/w/api"))
    }

    #[test]
    fn literals_and_what_is_made_of_them_have_a_value() {
        for (argument, expected) in [
            ("\"a.txt\"", "a.txt"),
            ("(\"a.txt\")", "a.txt"),
            ("concat!(\"a\", '/', 1, true, \"b\",)", "a/1trueb"),
            ("concat!['\\'', '\"']", "'\""),
            ("env!(\"CARGO_MANIFEST_DIR\")", "/w/api"),
            ("concat!(env!(\"CARGO_MANIFEST_DIR\", \"why\"), \"/a\")", "/w/api/a"),
            (
                "::std::concat!(core::env!(\"CARGO_MANIFEST_DIR\"), concat!(\"/\", \"a\"))",
                "/w/api/a",
            ),
            ("$crate::concat!(\"a\")", "a"),
        ] {
            assert_eq!(evaluated(argument).as_deref(), Some(expected), "{argument}");
        }
    }

    #[test]
    fn what_only_the_build_knows_has_none() {
        for argument in [
            "concat!(env!(\"OUT_DIR\"), \"/a.rs\")",
            "concat!(option_env!(\"CARGO_MANIFEST_DIR\"), \"/a.rs\")",
            "env!(\"HOME\")",
            "$path",
            "path",
            "concat!($a, \"b\")",
            "stringify!(a)",
            "\"a\" + \"b\"",
            "",
        ] {
            assert_eq!(evaluated(argument), None, "{argument}");
        }
    }

    #[test]
    fn variables_in_a_path() {
        let package = Path::new("/w/api");
        for (path, expected) in [
            ("$CARGO_MANIFEST_DIR/a", Some("/w/api/a")),
            ("${CARGO_MANIFEST_DIR}/a", Some("/w/api/a")),
            ("a/$1", Some("a/$1")),
            ("$OUT_DIR/a", None),
            ("${OUT_DIR}/a", None),
        ] {
            assert_eq!(expanded(path, package).as_deref(), expected, "{path}");
        }
    }
}
