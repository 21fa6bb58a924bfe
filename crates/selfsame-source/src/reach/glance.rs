//! What of a source file bears on which files are content, so that an edit of anything else is seen
//! to change nothing but the file's own digest.

use super::items::{self, Attributes, Body, Item};
use super::lines::{self, Declares};
use super::{mentions, scan};
use selfsame_core::stamp::Digest;
use std::path::Path;

/// What a search through the bytes of a source file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glance {
    /// Whether it may name a file.
    pub(super) may_name: bool,
    /// The modules that it declares in plain lines. `None` if only the tokens say.
    pub(super) declares: Option<Vec<String>>,
}

impl Glance {
    /// Looks at a file. `None` if it is not UTF-8.
    pub(crate) fn of(bytes: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(bytes).ok()?;
        let declares = match lines::declares(&text) {
            Declares::Plain(names) => Some(names.into_iter().map(str::to_owned).collect()),
            Declares::Unclear => None,
        };
        Some(Self { may_name: scan::may_name(&text), declares })
    }
}

/// A digest of what the tokens of a source file say of modules and files. Two texts with one digest
/// lead to the same content but for their own. `None` if the text is not valid Rust.
pub(crate) fn outline(text: &str) -> Option<Digest> {
    let tokens = items::tokens(text).ok()?;
    let mut outline = String::new();
    // A path that no source names.
    let mentions = mentions::read(tokens.clone(), Path::new("/\u{1}/package"));
    write(&mut outline, &mentions);
    of_items(&mut outline, &items::items(tokens));
    Some(Digest::of(outline.as_bytes()))
}

fn write(outline: &mut String, what: &dyn std::fmt::Debug) {
    use std::fmt::Write as _;

    let _ = writeln!(outline, "{what:?}");
}

fn of_items(outline: &mut String, items: &[Item]) {
    for item in items {
        match item {
            Item::Module { name, attributes, body } => {
                write(outline, &("mod", name));
                of_attributes(outline, attributes);
                match body {
                    Body::File => write(outline, &"file"),
                    Body::Inline(items) => {
                        write(outline, &"{");
                        of_items(outline, items);
                        write(outline, &"}");
                    }
                }
            }
            Item::Inner(predicate) => write(outline, &("inner", predicate.to_string())),
            Item::Call { name, cfg, arguments } => {
                let cfg: Vec<String> = cfg.iter().map(ToString::to_string).collect();
                // What a definition holds is no item until it is called.
                let arguments = (name != "macro_rules").then(|| arguments.to_string());
                write(outline, &("call", name, cfg, arguments));
            }
            Item::Opaque(why) => write(outline, &("opaque", why)),
            Item::Other(_) => {}
        }
    }
}

fn of_attributes(outline: &mut String, attributes: &Attributes) {
    let Attributes { cfg, path, conditional_paths, .. } = attributes;
    let cfg: Vec<String> = cfg.iter().map(ToString::to_string).collect();
    let paths: Vec<(String, &String)> =
        conditional_paths.iter().map(|(predicate, path)| (predicate.to_string(), path)).collect();
    write(outline, &(cfg, path, paths));
}
