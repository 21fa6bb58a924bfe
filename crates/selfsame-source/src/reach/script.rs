//! The string literals of a build script that may be paths.

use proc_macro2::{TokenStream, TokenTree};

use super::items::MAX_DEPTH;
use super::literal::text;

/// A string literal: the path that it may be, and the literal as it stands in source.
pub(super) type Literal = (String, String);

/// Reads all string literals outside of documentation.
pub(super) fn literals(tokens: TokenStream) -> Vec<Literal> {
    let mut found = Vec::new();
    collect(tokens, &mut found, 0);
    found
}

fn collect(stream: TokenStream, found: &mut Vec<Literal>, depth: usize) {
    if depth == MAX_DEPTH {
        return;
    }
    for token in stream {
        match token {
            TokenTree::Literal(literal) => {
                let literal = literal.to_string();
                if let Some(text) = text(&literal) {
                    found.extend(paths(&text).map(|path| (path, literal.clone())));
                }
            }
            TokenTree::Group(group) if !is_doc(&group.stream()) => {
                collect(group.stream(), found, depth + 1);
            }
            _ => {}
        }
    }
}

/// Whether it is what stands between the brackets of a doc comment.
fn is_doc(stream: &TokenStream) -> bool {
    let mut tokens = stream.clone().into_iter();
    matches!(tokens.next(), Some(TokenTree::Ident(name)) if name == "doc")
        && matches!(tokens.next(), Some(TokenTree::Punct(equals)) if equals.as_char() == '=')
}

/// What of a literal may be paths: all of it, or what follows cargo's directive in each line.
fn paths(text: &str) -> impl Iterator<Item = String> {
    let directives: Vec<String> = text
        .lines()
        .filter_map(|line| {
            let directive = line.trim_start().strip_prefix("cargo:")?;
            let directive = directive.strip_prefix(':').unwrap_or(directive);
            let path = directive.strip_prefix("rerun-if-changed=")?.trim_end();
            // What is put in place of `{}` is known when the script runs.
            (!path.contains('{')).then(|| path.to_owned())
        })
        .collect();
    let whole = if directives.is_empty() { Some(text.to_owned()) } else { None };
    directives.into_iter().chain(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Vec<String> {
        let tokens = source.parse().expect("these are tokens");
        literals(tokens).into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn every_literal_is_found_and_documentation_is_not() {
        let source = "/// \"not\"\n#[doc = \"not\"] fn main() { a(\"one\"); { b!([r#\"two\"#]) } \
                      let c = 'c'; let d = 1; }";
        assert_eq!(read(source), ["one", "two"]);
    }

    #[test]
    fn directives_of_cargo_are_taken_off() {
        for (source, expected) in [
            ("\"cargo:rerun-if-changed=a\"", &["a"][..]),
            ("\"cargo::rerun-if-changed=a/b \"", &["a/b"]),
            ("\"cargo:rerun-if-changed=a\\ncargo:rerun-if-changed=b\\n\"", &["a", "b"]),
            ("\"cargo:rerun-if-changed={}\"", &["cargo:rerun-if-changed={}"]),
            ("\"cargo:rerun-if-changed=a/{name}\"", &["cargo:rerun-if-changed=a/{name}"]),
            ("\"cargo:rustc-link-lib=a\"", &["cargo:rustc-link-lib=a"]),
        ] {
            assert_eq!(read(source), expected, "{source}");
        }
    }
}
