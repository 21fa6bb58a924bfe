//! Which `#[cfg]` predicates hold in tests only.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::items::is_deep;
use super::literal::split;

/// Whether a predicate is false in every build but that of a test, whatever else is configured. Of
/// one that is nested too deeply that is not known.
pub(super) fn only_in_tests(predicate: TokenStream) -> bool {
    !is_deep(&predicate) && evaluate(predicate, false) == Some(false)
}

/// Whether a predicate is false in every build of a test.
pub(super) fn never_in_tests(predicate: TokenStream) -> bool {
    !is_deep(&predicate) && evaluate(predicate, true) == Some(false)
}

/// The value of a predicate in a build that is a test or not. `None` if it depends on more.
fn evaluate(predicate: TokenStream, test: bool) -> Option<bool> {
    let tokens: Vec<TokenTree> = predicate.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name)] if name == "true" => Some(true),
        [TokenTree::Ident(name)] if name == "false" => Some(false),
        [TokenTree::Ident(name)] if name == "test" => Some(test),
        [TokenTree::Ident(name), TokenTree::Group(group)]
            if group.delimiter() == Delimiter::Parenthesis =>
        {
            let inner = || split(group.stream()).into_iter().map(|part| evaluate(part, test));
            if name == "all" {
                one_decides(inner(), false)
            } else if name == "any" {
                one_decides(inner(), true)
            } else if name == "not" {
                inner().next().flatten().map(|value| !value)
            } else {
                None
            }
        }
        _ => None,
    }
}

fn one_decides(parts: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut value = Some(!decisive);
    for part in parts {
        if part == Some(decisive) {
            return part;
        }
        value = value.and(part);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::{never_in_tests, only_in_tests};

    #[test]
    fn test_has_to_be_needed() {
        for (predicate, expected) in [
            ("test", true),
            ("all(test, feature = \"x\")", true),
            ("all(unix, test)", true),
            ("any(test, all(unix, test))", true),
            ("not(not(test))", true),
            ("not(not(all(unix, test)))", true),
            ("false", true),
            ("any()", true),
            ("any(test, feature = \"x\")", false),
            ("not(test)", false),
            ("not(any(test, unix))", false),
            ("all()", false),
            ("feature = \"test\"", false),
            ("true", false),
            ("unix", false),
            ("version(\"1.80\")", false),
            ("", false),
        ] {
            let tokens = predicate.parse().expect("these are tokens");
            assert_eq!(only_in_tests(tokens), expected, "{predicate}");
        }
    }

    #[test]
    fn not_in_tests() {
        for (predicate, expected) in [
            ("not(test)", true),
            ("all(unix, not(test))", true),
            ("not(any(test, unix))", true),
            ("any(not(test), unix)", false),
            ("not(all(test, unix))", false),
            ("test", false),
            ("unix", false),
        ] {
            let tokens = predicate.parse().expect("these are tokens");
            assert_eq!(never_in_tests(tokens), expected, "{predicate}");
        }
    }
}
