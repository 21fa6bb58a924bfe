//! Where the item ends that an attribute stands before.

use proc_macro2::{Delimiter, TokenTree};

/// How many tokens the item, statement, field or match arm has that begins there.
///
/// In doubt the fewer: what is left is then read as part of no test.
pub(super) fn end_of_item(tokens: &[TokenTree]) -> usize {
    let end = End::of(tokens);
    for (index, token) in tokens.iter().enumerate() {
        let ends = match token {
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => true,
                ',' => end == End::Any,
                _ => false,
            },
            TokenTree::Group(group) => {
                group.delimiter() == Delimiter::Brace && end != End::Semicolon
            }
            _ => false,
        };
        if ends {
            return index + 1;
        }
    }
    tokens.len()
}

/// What ends an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Semicolon,
    SemicolonOrBraces,
    /// Also a comma: a field, a match arm, an expression.
    Any,
}

impl End {
    fn of(tokens: &[TokenTree]) -> Self {
        let mut end = Self::Any;
        for token in tokens {
            match token {
                TokenTree::Ident(word) => match word.to_string().as_str() {
                    // What may stand before the word that says what the item is.
                    "pub" | "async" | "default" | "extern" | "unsafe" | "safe" | "crate" => {}
                    // `const fn` is a function.
                    "const" => end = Self::Semicolon,
                    "fn" | "struct" | "enum" | "union" | "impl" | "trait" | "mod"
                    | "macro_rules" => return Self::SemicolonOrBraces,
                    "static" | "type" | "use" | "let" => return Self::Semicolon,
                    _ => return end,
                },
                // `pub(crate)`, and the name in `extern "C"`.
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {}
                TokenTree::Literal(_) => {}
                // A block: `const { … }`.
                TokenTree::Group(_) => return Self::Any,
                TokenTree::Punct(_) => return end,
            }
        }
        end
    }
}
