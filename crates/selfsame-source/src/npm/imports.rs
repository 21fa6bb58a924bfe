//! The files that the configuration of a front end's build imports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::SourceError;
use crate::files::Files;
use crate::path::normal;

/// The most imports that are followed from the configurations of one package.
const MAX_IMPORTS: usize = 1_000;

/// How far before a string the list that it stands in may begin, in bytes.
const LIST: usize = 4096;

/// The longest file that is searched for imports, in bytes: 1 MiB. No configuration is as long.
const MAX_FILE: usize = 1 << 20;

/// Directories whose files are not source, below a configuration.
const MADE: [&str; 3] = ["dist", "node_modules", "out"];

/// What an import may leave out of a file's name.
const ENDINGS: [&str; 15] = [
    "",
    ".js",
    ".ts",
    ".mjs",
    ".mts",
    ".cjs",
    ".cts",
    ".json",
    ".jsx",
    ".tsx",
    "/index.js",
    "/index.ts",
    "/index.mjs",
    "/index.cjs",
    "/package.json",
];

/// What configurations import.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// Each file with the one that imports it.
    pub(crate) files: BTreeMap<PathBuf, PathBuf>,
    /// Paths that would be imported if they existed.
    pub(crate) absent: BTreeSet<PathBuf>,
    /// Why that is not all, if it is not.
    pub(crate) unknown: Option<String>,
}

/// Follows the relative imports of `configurations`, and what `extends` of a `tsconfig.json` names.
/// `top` is where source ends.
///
/// # Errors
///
/// If a file cannot be read.
pub(crate) fn imported(
    files: &dyn Files,
    configurations: &[PathBuf],
    top: &Path,
) -> Result<Imported, SourceError> {
    let mut found = Imported::default();
    let mut seen: BTreeSet<PathBuf> = configurations.iter().cloned().collect();
    let mut meant: BTreeSet<PathBuf> = BTreeSet::new();
    let mut waiting = configurations.to_vec();
    while let Some(path) = waiting.pop() {
        let Some(bytes) = files.read(&path)? else { continue };
        if bytes.len() > MAX_FILE {
            let why = format!("`{}` is longer than {MAX_FILE} bytes", path.display());
            found.unknown.get_or_insert(why);
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        let directory = path.parent().unwrap_or(&path);
        for specifier in specifiers(&text) {
            let import = normal(&directory.join(specifier));
            if !meant.insert(import.clone()) {
                continue;
            }
            if meant.len() > MAX_IMPORTS {
                let why =
                    format!("`{}` and others import more than {MAX_IMPORTS} files", path.display());
                found.unknown.get_or_insert(why);
                return Ok(found);
            }
            let Some(target) = resolved(files, &import)? else {
                if import.starts_with(top) {
                    found.absent.extend(candidates(&import));
                }
                continue;
            };
            let is_made = target
                .strip_prefix(directory)
                .unwrap_or(&target)
                .iter()
                .any(|name| MADE.iter().any(|made| name == *made));
            if is_made || !seen.insert(target.clone()) {
                continue;
            }
            if !target.starts_with(top) {
                let why = format!(
                    "`{}` imports a file outside the repository: `{}`",
                    path.display(),
                    target.display()
                );
                found.unknown.get_or_insert(why);
                continue;
            }
            found.files.insert(target.clone(), path.clone());
            waiting.push(target);
        }
    }
    Ok(found)
}

fn resolved(files: &dyn Files, path: &Path) -> Result<Option<PathBuf>, SourceError> {
    for candidate in candidates(path) {
        if files.is_file(&candidate)? {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// The files that an import of this path can mean.
fn candidates(path: &Path) -> impl Iterator<Item = PathBuf> {
    let with = |ending: &&str| {
        let mut candidate = path.as_os_str().to_owned();
        candidate.push(ending);
        PathBuf::from(candidate)
    };
    // TypeScript is imported under the name of what it is compiled to.
    let compiled = [("js", "ts"), ("mjs", "mts"), ("cjs", "cts")].iter();
    let source = compiled
        .filter(|(compiled, _)| path.extension().is_some_and(|extension| extension == *compiled))
        .map(|(_, source)| path.with_extension(source));
    ENDINGS.iter().map(with).chain(source)
}

/// The relative paths in `import … from "…"`, `import("…")`, `require("…")` and `"extends": "…"`.
/// Also those in comments: one too many costs nothing, since only files that exist count.
fn specifiers(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, quote) in text.char_indices().filter(|(_, c)| matches!(c, '"' | '\'' | '`')) {
        let rest = &text[at + 1..];
        let is_relative = rest.starts_with("./") || rest.starts_with("../");
        if !is_relative || !is_imported(text[..at].trim_end()) {
            continue;
        }
        let end = rest.find(['"', '\'', '`', '\n', '$']);
        if let Some(end) = end.filter(|end| rest[*end..].starts_with(quote)) {
            found.push(&rest[..end]);
        }
    }
    found
}

/// Whether a string that follows this text is what an import names.
fn is_imported(before: &str) -> bool {
    let called = before.strip_suffix('(').map(str::trim_end);
    if let Some(called) = called {
        return ["require", "import", "require.resolve", "URL"]
            .iter()
            .any(|word| ends_with_word(called, word));
    }
    // One of a list that `extends` names.
    let in_list = || {
        let mut from = before.len().saturating_sub(LIST);
        while !before.is_char_boundary(from) {
            from += 1;
        }
        let (head, list) = before[from..].rsplit_once('[')?;
        Some(!list.contains(']') && is_extends(head.trim_end()))
    };
    ["from", "import"].iter().any(|word| ends_with_word(before, word))
        || is_extends(before)
        || in_list().unwrap_or(false)
}

fn is_extends(before: &str) -> bool {
    let Some(key) = before.strip_suffix(':') else { return false };
    let key = key.trim_end().trim_end_matches(['"', '\'']);
    ends_with_word(key, "extends") || ends_with_word(key, "presets")
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|before| {
        !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Disk;

    #[test]
    fn what_is_imported_relatively_is_found() {
        for (text, expected) in [
            ("import a from './a'", vec!["./a"]),
            ("import \"../b.js\";", vec!["../b.js"]),
            ("const c = require( './c' )", vec!["./c"]),
            ("await import(`./d.ts`)", vec!["./d.ts"]),
            ("{ \"extends\": \"../../tsconfig.base.json\" }", vec!["../../tsconfig.base.json"]),
            ("{ \"extends\": [\"./a.json\", \"./b.json\"] }", vec!["./a.json", "./b.json"]),
            ("import x from 'vite'", vec![]),
            ("build: { outDir: './dist' }", vec![]),
            ("from(`./${name}`)", vec![]),
            ("transform './a'", vec![]),
            ("import './a\nb'", vec![]),
            ("'", vec![]),
            ("é'./a'", vec![]),
        ] {
            assert_eq!(specifiers(text), expected, "{text}");
        }
    }

    #[test]
    fn configurations_import_a_number_of_files_of_a_length() {
        let root = tempfile::TempDir::with_prefix("imports-").unwrap();
        let path = root.path().join("vite.config.js");
        let imported = |text: &str| {
            std::fs::write(&path, text).unwrap();
            imported(&Disk, std::slice::from_ref(&path), root.path()).unwrap()
        };
        let imports = |number: usize| {
            let lines = (0..number).map(|number| format!("import './{number}'"));
            lines.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(imported(&imports(MAX_IMPORTS)).unknown, None);
        assert!(imported(&imports(MAX_IMPORTS + 1)).unknown.is_some());
        let hostile = "[\"./".repeat(MAX_FILE / 4);
        assert_eq!(imported(&hostile).unknown, None, "it takes no longer than it is long");
        assert!(imported(&" ".repeat(MAX_FILE + 1)).unknown.is_some());
    }
}
