//! The items of a source file, as far as they bear on which modules there are.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::cfg::{split, text};

/// The macros of the standard library that stand at item level and declare no module.
const HARMLESS: [&str; 3] = ["compile_error", "macro_rules", "thread_local"];

/// Something that bears on which modules there are.
#[derive(Debug)]
pub(super) enum Item {
    /// `mod name;` or `mod name { … }`.
    Module { name: String, attributes: Attributes, body: Body },
    /// `#![cfg(…)]`: all around it hangs on that.
    Inner(TokenStream),
    /// Something that may declare anything.
    Opaque(String),
}

#[derive(Debug)]
pub(super) enum Body {
    File,
    Inline(Vec<Item>),
}

/// The attributes of a module.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// The predicates of `#[cfg]`, all of which have to hold.
    pub(super) cfg: Vec<TokenStream>,
    /// The path of `#[path]`.
    pub(super) path: Option<String>,
    /// The paths of `#[cfg_attr(…, path = …)]`.
    pub(super) conditional_paths: Vec<(TokenStream, String)>,
    /// What could not be understood.
    opaque: Option<String>,
}

/// Reads the items of a source file.
pub(super) fn read(source: &str) -> Result<Vec<Item>, String> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    // `#!` begins an interpreter's line, unless `[` makes it an inner attribute.
    let script = source.starts_with("#!") && !source[2..].trim_start().starts_with('[');
    let source = if script { source.split_once('\n').map_or("", |(_, rest)| rest) } else { source };
    let tokens: TokenStream =
        source.parse().map_err(|error| format!("it is no Rust that is understood: {error}"))?;
    Ok(items(tokens))
}

fn items(stream: TokenStream) -> Vec<Item> {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut items = Vec::new();
    let mut attributes = Attributes::default();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at..] {
            [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(group), ..]
                if hash.as_char() == '#' && bang.as_char() == '!' =>
            {
                let mut inner = Attributes::default();
                inner.add(group.stream());
                items.extend(inner.cfg.into_iter().map(Item::Inner));
                at += 3;
            }
            [TokenTree::Punct(hash), TokenTree::Group(group), ..]
                if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
            {
                attributes.add(group.stream());
                at += 2;
            }
            [TokenTree::Ident(public), TokenTree::Group(group), ..]
                if public == "pub" && group.delimiter() == Delimiter::Parenthesis =>
            {
                at += 2;
            }
            [TokenTree::Ident(word), ..] if word == "pub" || word == "unsafe" => at += 1,
            [TokenTree::Ident(word), TokenTree::Ident(name), end, ..] if word == "mod" => {
                module(&mut items, name, std::mem::take(&mut attributes), end);
                at += 3;
            }
            _ => {
                attributes = Attributes::default();
                at += other(&mut items, &tokens[at..]);
            }
        }
    }
    items
}

fn module(items: &mut Vec<Item>, name: &Ident, attributes: Attributes, end: &TokenTree) {
    let name = name.to_string();
    if let Some(what) = &attributes.opaque {
        items.push(Item::Opaque(format!("{what} of `mod {name}` is not understood")));
    }
    let body = match end {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            Body::Inline(self::items(group.stream()))
        }
        _ => Body::File,
    };
    let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    items.push(Item::Module { name, attributes, body });
}

/// Passes over an item that is no module, and says how many tokens it has.
fn other(items: &mut Vec<Item>, tokens: &[TokenTree]) -> usize {
    // A path and `!`: an invocation, which may expand to anything.
    let path = tokens
        .iter()
        .take_while(|token| match token {
            TokenTree::Ident(word) => word != "impl",
            TokenTree::Punct(punct) => punct.as_char() == ':',
            _ => false,
        })
        .count();
    if path > 0
        && matches!(tokens.get(path), Some(TokenTree::Punct(bang)) if bang.as_char() == '!')
        && let Some(TokenTree::Ident(name)) = tokens.get(path - 1)
    {
        if !HARMLESS.contains(&name.to_string().as_str()) {
            items.push(Item::Opaque(format!("the macro `{name}!` may declare modules")));
        }
        // The name of `macro_rules!` and the group behind it.
        let group = tokens
            .iter()
            .position(|token| matches!(token, TokenTree::Group(_)))
            .unwrap_or(tokens.len() - 1);
        return group + 1;
    }
    // Everything else ends at a semicolon or behind braces.
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return index + 1,
            TokenTree::Group(group) => {
                if declares(group.stream()) {
                    let what = "a `mod` within a function or a macro may declare modules";
                    items.push(Item::Opaque(what.to_owned()));
                }
                if group.delimiter() == Delimiter::Brace {
                    return index + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Whether the word `mod` stands anywhere in it.
fn declares(stream: TokenStream) -> bool {
    stream.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "mod",
        TokenTree::Group(group) => declares(group.stream()),
        _ => false,
    })
}

impl Attributes {
    fn add(&mut self, attribute: TokenStream) {
        let tokens: Vec<TokenTree> = attribute.into_iter().collect();
        match tokens.as_slice() {
            [TokenTree::Ident(name), TokenTree::Group(group)] if name == "cfg" => {
                self.cfg.push(group.stream());
            }
            [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Literal(path)]
                if name == "path" =>
            {
                match text(&path.to_string()) {
                    Some(path) => self.path = Some(path),
                    None => self.opaque = Some("`#[path]`".to_owned()),
                }
            }
            [TokenTree::Ident(name), TokenTree::Group(group)] if name == "cfg_attr" => {
                self.add_conditional(group.stream());
            }
            _ => {}
        }
    }

    /// `cfg_attr(PREDICATE, ATTRIBUTE, …)`: of the attributes only `path` and `cfg` bear on modules.
    fn add_conditional(&mut self, stream: TokenStream) {
        let mut parts = split(stream).into_iter();
        let Some(predicate) = parts.next() else { return };
        for part in parts {
            let mut inner = Self::default();
            inner.add(part);
            if let Some(path) = inner.path {
                self.conditional_paths.push((predicate.clone(), path));
            }
            if !inner.cfg.is_empty()
                || !inner.conditional_paths.is_empty()
                || inner.opaque.is_some()
            {
                self.opaque = Some("`#[cfg_attr]`".to_owned());
            }
        }
    }
}
