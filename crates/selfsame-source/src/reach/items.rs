//! The items of a source file, as far as they bear on which modules there are.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::literal::{split, text};

/// How deep groups are read into groups.
pub(super) const MAX_DEPTH: usize = 200;

/// How deep groups are read into the groups of an attribute or a predicate.
const MAX_ATTRIBUTE: usize = 32;

/// Whether an attribute or a predicate is nested so deeply that it is not read.
pub(crate) fn is_deep(stream: &TokenStream) -> bool {
    let mut levels = vec![stream.clone().into_iter()];
    while let Some(level) = levels.last_mut() {
        match level.next() {
            Some(TokenTree::Group(group)) if levels.len() < MAX_ATTRIBUTE => {
                levels.push(group.stream().into_iter());
            }
            Some(TokenTree::Group(_)) => return true,
            Some(_) => {}
            None => {
                levels.pop();
            }
        }
    }
    false
}

/// Something that bears on which modules there are.
#[derive(Debug)]
pub(crate) enum Item {
    /// `mod name;` or `mod name { … }`.
    Module { name: String, attributes: Attributes, body: Body },
    /// `#![cfg(…)]`: the rest of what is around it depends on that.
    Inner(TokenStream),
    /// A call of a macro, which may expand to anything, with its arguments and the predicates of
    /// its `#[cfg]`.
    Call { name: String, cfg: Vec<TokenStream>, arguments: TokenStream },
    /// Part of an item of another kind, such as the body of a function.
    Other(TokenStream),
    /// Something that may declare anything, and why.
    Opaque(String),
}

#[derive(Debug)]
pub(crate) enum Body {
    File,
    Inline(Vec<Item>),
}

/// The attributes of a module.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    /// The predicates of `#[cfg]`. All have to hold.
    pub(crate) cfg: Vec<TokenStream>,
    /// The path of `#[path]`.
    pub(crate) path: Option<String>,
    /// The paths of `#[cfg_attr(…, path = …)]`.
    pub(crate) conditional_paths: Vec<(TokenStream, String)>,
    /// What could not be understood.
    opaque: Option<&'static str>,
}

/// Reads the tokens of a source file.
///
/// # Errors
///
/// If the text is not valid Rust, with the reason.
pub(crate) fn tokens(source: &str) -> Result<TokenStream, String> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    // `#!` begins an interpreter's line, unless `[` makes it an inner attribute.
    let script = source.starts_with("#!") && !source[2..].trim_start().starts_with('[');
    let source = if script { source.split_once('\n').map_or("", |(_, rest)| rest) } else { source };
    source.parse().map_err(|error| format!("it is not valid Rust: {error}"))
}

/// Reads the items of a file or of an inline module.
pub(crate) fn items(stream: TokenStream) -> Vec<Item> {
    items_at(stream, 0)
}

fn items_at(stream: TokenStream, depth: usize) -> Vec<Item> {
    if depth == MAX_DEPTH {
        return vec![Item::Opaque("modules are nested too deeply".to_owned())];
    }
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
                module(&mut items, name, std::mem::take(&mut attributes), end, depth);
                at += 3;
            }
            _ => {
                let attributes = std::mem::take(&mut attributes);
                at += other(&mut items, attributes, &tokens[at..]);
            }
        }
    }
    items
}

fn module(
    items: &mut Vec<Item>,
    name: &Ident,
    attributes: Attributes,
    end: &TokenTree,
    depth: usize,
) {
    let name = name.to_string();
    if let Some(what) = &attributes.opaque {
        items.push(Item::Opaque(format!("{what} of `mod {name}` cannot be read")));
    }
    let body = match end {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            Body::Inline(items_at(group.stream(), depth + 1))
        }
        _ => Body::File,
    };
    let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    items.push(Item::Module { name, attributes, body });
}

/// Passes over an item that is not a module, and returns how many tokens it has.
fn other(items: &mut Vec<Item>, attributes: Attributes, tokens: &[TokenTree]) -> usize {
    // A path and `!`: a call of a macro.
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
        // The name of `macro_rules!` and the group after it.
        let group = tokens.iter().position(|token| matches!(token, TokenTree::Group(_)));
        let arguments = match group.and_then(|at| tokens.get(at)) {
            Some(TokenTree::Group(group)) => group.stream(),
            _ => TokenStream::new(),
        };
        items.push(Item::Call { name: name.to_string(), cfg: attributes.cfg, arguments });
        return group.map_or(tokens.len(), |at| at + 1);
    }
    // Everything else ends at a semicolon or after braces.
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return index + 1,
            TokenTree::Group(group) => {
                items.push(Item::Other(group.stream()));
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
pub(crate) fn has_mod(stream: TokenStream) -> bool {
    has_mod_at(stream, 0)
}

fn has_mod_at(stream: TokenStream, depth: usize) -> bool {
    depth == MAX_DEPTH
        || stream.into_iter().any(|token| match token {
            TokenTree::Ident(word) => word == "mod",
            TokenTree::Group(group) => has_mod_at(group.stream(), depth + 1),
            _ => false,
        })
}

/// The modules that stand in the arguments of a macro, at any depth.
///
/// A macro that passes its arguments on declares them, as `cfg_if!` does.
pub(super) fn within(arguments: TokenStream) -> Vec<Item> {
    let mut found = Vec::new();
    collect_within(arguments, &mut found, 0);
    found
}

fn collect_within(stream: TokenStream, found: &mut Vec<Item>, depth: usize) {
    if depth == MAX_DEPTH {
        return;
    }
    for item in items_at(stream, depth) {
        match item {
            Item::Module { .. } => found.push(item),
            Item::Other(stream) | Item::Call { arguments: stream, .. } => {
                collect_within(stream, found, depth + 1);
            }
            Item::Inner(_) | Item::Opaque(_) => {}
        }
    }
}

impl Attributes {
    /// Reads what stands between the brackets of an attribute.
    pub(super) fn add(&mut self, attribute: TokenStream) {
        let is_conditional = matches!(
            attribute.clone().into_iter().next(),
            Some(TokenTree::Ident(name)) if name == "cfg_attr"
        );
        if is_conditional && is_deep(&attribute) {
            self.opaque = Some("`#[cfg_attr]`");
        } else {
            self.add_flat(attribute);
        }
    }

    /// The same of an attribute that is not nested too deeply.
    fn add_flat(&mut self, attribute: TokenStream) {
        let tokens: Vec<TokenTree> = attribute.into_iter().collect();
        match tokens.as_slice() {
            [TokenTree::Ident(name), TokenTree::Group(group)] if name == "cfg" => {
                self.cfg.push(group.stream());
            }
            [TokenTree::Ident(name), TokenTree::Punct(equals), value @ ..]
                if name == "path" && equals.as_char() == '=' =>
            {
                match value {
                    [TokenTree::Literal(path)] => self.path = text(&path.to_string()),
                    _ => self.opaque = Some("`#[path]`"),
                }
                if self.path.is_none() {
                    self.opaque = Some("`#[path]`");
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
            inner.add_flat(part);
            if let Some(path) = inner.path {
                self.conditional_paths.push((predicate.clone(), path));
            }
            if !inner.cfg.is_empty()
                || !inner.conditional_paths.is_empty()
                || inner.opaque.is_some()
            {
                self.opaque = Some("`#[cfg_attr]`");
            }
        }
    }
}
