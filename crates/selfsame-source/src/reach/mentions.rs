//! Where the tokens of a source file name files.

use std::path::Path;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::argument::{evaluate, expanded};
use super::calls::{Base, Call};
use super::cfg::only_in_tests;
use super::items::MAX_DEPTH;
use super::literal::{only, split};
use super::skip::end_of_item;

/// A path that source names, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// What names it, as it is shown.
    pub(super) by: &'static str,
    /// The name of the macro or the attribute.
    pub(super) name: &'static str,
    /// The path, relative or absolute.
    pub(super) path: String,
    pub(super) base: Base,
    /// For `#[path]`: the inline modules around it.
    pub(super) inline: Vec<String>,
    /// Whether all of a directory goes in, hidden names too.
    pub(super) whole: bool,
    /// The argument as it stands in source, by which its line is found.
    pub(super) needle: String,
}

/// What the tokens of a file name.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub(super) found: Vec<Mention>,
    /// The files that documentation includes.
    pub(super) documented: Vec<Mention>,
    /// Each `#[path]` within a macro, which another file may call. `None` if it is not a literal.
    pub(super) paths_in_macros: Vec<Option<String>>,
}

/// `#[path]`, as it is shown.
pub(super) const PATH: &str = "`#[path]`";

/// Reads what the tokens of a file name outside of tests.
pub(super) fn read(tokens: TokenStream, package: &Path) -> Mentions {
    let mut reader = Reader { package, inline: Vec::new(), mentions: Mentions::default() };
    reader.stream(tokens, false, 0);
    reader.mentions
}

struct Reader<'a> {
    package: &'a Path,
    /// The inline modules around what is read.
    inline: Vec<String>,
    mentions: Mentions,
}

impl Reader<'_> {
    fn stream(&mut self, stream: TokenStream, in_macro: bool, depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        // The attributes before an item, which count only if it is not a test.
        let mut attributes = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at..] {
                [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(group), ..]
                    if hash.as_char() == '#' && bang.as_char() == '!' =>
                {
                    let inner = [group.stream()];
                    if inner.iter().any(is_of_tests) {
                        return;
                    }
                    self.attributes(&inner, None, in_macro, depth);
                    at += 3;
                }
                [TokenTree::Punct(hash), TokenTree::Group(group), ..]
                    if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
                {
                    attributes.push(group.stream());
                    at += 2;
                }
                rest if !attributes.is_empty() => {
                    let before = std::mem::take(&mut attributes);
                    if before.iter().any(is_of_tests) {
                        at += end_of_item(rest);
                    } else {
                        self.attributes(&before, module(rest), in_macro, depth);
                    }
                }
                [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(group), ..]
                    if word == "mod" && group.delimiter() == Delimiter::Brace =>
                {
                    self.inline.push(plain(name));
                    self.stream(group.stream(), in_macro, depth + 1);
                    self.inline.pop();
                    at += 3;
                }
                [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(group), ..]
                    if bang.as_char() == '!' =>
                {
                    self.call(name, group.stream());
                    self.stream(group.stream(), true, depth + 1);
                    at += 3;
                }
                [
                    TokenTree::Ident(word),
                    TokenTree::Punct(bang),
                    TokenTree::Ident(_),
                    TokenTree::Group(group),
                    ..,
                ] if word == "macro_rules" && bang.as_char() == '!' => {
                    self.stream(group.stream(), true, depth + 1);
                    at += 4;
                }
                [TokenTree::Group(group), ..] => {
                    self.stream(group.stream(), in_macro, depth + 1);
                    at += 1;
                }
                _ => at += 1,
            }
        }
        // Attributes at the end of a macro's arguments.
        if !attributes.iter().any(is_of_tests) {
            self.attributes(&attributes, None, in_macro, depth);
        }
    }

    fn call(&mut self, name: &Ident, arguments: TokenStream) {
        let Some(call) = Call::named(&plain(name)) else { return };
        let parts = split(arguments);
        let (path, needle) = match (parts.get(call.argument), call.default) {
            (Some(part), _) => (evaluate(part.clone(), self.package), needle(part.clone())),
            (None, Some(default)) if parts.is_empty() => {
                (Some(default.to_owned()), call.name.to_owned())
            }
            (None, _) => return,
        };
        if let Some(path) = path {
            self.push(call.by, call.name, &path, call.base, call.whole, needle);
        }
    }

    /// Reads the attributes of an item. `module` says whether it is a module, in a file or inline.
    fn attributes(
        &mut self,
        attributes: &[TokenStream],
        module: Option<Module>,
        in_macro: bool,
        depth: usize,
    ) {
        for attribute in attributes {
            let tokens: Vec<TokenTree> = attribute.clone().into_iter().collect();
            match tokens.as_slice() {
                [TokenTree::Ident(name), ..] if name == "doc" => {
                    let before = self.mentions.found.len();
                    self.stream(attribute.clone(), in_macro, depth + 1);
                    let documented = self.mentions.found.split_off(before);
                    self.mentions.documented.extend(documented);
                }
                [TokenTree::Ident(name), TokenTree::Group(group)] if name == "cfg_attr" => {
                    let parts = split(group.stream());
                    if let [predicate, parts @ ..] = parts.as_slice()
                        && !only_in_tests(predicate.clone())
                        && depth < MAX_DEPTH
                    {
                        self.attributes(parts, module, in_macro, depth + 1);
                    }
                }
                [TokenTree::Ident(name), TokenTree::Punct(equals), value @ ..]
                    if name == "path" && equals.as_char() == '=' =>
                {
                    let path = only(value);
                    if let (Some(path), Some(Module::File)) = (&path, module) {
                        self.push(
                            PATH,
                            "path",
                            path,
                            Base::File,
                            false,
                            needle(value.iter().cloned().collect()),
                        );
                    }
                    if in_macro {
                        self.mentions.paths_in_macros.push(path);
                    }
                }
                [TokenTree::Ident(name), TokenTree::Punct(equals), value @ ..]
                    if name == "folder" && equals.as_char() == '=' =>
                {
                    let value: TokenStream = value.iter().cloned().collect();
                    if let Some(path) = evaluate(value.clone(), self.package) {
                        let by = "`#[folder]`";
                        self.push(by, "folder", &path, Base::Package, true, needle(value));
                    }
                }
                [TokenTree::Ident(name), TokenTree::Group(group)] if name == "graphql" => {
                    self.graphql(group.stream());
                    self.stream(group.stream(), in_macro, depth + 1);
                }
                _ => self.stream(attribute.clone(), in_macro, depth + 1),
            }
        }
    }

    /// `graphql(schema_path = "…", query_path = "…", …)`.
    fn graphql(&mut self, settings: TokenStream) {
        for setting in split(settings) {
            let tokens: Vec<TokenTree> = setting.into_iter().collect();
            let [TokenTree::Ident(key), TokenTree::Punct(equals), value @ ..] = tokens.as_slice()
            else {
                continue;
            };
            if equals.as_char() == '=' && (key == "schema_path" || key == "query_path") {
                let value: TokenStream = value.iter().cloned().collect();
                if let Some(path) = evaluate(value.clone(), self.package) {
                    let by = "`#[graphql]`";
                    self.push(by, "graphql", &path, Base::Package, false, needle(value));
                }
            }
        }
    }

    fn push(
        &mut self,
        by: &'static str,
        name: &'static str,
        path: &str,
        base: Base,
        whole: bool,
        needle: String,
    ) {
        let Some(path) = expanded(path, self.package) else { return };
        let inline = if by == PATH { self.inline.clone() } else { Vec::new() };
        self.mentions.found.push(Mention { by, name, path, base, inline, whole, needle });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Module {
    File,
    Inline,
}

/// Whether an item is a module.
fn module(tokens: &[TokenTree]) -> Option<Module> {
    let at = tokens.iter().take(4).position(|token| match token {
        TokenTree::Ident(word) => word == "mod",
        _ => false,
    })?;
    match tokens.get(at + 2) {
        Some(TokenTree::Group(_)) => Some(Module::Inline),
        _ => Some(Module::File),
    }
}

/// Whether an attribute says that its item is part of tests only.
fn is_of_tests(attribute: &TokenStream) -> bool {
    let mut tokens = attribute.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(name)), None) => name == "test" || name == "bench",
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(group))) if name == "cfg" => {
            only_in_tests(group.stream())
        }
        _ => false,
    }
}

/// The first literal in an argument as it stands in source.
fn needle(argument: TokenStream) -> String {
    let mut rest = vec![argument];
    while let Some(stream) = rest.pop() {
        for token in stream {
            match token {
                TokenTree::Literal(literal) => return literal.to_string(),
                TokenTree::Group(group) => rest.push(group.stream()),
                _ => {}
            }
        }
    }
    String::new()
}

/// A name without the `r#` of a raw identifier.
fn plain(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}
