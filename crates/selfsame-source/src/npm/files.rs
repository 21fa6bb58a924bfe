//! The files of a package that a front end depends on.

use std::path::{Path, PathBuf};

use super::PACKAGE_JSON;
use crate::error::SourceError;
use crate::files::Files;
use crate::walk;
use selfsame_core::tree::Kind;

/// Tools whose configurations go into no build: they check, test, format and release.
const CHECKERS: [&str; 24] = [
    "commitlint",
    "cucumber",
    "cypress",
    "dependency-cruiser",
    "eslint",
    "jest",
    "karma",
    "knip",
    "lint-staged",
    "lost-pixel",
    "lighthouserc",
    "nyc",
    "oxlint",
    "playwright",
    "prettier",
    "release",
    "release-it",
    "renovate",
    "semantic-release",
    "size-limit",
    "stylelint",
    "syncpack",
    "vitest",
    "wdio",
];

/// Directories at a package's root that hold tests and stories; `test` also stands for its plural.
const TESTS: [&str; 7] =
    ["__mocks__", "__tests__", "coverage", "cypress", "e2e", "stories", "test"];

/// Directories at a package's root that its build fills.
const BUILT: [&str; 8] =
    ["build", "dist", "es", "esm", "cjs", "out", "storybook-static", "types-dist"];

/// The files of the package in `root`, sorted: all of them, since its manifest may lead to any. Left
/// out are dependencies that were installed, hidden files, packages below, and at the root tests,
/// documents, and what its build makes where it has a build.
///
/// # Errors
///
/// If a directory cannot be read, or if there are more than a million files.
pub(crate) fn sources(files: &dyn Files, root: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let is_built = is_built(files, root)?;
    let mut found = walk::descend(files, root, |name, path, kind| {
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b".") || name == "node_modules" {
            return Ok(false);
        }
        let is_at_root = path.parent() == Some(root);
        if kind != Kind::Directory {
            return Ok(!(is_at_root && is_beside(bytes)));
        }
        let text = name.to_string_lossy();
        let singular = text.strip_suffix('s').unwrap_or(&text);
        let is_test = TESTS.contains(&&*text) || singular == "test";
        let is_made = is_built && BUILT.contains(&&*text);
        let is_left_out = is_at_root && (is_test || is_made);
        Ok(!is_left_out && !is_package(files, path)?)
    })?;
    found.sort_unstable();
    Ok(found)
}

/// Whether a file at a package's root is a document, or a setting of what checks the package.
fn is_beside(name: &[u8]) -> bool {
    let text = String::from_utf8_lossy(name).to_ascii_lowercase();
    let is_document = [".md", ".tgz"].iter().any(|end| text.ends_with(end))
        || ["license", "licence", "changelog", "readme"].iter().any(|lead| text.starts_with(lead));
    is_document || text.ends_with(".tsbuildinfo") || is_checker(&text)
}

/// Whether a package fills directories of its own: it has a script for that, or a configuration of
/// the compiler. What lies in such a directory of another package is source.
fn is_built(files: &dyn Files, root: &Path) -> Result<bool, SourceError> {
    let manifest = super::manifest(root, files)?;
    let scripts = manifest.as_ref().and_then(|manifest| manifest.get("scripts")?.as_object());
    let is_build = |name: &String| {
        name.contains("build")
            || ["compile", "prepare", "prepack", "prepublishOnly"].contains(&&**name)
    };
    let has_script = scripts.is_some_and(|scripts| scripts.keys().any(is_build));
    Ok(has_script || files.is_file(&root.join("tsconfig.json"))?)
}

/// Whether a directory holds a package of its own. A manifest without a name only says how the files
/// below it are read.
fn is_package(files: &dyn Files, directory: &Path) -> Result<bool, SourceError> {
    if !files.is_file(&directory.join(PACKAGE_JSON))? {
        return Ok(false);
    }
    let manifest = super::manifest(directory, files)?;
    Ok(manifest.is_none_or(|manifest| manifest.get("name").is_some()))
}

/// Whether a file is the configuration of a tool that goes into no build.
pub(crate) fn is_checker(name: &str) -> bool {
    let Some((tool, _)) = name.split_once(".config.") else { return false };
    CHECKERS.contains(&tool)
}
